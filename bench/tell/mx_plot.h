/* SPDX-License-Identifier: BSD-2-Clause */
/* The plots of a folder of `turnaround mx`, from its result.json: each as
 * NAME.dat and NAME.gp. Nothing is run anew. */
#ifndef BENCH_TELL_MX_PLOT_H
#define BENCH_TELL_MX_PLOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { MX_PLOTS = 64, MX_PLOT_NAME = 48 };

struct mx_plots { /* those that were written */
    size_t count;
    char name[MX_PLOTS][MX_PLOT_NAME];
};

/* Whether a result is one of `turnaround mx`. */
bool mx_plots_fit(const json_t *result);

/* Writes all that the rows hold into `folder`, which is there: for each message
 * the time by the round trip and by the patience, where these vary, and the
 * turnarounds. -1 and why. */
int mx_plots_write(const json_t *result, const char *folder, struct mx_plots *,
                   char *why, size_t why_size);

#endif
