/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as text: Markdown, and tables of 72 columns of ASCII as RFCs have
 * them (RFC 7994, 4: lines of at most 72 characters). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tell/report_inner.h"
#include "bench/tell/saves.h"

enum { WIDTH = 72, MOST_COLUMNS = 8, MOST_ROWS = 200, MOST_CELL_COLUMNS = 40 };

static const char *of_rows(const struct report *r, char room[120])
{
    snprintf(room, 120, "%zu rows, of which %zu do not count (INVALID)",
             report_rows(r), report_invalid(r));
    return room;
}

static bool varies(const struct report *r, const char *name)
{
    const struct report_column *c = table_column(&r->row, name);

    return c && c->varies;
}

/* The columns of a table of rows: what is the most telling first, as many as
 * there is room for. In a sweep `varied` names all that varies, and leaves the
 * room to what came of it. */
static size_t choose(const struct report *r, const struct report_column **at,
                     size_t most)
{
    static const char *const first[] = {
        "varied",    "policy",      "strategy", "domain",
        "required",  "mode",        "world",    "recipients",
        "messages",  "body_bytes",  "rtt_ms",   "turnarounds",
        "closed_ms", "closed_rtts", "outcome",  "accepted_ms.median",
        "hosts.mean"};
    enum { MODE = 5, RESULTS = 11 };
    bool swept = varies(r, "varied");
    size_t n = 0;

    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        for (size_t c = 0; c < r->row.columns && n < most; c++)
            if (strcmp(r->row.column[c].name, first[i]) == 0 &&
                r->row.column[c].varies && !(swept && i >= MODE && i < RESULTS))
                at[n++] = &r->row.column[c];
    for (size_t c = 0; c < r->row.columns && n == 0 && c < most; c++)
        at[n++] = &r->row.column[c];
    return n;
}

static void put_markdown(FILE *to, const char *s)
{
    for (; *s; s++) {
        if (strchr("|<>`\\*_[]", *s))
            fputc('\\', to);
        fputc((unsigned char)*s < ' ' ? ' ' : *s, to);
    }
}

static void markdown_table(const struct report_table *t,
                           const struct report_column *const *column,
                           size_t columns, const char *rows, const char *file,
                           FILE *to)
{
    struct report_cut cut;
    char room[REPORT_ROOM];

    fputc('|', to);
    for (size_t c = 0; c < columns; c++)
        fprintf(to, " %s |", column[c]->name);
    fputs("\n|", to);
    for (size_t c = 0; c < columns; c++)
        fputs(column[c]->number ? "---:|" : "---|", to);
    cut_make(&cut, t, MOST_ROWS);
    for (size_t i = 0; i < cut.count; i++) {
        fputs("\n|", to);
        for (size_t c = 0; c < columns; c++) {
            fputc(' ', to);
            put_markdown(to,
                         report_cell(column[c], table_row(t, cut.at[i]), room));
            fputs(" |", to);
        }
    }
    fputc('\n', to);
    if (*cut_says(&cut, rows, file, room))
        fprintf(to, "\n%s\n", room);
    cut_release(&cut);
}

static void markdown_cells(const struct report *r, FILE *to)
{
    const struct report_column *column[MOST_CELL_COLUMNS];
    size_t columns = 0;

    if (table_count(&r->cell) == 0)
        return;
    fputs(
        "\n## Cells\n\nTimes are closed_ms, until the last reply, of the rows "
        "that count: their median with its 95 % interval.\n\n",
        to);
    for (size_t c = 0; c < r->cell.columns && columns < MOST_CELL_COLUMNS; c++)
        if (r->cell.column[c].main)
            column[columns++] = &r->cell.column[c];
    markdown_table(&r->cell, column, columns, "cells", "summary.csv", to);
}

static void markdown_saves(const struct report *r, FILE *to)
{
    char room[REPORT_ROOM];

    if (*saves_told(r->saves, 0))
        fputs("\n## From where on it saves time\n", to);
    for (size_t i = 0; *saves_told(r->saves, i); i++)
        for (const char *at = saves_told(r->saves, i), *mark = "\n- "; *at;
             mark = "  ") {
            size_t len = strcspn(at, "\n");
            char *line = strndup(at, len);

            if (!line)
                abort();
            fputs(mark, to);
            put_markdown(to, line + strspn(line, " "));
            fputc('\n', to);
            free(line);
            at += len + (at[len] == '\n');
        }
    if (*saves_of(r->saves, report_rows(r), room, sizeof room))
        fprintf(to, "\n%s\n", room);
}

