/* SPDX-License-Identifier: BSD-2-Clause */
/* How surely: intervals and tests against figures worked out by hand (and by
 * R's wilcox.test()), and what is said of made-up rows that are compared. */
#include "bench/tell/compare.h"
#include "bench/tell/infer.h"
#include "bench/tell/stats.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
    double a[8], b[8];
    size_t m, n;
    double greater; /* p that b is */
    double less;
} pair[] = {
    {{1, 2, 3}, {4, 5, 6}, 3, 3, 1 / 20.0, 1},  /* one of 20 orders */
    {{1, 2, 3, 4}, {5, 6, 7, 8}, 4, 4, 1 / 70.0, 1},
    {{1, 3, 5}, {2, 4, 6}, 3, 3, 0.35, 0.8},    /* U 6: 7 of 20, 16 up to it */
    {{1, 2}, {1.5}, 2, 1, 2 / 3.0, 2 / 3.0},
    {{1}, {2, 3, 4}, 1, 3, 1 / 4.0, 1},
    {{5, 6, 7, 8}, {1, 2}, 4, 2, 1, 1 / 15.0},
    {{1, 1, 1, 1}, {1, 1, 1, 1}, 4, 4, 1, 1},
    {{1, 2, 2, 3}, {3, 4, 4, 5}, 4, 4, 2 / 70.0, 1}, /* either 3 may be b's */
    {{1, 1, 1}, {2, 2, 2}, 3, 3, 1 / 20.0, 1},
    {{1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}, 5, 5, 1 / 252.0, 1},
};
/* clang-format on */

START_TEST(one_sided)
{
    const double *a = pair[_i].a, *b = pair[_i].b;
    size_t m = pair[_i].m, n = pair[_i].n;

    ck_assert_double_eq_tol(infer_greater(a, m, b, n), pair[_i].greater, 1e-9);
    ck_assert_double_eq_tol(infer_greater(b, n, a, m), pair[_i].less, 1e-9);
}
END_TEST

/* Above 40 samples by the normal curve. */
START_TEST(many_samples)
{
    double a[21], b[21], ties[21];

    for (int i = 0; i < 21; i++) {
        a[i] = i;
        b[i] = i + 100;
        ties[i] = i;
    }
    ck_assert_double_lt(infer_greater(a, 21, b, 21), 1e-7);
    ck_assert_double_gt(infer_greater(b, 21, a, 21), 0.999);
    ck_assert_double_eq_tol(infer_greater(a, 21, ties, 21), 0.5, 0.01);
}
END_TEST

/* The example of Benjamini and Hochberg's paper (1995), section 3.2: of 15
 * tests the first four are rejected at 5 %. */
START_TEST(corrected)
{
    double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201,
                  0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
                  0.4262, 0.5719, 0.6528, 0.7590, 1.0};
    double *at[15];

    for (int i = 0; i < 15; i++)
        at[i] = &p[(i * 7) % 15];
    infer_correct(at, 15);
    ck_assert_double_eq_tol(p[0], 0.0015, 1e-9);
    ck_assert_double_eq_tol(p[3], 0.0095 * 15 / 4, 1e-9);
    ck_assert_double_gt(p[4], 0.05);
    ck_assert_double_eq_tol(p[4], 0.0201 * 15 / 5, 1e-9);
    ck_assert_double_eq_tol(p[5], 0.0298 * 15 / 7, 1e-9); /* as the next */
    ck_assert_double_eq(p[14], 1);
}
END_TEST

