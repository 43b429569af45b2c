/* SPDX-License-Identifier: BSD-2-Clause */
/* One call for every world: a scenario goes in, a row comes out. */
#ifndef BENCH_RUN_WORLD_H
#define BENCH_RUN_WORLD_H

#include "bench/run/kernel.h"
#include "bench/run/scenario.h"
#include "bench/tell/result.h"

/* A row is run again at most so often while its road does not hold. */
enum { WORLD_ATTEMPTS = 3 };

/* How late the road's packets may be, at the 99th percentile, before the row
 * does not count: the greater of the two. */
#define WORLD_LATE_NS 1000000
#define WORLD_LATE_SHARE 0.01 /* of the one-way delay */

/* How long client and server may have waited for a processor: the greater of
 * the two. What they do costs next to nothing; what others on the host do must
 * not be taken for the protocol's cost. */
#define WORLD_HOSTS_LATE_NS 2000000
#define WORLD_HOSTS_LATE_SHARE 0.005 /* of the time to the last reply */

struct world_options {
    const char *captures;      /* folder of this row's captures, which exists;
                                  NULL: not kept */
    const char *captures_name; /* the same, as the row names it */
    const char *keylog;        /* TLS keys go to the end of this file; NULL */
    int attempts;              /* how often at most a row that does not count is
                                  run; 0: WORLD_ATTEMPTS */
};

/* Whether this program has all that a scenario's world is made of. -1: ENOSYS,
 * and `why` tells what is missing. */
int world_ready(const struct scenario *, char why[KERNEL_WHY]);

/* Runs a finished scenario, the `repeat`-th time (from 1), into `row`, not yet
 * inited. A row that does not count says so in `valid` and `invalid_because`.
 * 0: the row is filled. -1 and `why`: it could not be run; the row is inited
 * all the same, and says so too; errno is ENOSYS where this host cannot. */
int world_run(const struct scenario *, int64_t repeat,
              const struct world_options *, struct row *, char why[KERNEL_WHY]);

#endif
