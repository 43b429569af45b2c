/* SPDX-License-Identifier: BSD-2-Clause */
/* Plots of one quantity over another, a curve for each mode: medians of what
 * was measured as points with their quartiles, over the lines of what the
 * protocol alone costs. */
#include "bench/tell/plot_lines.h"

#include "bench/tell/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int sample_order(const void *a, const void *b)
{
    const struct sample *p = a, *q = b;
    int order = series_order(p->series) - series_order(q->series);

    if (!order)
        order = strcmp(p->series, q->series);
    return order ? order : (p->x > q->x) - (p->x < q->x);
}

static struct sample *samples_of(const struct group *g, const struct lines *l)
{
    struct sample *s = calloc(g->count, sizeof *s);

    if (!s)
        abort();
    for (size_t i = 0; i < g->count; i++) {
        const struct row *r = g->row[i];

        series_of(r, s[i].series);
        s[i].x = row_number(r, &row_columns[l->by.x]);
        s[i].y = row_number(r, &row_columns[l->by.y]);
        s[i].floor = row_number(r, &row_columns[l->floor]);
        s[i].waits = row_number(r, &row_columns[ROW_turnarounds]);
    }
    qsort(s, g->count, sizeof *s, sample_order);
    return s;
}

/* How many samples from `s` on have its series, and its x if `same_x`. */
static size_t alike(const struct sample *s, size_t count, bool same_x)
{
    size_t n = 1;

    while (n < count && strcmp(s[n].series, s->series) == 0 &&
           (!same_x || s[n].x == s->x))
        n++;
    return n;
}

static void put_number(FILE *dat, double n)
{
    if (isnan(n))
        fputs(" NaN", dat);
    else
        fprintf(dat, " %.15g", n);
}

struct range {
    double low, high;
};

static void widen(struct range *r, double n)
{
    if (n < r->low)
        r->low = n;
    if (n > r->high)
        r->high = n;
}

/* The samples of one series at one x as a line of figures, of which what is
 * drawn goes to `drawn`. */
static void write_point(FILE *dat, const struct sample *s, size_t count,
                        struct range *drawn)
{
    double *y = calloc(2 * count, sizeof *y), *floor = y + count, least;
    struct spread spread;

    if (!y)
        abort();
    for (size_t i = 0; i < count; i++) {
        y[i] = s[i].y;
        floor[i] = s[i].floor;
    }
    spread = samples_spread(y, count);
    fprintf(dat, "%.15g %zu", s->x, spread.count);
    put_number(dat, spread.median);
    put_number(dat, spread.q1);
    put_number(dat, spread.q3);
    put_number(dat, spread.min);
    put_number(dat, spread.max);
    put_number(dat, least = samples_median(floor, count));
    widen(drawn, spread.q1);
    widen(drawn, spread.q3);
    widen(drawn, least);
    putc('\n', dat);
    free(y);
}

/* The name of a series, with the number of waits where all runs agree. */
static void key_name(const struct lines *l, const struct sample *s,
                     size_t count, char *room, size_t room_size)
{
    snprintf(room, room_size, "%s", s->series);
    if (!l->waits_in_key)
        return;
    for (size_t i = 0; i < count; i++)
        if (!(s[i].waits == s->waits)) /* NaN is no number of waits */
            return;
    snprintf(room, room_size, "%s: %.0f wait%s", s->series, s->waits,
             s->waits == 1 ? "" : "s");
}

/* The median of the samples of one series at one x. */
static double median_of(const struct sample *s, size_t count)
{
    double *y = calloc(count, sizeof *y), median;

    if (!y)
        abort();
    for (size_t i = 0; i < count; i++)
        y[i] = s[i].y;
    median = samples_median(y, count);
    free(y);
    return median;
}

/* Whether one of two curves hides the other: a difference of less than half a
 * per cent is not seen. */
