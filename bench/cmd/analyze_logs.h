/* SPDX-License-Identifier: BSD-2-Clause */
/* turnaround analyze of a mail server's log. */
#ifndef BENCH_CMD_ANALYZE_LOGS_H
#define BENCH_CMD_ANALYZE_LOGS_H

#include "bench/cmd/analyze_flags.h"

/* An exit status. */
int analyze_log(const struct analyze_flags *);

#endif
