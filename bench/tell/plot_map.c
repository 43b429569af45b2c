/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps of the time that one mode saves against another, over two things that
 * a sweep varied: RTT and loss, say. By medians, which are what most sessions
 * see, and by means, which are what all of them take together: what strikes
 * one session in ten, as a lost packet does, shows in the mean alone. */
#include "bench/tell/conditions.h"
#include "bench/tell/group.h"
#include "bench/tell/plot.h"
#include "bench/tell/stats.h"
#include "bench/tell/varied.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Times of a cell that are as near as this are the same. */
#define SPREAD 0.02

enum { AXIS_MAX = 200, LABELLED_MAX = 12, TICS_MAX = 12, REST = 400 };

struct sample {
    const struct row *row;
    char series[SERIES_MAX], rest[REST];
    double at[2]; /* along both */
    double ms;
};

struct axis {
    char name[VARIED_NAME], unit[VARIED_UNIT];
    double value[AXIS_MAX]; /* in their order */
    size_t count;
};

static bool drawable(const struct row *r)
{
    return r->valid == FLAG_TRUE && r->varied && r->outcome &&
           strncmp(r->outcome, "delivered", 9) == 0 && !isnan(r->closed_ms);
}

static void add_value(struct axis *a, double n)
{
    size_t i = 0;

    while (i < a->count && a->value[i] < n)
        i++;
    if ((i < a->count && a->value[i] == n) || a->count == AXIS_MAX)
        return;
    memmove(&a->value[i + 1], &a->value[i], (a->count - i) * sizeof n);
    a->value[i] = n;
    a->count++;
}

static size_t index_of(const struct axis *a, double n)
{
    size_t i = 0;

    while (i < a->count && a->value[i] != n)
        i++;
    return i;
}

/* All values that rows have under a name. */
static struct axis axis_of(const struct rows *rows, const char *name)
{
    struct axis a = {.count = 0};
    struct varied v;

    snprintf(a.name, sizeof a.name, "%s", name);
    for (size_t i = 0; i < rows->count; i++) {
        double n;

        if (!drawable(&rows->row[i]) ||
            !varied_get(rows->row[i].varied, name, &v))
            continue;
        n = varied_number(v.value, a.unit);
        if (!isnan(n))
            add_value(&a, n);
    }
    return a;
}

/* The first two names that are numbers and vary; the RTT is the first of them
 * where it is one. */
static size_t axes_of(const struct rows *rows, struct axis axis[2])
{
    size_t found = 0;
    const char *at = NULL;
    struct varied v;

    for (size_t i = 0; i < rows->count && !at; i++)
        if (drawable(&rows->row[i]))
            at = rows->row[i].varied;
    while (at && found < 2 && varied_next(&at, &v)) {
        struct axis a = axis_of(rows, v.name);

        if (a.count >= 2)
            axis[found++] = a;
    }
    if (found == 2 && strcmp(axis[1].name, "rtt") == 0) {
        struct axis swap = axis[0];

        axis[0] = axis[1];
        axis[1] = swap;
    }
    return found;
}

static int by_rest(const void *a, const void *b)
{
    const struct sample *p = a, *q = b;
    int order = strcmp(p->rest, q->rest);

    for (int i = 1; i >= 0 && !order; i--)
        order = (p->at[i] > q->at[i]) - (p->at[i] < q->at[i]);
    return order ? order : strcmp(p->series, q->series);
}

static size_t samples_of(const struct rows *rows, const struct axis axis[2],
                         struct sample *s)
{
    char unit[VARIED_UNIT], some[REST];
    size_t count = 0;
    struct varied v;

    for (size_t i = 0; i < rows->count; i++) {
        const struct row *r = &rows->row[i];
        struct sample *one = &s[count];

        if (!drawable(r))
            continue;
        for (int k = 0; k < 2; k++)
            one->at[k] = varied_get(r->varied, axis[k].name, &v)
                             ? varied_number(v.value, unit)
                             : NAN;
        if (isnan(one->at[0]) || isnan(one->at[1]))
            continue;
        one->row = r;
        series_of(r, one->series);
        one->ms = r->closed_ms;
        varied_without(r->varied, axis[0].name, axis[1].name, some,
                       sizeof some);
        varied_without(some, "mode", NULL, one->rest, sizeof one->rest);
        count++;
    }
    qsort(s, count, sizeof *s, by_rest);
    return count;
}

