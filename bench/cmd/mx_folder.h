/* SPDX-License-Identifier: BSD-2-Clause */
/* The results folder of `turnaround mx --out DIR`:
 *
 *   result.json     as --json prints it; it says so if the run failed
 *   rows.csv        a line for each delivery, written as soon as it was known
 *   host.json       kernel, settings, versions
 *   topology.yaml   the file that was run
 *   captures/       of a foreign client
 *   plots/          the plots, and pictures of the hosts and the ways taken
 */
#ifndef BENCH_CMD_MX_FOLDER_H
#define BENCH_CMD_MX_FOLDER_H

#include "bench/cmd/mx_rows.h"
#include "bench/tell/mx_plot.h"

enum { MX_FOLDER_PATH = 4096 };

struct mx_folder {
    const char *path; /* borrowed */
    FILE *csv;
};

/* Makes it, with those above it; one that holds results is refused. -1 and
 * `why`. */
int mx_folder_create(struct mx_folder *, const char *path,
                     const struct mx_sweep *, char why[MX_WHY]);

/* Writes all but the rows. `error` NULL: it went well. -1 and `why`. */
int mx_folder_end(struct mx_folder *, const struct mx_sweep *,
                  const char *command, const char *error, char why[MX_WHY]);

/* DIR/captures, made with what is above it. -1 and `why`. */
int mx_folder_captures(const char *dir, char captures[MX_FOLDER_PATH],
                       char why[MX_WHY]);

/* The plots of a result of that kind into a folder that is there, as .dat and
 * .gp, and drawn, where gnuplot is installed. -1 and `why`. */
int mx_folder_plot(const json_t *result, const char *folder, unsigned pictures,
                   struct mx_plots *made, char why[MX_WHY]);

#endif
