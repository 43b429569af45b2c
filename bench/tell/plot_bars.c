/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the time went: a bar for each mode, cut into what it was spent on. */
#include "bench/tell/group.h"
#include "bench/tell/plot.h"
#include "bench/tell/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The parts of a bar, in the order of a session with STARTTLS. Light and dark
 * change about, so that neighbours differ in black and white as well. `light`:
 * the letters on it must be dark. */
/* clang-format off */
#define PARTS(X)                                                               \
    X(tcp_handshake_ms,  "TCP handshake",    "TCP",       "#333333", false)    \
    X(wait_greeting_ms,  "greeting",         "greet",     "#b3b3b3", true)     \
    X(wait_ehlo_ms,      "EHLO",             "EHLO",      "#0072b2", false)    \
    X(wait_tls_ms,       "TLS",              "TLS",       "#ddb892", true)     \
    X(wait_envelope_ms,  "MAIL and RCPT",    "MAIL",      "#f0e442", true)     \
    X(wait_data_ms,      "DATA",             "DATA",      "#009e73", false)    \
    X(wait_body_ms,      "end of body",      "body",      "#a6dcf7", true)     \
    X(wait_quit_ms,      "QUIT",             "QUIT",      "#d55e00", false)    \
    X(wait_other_ms,     "other replies",    "other",     "#eec3da", true)     \
    X(serialisation_ms,  "bits on the wire", "wire",      "#7b3294", false)    \
    X(server_think_ms,   "server thinking",  "server",    "#fdb863", true)

