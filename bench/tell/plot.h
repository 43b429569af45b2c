/* SPDX-License-Identifier: BSD-2-Clause */
/* The plots of a results folder. Each is NAME.dat (the figures) and NAME.gp
 * (how to draw them), which gnuplot turns into pictures; both stay, so that
 * anyone may draw them again, or otherwise. Nothing is run anew. */
#ifndef BENCH_TELL_PLOT_H
#define BENCH_TELL_PLOT_H

#include "bench/tell/folder.h"

#include <stdio.h>

struct plot_page { /* what a plot is written with */
    FILE *dat, *gp;
    char sub[600]; /* the line below the title: what is drawn of what */
};

struct plot {
    const char *name;  /* of its files */
    const char *title; /* at its top */
    /* Writes figures and commands. Returns false and says why if the rows do
     * not hold what it draws. */
    bool (*write)(const struct plot *, const struct rows *, struct plot_page *,
                  char *why, size_t why_size);
};

/* clang-format off */
#define PLOTS(X)                                                               \
    X(time_by_rtt,              "How long a session takes")                    \
    X(time_by_swept,            "How long a session takes, by what varied")    \
    X(saved_time,               "How much time is saved")                      \
    X(saved_mean,               "How much time is saved, on average")          \
    X(distribution,             "How times are spread")                        \
    X(turnarounds_by_recipients, "How often the client waits, by recipients")  \
    X(turnarounds_by_messages,  "How often the client waits, by messages")     \
    X(where_time_went,          "Where the time went")                         \
    X(waiting_share,            "How much of the time is waiting")
#define X(name, title)                                                         \
    bool name##_write(const struct plot *, const struct rows *,                \
                      struct plot_page *, char *why, size_t why_size);
PLOTS(X)
#undef X
/* clang-format on */

extern const struct plot plots[];
extern const size_t plots_count;

/* Writes NAME.dat and NAME.gp into `folder`. Returns 1 if drawn, 0 if the
 * rows do not hold it (why), -1 on failure (why). */
int plot_write(const struct plot *, const struct results *, const char *folder,
               char *why, size_t why_size);

struct plot_sheet { /* a plot of anything else, in the same look */
    const char *name, *title, *sub;          /* the line below the title */
    const char *command, *version, *started; /* where its figures are from */
    const char *dat, *gp; /* figures, and commands behind the common ones */
};

/* -1, and behind what `why` says of others before, why. */
int plot_sheet_write(const struct plot_sheet *, const char *folder, char *why,
                     size_t why_size);

/* What the writers share. A text as gnuplot's string constant: */
void gp_quote(FILE *gp, const char *text);

/* A series that looks as the `k`-th of those that have a look of their own. */
const char *gp_series_name(size_t k);

/* Smaller letters in the key where its longest title has so many. */
void gp_key_fit(FILE *gp, size_t letters);

/* gnuplot's linestyle `number`, with the look of a series. */
void gp_linestyle(FILE *gp, size_t number, const char *series, size_t unknown);

#endif
