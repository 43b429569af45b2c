/* SPDX-License-Identifier: BSD-2-Clause */
/* What rows of the same parameters come to: medians with their intervals. */
#ifndef BENCH_TELL_SUMMARY_H
#define BENCH_TELL_SUMMARY_H

#include "bench/tell/csv.h"
#include "bench/tell/infer.h"
#include "bench/tell/stats.h"

#include <stdbool.h>

struct summary_group {
    char *question; /* owned: the flags that all of them share */
    const struct row *first;
    size_t rows, invalid, undelivered; /* of which only the rest count */
    double *closed_ms;                 /* owned: those that count, sorted */
    const struct row **counted;        /* owned: the same, in no such order */
    struct spread closed;
    struct interval median;       /* of closed_ms */
    double turnarounds, floor_ms; /* medians */
};

struct summary {
    struct summary_group *group; /* in the order of cells, or of rows */
    size_t count;
};

/* Groups rows by what was asked, but for the flags in `except` (ends with
 * NULL; NULL: none). Rows must outlive it. */
void summary_make(struct summary *, const struct rows *,
                  const char *const *except, uint64_t seed);
void summary_release(struct summary *);

/* The group of a question, or NULL. */
const struct summary_group *summary_find(const struct summary *,
                                         const char *question);

/* What a group is called: what its sweep set, or else its flags. */
const char *summary_name(const struct summary_group *);

/* At most `most` lines, and how many more there are. */
void summary_print(FILE *, const struct summary *, size_t most);
json_t *summary_to_json(const struct summary *); /* caller decrefs */
int summary_csv(FILE *, const struct summary *); /* -1: errno */

#endif
