/* SPDX-License-Identifier: BSD-2-Clause */
/* The server in time: its limits, when its replies leave (RFC 2920, 3.2), how
 * long it thinks, how it ends. */
#include "tests/server_play.h"

/* RFC 5321, 4.5.3.1: lines, paths, recipients. */
START_TEST(limits)
{
    char long_line[3000];
    struct play p;

    play_init(&p, true, 0);
    play_begin(&p);
    memset(long_line, 'x', sizeof long_line);
    memcpy(long_line, "NOOP ", 5);
    memcpy(long_line + sizeof long_line - 3, CRLF, 3);
    marionette_hear_text(&p.marionette, long_line);
    expect(&p.marionette, 0, "220 500", "long line");
    snprintf(long_line, sizeof long_line, HI "MAIL FROM:<%0300d>" CRLF, 1);
    marionette_hear_text(&p.marionette, long_line);
    expect(&p.marionette, 0, "220 500 250 501", "long path");
    marionette_hear_text(&p.marionette, "MAIL FROM:<a>" CRLF);
    for (int i = 0; i < SERVER_RECIPIENTS; i++)
        marionette_hear_text(&p.marionette, "RCPT TO:<b>" CRLF);
    ck_assert_uint_eq(p.server.accepted, SERVER_RECIPIENTS);
    p.marionette.said.len = 0;
    marionette_hear_text(&p.marionette, "RCPT TO:<b>" CRLF "DATA" CRLF);
    expect(&p.marionette, 0, "452 354", "recipients");
    play_end(&p);
}
END_TEST

/* A burst of a thousand recipients: what is said is bounded, what is not yet
 * taken waits outside, and nothing is lost. */
START_TEST(burst)
{
    struct play p;
    struct bytes in = {0};
    char line[400];

    play_init(&p, true, 0);
    play_begin(&p);
    bytes_add(&in, span_of(HI "MAIL FROM:<a>" CRLF));
    for (int i = 0; i < SERVER_RECIPIENTS; i++) {
        snprintf(line, sizeof line, "RCPT TO:<%0200d>" CRLF, i);
        bytes_add(&in, span_of(line));
    }
    bytes_add(&in, span_of("DATA" CRLF "." CRLF "QUIT" CRLF));
    marionette_hear(&p.marionette, in.at, in.len, SIZE_MAX);
    ck_assert_uint_eq(p.server.recipients, SERVER_RECIPIENTS);
    ck_assert_uint_eq(p.marionette.held.len, 0);
    /* greeting; EHLO; a send for each SERVER_OUT, or for what that is without
     * room for the longest reply; the rest */
    ck_assert_uint_gt(p.marionette.groups,
                      SERVER_RECIPIENTS * 220 / SERVER_OUT);
    ck_assert_uint_lt(p.marionette.groups,
                      10 + SERVER_RECIPIENTS * 230 / (SERVER_OUT - 800));
    bytes_free(&in);
    play_end(&p);
}
END_TEST

/* RFC 2920, 3.2, rules 2, 5, 6 and 7: which replies leave in one send. */
/* clang-format off */
static const struct {
    const char *said;
    size_t sends;
} groups[] = {
    {"MAIL FROM:<a>" CRLF,                                             1},
    {"MAIL FROM:<a>" CRLF "RCPT TO:<b>" CRLF "RCPT TO:<d>" CRLF,       1},
    {"MAIL FROM:<a>" CRLF "RCPT TO:<b>" CRLF "DATA" CRLF,              1},
    {"RSET" CRLF "MAIL FROM:<a>" CRLF "RCPT TO:<b>" CRLF "MAIL FR",    1},
    {"MAIL FROM:<a>" CRLF "RCPT TO:<b>" CRLF "BDAT 1 LAST" CRLF "x"
     "MAIL FROM:<a>" CRLF "RCPT TO:<b>" CRLF "BDAT 1 LAST" CRLF "x"
     "QUIT" CRLF,                                                      1},
    {"MAIL FROM:<a>" CRLF "RCPT TO:<b>" CRLF "BDAT 5 LAST" CRLF "x",   1},
};
/* clang-format on */

