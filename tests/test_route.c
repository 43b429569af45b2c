/* SPDX-License-Identifier: BSD-2-Clause */
/* Which host next: the order of RFC 5321, 5.1, who may be tried at all, and how
 * it ends where nobody takes the mail. */
#include "tests/route_play.h"

/* Six orders of three equals, each as likely: chi-square of 5 degrees. */
START_TEST(equals_are_shuffled)
{
    const struct host h[] = {
        {"a", 10, 0, UP, 0}, {"b", 10, 0, UP, 0}, {"c", 10, 0, UP, 0}};
    struct route_config c = config(POLICY_P0);
    struct candidate found[3];
    size_t seen[27] = {0};
    double chi2 = 0;
    struct route r;

    candidates(h, 3, found);
    for (uint64_t seed = 0; seed < 12000; seed++) {
        route_init(&r, &c, found, 3, seed, 0);
        ck_assert(r.count == 3);
        seen[(r.candidate[0].at.ip[3] - 1) * 9 +
             (r.candidate[1].at.ip[3] - 1) * 3 + r.candidate[2].at.ip[3] - 1]++;
    }
    for (int i = 0; i < 27; i++)
        if (seen[i] > 0)
            chi2 += ((double)seen[i] - 2000) * ((double)seen[i] - 2000) / 2000;
    ck_assert_msg(chi2 < 20.5, "chi2 %f (0.1 %%: 20.5)", chi2);
    for (int i = 0; i < 27; i++) /* and nothing but permutations */
        ck_assert(seen[i] == 0 ||
                  (i / 9 != i / 3 % 3 && i / 3 % 3 != i % 3 && i / 9 != i % 3));
}
END_TEST

START_TEST(better_preferences_first)
{
    const struct host h[] = {{"worst", 30, 0, DOWN, 0},
                             {"b1", 20, 0, DOWN, 0},
                             {"a", 10, 0, DOWN, 0},
                             {"b2", 20, 0, DOWN, 0}};
    struct route_config c = config(POLICY_P0);
    struct candidate found[4];
    size_t b1 = 0;
    struct route r;

    candidates(h, 4, found);
    for (uint64_t seed = 0; seed < 1000; seed++) {
        route_init(&r, &c, found, 4, seed, 0);
        ck_assert_str_eq(r.candidate[0].host, "a");
        ck_assert_str_eq(r.candidate[3].host, "worst");
        b1 += strcmp(r.candidate[1].host, "b1") == 0;
    }
    ck_assert_int_gt(b1, 450);
    ck_assert_int_lt(b1, 550);
}
END_TEST

/* The addresses of a host stay together and in their order; one that comes
 * twice is tried once. */
START_TEST(addresses_of_a_host)
{
    struct route_config c = config(POLICY_P0);
    struct candidate found[5];
    struct route r;
    const struct host h[] = {{"a", 10, 0, UP, 0},
                             {"a", 10, 0, UP, 0},
                             {"b", 10, 0, UP, 0},
                             {"b", 10, 0, UP, 0},
                             {"c", 20, 0, UP, 0}};

    candidates(h, 5, found);
    found[4].at = found[0].at; /* c is another name of a */
    for (uint64_t seed = 0; seed < 50; seed++) {
        route_init(&r, &c, found, 5, seed, 0);
        ck_assert_int_eq(r.count, 4);
        for (int i = 0; i < 4; i += 2) {
            ck_assert_str_eq(r.candidate[i].host, r.candidate[i + 1].host);
            ck_assert_int_eq(r.candidate[i].at.ip[3] + 1,
                             r.candidate[i + 1].at.ip[3]);
        }
    }
    c.most = 3;
    route_init(&r, &c, found, 5, 1, 0);
    ck_assert_int_eq(r.count, 3);
    ck_assert_int_eq(r.left_out, 1);
}
END_TEST

