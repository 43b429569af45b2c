/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapter of the book about hosts that differ. */
#ifndef BENCH_RUN_CHAPTERS_MX_H
#define BENCH_RUN_CHAPTERS_MX_H

#include "bench/run/book.h"

void plan_mx(struct book *);

#endif