START_TEST(group_in_one_send)
{
    struct play p;
    size_t before;

    play_init(&p, true, 0);
    p.config.offer.has = OFFER_CHUNKING;
    play_begin(&p);
    marionette_hear_text(&p.marionette, HI);
    before = p.marionette.groups;
    marionette_hear_text(&p.marionette, groups[_i].said);
    ck_assert_uint_eq(p.marionette.groups - before, groups[_i].sends);
    play_end(&p);
}
END_TEST

/* Nothing is held when the input is empty, wherever the group was cut. */
START_TEST(nothing_held)
{
    static const char said[] =
        HI "MAIL FROM:<a>" CRLF "RCPT TO:<b>" CRLF "RSET" CRLF "NOOP" CRLF
           "MAIL FROM:<c>" CRLF "RCPT TO:<d>" CRLF "DATA" CRLF "." CRLF;
    static const char replies[] = "220 250 250 250 250 250 250 250 354 250";

    for (size_t cut = 0; cut < sizeof said; cut++) {
        struct play p;
        size_t lines = 1;

        play_init(&p, true, 0);
        play_begin(&p);
        marionette_hear(&p.marionette, said, cut, SIZE_MAX);
        for (size_t i = 0; i < cut; i++)
            lines += said[i] == '\n';
        ck_assert_msg(
            strncmp(codes(&p.marionette, 0), replies, lines * 4 - 1) == 0 &&
                strlen(codes(&p.marionette, 0)) == lines * 4 - 1,
            "cut at %zu: %s", cut, codes(&p.marionette, 0));
        ck_assert_uint_eq(p.server.out_len * !p.server.out_taken, 0);
        play_end(&p);
    }
}
END_TEST

/* While a command is thought about, those behind it wait outside; replies that
 * may be held are, but for those that must not. */
START_TEST(thinks)
{
    struct play p;

    play_init(&p, true, 0);
    p.config.think_ns = 1000;
    p.config.greeting_delay_ns = 500;
    play_begin(&p);
    ck_assert_uint_eq(p.marionette.said.len, 0);
    marionette_wake(&p.marionette);
    ck_assert_int_eq(p.marionette.now_ns, 1500);
    expect(&p.marionette, 0, "220", "greeting");
    marionette_hear_text(&p.marionette, MR "RSET" CRLF "NOOP" CRLF "RSET" CRLF);
    ck_assert_uint_gt(p.marionette.held.len, 0);
    marionette_wake(&p.marionette);
    expect(&p.marionette, 0, "220 250", "EHLO at once");
    for (int i = 0; i < 3; i++)
        marionette_wake(&p.marionette);
    expect(&p.marionette, 0, "220 250", "MAIL, RCPT and RSET are held");
    marionette_wake(&p.marionette);
    expect(&p.marionette, 0, "220 250 250 250 250 250", "NOOP is not");
    marionette_wake(&p.marionette);
    expect(&p.marionette, 0, "220 250 250 250 250 250 250", "nothing to come");
    ck_assert_int_eq(p.marionette.now_ns, 1500 + 6 * 1000);
    play_end(&p);
}
END_TEST

/* A body and a chunk, even an empty one, are thought about once. */
START_TEST(thinks_of_bodies)
{
    static const char *const said[] = {"DATA" CRLF, "x" CRLF "." CRLF,
                                       "BDAT 0 LAST" CRLF,
                                       "BDAT 1 LAST" CRLF "x"};
    static const int64_t took_ns[] = {1000, 2000, 1000, 1000};
    struct play p;

    for (int i = 0; i < 4; i++) {
        int64_t from_ns;

        play_init(&p, true, 0);
        p.config.offer.has = OFFER_CHUNKING;
        p.config.think_ns = 1000;
        play_begin(&p);
        marionette_hear_text(&p.marionette, MR);
        while (p.server.task != TASK_NONE)
            marionette_wake(&p.marionette);
        from_ns = p.marionette.now_ns;
        if (i == 1)
            marionette_hear_text(&p.marionette, said[0]);
        marionette_hear_text(&p.marionette, said[i]);
        while (p.server.task != TASK_NONE)
            marionette_wake(&p.marionette);
        ck_assert_int_eq(p.marionette.now_ns - from_ns, took_ns[i]);
        play_end(&p);
    }
}
END_TEST

