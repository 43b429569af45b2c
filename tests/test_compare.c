/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rows are compared, and what one saves against the other: of made-up
 * rows. How surely they differ is tested in test_verdict.c. */
#include "bench/tell/saving.h"
#include "bench/tell/summary.h"
#include "bench/tell/varied.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct { const char *value, *unit; double n; } number[] = {
    {"10ms", "ms", 10}, {"1.5s", "ms", 1500}, {"2m", "ms", 120000},
    {"1%", "%", 1}, {"20", "", 20}, {"64k", "bytes", 65536},
    {"10mbit", "Mbit/s", 10}, {"1mbps", "Mbit/s", 8},
    {"early", "", NAN}, {"10 apples", "", NAN}, {"", "", NAN},
};
/* clang-format on */

START_TEST(numbers)
{
    char unit[VARIED_UNIT];
    double n = varied_number(number[_i].value, unit);

    if (isnan(number[_i].n))
        ck_assert_double_nan(n);
    else
        ck_assert_double_eq_tol(n, number[_i].n, 1e-9);
    ck_assert_str_eq(unit, number[_i].unit);
}
END_TEST

START_TEST(words)
{
    static const char text[] = "mode=early uplink='rate ''x'' 1' rtt=1s";
    struct varied v;
    char room[100];

    ck_assert(varied_get(text, "uplink", &v));
    ck_assert_str_eq(v.value, "rate 'x' 1");
    ck_assert(varied_get(text, "rtt", &v));
    ck_assert_str_eq(v.value, "1s");
    ck_assert(!varied_get(text, "loss", &v));
    ck_assert(!varied_get(NULL, "loss", &v));
    varied_without(text, "mode", "rtt", room, sizeof room);
    ck_assert_str_eq(room, "uplink='rate ''x'' 1'");
}
END_TEST

START_TEST(questions)
{
    static const char *const except[] = {"mode", "offer", NULL};
    struct row r;
    char room[200];

    row_init(&r);
    row_text(&r.command, "turnaround run --mode early --uplink "
                         "'loss 1%% --x' --seed 7 --ipv6 --repeat 2");
    varied_question(&r, NULL, room, sizeof room);
    ck_assert_str_eq(room, "--mode early --uplink 'loss 1% --x' --ipv6");
    varied_question(&r, except, room, sizeof room);
    ck_assert_str_eq(room, "--uplink 'loss 1% --x' --ipv6");
    row_release(&r);
}
END_TEST

static void add(struct rows *rows, const char *mode, double rtt, double ms,
                const char *world)
{
    struct row *r = rows_add(rows);

    row_init(r);
    r->valid = FLAG_TRUE;
    r->closed_ms = ms;
    row_text(&r->world, "%s", world);
    row_text(&r->outcome, "delivered");
    row_text(&r->command, "turnaround run --mode %s --rtt %gms --seed %zu",
             mode, rtt, rows->count);
    row_text(&r->varied, "mode=%s rtt=%gms loss=1%%", mode, rtt);
}

static struct saving_answer ask(const struct rows *rows, double ms)
{
    const struct saving_question q = {.ms = ms,
                                      .between = "mode",
                                      .slow = "lockstep",
                                      .fast = "early",
                                      .over = "rtt",
                                      .seed = 1};
    struct saving_answer *all, a;

    ck_assert_uint_eq(saving_answer(&q, rows, &all), 1);
    a = all[0];
    free(all);
    return a;
}

/* Lockstep takes 8 RTT, early 3, each with some noise of up to 4 ms. */
START_TEST(savings)
{
    struct rows rows = {0};
    struct saving_answer a;

    for (double rtt = 20; rtt <= 400; rtt += 20)
        for (int i = 0; i < 5; i++) {
            add(&rows, "lockstep", rtt, 8 * rtt + i, "kernel");
            add(&rows, "early", rtt, 3 * rtt + (i * 3) % 5, "kernel");
        }
    a = ask(&rows, 1050);
    ck_assert_int_eq(a.state, SAVING_FROM);
    ck_assert_double_eq_tol(a.at, 210, 0.5);
    ck_assert(a.of_at.low <= a.at && a.at <= a.of_at.high);
    ck_assert_double_eq_tol(a.of_at.low, 210, 1.5);
    ck_assert_double_eq_tol(a.agree, 1, 0.001);
    ck_assert_str_eq(a.rest, "loss=1%");
    ck_assert_str_eq(a.unit, "ms");
    ck_assert_int_eq(ask(&rows, 50).state, SAVING_ALWAYS);
    ck_assert_int_eq(ask(&rows, 5000).state, SAVING_NEVER);
    rows_release(&rows);
}
END_TEST

/* Uniform in [-1, 1). */
static double draw(uint64_t *state)
{
    return (double)(infer_next(state) >> 11) / 4503599627370496.0 - 1;
}

/* Eight repetitions, each off by as much at every RTT, as the same losses
 * make it: the interval that is said to hold the place in 95 % of all cases
 * does, in about so many. */
