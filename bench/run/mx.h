/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts a topology on: the resolver and the hosts of it, and a dispatch of one
 * of its messages by one policy and one mode, in any of the three worlds. */
#ifndef BENCH_RUN_MX_H
#define BENCH_RUN_MX_H

#include "bench/run/bound.h"
#include "bench/run/scenario.h"
#include "bench/run/topology.h"
#include "netem/ferry.h"

#define MX_WHY 700

enum { MX_STEPS = 64 }; /* of the path that are told */

struct mx_part { /* what is to be played */
    const struct topology *topology;
    const struct topology_message *message;
    enum policy_id policy;
    enum mode_id mode;
    uint64_t seed;
    enum port_kind port; /* of the kernel world */
};

struct mx_tally { /* what came of it: plain data, fit for a pipe */
    bool done;
    enum dispatch_end end;
    enum route_why why;
    enum mx_end found;
    int code;
    size_t recipients, accepted, deferred, bounced, taken;
    size_t attempts, questions, hosts, connections;
    size_t turnarounds, longest_chain;
    uint64_t bytes_out, bytes_in, dns_bytes;
    uint32_t used;
    bool worse;
    enum mode_id mode_used;
    bool bdat_used;
    struct bound_share sides; /* kernel: of the processors, client's and hosts'
                               */
    int64_t dns_ns, accepted_ns, closed_ns; /* from the first question; -1 */
    uint32_t takers;           /* hosts that took mail, a bit for each */
    size_t steps;              /* connections, in their order; all of them */
    uint8_t step[MX_STEPS];    /* to which host: the first so many */
    int64_t step_ns[MX_STEPS]; /* and when */
};

/* -1 and `why`: it could not be run. */
int mx_ideal(const struct mx_part *, struct mx_tally *, char why[MX_WHY]);

/* The same over ns-3's TCP and UDP, in virtual time too. ENOSYS: its plug-in
 * is missing. The caller has one thread. */
int mx_ns3(const struct mx_part *, struct mx_tally *, char why[MX_WHY]);

/* The same over this kernel's TCP, each address by a road of its own. The
 * caller has one thread. Time is real there, so one attempt is all there is:
 * what is put off is deferred. `road` is to be released where 0 is returned. */
int mx_kernel(const struct mx_part *, struct mx_tally *,
              struct ferry_report *road, char why[MX_WHY]);

/* What is sent and wanted, for people. */
void mx_message_text(const struct topology_message *, char *room, size_t size);

/* What a world cannot express of a topology. -1 and `why`. */
int mx_check(const struct topology *, enum world, char why[MX_WHY]);

/* Hosts that a search should meet on average, from the capabilities alone:
 * (m + 1) / (j + 1) where j of m equals have what is wanted. NaN: there is no
 * such formula for this topology. */
double mx_hosts_expected(const struct mx_part *);

#endif
