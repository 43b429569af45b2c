/* SPDX-License-Identifier: BSD-2-Clause */
/* The count where the client's machine has logged what it handed over. */
#include "tests/segments.h"

/* What the machine had handed over, beside what its transport had sent. */
/* clang-format off */
static const struct {
    const char *name;
    struct segment row[ROWS];
    struct { double ms; uint64_t offset; } handed[8];
    size_t turnarounds, foreign; /* with the log, and without */
} logged[] = {
    {"lock-step",
     {HELLO, {300, C, 0, "QUIT\r\n"}, {400, S, 0, "221 bye\r\n"}},
     {{200, 8}, {300, 14}}, 3, 3},
    {"a pause of the congestion window between two chunks",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nBDAT 9000\r\n", 9000},
      {400, S, 0, "250 ok\r\n250 ok\r\n250 ok\r\n"},
      {400, C, 0, "BDAT 9000 LAST\r\n", 9000}, {500, S, 0, "250 ok\r\n"}},
     {{200, 8}, {300, 8 + 15 + 13 + 11 + 9000 + 16 + 9000}}, 3, 4},
    {"a first flight that is cut between the SYN and what follows",
     {{0, C, SYN | NOACK, "EHLO c\r\n"}, {100, S, SYN, 0},
      {100.1, S, 0, "220 x\r\n250 x\r\n"}, {100.2, C, 0, "QUIT\r\n"},
      {200, S, 0, "221 bye\r\n"}},
     {{0, 14}}, 1, 2},
    {"a pause inside a line that was handed over so",
     {HELLO, {300, C, 0, "QU"}, {400, S, 0, "250 what?\r\n"},
      {400, C, 0, "IT\r\n"}, {500, S, 0, "221 bye\r\n"}},
     {{200, 8}, {300, 10}, {400, 14}}, 4, 3},
    {"nothing handed over but the connection",
     {OPEN, {200, S, FIN, "554 go away ESMTP\r\n"}}, {{0, 0}}, 1, 1},
    /* A client's Finished behind 0-RTT data: its answer is the one before. */
    {"sent, and asks for nothing",
     {HELLO, {300, C, 0, "NOOP\r\n"}, {500, S, 0, "250 ok\r\n"},
      {500, C, 0, "QUIT\r\n"}, {600, S, 0, "221 bye\r\n"}},
     {{200, 8}, {500, 20}}, 3, 4},
    {"handed over, and never sent",
     {HELLO, {300, S, FIN, "421 no\r\n"}}, {{200, 8}, {299, 14}}, 2, 2},
};
/* clang-format on */

static struct handed_log log_of(int row, struct handed entry[8])
{
    struct handed_log log = {
        .client = {.ip = {192, 0, 2, 1}, .family = 4, .port = 40000},
        .entry = entry};

    for (; log.count < 8; log.count++) {
        double ms = logged[row].handed[log.count].ms;

        if (log.count && ms == 0)
            break;
        /* It goes on a moment after it has heard. */
        entry[log.count].at_ns = 1700000000000000001 + (int64_t)(ms * 1e6);
        entry[log.count].offset = logged[row].handed[log.count].offset;
    }
    return log;
}

START_TEST(count_by_log)
{
    char *path = tape_path(), why[TRACE_WHY] = "";
    struct tape tape = tape_open(path, DLT_RAW);
    struct handed entry[8];
    struct handed_log log = log_of(_i, entry);
    struct trace *t;

    tape_segments(&tape, logged[_i].row);
    tape_close(&tape);
    t = trace_open_handed(path, &log, 1, why);
    ck_assert_msg(t && trace_count(t) == 1, "%s: %s", logged[_i].name, why);
    ck_assert_msg(trace_get(t, 0)->turnarounds == logged[_i].turnarounds,
                  "%s: %zu turnarounds by the log", logged[_i].name,
                  trace_get(t, 0)->turnarounds);
    ck_assert(trace_get(t, 0)->handed);
    trace_free(t);
    t = trace_open(path, why);
    ck_assert_uint_eq(trace_count(t), 1);
    ck_assert_msg(trace_get(t, 0)->turnarounds == logged[_i].foreign,
                  "%s: %zu turnarounds without it", logged[_i].name,
                  trace_get(t, 0)->turnarounds);
    trace_free(t);
    unlink(path);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("read/handed");
    TCase *t = tcase_create("log");

    tcase_add_loop_test(t, count_by_log, 0, sizeof logged / sizeof logged[0]);
    suite_add_tcase(s, t);
    return s;
}
