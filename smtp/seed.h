/* SPDX-License-Identifier: BSD-2-Clause */
/* Random choices that one seed decides: splitmix64 (Steele, Lea, Flood, 2014),
 * which any start value will do for. */
#ifndef SMTP_SEED_H
#define SMTP_SEED_H

#include <stdint.h>

static inline uint64_t seed_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 .. n - 1, each equally likely: what would favour some is thrown away. */
static inline uint64_t seed_below(uint64_t *state, uint64_t n)
{
    uint64_t unfair = (UINT64_MAX % n + 1) % n, r;

    do
        r = seed_next(state);
    while (r > UINT64_MAX - unfair);
    return r % n;
}

#endif
