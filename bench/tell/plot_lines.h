/* SPDX-License-Identifier: BSD-2-Clause */
/* Curves over something, one for each mode: for the plots that draw them. */
#ifndef BENCH_TELL_PLOT_LINES_H
#define BENCH_TELL_PLOT_LINES_H

#include "bench/tell/group.h"
#include "bench/tell/plot.h"

struct lines {
    struct grouping by;
    enum row_column floor;
    const char *x_label, *y_label, *what; /* points are what, lines are what */
    bool waits_in_key;                    /* add "9 waits" to a series' name */
    bool whole;                           /* both axes count things */
};

struct sample { /* of a curve */
    char series[SERIES_MAX];
    double x, y, floor, waits;
};

/* By series and x, as lines_draw() must have them; for qsort(). */
int sample_order(const void *, const void *);

/* Writes figures and commands of samples, of which there are some. */
void lines_draw(const struct lines *, const struct plot *,
                const struct sample *, size_t count, struct plot_page *);

#endif
