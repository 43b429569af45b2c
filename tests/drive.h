/* SPDX-License-Identifier: BSD-2-Clause */
/* Drives a link in virtual time, for the tests of netem/: words in, what
 * became of every packet out. */
#ifndef TESTS_DRIVE_H
#define TESTS_DRIVE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netem/link.h"
#include "netem/spec.h"

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

struct drive {
    struct link_packet *out; /* in the order they came out */
    size_t count, room;
    struct link_counters counters;
};

/* A file system of one trace and one table. */
static inline int drive_fetch(void *text, const char *path, char **out,
                              size_t *len, char *why, size_t size)
{
    if (!text || strcmp(path, "file") != 0) {
        snprintf(why, size, "not there");
        return -1;
    }
    *out = strdup(text);
    *len = strlen(text);
    return 0;
}

static inline struct link *drive_link(const char *words, const char *file,
                                      uint64_t seed)
{
    struct link_params params;
    struct spec_error error;
    struct link *l;

    if (spec_parse_with(words, &params, &error, drive_fetch, (void *)file) < 0)
        ck_abort_msg("%s: column %zu: %s", words, error.column, error.text);
    l = link_new(&params, seed);
    spec_release(&params);
    return l;
}

/* Takes all that is due by `now_ns`, asking at every due time. */
static inline void drive_take(struct drive *d, struct link *l, int64_t now_ns)
{
    int64_t at_ns;
    struct link_packet p;

    while ((at_ns = link_next_ns(l)) <= now_ns && at_ns != INT64_MAX)
        while (link_take(l, at_ns, &p)) {
            /* Not by ck_assert, which reports every time it holds. Only
             * what codel drops may come out after its time. */
            if (p.due_ns > at_ns || p.due_ns < p.in_ns ||
                (p.due_ns < at_ns && p.rule != LINK_CODEL))
                ck_abort_msg("packet %llu out of time",
                             (unsigned long long)p.id);
            if (d->count == d->room) {
                d->room = d->room ? 2 * d->room : 64;
                d->out = realloc(d->out, d->room * sizeof *d->out);
            }
            d->out[d->count++] = p;
        }
}

/* `count` packets of `bytes`, one every `gap_ns` from 0 on. */
static inline struct drive drive_file(const char *words, const char *file,
                                      uint64_t seed, size_t count,
                                      uint32_t bytes, int64_t gap_ns)
{
    struct drive d = {0};
    struct link *l = drive_link(words, file, seed);

    for (size_t i = 0; i < count; i++) {
        drive_take(&d, l, (int64_t)i * gap_ns);
        link_put(l, (int64_t)i * gap_ns, i + 1, bytes, true, false);
    }
    drive_take(&d, l, INT64_MAX - 1);
    d.counters = link_counters(l);
    ck_assert_int_eq(link_inside(l), 0);
    ck_assert_int_eq(d.counters.in, count);
    ck_assert_int_eq(d.counters.in + d.counters.duplicated, d.count);
    ck_assert_int_eq(d.counters.delivered + d.counters.dropped, d.count);
    link_free(l);
    return d;
}

static inline struct drive drive(const char *words, uint64_t seed, size_t count,
                                 uint32_t bytes, int64_t gap_ns)
{
    return drive_file(words, NULL, seed, count, bytes, gap_ns);
}

static inline void drive_release(struct drive *d)
{
    free(d->out);
}

/* The first copy of packet `id`. */
static inline const struct link_packet *drive_find(const struct drive *d,
                                                   uint64_t id)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->out[i].id == id && !d->out[i].duplicate)
            return &d->out[i];
    ck_abort_msg("packet %llu never came out", (unsigned long long)id);
    return NULL;
}

/* Field by field: padding has no say. */
static inline bool drive_same_packet(const struct link_packet *a,
                                     const struct link_packet *b)
{
    return a->id == b->id && a->bytes == b->bytes && a->in_ns == b->in_ns &&
           a->due_ns == b->due_ns && a->rule == b->rule &&
           a->corrupt_bit == b->corrupt_bit && a->duplicate == b->duplicate &&
           a->ce == b->ce && a->copied == b->copied && a->ect == b->ect &&
           a->reordered == b->reordered;
}

/* Packet `id` was delivered, at that very time. */
static inline void drive_due_at(const struct drive *d, uint64_t id,
                                int64_t due_ns)
{
    const struct link_packet *p = drive_find(d, id);

    ck_assert_msg(p->rule == LINK_DELIVERED && p->due_ns == due_ns,
                  "packet %d: %s at %lld, not at %lld", (int)id,
                  link_rule_name((enum link_rule)p->rule), (long long)p->due_ns,
                  (long long)due_ns);
}

#endif
