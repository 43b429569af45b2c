/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/infer.h"

#include "bench/tell/stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { EXACT_MAX = 40 };

uint64_t infer_next(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

void infer_resample(const double *from, size_t count, double *to,
                    uint64_t *state)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[infer_next(state) % count];
}

struct interval infer_interval(double *result, size_t count)
{
    size_t known = samples_sort(result, count);

    return (struct interval){samples_quantile(result, known, 0.025),
                             samples_quantile(result, known, 0.975)};
}

static double *room_for(size_t count)
{
    double *room = calloc(count + 1, sizeof *room);

    if (!room)
        abort();
    return room;
}

struct interval infer_median(const double *sample, size_t count, uint64_t seed)
{
    double *again = room_for(count), median[INFER_ROUNDS];
    struct interval of = {NAN, NAN};

    for (int i = 0; i < INFER_ROUNDS && count >= 2; i++) {
        infer_resample(sample, count, again, &seed);
        median[i] = samples_median(again, count);
    }
    if (count >= 2)
        of = infer_interval(median, INFER_ROUNDS);
    free(again);
    return of;
}

struct interval infer_ratio(const double *a, size_t a_count, const double *b,
                            size_t b_count, uint64_t seed)
{
    double *x = room_for(a_count), *y = room_for(b_count), ratio[INFER_ROUNDS];
    bool enough = a_count >= 2 && b_count >= 2;
    struct interval of = {NAN, NAN};

    for (int i = 0; i < INFER_ROUNDS && enough; i++) {
        infer_resample(a, a_count, x, &seed);
        infer_resample(b, b_count, y, &seed);
        ratio[i] = samples_median(y, b_count) / samples_median(x, a_count);
    }
    if (enough)
        of = infer_interval(ratio, INFER_ROUNDS);
    free(x);
    free(y);
    return of;
}

struct place { /* of a sample among those of both */
    double value;
    bool second;
    size_t rank2; /* twice its rank, shared by equal ones */
};

static int by_value(const void *a, const void *b)
{
    double x = ((const struct place *)a)->value;
    double y = ((const struct place *)b)->value;

    return (x > y) - (x < y);
}

/* Both samples in one order; caller frees. `ties`: the sum of t^3 - t over
 * groups of t equal ones. */
static struct place *rank(const double *a, size_t a_count, const double *b,
                          size_t b_count, double *ties)
{
    size_t count = a_count + b_count;
    struct place *at = calloc(count + 1, sizeof *at);

    if (!at)
        abort();
    for (size_t i = 0; i < count; i++)
        at[i] = (struct place){i < a_count ? a[i] : b[i - a_count],
                               i >= a_count, 0};
    qsort(at, count, sizeof *at, by_value);
    *ties = 0;
    for (size_t i = 0, t; i < count; i += t) {
        for (t = 1; i + t < count && at[i + t].value == at[i].value; t++)
            continue;
        for (size_t k = 0; k < t; k++)
            at[i + k].rank2 = 2 * i + t + 1;
        *ties += (double)t * (double)t * (double)t - (double)t;
    }
    return at;
}

/* Twice U of one of the samples, by its ranks: over all pairs, 2 where it has
 * the greater, 1 for a tie. */
static size_t u2_of(const struct place *at, size_t count, bool second)
{
    size_t sum = 0, of = 0;

    for (size_t i = 0; i < count; i++)
        if (at[i].second == second)
            sum += at[i].rank2, of++;
    return sum - of * (of + 1);
}

/* How many ways there are to choose `m`, at most half, of the places so that
 * their U is k / 2, for each k up to 2 m n; caller frees. One place after the
 * other is taken or left; of j taken ones, twice U is within 0 to 2 j (count -
 * j). */
static double *count_ways(const struct place *at, size_t count, size_t m)
{
    size_t width = 2 * m * (count - m) + 1;
    double *ways = calloc((m + 1) * width, sizeof *ways);

    if (!ways)
        abort();
    ways[0] = 1;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i < m ? i + 1 : m; j-- > 0;) {
            const double *from = ways + j * width;

            for (size_t k = 0; k < width; k++)
                if (from[k] > 0)
                    ways[(j + 1) * width + k + at[i].rank2 - 2 * (j + 1)] +=
                        from[k];
        }
    memmove(ways, ways + m * width, width * sizeof *ways);
    return ways;
}

/* Of all ways to share the places out, those whose second sample's U is at
 * least this one's. */
static double exact(const struct place *at, size_t a_count, size_t b_count)
{
    size_t count = a_count + b_count;
    bool second = b_count <= a_count; /* the smaller one is chosen */
    size_t u2 = u2_of(at, count, second), width = 2 * a_count * b_count + 1;
    double *ways = count_ways(at, count, second ? b_count : a_count), all = 0,
           sum = 0;

    for (size_t k = 0; k < width; k++) {
        all += ways[k];
        sum += (second ? k >= u2 : k <= u2) ? ways[k] : 0;
    }
    free(ways);
    return sum / all;
}

/* The same by the normal curve. */
static double nearly(const struct place *at, size_t a_count, size_t b_count,
                     double ties)
{
    double m = (double)a_count, n = (double)b_count, all = m + n;
    double u = (double)u2_of(at, a_count + b_count, true) / 2;
    double variance = m * n / 12 * (all + 1 - ties / (all * (all - 1)));

    if (!(variance > 0))
        return 1; /* all are equal */
    return erfc((u - m * n / 2 - 0.5) / sqrt(2 * variance)) / 2;
}

double infer_greater(const double *a, size_t a_count, const double *b,
                     size_t b_count)
{
    struct place *at;
    double ties, p;

    if (!a_count || !b_count)
        return NAN;
    at = rank(a, a_count, b, b_count, &ties);
    p = a_count + b_count <= EXACT_MAX ? exact(at, a_count, b_count)
                                       : nearly(at, a_count, b_count, ties);
    free(at);
    return p;
}

/* Greatest first. */
static int by_p(const void *a, const void *b)
{
    double x = **(double *const *)a, y = **(double *const *)b;

    return (x < y) - (x > y);
}

void infer_correct(double **p, size_t count)
{
    double least = 1;

    if (count)
        qsort(p, count, sizeof *p, by_p);
    for (size_t i = 0; i < count; i++) {
        least = fmin(least, *p[i] * (double)count / (double)(count - i));
        *p[i] = least;
    }
}
