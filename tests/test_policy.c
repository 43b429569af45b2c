/* SPDX-License-Identifier: BSD-2-Clause */
/* Every policy against what it should cost, in hosts contacted. */
#include "tests/route_play.h"

struct cost {
    double connects; /* mean over seeds */
    double used;     /* share of runs that used FOOBAR */
    size_t most_open;
};

/* m equals of which j have FOOBAR, and a backup that has it too. */
static struct cost cost_of(enum policy_id p, size_t m, size_t j, bool backup)
{
    static const char *const names[] = {"1", "2", "3", "4", "5", "6"};
    struct route_config c = config(p);
    struct host h[8] = {{0}};
    struct cost sum = {0};
    const int seeds = 2000;

    c.need.preferred = FOO;
    for (size_t i = 0; i < m; i++)
        h[i] = (struct host){names[i], 10, i < j ? FOO : 0, UP, 0};
    h[m] = (struct host){"backup", 20, FOO, UP, 0};
    for (int seed = 0; seed < seeds; seed++) {
        struct story s = play(&c, h, m + backup, (uint64_t)seed);

        ck_assert(s.used || p == POLICY_P7);
        sum.connects += (double)s.connects / seeds;
        sum.used += (double)(s.used && s.used_has & FOO) / seeds;
        if (s.most_open > sum.most_open)
            sum.most_open = s.most_open;
    }
    return sum;
}

static void near(double is, double should, const char *what, enum policy_id p,
                 size_t m, size_t j)
{
    ck_assert_msg(is > should - 0.07 && is < should + 0.07,
                  "%s, m = %zu, j = %zu: %s %.3f, should be %.3f",
                  policy_of(p)->name, m, j, what, is, should);
}

/* Hosts contacted by a search of m, of which j have it: (m + 1) / (j + 1);
 * where none has, all m, and then perhaps one of them again. */
START_TEST(hosts_contacted)
{
    for (size_t m = 2; m <= 5; m++)
        for (size_t j = 0; j <= m; j++) {
            double search =
                j > 0 ? (double)(m + 1) / (double)(j + 1) : (double)m;
            double share = (double)j / (double)m, found = j > 0;
            struct cost c = cost_of(POLICY_P0, m, j, true);

            near(c.connects, 1, "connections", POLICY_P0, m, j);
            near(c.used, share, "used", POLICY_P0, m, j);
            c = cost_of(POLICY_P1, m, j, true);
            near(c.connects, search + (j == 0), "connections", POLICY_P1, m, j);
            near(c.used, found, "used", POLICY_P1, m, j);
            ck_assert_int_eq(c.most_open, 1);
            c = cost_of(POLICY_P2, m, j, true);
            near(c.connects, search + (j == 0), "connections", POLICY_P2, m, j);
            near(c.used, 1, "used", POLICY_P2, m, j);
            c = cost_of(POLICY_P3, m, j, true);
            near(c.connects, search, "connections", POLICY_P3, m, j);
            near(c.used, found, "used", POLICY_P3, m, j);
            ck_assert_int_eq(c.most_open, j == m ? 1 : 2);
            c = cost_of(POLICY_P5, m, j, true);
            near(c.used, found, "used", POLICY_P5, m, j);
            c = cost_of(POLICY_P7, m, j, false);
            near(c.connects, search, "connections", POLICY_P7, m, j);
            near(c.used, found, "used", POLICY_P7, m, j);
        }
}
END_TEST

/* P4: a try every half hour finds it with a chance of j in m; without any it
 * falls back after a day. */
START_TEST(requeued)
{
    const struct host h[] = {{"1", 10, FOO, UP, 0}, {"2", 10, 0, UP, 0}};
    const struct host none[] = {{"1", 10, 0, UP, 0}, {"2", 10, 0, UP, 0}};
    struct route_config c = config(POLICY_P4);
    double tries = 0;
    struct story s;

    c.need.preferred = FOO;
    for (uint64_t seed = 0; seed < 4000; seed++) {
        s = play(&c, h, 2, seed);
        ck_assert(s.used && s.used_has & FOO);
        ck_assert_int_eq(s.used_ns - 5, (int64_t)s.requeues * HOUR / 2);
        tries += (double)s.connects / 4000;
    }
    near(tries, 2, "tries", POLICY_P4, 2, 1);
    s = play(&c, none, 2, 1);
    ck_assert(s.used);
    ck_assert_int_eq(s.requeues, 48);
    ck_assert_int_eq(s.used_ns - 5, 24 * HOUR);
    c.fallback_ns = 24 * HOUR + HOUR / 4; /* not a multiple of half an hour */
    s = play(&c, none, 2, 1);
    ck_assert_int_eq(s.used_ns - 5, 24 * HOUR + HOUR / 4);
    c.need.required = FOO; /* no fallback: five days, and back it goes */
    s = play(&c, none, 2, 1);
    ck_assert(!s.used);
    ck_assert_int_eq(s.end.kind, ROUTE_BOUNCE);
    ck_assert_int_eq(s.end.why, WHY_EXPIRED);
    ck_assert_int_eq(s.now_ns - 5, 120 * HOUR);
}
END_TEST