static bool coincide(const struct sample *a, size_t a_count,
                     const struct sample *b, size_t b_count)
{
    size_t i = 0, k = 0;

    while (i < a_count && k < b_count && a[i].x == b[k].x) {
        size_t n = alike(a + i, a_count - i, true);
        size_t m = alike(b + k, b_count - k, true);
        double y = median_of(a + i, n);

        if (!(fabs(y - median_of(b + k, m)) <= 0.005 * fabs(y)))
            return false;
        i += n;
        k += m;
    }
    return i == a_count && k == b_count;
}

/* The first series of all that the one at `at` coincides with: where its
 * samples begin; `at` where there is none before it. */
static size_t leader_of(const struct sample *s, size_t count, size_t at)
{
    size_t own = alike(s + at, count - at, false), n;

    for (size_t i = 0; i < at; i += n) {
        n = alike(s + i, count - i, false);
        if (coincide(s + i, n, s + at, own))
            return i;
    }
    return at;
}

static bool is_wide(struct range r, double factor)
{
    return r.low > 0 && r.high / r.low >= factor;
}

/* An axis over counts has whole numbers at its tics, whatever its scale. */
static void whole_tics(FILE *gp, char axis, struct range r)
{
    static const int tic[] = {1,  2,  3,  4,   5,   7,   10,  15,  20,  30,
                              40, 50, 70, 100, 150, 200, 300, 500, 1000};

    fprintf(gp, "set %ctics (", axis);
    for (size_t i = 0; i < sizeof tic / sizeof tic[0]; i++)
        fprintf(gp, "%s%d", i ? "," : "", tic[i]);
    fputs(")\n", gp);
    if (is_wide(r, 8))
        fprintf(gp, "set logscale %c\nset %crange [%g:%g]\n", axis, axis,
                r.low * 0.85, r.high * 1.15);
    else
        fprintf(gp, "set %crange [%g:%g]\n", axis, r.low > 1 ? 0 : r.low - 0.5,
                r.high + 0.5);
}

static void write_axes(FILE *gp, const struct lines *l, struct range x,
                       struct range y)
{
    fputs("set xlabel ", gp);
    gp_quote(gp, l->x_label);
    fputs("\nset ylabel ", gp);
    gp_quote(gp, l->y_label);
    putc('\n', gp);
    if (l->whole) {
        whole_tics(gp, 'x', x);
        whole_tics(gp, 'y', y);
        return;
    }
    if (is_wide(x, 100) && is_wide(y, 100)) {
        fputs("set logscale xy\n", gp);
        return;
    }
    fprintf(gp, "set xrange [0:%g]\nset yrange [0:%g]\n", x.high * 1.04,
            y.high * 1.06);
}

/* The name of the series at `at`; of one that is hidden, with whose it is. */
static void name_in_key(const struct lines *l, const struct sample *s,
                        size_t count, size_t at, char *room, size_t room_size)
{
    size_t leader = leader_of(s, count, at);

    if (leader == at)
        key_name(l, s + at, alike(s + at, count - at, false), room, room_size);
    else
        snprintf(room, room_size, "%s, as %s", s[at].series, s[leader].series);
}

/* Lines first, so that points stand on top; then the key, an entry for each
 * series that shows both. */
static void write_plot(FILE *gp, const char *name, size_t series, char **key)
{
    fputs("plot \\\n", gp);
    for (size_t i = 0; i < series; i++)
        fprintf(gp,
                "  '%s.dat' index %zu using 1:8 with lines ls %zu notitle, "
                "\\\n",
                name, i, i + 1);
    for (size_t i = 0; i < series; i++)
        fprintf(gp,
                "  '%s.dat' index %zu using 1:3:4:5 with yerrorbars ls %zu "
                "dt solid notitle, \\\n",
                name, i, i + 1);
    for (size_t i = 0; i < series; i++) {
        fputs("  NaN with linespoints ls ", gp);
        fprintf(gp, "%zu title ", i + 1);
        gp_quote(gp, key[i]);
        fputs(i + 1 < series ? ", \\\n" : "\n", gp);
    }
}

