/* SPDX-License-Identifier: BSD-2-Clause */
/* The cast in the ns3 world: the same machines over ns3's TCP in virtual time,
 * every packet captured at both ends of the road. */
#ifndef BENCH_RUN_NS3_H
#define BENCH_RUN_NS3_H

#include "bench/run/cast.h"
#include "sim/ns3.h"

#define NS3_RUN_WHY 600

struct ns3_run {
    struct tally tally;
    struct ns3_report road;
    int64_t syn_retransmissions;   /* of both sides */
    size_t turnarounds_in_capture; /* only where `counted` */
    bool counted;
    char why[NS3_RUN_WHY]; /* where it did not count */
};

/* Runs a delivery; `repeat` counts from 1, and each draws chances of its own
 * from the scenario's seed. `captures` is a folder for client.pcap and
 * server.pcap, which exists; NULL: they are thrown away. -1: errno, and `why`:
 * it could not be run. ENOSYS: the plug-in is missing. */
int ns3_deliver(struct cast *, int64_t repeat, const char *captures,
                struct ns3_run *, char why[NS3_RUN_WHY]);

/* What TCP is set to, as a scenario names it. */
struct ns3_tcp ns3_tcp_of(const struct scenario *);

#endif
