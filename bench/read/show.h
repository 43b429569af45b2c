/* SPDX-License-Identifier: BSD-2-Clause */
/* What was read, as text for people, JSON and CSV. */
#ifndef BENCH_READ_SHOW_H
#define BENCH_READ_SHOW_H

#include "bench/read/ledger.h"
#include "bench/read/trace.h"

#include <jansson.h>
#include <stdio.h>

/* Everything of one conversation but for its ledger; `rows` flights and waits
 * at most, and how many there are beyond. */
void show_conversation(FILE *, const struct conversation *, size_t rows);

/* The ledger as a table that is read at a glance. */
void show_account(FILE *, const struct account *);

void show_sum(FILE *, const struct trace_sum *);
json_t *show_sum_json(const struct trace_sum *); /* caller releases */

/* Caller releases. The ledger is NULL where it is not wanted. */
json_t *show_json(const struct conversation *, const struct account *);

/* The entries that are not nothing, a line each. */
void show_csv_header(FILE *);
void show_csv(FILE *, const struct conversation *, const struct account *);

/* What a peer says may be no UTF-8: other bytes become '?'. */
json_t *show_text_json(const char *);
void show_ms(json_t *, const char *key, int64_t ns); /* UNKNOWN_NS: null */

#endif
