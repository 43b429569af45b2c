/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of the page share: report_html.c and report_rows.c. */
#ifndef BENCH_TELL_REPORT_INNER_H
#define BENCH_TELL_REPORT_INNER_H

#include "bench/tell/report.h"

void page_command(FILE *, const char *command); /* with a button to copy it */
void page_fact(FILE *, const char *what, const char *is);
void page_rows(const struct report *, FILE *); /* the section of the rows */

#endif
