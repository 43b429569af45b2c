/* SPDX-License-Identifier: BSD-2-Clause */
/* The cells of a sweep: what varied in each and what its rows came to, as a
 * table. The figures are those of summary.csv, by the same code. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tell/report_inner.h"
#include "bench/tell/summary.h"

static struct report_axis *axis_of(struct report *r, const char *name)
{
    for (size_t i = 0; i < r->axes; i++)
        if (strcmp(r->axis[i].name, name) == 0)
            return &r->axis[i];
    r->axis = reallocarray(r->axis, r->axes + 1, sizeof *r->axis);
    if (!r->axis)
        abort();
    r->axis[r->axes] =
        (struct report_axis){.number = true, .values = json_object()};
    snprintf(r->axis[r->axes].name, VARIED_NAME, "%s", name);
    return &r->axis[r->axes++];
}

static void axes_of(struct report *r, const char *varied)
{
    struct varied v;

    while (varied && varied_next(&varied, &v)) {
        struct report_axis *a = axis_of(r, v.name);
        bool first = json_object_size(a->values) == 0;
        char unit[VARIED_UNIT];

        if (isnan(varied_number(v.value, unit)) ||
            (!first && strcmp(unit, a->unit) != 0))
            a->number = false;
        if (first)
            strcpy(a->unit, unit);
        if (!json_object_get(a->values, v.value))
            json_object_set_new(
                a->values, v.value,
                json_integer((json_int_t)json_object_size(a->values)));
    }
}

/* As rows name theirs: "rtt_ms". */
static const char *column_name(const struct report_axis *a,
                               char room[VARIED_NAME + VARIED_UNIT])
{
    const char *unit = strcmp(a->unit, "Mbit/s") == 0 ? "mbit"
                       : strcmp(a->unit, "%") == 0    ? "percent"
                                                      : a->unit;

    snprintf(room, VARIED_NAME + VARIED_UNIT, "%s%s%s", a->name,
             a->number && *unit ? "_" : "", a->number ? unit : "");
    return room;
}

static void put_axes(const struct report *r, const char *varied, json_t *cell)
{
    char room[VARIED_NAME + VARIED_UNIT], unit[VARIED_UNIT];
    struct varied v;

    for (size_t i = 0; i < r->axes; i++) {
        const struct report_axis *a = &r->axis[i];

        if (varied_get(varied, a->name, &v))
            json_object_set_new(cell, column_name(a, room),
                                a->number
                                    ? json_real(varied_number(v.value, unit))
                                    : json_text(v.value));
    }
}

/* clang-format off */
static const struct {
    const char *name, *help;
    bool main;
} figures[] = {
    {"cell",           "which cell of the sweep",                   false},
    {"rows",           "of this cell",                              true},
    {"counted",        "rows that the figures are of",              false},
    {"invalid",        "rows that do not count (INVALID)",          true},
    {"undelivered",    "rows that were not delivered",              false},
    {"turnarounds",    "waits that the client counted; median",     true},
    {"median_ms",      "median of closed_ms, until the last reply", true},
    {"median_low_ms",  "its 95 % interval, from",                   true},
    {"median_high_ms", "its 95 % interval, to",                     true},
    {"min_ms",         "the smallest closed_ms",                    false},
    {"p95_ms",         "95 % were no slower; of 20 rows or more",           true},
    {"p99_ms",         "99 % were no slower; of 100 rows or more",           true},
    {"max_ms",         "the greatest closed_ms",                    true},
    {"floor_ms",       "closed_ms of the ideal world; median",      true},
    {"flags",          "the flags that its rows share",             false},
};
/* clang-format on */

/* Figures are shown even where all cells agree in them: that is a result. */
static void look_at(struct report_column *c)
{
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        if (strcmp(c->name, figures[i].name) == 0) {
            c->help = figures[i].help;
            c->main = figures[i].main ||
                      (c->varies && strcmp(c->name, "undelivered") == 0);
            c->varies = true;
            return;
        }
    c->main = true;
    c->help = "as the sweep set it";
}

/* Along what has the most values. */
static void find_steps(struct report *r, const struct summary *s)
{
    const struct report_axis *longest = r->axis;
    struct varied v;

    for (size_t i = 1; i < r->axes; i++)
        if (json_object_size(r->axis[i].values) >
            json_object_size(longest->values))
            longest = &r->axis[i];
    if (!longest)
        return;
    r->cell.steps = json_object_size(longest->values);
    r->cell.step = calloc(s->count, sizeof *r->cell.step);
    if (!r->cell.step)
        abort();
    for (size_t i = 0; i < s->count; i++)
        if (varied_get(s->group[i].first->varied, longest->name, &v))
            r->cell.step[i] = (size_t)json_integer_value(
                json_object_get(longest->values, v.value));
}

static void take(struct report *r, const struct summary *s)
{
    json_t *figure = summary_to_json(s), *cells = json_array();

    for (size_t i = 0; i < s->count; i++)
        axes_of(r, s->group[i].first->varied);
    for (size_t i = 0; i < s->count; i++) {
        json_t *of = json_array_get(figure, i), *cell = json_object();
        json_t *flags;

        json_object_set_new(cell, "cell",
                            json_integer(s->group[i].first->cell));
        put_axes(r, s->group[i].first->varied, cell);
        json_object_del(of, "varied");
        flags = json_incref(json_object_get(of, "flags"));
        json_object_del(of, "flags"); /* they stand last */
        json_object_update_missing(cell, of);
        json_object_set_new(cell, "flags", flags);
        json_array_append_new(cells, cell);
    }
    json_decref(figure);
    table_take(&r->cell, cells);
    find_steps(r, s);
    for (size_t c = 0; c < r->cell.columns; c++)
        look_at(&r->cell.column[c]);
}

void report_read_cells(struct report *r)
{
    size_t count = report_rows(r);
    const json_t *last = count ? report_row(r, count - 1) : NULL;
    struct rows rows = {0};
    struct summary s;
    char why[200];

    if (json_integer_value(json_object_get(last, "cell")) <= 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (row_from_json(rows_add(&rows), report_row(r, i), why, sizeof why)) {
            rows_release(&rows);
            return; /* rows of another kind, which have cells of their own */
        }
    summary_make(
        &s, &rows, NULL,
        (uint64_t)json_integer_value(json_object_get(r->result, "seed")));
    take(r, &s);
    summary_release(&s);
    rows_release(&rows);
}

void report_release_cells(struct report *r)
{
    for (size_t i = 0; i < r->axes; i++)
        json_decref(r->axis[i].values);
    free(r->axis);
    table_release(&r->cell);
}

/* "early, lockstep"; "300 values, 1ms to 300ms" */
const char *report_axis_text(const struct report_axis *a,
                             char room[REPORT_ROOM])
{
    enum { LISTED = 8 };
    size_t count = json_object_size(a->values), at = 0, used = 0;
    const char *value, *first = "", *last = "";
    json_t *unused;

    json_object_foreach(a->values, value, unused)
    {
        first = at++ ? first : value;
        last = value;
        if (used < REPORT_ROOM)
            used += (size_t)snprintf(room + used, REPORT_ROOM - used, "%s%s",
                                     used ? ", " : "", value);
    }
    if (count > LISTED || used >= REPORT_ROOM)
        snprintf(room, REPORT_ROOM, "%zu values, %.150s to %.150s", count,
                 first, last);
    return room;
}