START_TEST(who_we_are)
{
    const struct host h[] = {{"a", 10, 0, DOWN, 0},
                             {"us", 20, 0, UP, 0},
                             {"equal", 20, 0, UP, 0},
                             {"worse", 30, 0, UP, 0}};
    struct route_config c = config(POLICY_P0);
    struct candidate found[4];
    struct story s;
    struct route r;

    c.own = "US";
    candidates(h, 4, found);
    route_init(&r, &c, found, 4, 1, 0);
    ck_assert_int_eq(r.count, 1);
    ck_assert_str_eq(r.candidate[0].host, "a");
    c.own = "a";
    s = play(&c, h, 4, 1);
    ck_assert_int_eq(s.connects, 0);
    ck_assert_int_eq(s.end.kind, ROUTE_BOUNCE);
    ck_assert_int_eq(s.end.why, WHY_LOOPS);
    c.own = "elsewhere";
    route_init(&r, &c, found, 4, 1, 0);
    ck_assert_int_eq(r.count, 4);
}
END_TEST

/* Connected to one primary: never to the backup, unless the policy says that
 * worse preferences are asked too. */
START_TEST(never_to_the_backup)
{
    const struct host h[] = {{"smtp1", 10, 0, DOWN, 0},
                             {"smtp2", 10, 0, UP, 0},
                             {"backup", 20, FOO, UP, 0}};
    const struct host spent[] = {{"smtp1", 10, 0, DOWN, 0},
                                 {"smtp2", 10, 0, SPENDS, 0},
                                 {"backup", 20, FOO, UP, 0}};
    struct route_config c = config((enum policy_id)_i);
    bool all = policy_of((enum policy_id)_i)->search == SEARCH_ALL;

    for (int need = 0; need < 3; need++)
        for (uint64_t seed = 0; seed < 40; seed++) {
            struct story s;

            c.need = (struct route_need){.required = need == 1 ? FOO : 0,
                                         .preferred = need == 2 ? FOO : 0};
            s = play(&c, h, 3, seed);
            ck_assert_int_eq(strstr(s.path, "backup") != NULL, all && need > 0);
            s = play(&c, spent, 3, seed);
            ck_assert_int_eq(strstr(s.path, "backup") != NULL, all);
        }
}
END_TEST

/* It is for those whom no primary answers. */
START_TEST(backup_where_nobody_answers)
{
    const struct host h[] = {{"smtp1", 10, 0, DOWN, 0},
                             {"smtp2", 10, 0, SHUT, 0},
                             {"backup", 20, 0, UP, 0}};
    struct route_config c = config((enum policy_id)_i);
    struct story s = play(&c, h, 3, 1);

    ck_assert(s.used);
    ck_assert_int_eq(s.connects, 3);
    ck_assert_ptr_nonnull(strstr(s.path, "backup*"));
}
END_TEST

/* A host that was left and cannot be had again is no licence either. */
START_TEST(gone_when_we_come_back)
{
    struct host h[] = {{"smtp1", 10, 0, UP, 0},
                       {"smtp2", 10, 0, UP, 0},
                       {"backup", 20, 0, UP, 0}};
    struct route_config c = config(POLICY_P1);
    struct candidate found[3];
    struct story s = {0};
    struct route r;

    c.need.preferred = FOO;
    candidates(h, 3, found);
    route_init(&r, &c, found, 3, 1, 0);
    for (size_t i = 0; i < 8 && s.connects < 2; i++) {
        struct route_act a = route_next(&r, 0);

        if (a.kind == ROUTE_CONNECT)
            connect_to(&s, &r, h, a.k);
        else
            route_left(&r, a.k);
    }
    h[0].state = h[1].state = DOWN;
    attempt(&s, &r, h);
    ck_assert(!s.used);
    ck_assert_int_eq(s.connects, 4);
    ck_assert_int_eq(s.end.kind, ROUTE_REQUEUE);
    ck_assert_ptr_null(strstr(s.path, "backup"));
}
END_TEST