#define X(column, text, brief, colour, light)                                 \
    {ROW_##column, text, brief, colour, light},
static const struct part {
    enum row_column column;
    const char *text, *brief, *colour; /* brief: where room is short */
    bool light;
} parts[] = {PARTS(X) {ROW_WIDTH, "remainder", "rest", "#ffffff", true}};
#undef X
#define X(column, ...) PART_##column,
enum { PARTS(X) PART_REST, PART_COUNT };
#undef X
/* clang-format on */

struct bar {
    char series[SERIES_MAX];
    double ms[PART_COUNT];
    double total;
    bool beside; /* sessions side by side wait for longer than they take */
};

static int by_series(const void *a, const void *b)
{
    const struct bar *p = a, *q = b;
    int order = series_order(p->series) - series_order(q->series);

    return order ? order : strcmp(p->series, q->series);
}

static double known(double n)
{
    return isnan(n) ? 0 : n;
}

static double sum_of(const struct bar *b, int first, int last)
{
    double sum = 0;

    for (int i = first; i <= last; i++)
        sum += b->ms[i];
    return sum;
}

/* A wait lasts until the reply is there, so it holds the time that its bits
 * took on the wire, nearly all of it the body's, and the server's thinking,
 * which is spread over all waits. Both stand apart in the bar: as far as the
 * parts would add up to more than the whole, they are taken out of the
 * waits. */
static void take_apart(struct bar *b)
{
    double over = sum_of(b, 0, PART_REST - 1) - b->total, bits, waits;

    over = fmin(fmax(over, 0),
                b->ms[PART_serialisation_ms] + b->ms[PART_server_think_ms]);
    bits = fmin(fmin(over, b->ms[PART_serialisation_ms]),
                b->ms[PART_wait_body_ms]);
    b->ms[PART_wait_body_ms] -= bits;
    over -= bits;
    waits = sum_of(b, PART_wait_greeting_ms, PART_wait_other_ms);
    for (int i = PART_wait_greeting_ms; i <= PART_wait_other_ms; i++)
        if (waits > 0)
            b->ms[i] -= b->ms[i] * fmin(over / waits, 1);
}

static struct bar bar_of(const struct row *r)
{
    struct bar b = {.total = r->closed_ms};

    series_of(r, b.series);
    for (int i = 0; i < PART_REST; i++)
        b.ms[i] = known(row_number(r, &row_columns[parts[i].column]));
    take_apart(&b);
    b.beside = sum_of(&b, 0, PART_REST - 1) > 1.01 * b.total;
    b.ms[PART_REST] = fmax(b.total - sum_of(&b, 0, PART_REST - 1), 0);
    return b;
}

static double median_of(const struct bar *b, size_t count, int part)
{
    double *sample = calloc(count, sizeof *sample), median;

    if (!sample)
        abort();
    for (size_t i = 0; i < count; i++)
        sample[i] = part == PART_COUNT ? b[i].total : b[i].ms[part];
    median = samples_median(sample, count);
    free(sample);
    return median;
}

/* Puts the bars of each series together, by the medians of their parts.
 * Returns how many are left. */
static size_t bars_merge(struct bar *b, size_t count)
{
    size_t series = 0, n;

    qsort(b, count, sizeof *b, by_series);
    for (size_t at = 0; at < count; at += n, series++) {
        struct bar merged;

        for (n = 1; at + n < count; n++)
            if (strcmp(b[at + n].series, b[at].series) != 0)
                break;
        merged = b[at];
        for (int part = 0; part < PART_COUNT; part++)
            merged.ms[part] = median_of(b + at, n, part);
        merged.total = median_of(b + at, n, PART_COUNT);
        b[series] = merged;
    }
    return series;
}

/* So many bars are too low for a second line of letters. */
static bool is_crowded(size_t bars)
{
    return bars > 8;
}

/* What is printed in a box: its name, as far as there is room (seven units a
 * letter, in a plot some 530 wide), and its length in ms. Two texts, of which
 * one is empty, since two lines are placed otherwise than one. */
static void write_label(FILE *dat, const struct part *p, double ms,
                        double longest, bool one_line)
{
    double letters = ms / longest * 530 / 7 - 1;
    const char *text = one_line                              ? NULL
                       : letters >= (double)strlen(p->text)  ? p->text
                       : letters >= (double)strlen(p->brief) ? p->brief
                                                             : NULL;
    int decimals = longest < 20 ? 1 : 0;

    if (text)
        fprintf(dat, "\"%s\\n%.*f\" \"\"\n", text, decimals, ms);
    else if (letters >= 3)
        fprintf(dat, "\"\" \"%.*f\"\n", decimals, ms);
    else
        fputs("\"\" \"\"\n", dat);
}

/* One block for each part: a line for each bar that has it, with the box's
 * place and its length in ms where there is room to print it. */
static void write_boxes(FILE *dat, const struct bar *b, size_t bars,
                        double longest)
{
    fputs("# bar, from ms, to ms, ms, label of two lines, of one\n", dat);
    for (int part = 0; part < PART_COUNT; part++) {
        fprintf(dat, "%s# %s\n", part ? "\n\n" : "", parts[part].text);
        for (size_t i = 0; i < bars; i++) {
            double from = 0, ms = b[i].ms[part];

            for (int before = 0; before < part; before++)
                from += b[i].ms[before];
            fprintf(dat, "%zu %.15g %.15g %.15g ", i, from, from + ms, ms);
            write_label(dat, &parts[part], ms, longest, is_crowded(bars));
        }
    }
}

static bool part_is_there(const struct bar *b, size_t bars, int part,
                          double longest)
{
    for (size_t i = 0; i < bars; i++)
        if (b[i].ms[part] > longest / 200)
            return true;
    return false;
}

/* The boxes of a part, and what is printed in them. gnuplot puts the middle of
 * a text's first line at its place: of two lines, that is half a line high. */
static void write_part(FILE *gp, const char *name, int part)
{
    const char *ink = parts[part].light ? "#111111" : "#ffffff";

    fprintf(gp,
            "  '%s.dat' index %d using 2:1:2:3:($1-0.32):($1+0.32) "
            "with boxxyerror fc rgb '%s' lw 0.7 title ",
            name, part, parts[part].colour);
    gp_quote(gp, parts[part].text);
    for (int lines = 2; lines >= 1; lines--)
        fprintf(gp,
                ", \\\n  '' index %d using (($2+$3)/2):1:%d with labels "
                "offset 0,%s font ',11' textcolor rgb '%s' notitle",
                part, lines == 2 ? 5 : 6, lines == 2 ? "0.35" : "0", ink);
    fputs(", \\\n", gp);
}

/* Behind the bar. */
static void write_total(FILE *gp, const struct bar *b, size_t place,
                        double longest)
{
    double sum = sum_of(b, 0, PART_REST);

    fprintf(gp, "set label '%.*f%s' at %g,%zu left offset 0.6,0 font ',14'\n",
            longest < 20 ? 1 : 0, b->total, b->beside ? ", side by side" : "",
            fmax(sum, b->total), place);
}

static void write_plot(FILE *gp, const char *name, const struct bar *b,
                       size_t bars, double longest)
{
    fprintf(gp,
            "set xlabel 'ms from the first SYN'\nset xrange [0:%g]\n"
            "set yrange [%g:-0.6]\nset lmargin at screen 0.16\n"
            "unset grid\nset grid xtics lc rgb '#d8d8d8' lw 1 dt solid\n"
            "set border 1\nset style fill solid 1 border rgb '#222222'\n"
            "set ytics scale 0 (",
            longest * 1.09, (double)bars - 0.4);
    for (size_t i = 0; i < bars; i++) {
        fputs(i ? ", " : "", gp);
        gp_quote(gp, b[i].series);
        fprintf(gp, " %zu", i);
    }
    fputs(")\n", gp);
    for (size_t i = 0; i < bars; i++)
        write_total(gp, &b[i], i, longest);
    fputs("plot \\\n", gp);
    for (int part = 0; part < PART_COUNT; part++)
        if (part_is_there(b, bars, part, longest))
            write_part(gp, name, part);
    fputs("  NaN notitle\n", gp);
}

bool where_time_went_write(const struct plot *p, const struct rows *rows,
                           struct plot_page *page, char *why, size_t why_size)
{
    const struct grouping by = {
        .fixed = {GROUP_ROAD, [ROW_recipients] = true, [ROW_messages] = true,
                  [ROW_rtt_ms] = true},
        .x = ROW_WIDTH,
        .y = ROW_wait_body_ms,
        .measured_first = true};
    double longest = 0;
    struct group g;
    struct bar *b;
    size_t bars;

    if (!group_best(&g, rows, &by, why, why_size))
        return false;
    snprintf(page->sub, sizeof page->sub, "medians; %s", g.which);
    if (!(b = calloc(g.count, sizeof *b)))
        abort();
    for (size_t i = 0; i < g.count; i++)
        b[i] = bar_of(g.row[i]);
    bars = bars_merge(b, g.count);
    for (size_t i = 0; i < bars; i++)
        longest = fmax(longest, fmax(b[i].total, sum_of(&b[i], 0, PART_REST)));
    write_boxes(page->dat, b, bars, longest);
    write_plot(page->gp, p->name, b, bars, longest);
    free(b);
    group_release(&g);
    return true;
}
