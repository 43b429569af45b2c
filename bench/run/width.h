/* SPDX-License-Identifier: BSD-2-Clause */
/* How many runs of the kernel world go on at once: found while they run, by
 * how late the road's packets and both sides are. Pure. */
#ifndef BENCH_RUN_WIDTH_H
#define BENCH_RUN_WIDTH_H

#include <stddef.h>

#include "bench/tell/result.h"

struct width {
    size_t now, most;
    /* private: of the runs since it was last changed */
    size_t seen, strained, failed;
};

/* Strain is lateness over what is tolerated: above 1 a row is INVALID; in
 * virtual time it is 0. A window is as many runs as go
 * on at once. */
#define WIDTH_EASY 0.25 /* below it in nearly all of a window: more */
#define WIDTH_HARD 0.6  /* above it in more than one of ten: fewer */

double row_strain(const struct row *);

void width_init(struct width *, size_t begin, size_t most);

/* A run has ended: its strain, and how often it had to be made. */
void width_told(struct width *, double strain, int attempts);

#endif