void lines_draw(const struct lines *l, const struct plot *p,
                const struct sample *s, size_t count, struct plot_page *page)
{
    char **key = calloc(count, sizeof *key), name[2 * SERIES_MAX + 32];
    size_t series = 0, unknown = 0, longest = 0, len;
    struct range x = {INFINITY, -INFINITY}, y = x;

    if (!key)
        abort();
    fputs("# x, samples, median, quartiles 1 and 3, min, max, the line\n",
          page->dat);
    for (size_t at = 0; at < count; at += len) {
        len = alike(s + at, count - at, false);
        name_in_key(l, s, count, at, name, sizeof name);
        if (!(key[series++] = strdup(name)))
            abort();
        longest = strlen(name) > longest ? strlen(name) : longest;
        gp_linestyle(page->gp, series, s[at].series, unknown);
        unknown += series_order(s[at].series) == series_order("");
        fprintf(page->dat, "%s# %s\n", at ? "\n\n" : "", s[at].series);
        for (size_t i = at, n; i < at + len; i += n) {
            n = alike(s + i, at + len - i, true);
            write_point(page->dat, s + i, n, &y);
            widen(&x, s[i].x);
        }
    }
    gp_key_fit(page->gp, longest);
    write_axes(page->gp, l, x, y);
    write_plot(page->gp, p->name, series, key);
    for (size_t i = 0; i < series; i++)
        free(key[i]);
    free(key);
}

static bool lines_write(const struct lines *l, const struct plot *p,
                        const struct rows *rows, struct plot_page *page,
                        char *why, size_t why_size)
{
    struct group g;
    struct sample *s;

    if (!group_best(&g, rows, &l->by, why, why_size))
        return false;
    snprintf(page->sub, sizeof page->sub, "%s; %s", l->what, g.which);
    s = samples_of(&g, l);
    lines_draw(l, p, s, g.count, page);
    free(s);
    group_release(&g);
    return true;
}

bool time_by_rtt_write(const struct plot *p, const struct rows *rows,
                       struct plot_page *page, char *why, size_t why_size)
{
    const struct lines lines = {
        .by = {.fixed =
                   {GROUP_ROAD, [ROW_recipients] = true, [ROW_messages] = true},
               .x = ROW_rtt_ms,
               .y = ROW_closed_ms,
               .measured_first = true},
        .floor = ROW_floor_ms,
        .x_label = "round-trip time, ms",
        .y_label = "first SYN to last reply, ms",
        .what = "points: measured, with quartiles; lines: the floor",
        .waits_in_key = true,
    };

    return lines_write(&lines, p, rows, page, why, why_size);
}

bool turnarounds_by_recipients_write(const struct plot *p,
                                     const struct rows *rows,
                                     struct plot_page *page, char *why,
                                     size_t why_size)
{
    const struct lines lines = {
        .by = {.fixed = {GROUP_ROAD, [ROW_messages] = true},
               .x = ROW_recipients,
               .y = ROW_turnarounds,
               .measured_first = true},
        .floor = ROW_turnarounds_predicted,
        .x_label = "recipients",
        .y_label = "turnarounds",
        .what = "points: counted; lines: by the plan",
        .whole = true,
    };

    return lines_write(&lines, p, rows, page, why, why_size);
}

bool turnarounds_by_messages_write(const struct plot *p,
                                   const struct rows *rows,
                                   struct plot_page *page, char *why,
                                   size_t why_size)
{
    const struct lines lines = {
        .by = {.fixed = {GROUP_ROAD, [ROW_recipients] = true},
               .x = ROW_messages,
               .y = ROW_turnarounds,
               .measured_first = true},
        .floor = ROW_turnarounds_predicted,
        .x_label = "messages in the session",
        .y_label = "turnarounds",
        .what = "points: counted; lines: by the plan",
        .whole = true,
    };

    return lines_write(&lines, p, rows, page, why, why_size);
}
