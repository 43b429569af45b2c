/* SPDX-License-Identifier: BSD-2-Clause */
/* What was measured against what was demanded, a line each. */
#ifndef BENCH_TELL_SCORE_H
#define BENCH_TELL_SCORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* clang-format off */
#define SCORE_VERDICTS(X)                                                      \
    X(REPORTED, "reported") /* nothing is demanded of it */                    \
    X(MET,      "met")                                                         \
    X(MISSED,   "MISSED")                                                      \
    X(SKIPPED,  "skipped")  /* this host cannot do it */                       \
    X(INVALID,  "INVALID")  /* it was tried, and counts for nothing */         \
    X(UNDECIDED, "undecided") /* others disturbed it: measured, not judged */
#define X(name, word) SCORE_##name,
enum score_verdict { SCORE_VERDICTS(X) };
#undef X
/* clang-format on */

enum score_demand { /* how the limit is meant */
                    SCORE_NONE,
                    SCORE_AT_MOST,
                    SCORE_AT_LEAST,
                    SCORE_RATIO_AT_MOST,
                    SCORE_RATIO_AT_LEAST,
};

struct score {
    int target;
    const char *what, *figure, *unit; /* borrowed, as all texts here */
    size_t rounds;                    /* that count */
    double measured;                  /* medians of the rounds; NaN: unknown */
    enum score_demand demand;
    double limit;
    const char *beside; /* what it is compared with; NULL: nothing */
    double beside_value, ratio;
    enum score_verdict verdict;
    const char *why; /* it was skipped, or counts for nothing; else NULL */
};

/* Sets the verdict of what was measured. */
void score_judge(struct score *);
bool score_by_ratio(const struct score *); /* that is what is demanded */

/* A heading for each target, whose names are given from 1 on. */
void score_print(FILE *, const struct score *, size_t count,
                 const char *const target_name[]);
json_t *score_to_json(const struct score *, size_t count); /* caller decrefs */

#endif
