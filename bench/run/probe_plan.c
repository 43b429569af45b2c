/* SPDX-License-Identifier: BSD-2-Clause */
/* The rounds of a plan, and what comes of them. */
#include "bench/run/probe_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tell/stats.h"

void probe_plan_release(struct probe_plan *plan)
{
    free(plan->probe);
    free(plan->demand);
    free(plan->outcome);
    *plan = (struct probe_plan){0};
}

void probe_plan_head(FILE *csv)
{
    fputs("round,try,target,probe,figure,value,disturbed,note\n", csv);
}

static void put_text(FILE *csv, const char *text)
{
    putc('"', csv);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', csv);
        putc(*text, csv);
    }
    putc('"', csv);
}

static void put_figure(FILE *csv, const char *head, const char *name,
                       double value, const struct probe_outcome *o)
{
    fprintf(csv, "%s,%s,", head, name);
    if (isfinite(value))
        fprintf(csv, "%.6g", value);
    fprintf(csv, ",%d,", o->disturbed);
    if (o->why[0])
        put_text(csv, o->why);
    putc('\n', csv);
}

static void put_rows(FILE *csv, size_t round, int try, const struct probe *p,
                     const struct probe_outcome *o)
{
    char head[PROBE_NAME + 64];

    snprintf(head, sizeof head, "%zu,%d,%d,%s", round + 1, try, p->target,
             p->name);
    for (size_t i = 0; i < o->count; i++)
        put_figure(csv, head, o->figure[i].name, o->figure[i].value, o);
    if (o->count == 0)
        put_figure(csv, head, "none", NAN, o);
    if (!o->skipped) {
        put_figure(csv, head, "steal_pct", o->steal_pct, o);
        put_figure(csv, head, "foreign_pct", o->foreign_pct, o);
    }
    fflush(csv);
}

static void do_probe(const struct probe_plan *plan, size_t i,
                     struct probe_outcome *o)
{
    (plan->run ? plan->run : probe_do)(&plan->probe[i], o);
}

/* What this host cannot do need not be tried again. */
static void run_one(const struct probe_plan *plan, size_t i,
                    struct probe_outcome *o)
{
    const struct probe *p = &plan->probe[i];

    if (plan->rounds > 0 && plan->outcome[i].skipped) {
        *o = plan->outcome[i];
    } else if (plan->match && !strstr(p->name, plan->match)) {
        *o = (struct probe_outcome){.skipped = true};
        probe_refuse(o, "its name has no '%s'", plan->match);
    } else {
        do_probe(plan, i, o);
    }
}

struct telling { /* who hears of each probe */
    FILE *csv;
    void (*told)(void *, const struct probe *, const struct probe_outcome *);
    void *arg;
};

/* Of two disturbed outcomes the last is as good as the first. */
static void do_again(struct probe_plan *plan, size_t i, int try,
                     const struct telling *t)
{
    struct probe_outcome *o = &plan->outcome[plan->rounds * plan->probes + i];

    do_probe(plan, i, o);
    plan->repeated++;
    put_rows(t->csv, plan->rounds, try, &plan->probe[i], o);
    if (t->told)
        t->told(t->arg, &plan->probe[i], o);
}

static size_t count_disturbed(const struct probe_plan *plan)
{
    size_t count = 0;

    for (size_t i = 0; i < plan->probes; i++)
        count += plan->outcome[plan->rounds * plan->probes + i].disturbed;
    return count;
}

/* Where nothing came of it the others are not done yet: it is given up. */
static void repeat_disturbed(struct probe_plan *plan, const struct telling *t)
{
    size_t left = count_disturbed(plan), before = left + 1;

    const int most = plan->once ? 1 : 1 + PROBE_REPEATS;

    for (int try = 2; try <= most && left < before; try++) {
        for (size_t i = 0; i < plan->probes; i++)
            if (plan->outcome[plan->rounds * plan->probes + i].disturbed)
                do_again(plan, i, try, t);
        before = left;
        left = count_disturbed(plan);
    }
    plan->disturbed += left;
}

void probe_plan_round(struct probe_plan *plan, FILE *csv,
                      void (*told)(void *, const struct probe *,
                                   const struct probe_outcome *),
                      void *arg)
{
    const struct telling t = {csv, told, arg};
    size_t done = plan->rounds * plan->probes;

    plan->outcome =
        reallocarray(plan->outcome, done + plan->probes, sizeof *plan->outcome);
    if (!plan->outcome)
        abort();
    for (size_t i = 0; i < plan->probes; i++) {
        struct probe_outcome *o = &plan->outcome[done + i];
        run_one(plan, i, o);
        put_rows(csv, plan->rounds, 1, &plan->probe[i], o);
        if (told)
            told(arg, &plan->probe[i], o);
    }
    repeat_disturbed(plan, &t);
    plan->rounds++;
}

