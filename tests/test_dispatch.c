/* SPDX-License-Identifier: BSD-2-Clause */
/* Mail to a domain whose hosts differ: each policy's cost in round trips and
 * connections, on the wire, against its closed form. All roads are of 100 ms
 * there and back, so a normal delivery by pipelining takes the DNS 1 RTT, TCP
 * 1, and 3 to the reply to the dot, where QUIT rides along: 4 turnarounds. */
#include "tests/town.h"

#define FOO OFFER_FOOBAR
#define BAR OFFER_BARFOO
#define NORMAL (6 * RTT)

static int64_t took(const struct town *t)
{
    return t->d.accepted_ns - t->d.started_ns;
}

static void expect_cost(const struct town *t, size_t connections,
                        int64_t extra_rtts)
{
    ck_assert_msg(t->d.connections == connections &&
                      took(t) == NORMAL + extra_rtts * RTT,
                  "%s: %zu connections (should be %zu), %.2f RTT (%.2f)",
                  t->path, t->d.connections, connections, (double)took(t) / RTT,
                  (double)(NORMAL + extra_rtts * RTT) / RTT);
}

START_TEST(one_host)
{
    struct town *t = town_new();

    town_host(t, "smtp", 10, OFFERED);
    town_run(t);
    town_end(t, DISPATCH_DELIVERED);
    expect_cost(t, 1, 0);
    ck_assert_int_eq(t->d.questions, 1);
    ck_assert_int_eq(t->d.hosts, 1);
    ck_assert_int_eq(t->d.turnarounds, 4);
    ck_assert_int_eq(t->d.longest_chain, 4);
    ck_assert_int_eq(t->d.attempts, 1);
    ck_assert_int_eq(t->d.dns_ns, RTT);
    ck_assert_int_eq(t->d.closed_ns, NORMAL);
    ck_assert_int_eq(t->taken, 1);
    ck_assert(!t->d.worse);
    free(t);
}
END_TEST

/* m equals, the first j of which have FOOBAR, and a backup that has it. */
static struct town *unequal(enum policy_id p, size_t m, size_t j, bool backup)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    struct town *t = town_new();

    for (size_t i = 0; i < m; i++)
        town_host(t, names[i], 10, OFFERED | (i < j ? FOO : 0));
    if (backup)
        town_host(t, "backup", 20, OFFERED | FOO);
    t->sending.route.policy = p;
    t->sending.route.need.preferred = FOO;
    return t;
}

/* What a run should have cost beyond a normal delivery, in round trips, from
 * how many hosts it met: each that is asked in vain costs TCP, greeting, EHLO.
 */
static int64_t extra(enum policy_id p, size_t m, size_t j, size_t hosts)
{
    switch (p) {
    case POLICY_P1: /* and back to the first */
        return 3 * (int64_t)(j > 0 ? hosts - 1 : m);
    case POLICY_P2:
    case POLICY_P3:
    case POLICY_P7:
        return 3 * (int64_t)(hosts - 1);
    default:
        return 0;
    }
}

static const enum policy_id searching[] = {POLICY_P0, POLICY_P1, POLICY_P2,
                                           POLICY_P3, POLICY_P5, POLICY_P7};

/* Exactly so for every seed, and on average as the formula has it. */
START_TEST(what_a_search_costs)
{
    enum policy_id p = searching[_i];
    bool backup = p == POLICY_P2;
    const int seeds = 300;

    for (size_t m = 2; m <= 3; m++)
        for (size_t j = 0; j <= m; j++) {
            double met = 0, should = p == POLICY_P0   ? 1
                                     : p == POLICY_P5 ? (double)m
                                     : j > 0 ? (double)(m + 1) / (double)(j + 1)
                                             : (double)(m + backup);

            for (int seed = 0; seed < seeds; seed++) {
                struct town *t = unequal(p, m, j, backup);
                bool again = p == POLICY_P1 && j == 0;

                t->sending.seed = (uint64_t)seed;
                if (p == POLICY_P7)
                    t->sending.route.need =
                        (struct route_need){.required = FOO};
                town_run(t);
                met += (double)t->d.hosts / seeds;
                if (p == POLICY_P7 && j == 0) {
                    town_end(t, DISPATCH_BOUNCED);
                    ck_assert_int_eq(t->d.why, WHY_LACKING);
                    ck_assert_int_eq(t->taken, 0);
                    free(t);
                    continue;
                }
                expect_cost(t, t->d.hosts + again, extra(p, m, j, t->d.hosts));
                town_end(t, t->d.used == FOO ? DISPATCH_DELIVERED
                                             : DISPATCH_DEGRADED);
                if (p != POLICY_P0)
                    ck_assert_int_eq(t->d.used == FOO, j > 0 || backup);
                ck_assert_int_eq(t->d.worse, backup && j == 0);
                free(t);
            }
            ck_assert_msg(met > should - 0.12 && met < should + 0.12,
                          "%s, m %zu, j %zu: %.3f hosts, should be %.3f",
                          policy_of(p)->name, m, j, met, should);
        }
}
END_TEST

