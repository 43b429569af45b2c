/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of runs: a permutation that needs no memory. Four rounds of a
 * Feistel network on the smallest even number of bits that holds all runs;
 * what falls outside is led through again until it is inside (Black and
 * Rogaway, Ciphers with Arbitrary Finite Domains, 2002, "cycle-walking"). */
#include <assert.h>

#include "bench/run/sweep.h"

enum { ROUNDS = 4 };

/* splitmix64's finalizer. */
static uint64_t mixed(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static unsigned half_bits(uint64_t runs)
{
    unsigned bits = 1;

    while (bits < 31 && (UINT64_C(1) << 2 * bits) < runs)
        bits++;
    return bits;
}

static uint64_t round_of(const struct sweep *s, uint64_t half, int round)
{
    return mixed(half + mixed((uint64_t)s->seed * ROUNDS + (uint64_t)round));
}

static uint64_t there(const struct sweep *s, uint64_t x, unsigned bits)
{
    uint64_t mask = (UINT64_C(1) << bits) - 1, left = x >> bits;
    uint64_t right = x & mask;

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t next = left ^ (round_of(s, right, i) & mask);

        left = right;
        right = next;
    }
    return left << bits | right;
}

static uint64_t back(const struct sweep *s, uint64_t x, unsigned bits)
{
    uint64_t mask = (UINT64_C(1) << bits) - 1, left = x >> bits;
    uint64_t right = x & mask;

    for (int i = ROUNDS; i-- > 0;) {
        uint64_t before = right ^ (round_of(s, left, i) & mask);

        right = left;
        left = before;
    }
    return left << bits | right;
}

uint64_t sweep_run_at(const struct sweep *s, uint64_t at)
{
    unsigned bits = half_bits(s->runs);
    uint64_t x = s->shard - 1 + at * s->shards;

    assert(at < s->mine);
    do
        x = there(s, x, bits);
    while (x >= s->runs);
    return x;
}

int64_t sweep_at_of(const struct sweep *s, uint64_t run)
{
    unsigned bits = half_bits(s->runs);
    uint64_t x = run;

    assert(run < s->runs);
    do
        x = back(s, x, bits);
    while (x >= s->runs);
    if (x % s->shards != s->shard - 1)
        return -1;
    return (int64_t)(x / s->shards);
}
