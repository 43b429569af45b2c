/* SPDX-License-Identifier: BSD-2-Clause */
/* The book of claims: what it plans, and how rows decide a line. Rows are made
 * up here. */
#include "bench/run/book.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct chapter made_up = {"made-up", "RFC 0", "nothing", NULL};
/* clang-format on */

static void book_begin(struct book *b, bool kernel)
{
    *b = (struct book){.chapter = &made_up, .kernel = kernel};
}

static struct row *row_of(struct book *b, size_t job)
{
    return &b->job[job].row;
}

/* As if the job had been run and all had gone by the formula. */
static void fill(struct book *b, size_t job, int64_t turnarounds, double rtt_ms)
{
    struct row *r = row_of(b, job);

    row_release(r);
    row_init(r);
    b->job[job].done = true;
    row_text(&r->world, "%s", world_name(b->job[job].scenario.world));
    row_text(&r->command, "turnaround run");
    r->valid = FLAG_TRUE;
    r->turnarounds = turnarounds;
    r->connections = 1;
    r->rtt_ms = rtt_ms;
    r->serialisation_ms = r->server_think_ms = 0;
    r->closed_ms = (double)(1 + turnarounds) * rtt_ms;
}

static const struct claim_line *line(const struct book *b)
{
    return &b->entry[0].line;
}

/* No plan of one session tells how it ends where the server does not know what
 * was arranged, or where the message is cut and goes on. */
static bool has_plan(const struct scenario *s)
{
    bool understood = !manner_is_arranged((struct manner){.mode = s->mode}) ||
                      s->capabilities & OFFER_BSMTP;

    bool told = !s->terms.limit_words || s->capabilities & OFFER_LIMITS;
    bool each = s->terms.lmtp || s->extensions & OFFER_PRDR;

    if (manner_is_quick((struct manner){.mode = s->mode}))
        understood = s->capabilities == SCENARIO_CAPABILITIES &&
                     !(s->flaws & FLAW_STALE_ID);
    return understood && s->cut_octets == 0 && told &&
           (s->terms.policies == 1 || each);
}

START_TEST(plans_all)
{
    struct book b;
    size_t lines = 0;

    book_begin(&b, true);
    ck_assert_int_eq(book_plan(&b, NULL, 0), 0);
    for (const struct chapter *c = chapters; c->name; c++) {
        size_t of_it = 0;

        for (size_t i = 0; i < b.entries; i++)
            of_it += strcmp(b.entry[i].line.claim, c->name) == 0;
        ck_assert_msg(of_it > 0, "%s has no lines", c->name);
        lines += of_it;
        ck_assert_uint_gt(strlen(c->source) * strlen(c->says), 0);
    }
    ck_assert_uint_eq(lines, b.entries);
    for (size_t i = 0; i < b.jobs; i++) {
        ck_assert(b.job[i].scenario.finished);
        ck_assert_uint_lt(b.about[i].entry, b.entries);
        if (b.job[i].scenario.flaws == 0 &&
            b.job[i].scenario.ask.strategy == 0 && has_plan(&b.job[i].scenario))
            ck_assert_msg(scenario_turnarounds(&b.job[i].scenario) ==
                              b.about[i].turnarounds,
                          "%s: %zu by the plan",
                          b.entry[b.about[i].entry].line.says,
                          scenario_turnarounds(&b.job[i].scenario));
    }
    book_release(&b);
}
END_TEST

/* Without the kernel world nothing is planned for it. */
START_TEST(plans_some)
{
    char *names[] = {"ladder", "dialogues"}, *wrong[] = {"ladder", "laddr"};
    struct book b;

    book_begin(&b, false);
    ck_assert_int_eq(book_plan(&b, names, 2), 0);
    for (size_t i = 0; i < b.jobs; i++)
        ck_assert_int_eq(b.job[i].scenario.world, WORLD_IDEAL);
    for (size_t i = 0; i < b.entries; i++)
        ck_assert(strcmp(b.entry[i].line.claim, "ladder") == 0 ||
                  strcmp(b.entry[i].line.claim, "dialogues") == 0);
    ck_assert_uint_eq(b.jobs, 5);
    book_release(&b);
    book_begin(&b, false);
    ck_assert_int_eq(book_plan(&b, wrong, 2), -1);
    ck_assert_str_eq(b.why, "\"laddr\" is no claim");
    book_release(&b);
}
END_TEST

