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
    puppet_hear_text(&p.puppet, long_line);
    expect(&p.puppet, 0, "220 500", "long line");
    snprintf(long_line, sizeof long_line, HI "MAIL FROM:<%0300d>" CRLF, 1);
    puppet_hear_text(&p.puppet, long_line);
    expect(&p.puppet, 0, "220 500 250 501", "long path");
    puppet_hear_text(&p.puppet, "MAIL FROM:<a>" CRLF);
    for (int i = 0; i < SERVER_RECIPIENTS; i++)
        puppet_hear_text(&p.puppet, "RCPT TO:<b>" CRLF);
    ck_assert_uint_eq(p.server.accepted, SERVER_RECIPIENTS);
    p.puppet.said.len = 0;
    puppet_hear_text(&p.puppet, "RCPT TO:<b>" CRLF "DATA" CRLF);
    expect(&p.puppet, 0, "452 354", "recipients");
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
    puppet_hear(&p.puppet, in.at, in.len, SIZE_MAX);
    ck_assert_uint_eq(p.server.recipients, SERVER_RECIPIENTS);
    ck_assert_uint_eq(p.puppet.held.len, 0);
    /* greeting; EHLO; a send for each SERVER_OUT or so; the rest */
    ck_assert_uint_gt(p.puppet.groups, SERVER_RECIPIENTS * 220 / SERVER_OUT);
    ck_assert_uint_lt(p.puppet.groups,
                      10 + SERVER_RECIPIENTS * 300 / SERVER_OUT);
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
    puppet_hear_text(&p.puppet, HI);
    before = p.puppet.groups;
    puppet_hear_text(&p.puppet, groups[_i].said);
    ck_assert_uint_eq(p.puppet.groups - before, groups[_i].sends);
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
        puppet_hear(&p.puppet, said, cut, SIZE_MAX);
        for (size_t i = 0; i < cut; i++)
            lines += said[i] == '\n';
        ck_assert_msg(strncmp(codes(&p.puppet, 0), replies, lines * 4 - 1) ==
                              0 &&
                          strlen(codes(&p.puppet, 0)) == lines * 4 - 1,
                      "cut at %zu: %s", cut, codes(&p.puppet, 0));
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
    ck_assert_uint_eq(p.puppet.said.len, 0);
    puppet_wake(&p.puppet);
    ck_assert_int_eq(p.puppet.now_ns, 1500);
    expect(&p.puppet, 0, "220", "greeting");
    puppet_hear_text(&p.puppet, MR "NOOP" CRLF "RSET" CRLF);
    ck_assert_uint_gt(p.puppet.held.len, 0);
    puppet_wake(&p.puppet);
    expect(&p.puppet, 0, "220 250", "EHLO at once");
    puppet_wake(&p.puppet);
    puppet_wake(&p.puppet);
    expect(&p.puppet, 0, "220 250", "MAIL and RCPT are held");
    puppet_wake(&p.puppet);
    expect(&p.puppet, 0, "220 250 250 250 250", "NOOP is not");
    puppet_wake(&p.puppet);
    expect(&p.puppet, 0, "220 250 250 250 250 250", "nothing more to come");
    ck_assert_int_eq(p.puppet.now_ns, 1500 + 5 * 1000);
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
        puppet_hear_text(&p.puppet, MR);
        while (p.server.task != TASK_NONE)
            puppet_wake(&p.puppet);
        from_ns = p.puppet.now_ns;
        if (i == 1)
            puppet_hear_text(&p.puppet, said[0]);
        puppet_hear_text(&p.puppet, said[i]);
        while (p.server.task != TASK_NONE)
            puppet_wake(&p.puppet);
        ck_assert_int_eq(p.puppet.now_ns - from_ns, took_ns[i]);
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
    puppet_wake(&p.puppet);
    puppet_hear_text(&p.puppet, HI);
    while (p.server.task != TASK_NONE)
        puppet_wake(&p.puppet);
    expect(&p.puppet, 0, "220 250", "EHLO");
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
        puppet_hear_text(&p.puppet, HI);
        ck_assert(p.server.early_talker);
        if (!flawed)
            puppet_wake(&p.puppet);
        expect(&p.puppet, 0, flawed ? "554" : "220 250", "early");
        ck_assert_int_eq(p.puppet.half_closed, flawed);
        play_end(&p);
        play_init(&p, true, flawed ? FLAW_EARLY_TALKER : 0);
        p.config.greeting_delay_ns = 10;
        play_begin(&p);
        puppet_wake(&p.puppet);
        puppet_hear_text(&p.puppet, HI);
        ck_assert(!p.server.early_talker);
        expect(&p.puppet, 0, "220 250", "not early");
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
    p.puppet.now_ns = 900;
    puppet_hear_text(&p.puppet, "NO");
    puppet_wake(&p.puppet);
    expect(&p.puppet, 0, "220", "not yet");
    puppet_wake(&p.puppet);
    ck_assert_int_eq(p.puppet.now_ns, 1900);
    expect(&p.puppet, 0, "220 421", "idle");
    ck_assert(p.puppet.half_closed && !p.puppet.aborted);
    puppet_hear_text(&p.puppet, "OP" CRLF);
    expect(&p.puppet, 0, "220 421", "and deaf");
    puppet_run_out(&p.puppet);
    ck_assert(p.puppet.aborted);
    play_end(&p);
}
END_TEST

/* A client that does not close behind 221 is not waited for long. */
START_TEST(lingers)
{
    struct play p;

    play_init(&p, true, 0);
    play_begin(&p);
    puppet_hear_text(&p.puppet, "QUIT" CRLF);
    ck_assert(p.puppet.half_closed);
    puppet_run_out(&p.puppet);
    ck_assert(p.puppet.aborted);
    ck_assert_int_le(p.puppet.now_ns, INT64_C(310000000000));
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
    puppet_wake(&p.puppet);
    puppet_hear_text(&p.puppet, HI);
    puppet_end(&p.puppet);
    ck_assert(!p.puppet.half_closed);
    puppet_wake(&p.puppet);
    expect(&p.puppet, 0, "220 250", "answered");
    ck_assert(p.puppet.half_closed);
    ck_assert_int_eq(p.puppet.alarm_ns, NEVER_NS);
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
