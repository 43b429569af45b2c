/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits on conversations, and the wait that is named when one is broken. */
#include "bench/read/gate.h"
#include "tests/segments.h"

#include <stdio.h>

static const struct segment lockstep[] = {HELLO,
                                          {300, C, 0, "MAIL FROM:<a>\r\n"},
                                          {400, S, 0, "250 ok\r\n"},
                                          {400, C, 0, "RCPT TO:<b>\r\n"},
                                          {650, S, 0, "250 ok\r\n"},
                                          {650, C, 0, "QUIT\r\n"},
                                          {750, S, 0, "221 bye\r\n"},
                                          {0}};
static const struct segment headless[] = {
    {300, C, 0, "MAIL FROM:<a>\r\n"}, {400, S, 0, "250 ok\r\n"}, {0}};

static const struct {
    const struct segment *row;
    struct gate gate;
    enum gate_verdict verdict;
    const char *said;
} gates[] = {
    {lockstep, {0}, GATE_HOLDS, ""},
    {lockstep, {true, false, 5, 0}, GATE_HOLDS, ""},
    {lockstep,
     {true, false, 4, 0},
     GATE_BROKEN,
     "5 turnarounds, allowed 4; the first too many: wait 5 (QUIT -> 221, "
     "100.0 ms from 650.0 ms on)"},
    {lockstep,
     {true, false, 0, 0},
     GATE_BROKEN,
     "the first too many: wait 1 (connect -> 220, "},
    {lockstep, {false, true, 0, 7.5}, GATE_HOLDS, ""},
    {lockstep,
     {false, true, 0, 7.4},
     GATE_BROKEN,
     "192.0.2.1:40000 -> 192.0.2.2:2525: 7.50 RTT to the last reply, allowed "
     "7.4; the longest: wait 4 (RCPT -> 250, 250.0 ms from 400.0 ms on)"},
    {headless, {true, false, 1, 0}, GATE_HOLDS, ""},
    {headless,
     {false, true, 0, 7.4},
     GATE_UNKNOWN,
     "the capture does not hold its SYN"},
};

START_TEST(judges)
{
    struct trace *t = replay(gates[_i].row, DLT_RAW, 4, 9);
    char why[GATE_WHY] = "";

    ck_assert_int_eq(gate_judge(&gates[_i].gate, trace_get(t, 0), why),
                     gates[_i].verdict);
    ck_assert_msg(strstr(why, gates[_i].said) != NULL, "%s", why);
    trace_free(t);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("read/gate");
    TCase *t = tcase_create("gate");

    tcase_add_loop_test(t, judges, 0, sizeof gates / sizeof gates[0]);
    suite_add_tcase(s, t);
    return s;
}
