/* SPDX-License-Identifier: BSD-2-Clause */
/* Running a sweep into its folder: virtual worlds first, a worker for each
 * core; then the kernel world, as wide as its road stays exact; then again,
 * alone, what did not count. */
#ifndef BENCH_RUN_SWEEP_RUN_H
#define BENCH_RUN_SWEEP_RUN_H

#include "bench/run/sweep_store.h"
#include "bench/run/world.h"

struct sweep_progress {
    uint64_t done, total; /* of this shard */
    uint64_t invalid;     /* waiting for another try, or given up */
    uint64_t undelivered;
    size_t at_once;
    double seconds, left_s; /* since it began; NaN: not known yet */
    bool again;             /* trying INVALID runs once more */
};

typedef void sweep_told(void *arg, const struct sweep_progress *);

struct sweep_order { /* what is wanted of a run */
    size_t at_once;  /* 0: found by itself */
    int64_t warm_up; /* runs before the first, thrown away */
    const char *captures;
    sweep_told *told; /* at most some ten times a second */
    void *arg;
};

struct sweep_outcome {
    struct sweep_progress last;
    uint64_t skipped;    /* cells without meaning, left out */
    uint64_t ran;        /* this time */
    size_t widest;       /* how many went on at once */
    double summed_s;     /* what the runs took, one after the other */
    bool unsupported;    /* by this host */
    bool stopped;        /* by a signal */
    char why[SWEEP_WHY]; /* of the first run that is INVALID, or was not run */
};

/* -1 and `why`: it could not be gone on with; what was run is kept. */
int sweep_run(const struct sweep *, struct store *, const struct sweep_order *,
              struct sweep_outcome *, char why[SWEEP_WHY]);

/* Looks at each cell of this shard: -1 and `why` for the first that has no
 * meaning; errno ENOSYS where this program lacks what it needs. */
int sweep_look(const struct sweep *, char why[SWEEP_WHY]);

/* Set by a signal's handler: no more is begun. */
extern volatile int sweep_stop;

#endif
