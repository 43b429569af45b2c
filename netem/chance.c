/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams of random numbers: see chance.h. */
#include "netem/chance.h"

#include <math.h>

#define GOLDEN 0x9e3779b97f4a7c15u /* 2^64 over the golden ratio, odd */
#define PI 3.14159265358979323846

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t chance_bits(struct chance *c)
{
    return mix(c->state += GOLDEN);
}

double chance_unit(struct chance *c)
{
    return (double)(chance_bits(c) >> 11) * 0x1p-53;
}

/* Box and Muller, 1958. */
static double normal_deviate(struct chance *c)
{
    double u = 1 - chance_unit(c), v = chance_unit(c);

    return sqrt(-2 * log(u)) * cos(2 * PI * v);
}

void chance_init(struct chance *c, uint64_t seed, uint32_t stream)
{
    c->state = mix(mix(seed + GOLDEN) + stream * GOLDEN);
    c->normal = normal_deviate(c);
}

/* Two normal deviates correlated by r become even numbers correlated by
 * 6/pi asin(r/2) (K. Pearson, 1907); r is chosen so that this is corr_pct. */
double chance_correlated(struct chance *c, double corr_pct)
{
    double r, unit;

    if (corr_pct <= 0)
        return chance_unit(c);
    r = 2 * sin(PI / 6 * corr_pct / 100);
    if (corr_pct < 100)
        c->normal = r * c->normal + sqrt(1 - r * r) * normal_deviate(c);
    unit = erfc(-c->normal / sqrt(2)) / 2;
    return unit < 1 ? unit : 1 - 0x1p-53;
}