/* The largest run of samples that share the rest; of such, the one with an RTT
 * nearest to 200 ms. */
static size_t best_of(const struct sample *s, size_t count, size_t *first)
{
    size_t best = 0;

    for (size_t at = 0, n; at < count; at += n) {
        for (n = 1; at + n < count; n++)
            if (strcmp(s[at].rest, s[at + n].rest) != 0)
                break;
        if (n > best || (n == best && fabs(s[at].row->rtt_ms - 200) <
                                          fabs(s[*first].row->rtt_ms - 200))) {
            best = n;
            *first = at;
        }
    }
    return best;
}

/* The slowest manner and the one to hold against it: early where it is. */
static void choose(const struct sample *s, size_t count, const char **slow,
                   const char **fast)
{
    *slow = *fast = s->series;
    for (size_t i = 0; i < count; i++) {
        if (series_order(s[i].series) < series_order(*slow))
            *slow = s[i].series;
        if (series_order(s[i].series) > series_order(*fast))
            *fast = s[i].series;
    }
    for (size_t i = 0; i < count; i++)
        if (strcmp(s[i].series, "early") == 0 && strcmp(*slow, "early") != 0)
            *fast = s[i].series;
}

struct centre {
    const char *name;
    double (*of)(double *sample, size_t count);
};

static double mean_of(double *sample, size_t count)
{
    return samples_spread(sample, count).mean;
}

static const struct centre median = {"medians", samples_median};
static const struct centre mean = {"means", mean_of};

static double centre_of(const struct centre *c, const struct sample *s,
                        size_t count, const char *series, double *room)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (strcmp(s[i].series, series) == 0)
            room[n++] = s[i].ms;
    return c->of(room, n);
}

struct extent {
    double low, high;
};

/* A line for each point: its places, its values, and what is saved. */
static struct extent write_points(FILE *dat, const struct centre *c,
                                  const struct sample *s, size_t count,
                                  const struct axis axis[2], const char *slow,
                                  const char *fast)
{
    double *room = calloc(count + 1, sizeof *room);
    struct extent e = {INFINITY, -INFINITY};

    if (!room)
        abort();
    fprintf(dat, "# %s, %s, their places, ms saved, rows\n", axis[0].name,
            axis[1].name);
    for (size_t at = 0, n; at < count; at += n) {
        double saved;

        for (n = 1; at + n < count; n++)
            if (s[at].at[0] != s[at + n].at[0] ||
                s[at].at[1] != s[at + n].at[1])
                break;
        saved = centre_of(c, s + at, n, slow, room) -
                centre_of(c, s + at, n, fast, room);
        if (isnan(saved))
            continue;
        fprintf(dat, "%.15g %.15g %zu %zu %.6f %zu\n", s[at].at[0], s[at].at[1],
                index_of(&axis[0], s[at].at[0]),
                index_of(&axis[1], s[at].at[1]), saved, n);
        e.low = fmin(e.low, saved);
        e.high = fmax(e.high, saved);
    }
    free(room);
    return e;
}

static void write_axis(FILE *gp, char which, const struct axis *a)
{
    size_t step = (a->count + TICS_MAX - 1) / TICS_MAX;
    char label[VARIED_NAME + VARIED_UNIT + 4];

    snprintf(label, sizeof label, "%s%s%s",
             strcmp(a->name, "rtt") == 0 ? "round-trip time" : a->name,
             *a->unit ? ", " : "", a->unit);
    fprintf(gp, "set %clabel ", which);
    gp_quote(gp, label);
    fprintf(gp, "\nset %crange [-0.5:%g]\nset %ctics scale 0 (", which,
            (double)a->count - 0.5, which);
    for (size_t i = 0; i < a->count; i += step)
        fprintf(gp, "%s'%g' %zu", i ? ", " : "", a->value[i], i);
    fputs(")\n", gp);
}

