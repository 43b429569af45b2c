/* SPDX-License-Identifier: BSD-2-Clause */
/* LMTP, PRDR, limits and connections in the ideal world: what takes how often,
 * by the closed forms, and who gets what; every recipient once. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/cast.h"
#include "bench/run/virtual.h"
#include "smtp/limits.h"
#include "tests/scenario_help.h"

#define PRDR "capabilities=PIPELINING,ENHANCEDSTATUSCODES,PRDR extensions=PRDR "
#define TOLD "capabilities=PIPELINING,CHUNKING,PIPECONNECT,LIMITS "

struct play {
    struct scenario scenario;
    struct cast cast;
    struct tally tally;
};

static struct play *play(const char *settings)
{
    struct play *p = calloc(1, sizeof *p);

    scenario_ideal(&p->scenario, "", settings);
    scenario_whole(&p->scenario, settings);
    ck_assert_int_eq(cast_init(&p->cast, &p->scenario), 0);
    ck_assert_int_eq(virtual_deliver(&p->cast, VIRTUAL_FULL, &p->tally), 0);
    return p;
}

static void play_end(struct play *p)
{
    cast_release(&p->cast);
    scenario_release(&p->scenario);
    free(p);
}

/* Round trips are connections and turnarounds. Mails are transactions: what
 * the server has kept. */