START_TEST(settings)
{
    struct book b;

    book_begin(&b, false);
    book_entry(&b, ENTRY_COUNT, "says", "expected");
    book_add(&b, 0, 5,
             "mode=lockstep recipients=7 "
             "uplink='delay 3ms rate 1mbit' body=2k");
    ck_assert(!b.failed);
    ck_assert_int_eq(b.job[0].scenario.recipients, 7);
    ck_assert_int_eq(b.job[0].scenario.body_bytes, 2048);
    ck_assert_int_eq(b.job[0].scenario.up.base.delay.ns, 3000000);
    ck_assert_uint_eq(b.about[0].turnarounds, 5);
    book_add(&b, 0, 5, "mode=lockstep wibble=7");
    ck_assert(b.failed);
    ck_assert_str_eq(b.why, "no such parameter");
    book_release(&b);
}
END_TEST

START_TEST(counts)
{
    struct book b;

    book_begin(&b, true);
    book_entry(&b, ENTRY_COUNT, "says", "4");
    book_add(&b, 0, 4, "rtt=10ms");
    book_add(&b, 0, 4, "rtt=20ms");
    for (size_t i = 0; i < b.jobs; i++)
        fill(&b, i, 4, 10);
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_HOLDS);
    ck_assert_str_eq(line(&b)->ideal, "2 of 2");
    ck_assert_str_eq(line(&b)->kernel, "2 of 2");
    ck_assert_str_eq(line(&b)->note, "");
    row_of(&b, 3)->turnarounds = 5;
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_FAILS);
    ck_assert_str_eq(line(&b)->kernel, "1 of 2");
    ck_assert_str_eq(line(&b)->note,
                     "kernel: 5 turnarounds, expected 4: turnaround run");
    book_release(&b);
}
END_TEST

/* What does not count never decides for a claim. */
START_TEST(invalid_rows)
{
    struct book b;

    book_begin(&b, false);
    book_entry(&b, ENTRY_COUNT, "says", "4");
    book_add(&b, 0, 4, "rtt=10ms");
    fill(&b, 0, 4, 10);
    row_of(&b, 0)->valid = FLAG_FALSE;
    row_text(&row_of(&b, 0)->invalid_because, "the road was late");
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_UNDECIDED);
    ck_assert_str_eq(line(&b)->note, "ideal: INVALID: the road was late");
    ck_assert_str_eq(line(&b)->kernel, "skipped");
    book_release(&b);
    book_begin(&b, false);
    book_entry(&b, ENTRY_COUNT, "says", "4");
    book_add(&b, 0, 4, "rtt=10ms");
    fill(&b, 0, 4, 10);
    b.job[0].done = false;
    strcpy(b.job[0].why, "no lab");
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_UNDECIDED);
    ck_assert_ptr_nonnull(strstr(line(&b)->note, "no lab"));
    book_release(&b);
}
END_TEST

/* The ideal world is exact; the kernel's median has its share, from the
 * shortest road on where it is judged. */
/* clang-format off */
static const struct {
    enum world world;
    double rtt_ms, off_ms, busy_ms;
    enum claim_verdict verdict;
} times[] = {
    {WORLD_IDEAL,  10,  0,         0, CLAIM_HOLDS},
    {WORLD_IDEAL,  10,  0.0000005, 0, CLAIM_HOLDS},
    {WORLD_IDEAL,  200, 0.000002,  0, CLAIM_FAILS},
    {WORLD_IDEAL,  200, 0.000002,  1, CLAIM_FAILS},
    {WORLD_IDEAL,  10,  -0.001,    0, CLAIM_FAILS},
    {WORLD_KERNEL, 200, 0,         0, CLAIM_WITHIN},
    {WORLD_KERNEL, 200, 9.9,       0, CLAIM_WITHIN},
    {WORLD_KERNEL, 200, 10.1,      0, CLAIM_FAILS},
    {WORLD_KERNEL, 200, 12.9,      3, CLAIM_WITHIN},
    {WORLD_KERNEL, 200, 13.1,      3, CLAIM_FAILS},
    {WORLD_KERNEL, 200, -9.9,      0, CLAIM_WITHIN},
    {WORLD_KERNEL, 200, -10.1,     3, CLAIM_FAILS},
    {WORLD_KERNEL, 10,  5,         0, CLAIM_HOLDS},
};
/* clang-format on */