static void markdown_rows(const struct report *r, FILE *to)
{
    const struct report_column *column[MOST_COLUMNS];
    size_t columns = choose(r, column, MOST_COLUMNS);

    fputs("\n## Rows\n\n", to);
    markdown_table(&r->row, column, columns, "rows", "rows.csv", to);
}

int report_markdown(const struct report *r, FILE *to)
{
    char title[REPORT_ROOM], room[120];

    fputs("# ", to);
    put_markdown(to, report_title(r, title));
    fprintf(to, "\n\n%s", of_rows(r, room));
    if (*report_text_of(r, "started"))
        fprintf(to, ", started %s by version %s", report_text_of(r, "started"),
                report_text_of(r, "version"));
    fputs(".\n\n", to);
    if (*report_text_of(r, "command"))
        fprintf(to, "    %s\n", report_text_of(r, "command"));
    if (*r->note)
        fprintf(to, "\n%s.\n", r->note);
    markdown_saves(r, to);
    markdown_cells(r, to);
    if (r->claims) {
        fputs("\n## Claims\n\n", to);
        claims_print_markdown(to, r->claim, r->claims);
    }
    if (r->plots)
        fputs("\n## Plots\n", to);
    for (size_t i = 0; i < r->plots; i++)
        fprintf(to, "\n![%s](plots/%s.svg)\n", r->plot[i].title,
                r->plot[i].name);
    if (!r->claims && report_rows(r) > 0)
        markdown_rows(r, to);
    fputs("\n## How to repeat it\n\n", to);
    if (*report_text_of(r, "command"))
        fprintf(to, "    %s\n", report_text_of(r, "command"));
    fputs("    turnaround report DIR    # from the files, without running "
          "anything\n",
          to);
    return ferror(to) ? -1 : 0;
}

/* Letters beyond ASCII are said otherwise, or by a question mark each. */
static char *ascii(const char *s)
{
    static const char *const said[][2] = {{"…", ".."}, {"–", "-"}, {"“", "\""},
                                          {"”", "\""}, {"×", "x"}, {"±", "+-"},
                                          {"µ", "u"},  {"≥", ">="}};
    char *text = calloc(1, 2 * strlen(s) + 1), *at = text;

    if (!text)
        abort();
    while (*s) {
        size_t i = 0, known = sizeof said / sizeof said[0];

        while (i < known && strncmp(s, said[i][0], strlen(said[i][0])) != 0)
            i++;
        if (i < known) {
            at = stpcpy(at, said[i][1]);
            s += strlen(said[i][0]);
        } else if ((*s & 0x80) == 0) {
            *at++ = (unsigned char)*s < ' ' ? ' ' : *s;
            s++;
        } else {
            *at++ = '?';
            for (s++; (*s & 0xc0) == 0x80;)
                s++;
        }
    }
    return text;
}

struct grid {
    FILE *to;
    size_t columns, width[MOST_COLUMNS];
    bool right[MOST_COLUMNS];
};

static void grid_rule(const struct grid *g, char line)
{
    for (size_t c = 0; c < g->columns; c++) {
        fputc('+', g->to);
        for (size_t i = 0; i < g->width[c] + 2; i++)
            fputc(line, g->to);
    }
    fputs("+\n", g->to);
}

/* How much of a text goes into a line: up to a blank, where there is one. */
static size_t cut(const char *s, size_t width)
{
    size_t len = strlen(s), at = width;

    if (len <= width)
        return len;
    while (at > 0 && s[at] != ' ')
        at--;
    return at ? at : width;
}

/* One line of each cell, until all is said. */
static void grid_row(const struct grid *g, const char *const cells[])
{
    char *text[MOST_COLUMNS];
    const char *at[MOST_COLUMNS];
    bool more = true;

    for (size_t c = 0; c < g->columns; c++)
        at[c] = text[c] = ascii(cells[c]);
    for (; more; fputs("|\n", g->to)) {
        more = false;
        for (size_t c = 0; c < g->columns; c++) {
            size_t len = cut(at[c], g->width[c]);
            int pad = (int)(g->width[c] - len);

            fprintf(g->to, "| %*s%.*s%*s ", g->right[c] ? pad : 0, "", (int)len,
                    at[c], g->right[c] ? 0 : pad, "");
            at[c] += len;
            while (*at[c] == ' ')
                at[c]++;
            more = more || *at[c];
        }
    }
    for (size_t c = 0; c < g->columns; c++)
        free(text[c]);
}

