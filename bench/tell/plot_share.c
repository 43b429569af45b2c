/* SPDX-License-Identifier: BSD-2-Clause */
/* The introduction of RFC 1854 says that waiting is most of the time that a
 * session takes. Its share over the round trip: a panel for each rate (side
 * by side) and mode (one below the other), a curve for each size of body. */
#include "bench/tell/group.h"
#include "bench/tell/plot.h"
#include "bench/tell/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MODES_MAX = 3, RATES_MAX = 4, BODIES_MAX = 5, ROAD_MAX = 80, WAY = 34 };

struct share {
    char series[SERIES_MAX];
    char road[ROAD_MAX]; /* the link's words but its delay */
    double rate_bps;     /* of these, for their order */
    double body, rtt, share;
};

/* The words' rate, or infinity; only to set panels in order. */
static double rate_of(const char *road)
{
    const char *at = strstr(road, "rate ");
    double rate;
    char *unit;

    if (!at)
        return INFINITY;
    rate = strtod(at + 5, &unit);
    rate *= *unit == 'g' ? 1e9 : *unit == 'm' ? 1e6 : *unit == 'k' ? 1e3 : 1;
    return strncmp(unit + (*unit != 'b'), "bps", 3) == 0 ? 8 * rate : rate;
}

static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

static int by_panel_and_curve(const void *a, const void *b)
{
    const struct share *p = a, *q = b;
    int order = series_order(p->series) - series_order(q->series);

    order = order ? order : strcmp(p->series, q->series);
    order = order ? order : compare(p->rate_bps, q->rate_bps);
    order = order ? order : strcmp(p->road, q->road);
    order = order ? order : compare(p->body, q->body);
    return order ? order : compare(p->rtt, q->rtt);
}

static bool same_panel(const struct share *a, const struct share *b)
{
    return strcmp(a->series, b->series) == 0 && strcmp(a->road, b->road) == 0;
}

static bool same_curve(const struct share *a, const struct share *b)
{
    return same_panel(a, b) && a->body == b->body;
}

/* The way back only where it is another. */
static void road_of(const struct row *r, char road[ROAD_MAX])
{
    char up[WAY], down[WAY];

    link_but_delay(r->uplink ? r->uplink : "", up, sizeof up);
    link_but_delay(r->downlink ? r->downlink : "", down, sizeof down);
    if (strcmp(up, down) == 0)
        snprintf(road, ROAD_MAX, "%s", up);
    else
        snprintf(road, ROAD_MAX, "up %s, down %s", *up ? up : "free",
                 *down ? down : "free");
}

static struct share *shares_of(const struct group *g)
{
    struct share *s = calloc(g->count, sizeof *s);

    if (!s)
        abort();
    for (size_t i = 0; i < g->count; i++) {
        const struct row *r = g->row[i];

        series_of(r, s[i].series);
        road_of(r, s[i].road);
        s[i].rate_bps = rate_of(s[i].road);
        s[i].body = row_number(r, &row_columns[ROW_body_bytes]);
        s[i].rtt = r->rtt_ms;
        s[i].share = row_number(r, &row_columns[ROW_turnarounds]) * r->rtt_ms /
                     r->closed_ms;
    }
    qsort(s, g->count, sizeof *s, by_panel_and_curve);
    return s;
}

/* How many of `s` are of the curve that begins there, and at how many round
 * trips. */
static size_t curve_length(const struct share *s, size_t count, size_t *rtts)
{
    size_t n = 0;

    *rtts = 0;
    for (; n < count && same_curve(s, s + n); n++)
        *rtts += n == 0 || s[n].rtt != s[n - 1].rtt;
    return n;
}

/* A body that was sent over a road or two is no curve: it goes, unless there
 * is nothing else. Returns how many samples stay. */
static size_t drop_dots(struct share *s, size_t count)
{
    size_t most = 0, rtts, kept = 0, len;

    for (size_t at = 0; at < count; at += len) {
        len = curve_length(s + at, count - at, &rtts);
        most = rtts > most ? rtts : most;
    }
    for (size_t at = 0; at < count; at += len) {
        len = curve_length(s + at, count - at, &rtts);
        if (most < 3 || rtts >= 3) {
            memmove(s + kept, s + at, len * sizeof *s);
            kept += len;
        }
    }
    return kept;
}

struct page_plan { /* which panels and curves there is room for */
    char mode[MODES_MAX][SERIES_MAX];
    char road[RATES_MAX][ROAD_MAX];
    double body[BODIES_MAX];
    int modes, roads, bodies;
    bool all; /* no panel and no curve was left out */
};

static int mode_place(const struct page_plan *p, const char *series)
{
    for (int i = 0; i < p->modes; i++)
        if (strcmp(p->mode[i], series) == 0)
            return i;
    return -1;
}

