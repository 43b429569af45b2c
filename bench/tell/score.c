/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *verdict_name(enum score_verdict v)
{
#define X(name, word) word,
    static const char *const names[] = {SCORE_VERDICTS(X)};
#undef X

    return names[v];
}

bool score_by_ratio(const struct score *s)
{
    return s->demand == SCORE_RATIO_AT_MOST ||
           s->demand == SCORE_RATIO_AT_LEAST;
}

static bool at_most(const struct score *s)
{
    return s->demand == SCORE_AT_MOST || s->demand == SCORE_RATIO_AT_MOST;
}

void score_judge(struct score *s)
{
    double value = score_by_ratio(s) ? s->ratio : s->measured;

    if (s->demand == SCORE_NONE)
        s->verdict = SCORE_REPORTED;
    else if (isnan(value))
        s->verdict = SCORE_SKIPPED;
    else if (at_most(s) ? value <= s->limit : value >= s->limit)
        s->verdict = SCORE_MET;
    else
        s->verdict = SCORE_MISSED;
}

/* Three digits that matter, without powers of ten. */
static void print_number(char *to, size_t size, double value)
{
    double a = fabs(value);
    int digits = a >= 100 ? 0 : a >= 10 ? 1 : a >= 1 ? 2 : a >= 0.1 ? 3 : 4;

    snprintf(to, size, "%.*f", digits, value);
}

static void print_demand(const struct score *s, char *to, size_t size)
{
    char limit[32];

    to[0] = 0;
    if (s->demand == SCORE_NONE)
        return;
    print_number(limit, sizeof limit, s->limit);
    snprintf(to, size, "%s %s%s", at_most(s) ? "<=" : ">=", limit,
             score_by_ratio(s) ? "x" : "");
}

static void print_beside(FILE *to, const struct score *s)
{
    char beside[32], ratio[32];

    if (!s->beside)
        return;
    if (isnan(s->ratio)) {
        fprintf(to, " (no %s)", s->beside);
        return;
    }
    print_number(beside, sizeof beside, s->beside_value);
    print_number(ratio, sizeof ratio, s->ratio);
    fprintf(to, " %sx the %s of %s", ratio, beside, s->beside);
}

static void print_line(FILE *to, const struct score *s)
{
    bool nothing = s->verdict == SCORE_SKIPPED || s->verdict == SCORE_INVALID ||
                   isnan(s->measured);
    char value[32] = "-", demand[48];

    if (!nothing)
        print_number(value, sizeof value, s->measured);
    print_demand(s, demand, sizeof demand);
    fprintf(to, "  %-32s %-15s %8s %-6s %-9s %-9s", s->what, s->figure, value,
            s->unit, demand, verdict_name(s->verdict));
    if (!s->why || !nothing)
        print_beside(to, s);
    if (s->why)
        fprintf(to, nothing ? " %s" : " (%s)", s->why);
    putc('\n', to);
}

void score_print(FILE *to, const struct score *s, size_t count,
                 const char *const target_name[])
{
    int target = 0;

    for (size_t i = 0; i < count; i++) {
        if (s[i].target != target) {
            target = s[i].target;
            fprintf(to, "%s%d. %s\n", i ? "\n" : "", target,
                    target_name[target - 1]);
        }
        print_line(to, &s[i]);
    }
}

/* JSON has no NaN; what is not known is null. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *line_to_json(const struct score *s)
{
    static const char *const demands[] = {NULL, "at most", "at least",
                                          "ratio at most", "ratio at least"};
    json_t *o = json_pack(
        "{s:i, s:s, s:s, s:s, s:I, s:o, s:s?, s:o, s:s?, s:o, s:o, s:s, s:s?}",
        "target", s->target, "what", s->what, "figure", s->figure, "unit",
        s->unit, "rounds", (json_int_t)s->rounds, "measured",
        number(s->measured), "demand", demands[s->demand], "limit",
        s->demand == SCORE_NONE ? json_null() : number(s->limit), "beside",
        s->beside, "beside_value", number(s->beside_value), "ratio",
        number(s->ratio), "verdict", verdict_name(s->verdict), "why", s->why);

    if (!o)
        abort();
    return o;
}

json_t *score_to_json(const struct score *s, size_t count)
{
    json_t *all = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(all, line_to_json(&s[i]));
    return all;
}
