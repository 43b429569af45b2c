/* SPDX-License-Identifier: BSD-2-Clause */
/* From where on does one thing save so much time against another? Asked of a
 * sweep's rows: between two values of what varies, over another that is a
 * number, for each combination of the rest.
 *
 * At each number the saving is the difference of the two medians. Savings are
 * taken not to shrink along the way (or not to grow, where they fall), by a
 * least-squares fit under that condition (pool adjacent violators: Ayer and
 * others, 1955), and the place is read off between the two numbers around it.
 * How sure it is, is told by doing all of it again for resampled rows: whole
 * repetitions are drawn, each with its rows at all numbers and on both sides,
 * since the same seed makes them alike. */
#ifndef BENCH_TELL_SAVING_H
#define BENCH_TELL_SAVING_H

#include "bench/tell/csv.h"
#include "bench/tell/infer.h"
#include "bench/tell/varied.h"

#include <stdbool.h>

struct saving_question {
    double ms;
    const char *between; /* the name of what both are values of */
    const char *slow, *fast;
    const char *over; /* the name of the number */
    uint64_t seed;
};

enum saving_state {
    SAVING_FROM,   /* from `at` on (or up to it: `falls`) */
    SAVING_ALWAYS, /* at all numbers that were run */
    SAVING_NEVER,  /* at none */
    SAVING_UNKNOWN /* rows that count are missing */
};

struct saving_answer {
    char rest[400]; /* what else varied, as set here */
    enum saving_state state;
    bool falls;
    double at;
    struct interval of_at; /* where it lies, of those resamples that have one */
    double agree;          /* share of the resamples of the same state */
    size_t points, rows;   /* numbers, and rows that count */
    double first, last;    /* the numbers */
    double least_ms, most_ms; /* fitted savings, at the first and the last */
    char unit[VARIED_UNIT];
};

/* The answers, a line for each combination; the caller frees them. */
size_t saving_answer(const struct saving_question *, const struct rows *,
                     struct saving_answer **);

void saving_print(FILE *, const struct saving_question *,
                  const struct saving_answer *);
json_t *saving_to_json(const struct saving_question *,
                       const struct saving_answer *, size_t count);

#endif
