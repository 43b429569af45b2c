/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session takes over perfect pipes. It is kept, since the repetitions of
 * a sweep come in any order, and three sessions for each row would cost as much
 * as the row's own. */
#include "bench/run/floors.h"

#include <stdlib.h>
#include <string.h>

#include "bench/run/virtual.h"

static int64_t closed_ideally(const struct scenario *s,
                              enum virtual_costs costs)
{
    struct cast c;
    struct tally t = {.closed_ns = -1};

    if (cast_init(&c, s) < 0)
        return -1;
    virtual_deliver(&c, costs, &t);
    cast_release(&c);
    return t.closed_ns;
}

enum { KEPT = 1024 };

struct kept {
    char *flags; /* of the scenario whose they are; NULL: none yet */
    struct floors floors;
};

/* The flags of the scenario that all repetitions share: chances, which the
 * seed decides, are none of perfect pipes'. */
static char *flags_of_all(const struct scenario *s)
{
    struct scenario first = *s;

    first.seed = first.repeat = 1;
    return scenario_flags(&first);
}

static size_t place_of(const char *flags)
{
    size_t hash = 5381; /* as djb2 has it */

    while (*flags)
        hash = hash * 33 + (unsigned char)*flags++;
    return hash % KEPT;
}

struct floors floors_of(const struct scenario *s)
{
    static struct kept all[KEPT];
    char *flags = flags_of_all(s);
    struct kept *k = &all[flags ? place_of(flags) : 0];

    if (flags && k->flags && strcmp(k->flags, flags) == 0) {
        free(flags);
        return k->floors;
    }
    free(k->flags);
    k->flags = flags;
    k->floors = (struct floors){
        .full_ns = closed_ideally(s, VIRTUAL_FULL),
        .no_think_ns = closed_ideally(s, VIRTUAL_NO_THINK),
        .no_rate_ns = closed_ideally(s, VIRTUAL_NO_RATE),
    };
    return k->floors;
}