START_TEST(intervals)
{
    double same[6] = {5, 5, 5, 5, 5, 5}, some[9];
    struct interval of = infer_median(same, 6, 1), again;

    ck_assert_double_eq(of.low, 5);
    ck_assert_double_eq(of.high, 5);
    ck_assert_double_nan(infer_median(same, 1, 1).low);
    for (int i = 0; i < 9; i++)
        some[i] = i + 1;
    of = infer_median(some, 9, 7);
    again = infer_median(some, 9, 7);
    /* Resampled medians of 9 are below 3 or above 7 in 3 % each. */
    ck_assert_double_ge(of.low, 2);
    ck_assert_double_le(of.low, 3);
    ck_assert_double_ge(of.high, 7);
    ck_assert_double_le(of.high, 8);
    ck_assert_double_eq(of.low, again.low);
    of = infer_ratio(same, 6, some, 9, 3);
    ck_assert_double_eq_tol(of.low, 0.5, 0.11);
    ck_assert_double_eq_tol(of.high, 1.5, 0.11);
}
END_TEST

/* As it is defined: drawn, sorted, the middle taken; a thousand times. Samples
 * of even and odd sizes, with values that are there more than once. */
START_TEST(intervals_by_their_definition)
{
    double sample[40], again[40], median[INFER_ROUNDS];
    size_t count = (size_t)_i;
    uint64_t state = 5;
    struct interval of, wanted;

    for (size_t i = 0; i < count; i++)
        sample[i] = (double)(i * 7919 % 31 % 17) / 3;
    for (int round = 0; round < INFER_ROUNDS; round++) {
        for (size_t i = 0; i < count; i++)
            again[i] = sample[infer_next(&state) % count];
        median[round] = samples_median(again, count);
    }
    wanted = infer_interval(median, INFER_ROUNDS);
    of = infer_median(sample, count, 5);
    ck_assert_double_eq(of.low, wanted.low);
    ck_assert_double_eq(of.high, wanted.high);
}
END_TEST

struct told { /* what is said of two sets of rows */
    struct rows a, b;
    struct summary of_a, of_b;
    struct comparison *c, whole;
    size_t count;
};

static struct row *add(struct rows *rows, const char *world, int cell,
                       double ms)
{
    struct row *r = rows_add(rows);

    row_init(r);
    r->valid = FLAG_TRUE;
    r->closed_ms = ms;
    r->cell = cell + 1;
    row_text(&r->world, "%s", world);
    row_text(&r->outcome, "delivered");
    row_text(&r->command, "turnaround run --rtt %dms", cell);
    return r;
}

static void tell(struct told *t, double threshold)
{
    summary_make(&t->of_a, &t->a, NULL, 1);
    summary_make(&t->of_b, &t->b, NULL, 1);
    t->count = compare_make(&t->of_a, &t->of_b, threshold, 1, &t->c);
    t->whole = compare_whole(t->c, t->count, threshold, 1);
}

static void untell(struct told *t)
{
    free(t->c);
    summary_release(&t->of_a);
    summary_release(&t->of_b);
}

static void end(struct told *t)
{
    untell(t);
    rows_release(&t->a);
    rows_release(&t->b);
}

static double noise(uint64_t *state) /* uniform in [-1, 1) */
{
    return (double)(infer_next(state) >> 11) / 4503599627370496.0 - 1;
}

/* As many cells, each of `rows` and `rows`; the second `times` as long in the
 * first `changed` of them, and some noise in all. */
static void make(struct told *t, int cells, int rows, int changed, double times,
                 double spread)
{
    uint64_t state = 3;

    *t = (struct told){.count = 0};
    for (int cell = 0; cell < cells; cell++)
        for (int i = 0; i < rows; i++) {
            double b_ms = 240 * (cell < changed ? times : 1);

            add(&t->a, "kernel", cell, 240 + spread * noise(&state))->repeat =
                i + 1;
            add(&t->b, "kernel", cell, b_ms + spread * noise(&state))->repeat =
                i + 1;
        }
}

static size_t count_of(const struct told *t, enum compare_verdict v)
{
    size_t n = 0;

    for (size_t i = 0; i < t->count; i++)
        n += t->c[i].verdict == v;
    return n;
}

