/* SPDX-License-Identifier: BSD-2-Clause */
/* The report as one page. It needs no network, no script and no style but its
 * own; its policy forbids any other, whatever the rows hold. */
#include <stdlib.h>
#include <string.h>

#include "bench/tell/html.h"
#include "bench/tell/report.h"
#include "bench/tell/report_assets.h"
#include "bench/tell/report_inner.h"
#include "bench/tell/saves.h"
#include "bench/tell/version.h"

static void put_head(const struct report *r, FILE *to)
{
    char hash[HTML_HASH], room[REPORT_ROOM];

    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
          "<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, "
          "initial-scale=1\">\n",
          to);
    fprintf(to,
            "<meta http-equiv=\"Content-Security-Policy\" content=\""
            "default-src 'none'; style-src 'unsafe-inline'; script-src '%s'; "
            "img-src data:; base-uri 'none'; form-action 'none'\">\n",
            html_hash(report_js, hash));
    fputs("<link rel=\"icon\" href=\"data:,\">\n<title>", to);
    html_text(to, report_title(r, room));
    fputs(" – ", to);
    html_text(to, report_name(r));
    fprintf(to, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", report_css);
}

void page_command(FILE *to, const char *command)
{
    fputs("<div class=\"command\"><code>", to);
    html_text(to, command);
    fputs("</code><button type=\"button\" class=\"copy js\">Copy</button>"
          "</div>\n",
          to);
}

void page_fact(FILE *to, const char *what, const char *is)
{
    if (!*is)
        return;
    fputs("<dt>", to);
    html_text(to, what);
    fputs("</dt><dd>", to);
    html_text(to, is);
    fputs("</dd>\n", to);
}

/* An object of objects as a list: "versions libc" and its value. */
static void put_facts(FILE *to, const char *of, json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        char name[120], text[120];

        snprintf(name, sizeof name, "%s%s%s", of, *of ? " " : "", key);
        if (json_is_object(value)) {
            put_facts(to, key, value);
            continue;
        }
        if (json_is_integer(value))
            snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT,
                     json_integer_value(value));
        page_fact(to, name,
                  json_is_integer(value)  ? text
                  : json_is_string(value) ? json_string_value(value)
                                          : "");
    }
}

static void put_link(const struct report *r, FILE *to, const char *file)
{
    char *path = NULL;
    FILE *there;

    if (asprintf(&path, "%s/%s", r->folder, file) < 0)
        abort();
    there = fopen(path, "re");
    free(path);
    if (!there)
        return;
    fclose(there);
    fputs(r->linked ? "<li><a href=\"" : "<li>", to);
    if (r->linked) {
        html_path(to, file);
        fputs("\">", to);
    }
    html_text(to, file);
    fputs(r->linked ? "</a></li>\n" : "</li>\n", to);
}

static void put_run(const struct report *r, FILE *to)
{
    static const char *const files[] = {
        "rows.csv",    "result.json",   "claims.json",
        "summary.csv", "saves.json",    "host.json",
        "sweep.json",  "topology.yaml", "keys.log"};
    char count[120], room[REPORT_ROOM];

    fputs("<section aria-labelledby=\"run\">\n<h2 id=\"run\">What was run, "
          "and on what</h2>\n",
          to);
    if (*report_text_of(r, "command"))
        page_command(to, report_text_of(r, "command"));
    snprintf(count, sizeof count, "%zu, of which %zu do not count (INVALID)",
             report_rows(r), report_invalid(r));
    fputs("<dl>\n", to);
    page_fact(to, "rows", count);
    for (size_t i = 0; i < r->axes; i++)
        page_fact(to, r->axis[i].name, report_axis_text(&r->axis[i], room));
    page_fact(to, "started", report_text_of(r, "started"));
    page_fact(to, "by version", report_text_of(r, "version"));
    page_fact(to, "topology", report_text_of(r, "topology"));
    page_fact(to, "error", report_text_of(r, "error"));
    page_fact(to, "beside", r->note);
    fputs("</dl>\n", to);
    if (r->host) {
        fputs("<details><summary>The host, and what its kernel was set "
              "to</summary>\n<dl>\n",
              to);
        put_facts(to, "", r->host);
        fputs("</dl>\n</details>\n", to);
    }
    fputs("<p class=\"hint\">Files of this result:</p>\n<ul>\n", to);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        put_link(r, to, files[i]);
    fputs("</ul>\n</section>\n", to);
}

/* The first line of an answer is the answer, the others say how sure it is. */
static void put_answer(FILE *to, const char *text)
{
    const char *mark = "strong";

    fputs("<p class=\"answer\">", to);
    while (*text) {
        size_t len = strcspn(text, "\n");
        char *line = strndup(text, len);

        if (!line)
            abort();
        fprintf(to, "<%s>", mark);
        html_text(to, line);
        fprintf(to, "</%s>\n", mark);
        free(line);
        mark = "small";
        text += len + (text[len] == '\n');
    }
    fputs("</p>\n", to);
}