/* clang-format off */
static const struct {
    const char *settings;
    size_t turnarounds, connections, accepted, refused, mails;
    bool planned; /* the plan tells so beforehand */
} rows[] = {
    {"lmtp= recipients=7", 4, 1, 7, 0, 1, true},
    {"lmtp= recipients=7 mode=lockstep messages=2", 23, 1, 14, 0, 2, true},
    {"lmtp= recipients=7 mode=chunking messages=4", 3, 1, 28, 0, 4, true},
    {"lmtp= recipients=7 mode=early messages=2", 3, 1, 14, 0, 2, true},
    {"lmtp= recipients=2 tls=implicit", 5, 1, 2, 0, 1, true},
    {"lmtp= recipients=2 auth=plain", 4, 1, 2, 0, 1, true},
    {"lmtp= recipients=7 policies=3 offended=1", 4, 1, 4, 3, 1, true},
    {"lmtp= recipients=7 policies=3 offended=3", 4, 1, 0, 7, 0, true},
    {"lmtp= recipients=1000 mode=chunking messages=3 policies=2 offended=1",
     3, 1, 1500, 1500, 3, true},
    {"lmtp= recipients=30 think=1ms", 4, 1, 30, 0, 1, true},
    {PRDR "recipients=7 policies=3 offended=2", 4, 1, 2, 5, 1, true},
    {PRDR "recipients=7 policies=3 offended=3", 4, 1, 0, 7, 0, true},
    {PRDR "recipients=7 mode=lockstep", 13, 1, 7, 0, 1, true},
    {"policies=3 offended=1 recipients=7", 6, 1, 4, 3, 2, false},
    {"policies=3 recipients=7 messages=2", 9, 1, 14, 0, 6, false},
    {"policies=3 recipients=3 mode=chunking", 9, 3, 3, 0, 3, false},
    {TOLD "limits=RCPTMAX=4 recipients=9", 6, 1, 9, 0, 3, true},
    {TOLD "limits=RCPTMAX=4 recipients=9 mode=lockstep messages=2",
     39, 1, 18, 0, 6, true},
    {TOLD "limits=RCPTMAX=4 recipients=9 mode=chunking messages=3",
     3, 1, 27, 0, 9, true},
    {TOLD "limits=RCPTMAX=4 recipients=9 mode=early messages=3",
     10, 1, 27, 0, 9, true},
    {"limits=RCPTMAX=4 recipients=9", 6, 1, 9, 0, 3, false},
    {"limits=RCPTMAX=4 recipients=9 messages=3", 12, 1, 27, 0, 9, false},
    {"limits=RCPTMAX=4 recipients=9 mode=lockstep messages=2",
     43, 1, 18, 0, 6, false},
    {"limits=RCPTMAX=4 recipients=9 mode=chunking", 9, 3, 9, 0, 3, false},
    {"limits=RCPTMAX=4 recipients=9 mode=early body-by=bdat", 3, 3, 9, 0, 3,
     false},
    {TOLD "limits=RCPTMAX=4 recipients=9 lmtp= policies=2 offended=1", 6, 1, 4,
     5, 2, true}, /* the third transaction is for one, who refuses */
    {"limits=RCPTMAX=4 recipients=9 lmtp=", 6, 1, 9, 0, 3, false},
    {TOLD "limits=MAILMAX=3 messages=7", 16, 3, 7, 0, 7, true},
    {TOLD "limits=MAILMAX=3 messages=7 mode=chunking", 9, 3, 7, 0, 7, true},
    {TOLD "limits=MAILMAX=3 messages=6 mode=lockstep", 30, 2, 6, 0, 6, true},
    {TOLD "limits=MAILMAX=3 messages=7 mode=early", 10, 3, 7, 0, 7, true},
    {"limits=MAILMAX=3 messages=7", 16, 3, 7, 0, 7, false},
    {"limits=MAILMAX=3 messages=7 mode=lockstep", 37, 3, 7, 0, 7, false},
    {"limits=MAILMAX=3 messages=7 mode=chunking", 9, 3, 7, 0, 7, false},
    {"limits=MAILMAX=3 messages=7 mode=chunking-last", 15, 3, 7, 0, 7, false},
    {"limits=MAILMAX=1 messages=4 mode=early body-by=bdat", 4, 4, 4, 0, 4,
     false},
    {TOLD "limits=RCPTDOMAINMAX=2 recipients=9 domains=5", 6, 1, 9, 0, 3, true},
    {"limits=RCPTDOMAINMAX=2 recipients=4 domains=4", 5, 1, 4, 0, 2, false},
    {"per-connection=1 messages=4", 16, 4, 4, 0, 4, true},
    {"per-connection=3 messages=7 mode=chunking", 9, 3, 7, 0, 7, true},
    {"per-connection=3 messages=7 mode=qmtp", 3, 3, 7, 0, 7, true},
    {"per-connection=3 messages=7 mode=bsmtp", 6, 3, 7, 0, 7, true},
    {"per-connection=2 messages=4 tls=starttls", 16, 2, 4, 0, 4, true},
    {"mode=pipelining-probe messages=4", 13, 1, 4, 0, 4, true},
    {"mode=pipelining-probe body-by=bdat messages=4", 13, 1, 4, 0, 4, true},
    {"recipients=2500", 6, 1, 2500, 0, 3, false},
};
/* clang-format on */

START_TEST(sessions)
{
    struct play *p = play(rows[_i].settings);
    const struct tally *t = &p->tally;
    double rtts = (double)(rows[_i].turnarounds + rows[_i].connections);
    size_t all = (size_t)(p->scenario.recipients * p->scenario.messages);

    ck_assert_msg(t->turnarounds == rows[_i].turnarounds, "%s: %zu, %s",
                  rows[_i].settings, t->turnarounds, t->outcome);
    ck_assert_msg(t->connections == rows[_i].connections, "%s: %zu connections",
                  rows[_i].settings, t->connections);
    ck_assert_msg(t->recipients_accepted == rows[_i].accepted, "%s: %s",
                  rows[_i].settings, t->outcome);
    ck_assert_uint_eq(t->recipients_bounced, rows[_i].refused);
    ck_assert_uint_eq(t->recipients_accepted + t->recipients_bounced, all);
    ck_assert_msg(p->cast.mails == rows[_i].mails, "%s: %zu mails",
                  rows[_i].settings, p->cast.mails);
    ck_assert_uint_eq(p->cast.recipients, rows[_i].accepted);
    if (p->scenario.think_ns == 0)
        ck_assert_msg(fabs((double)t->closed_ns / 200e6 - rtts) < 1e-9,
                      "%s: %g RTT", rows[_i].settings,
                      (double)t->closed_ns / 200e6);
    if (rows[_i].planned)
        ck_assert_uint_eq(scenario_turnarounds(&p->scenario), t->turnarounds);
    play_end(p);
}
END_TEST

