/* SPDX-License-Identifier: BSD-2-Clause */
/* Curves and bars of policies. */
#include "bench/tell/mx_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tell/plot.h"

enum { POINTS = 4096, SERIES = 64, LABEL = 80 };

struct point { /* a row */
    size_t message;
    const char *policy, *mode, *wants; /* borrowed of the result */
    double rtt_ms, patience_ms, accepted_ms, turnarounds, chain, used_share;
};

struct points {
    const json_t *result;
    const char *folder;
    struct mx_plots *made;
    size_t count;
    struct point at[POINTS];
};

static double number_of(const json_t *row, const char *name)
{
    const json_t *n = json_object_get(row, name);

    if (json_is_object(n))
        n = json_object_get(n, "mean");
    return json_is_number(n) ? json_number_value(n) : NAN;
}

static const char *text_of(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));

    return text ? text : "";
}

static void read_point(struct points *p, const json_t *row)
{
    struct point *x = &p->at[p->count];
    const json_t *valid = json_object_get(row, "valid");

    if (p->count == POINTS || json_is_false(valid))
        return;
    *x = (struct point){
        .message = (size_t)json_integer_value(json_object_get(row, "message")),
        .policy = text_of(row, "policy"),
        .mode = text_of(row, "mode"),
        .wants = text_of(row, "wants"),
        .rtt_ms = number_of(row, "rtt_ms"),
        .patience_ms = number_of(row, "patience_ms"),
        .accepted_ms = number_of(row, "accepted_ms"),
        .turnarounds = number_of(row, "turnarounds"),
        .chain = number_of(row, "longest_chain"),
        .used_share = number_of(row, "used") / number_of(row, "runs")};
    p->count++;
}

static double x_of(const struct point *p, bool patience)
{
    return patience ? p->patience_ms / 1000 : p->rtt_ms;
}

static bool is_of(const struct point *p, const struct point *first)
{
    return p->message == first->message &&
           strcmp(p->policy, first->policy) == 0 &&
           strcmp(p->mode, first->mode) == 0;
}

static bool begins_series(const struct points *p, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (is_of(&p->at[k], &p->at[i]))
            return false;
    return true;
}

static bool same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * fabs(a);
}

/* Whether two series are one and the same curve. */
static bool coincide(const struct points *p, size_t a, size_t b)
{
    size_t i = a, k = b;

    for (; i < p->count && k < p->count; i++, k++) {
        while (i < p->count && !is_of(&p->at[i], &p->at[a]))
            i++;
        while (k < p->count && !is_of(&p->at[k], &p->at[b]))
            k++;
        if (i == p->count || k == p->count)
            break;
        if (!same_number(p->at[i].accepted_ms, p->at[k].accepted_ms) ||
            !same_number(p->at[i].used_share, p->at[k].used_share))
            return false;
    }
    return true;
}

struct curve { /* series that coincide are one */
    size_t first;
    char name[LABEL];
};

static size_t find_curves(const struct points *p, size_t message,
                          const char *mode, struct curve c[SERIES])
{
    size_t n = 0, k;

    for (size_t i = 0; i < p->count && n < SERIES; i++) {
        if (p->at[i].message != message || !begins_series(p, i) ||
            strcmp(p->at[i].mode, mode) != 0)
            continue;
        for (k = 0; k < n && !coincide(p, c[k].first, i); k++)
            continue;
        if (k < n) {
            size_t len = strlen(c[k].name);

            snprintf(c[k].name + len, LABEL - len, ", %s", p->at[i].policy);
            continue;
        }
        c[n].first = i;
        snprintf(c[n++].name, LABEL, "%s", p->at[i].policy);
    }
    return n;
}

struct page {
    struct plot_page plot;
    char *dat, *gp;
    size_t dat_len, gp_len;
};

static void open_page(struct page *g)
{
    *g = (struct page){0};
    g->plot.dat = open_memstream(&g->dat, &g->dat_len);
    g->plot.gp = open_memstream(&g->gp, &g->gp_len);
    if (!g->plot.dat || !g->plot.gp)
        abort();
}

