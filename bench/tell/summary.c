/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/summary.h"

#include "bench/tell/varied.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTION = 4096 };

struct asked { /* a row and its question */
    const struct row *row;
    char *question;
};

static int by_question(const void *a, const void *b)
{
    const struct asked *x = a, *y = b;
    int order = strcmp(x->question, y->question);

    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static bool is_delivered(const struct row *r)
{
    return r->outcome && strncmp(r->outcome, "delivered", 9) == 0;
}

static double median_of(const struct asked *a, size_t count,
                        enum row_column column, double *room)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (a[i].row->valid == FLAG_TRUE && is_delivered(a[i].row))
            room[n++] = row_number(a[i].row, &row_columns[column]);
    return samples_median(room, n);
}

static bool is_named(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

/* What a row was asked. Its seed only tells repetitions apart, unless a sweep
 * varied it: then each seed is a cell. */
static char *question_of(const struct row *r, const char *const *except)
{
    char text[QUESTION], *question;
    struct varied v;
    bool seeded =
        !is_named(except, "seed") && varied_get(r->varied, "seed", &v);

    varied_question(r, except, text, sizeof text);
    if (asprintf(&question, "%s%s%s%s", text, seeded && *text ? " " : "",
                 seeded ? "--seed " : "", seeded ? v.value : "") < 0)
        abort();
    return question;
}

/* The group of rows that ask the same. */
static struct summary_group group_of(const struct asked *a, size_t count,
                                     uint64_t seed)
{
    struct summary_group g = {.question = a->question,
                              .first = a->row,
                              .rows = count,
                              .closed_ms = calloc(count, sizeof(double)),
                              .counted = calloc(count, sizeof(void *))};
    double *room = calloc(count, sizeof *room);
    size_t n = 0;

    if (!g.closed_ms || !g.counted || !room)
        abort();
    for (size_t i = 0; i < count; i++) {
        const struct row *r = a[i].row;
        bool valid = r->valid == FLAG_TRUE;

        g.invalid += !valid;
        g.undelivered += valid && !is_delivered(r);
        if (valid && is_delivered(r) && !isnan(r->closed_ms)) {
            g.counted[n] = r;
            g.closed_ms[n++] = r->closed_ms;
        }
        if (i > 0)
            free(a[i].question);
    }
    g.closed = samples_spread(g.closed_ms, n);
    g.closed.p95 = samples_percentile(g.closed_ms, n, 95);
    g.closed.p99 = samples_percentile(g.closed_ms, n, 99);
    g.median = infer_median(g.closed_ms, n, seed);
    g.turnarounds = median_of(a, count, ROW_turnarounds, room);
    g.floor_ms = median_of(a, count, ROW_floor_ms, room);
    free(room);
    return g;
}

static int by_place(const void *a, const void *b)
{
    const struct row *x = ((const struct summary_group *)a)->first;
    const struct row *y = ((const struct summary_group *)b)->first;

    if (x->cell != y->cell)
        return x->cell < y->cell ? -1 : 1;
    return (x > y) - (x < y);
}

void summary_make(struct summary *s, const struct rows *rows,
                  const char *const *except, uint64_t seed)
{
    struct asked *a = calloc(rows->count + 1, sizeof *a);

    *s = (struct summary){.group = calloc(rows->count + 1, sizeof *s->group)};
    if (!a || !s->group)
        abort();
    for (size_t i = 0; i < rows->count; i++)
        a[i] =
            (struct asked){&rows->row[i], question_of(&rows->row[i], except)};
    qsort(a, rows->count, sizeof *a, by_question);
    for (size_t at = 0, n; at < rows->count; at += n) {
        for (n = 1; at + n < rows->count; n++)
            if (strcmp(a[at].question, a[at + n].question) != 0)
                break;
        s->group[s->count++] = group_of(a + at, n, seed);
    }
    qsort(s->group, s->count, sizeof *s->group, by_place);
    free(a);
}

void summary_release(struct summary *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->group[i].question);
        free(s->group[i].closed_ms);
        free(s->group[i].counted);
    }
    free(s->group);
    *s = (struct summary){0};
}

const struct summary_group *summary_find(const struct summary *s,
                                         const char *question)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->group[i].question, question) == 0)
            return &s->group[i];
    return NULL;
}

