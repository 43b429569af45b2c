/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics of a set of samples. A sample that is unknown (NaN) is left out;
 * of no samples, every statistic is NaN. */
#ifndef BENCH_TELL_STATS_H
#define BENCH_TELL_STATS_H

#include <stddef.h>

struct spread {
    size_t count; /* of known samples */
    double min, q1, median, q3, p95, p99, max, mean;
};

/* Sorts the samples, the unknown ones to the end. Returns how many are
 * known. */
size_t samples_sort(double *sample, size_t count);

/* The quantile `q` (0 to 1) of sorted samples without NaN, interpolated
 * between neighbours (Hyndman and Fan's type 7, R's default). */
double samples_quantile(const double *sorted, size_t count, double q);

/* A percentile, where so many samples have one: the 95th of 20 and the 99th of
 * 100 is the last but one or the last, of fewer it would be the maximum under
 * another name, and is unknown (NaN). */
double samples_percentile(const double *sorted, size_t count, unsigned percent);

/* All of it at once; sorts the samples as samples_sort() does. */
struct spread samples_spread(double *sample, size_t count);

/* The median alone; sorts likewise. */
double samples_median(double *sample, size_t count);

#endif
