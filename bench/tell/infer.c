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

/* U of `a`: over all pairs, 1 where a's is the greater, 1/2 for a tie. */
static double u_of(const double *a, size_t a_count, const double *b,
                   size_t b_count, bool *ties)
{
    double u = 0;

    *ties = false;
    for (size_t i = 0; i < a_count; i++)
        for (size_t j = 0; j < b_count; j++) {
            u += a[i] > b[j] ? 1 : a[i] == b[j] ? 0.5 : 0;
            *ties |= a[i] == b[j];
        }
    return u;
}

/* How likely U is at most `u`, of all orders of m and n samples: by the
 * recurrence f(m, n, u) = f(m - 1, n, u - n) + f(m, n - 1, u). */
static double exact(size_t m, size_t n, size_t u)
{
    size_t width = m * n + 1;
    double *f = calloc((n + 1) * width, sizeof *f), sum = 0, all = 0;

    if (!f)
        abort();
    for (size_t j = 0; j <= n; j++)
        f[j * width] = 1; /* none of a: one order, whose U is 0 */
    for (size_t i = 1; i <= m; i++) {
        memset(f + 1, 0, (width - 1) * sizeof *f);
        for (size_t j = 1; j <= n; j++)
            for (size_t k = width; k-- > 0;)
                f[j * width + k] = (k >= j ? f[j * width + k - j] : 0) +
                                   f[(j - 1) * width + k];
    }
    for (size_t k = 0; k < width; k++) {
        all += f[n * width + k];
        sum += k <= u ? f[n * width + k] : 0;
    }
    free(f);
    return sum / all;
}

/* The sum of t^3 - t over groups of t equal samples. */
static double ties_of(const double *a, size_t a_count, const double *b,
                      size_t b_count)
{
    size_t count = a_count + b_count;
    double *both = room_for(count), sum = 0;

    memcpy(both, a, a_count * sizeof *a);
    memcpy(both + a_count, b, b_count * sizeof *b);
    samples_sort(both, count);
    for (size_t i = 0, t; i < count; i += t) {
        for (t = 1; i + t < count && both[i + t] == both[i]; t++)
            continue;
        sum += (double)t * (double)t * (double)t - (double)t;
    }
    free(both);
    return sum;
}

double infer_differ(const double *a, size_t a_count, const double *b,
                    size_t b_count)
{
    double m = (double)a_count, n = (double)b_count, all = m + n;
    double u, deviation, variance;
    bool ties;

    if (!a_count || !b_count)
        return NAN;
    u = u_of(a, a_count, b, b_count, &ties);
    u = fmin(u, m * n - u);
    if (!ties && a_count + b_count <= EXACT_MAX)
        return fmin(1, 2 * exact(a_count, b_count, (size_t)u));
    variance = m * n / 12 *
               (all + 1 - ties_of(a, a_count, b, b_count) / (all * (all - 1)));
    if (!(variance > 0))
        return 1; /* all are equal */
    deviation = fmax(m * n / 2 - u - 0.5, 0) / sqrt(variance);
    return erfc(deviation / sqrt(2));
}