const char *summary_name(const struct summary_group *g)
{
    if (g->first->varied && *g->first->varied)
        return g->first->varied;
    return *g->question ? g->question : "(the defaults)";
}

static void put_ms(FILE *to, double ms)
{
    if (isnan(ms))
        fprintf(to, " %10s", "-");
    else
        fprintf(to, " %10.3f", ms);
}

static size_t longest_name(const struct summary *s, size_t most)
{
    size_t longest = 5;

    for (size_t i = 0; i < s->count && i < most; i++)
        if (strlen(summary_name(&s->group[i])) > longest)
            longest = strlen(summary_name(&s->group[i]));
    return longest;
}

void summary_print(FILE *to, const struct summary *s, size_t most)
{
    int width = (int)longest_name(s, most);

    fprintf(to, "%-*s %5s %5s %10s %21s %10s %10s %10s %10s\n", width,
            "closed_ms", "rows", "waits", "median", "95 % of the median", "p95",
            "p99", "max", "floor");
    for (size_t i = 0; i < s->count && i < most; i++) {
        const struct summary_group *g = &s->group[i];

        fprintf(to, "%-*s %5zu", width, summary_name(g), g->closed.count);
        if (isnan(g->turnarounds))
            fprintf(to, " %5s", "-");
        else
            fprintf(to, " %5g", g->turnarounds);
        put_ms(to, g->closed.median);
        put_ms(to, g->median.low);
        put_ms(to, g->median.high);
        put_ms(to, g->closed.p95);
        put_ms(to, g->closed.p99);
        put_ms(to, g->closed.max);
        put_ms(to, g->floor_ms);
        if (g->invalid > 0)
            fprintf(to, "  %zu INVALID", g->invalid);
        if (g->undelivered > 0)
            fprintf(to, "  %zu not delivered", g->undelivered);
        putc('\n', to);
    }
    if (s->count > most)
        fprintf(to, "and %zu more\n", s->count - most);
}

static json_t *real(double n)
{
    return isnan(n) ? json_null() : json_real(round(n * 1e6) / 1e6);
}

json_t *summary_to_json(const struct summary *s)
{
    json_t *all = json_array();

    for (size_t i = 0; i < s->count; i++) {
        const struct summary_group *g = &s->group[i];

        json_array_append_new(
            all,
            json_pack(
                "{s:o, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, "
                "s:o, s:o, s:o, s:o}",
                "varied", json_text(g->first->varied), "flags", g->question,
                "rows", (json_int_t)g->rows, "counted",
                (json_int_t)g->closed.count, "invalid", (json_int_t)g->invalid,
                "undelivered", (json_int_t)g->undelivered, "turnarounds",
                real(g->turnarounds), "median_ms", real(g->closed.median),
                "median_low_ms", real(g->median.low), "median_high_ms",
                real(g->median.high), "min_ms", real(g->closed.min), "p95_ms",
                real(g->closed.p95), "p99_ms", real(g->closed.p99), "max_ms",
                real(g->closed.max), "floor_ms", real(g->floor_ms)));
    }
    return all;
}

static void put_text(FILE *to, const char *text)
{
    putc('"', to);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', to);
        putc(*text, to);
    }
    putc('"', to);
}

int summary_csv(FILE *to, const struct summary *s)
{
    fputs("varied,flags,rows,counted,invalid,undelivered,turnarounds,median_ms,"
          "median_low_ms,median_high_ms,min_ms,p95_ms,p99_ms,max_ms,floor_ms\n",
          to);
    for (size_t i = 0; i < s->count; i++) {
        const struct summary_group *g = &s->group[i];
        const double n[] = {g->turnarounds, g->closed.median, g->median.low,
                            g->median.high, g->closed.min,    g->closed.p95,
                            g->closed.p99,  g->closed.max,    g->floor_ms};

        put_text(to, g->first->varied ? g->first->varied : "");
        putc(',', to);
        put_text(to, g->question);
        fprintf(to, ",%zu,%zu,%zu,%zu", g->rows, g->closed.count, g->invalid,
                g->undelivered);
        for (size_t k = 0; k < sizeof n / sizeof n[0]; k++)
            if (isnan(n[k]))
                putc(',', to);
            else
                fprintf(to, ",%.15g", round(n[k] * 1e6) / 1e6);
        putc('\n', to);
    }
    return fflush(to) || ferror(to) ? -1 : 0;
}
