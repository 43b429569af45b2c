/* SPDX-License-Identifier: BSD-2-Clause */
/* Many rows at once: each in a process of its own, so many at a time. Cells of
 * the kernel world wait most of their time, those of the ideal one compute. */
#ifndef BENCH_RUN_POOL_H
#define BENCH_RUN_POOL_H

#include "bench/run/world.h"

struct job {
    struct scenario scenario; /* finished; the caller's */
    int64_t repeat;
    const char *captures, *captures_name; /* as in struct world_options */

    /* Made by pool_run(); the caller releases the row. */
    struct row row;
    bool done;            /* the row was run, be it valid or not */
    char why[KERNEL_WHY]; /* where it was not */
};

/* Told when a job is done or has failed; `done` counts them. */
typedef void pool_progress(void *arg, const struct job *, size_t done);

/* Runs them all, which are of one world, as many at a time as it bears. Rows
 * that do not count are run again alone behind the others. -1: errno; rows of
 * what was not run are inited. */
int pool_run(struct job *, size_t count, enum world, pool_progress *,
             void *arg);

/* Runs them one by one, as if they had not been run. */
int pool_run_alone(struct job *, size_t count, pool_progress *, void *arg);

/* How many at a time are wise for a world on this machine, to begin with; and
 * how many at most (bench/run/width.h finds out). */
size_t pool_width(enum world);
size_t pool_widest(enum world);

#endif
