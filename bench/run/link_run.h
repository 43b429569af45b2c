/* SPDX-License-Identifier: BSD-2-Clause */
/* Any program on the road: a lab, a ferry, the programs, and what they leave
 * to tell. */
#ifndef BENCH_RUN_LINK_RUN_H
#define BENCH_RUN_LINK_RUN_H

#include "bench/run/link_place.h"
#include "bench/run/sandbox.h"
#include "netem/ferry.h"
#include "netem/link.h"

#define LINK_RUN_WHY 600

struct link_run { /* what is asked for; borrowed */
    const struct link_params *up, *down;
    const char *words; /* the way up, for the programs' environment */
    char **command, **server;
    enum link_road { LINK_FERRY, LINK_QDISC, LINK_BARE } road;
    int ready; /* see struct sandbox_config */
    enum port_kind port;
    uint64_t seed;
    unsigned mtu;
    const char *congestion; /* NULL: the lab's choice */
    int initcwnd;           /* 0: the kernel's */
    bool fastopen;
    bool gso; /* the lab's; link_lacks_gso() says with what words not */
    const char *pcap, *server_pcap, *packet_log; /* NULL: not wanted */
};

struct link_outcome {
    struct sandbox_end end;
    struct ferry_report road;
    struct link_place place;
    struct lab_setting *setting; /* what the lab is pinned to; texts owned */
    size_t settings;
    int64_t syn_retransmissions; /* of its namespaces; -1: unknown */
    int64_t took_ns;
};

/* From a process with one thread. 0: something ran; the outcome is to be
 * released. -1 and `why`: the road could not be made; errno is ENOSYS where
 * this host has no such road, EINVAL where the road has no such words. */
int link_run(const struct link_run *, struct link_outcome *,
             char why[LINK_RUN_WHY]);

/* The first of the words that would be false of packets of 64 KB: all but a
 * delay that is always the same; NULL: there is none. */
const char *link_lacks_gso(const struct link_params *);

void link_outcome_release(struct link_outcome *);

#endif
