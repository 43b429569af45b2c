/* SPDX-License-Identifier: BSD-2-Clause */
/* What plans the chapters of the book that stand in files of their own. */
#ifndef BENCH_RUN_CHAPTERS_H
#define BENCH_RUN_CHAPTERS_H

#include "bench/run/book.h"

void plan_tls(struct book *); /* chapters_tls.c */
void plan_auth(struct book *);
void plan_early(struct book *);
void plan_tfo(struct book *);   /* chapters_tfo.c */
void plan_modes(struct book *); /* chapters_modes.c */
void plan_qmtp(struct book *);  /* chapters_quick.c */
void plan_quickstart(struct book *);
void plan_each(struct book *); /* chapters_terms.c */
void plan_limits(struct book *);
void plan_reuse(struct book *);
void plan_server(struct book *); /* chapters_server.c */
void plan_flaws(struct book *);  /* chapters_flaws.c */
void plan_window(struct book *); /* chapters_figures.c */
void plan_variants(struct book *);
void plan_published(struct book *);
void plan_mx(struct book *);         /* chapters_mx.c */
void plan_capability(struct book *); /* chapters_capability.c */

#endif
