/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    if (isnan(x) || isnan(y))
        return (isnan(x) != 0) - (isnan(y) != 0);
    return (x > y) - (x < y);
}

size_t samples_sort(double *sample, size_t count)
{
    if (count)
        qsort(sample, count, sizeof *sample, by_size);
    while (count && isnan(sample[count - 1]))
        count--;
    return count;
}

double samples_quantile(const double *sorted, size_t count, double q)
{
    double place, below;
    size_t i;

    assert(q >= 0 && q <= 1);
    if (!count)
        return NAN;
    place = q * (double)(count - 1);
    below = floor(place);
    i = (size_t)below;
    if (i + 1 >= count)
        return sorted[count - 1];
    return sorted[i] + (place - below) * (sorted[i + 1] - sorted[i]);
}

double samples_percentile(const double *sorted, size_t count, unsigned percent)
{
    assert(percent <= 100);
    if (count * (100 - percent) < 100 && percent < 100)
        return NAN;
    return samples_quantile(sorted, count, percent / 100.0);
}

struct spread samples_spread(double *sample, size_t count)
{
    struct spread s = {.count = samples_sort(sample, count)};
    double sum = 0;

    for (size_t i = 0; i < s.count; i++)
        sum += sample[i];
    s.min = samples_quantile(sample, s.count, 0);
    s.q1 = samples_quantile(sample, s.count, 0.25);
    s.median = samples_quantile(sample, s.count, 0.5);
    s.q3 = samples_quantile(sample, s.count, 0.75);
    s.p95 = samples_quantile(sample, s.count, 0.95);
    s.p99 = samples_quantile(sample, s.count, 0.99);
    s.max = samples_quantile(sample, s.count, 1);
    s.mean = s.count ? sum / (double)s.count : NAN;
    return s;
}

double samples_median(double *sample, size_t count)
{
    return samples_quantile(sample, samples_sort(sample, count), 0.5);
}
