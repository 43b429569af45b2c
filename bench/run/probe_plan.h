/* SPDX-License-Identifier: BSD-2-Clause */
/* What `turnaround bench road` measures: the probes of the eight targets, what
 * is demanded of each figure, and the rounds in which they are run in turn. */
#ifndef BENCH_RUN_PROBE_PLAN_H
#define BENCH_RUN_PROBE_PLAN_H

#include <stdio.h>

#include "bench/run/probe.h"
#include "bench/tell/score.h"

enum { PROBE_TARGETS = 8 };

extern const char *const probe_target_name[PROBE_TARGETS]; /* of target 1 on */

#define PROBE_NOTHING SIZE_MAX /* to compare with */

struct probe_demand {
    size_t probe, beside;               /* numbers of probes; PROBE_NOTHING */
    const char *figure, *beside_figure; /* NULL: the same */
    const char *unit;
    enum score_demand how;
    double limit;
};

struct probe_plan { /* all zero: empty */
    struct probe *probe;
    struct probe_demand *demand;
    size_t probes, demands;
    struct probe_outcome *outcome; /* of probe i in round r: r * probes + i */
    size_t rounds;                 /* that have been run */
    size_t repeated;               /* probes that were run again */
    size_t disturbed;              /* and that stayed disturbed for all that */
    bool once;                     /* nothing is run again */
    const char *match; /* borrowed: run only what has it in its name; or NULL */
    void (*run)(const struct probe *, struct probe_outcome *); /* NULL:
                                                                  probe_do() */
};

/* Adds target 1 to 8; `quick`: as little as shows that it works, and once. */
void probe_plan_add(struct probe_plan *, int target, bool quick);
void probe_plan_release(struct probe_plan *);

/* A probe that was disturbed is run again at the end of its round, so often;
 * and a verdict takes so many rounds that were not, or all if there are
 * fewer. */
enum { PROBE_REPEATS = 3, PROBE_ROUNDS_LEAST = 3 };

/* Runs all probes once more, in turn. `csv` gets a line for each figure, and
 * `told`, which may be NULL, each probe when it has been run. */
void probe_plan_round(struct probe_plan *, FILE *csv,
                      void (*told)(void *, const struct probe *,
                                   const struct probe_outcome *),
                      void *arg);
void probe_plan_head(FILE *csv);

/* The median of what the host took over all probes of all rounds. */
double probe_plan_steal(const struct probe_plan *);

/* A line for each demand; texts are the plan's. Caller frees. */
struct score *probe_plan_score(const struct probe_plan *);

#endif
