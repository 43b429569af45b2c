/* SPDX-License-Identifier: BSD-2-Clause */
/* How long a scenario's client waits for what: `connect=30s,data=2m`. */
#ifndef BENCH_RUN_PATIENCE_H
#define BENCH_RUN_PATIENCE_H

#include "bench/run/scenario.h"
#include "smtp/client.h"

#define PATIENCE_WHY 400

/* The steps that are named; all others are -1. -1 and `why`: what was found,
 * and what would be accepted. */
int patience_parse(struct patience *, const char *words,
                   char why[PATIENCE_WHY]);

/* That of a scenario, whose own words stand as they are; RFC 5321's own are
 * prolonged by what the road takes. */
void patience_of(const struct scenario *, int64_t road_ns, struct patience *);

/* Whether its words give that step. */
bool patience_gives(const struct scenario *, const char *step);

#endif
