/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapters of sessions that begin with TLS, with AUTH, or early. */
#ifndef BENCH_RUN_CHAPTERS_TLS_H
#define BENCH_RUN_CHAPTERS_TLS_H

#include "bench/run/book.h"

void plan_tls(struct book *);
void plan_auth(struct book *);
void plan_early(struct book *);

#endif