START_TEST(how_it_ends)
{
    const struct host down[] = {{"a", 10, 0, DOWN, 0}, {"b", 20, 0, DOWN, 0}};
    const struct host shut[] = {{"a", 10, 0, SHUT, 0}, {"b", 20, 0, SHUT, 0}};
    const struct host mixed[] = {{"a", 10, 0, SHUT, 0}, {"b", 20, 0, DOWN, 0}};
    const struct host spent[] = {{"a", 10, 0, SPENDS, 0},
                                 {"a", 10, 0, SPENDS, 0}};
    struct route_config c = config(POLICY_P0);
    struct story s;

    c.bounce_ns = HOUR + HOUR / 4;
    s = play(&c, down, 2, 1);
    ck_assert_int_eq(s.end.why, WHY_EXPIRED);
    ck_assert_int_eq(s.requeues, 3); /* 30, 60, 75 min */
    ck_assert_int_eq(s.connects, 8);
    s = play(&c, shut, 2, 1);
    ck_assert_int_eq(s.end.why, WHY_REFUSED);
    ck_assert_int_eq(s.connects, 2);
    s = play(&c, mixed, 2, 1);
    ck_assert_int_eq(s.end.why, WHY_EXPIRED);
    s = play(&c, spent, 2, 1);
    ck_assert_int_eq(s.connects, 8); /* both addresses, four times */
}
END_TEST

/* A sibling that never answers is waited for, but not for ever; where there
 * is nobody to go back to, connecting has its own end. */
START_TEST(patience)
{
    const struct host h[] = {{"quick", 10, 0, UP, 0},
                             {"silent", 10, FOO, NEVER_ANSWERS, 0}};
    struct route_config c = config(POLICY_P3);
    bool both[2] = {false};

    c.need.preferred = FOO;
    c.patience_ns = HOUR / 60;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct story s = play(&c, h, 2, seed);
        bool first = s.path[0] == 's';

        both[first] = true;
        if (first) { /* it hangs there until its caller says it failed */
            ck_assert_int_eq(s.end.kind, ROUTE_WAIT);
            ck_assert_int_eq(s.end.at_ns, NEVER_NS);
        } else {
            ck_assert(s.used);
            ck_assert_int_eq(s.used_ns - 5, HOUR / 60);
        }
    }
    ck_assert(both[0] && both[1]);
    c.patience_ns = NEVER_NS;
    ck_assert_int_eq(play(&c, h, 2, 0).used, false);
}
END_TEST

/* RFC 8461, 5.1, and RFC 7672, 2.2: as if it had not been reached. Without
 * the policy nothing of it. */
START_TEST(checks)
{
    const struct host h[] = {{"fails", 10, FOO, UP, CHECK_FAILS},
                             {"backup", 20, FOO, UP, CHECK_PASSES}};
    const struct host named[] = {{"misnamed", 10, FOO, UP, CHECK_FAILS_BY_NAME},
                                 {"backup", 20, FOO, UP, CHECK_PASSES}};
    const struct host all[] = {{"fails", 10, FOO, UP, CHECK_FAILS},
                               {"misnamed", 20, FOO, UP, CHECK_FAILS_BY_NAME}};
    struct route_config c = config(POLICY_P0);
    struct story s;

    expect_path(&c, h, 2, "fails*");
    c.enforce = true;
    expect_path(&c, h, 2, "fails backup*");
    expect_path(&c, named, 2, "backup*");
    s = play(&c, all, 2, 1); /* transient: RFC 8461, 5.1 */
    ck_assert_int_eq(s.end.why, WHY_EXPIRED);
    ck_assert_int_eq(s.requeues, 240);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/route");
    TCase *t = tcase_create("order");

    tcase_set_timeout(t, 120); /* a busy host is slow */
    tcase_add_test(t, equals_are_shuffled);
    tcase_add_test(t, better_preferences_first);
    tcase_add_test(t, addresses_of_a_host);
    tcase_add_test(t, who_we_are);
    tcase_add_loop_test(t, never_to_the_backup, 0, POLICY_COUNT);
    tcase_add_loop_test(t, backup_where_nobody_answers, 0, POLICY_COUNT);
    tcase_add_test(t, gone_when_we_come_back);
    tcase_add_test(t, how_it_ends);
    tcase_add_test(t, patience);
    tcase_add_test(t, checks);
    suite_add_tcase(s, t);
    return s;
}
