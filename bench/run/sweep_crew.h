/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers that run cells: each a process with a few runs to make, which tells
 * of each when it is done. */
#ifndef BENCH_RUN_SWEEP_CREW_H
#define BENCH_RUN_SWEEP_CREW_H

#include "bench/run/sweep.h"
#include "bench/run/width.h"
#include "bench/run/world.h"

struct sweep_crew;

struct sweep_news { /* of one run */
    uint64_t at;    /* its place in the order */
    bool done;      /* it was run, be it valid or not; else `why` */
    bool valid, delivered, unsupported;
    struct strain strain;
    int64_t took_ns;  /* of this machine's time */
    const char *line; /* of rows.csv; borrowed, until the next call */
    size_t len;
    char why[SWEEP_WHY]; /* why it is INVALID, or was not run */
};

typedef void sweep_hear(void *arg, const struct sweep_news *);

/* `captures`: the folder under which each run's are kept; NULL: nowhere. */
struct sweep_crew *sweep_crew_new(const struct sweep *, const char *captures);
void sweep_crew_free(struct sweep_crew *); /* ends those who still work */

/* Sets a worker to runs, in this order. -1: errno. */
int sweep_crew_start(struct sweep_crew *, const uint64_t *at, size_t count);
size_t sweep_crew_busy(const struct sweep_crew *); /* workers */

/* Waits for news, at most `timeout_ms` (-1: any time), and tells all. A run
 * whose worker died is told of as not done. -1: errno, EINTR with a signal. */
int sweep_crew_wait(struct sweep_crew *, int timeout_ms, sweep_hear *,
                    void *arg);

/* Runs and throws away: the machine is warm then. */
void sweep_crew_warm_up(const struct sweep *, uint64_t at);

#endif
