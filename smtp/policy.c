/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of policies. */
#include "smtp/policy.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
#define X(name, word, search, settle, flags, what) \
    {#name, word, what, SEARCH_##search, SETTLE_##settle, flags},
static const struct policy policies[] = {POLICIES(X)};
#undef X
/* clang-format on */

const struct policy *policy_of(enum policy_id id)
{
    assert(id < POLICY_COUNT);
    return &policies[id];
}

bool policy_has(enum policy_id id, enum policy_flag flag)
{
    return policy_of(id)->flags & flag;
}

enum policy_id policy_named(const char *name)
{
    int i = 0;

    while (i < POLICY_COUNT && strcasecmp(policies[i].name, name) != 0 &&
           strcmp(policies[i].word, name) != 0)
        i++;
    return (enum policy_id)i;
}
