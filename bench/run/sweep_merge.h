/* SPDX-License-Identifier: BSD-2-Clause */
/* Shards of a sweep, put together: rows are copied as they are, so that a
 * merged sweep may be larger than memory. */
#ifndef BENCH_RUN_SWEEP_MERGE_H
#define BENCH_RUN_SWEEP_MERGE_H

#include "bench/run/sweep_store.h"

struct merged {
    uint64_t rows, invalid, undelivered, cells, skipped;
    bool mixed; /* not all were run by the same version of this program */
};

/* Checks that the folders are all shards of one sweep, each once and whole,
 * then writes them into a new folder `out`. -1 and `why`; `out` is not touched
 * before all of them have been found good. */
int sweep_merge(char *const *dir, size_t count, const char *out,
                const char *command, struct merged *, char why[SWEEP_WHY]);

#endif
