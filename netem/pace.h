/* SPDX-License-Identifier: BSD-2-Clause */
/* The rate: when a packet that is ready at one time has left by another, the
 * packets before it first. Either so many bits a second, netem's overheads
 * and cells included, or the opportunities of a mahimahi trace. */
#ifndef NETEM_PACE_H
#define NETEM_PACE_H

#include "netem/link.h"

#define PACE_FAR (INT64_MAX - 1) /* the latest time there is */

struct pace { /* private; all zero, but for `epoch_ns`, is one at rest */
    int64_t epoch_ns;  /* where the trace began */
    int64_t free_ns;   /* when the last packet has left */
    uint64_t rest;     /* of a nanosecond, in 1/bps: nothing is lost */
    uint64_t next;     /* the opportunity not yet used */
    int64_t chance_ns; /* the one in use, */
    uint32_t left;     /* and the bytes that it still takes */
};

/* a + b, b >= 0, or the latest time there is. */
int64_t pace_later(int64_t a, int64_t b);

/* When a packet ready at `ready_ns` would begin to leave. */
int64_t pace_start(const struct pace *, const struct link_rate *,
                   int64_t ready_ns);

/* Sends it; the time when it has left. */
int64_t pace_send(struct pace *, const struct link_rate *, int64_t ready_ns,
                  uint32_t bytes);

/* Another rate or trace holds from `now_ns` on. */
void pace_change(struct pace *, int64_t now_ns);

/* Bits per second, of a trace on average; 0: unlimited. */
uint64_t pace_bps(const struct link_rate *);

#endif
