/* SPDX-License-Identifier: BSD-2-Clause */
/* The closed forms of the strategies, against figures counted by hand. What
 * the machines do is held against them in tests/test_bargain.c. */
#include "smtp/strategy.h"

#include <check.h>

#define DATA MODE_PIPELINING, false
#define BDAT MODE_CHUNKING, true
#define LAST MODE_CHUNKING_LAST, true
#define COLLECT MODE_CHUNKING_COLLECT, true
#define EARLY MODE_EARLY, false
#define EARLY_BDAT MODE_EARLY, true
#define LOCKSTEP MODE_LOCKSTEP, false
#define LOCKSTEP_BDAT MODE_LOCKSTEP, true

/* clang-format off */
static const struct {
    const char *name;
    struct manner manner;
    struct strategy_case of;
    struct strategy_cost cost;
} rows[] = {
    {"S0", {DATA}, {3, 3, 1}, {4, 1, 2, 5}},
    {"S0", {BDAT}, {3, 3, 1}, {3, 1, 1, 4}},
    {"S0", {EARLY}, {3, 3, 1}, {2, 1, 1, 3}},
    {"S0", {EARLY_BDAT}, {3, 3, 1}, {1, 1, 0, 2}},
    {"S0", {LOCKSTEP}, {3, 3, 1}, {9, 1, 2, 10}},
    /* 220, EHLO, n XRCAP, C (MAIL, DATA, dot), n RCPT, QUIT */
    {"S1", {LOCKSTEP}, {1, 1, 1}, {8, 1, 3, 9}},
    {"S1", {LOCKSTEP}, {3, 3, 1}, {12, 1, 3, 13}},
    {"S1", {LOCKSTEP}, {3, 3, 2}, {15, 1, 4, 16}},
    {"S1", {LOCKSTEP}, {10, 10, 2}, {29, 1, 4, 30}},
    {"S1", {LOCKSTEP}, {10, 10, 4}, {35, 1, 6, 36}},
    {"S1", {LOCKSTEP}, {50, 50, 3}, {112, 1, 5, 113}},
    {"S1", {LOCKSTEP}, {10, 6, 2}, {25, 1, 4, 26}},
    {"S1", {LOCKSTEP}, {10, 0, 0}, {13, 1, 2, 14}},
    {"S1", {LOCKSTEP_BDAT}, {3, 3, 2}, {13, 1, 4, 14}},
    {"S1'", {DATA}, {1, 1, 1}, {5, 1, 3, 6}},
    {"S1v", {DATA}, {3, 3, 1}, {7, 1, 5, 8}},
    {"s1V", {DATA}, {3, 3, 2}, {8, 1, 6, 9}},
    {"S1x", {DATA}, {10, 10, 2}, {15, 1, 13, 16}},
    {"S1x", {DATA}, {10, 10, 4}, {17, 1, 15, 18}},
    {"S1x", {DATA}, {50, 50, 3}, {56, 1, 54, 57}},
    {"S1x", {DATA}, {50, 25, 3}, {56, 1, 54, 57}},
    {"S1x", {BDAT}, {10, 10, 4}, {13, 1, 11, 14}},
    {"S1x", {EARLY}, {10, 10, 4}, {15, 1, 14, 16}},
    {"S1x", {EARLY_BDAT}, {10, 10, 4}, {11, 1, 10, 12}},
    {"S1x", {LOCKSTEP}, {3, 3, 2}, {15, 1, 6, 16}},
    {"S2", {DATA}, {1, 1, 1}, {5, 1, 3, 6}},
    {"S2", {DATA}, {10, 10, 4}, {8, 1, 6, 9}},
    {"S2", {DATA}, {50, 50, 3}, {7, 1, 5, 8}},
    {"S2", {DATA}, {50, 0, 0}, {4, 1, 2, 5}},
    {"S2", {BDAT}, {50, 50, 3}, {4, 1, 2, 5}},
    {"S2", {LAST}, {50, 50, 3}, {6, 1, 2, 7}},
    {"S2", {COLLECT}, {50, 50, 3}, {7, 1, 5, 8}},
    {"S2", {EARLY}, {50, 50, 3}, {5, 1, 4, 6}},
    {"S2", {EARLY_BDAT}, {50, 50, 3}, {2, 1, 1, 3}},
    {"S3", {DATA}, {50, 50, 3}, {7, 1, 5, 8}},
    {"S3", {EARLY_BDAT}, {50, 50, 3}, {2, 1, 1, 3}},
    {"S3", {LOCKSTEP}, {3, 3, 1}, {9, 1, 3, 10}},
    {"S3", {LOCKSTEP}, {3, 3, 2}, {17, 1, 4, 18}},
    {"S3b", {DATA}, {50, 50, 1}, {5, 1, 3, 6}},
    {"S3'", {DATA}, {3, 3, 1}, {5, 1, 3, 6}},
    {"S3'", {DATA}, {3, 3, 2}, {12, 3, 6, 15}},
    {"S3'", {DATA}, {10, 10, 4}, {20, 5, 10, 25}},
    {"S3s", {DATA}, {50, 50, 3}, {16, 4, 8, 20}},
    {"S3s", {BDAT}, {50, 50, 3}, {13, 4, 5, 17}},
    {"S3s", {EARLY_BDAT}, {50, 50, 3}, {5, 4, 1, 9}},
    {"S3sp", {DATA}, {50, 50, 3}, {16, 4, 8, 10}},
    {"S4", {DATA}, {1, 1, 1}, {5, 1, 3, 6}},
    {"S4", {DATA}, {50, 50, 3}, {250, 50, 150, 300}},
    {"S4", {DATA}, {10, 6, 3}, {46, 10, 26, 56}},
    {"S4", {BDAT}, {10, 10, 3}, {40, 10, 20, 50}},
    {"S4p", {DATA}, {50, 50, 3}, {250, 50, 150, 6}},
    {"S4p", {DATA}, {10, 6, 3}, {46, 10, 26, 6}},
    {"S4p", {DATA}, {10, 0, 0}, {40, 10, 20, 5}},
    {"S4l", {LOCKSTEP}, {10, 10, 4}, {80, 10, 30, 90}},
    {"S4l", {LOCKSTEP}, {10, 6, 4}, {64, 10, 26, 74}},
    {"S4lp", {LOCKSTEP}, {50, 50, 3}, {400, 50, 150, 9}},
};
/* clang-format on */

