/* SPDX-License-Identifier: BSD-2-Clause */
/* How delays scatter: see scatter.h. */
#include "netem/scatter.h"

#include <assert.h>
#include <math.h>

#define PI 3.14159265358979323846

/* The standard normal quantile at p, by Newton's method from `x` below it,
 * where the law is steepest on the way. */
static double normal_quantile(double p, double x)
{
    for (int i = 0; i < 50; i++) {
        double error = erfc(-x / sqrt(2)) / 2 - p;
        double step = error / (exp(-x * x / 2) / sqrt(2 * PI));

        x -= step > 0.5 ? 0.5 : step < -0.5 ? -0.5 : step;
        if (fabs(step) < 1e-12)
            break;
    }
    return x;
}

static int16_t bounded(double sigmas)
{
    double value = rint(sigmas * SCATTER_SIGMA);

    return (int16_t)fmin(fmax(value, INT16_MIN), INT16_MAX);
}

static double pareto(int i)
{
    double u = 1 - i / (double)SCATTER_COUNT;

    return fmin((pow(u, -1.0 / 3) - 1.5) * 4 / 3,
                (double)INT16_MAX / SCATTER_SIGMA);
}

void scatter_make(enum link_spread spread, int16_t value[SCATTER_COUNT])
{
    double normal = -4;

    assert(spread > LINK_UNIFORM && spread < LINK_SPREAD_FILE);
    for (int i = 0; i < SCATTER_COUNT; i++) {
        if (spread != LINK_PARETO)
            normal = normal_quantile((i + 0.125) / SCATTER_COUNT, normal);
        value[i] =
            bounded(spread == LINK_NORMAL   ? normal
                    : spread == LINK_PARETO ? pareto(i)
                                            : normal / 4 + pareto(i) * 3 / 4);
    }
}

int64_t scatter_pick(const int16_t *value, size_t count, int64_t mean_ns,
                     int64_t sigma_ns, double unit)
{
    int64_t t;

    if (sigma_ns == 0)
        return mean_ns;
    if (!value)
        return mean_ns - sigma_ns + (int64_t)(unit * 2 * (double)sigma_ns);
    t = value[(size_t)(unit * (double)count)];
    /* sigma * t may not fit in 64 bits, sigma / 8192 * t does. */
    return mean_ns + sigma_ns / SCATTER_SIGMA * t +
           (sigma_ns % SCATTER_SIGMA * t +
            (t < 0 ? -1 : 1) * SCATTER_SIGMA / 2) /
               SCATTER_SIGMA;
}
