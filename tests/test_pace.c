/* SPDX-License-Identifier: BSD-2-Clause */
/* The rate, traces and slots of a road: when packets leave, to the nanosecond.
 */
#include "tests/drive.h"

#define TRACE "0\n10\n10\n25\n"

/* Packet k of a burst has left when k * 12000 bits have, to the nanosecond,
 * however long the burst: what division leaves is carried on. */
START_TEST(rate_is_exact)
{
    static const char *const words[] = {
        "rate 7mbit delay 3ms limit 100000",
        "rate 7mbit delay 3ms queue droptail limit 100000",
        "rate 7mbit delay 3ms queue codel target=1h limit 100000",
    };
    struct drive d = drive(words[_i], 1, 10000, 1500, 0);

    for (uint64_t i = 1; i <= 10000; i++)
        if (d.out[i - 1].id != i ||
            d.out[i - 1].due_ns !=
                3 * MS + (int64_t)(i * 12000 * UINT64_C(1000000000) / 7000000))
            ck_abort_msg("packet %d leaves at %lld", (int)i,
                         (long long)d.out[i - 1].due_ns);
    drive_release(&d);
}
END_TEST

START_TEST(an_idle_rate_starts_anew)
{
    struct drive d = drive("rate 12mbit delay 5ms", 1, 20, 1500, 2 * MS);

    for (uint64_t i = 1; i <= 20; i++)
        drive_due_at(&d, i, (int64_t)(i - 1) * 2 * MS + 6 * MS);
    drive_release(&d);
}
END_TEST

/* The example of tc-netem(8), and what negative overheads leave. */
START_TEST(overheads_and_cells)
{
    static const struct {
        const char *words;
        uint32_t bytes;
        int64_t wire_bytes;
    } rows[] = {
        {"rate 8kbit 20 100 5", 50, 105}, {"rate 8kbit 20 100 5", 80, 105},
        {"rate 8kbit 20 100 5", 81, 210}, {"rate 8kbit 0 48 5", 50, 106},
        {"rate 8kbit -14", 60, 46},       {"rate 8kbit -100", 60, 0},
        {"rate 8kbit 10", 60, 70},        {"rate 1kbps 0 1000 -8", 60, 992},
    };
    struct drive d = drive(rows[_i].words, 1, 1, rows[_i].bytes, 0);

    drive_due_at(&d, 1, rows[_i].wire_bytes * MS);
    drive_release(&d);
}
END_TEST

/* As in netem: a packet starts when the last one in the queue has left. */
START_TEST(rate_comes_after_the_delay)
{
    struct drive d =
        drive("delay 50ms 40ms rate 12mbit limit 9999", 1, 2000, 1500, MS / 2);
    int64_t last_ns = 0;

    for (uint64_t i = 0; i < d.count; i++) {
        ck_assert_uint_eq(d.out[i].id, i + 1);
        ck_assert_int_ge(d.out[i].due_ns, last_ns + MS);
        last_ns = d.out[i].due_ns;
    }
    drive_release(&d);
}
END_TEST

/* 1500 bytes at 0, 10, 10 and 25 ms, then the same after each 25 ms. */
START_TEST(a_trace)
{
    static const struct {
        uint32_t bytes;
        int64_t gap_ns;
        int64_t due_ms[10];
    } rows[] = {
        {1500, 0, {0, 10, 10, 25, 25, 35, 35, 50, 50, 60}},
        {750, 0, {0, 0, 10, 10, 10, 10, 25, 25, 25, 25}},
        {1000, 0, {0, 10, 10, 10, 25, 25, 25, 35, 35, 35}},
        {4000, 0, {10, 35, 50, 60, 85, 100, 110, 135, 150, 160}},
        {1500, 7 * MS, {0, 10, 25, 25, 35, 35, 50, 50, 60, 75}},
        {100, 30 * MS, {0, 35, 60, 100, 125, 150, 185, 210, 250, 275}},
    };
    struct drive d = drive_file("rate trace file", TRACE, 1, 10, rows[_i].bytes,
                                rows[_i].gap_ns);

    for (uint64_t i = 0; i < 10; i++)
        drive_due_at(&d, i + 1, rows[_i].due_ms[i] * MS);
    drive_release(&d);
}
END_TEST

START_TEST(a_trace_gives_way_to_a_rate)
{
    struct drive d = drive_file("rate trace file at 12ms rate 12mbit "
                                "at 15ms rate trace file delay 1ms",
                                TRACE, 1, 7, 1500, 0);
    static const int64_t due_ms[] = {0, 10, 10, 13, 14, 15, 16};

    for (uint64_t i = 0; i < 7; i++)
        drive_due_at(&d, i + 1, due_ms[i] * MS);
    drive_release(&d);
}
END_TEST

START_TEST(slots)
{
    static const struct {
        const char *words;
        int64_t due_ms[10]; /* of packets that come every 3 ms */
    } rows[] = {
        {"slot 10ms", {0, 13, 13, 13, 13, 25, 25, 25, 25, 37}},
        {"slot 10ms packets 2", {0, 13, 13, 23, 23, 33, 33, 43, 43, 53}},
        {"slot 10ms bytes 101", {0, 13, 13, 23, 23, 33, 33, 43, 43, 53}},
        {"slot 10ms delay 5ms", {15, 15, 15, 15, 27, 27, 27, 27, 39, 39}},
        {"slot 10ms 10ms packets 1", {0, 10, 20, 30, 40, 50, 60, 70, 80, 90}},
        {"slot distribution uniform 10ms 0ms",
         {0, 13, 13, 13, 13, 25, 25, 25, 25, 37}},
    };
    struct drive d = drive(rows[_i].words, 1, 10, 100, 3 * MS);

    for (uint64_t i = 1; i < 10; i++)
        drive_due_at(&d, i + 1, rows[_i].due_ms[i] * MS);
    drive_release(&d);
}
END_TEST

START_TEST(slots_keep_to_their_bounds)
{
    struct drive d =
        drive("slot 5ms 9ms packets 4 limit 9999", 1, 4000, 100, MS / 2);
    int64_t gap_ns;

    for (size_t i = 8; i < d.count; i++) {
        gap_ns = d.out[i].due_ns - d.out[i - 4].due_ns;
        if (gap_ns < 5 * MS || gap_ns > 9 * MS)
            ck_abort_msg("slots %lld apart", (long long)gap_ns);
    }
    drive_release(&d);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("netem/pace");
    TCase *t = tcase_create("pace");

    tcase_add_loop_test(t, rate_is_exact, 0, 3);
    tcase_add_test(t, an_idle_rate_starts_anew);
    tcase_add_loop_test(t, overheads_and_cells, 0, 8);
    tcase_add_test(t, rate_comes_after_the_delay);
    tcase_add_loop_test(t, a_trace, 0, 6);
    tcase_add_test(t, a_trace_gives_way_to_a_rate);
    tcase_add_loop_test(t, slots, 0, 6);
    tcase_add_test(t, slots_keep_to_their_bounds);
    suite_add_tcase(s, t);
    return s;
}
