/* SPDX-License-Identifier: BSD-2-Clause */
/* What a probe sends over: two sides and something between them. */
#ifndef BENCH_RUN_PROBE_SITE_H
#define BENCH_RUN_PROBE_SITE_H

#include <arpa/inet.h>
#include <sys/types.h>

#include "bench/run/probe.h"
#include "netem/ferry.h"

struct probe_site {
    struct in_addr client, server; /* of the first link */
    unsigned links;
    int ns[2]; /* where there is no lab; else -1 */
    struct lab *lab;
    struct ferry *ferry;
    pid_t shell, load; /* of mahimahi, and of the busy processes; or 0 */
    pid_t relay;
    struct relay_tally *relayed; /* up and down */
    char folder[64];             /* of the captures; "": none */
};

/* -1: the outcome says why. Either way it must be closed. */
int probe_site_open(struct probe_site *, const struct probe *,
                    struct probe_outcome *);

/* The ferry's report, or what a relay has of one, where `r` is not NULL; the
 * caller releases it. */
void probe_site_close(struct probe_site *, struct ferry_report *r);

/* Takes the calling process to a side. -1: errno. */
int probe_site_enter(struct probe_site *, enum lab_side);

/* Of link `i`, whose delays grow from that of the first one. */
struct in_addr probe_site_server(const struct probe_site *, unsigned i);
int64_t probe_delay_ns(const struct probe *, unsigned i);

/* The parts of mahimahi, the relay and the bare pair; see above. */
int probe_shell_open(struct probe_site *, const struct probe *,
                     struct probe_outcome *);
void probe_shell_close(struct probe_site *);
int probe_relay_open(struct probe_site *, struct probe_outcome *);
void probe_relay_close(struct probe_site *, struct ferry_report *);
int probe_bare_open(struct probe_site *, const struct probe *,
                    struct probe_outcome *);

#endif