/* Whoever says too little, or too much, is not believed. */
START_TEST(broken)
{
    static const char *const settings[] = {
        "lmtp= recipients=3 flaw=one-verdict",
        "lmtp= recipients=3 flaw=one-verdict mode=lockstep timeout=1s",
        "lmtp= recipients=3 flaw=one-verdict mode=chunking messages=3",
        "lmtp= recipients=2 flaw=one-verdict messages=3",
        PRDR "recipients=3 flaw=one-verdict",
        PRDR "recipients=3 flaw=one-verdict messages=2",
        "recipients=3 flaw=unasked-353",
    };
    struct play *p = play(settings[_i]);

    ck_assert_msg(strncmp(p->tally.outcome, "uncertain", 9) == 0, "%s: %s",
                  settings[_i], p->tally.outcome);
    ck_assert_int_le(p->tally.closed_ns, INT64_C(20000000000));
    play_end(p);
}
END_TEST

/* clang-format off */
static const struct {
    const char *settings, *why;
} nonsense[] = {
    {"lmtp= helo= mode=lockstep", "--helo"},
    {"lmtp= mode=bsmtp", "--lmtp has no meaning with --mode bsmtp"},
    {"lmtp= mode=qmtp", "--mode qmtp"},
    {"lmtp= capabilities=CHUNKING", "--capabilities"},
    {"lmtp= extensions=PRDR", "PRDR"},
    {"lmtp= extensions=CHECKPOINT", "CHECKPOINT"},
    {"extensions=PRDR,CHECKPOINT", "do not go together"},
    {"lmtp= strategy=S2", "--strategy"},
    {"per-connection=2 strategy=S2", "--per-connection"},
    {"limits=RCPTMAX=2 mode=bsmtp", "--limits"},
    {"policies=2 mode=qmtp", "--policies"},
    {"policies=2 offended=3", "--offended"},
    {"policies=2 recipients=1001", "--recipients up to 1000"},
    {"per-connection=1 messages=2001", "2000 connections"},
};
/* clang-format on */

START_TEST(no_meaning)
{
    char why[SCENARIO_WHY];
    struct scenario s;

    scenario_init(&s);
    scenario_say(&s, nonsense[_i].settings, " ");
    ck_assert_int_eq(scenario_finish(&s, why), -1);
    ck_assert_msg(strstr(why, nonsense[_i].why), "%s: %s",
                  nonsense[_i].settings, why);
    scenario_release(&s);
}
END_TEST

START_TEST(words)
{
    static const char *const wrong[] = {
        "MAILMAX",         "MAILMAX=0", "RCPTMAX=01",
        "RCPTMAX=1000000", "FOO=1",     "RCPTMAX=1 RCPTDOMAINMAX=x"};
    char why[LIMITS_WHY] = "", said[LIMITS_ROOM];
    struct limits l;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ck_assert_int_eq(limits_parse(&l, wrong[i], why), -1);
        ck_assert_ptr_nonnull(strstr(why, "wanted MAILMAX=N"));
    }
    ck_assert_int_eq(
        limits_parse(&l, "rcptmax=999999 MAILMAX=999999 RCPTDOMAINMAX=999999",
                     why),
        0);
    ck_assert_uint_eq(limits_say(&l, said), strlen(said));
    ck_assert_str_eq(said,
                     " MAILMAX=999999 RCPTMAX=999999 RCPTDOMAINMAX=999999");
    ck_assert_int_eq(limits_parse(&l, "", why), 0);
    ck_assert(!limits_any(&l));
}
END_TEST