static int close_page(struct points *p, struct page *g, const char *name,
                      const char *title, char *why, size_t why_size)
{
    struct plot_sheet sheet = {.name = name,
                               .title = title,
                               .sub = g->plot.sub,
                               .command = text_of(p->result, "command"),
                               .version = text_of(p->result, "version"),
                               .started = text_of(p->result, "started")};
    int result = 0;

    fclose(g->plot.dat);
    fclose(g->plot.gp);
    sheet.dat = g->dat;
    sheet.gp = g->gp;
    if (p->made->count < MX_PLOTS)
        result = plot_sheet_write(&sheet, p->folder, why, why_size);
    if (p->made->count < MX_PLOTS && result == 0)
        snprintf(p->made->name[p->made->count++], MX_PLOT_NAME, "%s", name);
    free(g->dat);
    free(g->gp);
    return result;
}

static void write_label(FILE *gp, const char *axis, const char *text)
{
    fprintf(gp, "set %s ", axis);
    gp_quote(gp, text);
    putc('\n', gp);
}

static bool varies(const struct points *p, size_t message, bool patience)
{
    double first = NAN;

    for (size_t i = 0; i < p->count; i++) {
        double x = x_of(&p->at[i], patience);

        if (p->at[i].message != message || isnan(x))
            continue;
        if (!isnan(first) && x != first)
            return true;
        first = x;
    }
    return false;
}

static void put_curves(const struct points *p, bool patience,
                       const struct curve *c, size_t curves, FILE *dat)
{
    fputs("# x, accepted (s), used (%)\n", dat);
    for (size_t k = 0; k < curves; k++) {
        fprintf(dat, "%s# %s\n", k ? "\n\n" : "", c[k].name);
        for (size_t i = 0; i < p->count; i++) {
            const struct point *x = &p->at[i];

            if (!is_of(x, &p->at[c[k].first]))
                continue;
            fprintf(dat, "%.15g ", x_of(x, patience));
            if (isnan(x->accepted_ms))
                fprintf(dat, "NaN %.15g\n", 100 * x->used_share);
            else
                fprintf(dat, "%.15g %.15g\n", x->accepted_ms / 1000,
                        100 * x->used_share);
        }
    }
}

static double slowest_s(const struct points *p, const struct curve *c)
{
    double most = 0;

    for (size_t i = 0; i < p->count; i++)
        if (is_of(&p->at[i], &p->at[c->first]) && p->at[i].accepted_ms > most)
            most = p->at[i].accepted_ms;
    return most / 1000;
}

/* Where the axis ends: what takes more than twenty times as long as the
 * quickest, as waiting in the queue does, is told in the key and not drawn. */
static double top_s(const struct points *p, struct curve *c, size_t curves)
{
    double least = INFINITY, top = 0;

    for (size_t k = 0; k < curves; k++)
        if (slowest_s(p, &c[k]) > 0 && slowest_s(p, &c[k]) < least)
            least = slowest_s(p, &c[k]);
    for (size_t k = 0; k < curves; k++) {
        double most = slowest_s(p, &c[k]);
        size_t len = strlen(c[k].name);

        if (most <= 20 * least)
            top = most > top ? most : top;
        else
            snprintf(c[k].name + len, LABEL - len, ": %.0f s", most);
    }
    return top > 0 ? top : 1;
}

static void write_curves(const char *name, const struct curve *c, size_t curves,
                         int column, FILE *gp)
{
    for (size_t k = 0; k < curves; k++) {
        fprintf(gp,
                "%s'%s.dat' index %zu using 1:%d with linespoints ls %zu "
                "title ",
                k ? ", \\\n  " : "plot ", name, k, column, k + 1);
        gp_quote(gp, c[k].name);
    }
    putc('\n', gp);
}

