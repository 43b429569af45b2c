/* SPDX-License-Identifier: BSD-2-Clause */
/* The ferry carries packets from port to link to port: one process, in its
 * own session, with one epoll for all links of a lab. It grades itself: how
 * late packets left, what was dropped and by which rule, what was lost. */
#ifndef NETEM_FERRY_H
#define NETEM_FERRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netem/lab.h"
#include "netem/link.h"

enum ferry_direction { FERRY_UP, FERRY_DOWN, FERRY_WAYS }; /* UP: to server */

/* Whether this packet must be dropped. Called in the ferry's process, once
 * for each packet in order of arrival: what it remembers stays there. */
typedef bool ferry_drop(void *, enum ferry_direction, const uint8_t *ip,
                        size_t len);

struct ferry_config;
struct road_tally; /* netem/road.h */

/* Another engine than our own, as road_run() of netem/road.h. */
typedef void ferry_engine(const struct lab *, const struct ferry_config *,
                          int control, struct road_tally *);

struct ferry_link { /* all borrowed for ferry_start() */
    const struct link_params *up, *down;
    uint64_t seed;
    const char *client_pcap, *server_pcap; /* NULL: not wanted */
    const char *packet_log;                /* NULL: not wanted */
    ferry_drop *drop;                      /* NULL: none */
    void *drop_arg;
};

struct ferry_config {
    const struct ferry_link *links; /* one for each link of the lab */
    size_t links_count;
    uint32_t snaplen;     /* of captures, in bytes; 0: whole packets */
    int64_t grace_ns;     /* how long ferry_stop() lets the road empty itself */
    bool no_fifo;         /* behave as an ordinary user's ferry */
    ferry_engine *engine; /* NULL: our own */
};

struct ferry_way { /* one direction */
    uint64_t packets_in, bytes_in, packets_out, bytes_out;
    uint64_t by_rule[LINK_RULE_COUNT]; /* packets, indexed by enum link_rule */
    uint64_t delayed;                  /* set to leave later than they came */
    uint64_t duplicated, corrupted, reordered, marked;
    uint64_t discarded; /* still on the road when it was stopped */
    uint64_t overflow;  /* came, but the socket's buffer was full */
    uint64_t unsent;    /* due, but the kernel did not take them */
    uint64_t oversized; /* above the MTU: an offload is on; not carried */
    int64_t late_p50_ns, late_p99_ns, late_max_ns;
};

struct ferry_report {
    bool valid;
    char why[LAB_WHY]; /* why it is not */
    bool died;         /* the ferry ended by itself or was killed */
    bool failed;       /* it died, or could not write what it was asked for */
    bool ungraded;     /* no ferry: lateness is not known */
    bool fifo;         /* it ran under SCHED_FIFO and so could spin */
    struct ferry_way way[FERRY_WAYS];     /* all links together */
    struct ferry_way (*link)[FERRY_WAYS]; /* each; freed by release */
    size_t links_count;
    uint64_t capture_lost;   /* packets that no capture file has */
    uint64_t clock_steps;    /* CLOCK_REALTIME jumped */
    int64_t wall_ns, cpu_ns; /* of the ferry's process */
    int64_t steal_ns;        /* of this host, all CPUs, meanwhile */
};

struct ferry; /* owned by whoever called ferry_start() */

/* Returns when the road carries packets. The ferry dies with the calling
 * thread. NULL: refused; errno is kept and `why` says what. */
struct ferry *ferry_start(struct lab *, const struct ferry_config *,
                          char why[LAB_WHY]);

/* Stops and frees it; the captures are complete then. */
void ferry_stop(struct ferry *, struct ferry_report *);
void ferry_report_release(struct ferry_report *);

/* A descriptor that becomes readable when the ferry dies. Borrowed. */
int ferry_watch(const struct ferry *);

#endif
