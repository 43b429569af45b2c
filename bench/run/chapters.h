/* SPDX-License-Identifier: BSD-2-Clause */
/* What plans the chapters of the book that stand in files of their own. */
#ifndef BENCH_RUN_CHAPTERS_H
#define BENCH_RUN_CHAPTERS_H

#include "bench/run/book.h"

void plan_server(struct book *);     /* chapters_server.c */
void plan_flaws(struct book *);      /* chapters_flaws.c */
void plan_window(struct book *);     /* chapters_figures.c */
void plan_variants(struct book *);   /* likewise */
void plan_published(struct book *);  /* likewise */
void plan_capability(struct book *); /* chapters_capability.c */

#endif
