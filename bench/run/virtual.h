/* SPDX-License-Identifier: BSD-2-Clause */
/* The cast in the ideal world. */
#ifndef BENCH_RUN_VIRTUAL_H
#define BENCH_RUN_VIRTUAL_H

#include "bench/run/cast.h"

/* Which costs the pipes and the server have. */
enum virtual_costs {
    VIRTUAL_FULL,     /* delay, rate and think time: the scenario's floor */
    VIRTUAL_NO_THINK, /* delay and rate */
    VIRTUAL_NO_RATE,  /* delay alone */
    VIRTUAL_WARM_UP   /* nothing: only what is learnt matters */
};

/* Runs a machine against the cast's server. -1: errno, as ideal_run(). */
int virtual_run(struct cast *, struct machine *, enum virtual_costs);

/* A whole delivery. -1: errno. */
int virtual_deliver(struct cast *, enum virtual_costs, struct tally *);

#endif
