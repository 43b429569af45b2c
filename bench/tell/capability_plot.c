/* SPDX-License-Identifier: BSD-2-Clause */
/* A curve for each strategy; those that coincide are one. */
#include "bench/tell/capability_plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tell/plot.h"
#include "bench/tell/varied.h"
#include "smtp/strategy.h"

enum { CURVES = STRATEGY_COUNT, LABEL = 100, POINTS = 512, REST = 400 };

static const struct sheet {
    const char *name, *title, *x_label, *y_label;
    enum row_column x, y;
    double y_unit;
} sheets[] = {
    {"turnarounds_by_recipients", "How often the client waits, by recipients",
     "recipients", "turnarounds of all sessions", ROW_recipients,
     ROW_turnarounds, 1},
    {"time_by_rtt", "How long it takes, by the round trip",
     "round-trip time, ms (one way: half of it)", "time to the last reply, s",
     ROW_rtt_ms, ROW_closed_ms, 1000},
};

struct point {
    double x, y;
};

struct curve {
    char name[LABEL];
    size_t count;
    struct point at[POINTS];
};

static bool counts(const struct row *r)
{
    return r->strategy && r->valid == FLAG_TRUE && r->body_by && r->offer &&
           r->world && strategy_named(r->strategy) < STRATEGY_COUNT;
}

/* What else was asked: which answers the server gives, say. */
static void rest_of(const struct row *r, char room[REST])
{
    static const char *const drawn[] = {
        "strategy", "mode",  "recipients", "rtt",  "classes",
        "body-by",  "offer", "world",      "seed", NULL};

    varied_question(r, drawn, room, REST);
}

static bool same_rest(const struct row *a, const struct row *b)
{
    char x[REST], y[REST];

    rest_of(a, x);
    rest_of(b, y);
    return strcmp(x, y) == 0;
}

/* Whether two rows belong into one plot. */
static bool together(const struct sheet *s, const struct row *a,
                     const struct row *b)
{
    return a->classes == b->classes && strcmp(a->body_by, b->body_by) == 0 &&
           strcmp(a->offer, b->offer) == 0 && strcmp(a->world, b->world) == 0 &&
           (s->x == ROW_recipients || a->recipients == b->recipients) &&
           same_rest(a, b);
}

/* The mean of those that are alike; by x. */
static void read_curve(const struct sheet *s, const struct rows *rows,
                       const struct row *of, enum strategy_id id,
                       struct curve *c)
{
    const struct column *x = &row_columns[s->x], *y = &row_columns[s->y];
    size_t times[POINTS] = {0};

    *c = (struct curve){.count = 0};
    snprintf(c->name, LABEL, "%s", strategy_of(id)->mark);
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *r = &rows->row[i];
        struct point p;
        size_t k = 0;

        if (!counts(r) || !together(s, of, r) ||
            strategy_named(r->strategy) != id)
            continue;
        p = (struct point){row_number(r, x), row_number(r, y) / s->y_unit};
        while (k < c->count && c->at[k].x < p.x)
            k++;
        if (k == POINTS || isnan(p.x) || isnan(p.y))
            continue;
        if (k == c->count || c->at[k].x != p.x) {
            if (c->count == POINTS)
                continue;
            memmove(&c->at[k + 1], &c->at[k], (c->count - k) * sizeof p);
            memmove(&times[k + 1], &times[k], (c->count - k) * sizeof *times);
            c->count++;
            c->at[k] = (struct point){p.x, 0};
            times[k] = 0;
        }
        c->at[k].y =
            (c->at[k].y * (double)times[k] + p.y) / (double)(times[k] + 1);
        times[k]++;
    }
}

static bool coincide(const struct curve *a, const struct curve *b)
{
    for (size_t i = 0; i < a->count && a->count == b->count; i++)
        if (a->at[i].x != b->at[i].x ||
            fabs(a->at[i].y - b->at[i].y) > 1e-9 + 0.005 * fabs(a->at[i].y))
            return false;
    return a->count == b->count;
}

static size_t read_curves(const struct sheet *s, const struct rows *rows,
                          const struct row *of, struct curve *c)
{
    size_t n = 0;

    for (int id = 0; id < STRATEGY_COUNT; id++) {
        size_t k = 0;

        read_curve(s, rows, of, (enum strategy_id)id, &c[n]);
        if (c[n].count == 0)
            continue;
        while (k < n && !coincide(&c[k], &c[n]))
            k++;
        if (k == n) {
            n++;
        } else {
            size_t len = strlen(c[k].name);

            snprintf(c[k].name + len, LABEL - len, ", %s",
                     strategy_of((enum strategy_id)id)->mark);
        }
    }
    return n;
}

static void write_figures(const struct sheet *s, const struct curve *c,
                          size_t n, FILE *dat)
{
    fprintf(dat, "# %s, %s\n", s->x_label, s->y_label);
    for (size_t k = 0; k < n; k++) {
        fprintf(dat, "%s# %s\n", k ? "\n\n" : "", c[k].name);
        for (size_t i = 0; i < c[k].count; i++)
            fprintf(dat, "%.15g %.15g\n", c[k].at[i].x, c[k].at[i].y);
    }
}

/* On an axis of logarithms three marks a decade have their numbers. */
static void write_marks(FILE *gp, char axis)
{
    static const int of_decade[] = {1, 2, 5};
    const char *comma = "";

    fprintf(gp, "set %ctics (", axis);
    for (int power = -3; power <= 4; power++)
        for (int i = 0; i < 3; i++) {
            fprintf(gp, "%s%g", comma, of_decade[i] * pow(10, power));
            comma = ", ";
        }
    fputs(")\n", gp);
}

/* No wider than what was run, with a mark at each value of it where they are
 * few. */