START_TEST(one_group)
{
    struct told t;

    make(&t, 1, 8, 1, 1.2, 4);
    tell(&t, 0.01);
    ck_assert_int_eq(t.c[0].verdict, COMPARE_SLOWER);
    ck_assert_double_eq_tol(t.c[0].ratio, 1.2, 0.02);
    ck_assert_double_nan(t.c[0].rows_wanted);
    ck_assert_int_eq(t.whole.verdict, COMPARE_SLOWER);
    end(&t);
    make(&t, 1, 8, 1, 0.8, 4);
    t.b.row[0].valid = FLAG_FALSE;
    tell(&t, 0.01);
    ck_assert_int_eq(t.c[0].verdict, COMPARE_FASTER);
    ck_assert_uint_eq(t.c[0].b->closed.count, 7);
    end(&t);
}
END_TEST

/* Five rows of each have a least p of 2 / 252: times 30 it is none, but that
 * all 30 have it is no chance. */
START_TEST(many_groups_that_all_differ)
{
    struct told t;

    make(&t, 30, 5, 30, 3.29, 1);
    tell(&t, 0.01);
    ck_assert_uint_eq(count_of(&t, COMPARE_SLOWER), 30);
    ck_assert_double_eq_tol(t.c[7].p, 2 / 252.0, 1e-9);
    ck_assert_int_eq(t.whole.verdict, COMPARE_SLOWER);
    ck_assert_double_eq_tol(t.whole.p, 2 / 252.0, 1e-9);
    ck_assert_double_eq_tol(t.whole.ratio, 3.29, 0.01);
    ck_assert(t.whole.of_ratio.low <= 3.29 && 3.29 <= t.whole.of_ratio.high);
    end(&t);
}
END_TEST

/* One of 30 may be a chance: the rest is the same within 2 %, which is said,
 * and so is how many rows would decide of the one: 2 / (14! / 7!^2) * 30. */
START_TEST(many_groups_of_which_one_differs)
{
    struct told t;

    make(&t, 30, 5, 1, 1.5, 1);
    tell(&t, 0.02);
    ck_assert_int_eq(t.c[0].verdict, COMPARE_UNDECIDED);
    ck_assert_double_eq_tol(t.c[0].p, 2 / 252.0 * 30, 1e-9);
    ck_assert_double_eq(t.c[0].rows_wanted, 7);
    ck_assert_uint_eq(count_of(&t, COMPARE_SAME), 29);
    end(&t);
    make(&t, 30, 7, 1, 1.5, 1);
    tell(&t, 0.02);
    ck_assert_int_eq(t.c[0].verdict, COMPARE_SLOWER);
    ck_assert_uint_eq(count_of(&t, COMPARE_SAME), 29);
    end(&t);
}
END_TEST

/* Three rows each prove nothing, however they fall; what scatters too much to
 * be seen in each of many groups may be sure in all. */
START_TEST(groups_tell_together)
{
    struct told t;

    make(&t, 12, 3, 12, 2, 5);
    tell(&t, 0.01);
    ck_assert_uint_eq(count_of(&t, COMPARE_UNDECIDED), 12);
    ck_assert_double_eq(t.c[0].rows_wanted, 6);
    ck_assert_int_eq(t.whole.verdict, COMPARE_UNDECIDED);
    ck_assert_uint_eq(t.whole.a_rows, 3);
    ck_assert_double_eq(t.whole.rows_wanted, 4);
    end(&t);
    make(&t, 30, 8, 30, 1.05, 30);
    tell(&t, 0.01);
    ck_assert_uint_gt(count_of(&t, COMPARE_UNDECIDED), 20);
    ck_assert_int_eq(t.whole.verdict, COMPARE_SLOWER);
    ck_assert_double_eq_tol(t.whole.ratio, 1.05, 0.03);
    end(&t);
}
END_TEST

/* A repetition's rows have one seed, so that all of them may be slow: thirty
 * groups are no thirty proofs then. */