static const struct probe_outcome *outcome_of(const struct probe_plan *plan,
                                              size_t round, size_t probe)
{
    return &plan->outcome[round * plan->probes + probe];
}

/* A round that the road itself called invalid does not count; one that others
 * disturbed only where `any` is asked for. */
static double figure_of(const struct probe_outcome *o, const char *name,
                        bool any)
{
    bool counts = o->done && !o->why[0] && (any || !o->disturbed);

    for (size_t i = 0; counts && i < o->count; i++)
        if (strcmp(o->figure[i].name, name) == 0)
            return o->figure[i].value;
    return NAN;
}

double probe_plan_steal(const struct probe_plan *plan)
{
    size_t count = plan->rounds * plan->probes;
    double *value = calloc(count + 1, sizeof *value), median;

    if (!value)
        abort();
    for (size_t i = 0; i < count; i++)
        value[i] =
            plan->outcome[i].done ? plan->outcome[i].steal_pct : (double)NAN;
    median = samples_median(value, count);
    free(value);
    return median;
}

static const char *reason(const struct probe_plan *plan, size_t probe,
                          enum score_verdict *verdict)
{
    *verdict = SCORE_INVALID;
    for (size_t r = 0; r < plan->rounds; r++) {
        const struct probe_outcome *o = outcome_of(plan, r, probe);
        if (o->skipped)
            *verdict = SCORE_SKIPPED;
        else if (o->disturbed) /* that may be why */
            *verdict = SCORE_UNDECIDED;
        if (o->why[0])
            return o->why;
    }
    return "no figures";
}

struct columns { /* a value for each round, or NaN */
    double *own, *other, *ratio;
};

static double *column(size_t rounds)
{
    double *c = calloc(rounds + 1, sizeof *c);

    if (!c)
        abort();
    return c;
}

/* The ratio is the median of the rounds' own ones: what disturbed a round
 * disturbed both. */
static size_t score_rounds(const struct probe_plan *plan,
                           const struct probe_demand *d, struct score *s,
                           bool any)
{
    struct columns c = {column(plan->rounds), column(plan->rounds),
                        column(plan->rounds)};
    const char *other = d->beside_figure ? d->beside_figure : d->figure;
    size_t rounds, ratios;

    for (size_t r = 0; r < plan->rounds; r++) {
        c.own[r] = figure_of(outcome_of(plan, r, d->probe), d->figure, any);
        c.other[r] = NAN;
        if (d->beside != PROBE_NOTHING)
            c.other[r] = figure_of(outcome_of(plan, r, d->beside), other, any);
        c.ratio[r] = c.own[r] / c.other[r];
    }
    rounds = samples_sort(c.own, plan->rounds);
    s->measured = samples_median(c.own, plan->rounds);
    s->beside_value = samples_median(c.other, plan->rounds);
    ratios = samples_sort(c.ratio, plan->rounds);
    s->ratio = samples_median(c.ratio, plan->rounds);
    free(c.own);
    free(c.other);
    free(c.ratio);
    return score_by_ratio(s) ? ratios : rounds;
}

/* Too few rounds that nobody disturbed: the figures of all are shown, and
 * decide nothing. */
static void judge(const struct probe_plan *plan, const struct probe_demand *d,
                  struct score *s)
{
    size_t least =
        plan->rounds < PROBE_ROUNDS_LEAST ? plan->rounds : PROBE_ROUNDS_LEAST;
    size_t all;

    s->rounds = score_rounds(plan, d, s, false);
    if (s->rounds >= least) {
        score_judge(s);
        return;
    }
    all = score_rounds(plan, d, s, true);
    score_judge(s);
    if (all > s->rounds && s->verdict != SCORE_SKIPPED) {
        s->verdict = SCORE_UNDECIDED;
        s->why = "too few undisturbed rounds";
    } else {
        s->rounds = all;
    }
}

static struct score score_of(const struct probe_plan *plan,
                             const struct probe_demand *d)
{
    const struct probe *p = &plan->probe[d->probe];
    struct score s = {.target = p->target,
                      .what = p->name,
                      .figure = d->figure,
                      .unit = d->unit,
                      .demand = d->how,
                      .limit = d->limit};

    if (d->beside != PROBE_NOTHING)
        s.beside = plan->probe[d->beside].name;
    judge(plan, d, &s);
    if (isnan(s.measured))
        s.why = reason(plan, d->probe, &s.verdict);
    else if (s.verdict == SCORE_SKIPPED)
        s.why = reason(plan, d->beside, &s.verdict);
    return s;
}

struct score *probe_plan_score(const struct probe_plan *plan)
{
    struct score *all = calloc(plan->demands + 1, sizeof *all);

    if (!all)
        abort();
    for (size_t i = 0; i < plan->demands; i++)
        all[i] = score_of(plan, &plan->demand[i]);
    return all;
}
