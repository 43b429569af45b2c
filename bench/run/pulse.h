/* SPDX-License-Identifier: BSD-2-Clause */
/* How exactly this host keeps time: what a road's grade will be like. */
#ifndef BENCH_RUN_PULSE_H
#define BENCH_RUN_PULSE_H

#include "bench/tell/stats.h"

struct pulse {
    struct spread late_us; /* of timers with absolute deadlines */
    double clock_read_ns;  /* what one look at the clock costs */
    double steal_share;    /* since boot; NaN where it is not known */
    char clock_source[64]; /* "" where it is not known */
};

/* Takes about a third of a second. Returns -1 with errno if the host has no
 * timers at all. */
int pulse_take(struct pulse *);

#endif
