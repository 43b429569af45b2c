/* SPDX-License-Identifier: BSD-2-Clause */
/* The page: plain HTML with the pictures inside. */
#include "bench/tell/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tell/plot.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>turnaround: report</title>\n<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:16px/1.45 system-ui,sans-serif;margin:2rem auto;"
    "max-width:72rem;padding:0 1rem}\n"
    "table{border-collapse:collapse;font-size:.9rem;width:100%}\n"
    "th,td{text-align:left;padding:.25rem .7rem;border-bottom:1px solid "
    "#8886;vertical-align:top}\n"
    "td.n{font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    ".holds{color:#1a7f37}.fails,.undecided{color:#c62828;font-weight:bold}"
    ".skipped{opacity:.7}\n"
    "@media(prefers-color-scheme:dark){.holds{color:#5fd787}.fails{color:"
    "#ff7b72}}\n"
    "th.group{padding-top:1.2rem}\n"
    "figure{margin:1.5rem 0;background:#fff;color:#000;border-radius:6px;"
    "padding:.5rem}\nfigure svg{width:100%;height:auto}\n"
    "code{font-size:.85rem;overflow-wrap:anywhere}\n</style>\n</head>\n<body>\n"
    "<main>\n<h1>What does a round trip cost?</h1>\n";

static void escape(FILE *to, const char *s)
{
    for (; *s; s++)
        switch (*s) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            fputc(*s, to);
        }
}

static void cell(FILE *to, const char *class, const char *s)
{
    fprintf(to, "<td class=\"%s\">", class);
    escape(to, *s ? s : "–");
    fputs("</td>", to);
}

static const char *class_of(enum claim_verdict v)
{
    static const char *const classes[] = {"holds", "fails", "undecided",
                                          "skipped"};

    return classes[v];
}

static void write_claim(FILE *to, const struct claim_line *l)
{
    fputs("<tr>", to);
    cell(to, "", l->says);
    cell(to, "n", l->expected);
    cell(to, "n", l->ideal);
    cell(to, "n", l->ns3);
    cell(to, "n", l->kernel);
    cell(to, class_of(l->verdict), claim_verdict_name(l->verdict));
    fputs("</tr>\n", to);
    if (!*l->note)
        return;
    fputs("<tr><td colspan=\"6\">", to);
    escape(to, l->note);
    fputs("</td></tr>\n", to);
}

static void write_claims(FILE *to, const struct claim_line *line, size_t lines)
{
    fprintf(to,
            "<h2 id=\"claims\">Claims</h2>\n<p>%zu hold, %zu fail, %zu are "
            "undecided, %zu were "
            "skipped.</p>\n<table>\n<thead><tr><th>claim</th><th>expected</th>"
            "<th>ideal world</th><th>ns3 world</th><th>kernel world</th>"
            "<th>verdict</th></tr>"
            "</thead>\n<tbody>\n",
            claims_count(line, lines, CLAIM_HOLDS),
            claims_count(line, lines, CLAIM_FAILS),
            claims_count(line, lines, CLAIM_UNDECIDED),
            claims_count(line, lines, CLAIM_SKIPPED));
    for (size_t i = 0; i < lines; i++) {
        if (i == 0 || strcmp(line[i].claim, line[i - 1].claim) != 0) {
            fputs("<tr><th class=\"group\" colspan=\"6\">", to);
            escape(to, line[i].claim);
            fputs(": ", to);
            escape(to, line[i].source);
            fputs("</th></tr>\n", to);
        }
        write_claim(to, &line[i]);
    }
    fputs("</tbody>\n</table>\n", to);
}

/* The SVG without what stands before its root element. */
static void write_picture(FILE *to, const char *path, const char *title)
{
    FILE *in = fopen(path, "re");
    char line[4096];
    bool begun = false;

    if (!in)
        return;
    fputs("<figure>\n", to);
    while (fgets(line, sizeof line, in)) {
        const char *root = begun ? line : strstr(line, "<svg");

        begun = root != NULL;
        if (root)
            fputs(root, to);
    }
    fputs("<figcaption>", to);
    escape(to, title);
    fputs("</figcaption>\n</figure>\n", to);
    fclose(in);
}

static void write_pictures(FILE *to, const char *page)
{
    const char *slash = strrchr(page, '/');
    int folder = slash ? (int)(slash - page) : 1;
    char path[1200];

    fputs("<h2 id=\"plots\">Plots</h2>\n", to);
    for (size_t i = 0; i < plots_count; i++) {
        snprintf(path, sizeof path, "%.*s/plots/%s.svg", folder,
                 slash ? page : ".", plots[i].name);
        write_picture(to, path, plots[i].title);
    }
}

int report_write(const char *path, const struct results *r,
                 const struct claim_line *line, size_t lines, char *why,
                 size_t why_size)
{
    FILE *to = fopen(path, "we");

    if (!to) {
        snprintf(why, why_size, "%s: %s", path, strerror(errno));
        return -1;
    }
    fputs(head, to);
    fprintf(to, "<p>%zu rows, started %s by version %s. To repeat: <code>",
            r->rows.count, r->started, r->version);
    escape(to, r->command);
    fputs("</code>. The rows are in <a href=\"rows.csv\">rows.csv</a> and "
          "<a href=\"result.json\">result.json</a>, what they were run on in "
          "<a href=\"host.json\">host.json</a>.</p>\n",
          to);
    write_claims(to, line, lines);
    write_pictures(to, path);
    fputs("</main>\n</body>\n</html>\n", to);
    if (ferror(to) | fclose(to)) {
        snprintf(why, why_size, "%s: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}
