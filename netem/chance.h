/* SPDX-License-Identifier: BSD-2-Clause */
/* Chance, all of it decided by a seed: streams of random numbers, each with
 * its own use, so that turning one word on does not change what another one
 * decides; correlated draws; scattered delays. */
#ifndef NETEM_CHANCE_H
#define NETEM_CHANCE_H

#include "netem/link.h"

struct chance { /* private; one stream */
    uint64_t state;
    double normal; /* the last correlated draw, as a normal deviate */
};

/* `stream` tells the streams of one seed apart. */
void chance_init(struct chance *, uint64_t seed, uint32_t stream);

/* 64 random bits: the generator of Steele, Lea, Flood, "Fast splittable
 * pseudorandom number generators" (OOPSLA 2014). */
uint64_t chance_bits(struct chance *);

/* Even over [0, 1). */
double chance_unit(struct chance *);

/* Even over [0, 1), and the next draw depends on the last one: the
 * correlation of two draws in a row is `corr_pct` / 100, exactly.
 *
 * netem computes next = (1 - c) random + c last, on even random numbers. That
 * sum is no longer even, so that the kernel's `loss 1% 25%` loses 0.02 %; and
 * its jitter takes it modulo the width, which loses the correlation instead.
 * Here the same recursion runs on normal deviates, whose sums stay normal, and
 * is made even again: both numbers of the word hold. */
double chance_correlated(struct chance *, double corr_pct);

static inline bool chance_hit(struct chance *c, const struct link_chance *how)
{
    return how->pct > 0 && chance_correlated(c, how->corr_pct) * 100 < how->pct;
}

#endif
