/* SPDX-License-Identifier: BSD-2-Clause */
/* The flags of turnaround analyze. */
#ifndef BENCH_CMD_ANALYZE_FLAGS_H
#define BENCH_CMD_ANALYZE_FLAGS_H

#include "bench/read/gate.h"

#include <stdbool.h>

struct analyze_flags {
    const char *path; /* of the capture; "-": the standard input; with
                         `interface`: a filter, or NULL */
    const char *json_name, *csv_name, *server_capture, *sequence;
    const char *keylog;
    const char *postfix_log, *exim_log, *interface;
    size_t packets; /* of `interface`; 0: no bound */
    double seconds; /* the same */
    bool json, verbose, quiet, ascii, what_if, help;
    size_t conversation; /* only this one, from 1; 0: all */
    struct gate gate;
};

/* 0, or -1: what is wrong was printed. */
int analyze_flags_read(struct analyze_flags *, int argc, char **argv);
void analyze_flags_help(void);

#endif
