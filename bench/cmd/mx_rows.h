/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of `turnaround mx`: every message, mode, policy, patience and round
 * trip against each other, each over many seeds; and how they are told. */
#ifndef BENCH_CMD_MX_ROWS_H
#define BENCH_CMD_MX_ROWS_H

#include <jansson.h>
#include <stdio.h>

#include "bench/run/mx.h"
#include "bench/tell/stats.h"

enum { MX_TIMES = 32 }; /* values of --patience or --rtt */

struct mx_row {
    struct mx_part part;
    size_t message;
    int64_t patience_ns, rtt_ns; /* -1: as the file has it */
    size_t runs, ends[DISPATCH_BOUNCED + 1];
    size_t used, worse; /* in how many runs */
    size_t recipients, accepted, deferred, bounced;
    double hosts_expected;
    struct spread accepted_ms, closed_ms, hosts, connections, questions,
        turnarounds, chain, bytes, attempts;
    struct mx_tally first; /* of the first seed */
    const char *why_told;  /* of the last run that did not deliver; NULL */
    bool valid;
    char invalid_because[300];
};

struct mx_sweep {
    struct topology *topology;
    enum world world;
    enum port_kind port;
    int64_t patience_ns[MX_TIMES], rtt_ns[MX_TIMES];
    size_t patiences, rtts;
    char started[32];   /* RFC 3339 */
    FILE *csv;          /* a line for each run, as soon as it is known; NULL */
    struct mx_row *row; /* owned */
    size_t rows;
};

/* Flags. -1 and `why`. */
int mx_sweep_world(struct mx_sweep *, const char *, char why[MX_WHY]);
int mx_sweep_port(struct mx_sweep *, const char *, char why[MX_WHY]);
int mx_sweep_modes(struct mx_sweep *, const char *, char why[MX_WHY]);
int mx_sweep_policies(struct mx_sweep *, const char *, char why[MX_WHY]);
int mx_sweep_times(struct mx_sweep *, const char *flag, const char *list,
                   char why[MX_WHY]); /* `patience` or `rtt`; NULL: none */
int mx_sweep_count(struct mx_sweep *, const char *flag, const char *,
                   char why[MX_WHY]); /* `seed` or `repeat` */

/* Runs them all; rows up to an error are kept. -1 and `why`. */
int mx_sweep_run(struct mx_sweep *, char why[MX_WHY]);
bool mx_sweep_valid(const struct mx_sweep *);
void mx_sweep_release(struct mx_sweep *);

/* -1: errno. */
int mx_csv_header(FILE *);
int mx_csv_run(FILE *, const struct mx_sweep *, const struct mx_row *,
               const struct mx_tally *);

void mx_rows_print(const struct mx_sweep *, bool path, FILE *);
json_t *mx_rows_json(const struct mx_sweep *, const char *command);

#endif
