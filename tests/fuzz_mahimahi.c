/* SPDX-License-Identifier: BSD-2-Clause */
/* Any file is refused as a trace, or it is one: rising, with a period, and
 * what leaves by it leaves in order, never faster than the trace allows. */
#include <stdlib.h>
#include <string.h>

#include "netem/series.h"

#define PACKETS 64
#define BYTES 1500

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void travel(const struct link_trace *t)
{
    struct link_params p = {.limit = PACKETS};
    struct link_packet out;
    struct link *l;
    int64_t now_ns, last_ns = 0;
    uint64_t n = 0;

    p.base.rate.trace = t;
    l = link_new(&p, 1);
    for (uint64_t i = 0; i < PACKETS; i++)
        link_put(l, 0, i, BYTES, false, false);
    while ((now_ns = link_next_ns(l)) != INT64_MAX)
        while (link_take(l, now_ns, &out)) {
            uint64_t ms =
                n / t->count * t->at_ms[t->count - 1] + t->at_ms[n % t->count];
            check(out.id == n && out.due_ns == (int64_t)ms * 1000000);
            check(out.due_ns >= last_ns);
            last_ns = out.due_ns;
            n++;
        }
    check(n == PACKETS);
    link_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[SERIES_WHY] = "", *text = malloc(size ? size : 1);
    struct link_trace t = {0};

    if (size)
        memcpy(text, data, size); /* so that an overread is seen */
    if (series_trace(text, size, &t, why) == 0) {
        for (size_t i = 1; i < t.count; i++)
            check(t.at_ms[i] >= t.at_ms[i - 1]);
        check(t.count > 0 && t.at_ms[t.count - 1] > 0);
        travel(&t);
        free(t.at_ms);
    } else {
        check(why[0] && !t.at_ms && t.count == 0);
    }
    free(text);
    return 0;
}
