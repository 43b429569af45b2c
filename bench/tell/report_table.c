/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/report_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tell/result.h"

static const json_t *value_of(const struct report_column *c, const json_t *row)
{
    const json_t *value = json_object_get(row, c->key);

    return c->of ? json_object_get(value, c->of) : value;
}

static void column_add(struct report_table *t, const char *key, const char *of)
{
    const struct column *known = of ? NULL : row_column(key);
    struct report_column *c;

    for (size_t i = 0; i < t->columns; i++) {
        c = &t->column[i];
        if (strcmp(c->key, key) == 0 && !c->of == !of &&
            (!of || strcmp(c->of, of) == 0))
            return;
    }
    if ((t->columns & (t->columns - 1)) == 0) {
        t->column = reallocarray(t->column, t->columns ? 2 * t->columns : 1,
                                 sizeof *t->column);
        if (!t->column)
            abort();
    }
    c = &t->column[t->columns++];
    *c = (struct report_column){.key = key,
                                .of = of,
                                .unit = known ? known->unit : "",
                                .help = known ? known->help : "",
                                .number = true};
    snprintf(c->name, sizeof c->name, "%.39s%s%.39s", key, of ? "." : "",
             of ? of : "");
}

static void columns_of(struct report_table *t, const json_t *row)
{
    const char *key, *of;
    json_t *value, *inner;

    json_object_foreach((json_t *)row, key, value)
    {
        if (!json_is_object(value))
            column_add(t, key, NULL);
        else
            json_object_foreach(value, of, inner) column_add(t, key, of);
    }
}

/* What people look for first; of rows of another kind, all. */
static bool is_main(const char *name)
{
    static const char *const names[] = {
        "mode",        "body_by",    "offer",       "outcome",    "world",
        "tcp",         "recipients", "messages",    "body_bytes", "rtt_ms",
        "uplink",      "think_ms",   "varied",      "repeat",     "turnarounds",
        "accepted_ms", "closed_ms",  "closed_rtts", "floor_ms",   "valid",
        "captures",    "command",    "tls",         "auth"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return row_column(name) == NULL;
}

static void look_at(struct report_table *t, struct report_column *c)
{
    const json_t *first = value_of(c, table_row(t, 0));
    bool known = false;

    for (size_t i = 0; i < table_count(t); i++) {
        const json_t *value = value_of(c, table_row(t, i));

        if (value && !json_is_null(value)) {
            known = true;
            c->number = c->number && json_is_number(value);
        }
        c->varies =
            c->varies ||
            !(first ? json_equal((json_t *)first, (json_t *)value) : !value);
    }
    c->number = c->number && known;
    if (table_count(t) == 1)
        c->varies = known; /* or nothing would be left to be shown */
    c->main = is_main(c->name);
}

void table_take(struct report_table *t, json_t *rows)
{
    *t = (struct report_table){.rows = rows};
    for (size_t i = 0; i < table_count(t); i++)
        columns_of(t, table_row(t, i));
    for (size_t i = 0; i < t->columns; i++)
        look_at(t, &t->column[i]);
}

void table_release(struct report_table *t)
{
    json_decref(t->rows);
    free(t->column);
    free(t->step);
    *t = (struct report_table){0};
}

size_t table_count(const struct report_table *t)
{
    return json_array_size(t->rows);
}

const json_t *table_row(const struct report_table *t, size_t i)
{
    return json_array_get(t->rows, i);
}

const struct report_column *table_column(const struct report_table *t,
                                         const char *name)
{
    for (size_t i = 0; i < t->columns; i++)
        if (strcmp(t->column[i].name, name) == 0)
            return &t->column[i];
    return NULL;
}

/* Six digits are more than any clock here deserves; whole numbers stay. */
static const char *put_real(double x, char room[REPORT_ROOM])
{
    if (x == floor(x) && fabs(x) < 1e15)
        snprintf(room, REPORT_ROOM, "%.0f", x);
    else if (fabs(x) >= 1000)
        snprintf(room, REPORT_ROOM, "%.1f", x);
    else
        snprintf(room, REPORT_ROOM, "%.6g", x);
    return room;
}

const char *report_cell(const struct report_column *c, const json_t *row,
                        char room[REPORT_ROOM])
{
    const json_t *value = value_of(c, row);
    char *text;

    if (!value || json_is_null(value))
        return "";
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_real(value))
        return put_real(json_real_value(value), room);
    text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    snprintf(room, REPORT_ROOM, "%s", text ? text : "");
    free(text);
    return room;
}