/* The closed form, and what dividing in fact comes to. */
START_TEST(parts)
{
    static const struct {
        struct limits l;
        size_t n, domains, parts;
    } cases[] = {
        {{0, 0, 0}, 7, 3, 1}, {{0, 7, 0}, 7, 1, 1},  {{0, 6, 0}, 7, 1, 2},
        {{0, 1, 0}, 7, 7, 7}, {{0, 0, 1}, 7, 3, 3},  {{0, 0, 2}, 7, 3, 2},
        {{0, 2, 2}, 7, 1, 4}, {{0, 3, 1}, 10, 2, 4}, {{0, 3, 2}, 10, 2, 4},
        {{0, 0, 3}, 2, 9, 1}, {{0, 5, 2}, 12, 6, 3}, {{9, 100, 0}, 250, 1, 3},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(limits_parts(&cases[i].l, cases[i].n, cases[i].domains) ==
                          cases[i].parts,
                      "%zu: %zu", i,
                      limits_parts(&cases[i].l, cases[i].n, cases[i].domains));
    ck_assert(span_is(limits_domain(span_of("a@b@c.example")), "c.example"));
}
END_TEST

/* Limits that are others than they were: the session goes on, and the next one
 * knows nothing. */
START_TEST(limits_change)
{
    struct play p;
    const struct endpoint at = {{192, 0, 2, 2}, 4, 25};

    scenario_ideal(&p.scenario, TOLD,
                   "limits=RCPTMAX=2 recipients=9 mode=early");
    scenario_whole(&p.scenario, "limits");
    ck_assert_int_eq(cast_init(&p.cast, &p.scenario), 0);
    ck_assert_ptr_nonnull(offer_recall(&p.cast.memory, at));
    for (int i = 0; i < OFFER_MEMORY; i++)
        p.cast.memory.at[i].offer.limits.rcpt_max = 4;
    ck_assert_int_eq(virtual_deliver(&p.cast, VIRTUAL_FULL, &p.tally), 0);
    ck_assert_str_eq(p.tally.outcome, "delivered");
    ck_assert_uint_eq(p.cast.recipients, 9);
    ck_assert_ptr_null(offer_recall(&p.cast.memory, at));
    cast_release(&p.cast);
    scenario_release(&p.scenario);
}
END_TEST

/* What is given stands, and the rest is RFC 5321's, and the road's. */
START_TEST(patience)
{
    static const struct {
        const char *settings, *outcome;
    } cases[] = {
        {"timeouts=data=199ms mode=lockstep",
         "deferred: timed out, waiting for the reply to DATA"},
        {"timeouts=data=201ms mode=lockstep", "delivered"},
        {"timeouts=connect=199ms", "deferred: timed out"},
        {"timeouts=body=199ms",
         "uncertain: timed out, waiting for the reply to body"},
        {"timeout=1ms timeouts=greeting=1h,ehlo=1h,mail=1h,rcpt=1h,data=1h,"
         "body=1h,quit=1h",
         "delivered"},
        {"timeout=1h timeouts=greeting=1ms",
         "deferred: timed out, waiting for the reply to greeting"},
    };
    struct play *p = play(cases[_i].settings);

    ck_assert_msg(strcmp(p->tally.outcome, cases[_i].outcome) == 0, "%s: %s",
                  cases[_i].settings, p->tally.outcome);
    play_end(p);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("LMTP, PRDR, LIMITS, connections");
    TCase *t = tcase_create("terms");

    tcase_add_loop_test(t, sessions, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(t, broken, 0, 7);
    tcase_add_loop_test(t, no_meaning, 0, sizeof nonsense / sizeof nonsense[0]);
    tcase_add_loop_test(t, patience, 0, 6);
    tcase_add_test(t, words);
    tcase_add_test(t, parts);
    tcase_add_test(t, limits_change);
    suite_add_tcase(s, t);
    return s;
}