START_TEST(times_are_judged)
{
    struct book b;

    book_begin(&b, true);
    book_entry(&b, ENTRY_TIMED, "says", "4");
    book_add(&b, 0, 4, "rtt=10ms");
    for (size_t i = 0; i < b.jobs; i++) {
        fill(&b, i, 4, times[_i].rtt_ms);
        if (b.job[i].scenario.world != times[_i].world)
            continue;
        row_of(&b, i)->closed_ms += times[_i].off_ms;
        row_of(&b, i)->hosts_busy_ms = times[_i].busy_ms;
    }
    book_judge(&b);
    ck_assert_msg(line(&b)->verdict == times[_i].verdict, "%s", line(&b)->note);
    if (times[_i].verdict == CLAIM_FAILS) {
        bool kernel = times[_i].world == WORLD_KERNEL;

        ck_assert_int_eq(b.entry[0].late, kernel);
        ck_assert_int_eq(b.entry[0].wrong, !kernel);
    }
    book_release(&b);
}
END_TEST

/* One slow row of three does not make a median slow. */
START_TEST(median_decides)
{
    struct book b;

    book_begin(&b, true);
    book_entry(&b, ENTRY_TIMED, "says", "4");
    book_add(&b, 0, 4, "rtt=200ms");
    ck_assert_uint_eq(b.jobs, 1 + BOOK_REPEATS);
    for (size_t i = 0; i < b.jobs; i++)
        fill(&b, i, 4, 200);
    row_of(&b, 2)->closed_ms = 5000;
    book_judge(&b);
    ck_assert_msg(line(&b)->verdict == CLAIM_WITHIN, "%s", line(&b)->note);
    row_of(&b, 1)->closed_ms = 5000;
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_FAILS);
    book_release(&b);
}
END_TEST

/* W of 3, 60 ms of bits and thought: half is waiting at 60 / (3 - 1) ms. */
START_TEST(waiting)
{
    struct book b;

    book_begin(&b, false);
    book_entry(&b, ENTRY_WAITING, "says", "");
    for (int i = 0; i < 3; i++)
        book_add(&b, 0, 3, "rtt=10ms");
    for (size_t i = 0; i < 3; i++) {
        fill(&b, i, 3, (double[]){29, 31, 200}[i]);
        row_of(&b, i)->serialisation_ms = 50;
        row_of(&b, i)->server_think_ms = 10;
        row_of(&b, i)->closed_ms += 60;
    }
    book_judge(&b);
    ck_assert_msg(line(&b)->verdict == CLAIM_HOLDS, "%s", line(&b)->note);
    ck_assert_str_eq(line(&b)->expected, "half at RTT 30 ms");
    ck_assert_str_eq(line(&b)->ideal, "70 % at 200 ms");
    row_of(&b, 0)->closed_ms -= 20;
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_FAILS);
    book_release(&b);
}
END_TEST

START_TEST(saving)
{
    struct book b;

    book_begin(&b, false);
    book_entry(&b, ENTRY_SAVING, "says", "");
    book_add(&b, 0, 9, "mode=lockstep recipients=3 rtt=100ms");
    book_add(&b, 0, 4, "recipients=3 rtt=100ms");
    fill(&b, 0, 9, 100);
    fill(&b, 1, 4, 100);
    row_of(&b, 0)->serialisation_ms = 3;
    row_of(&b, 0)->closed_ms += 3;
    book_judge(&b);
    ck_assert_msg(line(&b)->verdict == CLAIM_HOLDS, "%s", line(&b)->note);
    ck_assert_str_eq(line(&b)->ideal, "503.0 ms (bits: 3.0), 50 %");
    row_of(&b, 1)->closed_ms += 1;
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_FAILS);
    ck_assert_str_eq(line(&b)->note,
                     "ideal: saves 502.000 ms, by the formula 503.000 ms");
    book_release(&b);
}
END_TEST

