/* SPDX-License-Identifier: BSD-2-Clause */
/* How many runs of the kernel world go on at once: found while they run, by
 * how late the road's packets and both sides are. Pure. */
#ifndef BENCH_RUN_WIDTH_H
#define BENCH_RUN_WIDTH_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/tell/result.h"

struct strain {    /* of a run; all zero in virtual time */
    double of_due; /* lateness over what is tolerated: above 1 it is INVALID */
    int attempts;  /* how often it had to be made */
    bool stolen;   /* the machine's host took that long and more */
};

struct strain strain_of(const struct row *);

struct width {
    size_t now, begin, most;
    /* private: of the runs since it was last changed */
    size_t seen, strained, failed, stolen;
};

/* A window is as many runs as go on at once. */
#define WIDTH_EASY 0.25 /* below it in nearly all of a window: more */
#define WIDTH_HARD                                                             \
    0.6 /* above it in more than one of ten: fewer; but no                     \
         * fewer than to begin with where most of the time was                 \
         * stolen, since that would not help */

void width_init(struct width *, size_t begin, size_t most);

/* A run has ended. */
void width_told(struct width *, struct strain);

#endif
