/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapters of further ways to save turnarounds. */
#ifndef BENCH_RUN_CHAPTERS_MODES_H
#define BENCH_RUN_CHAPTERS_MODES_H

#include "bench/run/book.h"

void plan_tfo(struct book *);
void plan_modes(struct book *);
void plan_qmtp(struct book *);
void plan_quickstart(struct book *);

#endif