/* P5: asking all at once costs no time, and turnarounds that do not add up. */
START_TEST(sum_and_chain)
{
    struct town *t = unequal(POLICY_P5, 3, 1, false);

    town_run(t);
    expect_cost(t, 3, 0);
    ck_assert_int_eq(t->d.longest_chain, 4);
    /* The others are left as soon as one has it: behind EHLO, with a wait for
     * the reply to QUIT, or before. */
    ck_assert_int_ge(t->d.turnarounds, 4 + 2 * 2);
    ck_assert_int_le(t->d.turnarounds, 4 + 2 * 3);
    free(t);
    t = unequal(POLICY_P3, 3, 0, false); /* two in vain, then the first */
    town_run(t);
    expect_cost(t, 3, 6);
    ck_assert_int_eq(t->d.longest_chain, 2 + 2 + 2 + 2);
    ck_assert_int_eq(t->d.turnarounds, 4 + 2 * 3);
    free(t);
}
END_TEST

/* P4: found in a later attempt, or given up after a day. */
START_TEST(queued_again)
{
    double attempts = 0;

    for (uint64_t seed = 0; seed < 300; seed++) {
        struct town *t = unequal(POLICY_P4, 2, 1, true);

        t->sending.seed = seed;
        town_run(t);
        town_end(t, DISPATCH_DELIVERED);
        ck_assert(t->d.used == FOO && !t->d.worse);
        /* each attempt in vain: DNS, TCP, greeting, EHLO, half an hour */
        ck_assert_int_eq(took(t), NORMAL + (int64_t)(t->d.attempts - 1) *
                                               (30 * MINUTE + 4 * RTT));
        attempts += (double)t->d.attempts / 300;
        free(t);
    }
    ck_assert_msg(attempts > 1.75 && attempts < 2.25, "%f", attempts);
    struct town *t = unequal(POLICY_P4, 2, 0, true);
    town_run(t);
    town_end(t, DISPATCH_DEGRADED);
    ck_assert_int_eq(took(t), 24 * 60 * MINUTE + NORMAL);
    free(t);
}
END_TEST

/* P6: warm, the host that has it is the first; cold, chance. */
START_TEST(remembered_offers)
{
    size_t cold = 0;

    for (uint64_t seed = 0; seed < 200; seed++) {
        struct town *t = unequal(POLICY_P6, 2, 1, false);
        struct offer_memory offers = {0};

        t->sending.seed = seed;
        t->sending.offers = &offers;
        town_run(t);
        cold += t->d.used == FOO;
        for (int i = 0; i < 3; i++) {
            t->sending.seed += 1000;
            town_again(t);
            expect_cost(t, 1, 0);
        }
        ck_assert_int_eq(t->d.used, FOO);
        free(t);
    }
    ck_assert_int_gt(cold, 75);
    ck_assert_int_lt(cold, 125);
}
END_TEST

/* P8: m are asked, then the one that has most, or what is required. */
START_TEST(disjoint_extensions)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct town *t = town_new();

        town_host(t, "foo", 10, OFFERED | FOO);
        town_host(t, "bar", 10, OFFERED | BAR);
        town_host(t, "none", 10, OFFERED);
        t->sending.seed = seed;
        t->sending.route.policy = POLICY_P8;
        t->sending.route.need = (struct route_need){.preferred = FOO | BAR};
        town_run(t);
        town_end(t, DISPATCH_DEGRADED);
        ck_assert_int_eq(t->d.hosts, 3);
        ck_assert(t->d.used == FOO || t->d.used == BAR);
        t->sending.route.need =
            (struct route_need){.required = BAR, .preferred = FOO};
        town_again(t);
        ck_assert_int_eq(t->d.used, BAR);
        t->sending.route.need = (struct route_need){.required = FOO | BAR};
        town_again(t);
        town_end(t, DISPATCH_BOUNCED);
        free(t);
    }
}
END_TEST

