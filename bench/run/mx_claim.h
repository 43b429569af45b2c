/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims about hosts that differ: a topology, a policy, and what it must cost
 * by its closed form, in every world. */
#ifndef BENCH_RUN_MX_CLAIM_H
#define BENCH_RUN_MX_CLAIM_H

#include "bench/run/mx.h"
#include "bench/tell/claims.h"

/* What a run must have, as a form in p: how many hosts were contacted beside
 * the one that was used. */
struct mx_form {
    bool told; /* else it is not judged */
    int fixed, by_host;
};

struct mx_mean { /* what the mean of the runs must be, or the share of them */
    bool told;
    double is;
};

struct mx_claim {
    const char *source, *says;
    const char *topology; /* the text of a file; its first message is sent */
    enum policy_id policy;
    enum mode_id mode;
    enum dispatch_end end; /* NOT_YET: any */
    bool kernel;           /* real time is enough for it */
    bool orders;           /* its four hosts are tried in 24 orders, which
                            * must be equally likely */
    struct mx_form rtts;   /* until all was accepted, ... */
    int64_t further_ns;    /* ... and so much more */
    struct mx_form turnarounds, chain, connections, hosts, questions, attempts;
    struct mx_mean hosts_mean, used, worse;
};

/* The roads of all topologies here. */
#define MX_CLAIM_RTT_MS 200

/* What is expected, for people. */
void mx_claim_expect(const struct mx_claim *, char expected[48]);

struct mx_worlds { /* beside the ideal one, which is always there */
    bool ns3, kernel;
    bool spared; /* a time in the kernel world that is too long is the
                  * machine's doing, and decides nothing */
};

/* Runs it in all of them, and decides. */
void mx_claim_play(const struct mx_claim *, struct mx_worlds,
                   struct claim_line *);

/* Chi-square of how often each order came; over `orders` that are equally
 * likely. */
double mx_chi_square(const size_t *seen, size_t orders);

#endif
