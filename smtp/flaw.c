/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the broken servers. */
#include "smtp/flaw.h"

#include <string.h>

/* clang-format off */
#define X(name, word, what) word,
static const char *const names[] = {FLAWS(X)};
#undef X
#define X(name, word, what) what,
static const char *const whats[] = {FLAWS(X)};
#undef X
/* clang-format on */

const char *flaw_name(int bit_number)
{
    return names[bit_number];
}

const char *flaw_what(int bit_number)
{
    return whats[bit_number];
}

uint32_t flaw_bit(const char *name)
{
    for (int i = 0; i < FLAW_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return 1u << i;
    return 0;
}
