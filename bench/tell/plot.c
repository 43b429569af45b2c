/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/plot.h"

#include "bench/tell/beside.h"
#include "bench/tell/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define X(name, title) {#name, title, name##_write},
const struct plot plots[] = {PLOTS(X)};
#undef X
const size_t plots_count = sizeof plots / sizeof plots[0];

void gp_quote(FILE *gp, const char *text)
{
    putc('\'', gp);
    for (; *text; text++) {
        if (*text == '\'')
            putc('\'', gp);
        putc(*text == '\n' ? ' ' : *text, gp);
    }
    putc('\'', gp);
}

const char *gp_series_name(size_t k)
{
    static const char *const names[] = {
        "lockstep",         "pipelining",  "early",
        "chunking-last",    "early, BDAT", "bsmtp",
        "chunking-collect", "chunking",    "quickstart-a",
        "quickstart-b",     "qmtp",        "pipelining-probe"};

    return k < sizeof names / sizeof names[0] ? names[k] : "";
}

void gp_key_fit(FILE *gp, size_t letters)
{
    if (letters > 21)
        fprintf(gp, "set key font ',%d'\n", letters > 27 ? 10 : 12);
}

void gp_linestyle(FILE *gp, size_t number, const char *series, size_t unknown)
{
    struct look look = series_look(series, unknown);

    fprintf(gp, "set style line %zu lc rgb '%s' lw 2 pt %d ps 1.1 dt %s\n",
            number, look.colour, look.point, look.dash);
}

/* One look for all plots: the same page, letters, margins and grid, whatever
 * the format. Sizes are chosen so that letters are legible when the picture
 * is as wide as a page of print. */
static void write_head(FILE *gp, const char *name)
{
    fprintf(gp,
            "# Made by `turnaround plot`. To draw it again, in this folder:\n"
            "#     gnuplot %s.gp\n"
            "#     gnuplot -e \"format='png'\" %s.gp     (or pdf)\n"
            "if (!exists('format')) format = 'svg'\n"
            "if (format eq 'svg') set terminal svg noenhanced size 960,600 "
            "font 'Helvetica,Arial,sans-serif,15' background '#ffffff'\n"
            "if (format eq 'png') set terminal pngcairo noenhanced "
            "size 1600,1000 font 'Sans,15' fontscale 1.25 linewidth 1.6 "
            "pointscale 1.6 background '#ffffff'\n"
            "if (format eq 'pdf') set terminal pdfcairo noenhanced "
            "size 18cm,11.25cm font 'Sans,8.5' linewidth 1.2 pointscale 0.6\n"
            "if (!exists('picture')) picture = '%s.'.format\n"
            "set output picture\n"
            "set encoding utf8\n"
            "set border 3 lc rgb '#444444'\n"
            "set tics nomirror out textcolor rgb '#222222'\n"
            "set format '%%h'\n" /* by default with a blank, off its tic */
            "set grid lc rgb '#d8d8d8' lw 1 dt solid\n"
            "set lmargin at screen 0.115\nset rmargin at screen 0.725\n"
            "set tmargin at screen 0.84\nset bmargin at screen 0.17\n"
            "set key at screen 0.74,0.85 left top Left reverse "
            "samplen 4 spacing 1.35\n",
            name, name, name);
}

/* Cuts a text at `max` bytes, between letters of UTF-8. */
static void cut(char *text, size_t max)
{
    if (strlen(text) <= max)
        return;
    while (max && (text[max] & 0xC0) == 0x80)
        max--;
    strcpy(text + max, "…");
}

/* Cuts a text in two lines, behind a condition. Returns the second, which is
 * empty where one is enough. */
static char *wrap(char *text, size_t max)
{
    char *end = text + strlen(text), *at = end;

    if (strlen(text) <= max)
        return end;
    for (char *next = text; (next = strstr(next, "; ")) && next < text + max;
         next += 2)
        at = next;
    if (at == end)
        return end;
    at[1] = '\0';
    return at + 2;
}

/* The line below the title, or two. */
static void write_sub(FILE *gp, const char *text)
{
    enum { LINE = 135 };
    char sub[600], *more;

    snprintf(sub, sizeof sub - 8, "%s", text);
    more = wrap(sub, LINE);
    cut(more, LINE);
    if (!*more)
        cut(sub, LINE);
    fputs("set label 1002 ", gp);
    gp_quote(gp, sub);
    fputs(" at screen 0.02,0.905 left font ',12' textcolor rgb '#444444'\n"
          "set label 1005 ",
          gp);
    gp_quote(gp, more);
    fputs(" at screen 0.02,0.877 left font ',12' textcolor rgb '#444444'\n",
          gp);
}

