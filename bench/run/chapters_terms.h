/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapters of what a server takes at a time, and of whom. */
#ifndef BENCH_RUN_CHAPTERS_TERMS_H
#define BENCH_RUN_CHAPTERS_TERMS_H

#include "bench/run/book.h"

void plan_each(struct book *);
void plan_limits(struct book *);
void plan_reuse(struct book *);

#endif