/* White is nothing; the darker, the more. What is lost is of another colour. */
static void write_map(FILE *gp, const char *name, const struct axis axis[2],
                      struct extent e)
{
    double most = fmax(fmax(fabs(e.low), fabs(e.high)), 1e-3);
    bool lost = e.low < 0;
    bool labelled =
        axis[0].count <= LABELLED_MAX && axis[1].count <= LABELLED_MAX;
    const char *per = most >= 10000 ? "/1000" : "";

    fprintf(gp,
            "set palette defined (%s0 '#ffffff', 0.5 '#7db7d9', 1 '#08306b')\n"
            "set cbrange [%g:%g]\n"
            "set cblabel 'saved, %s' offset 1.5,0\nunset key\n"
            "unset grid\nset border 15\nset rmargin at screen 0.81\n",
            lost ? "-1 '#a63603', -0.5 '#fdae6b', " : "",
            lost ? -most / (*per ? 1000 : 1) : 0, most / (*per ? 1000 : 1),
            *per ? "s" : "ms");
    write_axis(gp, 'x', &axis[0]);
    write_axis(gp, 'y', &axis[1]);
    fprintf(gp, "plot '%s.dat' using 3:4:($5%s) with image%s\n", name, per,
            labelled ? ", \\" : "");
    if (labelled)
        fprintf(gp,
                "  '' using 3:4:(sprintf('%s', $5%s)):(abs($5) > %g ? "
                "0xffffff : 0x111111) with labels font ',11' tc rgb variable\n",
                *per ? "%.1f" : "%.0f", per, 0.55 * most);
}

static void say_what(char *sub, size_t size, const struct centre *c,
                     const struct sample *s, size_t count, const char *slow,
                     const char *fast)
{
    const struct row **row = calloc(count, sizeof *row);
    char *agreed;

    if (!row)
        abort();
    for (size_t i = 0; i < count; i++)
        row[i] = s[i].row;
    agreed = conditions_agreed(row, count);
    snprintf(sub, size,
             "%s of %s less those of %s, first SYN to last reply%s%s", c->name,
             slow, fast, *agreed ? "; " : "", agreed);
    free(agreed);
    free(row);
}

/* Whether times differ within some cell: else the mean tells nothing new. */
static bool is_spread(const struct sample *s, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (s[i].at[0] == s[i - 1].at[0] && s[i].at[1] == s[i - 1].at[1] &&
            strcmp(s[i].series, s[i - 1].series) == 0 &&
            fabs(s[i].ms - s[i - 1].ms) > SPREAD * s[i].ms)
            return true;
    return false;
}

static bool write(const struct plot *p, const struct centre *c,
                  const struct rows *rows, struct plot_page *page, char *why,
                  size_t why_size)
{
    struct sample *s = calloc(rows->count + 1, sizeof *s);
    struct axis *axis = calloc(2, sizeof *axis);
    const char *slow = "", *fast = "";
    size_t count = 0, first = 0;
    struct extent e = {0, 0};

    if (!s || !axis)
        abort();
    if (axes_of(rows, axis) == 2)
        count = best_of(s, samples_of(rows, axis, s), &first);
    if (count > 0)
        choose(s + first, count, &slow, &fast);
    if (strcmp(slow, fast) != 0 && (c != &mean || is_spread(s + first, count)))
        e = write_points(page->dat, c, s + first, count, axis, slow, fast);
    if (e.high > e.low) {
        say_what(page->sub, sizeof page->sub, c, s + first, count, slow, fast);
        write_map(page->gp, p->name, axis, e);
    } else {
        snprintf(why, why_size, "no sweep of two modes over two numbers%s",
                 c == &mean ? ", of repetitions that differ" : "");
    }
    free(s);
    free(axis);
    return e.high > e.low;
}

bool saved_time_write(const struct plot *p, const struct rows *rows,
                      struct plot_page *page, char *why, size_t why_size)
{
    return write(p, &median, rows, page, why, why_size);
}

bool saved_mean_write(const struct plot *p, const struct rows *rows,
                      struct plot_page *page, char *why, size_t why_size)
{
    return write(p, &mean, rows, page, why, why_size);
}
