/* SPDX-License-Identifier: BSD-2-Clause */
/* Every policy, for every kind of need, of every keyword, over hosts that have
 * it all, in part, or not at all; whatever comes of it, all mail is accounted
 * for, and what must come of it does. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/topology_help.h"

/* clang-format off */
static const char *const keywords[] = {
    "FOOBAR", "SMTPUTF8", "REQUIRETLS", "8BITMIME", "CHUNKING", "PIPECONNECT"};
/* Two primaries and a backup: which have it. */
static const struct { bool first, second, backup; } towns[] = {
    {true, true, true},   {true, false, true}, {true, false, false},
    {false, false, true}, {false, false, false}};
static const char *const needs[] = {"required", "preferred", "performance"};
/* clang-format on */

enum {
    KEYWORDS = sizeof keywords / sizeof keywords[0],
    TOWNS = sizeof towns / sizeof towns[0]
};

static struct topology *build(const char *keyword, size_t town,
                              const char *need)
{
    const char *base = "PIPELINING, STARTTLS";
    char text[1200], why[YAMLFILE_WHY] = "", with[80];
    struct topology *t;

    snprintf(with, sizeof with, ", %s", keyword);
    snprintf(
        text, sizeof text,
        "domains: [{name: d.example, mx: [{preference: 10, host: a},"
        " {preference: 10, host: b}, {preference: 20, host: c}]}]\n"
        "hosts:\n"
        "  - {name: a, capabilities: [%s%s]}\n"
        "  - {name: b, capabilities: [%s%s]}\n"
        "  - {name: c, capabilities: [%s%s]}\n"
        "client: {mode: [pipelining], tls: %s}\n"
        "messages: [{messages: 2, recipients: 2, %s: [%s]}]\n",
        base, towns[town].first ? with : "", base,
        towns[town].second ? with : "", base, towns[town].backup ? with : "",
        strcmp(keyword, "REQUIRETLS") == 0 ? "required" : "no", need, keyword);
    t = topology_of(text, why);
    ck_assert_msg(t != NULL, "%s", why);
    return t;
}

/* How it must end, for a primary that is met first at random; NOT_YET: that
 * depends on which. */
static enum dispatch_end must_end(size_t town, int need, enum policy_id p)
{
    size_t primaries = towns[town].first + towns[town].second;
    const struct policy *policy = policy_of(p);
    bool found = primaries == 2 ||
                 (primaries > 0 && (policy->search != SEARCH_NOBODY ||
                                    policy->flags & POLICY_REQUEUE)) ||
                 (policy->search == SEARCH_ALL && towns[town].backup);

    if (need == 2 || found)
        return DISPATCH_DELIVERED;
    if (primaries > 0)
        return DISPATCH_NOT_YET;
    return need == 0 || policy->flags & POLICY_INSIST ? DISPATCH_BOUNCED
                                                      : DISPATCH_DEGRADED;
}

START_TEST(every_combination)
{
    const char *keyword = keywords[_i / TOWNS];
    size_t town = (size_t)_i % TOWNS;
    /* Keywords but for these two differ in their bit alone. */
    bool all = getenv("TURNAROUND_TEST_ALL") ||
               strcmp(keyword, "FOOBAR") == 0 ||
               strcmp(keyword, "REQUIRETLS") == 0;
    uint64_t seeds = getenv("TURNAROUND_TEST_ALL") ? 4 : all ? 2 : 1;

    for (int need = 0; need < 3; need++) {
        struct topology *t = build(keyword, town, needs[need]);

        for (int p = 0; p < POLICY_COUNT; p++)
            for (uint64_t seed = 1; seed <= seeds; seed++) {
                struct mx_part part = {
                    t,          &t->message[0], (enum policy_id)p,
                    t->mode[0], seed,           PORT_VETH};
                enum dispatch_end end = must_end(town, need, (enum policy_id)p);
                char why[MX_WHY] = "";
                struct mx_tally y;

                ck_assert_msg(mx_ideal(&part, &y, why) == 0, "%s", why);
                tally_adds_up(&y);
                ck_assert_int_eq(y.recipients, 4);
                ck_assert_msg(end == DISPATCH_NOT_YET || y.end == end,
                              "%s, %s, town %zu, %s: %s, should be %s", keyword,
                              needs[need], town,
                              policy_of((enum policy_id)p)->name,
                              dispatch_end_name(y.end), dispatch_end_name(end));
                ck_assert(need == 2 || y.end != DISPATCH_DELIVERED ||
                          y.used != 0);
                ck_assert(!y.worse ||
                          policy_of((enum policy_id)p)->search == SEARCH_ALL);
            }
        topology_free(t);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("run/mx: everything against everything");
    TCase *t = tcase_create("all");

    tcase_set_timeout(t, 240); /* a busy host is slow */
    tcase_add_loop_test(t, every_combination, 0, KEYWORDS * TOWNS);
    suite_add_tcase(s, t);
    return s;
}