/* The case that Klensin's question ends on, by every policy: connected to one
 * primary, however it goes on there, never to the backup; unless the policy is
 * to ask worse preferences. */
START_TEST(never_to_the_backup)
{
    enum policy_id p = (enum policy_id)_i;
    bool all = policy_of(p)->search == SEARCH_ALL;
    static const struct verdict later = {NULL, "451 later"};

    for (int story = 0; story < 4; story++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            struct town *t = town_new();
            struct town_host *one = town_host(t, "smtp1", 10, OFFERED);
            struct town_host *two = town_host(t, "smtp2", 10, OFFERED);

            town_host(t, "backup", 20, OFFERED | FOO);
            one->refuses = true;
            t->sending.route.policy = p;
            t->sending.seed = seed;
            t->sending.attempts = 1;
            if (story == 1)
                t->sending.route.need.preferred = FOO;
            if (story == 2)
                t->sending.route.need.required = FOO;
            if (story == 3) {
                two->server.verdicts = &later;
                two->server.verdict_count = 1;
            }
            town_run(t);
            ck_assert_msg(
                (strstr(t->path, "backup") != NULL) == (all && story > 0),
                "%s, story %d: %s", policy_of(p)->name, story, t->path);
            if (story == 3 && !all)
                town_end(t, DISPATCH_DEFERRED);
            free(t);
        }
}
END_TEST

/* A sibling that is a black hole: patience decides, not the connect timeout;
 * and the curve of patience is a straight line. */
START_TEST(patience_for_the_sibling)
{
    for (int64_t patience = 0; patience <= 40; patience += 10)
        for (uint64_t seed = 0; seed < 12; seed++) {
            struct town *t = unequal(POLICY_P3, 2, 1, false);
            int64_t bound = patience < 30 ? patience : 30;
            bool first;

            t->host[0].silent = true; /* the one that has it */
            t->sending.seed = seed;
            t->sending.route.patience_ns = patience * SECOND;
            town_run(t);
            town_end(t, DISPATCH_DEGRADED);
            first = t->d.connections == 2 && took(t) == NORMAL + 30 * SECOND;
            if (!first)
                expect_cost(t, 2, bound * 10);
            free(t);
        }
}
END_TEST

/* The session that is held is closed by a server that is less patient than
 * its client: it is opened again. */
START_TEST(held_too_long)
{
    for (uint64_t seed = 0; seed < 8; seed++) {
        struct town *t = unequal(POLICY_P3, 2, 0, false);

        t->host[0].silent = true;
        t->host[1].server.idle_timeout_ns = 5 * SECOND;
        t->sending.seed = seed;
        town_run(t);
        town_end(t, DISPATCH_DEGRADED);
        ck_assert_int_le(t->d.connections, 3);
        free(t);
    }
}
END_TEST

/* Early pipelining where the memory has what is wanted: nothing is asked. */
START_TEST(early)
{
    struct town *t = unequal(POLICY_P0, 1, 1, false);
    struct offer_memory memory = {0};

    t->sending.memory = &memory;
    t->sending.session.manner = (struct manner){MODE_EARLY, true};
    town_run(t);
    ck_assert_int_eq(t->d.longest_chain, 3); /* greeting, EHLO, all the rest */
    town_again(t);
    town_end(t, DISPATCH_DELIVERED);
    ck_assert_int_eq(t->d.used, FOO);
    ck_assert_int_eq(t->d.turnarounds, 1);
    ck_assert_int_eq(took(t), 3 * RTT);
    t->host[0].server.offer.has &= ~(uint32_t)FOO; /* the memory is wrong */
    town_again(t);
    town_end(t, DISPATCH_DEGRADED);
    ck_assert_int_eq(t->taken, 1);
    free(t);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/dispatch: policies");
    TCase *t = tcase_create("cost");

    tcase_set_timeout(t, 120); /* a busy host is slow */
    tcase_add_test(t, one_host);
    tcase_add_loop_test(t, what_a_search_costs, 0,
                        sizeof searching / sizeof searching[0]);
    tcase_add_test(t, sum_and_chain);
    tcase_add_test(t, queued_again);
    tcase_add_test(t, remembered_offers);
    tcase_add_test(t, disjoint_extensions);
    tcase_add_loop_test(t, never_to_the_backup, 0, POLICY_COUNT);
    tcase_add_test(t, patience_for_the_sibling);
    tcase_add_test(t, held_too_long);
    tcase_add_test(t, early);
    suite_add_tcase(s, t);
    return s;
}
