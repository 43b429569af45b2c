/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows on the page: a table that its script sorts and filters. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tell/html.h"
#include "bench/tell/report_inner.h"

/* A page of more is slow to open; the rest is in rows.csv. */
enum { ROWS_SHOWN = 5000 };

static void put_titles(const struct report *r, FILE *to)
{
    for (size_t c = 0; c < r->columns; c++) {
        const struct report_column *k = &r->column[c];

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

static void put_row(const struct report *r, FILE *to, const json_t *row)
{
    char room[REPORT_ROOM];

    fputs("<tr>", to);
    for (size_t c = 0; c < r->columns; c++) {
        const struct report_column *k = &r->column[c];
        const char *text = report_cell(k, row, room);
        bool command = strcmp(k->name, "command") == 0 && *text;

        if (!k->varies)
            continue;
        put_class(to, k, !command && strlen(text) > 40);
        if (strcmp(k->name, "captures") == 0)
            put_captures(r, to, text);
        else if (command)
            page_command(to, text);
        else
            html_text(to, text);
    }
    fputc('\n', to);
}

/* What all rows agree in is said once. */
static void put_same(const struct report *r, FILE *to)
{
    char room[REPORT_ROOM];

    fputs("<details><summary>The same in all rows</summary>\n"
          "<dl id=\"rows-same\">\n",
          to);
    for (size_t c = 0; c < r->columns; c++)
        if (!r->column[c].varies)
            page_fact(to, r->column[c].name,
                      report_cell(&r->column[c], report_row(r, 0), room));
    fputs("</dl>\n</details>\n", to);
}

static void put_controls(FILE *to)
{
    fputs("<div class=\"controls js\" role=\"search\">\n"
          "<label for=\"rows-filter\">Filter</label>\n"
          "<input type=\"search\" id=\"rows-filter\" autocomplete=\"off\" "
          "spellcheck=\"false\" placeholder=\"mode=early rtt_ms&gt;=200\" "
          "aria-describedby=\"rows-help\">\n"
          "<button type=\"button\" class=\"clear\" id=\"rows-clear\">Clear"
          "</button>\n"
          "<label><input type=\"checkbox\" id=\"rows-all\"> all columns"
          "</label>\n<span role=\"status\" id=\"rows-status\"></span>\n</div>\n"
          "<p class=\"hint js\" id=\"rows-help\">Words that a row must hold; "
          "with a column and =, !=, &lt;, &lt;=, &gt; or &gt;=, what stands in "
          "that column. A column's title sorts.</p>\n",
          to);
}

void page_rows(const struct report *r, FILE *to)
{
    size_t rows = report_rows(r), shown = rows < ROWS_SHOWN ? rows : ROWS_SHOWN;

    fputs("<section aria-labelledby=\"rows\">\n<h2 id=\"rows\">Rows</h2>\n",
          to);
    if (rows == 0) {
        fputs("<p>There are none.</p>\n</section>\n", to);
        return;
    }
    put_same(r, to);
    if (shown < rows)
        fprintf(to, "<p>The first %zu of %zu rows; all are in rows.csv.</p>\n",
                shown, rows);
    put_controls(to);
    fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
          "aria-labelledby=\"rows-caption\">\n"
          "<table id=\"rows-table\" class=\"few\">\n"
          "<caption id=\"rows-caption\">A row for each session; those of a "
          "sweep cell by cell</caption>\n<thead><tr>",
          to);
    put_titles(r, to);
    fputs("</tr></thead>\n<tbody>\n", to);
    for (size_t i = 0; i < shown; i++)
        put_row(r, to, report_row(r, i));
    fputs("</tbody>\n</table>\n</div>\n</section>\n", to);
}
