/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab of a topology in the kernel world: a link for each address and one
 * for the resolver, a ferry over all of them, and a process in which the
 * resolver and all hosts answer. Who the client is, is the caller's affair. */
#ifndef BENCH_RUN_MX_LAB_H
#define BENCH_RUN_MX_LAB_H

#include <sys/types.h>

#include "bench/run/mx_inner.h"
#include "netem/lab.h"

enum {
    MX_PLACES = TOPOLOGY_HOSTS * MX_ADDRESSES + 1,
    MX_ADDRESS_TEXT = 48,
    MX_VISITS = 256 /* that are told one by one */
};

struct mx_visit { /* a session at a host, as the host saw it */
    size_t host;
    int64_t at_ns;       /* CLOCK_MONOTONIC */
    const void *session; /* means something to the host alone */
    bool over;
    size_t mails, recipients; /* accepted, once it is over */
};

struct mx_shared { /* by the processes of a run */
    struct mx_tally tally;
    size_t taken, questions;
    uint32_t takers;
    size_t visits; /* all of them */
    struct mx_visit visit[MX_VISITS];
    struct bound_share sides; /* the hosts' */
    int client_errno, server_errno;
};

struct mx_lab {
    struct machine machine; /* between the dispatch and the world */
    struct mx_play *play;
    struct mx_shared *shared;
    struct lab *lab;
    struct ferry *ferry;
    int64_t now_ns;
    struct mx_resolver { /* between the zone and the world */
        struct machine machine;
        struct mx_lab *lab;
    } resolver;
    pid_t server, client;
    struct bound_share before; /* each side's own */
    const char *captures;      /* a folder that is there; NULL: none are kept */
    size_t places;
    struct mx_place {
        struct link_params up, down; /* what they hold is the topology's */
        struct meaning *meaning;     /* owned; NULL: nothing is dropped by it */
        char client[MX_ADDRESS_TEXT], server[MX_ADDRESS_TEXT];
        char *pcap; /* owned */
    } place[MX_PLACES];
    struct lab_link link[MX_PLACES];
    struct ferry_link road[MX_PLACES];
};

/* NULL and `why`. To be released with mx_lab_free(). */
struct mx_lab *mx_lab_new(const struct mx_part *, const char *captures,
                          char why[MX_WHY]);

/* Makes the roads and starts the hosts. -1 and `why`. The caller has one
 * thread. */
int mx_lab_start(struct mx_lab *, char why[MX_WHY]);

/* Ends roads and hosts. `road` is to be released. */
void mx_lab_stop(struct mx_lab *, struct ferry_report *road);
void mx_lab_free(struct mx_lab *);

#endif
