/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparisons for people and for programs. */
#include "bench/tell/compare.h"

#include <math.h>

static double percent(double ratio)
{
    return (ratio - 1) * 100;
}

static bool is_same(const struct comparison *c)
{
    return c->verdict == COMPARE_SAME;
}

static void print_sureness(FILE *to, const struct comparison *c)
{
    if (c->exact) {
        fputs("exact", to);
        return;
    }
    if (isnan(c->of_ratio.low))
        fputs("no interval: fewer than two rows", to);
    else
        fprintf(to, "95 %%: %+.2f to %+.2f %%", percent(c->of_ratio.low),
                percent(c->of_ratio.high));
    if (!isnan(c->p))
        fprintf(to, "; p %.2g%s", is_same(c) ? c->p_same : c->p,
                is_same(c) ? " of more" : "");
    fprintf(to, "; %zu and %zu %s", c->a_rows, c->b_rows,
            c->a ? "rows" : "repetitions");
    if (c->rows_wanted > 0)
        fprintf(to, ", about %.0f each would decide", c->rows_wanted);
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

void compare_print_whole(FILE *to, const struct comparison *c)
{
    fprintf(to, "over all %zu groups: %s, %+.2f %% (", c->groups,
            compare_verdict_name(c->verdict), percent(c->ratio));
    print_sureness(to, c);
    fputs(")\n", to);
}

static json_t *real(double n)
{
    return isnan(n) ? json_null() : json_real(n);
}

static json_t *sureness_to_json(const struct comparison *c)
{
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:I, s:I, s:o}", "verdict",
        compare_verdict_name(c->verdict), "ratio", real(c->ratio), "ratio_low",
        real(c->of_ratio.low), "ratio_high", real(c->of_ratio.high), "p",
        real(c->p), "p_same", real(c->p_same), "exact", (int)c->exact, "a_rows",
        (json_int_t)c->a_rows, "b_rows", (json_int_t)c->b_rows, "rows_wanted",
        real(c->rows_wanted));
}

json_t *compare_to_json(const struct comparison *c, size_t count)
{
    json_t *all = json_array();

    for (; count-- > 0; c++) {
        json_t *one = json_pack("{s:s, s:o, s:o, s:o}", "flags", c->a->question,
                                "varied", json_text(c->a->first->varied),
                                "a_median_ms", real(c->a->closed.median),
                                "b_median_ms", real(c->b->closed.median));

        json_object_update_new(one, sureness_to_json(c));
        json_array_append_new(all, one);
    }
    return all;
}

json_t *compare_whole_to_json(const struct comparison *c)
{
    json_t *all = json_pack("{s:I}", "groups", (json_int_t)c->groups);

    json_object_update_new(all, sureness_to_json(c));
    return all;
}