START_TEST(what_repetitions_share_is_in_the_interval)
{
    enum { TIMES = 60, REPEATS = 8 };
    uint64_t state = 5;
    int held = 0;

    for (int time = 0; time < TIMES; time++) {
        struct rows rows = {0};
        struct saving_answer a;

        for (int repeat = 1; repeat <= REPEATS; repeat++) {
            double shared = 100 * draw(&state);

            for (double rtt = 150; rtt <= 250; rtt += 4) {
                add(&rows, "lockstep", rtt, 8 * rtt + shared + draw(&state),
                    "kernel");
                rows.row[rows.count - 1].repeat = repeat;
                add(&rows, "early", rtt, 3 * rtt + draw(&state), "kernel");
                rows.row[rows.count - 1].repeat = repeat;
            }
        }
        a = ask(&rows, 1000);
        held += a.of_at.low <= 200 && 200 <= a.of_at.high;
        rows_release(&rows);
    }
    ck_assert_int_ge(held, 53);
}
END_TEST

/* A repetition that one point lacks is no reason to give up the others. */
START_TEST(a_round_may_lack_rows)
{
    struct rows rows = {0};
    struct saving_answer a;

    for (double rtt = 20; rtt <= 400; rtt += 20)
        for (int i = 0; i < 5; i++) {
            add(&rows, "lockstep", rtt, 8 * rtt + i, "kernel");
            rows.row[rows.count - 1].repeat = i + 1;
            add(&rows, "early", rtt, 3 * rtt + i, "kernel");
            rows.row[rows.count - 1].repeat = i + 1;
            if ((rtt == 200 && i != 1 && i != 3) || (rtt == 400 && i == 4))
                rows.row[rows.count - 1].valid = FLAG_FALSE;
        }
    a = ask(&rows, 1050);
    ck_assert_int_eq(a.state, SAVING_FROM);
    ck_assert_double_eq_tol(a.at, 210, 1);
    ck_assert_double_eq_tol(a.of_at.low, 210, 2);
    ck_assert_double_eq_tol(a.of_at.high, 210, 2);
    ck_assert_double_eq(a.agree, 1);
    rows_release(&rows);
}
END_TEST

START_TEST(large_numbers_are_written_out)
{
    struct saving_question q = {
        .ms = 1e6, .slow = "lockstep", .fast = "early", .over = "body"};
    struct saving_answer a = {.state = SAVING_FROM,
                              .at = 12345678,
                              .of_at = {30.774, 98765.4},
                              .agree = 1,
                              .first = 1,
                              .last = 200000000};
    char *text;
    size_t len;
    FILE *to = open_memstream(&text, &len);

    saving_print(to, &q, &a);
    fclose(to);
    ck_assert_msg(strstr(text, "saves 1000000 ms"), "%s", text);
    ck_assert_msg(strstr(text, "from body 12350000 on"), "%s", text);
    ck_assert_msg(strstr(text, "95 %: 30.77 to 98770,"), "%s", text);
    ck_assert_msg(strstr(text, " 200000000 saves"), "%s", text);
    free(text);
}
END_TEST

/* What shrinks along the way, with one point that is out of line. */
START_TEST(savings_that_fall)
{
    struct rows rows = {0};
    struct saving_answer a;
    const double saved[] = {1000, 800, 900, 600, 400, 200};

    for (int i = 0; i < 6; i++) {
        add(&rows, "lockstep", 10 * (i + 1), 2000, "ideal");
        add(&rows, "early", 10 * (i + 1), 2000 - saved[i], "ideal");
    }
    a = ask(&rows, 500);
    ck_assert(a.falls);
    ck_assert_double_eq_tol(a.at, 45, 1e-9);
    ck_assert_double_nan(a.agree);
    a = ask(&rows, 850); /* 800 and 900 are one level of 850 */
    ck_assert_int_eq(a.state, SAVING_FROM);
    rows_release(&rows);
}
END_TEST

/* Seeds tell repetitions apart, but cells where a sweep varied them. */
START_TEST(seeds_may_be_cells)
{
    static const char *const except[] = {"seed", NULL};
    struct rows rows = {0};
    struct summary s;

    for (int i = 0; i < 6; i++)
        add(&rows, "early", 10, 30 + i, "ideal");
    summary_make(&s, &rows, NULL, 1);
    ck_assert_uint_eq(s.count, 1);
    summary_release(&s);
    for (int i = 0; i < 6; i++)
        row_text(&rows.row[i].varied, "seed=%d", i % 3);
    summary_make(&s, &rows, NULL, 1);
    ck_assert_uint_eq(s.count, 3);
    ck_assert_uint_eq(s.group[1].rows, 2);
    ck_assert_str_eq(s.group[1].question, "--mode early --rtt 10ms --seed 1");
    summary_release(&s);
    summary_make(&s, &rows, except, 1);
    ck_assert_uint_eq(s.count, 1);
    summary_release(&s);
    rows_release(&rows);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/tell/saving");
    TCase *t = tcase_create("sureness");

    tcase_add_loop_test(t, numbers, 0, sizeof number / sizeof number[0]);
    tcase_add_test(t, words);
    tcase_add_test(t, questions);
    tcase_add_test(t, savings);
    tcase_add_test(t, what_repetitions_share_is_in_the_interval);
    tcase_add_test(t, a_round_may_lack_rows);
    tcase_add_test(t, large_numbers_are_written_out);
    tcase_add_test(t, savings_that_fall);
    tcase_add_test(t, seeds_may_be_cells);
    suite_add_tcase(s, t);
    return s;
}