/* At the foot: the command in one line or two, and who ran it when. The second
 * begins with a blank, since gnuplot takes no quote there. */
static void write_source(FILE *gp, const struct plot_sheet *s)
{
    enum { LINE = 120 };
    static const char style[] = "font ',10' textcolor rgb '#666666'\n";
    char source[600], *more, *at;

    snprintf(source, sizeof source - 8, "%s", s->command ? s->command : "");
    more = source + strlen(source);
    if (strlen(source) > LINE) {
        for (at = source; (at = strchr(at + 1, ' ')) && at < source + LINE;)
            more = at;
        if (*more) {
            memmove(more + 1, more, strlen(more) + 1);
            *more++ = '\0';
            cut(more, LINE);
        } else {
            cut(source, LINE);
        }
    }
    fputs("set label 1003 ", gp);
    gp_quote(gp, source);
    fprintf(gp, " at screen 0.02,%s left %sset label 1006 ",
            *more ? "0.032" : "0.025", style);
    gp_quote(gp, more);
    fprintf(gp, " at screen 0.02,0.01 left %sset label 1004 ", style);
    snprintf(source, sizeof source, "turnaround %.40s  %.10s",
             s->version ? s->version : "", s->started);
    gp_quote(gp, source);
    fprintf(gp, " at screen 0.98,0.025 right %s", style);
}

/* Title, what is below it, and where the figures are from. */
static void write_titles(FILE *gp, const struct plot_sheet *s)
{
    fputs("set label 1001 ", gp);
    gp_quote(gp, s->title);
    fputs(" at screen 0.02,0.955 left font ',19'\n", gp);
    write_sub(gp, s->sub);
    write_source(gp, s);
}

static int failed(const char *name, const char *end, char *why, size_t why_size)
{
    size_t used = strlen(why);

    snprintf(why + used, why_size - used, "%s%s.%s: %s", used ? "; " : "", name,
             end, strerror(errno));
    return -1;
}

/* Figures or commands, beside what is there of them. */
static int write_beside(struct beside *file, const char *folder,
                        const char *name, const char *end, const char *text,
                        char *why, size_t why_size)
{
    char full[128];

    snprintf(full, sizeof full, "%s.%s", name, end);
    if (beside_open(file, folder, full) < 0)
        return failed(name, end, why, why_size);
    fputs(text, file->to);
    if (beside_end(file) == 0)
        return 0;
    failed(name, end, why, why_size);
    beside_drop(file);
    return -1;
}

/* Both or none, since each is of no use with another's other. */
static int write_both(const struct plot_sheet *s, const char *folder,
                      const char *commands, char *why, size_t why_size)
{
    struct beside dat, gp;

    if (write_beside(&dat, folder, s->name, "dat", s->dat, why, why_size) < 0)
        return -1;
    if (write_beside(&gp, folder, s->name, "gp", commands, why, why_size) < 0) {
        beside_drop(&dat);
        return -1;
    }
    if (beside_keep(&dat) < 0) {
        failed(s->name, "dat", why, why_size);
        beside_drop(&gp);
        return -1;
    }
    return beside_keep(&gp) < 0 ? failed(s->name, "gp", why, why_size) : 0;
}

int plot_sheet_write(const struct plot_sheet *s, const char *folder, char *why,
                     size_t why_size)
{
    char *text = NULL;
    size_t len;
    FILE *gp = open_memstream(&text, &len);
    int result;

    if (!gp)
        abort();
    write_head(gp, s->name);
    write_titles(gp, s);
    fputs(s->gp, gp);
    fclose(gp);
    result = write_both(s, folder, text, why, why_size);
    free(text);
    return result;
}

int plot_write(const struct plot *p, const struct results *r,
               const char *folder, char *why, size_t why_size)
{
    char *dat = NULL, *body = NULL;
    size_t dat_len, body_len;
    struct plot_page page = {.dat = open_memstream(&dat, &dat_len),
                             .gp = open_memstream(&body, &body_len)};
    struct plot_sheet sheet = {.name = p->name,
                               .title = p->title,
                               .sub = page.sub,
                               .command = r->command,
                               .version = r->version,
                               .started = r->started};
    int status;

    if (!page.dat || !page.gp)
        abort();
    status = p->write(p, &r->rows, &page, why, why_size);
    fclose(page.dat);
    fclose(page.gp);
    sheet.dat = dat;
    sheet.gp = body;
    if (status) {
        *why = '\0';
        status = plot_sheet_write(&sheet, folder, why, why_size) < 0 ? -1 : 1;
    }
    free(dat);
    free(body);
    return status;
}
