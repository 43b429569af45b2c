/* SPDX-License-Identifier: BSD-2-Clause */
/* What `turnaround link` tells of its road in the end. */
#ifndef BENCH_CMD_LINK_REPORT_H
#define BENCH_CMD_LINK_REPORT_H

#include <stdio.h>

#include "bench/run/link_run.h"

struct link_verdict {
    bool valid;
    bool late; /* that is why it is not */
    char why[LINK_RUN_WHY];
};

/* Whether the road was what it was asked to be. */
struct link_verdict link_judge(const struct link_run *,
                               const struct link_outcome *);

void link_report_print(FILE *, const struct link_run *,
                       const struct link_outcome *,
                       const struct link_verdict *);

/* `file` NULL: to standard error. -1: it has been said why. */
int link_report_json(const char *file, const char *command,
                     const struct link_run *, const struct link_outcome *,
                     const struct link_verdict *, int exit_status);

#endif
