/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *compare_verdict_name(enum compare_verdict v)
{
    static const char *const name[] = {"faster", "slower", "no difference",
                                       "undecided"};

    return name[v];
}

static bool is_ideal(const struct summary_group *g)
{
    return g->first->world && strcmp(g->first->world, "ideal") == 0;
}

/* The least p that so many samples could ever give: 2 of all the ways to share
 * them out. */
static double least_p(size_t a, size_t b)
{
    double ways = 1;

    for (size_t i = 1; i <= a; i++)
        ways *= (double)(b + i) / (double)i;
    return fmin(1, 2 / ways);
}

static struct comparison compare_one(const struct summary_group *a,
                                     const struct summary_group *b,
                                     uint64_t seed)
{
    struct comparison c = {a, b, .ratio = b->closed.median / a->closed.median};
    size_t n = a->closed.count, m = b->closed.count;

    c.exact = is_ideal(a) && is_ideal(b) && n > 0 && m > 0;
    c.of_ratio = infer_ratio(a->closed_ms, n, b->closed_ms, m, seed);
    if (c.exact)
        c.of_ratio = (struct interval){c.ratio, c.ratio};
    c.p = c.exact ? 0 : infer_differ(a->closed_ms, n, b->closed_ms, m);
    return c;
}

struct ranked {
    struct comparison *c;
    double p;
};

static int by_p(const void *a, const void *b)
{
    double x = ((const struct ranked *)a)->p, y = ((const struct ranked *)b)->p;

    return (x > y) - (x < y);
}

/* Holm's correction: the least p times the number of groups, the next times
 * one less, and none less than the one before. */
static void correct(struct comparison *c, size_t count)
{
    struct ranked *r = calloc(count + 1, sizeof *r);
    size_t tests = 0;
    double before = 0;

    if (!r)
        abort();
    for (size_t i = 0; i < count; i++)
        if (!c[i].exact && !isnan(c[i].p))
            r[tests++] = (struct ranked){&c[i], c[i].p};
    qsort(r, tests, sizeof *r, by_p);
    for (size_t i = 0; i < tests; i++) {
        before = fmax(before, fmin(1, r[i].p * (double)(tests - i)));
        r[i].c->p = before;
    }
    free(r);
}

static enum compare_verdict verdict_of(const struct comparison *c,
                                       double threshold)
{
    size_t n = c->a->closed.count, m = c->b->closed.count;
    bool apart = c->of_ratio.low > 1 || c->of_ratio.high < 1;
    bool large = fabs(c->ratio - 1) >= threshold;

    if (n == 0 || m == 0)
        return COMPARE_UNDECIDED;
    if (apart && large && c->p < COMPARE_ALPHA)
        return c->ratio > 1 ? COMPARE_SLOWER : COMPARE_FASTER;
    if (c->of_ratio.low > 1 - threshold && c->of_ratio.high < 1 + threshold)
        return COMPARE_SAME;
    if (!c->exact && least_p(n, m) >= COMPARE_ALPHA)
        return COMPARE_UNDECIDED;
    return COMPARE_SAME;
}

size_t compare_make(const struct summary *a, const struct summary *b,
                    double threshold, uint64_t seed, struct comparison **all)
{
    struct comparison *c = calloc(a->count + 1, sizeof *c);
    size_t count = 0;

    if (!c)
        abort();
    for (size_t i = 0; i < a->count; i++) {
        const struct summary_group *other =
            summary_find(b, a->group[i].question);

        if (other)
            c[count++] = compare_one(&a->group[i], other, seed);
    }
    correct(c, count);
    for (size_t i = 0; i < count; i++)
        c[i].verdict = verdict_of(&c[i], threshold);
    *all = c;
    return count;
}

static double percent(double ratio)
{
    return (ratio - 1) * 100;
}

static void print_sureness(FILE *to, const struct comparison *c)
{
    if (c->exact) {
        fputs("exact", to);
        return;
    }
    if (isnan(c->of_ratio.low))
        fputs("no interval: one row", to);
    else
        fprintf(to, "95 %%: %+.2f to %+.2f %%", percent(c->of_ratio.low),
                percent(c->of_ratio.high));
    if (!isnan(c->p))
        fprintf(to, "; p %.2g", c->p);
    fprintf(to, "; %zu and %zu rows", c->a->closed.count, c->b->closed.count);
}

void compare_print(FILE *to, const struct comparison *c, size_t count)
{
    for (; count-- > 0; c++) {
        fprintf(to, "%-13s", compare_verdict_name(c->verdict));
        if (!isnan(c->ratio))
            fprintf(to, " %+7.2f %%  %.3f ms to %.3f ms  (", percent(c->ratio),
                    c->a->closed.median, c->b->closed.median);
        else
            fputs("  (", to);
        print_sureness(to, c);
        fprintf(to, ")  %s", summary_name(c->a));
        if (c->a->turnarounds != c->b->turnarounds &&
            !isnan(c->a->turnarounds + c->b->turnarounds))
            fprintf(to, "; %g waits, then %g", c->a->turnarounds,
                    c->b->turnarounds);
        putc('\n', to);
    }
}

static json_t *real(double n)
{
    return isnan(n) ? json_null() : json_real(n);
}

json_t *compare_to_json(const struct comparison *c, size_t count)
{
    json_t *all = json_array();

    for (; count-- > 0; c++)
        json_array_append_new(
            all,
            json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:I, "
                      "s:I}",
                      "flags", c->a->question, "varied",
                      json_text(c->a->first->varied), "verdict",
                      compare_verdict_name(c->verdict), "a_median_ms",
                      real(c->a->closed.median), "b_median_ms",
                      real(c->b->closed.median), "ratio", real(c->ratio),
                      "ratio_low", real(c->of_ratio.low), "ratio_high",
                      real(c->of_ratio.high), "p", real(c->p), "exact",
                      (int)c->exact, "a_rows", (json_int_t)c->a->closed.count,
                      "b_rows", (json_int_t)c->b->closed.count));
    return all;
}
