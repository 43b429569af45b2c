/* SPDX-License-Identifier: BSD-2-Clause */
#include <check.h>
#include <math.h>
#include <string.h>

#include "bench/run/cast.h"
#include "bench/run/virtual.h"
#include "tests/scenario_help.h"

/* clang-format off */
static const struct {
    const char *settings;
    size_t turnarounds;
    double rtts;
    const char *outcome;
} worlds[] = {
    {"messages=1", 1, 2, "delivered"},
    {"messages=5 recipients=20", 1, 2, "delivered"},
    {"messages=50 recipients=1 body=100000", 1, 2, "delivered"},
    {"recipients=2000", 1, 2, "delivered"},
    {"recipients=3 think=20ms", 1, 2.3, "delivered"},
    {"messages=2 tls=implicit", 2, 3, "delivered"},
    {"tls=implicit tls-version=1.2", 3, 4, "delivered"},
    {"tls=implicit tls-session=resumed", 2, 3, "delivered"},
    {"tls=implicit tls-version=1.2 tls-session=resumed", 2, 3, "delivered"},
    {"size-max=999", 1, 2, "refused (550)"},
};
/* clang-format on */

START_TEST(sessions)
{
    struct scenario s;
    struct cast c;
    struct tally t;
    size_t taken;

    scenario_ideal(&s, "mode=qmtp", worlds[_i].settings);
    scenario_whole(&s, worlds[_i].settings);
    ck_assert_int_eq(cast_init(&c, &s), 0);
    ck_assert_int_eq(virtual_deliver(&c, VIRTUAL_FULL, &t), 0);
    ck_assert_str_eq(t.outcome, worlds[_i].outcome);
    ck_assert_msg(t.turnarounds == worlds[_i].turnarounds, "%s: %zu",
                  worlds[_i].settings, t.turnarounds);
    ck_assert_uint_eq(scenario_turnarounds(&s), t.turnarounds);
    ck_assert_msg(fabs((double)t.closed_ns / 200e6 - worlds[_i].rtts) < 1e-9,
                  "%s: %g RTT", worlds[_i].settings,
                  (double)t.closed_ns / 200e6);
    taken = (size_t)(s.recipients < 1000 ? s.recipients : 1000);
    if (strcmp(t.outcome, "delivered") != 0)
        taken = 0;
    ck_assert_uint_eq(t.recipients_accepted, taken * (size_t)s.messages);
    ck_assert_uint_eq(c.recipients, taken * (size_t)s.messages);
    cast_release(&c);
    scenario_release(&s);
}
END_TEST

/* clang-format off */
static const char *const nonsense[] = {
    "body-by=data", "offer=warm", "tls=starttls", "tls=opportunistic",
    "auth=plain", "extensions=SIZE", "dsn=RET=FULL", "cut-body=1k",
    "greeting-delay=1s", "flaw=hold-replies", "capabilities=PIPELINING",
    "strategy=S2", "tls=implicit tls-session=0rtt",
    "tls=implicit tls-early-banner=",
};
/* clang-format on */

START_TEST(no_meaning)
{
    char why[SCENARIO_WHY] = "";
    struct scenario s;

    scenario_ideal(&s, "mode=qmtp", nonsense[_i]);
    ck_assert_int_eq(scenario_finish(&s, why), -1);
    ck_assert_msg(strstr(why, "--mode qmtp") != NULL, "%s", why);
    scenario_release(&s);
}
END_TEST

#define COUNT(list) (int)(sizeof list / sizeof list[0])

Suite *suite(void)
{
    Suite *s = suite_create("QMTP: the mode");
    TCase *t = tcase_create("mode");

    tcase_add_loop_test(t, sessions, 0, COUNT(worlds));
    tcase_add_loop_test(t, no_meaning, 0, COUNT(nonsense));
    suite_add_tcase(s, t);
    return s;
}
