/* SPDX-License-Identifier: BSD-2-Clause */
/* The offset between two clocks, and whether one of them jumped. */
#include "netem/clock.h"

#include <stdlib.h>

#define GOOD_NS 2000    /* readings further apart tell nothing exact */
#define STEP_NS 1000000 /* more than slewing (500 ppm) does in a second */

static void note(struct clock_pair *c, int64_t mono, int64_t real)
{
    int64_t offset = real - mono;
    int64_t slewed = (mono - c->at_ns) / 1000;

    c->stepped =
        c->at_ns != 0 && llabs(offset - c->offset_ns) > STEP_NS + slewed;
    c->steps += c->stepped;
    if (c->at_ns == 0)
        c->base_ns = offset;
    c->offset_ns = offset;
    c->at_ns = mono;
}

int64_t clock_sample(struct clock_pair *c)
{
    int64_t before, real, after;
    int tries = 3;

    do {
        before = clock_read_ns(CLOCK_MONOTONIC);
        real = clock_read_ns(CLOCK_REALTIME);
        after = clock_read_ns(CLOCK_MONOTONIC);
    } while (after - before > GOOD_NS && --tries > 0);
    if (tries > 0 || c->at_ns == 0)
        note(c, before + (after - before) / 2, real);
    return after;
}
