/* SPDX-License-Identifier: BSD-2-Clause */
/* A road without a ferry: the kernel forwards the packets of a joined lab (see
 * struct lab_config), and its own netem delays them, set up by the program tc.
 * Or nothing does: the road `none`. What such a road says of itself is little:
 * packets in and out; netem does not tell lateness, nor by which rule it
 * dropped. */
#ifndef BENCH_RUN_QDISC_H
#define BENCH_RUN_QDISC_H

#include "netem/ferry.h"

#define QDISC_WHY 600

struct qdisc; /* owned by whoever called qdisc_start() */

struct qdisc_config {                      /* borrowed for the call */
    const struct link_params *up, *down;   /* NULL: nothing delays */
    const char *client_pcap, *server_pcap; /* NULL: not wanted */
    const char *client, *server;           /* the ends' devices */
};

/* NULL and `why`: it could not be made. `errno` is ENOSYS where this host has
 * no tc or no netem, and EINVAL where netem has not these words. */
struct qdisc *qdisc_start(struct lab *, const struct qdisc_config *,
                          char why[QDISC_WHY]);

/* Stops and frees it; the captures are complete then. */
void qdisc_stop(struct qdisc *, struct ferry_report *);

/* What of these words netem has not; NULL: it has them all. */
const char *qdisc_lacks(const struct link_params *);

#endif