/* A paragraph, no line of which is too wide. */
static void put_paragraph(FILE *to, const char *s, size_t indent)
{
    char *text = ascii(s);

    for (const char *at = text; *at;) {
        size_t len = cut(at, WIDTH - indent);

        fprintf(to, "%*s%.*s\n", (int)indent, "", (int)len, at);
        at += len;
        while (*at == ' ')
            at++;
    }
    free(text);
}

static void text_saves(const struct report *r, FILE *to)
{
    char room[REPORT_ROOM];

    for (size_t i = 0; *saves_told(r->saves, i); i++) {
        const char *at = saves_told(r->saves, i);

        while (*at) {
            size_t len = strcspn(at, "\n"), in = strspn(at, " ");
            char *line = strndup(at + in, len - in);

            if (!line)
                abort();
            put_paragraph(to, line, in);
            free(line);
            at += len + (at[len] == '\n');
        }
        fputc('\n', to);
    }
    if (*saves_of(r->saves, report_rows(r), room, sizeof room)) {
        put_paragraph(to, room, 0);
        fputc('\n', to);
    }
}

static void text_claims(const struct report *r, FILE *to)
{
    struct grid g = {
        .to = to, .columns = CLAIM_COLUMNS, .width = {14, 9, 7, 7, 7, 9}};
    char room[CLAIM_VERDICT_ROOM];

    for (size_t i = 0; i < r->claims; i++) {
        const struct claim_line *l = &r->claim[i];
        const char *cells[CLAIM_COLUMNS];
        bool first = i == 0 || strcmp(l->claim, r->claim[i - 1].claim) != 0;
        char title[120];

        if (first) {
            snprintf(title, sizeof title, "%s (%s)", l->claim, l->source);
            fputs(i ? "\n" : "", to);
            put_paragraph(to, title, 0);
            fputc('\n', to);
            grid_rule(&g, '-');
            grid_row(&g, claim_titles);
            grid_rule(&g, '=');
        }
        for (int c = 0; c < CLAIM_COLUMNS; c++)
            cells[c] = claim_cell(l, c, room);
        grid_row(&g, cells);
        grid_rule(&g, '-');
        if (*l->note)
            put_paragraph(to, l->note, 2);
    }
}

/* As wide as the widest cell, within reason; columns that do not fit into the
 * line are left out. */
static void fit(const struct report *r, const struct report_cut *cut,
                const struct report_column **column, struct grid *g)
{
    size_t used = 1, n = 0;
    char room[REPORT_ROOM];

    for (size_t c = 0; c < g->columns; c++) {
        size_t width = strlen(column[c]->name);

        for (size_t i = 0; i < cut->count; i++) {
            char *text =
                ascii(report_cell(column[c], report_row(r, cut->at[i]), room));

            width = strlen(text) > width ? strlen(text) : width;
            free(text);
        }
        width = width > 24 ? 24 : width;
        if (used + width + 3 > WIDTH)
            continue;
        used += width + 3;
        column[n] = column[c];
        g->right[n] = column[c]->number;
        g->width[n++] = width;
    }
    g->columns = n;
}

static void text_rows(const struct report *r, FILE *to)
{
    const struct report_column *column[MOST_COLUMNS];
    struct grid g = {.to = to, .columns = choose(r, column, MOST_COLUMNS)};
    char room[MOST_COLUMNS][REPORT_ROOM];
    const char *cells[MOST_COLUMNS];
    struct report_cut cut;

    cut_make(&cut, &r->row, MOST_ROWS);
    fit(r, &cut, column, &g);
    grid_rule(&g, '-');
    for (size_t c = 0; c < g.columns; c++)
        cells[c] = column[c]->name;
    grid_row(&g, cells);
    grid_rule(&g, '=');
    for (size_t i = 0; i < cut.count; i++) {
        for (size_t c = 0; c < g.columns; c++)
            cells[c] =
                report_cell(column[c], report_row(r, cut.at[i]), room[c]);
        grid_row(&g, cells);
    }
    grid_rule(&g, '-');
    put_paragraph(to, cut_says(&cut, "rows", "rows.csv", room[0]), 0);
    cut_release(&cut);
}

