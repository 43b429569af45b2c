/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of `turnaround capability`: made, run, and told as tables. */
#ifndef BENCH_CMD_CAPABILITY_H
#define BENCH_CMD_CAPABILITY_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/run/pool.h"
#include "bench/tell/folder.h"

struct capability {
    struct scenario base; /* what is the same for all */
    const char *recipients, *classes, *strategies, *ways, *rtts, *repeats;
    const char *out, *json_file;
    bool json, dry_run;

    /* Made by capability_run(). */
    struct job *job;
    size_t jobs, room;
    struct results results;
    bool opened;
};

/* All combinations that have a meaning. Returns an exit status, having said
 * why where it is not 0. */
int capability_run(struct capability *, const char *command);

/* A table for each round trip, way and number of recipients and classes. */
void capability_print(const struct capability *, FILE *);
void capability_release(struct capability *);

#endif
