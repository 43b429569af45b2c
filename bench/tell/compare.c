/* SPDX-License-Identifier: BSD-2-Clause */
/* Two questions are asked of a group: do the times differ at all, and are they
 * surely nearer to each other than the threshold (Schuirmann's two one-sided
 * tests, 1987)? Where neither is answered, the group is undecided: that no
 * difference was found is no proof that there is none. */
#include "bench/tell/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* With so many rows, a difference that they do not show is too near to the
 * threshold to be told from it. */
#define ROWS_TOO_MANY 1e6

const char *compare_verdict_name(enum compare_verdict v)
{
    static const char *const name[] = {"faster", "slower", "no difference",
                                       "undecided"};

    return name[v];
}

/* Whether a road draws lots: losses and the like, jitter, slots. Its words are
 * those that the link prints, which leave out what is 0. */
static bool has_chance(const char *road)
{
    static const char *const words[] = {"loss", "corrupt", "duplicate",
                                        "reorder", "slot"};
    const char *delay = road;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(road, words[i]))
            return true;
    while ((delay = strstr(delay, "delay "))) {
        delay += strcspn(delay, " ") + 1;
        delay += strcspn(delay, " ");
        if (delay[0] == ' ' && delay[1] >= '0' && delay[1] <= '9')
            return true;
    }
    return false;
}

/* Nothing was left to chance. TLS' messages differ by some octets from one
 * session to the next: a second row must say that this takes no time here. */
static bool is_exact(const struct summary_group *g)
{
    const struct row *r = g->first;
    bool tls = r->tls && strcmp(r->tls, "none") != 0;

    if (g->closed.count == 0 || !r->world)
        return false;
    if (strcmp(r->world, "ideal") == 0)
        return true;
    return strcmp(r->world, "ns3") == 0 && r->uplink && r->downlink &&
           !has_chance(r->uplink) && !has_chance(r->downlink) &&
           g->closed.count >= (tls ? 2 : 1) && g->closed.min == g->closed.max;
}

static bool is_known(const struct comparison *c)
{
    return c->a_rows > 0 && c->b_rows > 0;
}

static double *times(const double *sample, size_t count, double factor)
{
    double *scaled = calloc(count + 1, sizeof *scaled);

    if (!scaled)
        abort();
    for (size_t i = 0; i < count; i++)
        scaled[i] = sample[i] * factor;
    return scaled;
}

static double two_sided(double one_sided)
{
    return fmin(1, 2 * one_sided);
}

/* p before it is corrected, in the direction of the ratio. */
static void test(struct comparison *c, const double *a, const double *b,
                 double threshold)
{
    size_t n = c->a_rows, m = c->b_rows;
    double *least = times(a, n, 1 - threshold);
    double *most = times(a, n, 1 + threshold);

    c->p = two_sided(c->ratio >= 1 ? infer_greater(a, n, b, m)
                                   : infer_greater(b, m, a, n));
    c->p_same =
        fmax(infer_greater(least, n, b, m), infer_greater(b, m, most, n));
    free(least);
    free(most);
}

/* Of sorted samples; how exact they are is known. */
static void compare_samples(struct comparison *c, const double *a,
                            const double *b, double threshold, uint64_t seed)
{
    c->ratio = samples_quantile(b, c->b_rows, 0.5) /
               samples_quantile(a, c->a_rows, 0.5);
    c->p = c->p_same = c->rows_wanted = NAN;
    if (c->exact) {
        c->of_ratio = (struct interval){c->ratio, c->ratio};
        c->p = c->p_same = 0;
        return;
    }
    c->of_ratio = infer_ratio(a, c->a_rows, b, c->b_rows, seed);
    if (is_known(c))
        test(c, a, b, threshold);
}

static struct comparison compare_one(const struct summary_group *a,
                                     const struct summary_group *b,
                                     double threshold, uint64_t seed)
{
    struct comparison c = {
        .a = a,
        .b = b,
        .groups = 1,
        .a_rows = a->closed.count,
        .b_rows = b->closed.count,
        .exact = is_exact(a) && is_exact(b),
    };

    compare_samples(&c, a->closed_ms, b->closed_ms, threshold, seed);
    return c;
}

/* Returns how many tests there were. */
static size_t correct(struct comparison *c, size_t count)
{
    double **p = calloc(2 * count + 1, sizeof *p), **same = p + count;
    size_t tests = 0;

    if (!p)
        abort();
    for (size_t i = 0; i < count; i++)
        if (!c[i].exact && is_known(&c[i])) {
            p[tests] = &c[i].p;
            same[tests++] = &c[i].p_same;
        }
    infer_correct(p, tests);
    infer_correct(same, tests);
    free(p);
    return tests;
}

static enum compare_verdict verdict_of(const struct comparison *c,
                                       double threshold)
{
    const struct interval *of = &c->of_ratio;
    bool large = fabs(c->ratio - 1) >= threshold && c->ratio != 1;
    bool within = of->low > 1 - threshold && of->high < 1 + threshold;
    bool apart = of->low > 1 || of->high < 1;

    if (isnan(c->ratio))
        return COMPARE_UNDECIDED;
    if (large && (c->exact || (apart && c->p < COMPARE_ALPHA)))
        return c->ratio > 1 ? COMPARE_SLOWER : COMPARE_FASTER;
    if (c->exact || (within && c->p_same < COMPARE_ALPHA))
        return COMPARE_SAME;
    return COMPARE_UNDECIDED;
}

