/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of lines: the rows that they plan. */
#include "bench/run/chapter_lines.h"

#include <check.h>

static const struct chapter made_up = {"made-up", "nobody", "nothing", NULL};

/* A table's lines, where all worlds are there: 2 + 2 rows of a pair that one
 * world refuses, 2 of a line that need not be in the kernel. */
START_TEST(rows)
{
    static const struct line table[] = {
        {"pair", "mode=lockstep recipients=5",
         DIFFERENCE("2 RTT", 11, "mode=early", 2), .without = WORLD_NS3,
         .refuted = true, .remark = "not so"},
        {"virtual", "mode=pipelining", TAKES(4, 5), .without = WORLD_KERNEL,
         .captured = true},
    };
    static const struct {
        enum world world;
        int64_t recipients;
        size_t turnarounds;
    } due[] = {{WORLD_IDEAL, 5, 11}, {WORLD_IDEAL, 3, 2}, {WORLD_KERNEL, 5, 11},
               {WORLD_KERNEL, 3, 2}, {WORLD_IDEAL, 3, 4}, {WORLD_NS3, 3, 4}};
    struct book b = {.chapter = &made_up, .kernel = true, .ns3 = true};

    lines_add(&b, "recipients=3 rtt=10ms", LINES(table));
    ck_assert_uint_eq(b.entries, 2);
    ck_assert_uint_eq(b.jobs, 6);
    for (size_t i = 0; i < b.jobs; i++) {
        ck_assert_uint_eq(b.about[i].entry, i / 4);
        ck_assert_int_eq(b.job[i].scenario.world, due[i].world);
        ck_assert_int_eq(b.job[i].scenario.recipients, due[i].recipients);
        ck_assert_uint_eq(b.about[i].turnarounds, due[i].turnarounds);
        ck_assert_int_eq(b.job[i].scenario.rtt_ns, 10000000);
    }
    ck_assert_str_eq(b.entry[0].remark, "not so");
    ck_assert(b.entry[0].refuted && !b.entry[0].captured);
    ck_assert_str_eq(b.entry[1].line.expected, "4, 5 RTT");
    ck_assert(b.entry[1].captured && !b.entry[1].remark);
    book_release(&b);
}
END_TEST

/* What an end and an opening window must be stands with each of their rows. */
START_TEST(ends)
{
    static const struct line table[] = {
        {"end", "", ENDING("refused", 4, "bounced: all refused")},
        {"window", "body=40k", OPENING("1 RTT more", 4, 1)},
    };
    struct book b = {.chapter = &made_up, .kernel = true};

    lines_add(&b, "", LINES(table));
    ck_assert_uint_eq(b.jobs, 4);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_str_eq(b.about[i].ending, "bounced: all refused");
        ck_assert_int_eq(b.about[i + 2].opening, 1);
        ck_assert_ptr_null(b.about[i + 2].ending);
    }
    ck_assert_int_eq(b.entry[0].kind, ENTRY_ENDING);
    ck_assert_int_eq(b.entry[1].kind, ENTRY_OPENING);
    book_release(&b);
}
END_TEST

Suite *suite(void);
Suite *suite(void)
{
    Suite *s = suite_create("bench/run/chapter_lines");
    TCase *t = tcase_create("lines");

    tcase_add_test(t, rows);
    tcase_add_test(t, ends);
    suite_add_tcase(s, t);
    return s;
}
