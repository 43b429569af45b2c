/* SPDX-License-Identifier: BSD-2-Clause */
/* What `turnaround sweep` says: while it runs, and at the end. */
#ifndef BENCH_CMD_SWEEP_TELL_H
#define BENCH_CMD_SWEEP_TELL_H

#include "bench/cmd/sweep_flags.h"
#include "bench/run/sweep_run.h"
#include "bench/tell/summary.h"

struct sweep_teller {
    bool terminal; /* a bar on one line; else a line now and then */
    bool drawn;
    double told_s;
};

void sweep_tell_progress(void *teller, const struct sweep_progress *);

enum { SWEEP_LINE = 200 };

/* What a terminal of so many columns shows of it: a line that does not fill
 * the last, with a bar where there is room for one. */
void sweep_tell_line(const struct sweep_progress *, size_t columns,
                     char room[SWEEP_LINE]);
void sweep_tell_end(struct sweep_teller *);

/* The summary, what is INVALID, plots, and what --saves asks; returns the exit
 * status. */
int sweep_tell_results(const struct sweep_flags *, const struct sweep_outcome *,
                       const struct results *);

/* To the file that --json named, or for all to see. Takes it over. */
int sweep_tell_json(const struct sweep_flags *, json_t *);

/* Writes DIR/summary.csv. */
int sweep_summary_file(const struct summary *, const char *dir,
                       const char *who);

#endif