static void write_styles(size_t curves, FILE *gp)
{
    for (size_t k = 0; k < curves; k++)
        gp_linestyle(gp, k + 1, gp_series_name(k), k);
}

static void write_sub(const struct points *p, const struct point *of,
                      const char *mode, struct page *g)
{
    const json_t *rows = json_object_get(p->result, "rows");

    snprintf(g->plot.sub, sizeof g->plot.sub, "means, %s world%s%s; %.300s",
             text_of(json_array_get(rows, 0), "world"), *mode ? "; " : "", mode,
             of->wants);
}

static int by_rtt(struct points *p, size_t at, char *why, size_t why_size)
{
    const struct point *of = &p->at[at];
    char name[MX_PLOT_NAME];
    struct curve c[SERIES];
    size_t n = find_curves(p, of->message, of->mode, c);
    struct page g;

    open_page(&g);
    snprintf(name, sizeof name, "time_by_rtt_%zu_%.20s", of->message, of->mode);
    write_sub(p, of, of->mode, &g);
    put_curves(p, false, c, n, g.plot.dat);
    write_styles(n, g.plot.gp);
    write_label(g.plot.gp, "xlabel", "round-trip time of every road, ms");
    write_label(g.plot.gp, "ylabel", "first DNS question to acceptance, s");
    fprintf(g.plot.gp, "set xrange [0:*]\nset yrange [0:%.15g]\n",
            1.06 * top_s(p, c, n));
    write_curves(name, c, n, 2, g.plot.gp);
    return close_page(p, &g, name, "Time to acceptance, by policy", why,
                      why_size);
}

/* The use above, the time below: what waiting for the sibling buys, and what
 * it costs. */
static int by_patience(struct points *p, size_t at, char *why, size_t why_size)
{
    const struct point *of = &p->at[at];
    char name[MX_PLOT_NAME];
    struct curve c[SERIES];
    size_t n = find_curves(p, of->message, of->mode, c);
    struct page g;

    open_page(&g);
    snprintf(name, sizeof name, "patience_%zu_%.20s", of->message, of->mode);
    write_sub(p, of, of->mode, &g);
    put_curves(p, true, c, n, g.plot.dat);
    write_styles(n, g.plot.gp);
    fputs("set multiplot\nset tmargin at screen 0.84\n"
          "set bmargin at screen 0.56\nset yrange [-5:105]\n"
          "set xrange [0:*]\nset format x ''\nset ytics 25\n",
          g.plot.gp);
    write_label(g.plot.gp, "ylabel", "wanted is used, %");
    write_curves(name, c, n, 3, g.plot.gp);
    fputs("unset label\nset tmargin at screen 0.50\n"
          "set bmargin at screen 0.17\nset yrange [0:*]\nset ytics auto\n"
          "set format x '%g'\nunset key\n",
          g.plot.gp);
    write_label(g.plot.gp, "xlabel", "patience for the sibling, s");
    write_label(g.plot.gp, "ylabel", "to acceptance, s");
    write_curves(name, c, n, 2, g.plot.gp);
    fputs("unset multiplot\n", g.plot.gp);
    return close_page(p, &g, name, "How long to wait for the sibling", why,
                      why_size);
}

static size_t put_bars(const struct points *p, size_t message, struct page *g)
{
    size_t bars = 0, begun = 0;
    const char *mode = NULL;
    double x = 0;

    fputs("# x, sum, longest chain, policy, mode\n", g->plot.dat);
    fputs("set xtics (", g->plot.gp);
    for (size_t i = 0; i < p->count; i++) {
        const struct point *t = &p->at[i];

        if (t->message != message || !begins_series(p, i))
            continue;
        if (mode && strcmp(mode, t->mode) != 0)
            x += 0.8;
        mode = t->mode;
        fprintf(g->plot.dat, "%.15g %.15g %.15g \"%s\" \"%s\"\n", x,
                isnan(t->turnarounds) ? 0 : t->turnarounds,
                isnan(t->chain) ? 0 : t->chain, t->policy, t->mode);
        fprintf(g->plot.gp, "%s'%s' %.15g", begun++ ? "," : "", t->policy, x);
        x++;
        bars++;
    }
    fputs(")\n", g->plot.gp);
    return bars;
}

