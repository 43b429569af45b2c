/* SPDX-License-Identifier: BSD-2-Clause */
/* How sure a figure is: intervals by the bootstrap, and whether two samples
 * differ. Every draw follows from a seed. Samples must be known (no NaN). */
#ifndef BENCH_TELL_INFER_H
#define BENCH_TELL_INFER_H

#include <stddef.h>
#include <stdint.h>

enum { INFER_ROUNDS = 1000 };

struct interval { /* of 95 %; NaN where there is too little to tell */
    double low, high;
};

/* Draws: splitmix64 (Steele, Lea and Flood, 2014). */
uint64_t infer_next(uint64_t *state);

/* Of rounds' results, unknown ones left out; sorts them. */
struct interval infer_interval(double *result, size_t count);

/* The interval of the median, by the percentiles of resampled medians (Efron
 * and Tibshirani, 1993, chapter 13). Of fewer than two samples: unknown. */
struct interval infer_median(const double *, size_t count, uint64_t seed);

/* The same of median(b) / median(a). */
struct interval infer_ratio(const double *a, size_t a_count, const double *b,
                            size_t b_count, uint64_t seed);

/* The one-sided p of Mann and Whitney's test (1947): how likely samples of the
 * same distribution would have the second at least as far above the first.
 * Exact for up to 40 samples, over all ways to share these out (so with ties,
 * too), else by the normal approximation, corrected for ties and for
 * continuity. Of no samples: NaN. */
double infer_greater(const double *a, size_t a_count, const double *b,
                     size_t b_count);

/* Corrects the p of as many tests (Benjamini and Hochberg, 1995): of those
 * that are below 5 % then, no more than 5 % are wrong, on average; where all
 * would be wrong, that there are any is no likelier than 5 %. None may be NaN;
 * the pointers are put into another order. */
void infer_correct(double **p, size_t count);

#endif