static void put_saves(const struct report *r, FILE *to)
{
    char room[REPORT_ROOM];

    if (!*saves_told(r->saves, 0))
        return;
    fputs("<section aria-labelledby=\"saves\">\n<h2 id=\"saves\">From where on "
          "it saves time</h2>\n",
          to);
    for (size_t i = 0; *saves_told(r->saves, i); i++)
        put_answer(to, saves_told(r->saves, i));
    if (*saves_of(r->saves, report_rows(r), room, sizeof room))
        fprintf(to, "<p>%s</p>\n", room);
    fputs("</section>\n", to);
}

static bool in_doubt(const struct claim_line *l)
{
    return l->verdict != CLAIM_HOLDS && l->verdict != CLAIM_WITHIN;
}

static void put_chapter(FILE *to, const struct claim_line *l)
{
    fputs("<tr><th scope=\"rowgroup\" colspan=\"6\">", to);
    html_text(to, l->claim);
    fputs(" <span class=\"hint\">", to);
    html_text(to, l->source);
    fputs("</span></th></tr>\n", to);
}

static void put_note(FILE *to, const struct claim_line *l, const char *mark)
{
    if (*l->note) {
        fprintf(to, "<tr class=\"note\"%s><td colspan=\"6\">", mark);
        html_text(to, l->note);
        fputs("</td></tr>\n", to);
    }
    if (*l->run && in_doubt(l)) {
        fprintf(to, "<tr class=\"note\"%s><td colspan=\"6\">", mark);
        page_command(to, l->run);
        fputs("</td></tr>\n", to);
    }
}

static void put_claim(FILE *to, const struct claim_line *l)
{
    const char *mark = in_doubt(l) ? "" : " data-holds";
    char room[CLAIM_VERDICT_ROOM];

    fprintf(to, "<tr%s%s>", *l->note ? " class=\"noted\"" : "", mark);
    for (int c = 0; c < CLAIM_COLUMNS; c++) {
        if (c == 0)
            fputs("<td>", to);
        else if (c < CLAIM_COLUMNS - 1)
            fputs("<td class=\"m\">", to);
        else
            fprintf(to, "<td class=\"verdict %s\">",
                    claim_verdict_word(l->verdict));
        html_text(to, claim_cell(l, c, room));
        fputs("</td>", to);
    }
    fputs("</tr>\n", to);
    put_note(to, l, mark);
}

static void put_sum(const struct report *r, FILE *to)
{
    fputs("<p>", to);
    for (int v = 0; v < CLAIM_VERDICT_COUNT; v++) {
        size_t n = claims_count(r->claim, r->claims, (enum claim_verdict)v);

        if (n > 0)
            fprintf(to, "<span class=\"verdict %s\">%s: %zu</span> \n",
                    claim_verdict_word((enum claim_verdict)v),
                    claim_verdict_name((enum claim_verdict)v), n);
    }
    fputs("</p>\n<p class=\"hint\">“Holds”: counts are as expected in every "
          "world, and times in virtual time to the nanosecond. “Holds "
          "within”: so far were times in the kernel world off. “Does not "
          "hold”: all was measured as the book expects, and the source says "
          "otherwise. “FAILS”: something is not as the book expects. "
          "“Undecided”: rows that it needs do not count.</p>\n",
          to);
}

static void put_claims(const struct report *r, FILE *to)
{
    if (r->claims == 0)
        return;
    fputs("<section aria-labelledby=\"claims\">\n<h2 id=\"claims\">Claims</h2>"
          "\n",
          to);
    put_sum(r, to);
    fputs("<div class=\"controls js\"><label><input type=\"checkbox\" "
          "id=\"claims-doubts\"> only what does not simply hold</label></div>"
          "\n<div class=\"scroll whole\" role=\"region\" tabindex=\"0\" "
          "aria-labelledby=\"claims-caption\">\n<table id=\"claims-table\">\n"
          "<caption id=\"claims-caption\">What each source claims, what was "
          "expected, and what each world measured</caption>\n<thead><tr>",
          to);
    for (int c = 0; c < CLAIM_COLUMNS; c++)
        fprintf(to, "<th scope=\"col\">%s</th>", claim_titles[c]);
    fputs("</tr></thead>\n", to);
    for (size_t i = 0; i < r->claims; i++) {
        bool first =
            i == 0 || strcmp(r->claim[i].claim, r->claim[i - 1].claim) != 0;

        if (first)
            fputs(i ? "</tbody>\n<tbody>\n" : "<tbody>\n", to);
        if (first)
            put_chapter(to, &r->claim[i]);
        put_claim(to, &r->claim[i]);
    }
    fputs("</tbody>\n</table>\n</div>\n</section>\n", to);
}

