/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text is refused with a column inside it, or it is a road: then what is
 * printed of it means the same, and a link that does it keeps its promises.
 * What follows a NUL is the file that the words name. */
#include <stdlib.h>
#include <string.h>

#include "netem/spec.h"

#define PACKETS 200
#define PRINTED 65536

static int fetch(void *file, const char *path, char **text, size_t *len,
                 char *why, size_t size)
{
    (void)path;
    if (!file) {
        strncpy(why, "no file", size);
        return -1;
    }
    *text = strdup(file);
    *len = strlen(file);
    return 0;
}

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Every packet comes out once, and twice if it was duplicated; behind the last
 * of it nothing comes. */
static void travel(const struct link_params *p, int64_t step_ns)
{
    struct link *l = link_new(p, 1);
    struct link_packet out;
    struct link_counters c;
    bool over[PACKETS] = {false};
    uint64_t seen = 0;
    int64_t now_ns = 0;

    for (uint64_t i = 0; i < PACKETS; i++) {
        link_put(l, now_ns, i, 40 + (uint32_t)(i * 37 % 1461), i % 2, i == 9);
        if (i % 3 == 0)
            now_ns += step_ns;
        while (link_take(l, now_ns, &out)) {
            check(out.due_ns <= now_ns && out.due_ns >= out.in_ns);
            check(!over[out.id]);
            over[out.id] = !out.copied;
            seen++;
        }
        check(link_next_ns(l) > now_ns);
    }
    while ((now_ns = link_next_ns(l)) != INT64_MAX)
        while (link_take(l, now_ns, &out)) {
            check(!over[out.id]);
            over[out.id] = !out.copied;
            seen++;
        }
    c = link_counters(l);
    check(c.in == PACKETS && seen == PACKETS + c.duplicated);
    check(c.delivered + c.dropped == seen && link_inside(l) == 0);
    link_free(l);
}

static void again(const struct link_params *p, char *file)
{
    char *first = malloc(PRINTED), *second = malloc(PRINTED);
    struct link_params q;
    struct spec_error error;

    if (spec_print(p, first, PRINTED) < PRINTED) {
        check(spec_parse_with(first, &q, &error, fetch, file) == 0);
        spec_print(&q, second, PRINTED);
        check(strcmp(first, second) == 0);
        check(link_limit_packets(p) == link_limit_packets(&q));
        spec_release(&q);
    }
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *file = NULL;
    struct link_params p;
    struct spec_error error;

    memcpy(text, data, size);
    text[size] = 0;
    if (strlen(text) < size)
        file = text + strlen(text) + 1;
    if (spec_parse_with(text, &p, &error, fetch, file) < 0) {
        check(error.column >= 1 && error.column <= strlen(text) + 1);
        check(error.text[0]);
    } else {
        again(&p, file);
        travel(&p, (int64_t)(size * size * size * 1000));
        spec_release(&p);
    }
    free(text);
    return 0;
}
