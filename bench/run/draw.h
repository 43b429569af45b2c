/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the plots of a result: figures and commands by bench/tell/plot, then
 * pictures by gnuplot, where it is installed. */
#ifndef BENCH_RUN_DRAW_H
#define BENCH_RUN_DRAW_H

#include "bench/tell/folder.h"

/* clang-format off */
#define PICTURES(X) X(SVG, "svg") X(PNG, "png") X(PDF, "pdf")
#define X(name, text) PICTURE_##name,
enum picture { PICTURES(X) PICTURE_COUNT };
#undef X
/* clang-format on */

const char *picture_name(enum picture);

/* Reads "svg,png" into a set of 1 << enum picture; 0: it says why not. */
unsigned pictures_parse(const char *list, char *why, size_t why_size);

enum drawn_state {
    DRAWN,
    DRAWN_NOT_HELD, /* the rows do not hold it */
    DRAWN_BY_HAND,  /* .dat and .gp are there, gnuplot is not */
    DRAWN_FAILED,
};

struct drawn { /* what became of plots[i] */
    enum drawn_state state;
    char why[256];
};

/* Makes the plot numbered `i` of bench/tell/plot.h in the folder `to`, which
 * must exist. */
struct drawn draw_plot(const struct results *, size_t i, const char *to,
                       unsigned pictures);

/* Told of each plot in turn, by name and title. */
typedef void draw_told(void *arg, const char *name, const char *title,
                       const struct drawn *);

/* Makes all plots in the folder `to`, which must exist: those above, and those
 * of rows that have a strategy. */
void draw_all(const struct results *, const char *to, unsigned pictures,
              draw_told *, void *arg);

/* Makes the pictures of NAME.gp, which is in that folder. */
struct drawn draw_sheet(const char *folder, const char *name,
                        unsigned pictures);

/* What gnuplot calls itself, such as "gnuplot 5.4 patchlevel 4"; false: there
 * is none. */
bool gnuplot_version(char *room, size_t room_size);

#endif
