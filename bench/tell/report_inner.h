/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a report share. */
#ifndef BENCH_TELL_REPORT_INNER_H
#define BENCH_TELL_REPORT_INNER_H

#include "bench/tell/report.h"

/* report_cells.c: the cells of its rows, where they are of a sweep. */
void report_read_cells(struct report *);
void report_release_cells(struct report *);
const char *report_axis_text(const struct report_axis *,
                             char room[REPORT_ROOM]);

/* report_title.c: what it is of, and what its folder is called. */
const char *report_title(const struct report *, char room[REPORT_ROOM]);
const char *report_name(const struct report *);

/* report_html.c */
void page_command(FILE *, const char *command); /* with a button to copy it */
void page_fact(FILE *, const char *what, const char *is);

/* report_rows.c: the sections of the cells and of the rows. */
void page_cells(const struct report *, FILE *);
void page_rows(const struct report *, FILE *);

#endif
