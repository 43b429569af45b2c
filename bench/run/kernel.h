/* SPDX-License-Identifier: BSD-2-Clause */
/* The cast in the kernel world: a lab of its own, the ferry, a process for
 * each side, and every packet captured at both ends of the road. */
#ifndef BENCH_RUN_KERNEL_H
#define BENCH_RUN_KERNEL_H

#include "bench/run/bound.h"
#include "bench/run/cast.h"
#include "netem/ferry.h"

#define KERNEL_WHY 600

struct kernel_run {
    struct tally tally;
    struct ferry_report road;
    size_t mails, recipients;    /* that the server took */
    int64_t syn_retransmissions; /* of both sides; -1: not known */
    int64_t fast_opens; /* connections that the server took by TCP Fast Open;
                           -1: not known */
    size_t cookie_connections;     /* made before, for the cookie alone */
    struct bound_share hosts;      /* of the processors: our two sides' */
    size_t turnarounds_in_capture; /* only where `counted` */
    bool counted;
    char why[KERNEL_WHY]; /* where it did not count: what the capture said */
};

/* Runs a delivery. The caller has one thread. `captures` is a folder for
 * client.pcap and server.pcap, which exists; NULL: they are thrown away. 0: it
 * ran, well or badly; the report is to be released with kernel_release(). -1
 * and `why`: it could not be run, and nothing is to be released; errno is
 * ENOSYS where this host has not the road. */
int kernel_deliver(struct cast *, const char *captures, struct kernel_run *,
                   char why[KERNEL_WHY]);
void kernel_release(struct kernel_run *);

/* Makes a lab and gives it up again: what it is pinned to is told to `each`.
 * -1 and `why`: this host does not allow it. */
typedef void kernel_setting(void *arg, const struct lab_setting *);
int kernel_settings(enum port_kind, kernel_setting *each, void *arg,
                    char why[KERNEL_WHY]);

#endif
