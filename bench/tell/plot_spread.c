/* SPDX-License-Identifier: BSD-2-Clause */
/* How times are spread: for each mode the share of its runs that took at most
 * so long. */
#include "bench/tell/group.h"
#include "bench/tell/plot.h"
#include "bench/tell/stats.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_LEAST = 5 };

struct sample {
    char series[SERIES_MAX];
    double ms;
};

static int by_series_and_ms(const void *a, const void *b)
{
    const struct sample *p = a, *q = b;
    int order = series_order(p->series) - series_order(q->series);

    if (!order)
        order = strcmp(p->series, q->series);
    return order ? order : (p->ms > q->ms) - (p->ms < q->ms);
}

static struct sample *samples_of(const struct group *g)
{
    struct sample *s = calloc(g->count + 1, sizeof *s);

    if (!s)
        abort();
    for (size_t i = 0; i < g->count; i++) {
        series_of(g->row[i], s[i].series);
        s[i].ms = g->row[i]->closed_ms;
    }
    qsort(s, g->count, sizeof *s, by_series_and_ms);
    return s;
}

static size_t alike(const struct sample *s, size_t count)
{
    size_t n = 1;

    while (n < count && strcmp(s[n].series, s->series) == 0)
        n++;
    return n;
}

/* Steps: each run lifts the share by its part. */
static void write_steps(FILE *dat, const struct sample *s, size_t count)
{
    fprintf(dat, "# %s\n%.15g 0\n", s->series, s->ms);
    for (size_t i = 0; i < count; i++)
        fprintf(dat, "%.15g %.6g\n", s[i].ms,
                100 * (double)(i + 1) / (double)count);
    fputs("\n\n", dat);
}

static size_t write_curves(struct plot_page *page, const char *name,
                           const struct sample *s, size_t count)
{
    size_t curves = 0, unknown = 0, len;
    char *drawn = NULL, key[SERIES_MAX + 32];
    size_t size;
    FILE *to = open_memstream(&drawn, &size);

    if (!to)
        abort();
    fputs("# ms, percent of the runs that took no longer\n", page->dat);
    for (size_t at = 0; at < count; at += len) {
        len = alike(s + at, count - at);
        if (len < ROWS_LEAST)
            continue;
        gp_linestyle(page->gp, curves + 1, s[at].series, unknown);
        unknown += series_order(s[at].series) == series_order("");
        write_steps(page->dat, s + at, len);
        fprintf(to, "%s  '%s.dat' index %zu with steps ls %zu lw 2.5 title ",
                curves ? ", \\\n" : "", name, curves, curves + 1);
        snprintf(key, sizeof key, "%s: %zu runs", s[at].series, len);
        gp_quote(to, key);
        curves++;
    }
    fclose(to);
    fprintf(page->gp, "plot \\\n%s\n", drawn);
    free(drawn);
    return curves;
}

bool distribution_write(const struct plot *p, const struct rows *rows,
                        struct plot_page *page, char *why, size_t why_size)
{
    const struct grouping by = {
        .fixed = {GROUP_ROAD, [ROW_recipients] = true, [ROW_messages] = true,
                  [ROW_rtt_ms] = true},
        .x = ROW_WIDTH,
        .y = ROW_closed_ms,
        .measured_first = true};
    double low, high;
    struct group g;
    struct sample *s;
    size_t curves;

    if (!group_best(&g, rows, &by, why, why_size))
        return false;
    s = samples_of(&g);
    low = high = s->ms;
    for (size_t i = 0; i < g.count; i++) {
        low = s[i].ms < low ? s[i].ms : low;
        high = s[i].ms > high ? s[i].ms : high;
    }
    fprintf(page->gp,
            "set xlabel 'first SYN to last reply, ms%s'\n"
            "set ylabel 'share of the runs that took no longer'\n"
            "set format y '%%h %%%%'\nset yrange [0:104]\n"
            "set xrange [%g:%g]\n%s",
            low > 0 && high / low > 8 ? " (logarithmic)" : "", low * 0.95,
            high * 1.05, low > 0 && high / low > 8 ? "set logscale x\n" : "");
    curves = write_curves(page, p->name, s, g.count);
    snprintf(page->sub, sizeof page->sub, "%s", g.which);
    if (curves == 0 || low == high)
        snprintf(why, why_size,
                 curves ? "all runs took the same time"
                        : "fewer than %d runs of any mode under one condition",
                 ROWS_LEAST);
    free(s);
    group_release(&g);
    return curves > 0 && low < high;
}