/* A mode's name below its bars. */
static void name_groups(const struct points *p, size_t message, FILE *gp)
{
    const char *mode = NULL;
    double x = 0, from = 0;
    int label = 2000;

    for (size_t i = 0; i <= p->count; i++) {
        bool end = i == p->count;

        if (!end && (p->at[i].message != message || !begins_series(p, i)))
            continue;
        if (mode && (end || strcmp(mode, p->at[i].mode) != 0)) {
            fprintf(gp, "set label %d ", label++);
            gp_quote(gp, mode);
            fprintf(gp, " at first %.15g, graph -0.105 center font ',11'\n",
                    (from + x - 1) / 2);
            x += 0.8;
            from = x;
        }
        if (!end)
            mode = p->at[i].mode;
        x++;
    }
}

static int turnarounds(struct points *p, size_t at, char *why, size_t why_size)
{
    size_t message = p->at[at].message, bars;
    char name[MX_PLOT_NAME];
    struct page g;

    open_page(&g);
    snprintf(name, sizeof name, "turnarounds_%zu", message);
    write_sub(p, &p->at[at], "", &g);
    bars = put_bars(p, message, &g);
    fprintf(g.plot.gp,
            "set style fill solid 1 noborder\nset boxwidth 0.8\n"
            "set yrange [0:*]\nset xrange [-0.8:*]\nset rmargin at screen "
            "0.97\nset key at screen 0.97,0.985 right top vertical spacing 1.1 "
            "font ',12'\n"
            "unset grid\nset grid y lc rgb '#d8d8d8'\nset xtics font ',%d' "
            "scale 0\n",
            bars > 24 ? 9 : 12);
    name_groups(p, message, g.plot.gp);
    write_label(g.plot.gp, "ylabel", "turnarounds");
    fprintf(g.plot.gp,
            "plot '%s.dat' using 1:2 with boxes lc rgb '#9ecae1' "
            "title 'sum over connections', \\\n"
            "  '' using 1:3 with boxes lc rgb '#08519c' title 'longest "
            "chain'\n",
            name);
    return close_page(p, &g, name,
                      "Turnarounds of a delivery, by mode and policy", why,
                      why_size);
}

bool mx_plots_fit(const json_t *result)
{
    return strcmp(text_of(result, "kind"), "mx") == 0;
}

static bool begins_mode(const struct points *p, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (p->at[k].message == p->at[i].message &&
            strcmp(p->at[k].mode, p->at[i].mode) == 0)
            return false;
    return true;
}

static bool begins_message(const struct points *p, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (p->at[k].message == p->at[i].message)
            return false;
    return true;
}

static int write_from(struct points *p, size_t i, char *why, size_t why_size)
{
    size_t m = p->at[i].message;
    int result = 0;

    if (begins_mode(p, i) && varies(p, m, false))
        result |= by_rtt(p, i, why, why_size);
    if (begins_mode(p, i) && varies(p, m, true))
        result |= by_patience(p, i, why, why_size);
    if (begins_message(p, i))
        result |= turnarounds(p, i, why, why_size);
    return result;
}

int mx_plots_write(const json_t *result, const char *folder,
                   struct mx_plots *made, char *why, size_t why_size)
{
    struct points *p = calloc(1, sizeof *p);
    const json_t *rows = json_object_get(result, "rows");
    int status = 0;

    if (!p)
        abort();
    *made = (struct mx_plots){0};
    p->result = result;
    p->folder = folder;
    p->made = made;
    for (size_t i = 0; i < json_array_size(rows); i++)
        read_point(p, json_array_get(rows, i));
    *why = '\0';
    for (size_t i = 0; i < p->count; i++)
        status |= write_from(p, i, why, why_size);
    free(p);
    return status;
}