static json_int_t cell_of(const struct report_table *t, size_t i)
{
    return json_integer_value(json_object_get(table_row(t, i), "cell"));
}

/* What each row is in its cell: 1, 2, ... Returns 0 where there are no cells.
 * `of_rank` becomes how many are each; both have room for all and one more. */
static bool find_ranks(const struct report_table *t, size_t *rank,
                       size_t *of_rank)
{
    size_t all = table_count(t);

    for (size_t i = 0; i < all; i++) {
        rank[i] =
            i > 0 && cell_of(t, i) == cell_of(t, i - 1) ? rank[i - 1] + 1 : 1;
        of_rank[rank[i]]++;
    }
    return all > 0 && cell_of(t, all - 1) > 0;
}

/* One of each of `most` stretches, here more to its begin and there to its
 * end, by the golden section: at a fixed distance, values that come round with
 * it would be the only ones to be shown. */
static void spread(struct report_cut *c, size_t most)
{
    double stretch = (double)c->count / (double)most, whole;

    for (size_t i = 0; i < most; i++)
        c->at[i] = c->at[(
            size_t)(stretch *
                    ((double)i + modf(0.618033988749895 * (double)i, &whole)))];
    c->count = most;
}

/* Of the steps so many that all rows at them have room, at even distances;
 * false: not two of them have. */
static bool stride(struct report_cut *c, const struct report_table *t,
                   size_t most)
{
    size_t keep = t->step ? most * t->steps / c->all : 0, n = 0;

    if (keep < 2)
        return false;
    for (size_t i = 0; i < c->all; i++)
        if (t->step[i] * keep % t->steps < keep)
            c->at[n++] = i;
    c->count = n < most ? n : most;
    return true;
}

void cut_make(struct report_cut *c, const struct report_table *t, size_t most)
{
    size_t all = table_count(t), n;
    size_t *rank = calloc(2 * (all + 1), sizeof *rank);
    size_t *of_rank = rank + all + 1;
    bool swept;

    *c = (struct report_cut){.at = calloc(all + 1, sizeof *c->at), .all = all};
    if (!c->at || !rank)
        abort();
    swept = find_ranks(t, rank, of_rank);
    c->each = swept && all > most ? 1 : all;
    n = c->each < all ? of_rank[1] : all;
    while (c->each < all && n + of_rank[c->each + 1] <= most)
        n += of_rank[++c->each];
    for (size_t i = 0; i < all; i++)
        if (rank[i] <= c->each)
            c->at[c->count++] = i;
    free(rank);
    c->how = c->count < all ? CUT_EACH : CUT_NOTHING;
    if (c->count <= most)
        return;
    c->how = swept ? CUT_SPREAD : CUT_FIRST;
    if (!swept)
        c->count = most;
    else if (!stride(c, t, most))
        spread(c, most);
}

void cut_release(struct report_cut *c)
{
    free(c->at);
    *c = (struct report_cut){0};
}

const char *cut_says(const struct report_cut *c, const char *rows,
                     const char *file, char room[REPORT_ROOM])
{
    char how[60] = "the first";

    room[0] = '\0';
    if (c->how == CUT_NOTHING)
        return room;
    if (c->how == CUT_EACH)
        snprintf(how, sizeof how, "the first %zu of each cell", c->each);
    else if (c->how == CUT_SPREAD)
        snprintf(how, sizeof how, "spread over all");
    snprintf(room, REPORT_ROOM, "%zu of %zu %s are shown, %s; all are in %s.",
             c->count, c->all, rows, how, file);
    return room;
}