/* In ns3 a pair may differ by TCP's own ACKs, and by no more. */
START_TEST(saving_in_ns3)
{
    const double acks_ms = 2 * 52 * 8 / 1e3; /* at 1 Mbit/s */
    const char *road = "recipients=3 uplink='delay 50ms rate 1mbit'";
    struct book b;

    book_begin(&b, false);
    b.ns3 = true;
    book_entry(&b, ENTRY_SAVING, "says", "");
    book_add_in(&b, 0, 4, road, WORLD_NS3);
    book_add_in(&b, 0, 4, road, WORLD_NS3);
    ck_assert_msg(!b.failed, "%s", b.why);
    fill(&b, 0, 4, 100);
    fill(&b, 1, 4, 100);
    row_of(&b, 0)->closed_ms += acks_ms;
    book_judge(&b);
    ck_assert_msg(line(&b)->verdict == CLAIM_HOLDS, "%s", line(&b)->note);
    row_of(&b, 0)->closed_ms += 0.001;
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_FAILS);
    book_release(&b);
}
END_TEST

/* A line that is as the book expects, where its source says otherwise, does
 * not hold, and that is no failure; a line without rows was skipped. */
START_TEST(remarks)
{
    struct book b;

    book_begin(&b, false);
    book_entry(&b, ENTRY_DIFFERENCE, "says", "2 RTT");
    book_add(&b, 0, 4, "recipients=3 rtt=100ms");
    book_add(&b, 0, 2, "mode=early recipients=3 rtt=100ms");
    book_remark(&b, 0, true, "by another count");
    book_entry(&b, ENTRY_REACH, "in no world here", "");
    fill(&b, 0, 4, 100);
    fill(&b, 1, 2, 100);
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_REFUTED);
    ck_assert_str_eq(line(&b)->note, "by another count");
    ck_assert_str_eq(line(&b)->ideal, "2.00 RTT");
    ck_assert_int_eq(b.entry[1].line.verdict, CLAIM_SKIPPED);
    row_of(&b, 1)->closed_ms += 1;
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_FAILS);
    book_release(&b);
}
END_TEST

/* Round trips that go to the congestion window, to the nearest. */
START_TEST(openings)
{
    struct book b;

    book_begin(&b, true);
    book_entry(&b, ENTRY_OPENING, "says", "2 RTT more");
    book_add_opening(&b, 0, 4, 2, "body=90k rtt=200ms");
    fill(&b, 0, 4, 200);
    fill(&b, 1, 4, 200);
    row_of(&b, 1)->closed_ms += 2.4 * 200;
    book_judge(&b);
    ck_assert_msg(line(&b)->verdict == CLAIM_HOLDS, "%s", line(&b)->note);
    ck_assert_str_eq(line(&b)->kernel, "2.40 RTT");
    row_of(&b, 1)->closed_ms += 0.2 * 200;
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_FAILS);
    book_release(&b);
}
END_TEST

START_TEST(endings)
{
    struct book b;

    book_begin(&b, false);
    book_entry(&b, ENTRY_ENDING, "says", "deferred");
    book_add_ending(&b, 0, 4, "rtt=200ms", "deferred");
    fill(&b, 0, 4, 200);
    row_text(&row_of(&b, 0)->outcome, "deferred: timed out");
    book_judge(&b);
    ck_assert_msg(line(&b)->verdict == CLAIM_HOLDS, "%s", line(&b)->note);
    row_text(&row_of(&b, 0)->outcome, "delivered");
    book_judge(&b);
    ck_assert_int_eq(line(&b)->verdict, CLAIM_FAILS);
    ck_assert_str_eq(line(&b)->note,
                     "ideal: delivered, expected deferred: turnaround run");
    book_release(&b);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/run/book");
    TCase *t = tcase_create("book");

    tcase_add_test(t, plans_all);
    tcase_add_test(t, plans_some);
    tcase_add_test(t, settings);
    tcase_add_test(t, counts);
    tcase_add_test(t, invalid_rows);
    tcase_add_loop_test(t, times_are_judged, 0, sizeof times / sizeof times[0]);
    tcase_add_test(t, median_decides);
    tcase_add_test(t, waiting);
    tcase_add_test(t, saving);
    tcase_add_test(t, saving_in_ns3);
    tcase_add_test(t, remarks);
    tcase_add_test(t, openings);
    tcase_add_test(t, endings);
    suite_add_tcase(s, t);
    return s;
}
