/* SPDX-License-Identifier: BSD-2-Clause */
/* The processes of an experiment's two sides: bound to ours, so that none is
 * left behind, and urgent, so that they are not late either. */
#ifndef BENCH_RUN_BOUND_H
#define BENCH_RUN_BOUND_H

#include <stdint.h>
#include <sys/types.h>

/* As fork(2): a child that dies with its parent and does nothing in its name,
 * in a scheduling group of its own and, where it is allowed, a step below the
 * ferry's priority. */
pid_t bound_fork(void);

/* Told to begin in a child; writes a byte to `ready` once it can serve. Does
 * not return. */
typedef void bound_begin(void *arg, int ready);

/* Starts a child and waits until it can serve. -1: there is none, errno; 1: it
 * did not get so far. *child is to be ended in either case but -1. */
int bound_start(pid_t *child, bound_begin *, void *arg);

/* Kills it and waits for its end; sets *child to 0. Nothing where it is 0. */
void bound_end(pid_t *child);

/* What this process has had of the processors. */
struct bound_share {
    int64_t ran_ns;
    int64_t waited_ns; /* though it could have run; 0 where the kernel does not
                        * tell */
};
struct bound_share bound_share(void);
struct bound_share bound_share_since(struct bound_share before);
struct bound_share bound_share_sum(struct bound_share, struct bound_share);

#endif
