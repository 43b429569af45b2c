/* SPDX-License-Identifier: BSD-2-Clause */
/* The cast in the kernel world: a lab of its own, the ferry, a process for
 * each side, and every packet captured at both ends of the road. */
#ifndef BENCH_RUN_KERNEL_H
#define BENCH_RUN_KERNEL_H

#include "bench/run/cast.h"
#include "netem/ferry.h"

#define KERNEL_WHY 600

struct kernel_run {
    struct tally tally;
    struct ferry_report road;
    size_t mails, recipients;      /* that the server took */
    size_t turnarounds_in_capture; /* only where `counted` */
    bool counted;
    char why[KERNEL_WHY]; /* where it did not count: what the capture said */
};

/* Told once for each lab, before it is used: what it was pinned to. */
typedef void kernel_settings(void *arg, const struct lab_setting *, size_t);

struct kernel_options {
    const char *captures;      /* folder for client.pcap and server.pcap, which
                                  exists; NULL: they are thrown away */
    kernel_settings *settings; /* NULL: not wanted */
    void *settings_arg;
};

/* Runs a delivery. The caller has one thread. 0: it ran, well or badly; the
 * report is to be released with kernel_release(). -1 and `why`: it could not
 * be run, and nothing is to be released. */
int kernel_deliver(struct cast *, const struct kernel_options *,
                   struct kernel_run *, char why[KERNEL_WHY]);
void kernel_release(struct kernel_run *);

#endif
