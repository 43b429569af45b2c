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

/* --- rounds ------------------------------------------------------------ */

void probe_plan_head(FILE *csv)
{
    fputs("round,target,probe,figure,value,note\n", csv);
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

static void put_rows(FILE *csv, size_t round, const struct probe *p,
                     const struct probe_outcome *o)
{
    static const struct probe_figure none = {"none", NAN};

    for (size_t i = 0; i < o->count || i == 0; i++) {
        const struct probe_figure *f = i < o->count ? &o->figure[i] : &none;
        fprintf(csv, "%zu,%d,%s,%s,", round + 1, p->target, p->name, f->name);
        if (isfinite(f->value))
            fprintf(csv, "%.6g", f->value);
        putc(',', csv);
        if (o->why[0])
            put_text(csv, o->why);
        putc('\n', csv);
    }
    fflush(csv);
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
        probe_do(p, o);
    }
}

void probe_plan_round(struct probe_plan *plan, FILE *csv,
                      void (*told)(void *, const struct probe *,
                                   const struct probe_outcome *),
                      void *arg)
{
    size_t done = plan->rounds * plan->probes;

    plan->outcome =
        reallocarray(plan->outcome, done + plan->probes, sizeof *plan->outcome);
    if (!plan->outcome)
        abort();
    for (size_t i = 0; i < plan->probes; i++) {
        struct probe_outcome *o = &plan->outcome[done + i];
        run_one(plan, i, o);
        put_rows(csv, plan->rounds, &plan->probe[i], o);
        if (told)
            told(arg, &plan->probe[i], o);
    }
    plan->rounds++;
}

/* --- scores ------------------------------------------------------------ */

static const struct probe_outcome *outcome_of(const struct probe_plan *plan,
                                              size_t round, size_t probe)
{
    return &plan->outcome[round * plan->probes + probe];
}

/* A round that the road itself called invalid does not count. */
static double figure_of(const struct probe_plan *plan, size_t round,
                        size_t probe, const char *name)
{
    const struct probe_outcome *o = outcome_of(plan, round, probe);

    for (size_t i = 0; o->done && !o->why[0] && i < o->count; i++)
        if (strcmp(o->figure[i].name, name) == 0)
            return o->figure[i].value;
    return NAN;
}

double probe_plan_median(const struct probe_plan *plan, const char *figure)
{
    size_t count = plan->rounds * plan->probes;
    double *value = calloc(count + 1, sizeof *value), median;

    if (!value)
        abort();
    for (size_t i = 0; i < count; i++)
        value[i] = figure_of(plan, i / plan->probes, i % plan->probes, figure);
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
        if (o->why[0])
            return o->why;
    }
    return "no figures";
}

/* The ratio is the median of the rounds' own ones: what disturbed a round
 * disturbed both. */
static void score_rounds(const struct probe_plan *plan,
                         const struct probe_demand *d, struct score *s)
{
    double *own = calloc(plan->rounds, sizeof *own);
    double *other = calloc(plan->rounds, sizeof *other);
    double *ratio = calloc(plan->rounds, sizeof *ratio);

    if (!own || !other || !ratio)
        abort();
    for (size_t r = 0; r < plan->rounds; r++) {
        own[r] = figure_of(plan, r, d->probe, d->figure);
        other[r] = NAN;
        if (d->beside != PROBE_NOTHING)
            other[r] =
                figure_of(plan, r, d->beside,
                          d->beside_figure ? d->beside_figure : d->figure);
        ratio[r] = own[r] / other[r];
    }
    s->rounds = samples_sort(own, plan->rounds);
    s->measured = samples_median(own, plan->rounds);
    s->beside_value = samples_median(other, plan->rounds);
    s->ratio = samples_median(ratio, plan->rounds);
    free(own);
    free(other);
    free(ratio);
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
    score_rounds(plan, d, &s);
    score_judge(&s);
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