/* What a cell is, over all columns of the grid: "mode=early rtt_ms=20", and
 * how many of its rows do not count. */
static void cell_title(const struct grid *g, const struct report_table *t,
                       const json_t *cell)
{
    static const char *const lacks[][2] = {{"invalid", "INVALID"},
                                           {"undelivered", "not delivered"}};
    char text[2 * REPORT_ROOM] = "", room[REPORT_ROOM];
    size_t used = 0;
    struct grid whole = {.to = g->to, .columns = 1, .width = {WIDTH - 6}};

    for (size_t c = 1; c < t->columns && used < sizeof text &&
                       strcmp(t->column[c].name, "rows") != 0;
         c++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s=%s",
                                 used ? " " : "", t->column[c].name,
                                 report_cell(&t->column[c], cell, room));
    for (int i = 0; i < 2 && used < sizeof text; i++)
        if (json_integer_value(json_object_get(cell, lacks[i][0])) > 0)
            used += (size_t)snprintf(
                text + used, sizeof text - used,
                "%s %" JSON_INTEGER_FORMAT " %s", used && !i ? ":" : ",",
                json_integer_value(json_object_get(cell, lacks[i][0])),
                lacks[i][1]);
    grid_row(&whole, (const char *[]){used ? text : "one cell"});
}

/* In six letters, as long as it is less than 1000 s. */
static const char *figure_text(const json_t *n, char room[REPORT_ROOM])
{
    double x = json_number_value(n);

    if (!n || json_is_null(n))
        return "-";
    snprintf(room, REPORT_ROOM, fabs(x) < 1e5 ? "%.5g" : "%.0f", x);
    return room;
}

static void text_cells(const struct report *r, FILE *to)
{
    enum { FIGURES = 8 };
    static const char *const key[FIGURES] = {
        "counted",        "turnarounds", "median_ms", "median_low_ms",
        "median_high_ms", "p95_ms",      "p99_ms",    "max_ms"};
    static const char *const title[FIGURES] = {
        "rows", "waits", "median", "from", "to", "p95", "p99", "max"};
    struct grid g = {.to = to,
                     .columns = FIGURES,
                     .width = {5, 5, 6, 6, 6, 6, 6, 6},
                     .right = {1, 1, 1, 1, 1, 1, 1, 1}};
    char room[FIGURES][REPORT_ROOM];
    const char *cells[FIGURES];
    struct report_cut cut;

    if (table_count(&r->cell) == 0)
        return;
    put_paragraph(to,
                  "closed_ms, until the last reply, of the rows that count in "
                  "each cell: its median, from and to where the 95 % interval "
                  "of the median reaches, and what 95 % and 99 % did not "
                  "exceed, where 20 and 100 rows count. waits: turnarounds, their median.",
                  0);
    fputc('\n', to);
    grid_rule(&g, '-');
    grid_row(&g, title);
    grid_rule(&g, '=');
    cut_make(&cut, &r->cell, MOST_ROWS);
    for (size_t i = 0; i < cut.count; i++) {
        const json_t *cell = table_row(&r->cell, cut.at[i]);

        cell_title(&g, &r->cell, cell);
        for (int k = 0; k < FIGURES; k++)
            cells[k] = figure_text(json_object_get(cell, key[k]), room[k]);
        grid_row(&g, cells);
        grid_rule(&g, '-');
    }
    put_paragraph(to, cut_says(&cut, "cells", "summary.csv", room[0]), 0);
    fputc('\n', to);
    cut_release(&cut);
}

int report_text(const struct report *r, FILE *to)
{
    char title[REPORT_ROOM], room[120];

    put_paragraph(to, report_title(r, title), 0);
    put_paragraph(to, of_rows(r, room), 0);
    put_paragraph(to, report_text_of(r, "command"), 3);
    put_paragraph(to, r->note, 0);
    fputc('\n', to);
    text_saves(r, to);
    text_cells(r, to);
    if (r->claims)
        text_claims(r, to);
    else if (report_rows(r) > 0)
        text_rows(r, to);
    return ferror(to) ? -1 : 0;
}
