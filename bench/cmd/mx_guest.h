/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround mx FILE -- COMMAND`: what the hosts saw of it. */
#ifndef BENCH_CMD_MX_GUEST_H
#define BENCH_CMD_MX_GUEST_H

#include "bench/run/topology.h"
#include "netem/port.h"

struct mx_guest_ask { /* borrowed */
    const struct topology *topology;
    enum port_kind port;
    char **command;  /* ends with NULL */
    const char *out; /* a folder for captures; NULL: none are kept */
    bool json;
    const char *json_file; /* NULL: standard error */
};

/* Returns COMMAND's exit status, or one of ours. */
int mx_guest_main(const struct mx_guest_ask *);

#endif
