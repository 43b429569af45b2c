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

struct interval infer_interval(double *result, size_t count)
{
    size_t known = samples_sort(result, count);

    return (struct interval){samples_quantile(result, known, 0.025),
                             samples_quantile(result, known, 0.975)};
}

/* A sample of which as many are drawn again and again: it is sorted once, and
 * how often each was drawn tells where the middle is. */
struct lot {
    size_t count;
    double *sorted;
    size_t *rank;  /* of each, as they were given */
    size_t *drawn; /* how often each rank was */
};

static void *room_for(size_t count, size_t size)
{
    void *room = calloc(count + 1, size);

    if (!room)
        abort();
    return room;
}

struct given {
    double value;
    size_t at;
};

static int by_given(const void *a, const void *b)
{
    const struct given *x = a, *y = b;

    return x->value != y->value ? (x->value > y->value ? 1 : -1)
                                : (x->at > y->at) - (x->at < y->at);
}

static void lot_init(struct lot *l, const double *sample, size_t count)
{
    struct given *given = room_for(count, sizeof *given);

    *l = (struct lot){.count = count,
                      .sorted = room_for(count, sizeof *l->sorted),
                      .rank = room_for(count, sizeof *l->rank),
                      .drawn = room_for(count, sizeof *l->drawn)};
    for (size_t i = 0; i < count; i++)
        given[i] = (struct given){sample[i], i};
    qsort(given, count, sizeof *given, by_given);
    for (size_t i = 0; i < count; i++) {
        l->sorted[i] = given[i].value;
        l->rank[given[i].at] = i;
    }
    free(given);
}

static void lot_release(struct lot *l)
{
    free(l->sorted);
    free(l->rank);
    free(l->drawn);
}

/* The median of as many as there are, drawn with replacement. */
static double lot_median(struct lot *l, uint64_t *state)
{
    size_t middle = (l->count - 1) / 2, at = 0, seen;
    double low;

    memset(l->drawn, 0, l->count * sizeof *l->drawn);
    for (size_t i = 0; i < l->count; i++)
        l->drawn[l->rank[infer_next(state) % l->count]]++;
    for (seen = l->drawn[0]; seen <= middle; seen += l->drawn[at])
        at++;
    low = l->sorted[at];
    if (l->count % 2 == 1 || seen > middle + 1)
        return low;
    do
        at++;
    while (l->drawn[at] == 0);
    return low + 0.5 * (l->sorted[at] - low);
}

struct interval infer_median(const double *sample, size_t count, uint64_t seed)
{
    struct interval of = {NAN, NAN};
    double median[INFER_ROUNDS];
    struct lot lot;

    if (count < 2)
        return of;
    lot_init(&lot, sample, count);
    for (int i = 0; i < INFER_ROUNDS; i++)
        median[i] = lot_median(&lot, &seed);
    lot_release(&lot);
    return infer_interval(median, INFER_ROUNDS);
}

struct interval infer_ratio(const double *a, size_t a_count, const double *b,
                            size_t b_count, uint64_t seed)
{
    struct interval of = {NAN, NAN};
    double ratio[INFER_ROUNDS];
    struct lot x, y;

    if (a_count < 2 || b_count < 2)
        return of;
    lot_init(&x, a, a_count);
    lot_init(&y, b, b_count);
    for (int i = 0; i < INFER_ROUNDS; i++) {
        double below = lot_median(&x, &seed);

        ratio[i] = lot_median(&y, &seed) / below;
    }
    lot_release(&x);
    lot_release(&y);
    return infer_interval(ratio, INFER_ROUNDS);
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
