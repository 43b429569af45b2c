/* SPDX-License-Identifier: BSD-2-Clause */
/* Any program as the client of a topology: the hosts, their roads and the
 * resolver that knows them are there, and the program finds the resolver in
 * /etc/resolv.conf. */
#ifndef BENCH_RUN_MX_GUEST_H
#define BENCH_RUN_MX_GUEST_H

#include "bench/run/mx_lab.h"
#include "bench/run/sandbox.h"

struct mx_guest { /* what came of it */
    struct sandbox_end end;
    struct ferry_report road; /* to be released */
    size_t questions, visits;
    struct mx_visit visit[MX_VISITS]; /* the first so many; `at_ns` counts from
                                         the start of the command */
    int64_t took_ns;
};

/* `captures` is a folder that is there, for what crosses each road at the
 * client's end of it; NULL: none. -1 and `why`: the lab could not be made. The
 * caller has one thread. */
int mx_guest_run(const struct mx_part *, char **command, const char *captures,
                 struct mx_guest *, char why[MX_WHY]);

#endif
