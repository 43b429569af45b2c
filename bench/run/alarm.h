/* SPDX-License-Identifier: BSD-2-Clause */
/* Many alarms, the earliest first: a binary heap of pointers. */
#ifndef BENCH_RUN_ALARM_H
#define BENCH_RUN_ALARM_H

#include <stddef.h>
#include <stdint.h>

struct alarm { /* embedded by whoever wants to be woken; private */
    int64_t at_ns;
    size_t place; /* in the heap, from 1; 0: not set */
};

struct alarms { /* all zero is empty */
    struct alarm **heap;
    size_t count, room;
};

/* Sets, moves or (INT64_MAX) takes back an alarm. -1: ENOMEM. */
int alarm_set(struct alarms *, struct alarm *, int64_t at_ns);

/* The earliest, or NULL. Borrowed; it stays set. */
struct alarm *alarm_first(const struct alarms *);

void alarms_release(struct alarms *);

#endif