START_TEST(what_repetitions_share_is_one_proof)
{
    int alarms = 0;
    uint64_t state = 7;

    for (int i = 0; i < 60; i++) {
        struct told t = {.count = 0};

        for (int k = 1; k <= 6; k++) {
            double slow_a = 20 * noise(&state), slow_b = 20 * noise(&state);

            for (int cell = 0; cell < 20; cell++) {
                add(&t.a, "kernel", cell, 100 + slow_a + noise(&state))
                    ->repeat = k;
                add(&t.b, "kernel", cell, 100 + slow_b + noise(&state))
                    ->repeat = k;
            }
        }
        tell(&t, 0.01);
        alarms += t.whole.verdict != COMPARE_UNDECIDED;
        end(&t);
    }
    ck_assert_int_le(alarms, 6);
}
END_TEST

/* That none was found is no proof that there is none. */
START_TEST(a_wide_interval_is_no_sameness)
{
    const double a[] = {400, 410, 405, 1600, 408},
                 b[] = {470, 1500, 409, 403, 476};
    struct told t = {.count = 0};

    for (int i = 0; i < 5; i++) {
        add(&t.a, "kernel", 1, a[i]);
        add(&t.b, "kernel", 1, b[i]);
    }
    tell(&t, 0.01);
    ck_assert_int_eq(t.c[0].verdict, COMPARE_UNDECIDED);
    ck_assert_double_gt(t.c[0].rows_wanted, 20);
    untell(&t);
    tell(&t, 0.9);
    ck_assert_int_eq(t.c[0].verdict, COMPARE_UNDECIDED);
    end(&t);
    make(&t, 1, 10, 0, 1, 20); /* 8 % of scatter */
    tell(&t, 0.01);
    ck_assert_int_eq(t.c[0].verdict, COMPARE_UNDECIDED);
    untell(&t);
    tell(&t, 0.2);
    ck_assert_int_eq(t.c[0].verdict, COMPARE_SAME);
    ck_assert_double_lt(t.c[0].p_same, 0.01);
    end(&t);
    make(&t, 1, 3, 0, 1, 0.1); /* so near, but three rows prove nothing */
    tell(&t, 0.01);
    ck_assert_int_eq(t.c[0].verdict, COMPARE_UNDECIDED);
    ck_assert_double_eq(t.c[0].rows_wanted, 4);
    end(&t);
}
END_TEST

/* If nothing differs, that anything is said to is rare, and if all is twice
 * the threshold apart, that it is said to be the same. */
START_TEST(errors_are_rare)
{
    int alarms = 0, missed = 0;
    uint64_t state = 9;

    for (int i = 0; i < 60; i++) {
        struct told t = {.count = 0};

        for (int cell = 0; cell < 10; cell++)
            for (int row = 0; row < 6; row++) {
                double ms = cell < 5 ? 100 : 102;

                add(&t.a, "kernel", cell, 100 + 4 * noise(&state));
                add(&t.b, "kernel", cell, ms + 4 * noise(&state));
            }
        tell(&t, 0.01);
        for (int cell = 0; cell < 10; cell++)
            if (cell < 5)
                alarms += t.c[cell].verdict < COMPARE_SAME;
            else
                missed += t.c[cell].verdict == COMPARE_SAME;
        end(&t);
    }
    ck_assert_int_le(alarms, 15); /* of 300 */
    ck_assert_int_le(missed, 3);
}
END_TEST

