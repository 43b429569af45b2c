/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/joined.h"

#include "bench/tell/folder.h"

#include <stdio.h>
#include <stdlib.h>

struct place {
    int64_t cell, repeat;
};

static int by_place(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    int order = (p->cell > q->cell) - (p->cell < q->cell);

    return order ? order : (p->repeat > q->repeat) - (p->repeat < q->repeat);
}

bool joined_twice(const char *path, const struct rows *rows, char *note,
                  size_t note_size)
{
    struct place *p = calloc(rows->count + 1, sizeof *p);
    size_t count = 0, at = 1;
    bool twice;

    if (!p)
        abort();
    for (size_t i = 0; i < rows->count; i++)
        if (rows->row[i].cell != ROW_NO_COUNT)
            p[count++] = (struct place){rows->row[i].cell, rows->row[i].repeat};
    qsort(p, count, sizeof *p, by_place);
    while (at < count && by_place(&p[at - 1], &p[at]) != 0)
        at++;
    twice = at < count;
    if (twice)
        snprintf(note, note_size,
                 "%s: cell %lld, repetition %lld, is there twice: rows of "
                 "more than one sweep, put together by hand? All are counted; "
                 "turnaround merge joins the shards of one",
                 path, (long long)p[at].cell, (long long)p[at].repeat);
    free(p);
    return twice;
}

bool joined_beside(const char *folder, size_t rows, char *note,
                   size_t note_size)
{
    char *path = folder_path(folder, "rows.csv"), why[200];
    FILE *from = fopen(path, "re");
    struct rows beside = {0};
    bool torn, other = false;

    if (from && csv_read(from, path, &beside, &torn, why, sizeof why) == 0)
        other = beside.count != rows;
    if (other)
        snprintf(note, note_size,
                 "%s: %zu rows, where result.json has %zu, which are told: "
                 "put together by hand? Without result.json those of rows.csv "
                 "would be",
                 path, beside.count, rows);
    if (from)
        fclose(from);
    rows_release(&beside);
    free(path);
    return other;
}
