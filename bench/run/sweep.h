/* SPDX-License-Identifier: BSD-2-Clause */
/* A sweep: a scenario of which some words vary. Every combination of them is
 * a cell, numbered from 0 with the first axis the slowest; a cell is run
 * `repeat` times. Nothing of a cell is kept, so that a sweep may have any
 * number of them: cell and order are reckoned from a number. */
#ifndef BENCH_RUN_SWEEP_H
#define BENCH_RUN_SWEEP_H

#include <jansson.h>

#include "bench/run/scenario.h"

#define SWEEP_WHY 1000

enum {
    SWEEP_AXES_MAX = 12,
    SWEEP_SETTINGS_MAX = 80,
    SWEEP_VALUES_MAX = 1000000, /* of an axis */
    SWEEP_RUNS_MAX = 1000000,   /* of one shard: what a folder may hold */
};

enum sweep_origin { SWEEP_OF_FILE, SWEEP_OF_FLAGS };

/* What varies: a parameter; or a word that parameters hold in braces, such as
 * the {loss} of --uplink 'loss {loss}'. */
struct sweep_axis {
    char *name;   /* owned */
    char **value; /* owned */
    size_t values;
    enum sweep_origin origin;
    char *from, *to, *step; /* owned; of a scan, else NULL */
};

struct sweep_setting {
    const struct parameter *of;
    char *text; /* owned; of a switch: on or off */
    enum sweep_origin origin;
};

struct sweep {
    struct sweep_setting setting[SWEEP_SETTINGS_MAX];
    size_t settings;
    struct sweep_axis axis[SWEEP_AXES_MAX];
    size_t axes;
    uint64_t shard, shards; /* the first is 1 */
    bool skip_meaningless;  /* leave out what scenario_finish() refuses */
    bool any_size;          /* it is not to be run, so it may be too much */

    /* Made by sweep_finish(). */
    uint64_t cells, runs, mine; /* runs: of all shards; mine: of this one */
    int64_t repeat, seed;
};

void sweep_init(struct sweep *);
void sweep_release(struct sweep *);

/* Each says -1 and `why`. Flags go before what a file says of the same name;
 * a name that is given twice by the same origin is refused, but for
 * sweep_set() again. */
int sweep_set(struct sweep *, const char *name, const char *value,
              enum sweep_origin, char why[SWEEP_WHY]);
/* "a,b,c"; a comma within a value is written \, */
int sweep_list(struct sweep *, const char *name, const char *values,
               enum sweep_origin, char why[SWEEP_WHY]);
int sweep_values(struct sweep *, const char *name, char *const *value,
                 size_t count, enum sweep_origin, char why[SWEEP_WHY]);
/* From..to by steps; `step` NULL: of one unit. "x2" doubles. */
int sweep_scan(struct sweep *, const char *name, const char *from,
               const char *to, const char *step, enum sweep_origin,
               char why[SWEEP_WHY]);
/* Another step for the last scan. */
int sweep_step(struct sweep *, const char *step, char why[SWEEP_WHY]);
/* "K/N" */
int sweep_shard(struct sweep *, const char *, char why[SWEEP_WHY]);
/* Takes settings and axes from a YAML file: bench/run/sweep_file.c. */
int sweep_file(struct sweep *, const char *file, char why[SWEEP_WHY]);

/* Behind all of these: counts, and refuses what is empty or too much. */
int sweep_finish(struct sweep *, char why[SWEEP_WHY]);

const struct sweep_axis *sweep_axis(const struct sweep *, const char *name);

/* Whether a parameter takes a value; one that holds a word in braces is not
 * known before that is put in. */
int sweep_check(const struct parameter *, const char *value,
                char why[SWEEP_WHY]);

/* A value as the parameter takes it: the same text for 10ms and 10.0ms. That of
 * a word (NULL), or one that holds a word, is as it stands. Caller frees. */
char *sweep_meaning(const struct parameter *, const char *value);

/* The number of its value in a cell. */
size_t sweep_place(const struct sweep *, size_t axis, uint64_t cell);

/* The finished scenario of a cell in its `repeat`-th run, from 1; to be
 * released even on failure. Repetitions differ by their seeds alone. */
int sweep_scenario(const struct sweep *, uint64_t cell, int64_t repeat,
                   struct scenario *, char why[SWEEP_WHY]);

/* "mode=early rtt=200ms": what a cell sets. Caller frees. */
char *sweep_varied(const struct sweep *, uint64_t cell);

/* The run at the `at`-th place of this shard's order, and back; -1: it is
 * another shard's. A run's cell is run / repeat. Order and shards are drawn by
 * the seed: neither follows any axis. */
uint64_t sweep_run_at(const struct sweep *, uint64_t at);
int64_t sweep_at_of(const struct sweep *, uint64_t run);

/* What it is, but not which shard; two sweeps are the same if this is. */
json_t *sweep_to_json(const struct sweep *); /* caller decrefs */
int sweep_from_json(struct sweep *, const json_t *, char why[SWEEP_WHY]);

/* The values of a scan, owned by the caller: bench/run/sweep_range.c. */
int sweep_range(const char *name, const char *from, const char *to,
                const char *step, char ***value, size_t *count,
                char why[SWEEP_WHY]);

#endif