static void put_file(const struct report *r, FILE *to, const char *name,
                     const char *end)
{
    char file[400];

    if (!r->linked)
        return;
    snprintf(file, sizeof file, "plots/%.300s.%s", name, end);
    fputs(" <a href=\"", to);
    html_path(to, file);
    fprintf(to, "\">.%s</a>", end);
}

static void put_plots(const struct report *r, FILE *to)
{
    if (r->plots == 0)
        return;
    fputs("<section aria-labelledby=\"plots\">\n<h2 id=\"plots\">Plots</h2>\n"
          "<div class=\"figures\">\n",
          to);
    for (size_t i = 0; i < r->plots; i++) {
        const struct report_plot *p = &r->plot[i];
        char prefix[32];

        snprintf(prefix, sizeof prefix, "plot%zu", i);
        fputs("<figure>\n", to);
        html_picture(to, p->svg, prefix, p->title);
        fputs("\n<figcaption>", to);
        html_text(to, p->title);
        fputs(":", to);
        put_file(r, to, p->name, "dat");
        put_file(r, to, p->name, "gp");
        fputs("</figcaption>\n</figure>\n", to);
    }
    fputs("</div>\n</section>\n", to);
}

static void put_charts(const struct report *r, FILE *to)
{
    if (r->charts == 0)
        return;
    fputs("<section aria-labelledby=\"charts\">\n<h2 id=\"charts\">Sequence "
          "charts</h2>\n<p class=\"hint\">Drawn from the packets that were "
          "kept; time runs downwards, and is to scale but for stretches that "
          "are marked as cut.</p>\n",
          to);
    for (size_t i = 0; i < r->charts; i++) {
        char prefix[32];

        snprintf(prefix, sizeof prefix, "chart%zu", i);
        fputs("<details><summary>", to);
        html_text(to, r->chart[i].title);
        fputs("</summary>\n<figure>\n", to);
        html_picture(to, r->chart[i].svg, prefix, r->chart[i].title);
        fputs("</figure>\n</details>\n", to);
    }
    if (r->charts_left > 0)
        fprintf(to,
                "<p class=\"hint\">%zu more captures are not drawn here: "
                "<code>turnaround analyze --sequence</code> draws any.</p>\n",
                r->charts_left);
    fputs("</section>\n", to);
}

static void put_repeat(const struct report *r, FILE *to)
{
    fputs("<section aria-labelledby=\"repeat\">\n<h2 id=\"repeat\">How to "
          "repeat it</h2>\n",
          to);
    if (*report_text_of(r, "command")) {
        fputs("<p>All of it, into a new folder:</p>\n", to);
        page_command(to, report_text_of(r, "command"));
    }
    fputs("<p>A row alone: its command stands in its last columns. Plots and "
          "this page from the files, without running anything:</p>\n",
          to);
    page_command(to, "turnaround plot DIR");
    page_command(to, "turnaround report DIR");
    fputs("</section>\n", to);
}

static void put_contents(const struct report *r, FILE *to)
{
    char room[REPORT_ROOM];

    fputs("<a class=\"skip\" href=\"#main\">To the content</a>\n<header>\n"
          "<h1>",
          to);
    html_text(to, report_title(r, room));
    fputs("</h1>\n<p class=\"lead\">", to);
    html_text(to, report_name(r));
    fprintf(to,
            ": %zu rows. Told by turnaround %s.</p>\n</header>\n"
            "<nav aria-label=\"Contents\">\n<ul>\n"
            "<li><a href=\"#run\">What was run</a></li>\n",
            report_rows(r), turnaround_version());
    if (*saves_told(r->saves, 0))
        fputs("<li><a href=\"#saves\">What it saves</a></li>\n", to);
    if (table_count(&r->cell) > 0)
        fputs("<li><a href=\"#cells\">Cells</a></li>\n", to);
    if (r->claims)
        fputs("<li><a href=\"#claims\">Claims</a></li>\n", to);
    if (r->plots)
        fputs("<li><a href=\"#plots\">Plots</a></li>\n", to);
    if (r->charts)
        fputs("<li><a href=\"#charts\">Sequence charts</a></li>\n", to);
    fputs("<li><a href=\"#rows\">Rows</a></li>\n"
          "<li><a href=\"#repeat\">How to repeat it</a></li>\n</ul>\n</nav>\n",
          to);
}

int report_html(const struct report *r, FILE *to)
{
    put_head(r, to);
    put_contents(r, to);
    fputs("<main id=\"main\">\n", to);
    put_run(r, to);
    put_saves(r, to);
    page_cells(r, to);
    put_claims(r, to);
    put_plots(r, to);
    put_charts(r, to);
    page_rows(r, to);
    put_repeat(r, to);
    fprintf(to, "</main>\n<script>%s</script>\n</body>\n</html>\n", report_js);
    return ferror(to) ? -1 : 0;
}
