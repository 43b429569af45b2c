/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/csv.h"

#include <stdlib.h>
#include <string.h>

static void write_field(FILE *to, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, to);
        return;
    }
    putc('"', to);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', to);
        putc(*text, to);
    }
    putc('"', to);
}

static int line_end(FILE *to)
{
    putc('\n', to);
    return fflush(to) || ferror(to) ? -1 : 0;
}

int csv_write_header(FILE *to)
{
    for (int i = 0; i < ROW_WIDTH; i++) {
        if (i)
            putc(',', to);
        write_field(to, row_columns[i].name);
    }
    return line_end(to);
}

int csv_write_row(FILE *to, const struct row *r)
{
    char room[64];

    for (int i = 0; i < ROW_WIDTH; i++) {
        if (i)
            putc(',', to);
        write_field(to, row_field_text(r, &row_columns[i], room, sizeof room));
    }
    return line_end(to);
}

struct row *rows_add(struct rows *rows)
{
    if (rows->count == rows->room) {
        rows->room = rows->room ? 2 * rows->room : 16;
        rows->row = reallocarray(rows->row, rows->room, sizeof *rows->row);
        if (!rows->row)
            abort();
    }
    return &rows->row[rows->count++];
}

void rows_release(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        row_release(&rows->row[i]);
    free(rows->row);
    *rows = (struct rows){0};
}

enum { FIELDS_MAX = 256 };

struct record { /* one record of the file, its fields cut apart in place */
    char *bytes;
    size_t len, room;
    size_t field[FIELDS_MAX]; /* where each begins in `bytes` */
    size_t fields;
    long line; /* where it begins, and where the next begins */
    long next_line;
    size_t from, to; /* the same in octets of the file */
};

static void record_put(struct record *rec, char c)
{
    if (rec->len == rec->room) {
        rec->room = rec->room ? 2 * rec->room : 1024;
        rec->bytes = realloc(rec->bytes, rec->room);
        if (!rec->bytes)
            abort();
    }
    rec->bytes[rec->len++] = c;
}

/* Ends the field that is being read, and begins the next. Too many fields
 * are counted, and not kept. */
static void record_cut(struct record *rec)
{
    record_put(rec, '\0');
    rec->fields++;
    if (rec->fields < FIELDS_MAX)
        rec->field[rec->fields] = rec->len;
}

enum record_end { RECORD_WHOLE, RECORD_TORN, RECORD_NONE };

/* Reads one record, by RFC 4180 section 2. */
static enum record_end record_read(struct record *rec, FILE *from)
{
    bool quoted = false;
    int c;

    rec->len = rec->fields = 0;
    rec->field[0] = 0;
    rec->line = rec->next_line;
    rec->from = rec->to;
    while ((c = getc_unlocked(from)) != EOF) {
        rec->to++;
        rec->next_line += c == '\n';
        if (c == '"' && quoted) {
            int after = getc_unlocked(from);

            quoted = after == '"';
            rec->to += quoted;
            if (quoted)
                record_put(rec, '"');
            else
                ungetc(after, from);
        } else if (c == '"') {
            quoted = true;
        } else if (quoted) {
            record_put(rec, (char)c);
        } else if (c == ',') {
            record_cut(rec);
        } else if (c == '\n') {
            if (rec->len && rec->bytes[rec->len - 1] == '\r')
                rec->len--;
            record_cut(rec);
            return RECORD_WHOLE;
        } else {
            record_put(rec, (char)c);
        }
    }
    return rec->len || rec->fields || quoted ? RECORD_TORN : RECORD_NONE;
}

struct header { /* what each field of a row is; NULL: no column of ours */
    const struct column *column[FIELDS_MAX];
    size_t fields;
};

static int header_take(struct header *h, const struct record *rec, char *why,
                       size_t why_size)
{
    size_t known = 0;

    if (rec->fields > FIELDS_MAX) {
        snprintf(why, why_size, "%zu columns are too many: at most %d",
                 rec->fields, FIELDS_MAX);
        return -1;
    }
    h->fields = rec->fields;
    for (size_t i = 0; i < h->fields; i++) {
        h->column[i] = row_column(rec->bytes + rec->field[i]);
        known += h->column[i] != NULL;
    }
    if (!known) {
        snprintf(why, why_size,
                 "no header: the first line must name columns, such as "
                 "mode,rtt_ms,turnarounds; it begins with '%.40s'",
                 rec->bytes);
        return -1;
    }
    return 0;
}

/* The line of another file that was put behind this one. */
static bool is_header(const struct header *h, const struct record *rec)
{
    size_t known = 0;

    for (size_t i = 0; i < h->fields; i++) {
        if (h->column[i] &&
            strcmp(h->column[i]->name, rec->bytes + rec->field[i]) != 0)
            return false;
        known += h->column[i] != NULL;
    }
    return known > 0;
}

static int row_take(struct row *r, const struct header *h,
                    const struct record *rec, char *why, size_t why_size)
{
    row_init(r);
    if (rec->fields != h->fields) {
        snprintf(why, why_size, "%zu fields, where the header has %zu",
                 rec->fields, h->fields);
        return -1;
    }
    if (is_header(h, rec)) {
        snprintf(why, why_size,
                 "a second header: files put together by hand? Wanted one, at "
                 "the top; turnaround merge joins the shards of a sweep");
        return -1;
    }
    for (size_t i = 0; i < h->fields; i++)
        if (h->column[i] &&
            row_field_parse(r, h->column[i], rec->bytes + rec->field[i], why,
                            why_size))
            return -1;
    return 0;
}

int csv_each(FILE *from, const char *file_name, csv_each_row *each, void *arg,
             struct csv_end *at_end, char *why, size_t why_size)
{
    struct record rec = {.next_line = 1};
    struct header header = {.fields = 0};
    char reason[400];
    enum record_end end;
    struct row row;
    int status = 0;

    *at_end = (struct csv_end){.torn = false};
    while (!status && (end = record_read(&rec, from)) != RECORD_NONE) {
        at_end->torn = end == RECORD_TORN;
        if (at_end->torn)
            break;
        at_end->whole = rec.to;
        if (!header.fields) {
            status = header_take(&header, &rec, reason, sizeof reason);
            continue;
        }
        status = row_take(&row, &header, &rec, reason, sizeof reason);
        if (status)
            row_release(&row);
        else
            status = each(arg, &row, rec.line, rec.from, rec.to, reason,
                          sizeof reason);
    }
    if (status)
        snprintf(why, why_size, "%s:%ld: %s", file_name, rec.line, reason);
    else if (!header.fields) {
        snprintf(why, why_size, "%s:1: empty: it has no header", file_name);
        status = -1;
    }
    free(rec.bytes);
    return status;
}

static int add_row(void *rows, struct row *r, long line, size_t from, size_t to,
                   char *why, size_t why_size)
{
    (void)line, (void)from, (void)to, (void)why, (void)why_size;
    *rows_add(rows) = *r;
    return 0;
}

int csv_read(FILE *from, const char *file_name, struct rows *rows, bool *torn,
             char *why, size_t why_size)
{
    struct csv_end end;
    int status = csv_each(from, file_name, add_row, rows, &end, why, why_size);

    *torn = end.torn;
    return status;
}