static int road_place(const struct page_plan *p, const char *road)
{
    for (int i = 0; i < p->roads; i++)
        if (strcmp(p->road[i], road) == 0)
            return i;
    return -1;
}

static int body_place(const struct page_plan *p, double body)
{
    for (int i = 0; i < p->bodies; i++)
        if (p->body[i] == body)
            return i;
    return -1;
}

/* The samples are sorted by mode, then by rate, then by body: panels are met
 * in their order within the first mode, and bodies within the first panel. */
static struct page_plan plan_of(const struct share *s, size_t count)
{
    struct page_plan p = {.all = true};

    for (size_t i = 0; i < count; i++) {
        if (mode_place(&p, s[i].series) < 0) {
            if (p.modes < MODES_MAX)
                strcpy(p.mode[p.modes++], s[i].series);
            else
                p.all = false;
        }
        if (road_place(&p, s[i].road) < 0) {
            if (p.roads < RATES_MAX)
                strcpy(p.road[p.roads++], s[i].road);
            else
                p.all = false;
        }
        if (body_place(&p, s[i].body) < 0) {
            if (p.bodies < BODIES_MAX)
                p.body[p.bodies++] = s[i].body;
            else
                p.all = false;
        }
    }
    return p;
}

/* The curve that begins at `s`: medians by RTT. Returns its length. */
static size_t write_curve(FILE *dat, const struct share *s, size_t count)
{
    double *sample = calloc(count, sizeof *sample);
    size_t len = 0, n;

    if (!sample)
        abort();
    fprintf(dat, "# %s; %s; body of %.15g bytes\n", s->series,
            *s->road ? s->road : "no rate", s->body);
    for (; len < count && same_curve(s, s + len); len += n) {
        for (n = 0; len + n < count && same_curve(s, s + len + n) &&
                    s[len].rtt == s[len + n].rtt;
             n++)
            sample[n] = s[len + n].share;
        fprintf(dat, "%.15g %zu %.6g\n", s[len].rtt, n,
                samples_median(sample, n));
    }
    fputs("\n\n", dat);
    free(sample);
    return len;
}

static void body_text(double bytes, char room[32])
{
    if (bytes >= 1e6)
        snprintf(room, 32, "%.3g MB", bytes / 1e6);
    else if (bytes >= 1e3)
        snprintf(room, 32, "%.3g kB", bytes / 1e3);
    else
        snprintf(room, 32, "%.0f bytes", bytes);
}

/* From light and solid (small bodies) to dark and dashed (large ones). */
static void write_styles(FILE *gp)
{
    static const char *const colour[BODIES_MAX] = {
        "#e69f00", "#56b4e9", "#d55e00", "#0072b2", "#000000"};
    static const char *const dash[BODIES_MAX] = {"solid", "(12,4)", "(6,3)",
                                                 "(2,3)", "(12,4,2,4)"};
    static const int point[BODIES_MAX] = {7, 5, 9, 13, 6};

    for (int i = 0; i < BODIES_MAX; i++)
        fprintf(gp, "set style line %d lc rgb '%s' lw 2 pt %d ps 0.8 dt %s\n",
                i + 1, colour[i], point[i], dash[i]);
}

/* What a panel is of; low panels have room for one line. */
static void write_labels(FILE *gp, const char *mode, const char *road,
                         bool two_lines)
{
    char both[SERIES_MAX + ROAD_MAX + 4];

    snprintf(both, sizeof both, "%s, %s", mode, road);
    fputs("set label 1 ", gp);
    gp_quote(gp, two_lines ? mode : both);
    fprintf(gp, " at graph 0.04,0.95 left font ',%d'\n", two_lines ? 13 : 11);
    if (!two_lines)
        return;
    fputs("set label 2 ", gp);
    gp_quote(gp, road);
    fputs(" at graph 0.04,0.87 left font ',11'\n", gp);
}

static void write_frame(FILE *gp, const struct page_plan *p, int mode, int road)
{
    const double left = 0.115, right = 0.83, top = 0.83, bottom = 0.15;
    double wide = (right - left) / p->roads, high = (top - bottom) / p->modes;
    double x = left + wide * road, y = top - high * mode;
    bool lowest = mode == p->modes - 1;
    bool named = road == 0 && (p->modes < 3 || mode == 1);

    fprintf(gp,
            "set lmargin at screen %g\nset rmargin at screen %g\n"
            "set tmargin at screen %g\nset bmargin at screen %g\n"
            "set xlabel '%s'\nset format x '%s'\nset ylabel '%s'\n"
            "set format y '%s'\n",
            x, x + wide - 0.03, y - 0.035, y - high + 0.035,
            lowest ? "RTT, ms" : "", lowest ? "%g" : "",
            named ? "share of the time" : "", road ? "" : "%h %%");
    write_labels(gp, p->mode[mode],
                 *p->road[road] ? p->road[road] : "no rate limit",
                 p->modes < 3);
}

