/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams sent on time by one process, and the kernel's stamps of their
 * arrival, which the same process collects now and then. */
#ifndef BENCH_RUN_PROBE_SHOTS_H
#define BENCH_RUN_PROBE_SHOTS_H

#include "bench/run/probe_site.h"

struct shot {
    int64_t sent_ns, came_ns; /* CLOCK_REALTIME; came_ns 0: not seen */
    int64_t took_ns;          /* the sendto(2) */
};

struct shots {
    struct shot *at;
    size_t room, sent;
    int out, in; /* sockets in the client's and in the server's namespace */
    uint64_t came;
    int64_t first_ns, last_ns; /* arrivals */
    struct sockaddr_in *to;    /* for each link */
    unsigned links, bytes;
};

/* -1: the outcome says why. */
int shots_open(struct shots *, struct probe_site *, const struct probe *,
               struct probe_outcome *);
void shots_close(struct shots *);

/* Sends the next ones at once, to one link after the other. */
void shots_fire(struct shots *, unsigned count);

/* Fires bursts as the probe says, and collects. */
void shots_volley(struct shots *, const struct probe *);

/* Takes what has come; or goes on until all that may come has. */
void shots_collect(struct shots *);
void shots_await(struct shots *, int64_t ns);

#endif
