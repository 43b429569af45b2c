/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as text: Markdown, and tables of 72 columns of ASCII as RFCs have
 * them (RFC 7994, 4: lines of at most 72 characters). */
#include <stdlib.h>
#include <string.h>

#include "bench/tell/report.h"

enum { WIDTH = 72, MOST_COLUMNS = 8, MOST_ROWS = 200 };

static const char *of_rows(const struct report *r, char room[120])
{
    snprintf(room, 120, "%zu rows, of which %zu do not count (INVALID)",
             report_rows(r), report_invalid(r));
    return room;
}

static bool varies(const struct report *r, const char *name)
{
    for (size_t c = 0; c < r->columns; c++)
        if (strcmp(r->column[c].name, name) == 0)
            return r->column[c].varies;
    return false;
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
        for (size_t c = 0; c < r->columns && n < most; c++)
            if (strcmp(r->column[c].name, first[i]) == 0 &&
                r->column[c].varies && !(swept && i >= MODE && i < RESULTS))
                at[n++] = &r->column[c];
    for (size_t c = 0; c < r->columns && n == 0 && c < most; c++)
        at[n++] = &r->column[c];
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

static void markdown_rows(const struct report *r, FILE *to)
{
    const struct report_column *column[MOST_COLUMNS];
    size_t columns = choose(r, column, MOST_COLUMNS), rows = report_rows(r);
    char room[REPORT_ROOM];

    fputs("\n## Rows\n\n|", to);
    for (size_t c = 0; c < columns; c++)
        fprintf(to, " %s |", column[c]->name);
    fputs("\n|", to);
    for (size_t c = 0; c < columns; c++)
        fputs(column[c]->number ? "---:|" : "---|", to);
    for (size_t i = 0; i < rows && i < MOST_ROWS; i++) {
        fputs("\n|", to);
        for (size_t c = 0; c < columns; c++) {
            fputc(' ', to);
            put_markdown(to, report_cell(column[c], report_row(r, i), room));
            fputs(" |", to);
        }
    }
    fputc('\n', to);
    if (rows > MOST_ROWS)
        fprintf(to, "\n%zu rows more are in rows.csv.\n", rows - MOST_ROWS);
}

int report_markdown(const struct report *r, FILE *to)
{
    char room[120];

    fprintf(to, "# What does a round trip cost?\n\n%s", of_rows(r, room));
    if (*report_text_of(r, "started"))
        fprintf(to, ", started %s by version %s", report_text_of(r, "started"),
                report_text_of(r, "version"));
    fputs(".\n\n", to);
    if (*report_text_of(r, "command"))
        fprintf(to, "    %s\n", report_text_of(r, "command"));
    if (*r->note)
        fprintf(to, "\n%s.\n", r->note);
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
static void fit(const struct report *r, const struct report_column **column,
                struct grid *g)
{
    size_t used = 1, n = 0;
    char room[REPORT_ROOM];

    for (size_t c = 0; c < g->columns; c++) {
        size_t width = strlen(column[c]->name);

        for (size_t i = 0; i < report_rows(r) && i < MOST_ROWS; i++) {
            char *text = ascii(report_cell(column[c], report_row(r, i), room));

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
    size_t rows = report_rows(r);

    fit(r, column, &g);
    grid_rule(&g, '-');
    for (size_t c = 0; c < g.columns; c++)
        cells[c] = column[c]->name;
    grid_row(&g, cells);
    grid_rule(&g, '=');
    for (size_t i = 0; i < rows && i < MOST_ROWS; i++) {
        for (size_t c = 0; c < g.columns; c++)
            cells[c] = report_cell(column[c], report_row(r, i), room[c]);
        grid_row(&g, cells);
    }
    grid_rule(&g, '-');
    if (rows > MOST_ROWS)
        fprintf(to, "%zu rows more are in rows.csv.\n", rows - MOST_ROWS);
}

int report_text(const struct report *r, FILE *to)
{
    char room[120];

    put_paragraph(to, of_rows(r, room), 0);
    put_paragraph(to, report_text_of(r, "command"), 3);
    put_paragraph(to, r->note, 0);
    fputc('\n', to);
    if (r->claims)
        text_claims(r, to);
    else if (report_rows(r) > 0)
        text_rows(r, to);
    return ferror(to) ? -1 : 0;
}