START_TEST(costs_what_was_counted)
{
    enum strategy_id id = strategy_named(rows[_i].name);
    struct strategy_cost c, want = rows[_i].cost;

    ck_assert_int_lt(id, STRATEGY_COUNT);
    c = strategy_cost(strategy_of(id), rows[_i].manner, rows[_i].of);
    ck_assert_msg(c.turnarounds == want.turnarounds &&
                      c.connections == want.connections &&
                      c.decisions == want.decisions &&
                      c.round_trips == want.round_trips,
                  "%s, %s, n %zu, C %zu: %zu, %zu, %zu, %zu", rows[_i].name,
                  mode_of(rows[_i].manner.mode)->name, rows[_i].of.recipients,
                  rows[_i].of.classes, c.turnarounds, c.connections,
                  c.decisions, c.round_trips);
}
END_TEST

START_TEST(names)
{
    for (int i = 0; i < STRATEGY_COUNT; i++) {
        const struct strategy *s = strategy_of((enum strategy_id)i);

        ck_assert_int_eq(strategy_named(s->name), i);
        ck_assert_int_eq(strategy_named(s->mark), i);
    }
    ck_assert_int_eq(strategy_named("S5"), STRATEGY_COUNT);
    ck_assert_int_eq(strategy_named(""), STRATEGY_COUNT);
}
END_TEST

/* The walk up to the answers, for three recipients. */
START_TEST(walk_of_questions)
{
    static const struct {
        enum asking asking;
        const char *walk; /* M MAIL, A question, R RCPT */
    } walks[] = {
        {ASKING_BEFORE, "A0A1A2"},
        {ASKING_TURNS, "M0A0R0A1R1A2"},
        {ASKING_BATCH, "M0A0A1A2R0"},
        {ASKING_RCPT, "M0R0R1R2"},
    };
    const enum asking asking = walks[_i].asking;
    struct prelude p = {0};
    struct place at = {STEP_EHLO, 0, 0};
    char walk[40] = "";

    for (size_t len = 0;; len += 2) {
        at = place_asking(at, place_next(at, false, p, 1, 3), asking, 3);
        if (at.step == STEP_SORT)
            break;
        walk[len] = at.step == STEP_MAIL  ? 'M'
                    : at.step == STEP_ASK ? 'A'
                                          : 'R';
        walk[len + 1] = (char)('0' + at.recipient);
    }
    ck_assert_str_eq(walk, walks[_i].walk);
    ck_assert(asking_waits(asking, STEP_SORT));
    ck_assert(asking_waits(asking, STEP_RCPT) == (asking == ASKING_TURNS));
    ck_assert(!asking_waits(asking, STEP_ASK));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/strategy");
    TCase *t = tcase_create("strategies");

    tcase_add_loop_test(t, costs_what_was_counted, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(t, names);
    tcase_add_loop_test(t, walk_of_questions, 0, 4);
    suite_add_tcase(s, t);
    return s;
}
