/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a key takes OpenSSL half a millisecond, and a sweep has thousands of
 * sessions: so what was issued is kept. */
#include "bench/run/authority.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* January 2025 and 2035. */
#define FROM_S INT64_C(1735689600)
#define UNTIL_S INT64_C(2051222400)

struct issued {
    struct issued *next;
    struct certificate certificate;
    char name[];
};

static struct certificate root;
static struct issued *all;

const struct certificate *authority_root(char why[TLS_WHY])
{
    const struct certificate_wish wish = {.name = "authority.example",
                                          .authority = true,
                                          .from_s = FROM_S,
                                          .until_s = UNTIL_S};

    if (!root.chain && certificate_make(&root, &wish, why) < 0)
        return NULL;
    return &root;
}

static struct issued *issue(const char *name, char why[TLS_WHY])
{
    const struct certificate_wish wish = {.name = name,
                                          .issuer = authority_root(why),
                                          .from_s = FROM_S,
                                          .until_s = UNTIL_S};
    struct issued *one = calloc(1, sizeof *one + strlen(name) + 1);

    if (!one)
        snprintf(why, TLS_WHY, "out of memory");
    if (one && wish.issuer &&
        certificate_make(&one->certificate, &wish, why) == 0) {
        strcpy(one->name, name);
        one->next = all;
        return all = one;
    }
    free(one);
    return NULL;
}

const struct certificate *authority_issue(const char *name, char why[TLS_WHY])
{
    struct issued *one = all;

    while (one && strcmp(one->name, name) != 0)
        one = one->next;
    if (!one)
        one = issue(name, why);
    return one ? &one->certificate : NULL;
}
