/* SPDX-License-Identifier: BSD-2-Clause */
/* A report of a results folder: what was run and on what, claims with their
 * verdicts, plots, sequence charts, the rows, how to repeat. As one HTML page
 * that needs nothing else, as Markdown, or as text of 72 columns. Made from
 * the files alone; nothing is run. */
#ifndef BENCH_TELL_REPORT_H
#define BENCH_TELL_REPORT_H

#include "bench/tell/claims.h"
#include "bench/tell/report_table.h"
#include "bench/tell/varied.h"

#include <stdbool.h>

struct report_chart {  /* of a conversation in a capture */
    char *title, *svg; /* owned */
};

struct report_plot {
    char *name, *title; /* owned; the title may be the name */
    char *svg;
};

struct report_axis { /* what a sweep set */
    char name[VARIED_NAME], unit[VARIED_UNIT];
    bool number; /* all its values are, in `unit` */
    json_t
        *values; /* owned: an object whose keys are the values, as they came */
};

struct report {
    char *folder; /* owned */
    bool linked;  /* the page stands in the folder: files may be linked to */
    json_t *result, *host; /* host: NULL where there is none */
    struct claim_line *claim;
    size_t claims;
    struct report_plot *plot;
    size_t plots;
    struct report_chart *chart;
    size_t charts, charts_left; /* left: captures that were not drawn */
    struct report_table row;
    struct report_table cell; /* of a sweep: what the rows of each came to */
    struct report_axis *axis;
    size_t axes;
    json_t *saves;  /* of a sweep: as bench/tell/saves.h has it; or NULL */
    char note[600]; /* what was healed or is missing; "": nothing */
};

/* Reads a folder, or a file as a command's --json printed it. -1 and `why`: it
 * cannot be read, and nothing is to be released. */
int report_open(struct report *, const char *path, char *why, size_t why_size);
void report_release(struct report *);

/* Takes the texts over. */
void report_add_chart(struct report *, char *title, char *svg);

size_t report_rows(const struct report *);
const json_t *report_row(const struct report *, size_t);

/* A text of result.json at its top; "" where there is none. */
const char *report_text_of(const struct report *, const char *name);

/* How many rows do not count. */
size_t report_invalid(const struct report *);

/* -1: errno. */
int report_html(const struct report *, FILE *);
int report_markdown(const struct report *, FILE *);
int report_text(const struct report *, FILE *);

#endif
