/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of a report: objects of any keys, what is known of each key, and
 * which of too many rows are shown. */
#ifndef BENCH_TELL_REPORT_TABLE_H
#define BENCH_TELL_REPORT_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A column of the rows, whatever made them. */
struct report_column {
    char name[80];           /* "closed_ms"; "hosts.mean" of nested objects */
    const char *key, *of;    /* where it is found; `of` NULL: not nested */
    const char *unit, *help; /* "" where they are not known */
    bool number;             /* all that is known of it */
    bool varies;
    bool main; /* shown first; others when they are asked for */
};

struct report_table { /* zeroed is empty */
    json_t *rows;     /* owned */
    struct report_column *column;
    size_t columns;
    /* Where they were made along something: how far each row is, from 0, and
     * how far the last. Of too many, the same distances are shown. */
    size_t *step; /* owned; NULL: they were not */
    size_t steps;
};

/* Finds the columns; takes the array of rows over. */
void table_take(struct report_table *, json_t *rows);
void table_release(struct report_table *);

size_t table_count(const struct report_table *);
const json_t *table_row(const struct report_table *, size_t);
const struct report_column *table_column(const struct report_table *,
                                         const char *name); /* or NULL */

/* What stands in a column of a row; "" is nothing. Returns `room` or the row's
 * own text. */
enum { REPORT_ROOM = 400 };
const char *report_cell(const struct report_column *, const json_t *row,
                        char room[REPORT_ROOM]);

/* At most `most` rows. Those of a sweep stand cell by cell, and every cell is
 * shown: by its first rows, as many of each as there is room for. Where the
 * cells alone are too many, some of them are, spread over all. */
struct report_cut {
    size_t *at; /* owned: numbers of rows */
    size_t count, all, each;
    enum { CUT_NOTHING, CUT_FIRST, CUT_EACH, CUT_SPREAD } how;
};
void cut_make(struct report_cut *, const struct report_table *, size_t most);
void cut_release(struct report_cut *);

/* "4800 of 12000 rows are shown, ...; all are in rows.csv."; "": all are. */
const char *cut_says(const struct report_cut *, const char *rows,
                     const char *file, char room[REPORT_ROOM]);

#endif
