/* SPDX-License-Identifier: BSD-2-Clause */
/* The plots of rows that have a strategy: how often each waits, by the number
 * of recipients, a plot for each number of classes; and its time by the round
 * trip. Each as NAME.dat and NAME.gp; nothing is run anew. */
#ifndef BENCH_TELL_CAPABILITY_PLOT_H
#define BENCH_TELL_CAPABILITY_PLOT_H

#include "bench/tell/folder.h"

enum { CAPABILITY_PLOTS = 64, CAPABILITY_PLOT_NAME = 64 };

struct capability_plots { /* those that were written */
    size_t count;
    char name[CAPABILITY_PLOTS][CAPABILITY_PLOT_NAME];
};

/* Writes all that the rows hold, which may be none, into a folder that is
 * there. -1 and why, of each that could not be. */
int capability_plots_write(const struct results *, const char *folder,
                           struct capability_plots *, char *why,
                           size_t why_size);

#endif