static void write_range(const struct curve *c, size_t n, FILE *gp)
{
    const struct curve *longest = &c[0];
    const char *comma = "";

    for (size_t k = 1; k < n; k++)
        if (c[k].count > longest->count)
            longest = &c[k];
    if (longest->count == 0)
        return;
    write_marks(gp, 'y');
    fprintf(gp, "set xrange [%.15g:%.15g]\n", longest->at[0].x / 1.1,
            longest->at[longest->count - 1].x * 1.1);
    if (longest->count > 8) {
        write_marks(gp, 'x');
        return;
    }
    fputs("set xtics (", gp);
    for (size_t i = 0; i < longest->count; i++) {
        fprintf(gp, "%s%.15g", comma, longest->at[i].x);
        comma = ", ";
    }
    fputs(")\n", gp);
}

/* S4 is fifty times as dear as S2: equal ratios are equal lengths. */
static void write_commands(const struct sheet *s, const char *name,
                           const struct curve *c, size_t n, FILE *gp)
{
    for (size_t k = 0; k < n; k++)
        gp_linestyle(gp, k + 1, gp_series_name(k), k);
    write_range(c, n, gp);
    fputs("set logscale xy\nset xlabel ", gp);
    gp_quote(gp, s->x_label);
    fputs("\nset ylabel ", gp);
    gp_quote(gp, s->y_label);
    for (size_t k = 0; k < n; k++) {
        fprintf(gp,
                "%s'%s.dat' index %zu using 1:2 with linespoints ls %zu "
                "title ",
                k ? ", \\\n  " : "\nplot ", name, k, k + 1);
        gp_quote(gp, c[k].name);
    }
    putc('\n', gp);
}

struct texts { /* of a sheet: what it is of, as names and for people */
    char name[CAPABILITY_PLOT_NAME], sub[600];
};

static bool has_worlds(const struct rows *rows, const char *world)
{
    for (size_t i = 0; i < rows->count; i++)
        if (counts(&rows->row[i]) && strcmp(rows->row[i].world, world) != 0)
            return true;
    return false;
}

/* The world is in the name where there is more than one, or the last would
 * stand in the place of the others. */
static struct texts texts_of(const struct sheet *s, const struct rows *rows,
                             const struct row *r)
{
    bool one_n = s->x != ROW_recipients;
    struct texts t;
    char n[24] = "", people[40] = "", rest[REST];

    if (one_n) {
        snprintf(n, sizeof n, "_n%lld", (long long)r->recipients);
        snprintf(people, sizeof people, "%lld recipients, ",
                 (long long)r->recipients);
    }
    snprintf(t.name, sizeof t.name, "%s%s_c%lld_%.6s%s%s%.8s", s->name, n,
             (long long)r->classes, r->body_by,
             strcmp(r->offer, "warm") == 0 ? "_early" : "",
             has_worlds(rows, r->world) ? "_" : "",
             has_worlds(rows, r->world) ? r->world : "");
    rest_of(r, rest);
    snprintf(t.sub, sizeof t.sub,
             "%s%lld class%s, bodies by %s, %s offer, %s world%s%.300s", people,
             (long long)r->classes, r->classes == 1 ? "" : "es", r->body_by,
             r->offer, r->world, *rest ? "; " : "", rest);
    return t;
}

/* Of plots that differ in what their names do not say the first is drawn. */
static bool is_made(const struct capability_plots *made, const char *name)
{
    for (size_t i = 0; i < made->count; i++)
        if (strcmp(made->name[i], name) == 0)
            return true;
    return false;
}

static int write_sheet(const struct sheet *s, const struct results *r,
                       const struct row *of, const char *folder,
                       struct capability_plots *made, char *why,
                       size_t why_size)
{
    struct curve *c = calloc(CURVES + 1, sizeof *c);
    struct texts t = texts_of(s, &r->rows, of);
    char *dat = NULL, *gp = NULL;
    size_t n, dat_len, gp_len;
    FILE *to_dat = open_memstream(&dat, &dat_len);
    FILE *to_gp = open_memstream(&gp, &gp_len);
    int result = 0;

    if (!c || !to_dat || !to_gp)
        abort();
    n = read_curves(s, &r->rows, of, c);
    write_figures(s, c, n, to_dat);
    write_commands(s, t.name, c, n, to_gp);
    fclose(to_dat);
    fclose(to_gp);
    if (n > 0 && c[0].count > 1 && made->count < CAPABILITY_PLOTS &&
        !is_made(made, t.name)) {
        const struct plot_sheet sheet = {t.name,     s->title,   t.sub,
                                         r->command, r->version, r->started,
                                         dat,        gp};

        result = plot_sheet_write(&sheet, folder, why, why_size);
        if (result == 0)
            snprintf(made->name[made->count++], CAPABILITY_PLOT_NAME, "%s",
                     t.name);
    }
    free(dat);
    free(gp);
    free(c);
    return result;
}

static bool is_first(const struct sheet *s, const struct rows *rows, size_t i)
{
    if (!counts(&rows->row[i]))
        return false;
    for (size_t k = 0; k < i; k++)
        if (counts(&rows->row[k]) && together(s, &rows->row[k], &rows->row[i]))
            return false;
    return true;
}

int capability_plots_write(const struct results *r, const char *folder,
                           struct capability_plots *made, char *why,
                           size_t why_size)
{
    int result = 0;

    made->count = 0;
    *why = '\0';
    for (size_t k = 0; k < sizeof sheets / sizeof sheets[0]; k++)
        for (size_t i = 0; i < r->rows.count; i++)
            if (is_first(&sheets[k], &r->rows, i) &&
                write_sheet(&sheets[k], r, &r->rows.row[i], folder, made, why,
                            why_size) < 0)
                result = -1;
    return result;
}
