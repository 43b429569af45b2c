/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows as tidy CSV (RFC 4180, but for line ends of LF alone): a header of
 * column names, then a line for each session. */
#ifndef BENCH_TELL_CSV_H
#define BENCH_TELL_CSV_H

#include "bench/tell/result.h"

#include <stdbool.h>
#include <stdio.h>

/* Each writes one whole line and flushes it: what is written stays, whatever
 * happens next. Return 0, or -1 with errno. */
int csv_write_header(FILE *);
int csv_write_row(FILE *, const struct row *);

struct rows { /* zeroed is empty */
    struct row *row;
    size_t count, room;
};
/* The next row, to be filled with row_init() or what else inits one. Valid
 * until the next call. */
struct row *rows_add(struct rows *);
void rows_release(struct rows *);

/* Reads all rows after what `rows` holds. A last line that was torn off (no
 * line end: the writer was killed) is left out, and `torn` is set. On failure
 * returns -1 and says why, with the name of the file and the line. */
int csv_read(FILE *, const char *file_name, struct rows *, bool *torn,
             char *why, size_t why_size);

/* The same, a row at a time, for files of any size. The row is the caller's;
 * `line` is where it stands and [from, to) its octets. `each` returns -1 to end
 * the reading, having said why. */
typedef int csv_each_row(void *arg, struct row *, long line, size_t from,
                         size_t to, char *why, size_t why_size);
struct csv_end {
    bool torn;
    size_t whole; /* octets of the whole lines */
};
int csv_each(FILE *, const char *file_name, csv_each_row *, void *arg,
             struct csv_end *, char *why, size_t why_size);

#endif
