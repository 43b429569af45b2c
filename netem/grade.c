/* SPDX-License-Identifier: BSD-2-Clause */
/* A histogram whose bins grow with the time: each power of two has as many. */
#include "netem/grade.h"

#include <math.h>

#define FINE (1 << GRADE_FINE)

static unsigned bin_of(uint64_t ns)
{
    unsigned power, bin;

    if (ns < FINE)
        return (unsigned)ns;
    power = 63 - (unsigned)__builtin_clzll(ns);
    bin = ((power - GRADE_FINE) << GRADE_FINE) +
          (unsigned)(ns >> (power - GRADE_FINE));
    return bin < GRADE_BINS ? bin : GRADE_BINS - 1;
}

/* The longest time that falls into a bin. */
static int64_t top_of(unsigned bin)
{
    unsigned shift;

    if (bin < FINE)
        return bin;
    shift = (bin >> GRADE_FINE) - 1;
    return (int64_t)((uint64_t)((bin & (FINE - 1)) + FINE + 1) << shift) - 1;
}

void grade_add(struct grade *g, int64_t ns)
{
    if (ns < 0)
        ns = 0;
    if (ns > g->max_ns)
        g->max_ns = ns;
    g->count++;
    g->bin[bin_of((uint64_t)ns)]++;
}

void grade_merge(struct grade *g, const struct grade *other)
{
    g->count += other->count;
    if (other->max_ns > g->max_ns)
        g->max_ns = other->max_ns;
    for (unsigned i = 0; i < GRADE_BINS; i++)
        g->bin[i] += other->bin[i];
}

int64_t grade_quantile(const struct grade *g, double share)
{
    uint64_t wanted = (uint64_t)ceil(share * (double)g->count), seen = 0;

    if (wanted == 0)
        return 0;
    /* The last bin has no top: what falls into it is only known to be long. */
    for (unsigned i = 0; i < GRADE_BINS - 1; i++) {
        seen += g->bin[i];
        if (seen >= wanted)
            return top_of(i) < g->max_ns ? top_of(i) : g->max_ns;
    }
    return g->max_ns;
}