/* So many of each side that all of one above all of the other would be sure,
 * were it the only one of so many groups: there are (2 n)! / n!^2 orders. */
static double least_rows(size_t tests)
{
    double rows = 0, orders = 1;

    while (2 / orders * (double)tests >= COMPARE_ALPHA) {
        rows++;
        orders *= (2 * rows) * (2 * rows - 1) / (rows * rows);
    }
    return rows;
}

/* The interval narrows by the root of the rows. It must leave out 1 where the
 * ratio is beyond the threshold, else the threshold. */
static double rows_wanted(const struct comparison *c, size_t tests,
                          double threshold)
{
    double n = (double)c->a_rows, m = (double)c->b_rows;
    double least = least_rows(tests), size = fabs(log(c->ratio)), room, half;

    if (c->verdict != COMPARE_UNDECIDED)
        return NAN;
    if (isnan(c->of_ratio.low))
        return least;
    half = log(c->of_ratio.high / c->of_ratio.low) / 2;
    room = fabs(c->ratio - 1) >= threshold ? size : log1p(threshold) - size;
    n = 2 / (1 / n + 1 / m);
    least = fmax(least, ceil(n * half * half / (room * room)));
    if (least <= n)
        least = 2 * n; /* the interval is narrow enough, p is not */
    return room > 0 && least < ROWS_TOO_MANY ? least : NAN;
}

size_t compare_make(const struct summary *a, const struct summary *b,
                    double threshold, uint64_t seed, struct comparison **all)
{
    struct comparison *c = calloc(a->count + 1, sizeof *c);
    size_t count = 0, tests;

    if (!c)
        abort();
    for (size_t i = 0; i < a->count; i++) {
        const struct summary_group *other =
            summary_find(b, a->group[i].question);

        if (other)
            c[count++] = compare_one(&a->group[i], other, threshold, seed);
    }
    tests = correct(c, count);
    for (size_t i = 0; i < count; i++) {
        c[i].verdict = verdict_of(&c[i], threshold);
        c[i].rows_wanted = rows_wanted(&c[i], tests, threshold);
    }
    *all = c;
    return count;
}

struct part { /* of a repetition's time: a row's */
    int64_t repeat;
    double log_ms;
};

static int by_repeat(const void *a, const void *b)
{
    const struct part *x = a, *y = b;

    return (x->repeat > y->repeat) - (x->repeat < y->repeat);
}

/* Adds a group's rows, over the group's own time, so that one that a
 * repetition lacks does not make it faster. */
static size_t add_parts(struct part *to, const struct summary_group *g,
                        double own_ms)
{
    for (size_t i = 0; i < g->closed.count; i++) {
        int64_t repeat = g->counted[i]->repeat;

        to[i].repeat = repeat == ROW_NO_COUNT ? (int64_t)i + 1 : repeat;
        to[i].log_ms = log(g->counted[i]->closed_ms / own_ms);
    }
    return g->closed.count;
}

/* Each repetition's time, sorted: how many; caller frees. */
static size_t repetitions(const struct comparison *c, size_t count, bool second,
                          double **of)
{
    struct part *part;
    size_t parts = 0, n = 0;

    for (size_t i = 0; i < count; i++)
        parts += second ? c[i].b_rows : c[i].a_rows;
    part = calloc(parts + 1, sizeof *part);
    *of = calloc(parts + 1, sizeof **of);
    if (!part || !*of)
        abort();
    parts = 0;
    for (size_t i = 0; i < count; i++)
        if (is_known(&c[i]))
            parts += add_parts(part + parts, second ? c[i].b : c[i].a,
                               c[i].a->closed.median);
    qsort(part, parts, sizeof *part, by_repeat);
    for (size_t at = 0, k; at < parts; at += k) {
        double sum = 0;

        for (k = 0; at + k < parts && part[at + k].repeat == part[at].repeat;
             k++)
            sum += part[at + k].log_ms;
        (*of)[n++] = exp(sum / (double)k);
    }
    free(part);
    return samples_sort(*of, n);
}

struct comparison compare_whole(const struct comparison *c, size_t count,
                                double threshold, uint64_t seed)
{
    struct comparison all = {.exact = true};
    double *a, *b;

    for (size_t i = 0; i < count; i++)
        if (is_known(&c[i])) {
            all.groups++;
            all.exact &= c[i].exact;
        }
    all.exact &= all.groups > 0;
    all.a_rows = repetitions(c, count, false, &a);
    all.b_rows = repetitions(c, count, true, &b);
    compare_samples(&all, a, b, threshold, seed);
    all.verdict = verdict_of(&all, threshold);
    all.rows_wanted = rows_wanted(&all, 1, threshold);
    free(a);
    free(b);
    return all;
}
