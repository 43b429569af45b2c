/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapter about hosts that differ: it holds in the virtual worlds, and the
 * judge does not nod at everything. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/chapters.h"
#include "bench/run/mx_claim.h"
#include "tests/skip.h"

static void plan(struct book *b)
{
    static const struct chapter mx = {"mx", "", "", plan_mx};

    *b = (struct book){.chapter = &mx};
    plan_mx(b);
    ck_assert_msg(!b->failed, "%s", b->why);
    ck_assert_int_gt(b->entries, 40);
}

/* All of them take minutes under the sanitizers: of the others `turnaround
 * reproduce mx` tells, or TURNAROUND_TEST_ALL in the environment. */
static bool is_played(size_t i, const char *says)
{
    return getenv("TURNAROUND_TEST_ALL") || i % 6 == 0 ||
           strstr(says, "REQUIRETLS");
}

START_TEST(every_line)
{
    struct book b;

    plan(&b);
    for (size_t i = 0; i < b.entries; i++) {
        struct claim_line *l = &b.entry[i].line;

        if (!is_played(i, l->says))
            continue;
        ck_assert_msg(*l->expected, "%s", l->says);
        mx_claim_play(b.entry[i].topology, (struct mx_worlds){0}, l);
        ck_assert_msg(l->verdict == CLAIM_HOLDS, "%s: %s", l->says, l->note);
        ck_assert(*l->ideal && !*l->ns3 && !*l->kernel);
    }
    book_release(&b);
}
END_TEST

/* Each way in which a claim can be wrong by a little is told. */
START_TEST(what_is_wrong_fails)
{
    static const char *const words[] = {
        "accepted at", "turnarounds", "longest chain", "connections",
        "hosts",       "used",        "worse",         "delivered"};
    struct claim_line l = {0};
    struct mx_claim c;
    struct book b;
    size_t n = 0;

    plan(&b);
    while (strncmp(b.entry[n].line.says, "P1, one of four", 15) != 0)
        n++;
    c = *b.entry[n].topology;
    switch (_i) {
    case 0:
        c.further_ns = 1;
        break;
    case 1:
        c.turnarounds.by_host++;
        break;
    case 2:
        c.chain.fixed++;
        break;
    case 3:
        c.connections.by_host++;
        break;
    case 4:
        c.hosts_mean.is = 2.2;
        break;
    case 5:
        c.used.is = 0.9;
        break;
    case 6:
        c.worse = (struct mx_mean){true, 0.1};
        break;
    case 7:
        c.end = DISPATCH_DEGRADED;
        break;
    }
    mx_claim_play(&c, (struct mx_worlds){0}, &l);
    ck_assert_int_eq(l.verdict, CLAIM_FAILS);
    ck_assert_msg(strstr(l.note, words[_i]) != NULL, "%s", l.note);
    book_release(&b);
}
END_TEST

START_TEST(chi_square)
{
    static const size_t fair[] = {10, 10, 10}, rigged[] = {30, 0, 0},
                        none[] = {0, 0};

    ck_assert_double_eq(mx_chi_square(fair, 3), 0);
    ck_assert_double_eq(mx_chi_square(rigged, 3), 60);
    ck_assert(isinf(mx_chi_square(none, 2)));
}
END_TEST

START_TEST(over_ns3)
{
    struct claim_line l = {0};
    char why[NS3_WHY];
    struct book b;

    if (ns3_load(why) < 0)
        SKIP("%s", why);
    plan(&b);
    mx_claim_play(b.entry[0].topology, (struct mx_worlds){.ns3 = true}, &l);
    ck_assert_msg(l.verdict == CLAIM_HOLDS, "%s", l.note);
    ck_assert_str_eq(l.ideal, l.ns3);
    book_release(&b);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("run/mx_claims");
    TCase *t = tcase_create("claims");

    tcase_set_timeout(t, 900); /* a busy host is slow */
    tcase_add_test(t, every_line);
    tcase_add_loop_test(t, what_is_wrong_fails, 0, 8);
    tcase_add_test(t, chi_square);
    tcase_add_test(t, over_ns3);
    suite_add_tcase(s, t);
    return s;
}