/* Thinking is not idling, however long it takes. */
START_TEST(thinks_for_hours)
{
    struct play p;

    play_init(&p, true, 0);
    p.config.think_ns = INT64_C(3600000000000);
    play_begin(&p);
    marionette_wake(&p.marionette);
    marionette_hear_text(&p.marionette, HI);
    while (p.server.task != TASK_NONE)
        marionette_wake(&p.marionette);
    expect(&p.marionette, 0, "220 250", "EHLO");
    play_end(&p);
}
END_TEST

START_TEST(early_talker)
{
    for (int flawed = 0; flawed < 2; flawed++) {
        struct play p;

        play_init(&p, true, flawed ? FLAW_EARLY_TALKER : 0);
        p.config.greeting_delay_ns = 10;
        play_begin(&p);
        marionette_hear_text(&p.marionette, HI);
        ck_assert(p.server.early_talker);
        if (!flawed)
            marionette_wake(&p.marionette);
        expect(&p.marionette, 0, flawed ? "554" : "220 250", "early");
        ck_assert_int_eq(p.marionette.half_closed, flawed);
        play_end(&p);
        play_init(&p, true, flawed ? FLAW_EARLY_TALKER : 0);
        p.config.greeting_delay_ns = 10;
        play_begin(&p);
        marionette_wake(&p.marionette);
        marionette_hear_text(&p.marionette, HI);
        ck_assert(!p.server.early_talker);
        expect(&p.marionette, 0, "220 250", "not early");
        play_end(&p);
    }
}
END_TEST

/* RFC 5321, 4.5.3.2.7: 421, and a while later the connection is gone. Input
 * puts it off. */
START_TEST(idle)
{
    struct play p;

    play_init(&p, true, 0);
    p.config.idle_timeout_ns = 1000;
    play_begin(&p);
    p.marionette.now_ns = 900;
    marionette_hear_text(&p.marionette, "NOOP" CRLF "NO");
    marionette_wake(&p.marionette);
    expect(&p.marionette, 0, "220 250", "not yet");
    marionette_wake(&p.marionette);
    ck_assert_int_eq(p.marionette.now_ns, 1900);
    expect(&p.marionette, 0, "220 250 421", "idle");
    ck_assert(p.marionette.half_closed && !p.marionette.aborted);
    marionette_hear_text(&p.marionette, "OP" CRLF);
    expect(&p.marionette, 0, "220 250 421", "and deaf");
    marionette_run_out(&p.marionette);
    ck_assert(p.marionette.aborted);
    play_end(&p);
}
END_TEST

/* A client that does not close behind 221 is not waited for long. */
START_TEST(lingers)
{
    struct play p;

    play_init(&p, true, 0);
    play_begin(&p);
    marionette_hear_text(&p.marionette, "QUIT" CRLF);
    ck_assert(p.marionette.half_closed);
    marionette_run_out(&p.marionette);
    ck_assert(p.marionette.aborted);
    ck_assert_int_le(p.marionette.now_ns, INT64_C(310000000000));
    play_end(&p);
}
END_TEST

/* What a client said before it half-closed is still answered. */
START_TEST(half_closed)
{
    struct play p;

    play_init(&p, true, 0);
    p.config.think_ns = 100;
    play_begin(&p);
    marionette_wake(&p.marionette);
    marionette_hear_text(&p.marionette, HI);
    marionette_end(&p.marionette);
    ck_assert(!p.marionette.half_closed);
    marionette_wake(&p.marionette);
    expect(&p.marionette, 0, "220 250", "answered");
    ck_assert(p.marionette.half_closed);
    ck_assert_int_eq(p.marionette.alarm_ns, NEVER_NS);
    play_end(&p);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/server: in time");
    TCase *t = tcase_create("flow");

    tcase_add_test(t, limits);
    tcase_add_test(t, burst);
    tcase_add_loop_test(t, group_in_one_send, 0, ROWS(groups));
    tcase_add_test(t, nothing_held);
    tcase_add_test(t, thinks);
    tcase_add_test(t, thinks_of_bodies);
    tcase_add_test(t, thinks_for_hours);
    tcase_add_test(t, early_talker);
    tcase_add_test(t, idle);
    tcase_add_test(t, lingers);
    tcase_add_test(t, half_closed);
    suite_add_tcase(s, t);
    return s;
}