/* Worlds without chance need one row, those with it do not become exact. */
/* clang-format off */
static const struct {
    const char *world, *road, *tls;
    int rows;
    double a, b;
    bool exact;
    enum compare_verdict verdict;
} sure[] = {
    {"ideal", "delay 10ms", "none", 1, 80, 80, true, COMPARE_SAME},
    {"ideal", "delay 10ms", "none", 1, 80, 30, true, COMPARE_FASTER},
    {"ns3", "delay 10ms rate 1mbit", "none", 1, 80, 80, true, COMPARE_SAME},
    {"ns3", "delay 10ms", "none", 2, 80, 90, true, COMPARE_SLOWER},
    {"ns3", "delay 10ms", "none", 3, 80, 80.5, true, COMPARE_SAME},
    {"ns3", "delay 10ms 1ms", "none", 3, 80, 90, false, COMPARE_UNDECIDED},
    {"ns3", "delay 10ms loss 1%", "none", 3, 80, 90, false, COMPARE_UNDECIDED},
    {"ns3", "delay 10ms loss 1%", "none", 4, 80, 90, false, COMPARE_SLOWER},
    {"ns3", "delay 10ms", "starttls", 1, 80, 90, false, COMPARE_UNDECIDED},
    {"ns3", "delay 10ms", "starttls", 2, 80, 90, true, COMPARE_SLOWER},
    {"kernel", "delay 10ms", "none", 3, 80, 90, false, COMPARE_UNDECIDED},
};
/* clang-format on */

START_TEST(worlds_without_chance)
{
    struct told t = {.count = 0};

    for (int i = 0; i < sure[_i].rows; i++) {
        add(&t.a, sure[_i].world, 1, sure[_i].a);
        add(&t.b, sure[_i].world, 1, sure[_i].b);
    }
    for (int i = 0; i < sure[_i].rows; i++) {
        struct row *both[] = {&t.a.row[i], &t.b.row[i]};

        for (int k = 0; k < 2; k++) {
            row_text(&both[k]->uplink, "%s", sure[_i].road);
            row_text(&both[k]->downlink, "delay 10ms");
            row_text(&both[k]->tls, "%s", sure[_i].tls);
        }
    }
    tell(&t, 0.01);
    ck_assert_int_eq(t.c[0].exact, sure[_i].exact);
    ck_assert_int_eq(t.c[0].verdict, sure[_i].verdict);
    end(&t);
}
END_TEST

/* A group without rows tells nothing, and takes no part in the whole. */
START_TEST(nothing_to_compare)
{
    struct told t;
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    make(&t, 2, 5, 2, 2, 1);
    for (size_t i = 0; i < 5; i++)
        t.b.row[i].valid = FLAG_FALSE;
    tell(&t, 0.01);
    ck_assert_int_eq(t.c[0].verdict, COMPARE_UNDECIDED);
    ck_assert_double_nan(t.c[0].p);
    ck_assert_int_eq(t.c[1].verdict, COMPARE_SLOWER);
    ck_assert_uint_eq(t.whole.groups, 1);
    compare_print(to, t.c, t.count);
    compare_print_whole(to, &t.whole);
    fclose(to);
    ck_assert_msg(strstr(text, "5 and 0 rows, about 4 each would decide)"),
                  "%s", text);
    ck_assert_msg(strstr(text, "over all 1 groups: slower, +"), "%s", text);
    free(text);
    end(&t);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/tell/compare");
    TCase *t = tcase_create("sureness");

    tcase_add_loop_test(t, one_sided, 0, sizeof pair / sizeof pair[0]);
    tcase_add_test(t, many_samples);
    tcase_add_test(t, corrected);
    tcase_add_test(t, intervals);
    tcase_add_loop_test(t, intervals_by_their_definition, 2, 41);
    tcase_add_test(t, one_group);
    tcase_add_test(t, many_groups_that_all_differ);
    tcase_add_test(t, many_groups_of_which_one_differs);
    tcase_add_test(t, groups_tell_together);
    tcase_add_test(t, what_repetitions_share_is_one_proof);
    tcase_add_test(t, a_wide_interval_is_no_sameness);
    tcase_add_test(t, errors_are_rare);
    tcase_add_loop_test(t, worlds_without_chance, 0,
                        sizeof sure / sizeof sure[0]);
    tcase_add_test(t, nothing_to_compare);
    suite_add_tcase(s, t);
    return s;
}
