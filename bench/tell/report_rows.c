/* SPDX-License-Identifier: BSD-2-Clause */
/* The cells and the rows on the page: tables that its script sorts and
 * filters. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tell/html.h"
#include "bench/tell/report_inner.h"

/* A page of more is slow to open; the rest is in its file. */
enum { ROWS_SHOWN = 5000 };

struct section {
    const struct report *report;
    const struct report_table *table;
    const char *id, *one; /* "rows", "row" */
    const char *title, *caption, *file;
    const char *example; /* of a filter */
};

static void put_titles(const struct report_table *t, FILE *to)
{
    for (size_t c = 0; c < t->columns; c++) {
        const struct report_column *k = &t->column[c];

        if (!k->varies)
            continue;
        fprintf(to, "<th scope=\"col\" class=\"%s%s\" title=\"",
                k->number ? "n" : "", k->main ? "" : " more");
        html_text(to, k->help);
        fputs("\">", to);
        html_text(to, k->name);
        fputs("</th>", to);
    }
}

static int is_capture(const struct dirent *d)
{
    return d->d_name[0] != '.' && strstr(d->d_name, ".pcap") != NULL;
}

/* A row's captures, each linked to; names with ".." lead elsewhere. */
static void put_captures(const struct report *r, FILE *to, const char *folder)
{
    struct dirent **file = NULL;
    char *path = NULL;
    bool safe = *folder && *folder != '/' && !strstr(folder, "..");
    int files;

    if (asprintf(&path, "%s/%s", r->folder, folder) < 0)
        abort();
    files = safe && r->linked ? scandir(path, &file, is_capture, alphasort) : 0;
    if (files <= 0)
        html_text(to, folder);
    for (int i = 0; i < files; i++) {
        fputs(i ? " <a href=\"" : "<a href=\"", to);
        html_path(to, folder);
        fputc('/', to);
        html_path(to, file[i]->d_name);
        fputs("\">", to);
        html_text(to, file[i]->d_name);
        fputs("</a>", to);
        free(file[i]);
    }
    free(file);
    free(path);
}

/* A table may have many cells: ends and empty classes are left out. */
static void put_class(FILE *to, const struct report_column *k, bool large)
{
    const char *class = k->number ? "n" : large ? "long" : "";

    if (*class || !k->main)
        fprintf(to, "<td class=\"%s%s\">", class, k->main ? "" : " more");
    else
        fputs("<td>", to);
}

static void put_row(const struct section *s, FILE *to, const json_t *row)
{
    const struct report_table *t = s->table;
    char room[REPORT_ROOM];

    fputs("<tr>", to);
    for (size_t c = 0; c < t->columns; c++) {
        const struct report_column *k = &t->column[c];
        const char *text = report_cell(k, row, room);
        bool command = strcmp(k->name, "command") == 0 && *text;

        if (!k->varies)
            continue;
        put_class(to, k, !command && strlen(text) > 40);
        if (strcmp(k->name, "captures") == 0)
            put_captures(s->report, to, text);
        else if (command)
            page_command(to, text);
        else
            html_text(to, text);
    }
    fputc('\n', to);
}

/* What all of them agree in is said once. */
static void put_same(const struct section *s, FILE *to)
{
    const struct report_table *t = s->table;
    char room[REPORT_ROOM];
    bool any = false;

    for (size_t c = 0; c < t->columns; c++)
        any = any || !t->column[c].varies;
    if (!any)
        return;
    fprintf(to,
            "<details><summary>The same in all %s</summary>\n"
            "<dl id=\"%s-same\">\n",
            s->id, s->id);
    for (size_t c = 0; c < t->columns; c++)
        if (!t->column[c].varies)
            page_fact(to, t->column[c].name,
                      report_cell(&t->column[c], table_row(t, 0), room));
    fputs("</dl>\n</details>\n", to);
}

static void put_controls(const struct section *s, FILE *to)
{
    fprintf(to,
            "<div class=\"controls js\" role=\"search\" "
            "aria-label=\"%s\">\n"
            "<label for=\"%s-filter\">Filter</label>\n"
            "<input type=\"search\" id=\"%s-filter\" autocomplete=\"off\" "
            "spellcheck=\"false\" placeholder=\"",
            s->title, s->id, s->id);
    html_text(to, s->example);
    fprintf(to,
            "\" aria-describedby=\"%s-help\">\n"
            "<button type=\"button\" class=\"clear\" id=\"%s-clear\">Clear"
            "</button>\n"
            "<label><input type=\"checkbox\" id=\"%s-all\"> all columns"
            "</label>\n<span role=\"status\" id=\"%s-status\"></span>\n</div>"
            "\n<p class=\"hint js\" id=\"%s-help\">Words that a %s must "
            "hold; with a column and =, !=, &lt;, &lt;=, &gt; or &gt;=, what "
            "stands in that column. A column's title sorts.</p>\n",
            s->id, s->id, s->id, s->id, s->id, s->one);
}

static void put_table(const struct section *s, const struct report_cut *cut,
                      FILE *to)
{
    fprintf(to,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
            "aria-labelledby=\"%s-caption\">\n"
            "<table id=\"%s-table\" class=\"data few\" data-of=\"%s\" "
            "data-all=\"%zu\" data-file=\"%s\">\n"
            "<caption id=\"%s-caption\">%s</caption>\n<thead><tr>",
            s->id, s->id, s->id, cut->all, s->file, s->id, s->caption);
    put_titles(s->table, to);
    fputs("</tr></thead>\n<tbody>\n", to);
    for (size_t i = 0; i < cut->count; i++)
        put_row(s, to, table_row(s->table, cut->at[i]));
    fputs("</tbody>\n</table>\n</div>\n", to);
}

static void put_section(const struct section *s, FILE *to)
{
    struct report_cut cut;
    char room[REPORT_ROOM];

    fprintf(to, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n",
            s->id, s->id, s->title);
    if (table_count(s->table) == 0) {
        fputs("<p>There are none.</p>\n</section>\n", to);
        return;
    }
    cut_make(&cut, s->table, ROWS_SHOWN);
    put_same(s, to);
    if (*cut_says(&cut, s->id, s->file, room))
        fprintf(to, "<p>%s</p>\n", room);
    put_controls(s, to);
    put_table(s, &cut, to);
    fputs("</section>\n", to);
    cut_release(&cut);
}

void page_cells(const struct report *r, FILE *to)
{
    const struct section s = {
        r,
        &r->cell,
        "cells",
        "cell",
        "Cells",
        "What was set, and what the rows of each cell came to: medians with "
        "their 95 % intervals, of the rows that count",
        "summary.csv",
        "turnarounds>=3"};

    if (table_count(&r->cell) > 0)
        put_section(&s, to);
}

void page_rows(const struct report *r, FILE *to)
{
    const struct section s = {
        r,          &r->row,
        "rows",     "row",
        "Rows",     "A row for each session; those of a sweep cell by cell",
        "rows.csv", "mode=early rtt_ms>=200"};

    put_section(&s, to);
}