static void write_panel(FILE *gp, const char *name, const struct page_plan *p,
                        int mode, int road, const int index[BODIES_MAX])
{
    bool first = mode == 0 && road == 0;

    write_frame(gp, p, mode, road);
    fputs("plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle", gp);
    for (int i = 0; i < p->bodies; i++)
        if (index[i] >= 0)
            fprintf(gp,
                    ", \\\n  '%s.dat' index %d using 1:(100*$3) with "
                    "linespoints ls %d notitle",
                    name, index[i], i + 1);
    fprintf(gp, "\n%s",
            first ? "unset label 1001\nunset label 1002\nunset label 1003\n"
                    "unset label 1004\nunset label 1005\nunset label 1006\n"
                  : "");
}

/* A key as high as the page: one of a panel has room for a line or two. */
static void write_key(FILE *gp, const struct page_plan *p)
{
    char text[32];

    fputs("set lmargin at screen 0.1\nset rmargin at screen 0.83\n"
          "set tmargin at screen 0.83\nset bmargin at screen 0.15\n"
          "unset border\nunset tics\nunset grid\nunset xlabel\nunset ylabel\n"
          "unset label 1\nunset label 2\n"
          "set key on at screen 0.84,0.8 left top\n"
          "plot [1:10][0:1] NaN with lines lc rgb '#999999' lw 1 dt (3,3) "
          "title 'half'",
          gp);
    for (int i = 0; i < p->bodies; i++) {
        body_text(p->body[i], text);
        fprintf(gp, ", \\\n  NaN with linespoints ls %d title '%s'", i + 1,
                text);
    }
    fputc('\n', gp);
}

/* No further than what was run; of many panels side by side every second
 * decade has its number, or they would run into each other. */
static void write_range(FILE *gp, const struct share *s, size_t count,
                        const struct page_plan *p)
{
    double low = INFINITY, high = 0;

    for (size_t i = 0; i < count; i++) {
        low = fmin(low, s[i].rtt);
        high = fmax(high, s[i].rtt);
    }
    fprintf(gp, "set xrange [%g:%g]\n", low / 1.08, high * 1.08);
    if (p->roads > 2 && high >= 1000 * low)
        fputs("set xtics 1,100\n", gp);
    else if (high < 20 * low)
        fputs("set xtics (1,2,5,10,20,50,100,200,500,1000,2000,5000,10000)\n",
              gp);
}

static void write_panels(FILE *gp, FILE *dat, const char *name,
                         const struct share *s, size_t count,
                         const struct page_plan *p)
{
    int index[MODES_MAX][RATES_MAX][BODIES_MAX], next = 0;

    memset(index, -1, sizeof index);
    for (size_t at = 0; at < count;) {
        int m = mode_place(p, s[at].series), r = road_place(p, s[at].road);
        int b = body_place(p, s[at].body);

        if (m >= 0 && r >= 0 && b >= 0)
            index[m][r][b] = next;
        next++;
        at += write_curve(dat, s + at, count - at);
    }
    fputs("set multiplot\nset yrange [0:125]\nset ytics 0,25,100\n"
          "set logscale x\nset xtics font ',11'\nset ytics font ',12'\n"
          "set key off\n",
          gp);
    write_range(gp, s, count, p);
    for (int m = 0; m < p->modes; m++)
        for (int r = 0; r < p->roads; r++)
            write_panel(gp, name, p, m, r, index[m][r]);
    write_key(gp, p);
    fputs("unset multiplot\n", gp);
}

bool waiting_share_write(const struct plot *p, const struct rows *rows,
                         struct plot_page *page, char *why, size_t why_size)
{
    const struct grouping by = {
        .fixed = {GROUP_WORLD, [ROW_recipients] = true, [ROW_messages] = true},
        .vary = {[ROW_body_bytes] = true,
                 [ROW_uplink] = true,
                 [ROW_downlink] = true},
        .x = ROW_rtt_ms,
        .y = ROW_closed_ms};
    struct page_plan plan;
    struct share *s;
    struct group g;
    size_t count;

    if (!group_best(&g, rows, &by, why, why_size))
        return false;
    s = shares_of(&g);
    count = drop_dots(s, g.count);
    plan = plan_of(s, count);
    snprintf(page->sub, sizeof page->sub,
             "turnarounds x RTT over the whole, by size of body; %s%s", g.which,
             plan.all ? "" : "; more modes, rates or bodies in the .dat");
    write_styles(page->gp);
    write_panels(page->gp, page->dat, p->name, s, count, &plan);
    free(s);
    group_release(&g);
    return true;
}
