/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers that run cells: each a process with a few runs to make, which tells
 * of each when it is done. */
#ifndef BENCH_RUN_SWEEP_CREW_H
#define BENCH_RUN_SWEEP_CREW_H

#include "bench/run/sweep.h"
#include "bench/run/world.h"

struct crew;

struct crew_news { /* of one run */
    uint64_t at;   /* its place in the order */
    bool done;     /* it was run, be it valid or not; else `why` */
    bool valid, delivered, unsupported;
    int attempts;
    double strain;    /* lateness over what is tolerated; above 1 is INVALID */
    int64_t took_ns;  /* of this machine's time */
    const char *line; /* of rows.csv; borrowed, until the next call */
    size_t len;
    char why[SWEEP_WHY]; /* why it is INVALID, or was not run */
};

typedef void crew_hear(void *arg, const struct crew_news *);

/* `captures`: the folder under which each run's are kept; NULL: nowhere. */
struct crew *crew_new(const struct sweep *, const char *captures);
void crew_free(struct crew *); /* ends those who still work */

/* Sets a worker to runs, in this order. -1: errno. */
int crew_start(struct crew *, const uint64_t *at, size_t count);
size_t crew_busy(const struct crew *); /* workers */

/* Waits for news, at most `timeout_ms` (-1: any time), and tells all. A run
 * whose worker died is told of as not done. -1: errno, EINTR with a signal. */
int crew_wait(struct crew *, int timeout_ms, crew_hear *, void *arg);

/* Runs and throws away: the machine is warm then. */
void crew_warm_up(const struct sweep *, uint64_t at);

/* How much of what is tolerated a row's lateness is; 0 in virtual time. */
double crew_strain(const struct row *);

#endif
