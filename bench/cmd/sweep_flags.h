/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of `turnaround sweep`. */
#ifndef BENCH_CMD_SWEEP_FLAGS_H
#define BENCH_CMD_SWEEP_FLAGS_H

#include "bench/run/sweep.h"
#include "bench/tell/saving.h"

struct sweep_flags {
    struct sweep sweep; /* finished */
    char out[4096];     /* the folder; made up where none was given */
    bool resume;        /* the folder may hold this sweep */
    const char *json_file;
    bool json, dry_run, captures, plots;
    int64_t warm_up, at_once;
    struct saving_question saving; /* `fast` NULL: not asked */

    /* Private. */
    const char *saves, *over, *shard;
    char between[200]; /* slow NUL fast */
    bool planned;      /* something was said of what is swept */
};

/* Returns an exit status, or -1 to go on. To be released even so. */
int sweep_flags_parse(struct sweep_flags *, int argc, char **argv);
void sweep_flags_release(struct sweep_flags *);

#endif
