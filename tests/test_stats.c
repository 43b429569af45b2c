/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics against figures worked out by hand (and by R's quantile()). */
#include "bench/tell/stats.h"
#include "bench/tell/summary.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
    double sample[6];
    size_t count, known;
    double min, q1, median, q3, max, mean;
} set[] = {
    {{7}, 1, 1, 7, 7, 7, 7, 7, 7},
    {{2, 1}, 2, 2, 1, 1.25, 1.5, 1.75, 2, 1.5},
    {{3, 1, 2}, 3, 3, 1, 1.5, 2, 2.5, 3, 2},
    {{10, 2, 4, 8, 6, 100}, 6, 6, 2, 4.5, 7, 9.5, 100, 130 / 6.0},
    {{NAN, 5, NAN, 1, 3}, 5, 3, 1, 2, 3, 4, 5, 3},
    {{-1, -1, -1, 0}, 4, 4, -1, -1, -1, -0.75, 0, -0.75},
};
/* clang-format on */

START_TEST(spread_of_a_set)
{
    double sample[6];
    struct spread s;

    for (size_t i = 0; i < set[_i].count; i++)
        sample[i] = set[_i].sample[i];
    s = samples_spread(sample, set[_i].count);
    ck_assert_uint_eq(s.count, set[_i].known);
    ck_assert_double_eq_tol(s.min, set[_i].min, 1e-12);
    ck_assert_double_eq_tol(s.q1, set[_i].q1, 1e-12);
    ck_assert_double_eq_tol(s.median, set[_i].median, 1e-12);
    ck_assert_double_eq_tol(s.q3, set[_i].q3, 1e-12);
    ck_assert_double_eq_tol(s.max, set[_i].max, 1e-12);
    ck_assert_double_eq_tol(s.mean, set[_i].mean, 1e-12);
    ck_assert(s.p95 <= s.p99 && s.p99 <= s.max);
    ck_assert_double_eq(samples_median(sample, set[_i].count), s.median);
}
END_TEST

START_TEST(nothing_is_known_of_nothing)
{
    double unknown[2] = {NAN, NAN};
    struct spread s = samples_spread(unknown, 2);

    ck_assert_uint_eq(s.count, 0);
    ck_assert_double_nan(s.min);
    ck_assert_double_nan(s.median);
    ck_assert_double_nan(s.mean);
    ck_assert_double_nan(samples_median(unknown, 0));
}
END_TEST

/* clang-format off */
static const struct {
    size_t count;
    unsigned percent;
    double is;
} percentile[] = {
    {0, 50, NAN}, {1, 50, NAN}, {2, 50, 1.5}, {1, 100, 1}, {5, 95, NAN},
    {19, 95, NAN}, {20, 95, 19.05}, {21, 95, 20}, {99, 99, NAN},
    {100, 99, 99.01}, {101, 99, 100},
};
/* clang-format on */

START_TEST(percentiles_need_samples)
{
    double sorted[101], is;

    for (int i = 0; i < 101; i++)
        sorted[i] = i + 1;
    is = samples_percentile(sorted, percentile[_i].count,
                            percentile[_i].percent);
    if (isnan(percentile[_i].is))
        ck_assert_double_nan(is);
    else
        ck_assert_double_eq_tol(is, percentile[_i].is, 1e-9);
}
END_TEST

/* Nineteen rows have no 95th percentile, twenty have one. */
START_TEST(a_summary_leaves_them_out)
{
    for (int rows = 19; rows <= 20; rows++) {
        struct rows all = {0};
        struct summary s;
        char *csv, *text;
        size_t size;
        FILE *to = open_memstream(&csv, &size);

        for (int i = 0; i < rows; i++) {
            struct row *r = rows_add(&all);

            row_init(r);
            r->valid = FLAG_TRUE;
            r->closed_ms = 100;
            row_text(&r->outcome, "delivered");
        }
        summary_make(&s, &all, NULL, 1);
        ck_assert_int_eq(summary_csv(to, &s), 0);
        fclose(to);
        to = open_memstream(&text, &size);
        summary_print(to, &s, 1);
        fclose(to);
        ck_assert_msg(strstr(csv, rows < 20 ? ",100,100,100,100,,,100,"
                                            : ",100,100,100,100,100,,100,"),
                      "%s", csv);
        ck_assert_msg(
            !!strstr(text, "100.000          -          -    100.0") ==
                (rows < 20),
            "%s", text);
        free(csv);
        free(text);
        summary_release(&s);
        rows_release(&all);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/tell/stats");
    TCase *t = tcase_create("samples");

    tcase_add_loop_test(t, spread_of_a_set, 0, sizeof set / sizeof set[0]);
    tcase_add_test(t, nothing_is_known_of_nothing);
    tcase_add_loop_test(t, percentiles_need_samples, 0,
                        sizeof percentile / sizeof percentile[0]);
    tcase_add_test(t, a_summary_leaves_them_out);
    suite_add_tcase(s, t);
    return s;
}