/* P6: the remembered goes first, then the unknown, then who lacked it. */
START_TEST(remembered)
{
    const struct host h[] = {{"a", 10, 0, UP, 0},
                             {"b", 10, 0, UP, 0},
                             {"c", 10, 0, UP, 0},
                             {"d", 5, 0, UP, 0}};
    struct route_config c = config(POLICY_P6);
    struct candidate found[4];
    struct route r;

    c.need.performance = FOO; /* to choose among equals costs nothing */
    candidates(h, 4, found);
    found[0].remembered = true;
    found[2].remembered = found[3].remembered = true;
    found[2].has = FOO;
    for (uint64_t seed = 0; seed < 100; seed++) {
        route_init(&r, &c, found, 4, seed, 0);
        ck_assert_str_eq(r.candidate[0].host, "d"); /* preference first */
        ck_assert_str_eq(r.candidate[1].host, "c");
        ck_assert_str_eq(r.candidate[2].host, "b");
        ck_assert_str_eq(r.candidate[3].host, "a");
    }
}
END_TEST

/* P8: FOOBAR here and BARFOO there. */
START_TEST(two_extensions)
{
    const struct host h[] = {{"none", 10, 0, UP, 0},
                             {"foo", 10, FOO, UP, 0},
                             {"bar", 10, BAR, UP, 0}};
    struct route_config c = config(POLICY_P8);
    size_t foo = 0;

    c.need.preferred = FOO | BAR;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct story s = play(&c, h, 3, seed);

        ck_assert(s.used && s.used_has != 0);
        ck_assert_int_le(s.connects, 4);
        ck_assert_int_ge(s.connects, 3);
        foo += s.used_has == FOO;
    }
    ck_assert_int_gt(foo, 1350); /* which of the two: the one met first */
    ck_assert_int_lt(foo, 1650);
    c.need.required = BAR;
    c.need.preferred = FOO;
    for (uint64_t seed = 0; seed < 100; seed++)
        ck_assert_int_eq(play(&c, h, 3, seed).used_has, BAR);
    c.need.required = FOO | BAR;
    ck_assert_int_eq(play(&c, h, 3, 1).end.why, WHY_LACKING);
}
END_TEST

/* Required, preferred, performance: rejected, degraded, and no reason to go
 * anywhere, for every policy where nobody has it. */
START_TEST(three_needs)
{
    const struct host h[] = {
        {"1", 10, 0, UP, 0}, {"2", 10, 0, UP, 0}, {"b", 20, 0, UP, 0}};
    struct route_config c = config((enum policy_id)_i);
    struct story s;

    c.need.performance = FOO;
    s = play(&c, h, 3, 3);
    ck_assert(s.used);
    ck_assert_int_eq(s.connects, 1);
    c.need.chase = true;
    s = play(&c, h, 3, 3);
    ck_assert_int_eq(s.connects == 1, _i == POLICY_P0 || _i == POLICY_P6);
    c.need = (struct route_need){.preferred = FOO};
    s = play(&c, h, 3, 3);
    ck_assert_int_eq(s.used, _i != POLICY_P7);
    c.need = (struct route_need){.required = FOO};
    s = play(&c, h, 3, 3);
    ck_assert(!s.used);
    ck_assert_int_eq(s.end.kind, ROUTE_BOUNCE);
}
END_TEST

START_TEST(policies_by_name)
{
    ck_assert_int_eq(policy_named("P3"), POLICY_P3);
    ck_assert_int_eq(policy_named("p8"), POLICY_P8);
    ck_assert_int_eq(policy_named("requeue"), POLICY_P4);
    ck_assert_int_eq(policy_named("P9"), POLICY_COUNT);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/policy");
    TCase *t = tcase_create("cost");

    tcase_set_timeout(t, 120); /* a busy host is slow */
    tcase_add_test(t, hosts_contacted);
    tcase_add_test(t, requeued);
    tcase_add_test(t, remembered);
    tcase_add_test(t, two_extensions);
    tcase_add_loop_test(t, three_needs, 0, POLICY_COUNT);
    tcase_add_test(t, policies_by_name);
    suite_add_tcase(s, t);
    return s;
}
