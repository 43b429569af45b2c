/* SPDX-License-Identifier: BSD-2-Clause */
/* BSMTP in the ideal world, to the nanosecond: against a server that knows it,
 * and against servers that do not, where each message must come to be kept
 * once, or the outcome must say otherwise. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/cast.h"
#include "bench/run/virtual.h"
#include "tests/scenario_help.h"

/* clang-format off */
static const struct {
    const char *settings;
    size_t turnarounds, connections;
    double rtts;
    const char *outcome;
} rows[] = {
    {"listen=10s", 2, 1, 3, "delivered"},
    {"listen=201ms messages=7", 2, 1, 3, "delivered"},
    {"listen=199ms messages=7", 1, 1, 2.995, "delivered"},
    {"listen=50ms recipients=40", 1, 1, 2.25, "delivered"},
    {"listen=0ms messages=20", 1, 1, 2, "delivered"},
    {"listen=10s tls=implicit", 3, 1, 4, "delivered"},
    {"listen=0ms tls=implicit tls-version=1.2", 3, 1, 4, "delivered"},
    {"listen=10s tls=starttls messages=3", 3, 1, 4, "delivered"},
    {"listen=10s tls=starttls tls-version=1.2", 4, 1, 5, "delivered"},
    {"listen=50ms flaw=hold-replies messages=4", 1, 1, 2.25, "delivered"},
    /* who does not know it */
    {"listen=10s capabilities=PIPELINING", 4, 1, 5, "delivered"},
    {"listen=10s capabilities=none", 9, 1, 10, "delivered"},
    {"listen=10s capabilities=PIPELINING tls=starttls", 7, 1, 8, "delivered"},
    {"listen=50ms capabilities=PIPELINING", 5, 2, 7.25, "delivered"},
    {"listen=50ms capabilities=PIPELINING messages=3", 7, 2, 9.25, "delivered"},
    {"listen=10s flaw=unknown-554", 5, 2, 7, "delivered"},
    {"listen=50ms flaw=unknown-554", 5, 2, 7, "delivered"},
    {"listen=50ms flaw=unknown-mute", 5, 2, 7.25, "delivered"},
    {"listen=1s flaw=unknown-mute", 6, 2, 12, "delivered"},
    {"listen=1ms flaw=early-talker greeting-delay=10ms", 5, 2, 7.05,
     "delivered"},
};
/* clang-format on */

START_TEST(sessions)
{
    struct scenario s;
    struct cast c;
    struct tally t;

    scenario_ideal(&s, "mode=bsmtp recipients=3", rows[_i].settings);
    scenario_whole(&s, rows[_i].settings);
    ck_assert_int_eq(cast_init(&c, &s), 0);
    ck_assert_int_eq(virtual_deliver(&c, VIRTUAL_FULL, &t), 0);
    ck_assert_msg(
        strncmp(t.outcome, rows[_i].outcome, strlen(rows[_i].outcome)) == 0,
        "%s: %s", rows[_i].settings, t.outcome);
    ck_assert_msg(t.turnarounds == rows[_i].turnarounds, "%s: %zu",
                  rows[_i].settings, t.turnarounds);
    ck_assert_uint_eq(t.connections, rows[_i].connections);
    ck_assert_msg(fabs((double)t.closed_ns / 200e6 - rows[_i].rtts) < 1e-9,
                  "%s: %g RTT", rows[_i].settings, (double)t.closed_ns / 200e6);
    ck_assert_uint_eq(c.mails, (size_t)s.messages); /* once, and no more */
    if (t.connections == 1 && s.capabilities == SCENARIO_CAPABILITIES)
        ck_assert_uint_eq(scenario_turnarounds(&s), t.turnarounds);
    cast_release(&c);
    scenario_release(&s);
}
END_TEST

/* A mode that hears no offer cannot use what is offered. */
START_TEST(no_meaning)
{
    static const char *const with[][2] = {{"auth", "plain"},
                                          {"extensions", "SIZE"}};
    char why[SCENARIO_WHY];
    struct scenario s;

    scenario_init(&s);
    s.mode = MODE_BSMTP;
    ck_assert_int_eq(
        scenario_set(&s, parameter_named(with[_i][0]), with[_i][1], why), 0);
    ck_assert_int_eq(scenario_finish(&s, why), -1);
    ck_assert_ptr_nonnull(strstr(why, "--mode bsmtp"));
    scenario_release(&s);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("BSMTP");
    TCase *t = tcase_create("sessions");

    tcase_add_loop_test(t, sessions, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(t, no_meaning, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
