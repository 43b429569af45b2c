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

    int runs; /* so far: the row's attempts */

    /* Made by pool_run(); the caller releases the row. */
    struct row row;
    bool done;            /* the row was run, be it valid or not */
    char why[KERNEL_WHY]; /* where it was not */
};

/* Told when a job is done or has failed; `done` counts them. */
typedef void pool_progress(void *arg, const struct job *, size_t done);

struct pool_how {
    enum world world; /* of all jobs */
    bool alone;       /* one by one; else as many at a time as it bears */
    int tries;        /* how often rows that do not count are run again, behind
                       * the others: alone, but where the machine's host took
                       * the processors from them, since that would not help */
    pool_progress *progress; /* NULL: nobody is told */
    void *arg;
};

/* A machine that is busy now is not so for long: a row is run once, and again
 * when all others have been. */
enum { POOL_TRIES = 5 };

/* Runs them all. Rows that are there are forgotten; all are inited, at least.
 * -1: errno; some were not run. */
int pool_run(struct job *, size_t count, const struct pool_how *);

/* How many at a time are wise for a world on this machine, to begin with; and
 * how many at most (bench/run/width.h finds out). */
size_t pool_width(enum world);
size_t pool_widest(enum world);

#endif
