/* SPDX-License-Identifier: BSD-2-Clause */
/* Two sets of rows, group by group of equal parameters, and on the whole: is
 * the second faster or slower, by how much, how surely? */
#ifndef BENCH_TELL_COMPARE_H
#define BENCH_TELL_COMPARE_H

#include "bench/tell/summary.h"

enum compare_verdict {
    COMPARE_FASTER, /* the second is */
    COMPARE_SLOWER,
    COMPARE_SAME,     /* any difference is surely below the threshold */
    COMPARE_UNDECIDED /* the rows do not tell */
};
const char *compare_verdict_name(enum compare_verdict);

/* What is sure is so at this level, over all groups at once (infer_correct()),
 * with an interval of the ratio that agrees. */
#define COMPARE_ALPHA 0.05

struct comparison {
    const struct summary_group *a, *b; /* NULL: of all groups */
    size_t groups;                     /* that it is of */
    size_t a_rows, b_rows; /* that count; of all groups, repetitions */
    double ratio;          /* of the second's median to the first's */
    struct interval of_ratio;
    double p;      /* that they do not differ */
    double p_same; /* that they differ by the threshold or more */
    bool exact;    /* nothing was left to chance in either */
    enum compare_verdict verdict;
    double rows_wanted; /* of each side, about, to decide it; NaN: it is
                           decided, or no number of rows would do */
};

/* Groups that both have, in the first's order: how many; caller frees. A ratio
 * nearer to 1 than `threshold` is no difference. */
size_t compare_make(const struct summary *a, const struct summary *b,
                    double threshold, uint64_t seed, struct comparison **);

/* All of them as one: a repetition's time is the geometric mean over the
 * groups. What is drawn in a repetition may be shared by all its rows (they
 * have one seed), so that these are no samples of their own. */
struct comparison compare_whole(const struct comparison *, size_t count,
                                double threshold, uint64_t seed);

void compare_print(FILE *, const struct comparison *, size_t count);
void compare_print_whole(FILE *, const struct comparison *);
json_t *compare_to_json(const struct comparison *, size_t count);
json_t *compare_whole_to_json(const struct comparison *);

#endif
