/* SPDX-License-Identifier: BSD-2-Clause */
/* Two sets of rows, group by group of equal parameters: is the second faster
 * or slower, by how much, how surely? */
#ifndef BENCH_TELL_COMPARE_H
#define BENCH_TELL_COMPARE_H

#include "bench/tell/summary.h"

enum compare_verdict {
    COMPARE_FASTER, /* the second is */
    COMPARE_SLOWER,
    COMPARE_SAME,     /* no difference was found */
    COMPARE_UNDECIDED /* too few rows to find one, whatever they were */
};
const char *compare_verdict_name(enum compare_verdict);

/* A difference counts if it is surer than this, over all groups at once (Holm,
 * 1979), and if the interval of the ratio leaves out 1. */
#define COMPARE_ALPHA 0.05

struct comparison {
    const struct summary_group *a, *b;
    double ratio; /* of the second's median to the first's */
    struct interval of_ratio;
    double p;   /* corrected for the number of groups */
    bool exact; /* both are of the ideal world, where nothing is left to chance
                 */
    enum compare_verdict verdict;
};

/* Groups that both have, in the first's order: how many; caller frees. A ratio
 * nearer to 1 than `threshold` is no difference. */
size_t compare_make(const struct summary *a, const struct summary *b,
                    double threshold, uint64_t seed, struct comparison **);

void compare_print(FILE *, const struct comparison *, size_t count);
json_t *compare_to_json(const struct comparison *, size_t count);

#endif
