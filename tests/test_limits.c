/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5321, 4.5.3.1: what must be taken, what is answered to what is more
 * (4.5.3.1.10), lines of a mebibyte, and peers that dribble: bounded on both
 * sides in memory and in time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "smtp/client.h"
#include "tests/server_play.h"

#define SECOND INT64_C(1000000000)

enum { MEBIBYTE = 1 << 20 };

static void begin(struct play *p)
{
    play_init(p, true, 0);
    p->config.offer = (struct offer){.has = ALL};
    play_begin(p);
}

/* Of all that was said: no line is longer than 4.5.3.1.5 permits. */
static void lines_are_short(const struct marionette *m)
{
    size_t line = 0;

    for (size_t i = 0; i < m->said.len; i++) {
        line++;
        ck_assert_uint_le(line, 512);
        if (m->said.at[i] == '\n')
            line = 0;
    }
}

/* 4.5.3.1.1 to .3: 64 octets of a local part, 255 of a domain, but 256 of a
 * path in its brackets. */
/* clang-format off */
static const struct {
    int local, domain;
    const char *reply;
} paths[] = {
    {64,  3,   "250"},
    {64,  189, "250"},
    {64,  190, "501"},
    {1,   252, "250"},
    {1,   253, "501"},
    {252, 1,   "250"},
    {253, 1,   "501"},
};
/* clang-format on */

START_TEST(path)
{
    char due[40], line[700];
    struct play p;

    begin(&p);
    snprintf(line, sizeof line, HI "MAIL FROM:<%0*d@%0*d>" CRLF,
             paths[_i].local, 1, paths[_i].domain, 1);
    marionette_hear_text(&p.marionette, line);
    snprintf(due, sizeof due, "220 250 %s", paths[_i].reply);
    expect(&p.marionette, 0, due, "MAIL");
    snprintf(line, sizeof line,
             "RSET" CRLF "MAIL FROM:<a>" CRLF "RCPT TO:<%0*d@%0*d>" CRLF,
             paths[_i].local, 1, paths[_i].domain, 1);
    p.marionette.said.len = 0;
    marionette_hear_text(&p.marionette, line);
    snprintf(due, sizeof due, "250 250 %s", paths[_i].reply);
    expect(&p.marionette, 0, due, "RCPT");
    lines_are_short(&p.marionette);
    play_end(&p);
}
END_TEST

/* 4.5.3.1.4: 512 octets with the CRLF; more than WIRE_LINE is 500, once, and
 * what follows is a command again. */
/* clang-format off */
static const struct {
    size_t len, step;
    const char *replies;
} command_lines[] = {
    {512,           SIZE_MAX, "220 250 250"},
    {512,           1,        "220 250 250"},
    {WIRE_LINE,     1,        "220 250 250"},
    {WIRE_LINE + 3, 1,        "220 500 250"},
    {WIRE_LINE + 3, SIZE_MAX, "220 500 250"},
    {MEBIBYTE,      SIZE_MAX, "220 500 250"},
    {MEBIBYTE,      1460,     "220 500 250"},
    {MEBIBYTE,      7,        "220 500 250"},
};
/* clang-format on */

static void hear_long(struct play *p, const char *start, size_t len,
                      size_t step)
{
    char *line = malloc(len);

    memset(line, 'x', len);
    memcpy(line, start, strlen(start));
    memcpy(line + len - 2, CRLF, 2);
    marionette_hear(&p->marionette, line, len, step);
    free(line);
}

START_TEST(command_line)
{
    struct play p;

    begin(&p);
    hear_long(&p, "NOOP ", command_lines[_i].len, command_lines[_i].step);
    marionette_hear_text(&p.marionette, "NOOP" CRLF);
    expect(&p.marionette, 0, command_lines[_i].replies, "a long line");
    ck_assert_uint_eq(p.marionette.held.len, 0);
    lines_are_short(&p.marionette);
    play_end(&p);
}
END_TEST

/* 4.5.3.1.6: 1000 octets of a line of text, and any more; kept as they came,
 * but not by the session. */
START_TEST(text_line)
{
    static const size_t lens[] = {1000, MEBIBYTE};
    const size_t len = lens[_i / 2], step = _i % 2 ? 1460 : SIZE_MAX;
    struct play p;

    begin(&p);
    marionette_hear_text(&p.marionette, MR "DATA" CRLF);
    hear_long(&p, "", len, step);
    ck_assert_uint_eq(p.marionette.held.len, 0);
    ck_assert_uint_eq(p.text.len, len);
    marionette_hear_text(&p.marionette, "." CRLF);
    expect(&p.marionette, 0, "220 250 250 250 354 250", "text");
    ck_assert_uint_eq(p.server.text_bytes, len);
    ck_assert_int_eq(p.accepted, 1);
    play_end(&p);
}
END_TEST

/* 4.5.3.1.7 and .9: no size is too large unless one was offered; then 552,
 * declared or not. */
START_TEST(size)
{
    struct play p;

    begin(&p);
    p.config.offer.size_max = _i ? 65536 : 0;
    marionette_hear_text(&p.marionette, MR "DATA" CRLF);
    for (int i = 0; i < 66; i++)
        hear_long(&p, "", 1000, SIZE_MAX);
    marionette_hear_text(&p.marionette, "." CRLF);
    expect(&p.marionette, 0,
           _i ? "220 250 250 250 354 552" : "220 250 250 250 354 250",
           "66,000 octets");
    p.marionette.said.len = 0;
    marionette_hear_text(&p.marionette,
                         "MAIL FROM:<a> SIZE=65536" CRLF "RSET" CRLF
                         "MAIL FROM:<a> SIZE=65537" CRLF);
    expect(&p.marionette, 0, _i ? "250 250 552" : "250 250 250", "SIZE");
    play_end(&p);
}
END_TEST

/* 4.5.3.1.8 and .10: 100 recipients at least; ours are a thousand, and one
 * more is put off, not refused. */
START_TEST(recipients)
{
    struct play p;

    begin(&p);
    marionette_hear_text(&p.marionette, HI "MAIL FROM:<a>" CRLF);
    for (int i = 0; i < SERVER_RECIPIENTS; i++)
        marionette_hear_text(&p.marionette, "RCPT TO:<b>" CRLF);
    p.marionette.said.len = 0;
    marionette_hear_text(&p.marionette, "RCPT TO:<b>" CRLF "DATA" CRLF);
    expect(&p.marionette, 0, "452 354", "one more");
    marionette_hear_text(&p.marionette, "." CRLF);
    ck_assert_uint_eq(p.server.recipients, SERVER_RECIPIENTS);
    play_end(&p);
}
END_TEST

/* Tells the alarms that are due until then. */
static void pass(struct marionette *m, int64_t ns)
{
    while (m->open && m->alarm_ns <= ns)
        marionette_wake(m);
    m->now_ns = ns;
}

/* A client that says `octets` each half of its patience. */
/* clang-format off */
static const struct {
    const char *before, *name;
    int octets;
    bool kept;
} dribbles[] = {
    {"",                        "a command", 1,    false},
    {MR,                        "a command", 100,  false},
    {MR "DATA" CRLF,            "a text",    1,    false},
    {MR "DATA" CRLF,            "a text",    1024, true},
    {MR "BDAT 9999999 LAST" CRLF, "a chunk", 1,    false},
    {MR "BDAT 9999999 LAST" CRLF, "a chunk", 1024, true},
};
/* clang-format on */

START_TEST(slow_client)
{
    struct play p;
    char *octets = malloc(1024);
    const size_t len = strlen(dribbles[_i].before);

    memset(octets, 'x', 1024);
    begin(&p);
    marionette_hear(&p.marionette, dribbles[_i].before, len, SIZE_MAX);
    p.marionette.said.len = 0;
    for (int i = 0; i < 100 && p.marionette.open; i++) {
        pass(&p.marionette, p.marionette.now_ns + 150 * SECOND);
        marionette_hear(&p.marionette, octets, (size_t)dribbles[_i].octets,
                        SIZE_MAX);
        ck_assert_uint_eq(p.marionette.held.len, 0);
        if (!dribbles[_i].kept && i > 2)
            ck_assert(!p.marionette.open || p.marionette.half_closed);
    }
    ck_assert_int_eq(p.marionette.open, dribbles[_i].kept);
    expect(&p.marionette, 0, dribbles[_i].kept ? "" : "421", dribbles[_i].name);
    free(octets);
    play_end(&p);
}
END_TEST

/* A server that dribbles is given up when the patience of 4.5.3.2 is over,
 * whatever it says meanwhile. */
/* clang-format off */
static const struct {
    const char *before, *says;
} slow_servers[] = {
    {"",                              "2"},
    {"",                              "220-x\r\n"},
    {"220 x\r\n",                     "250-x\r\n"},
    {"220 x\r\n250 x\r\n",            "2"},
};
/* clang-format on */

static struct client *new_client(struct client_config *c, struct mail *mail,
                                 struct recipient *to)
{
    struct client *k = malloc(sizeof *k);

    *to = (struct recipient){.address = "b"};
    *mail = (struct mail){.from = "a",
                          .to = to,
                          .recipients = 1,
                          .stuffed = span_of("hi\r\n.\r\n"),
                          .plain = span_of("hi\r\n")};
    *c = (struct client_config){.manner = {MODE_LOCKSTEP, false},
                                .name = "c",
                                .mails = mail,
                                .mail_count = 1};
    client_default_timeouts(c);
    client_init(k, c, (struct endpoint){{192, 0, 2, 2}, 4, 25});
    return k;
}

START_TEST(slow_server)
{
    struct client_config config;
    struct recipient to;
    struct mail mail;
    struct client *k = new_client(&config, &mail, &to);
    struct marionette m;

    marionette_init(&m, &k->machine);
    marionette_start(&m);
    marionette_opened(&m);
    for (const char *at = slow_servers[_i].before; *at; at += 7)
        marionette_hear(&m, at, 7, SIZE_MAX); /* "220 x" CRLF */
    for (int s = 60; s <= 600 && m.open; s += 60) {
        pass(&m, s * SECOND);
        if (m.open)
            marionette_hear_text(&m, slow_servers[_i].says);
        ck_assert_uint_eq(m.held.len, 0);
    }
    ck_assert(!m.open);
    ck_assert_int_eq(k->end, CLIENT_TIMED_OUT);
    ck_assert_int_eq(m.now_ns, 300 * SECOND);
    marionette_release(&m);
    free(k);
}
END_TEST

/* A reply of a mebibyte: its code counts, the rest is nowhere kept. */
START_TEST(long_reply)
{
    struct client_config config;
    struct recipient to;
    struct mail mail;
    struct client *k = new_client(&config, &mail, &to);
    struct marionette m;
    char *line = malloc(MEBIBYTE);

    memset(line, 'x', MEBIBYTE);
    memcpy(line, "220 ", 4);
    memcpy(line + MEBIBYTE - 2, CRLF, 2);
    marionette_init(&m, &k->machine);
    marionette_start(&m);
    marionette_opened(&m);
    marionette_hear(&m, line, MEBIBYTE, _i ? 1460 : SIZE_MAX);
    marionette_said(&m, "EHLO c" CRLF, "behind a long greeting");
    ck_assert_uint_eq(m.held.len, 0);
    marionette_lose(&m, TOLD_RESET, ECONNRESET);
    marionette_release(&m);
    free(line);
    free(k);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("limits: RFC 5321, 4.5.3");
    TCase *t = tcase_create("limits");

    tcase_add_loop_test(t, path, 0, ROWS(paths));
    tcase_add_loop_test(t, command_line, 0, ROWS(command_lines));
    tcase_add_loop_test(t, text_line, 0, 4);
    tcase_add_loop_test(t, size, 0, 2);
    tcase_add_test(t, recipients);
    tcase_add_loop_test(t, slow_client, 0, ROWS(dribbles));
    tcase_add_loop_test(t, slow_server, 0, ROWS(slow_servers));
    tcase_add_loop_test(t, long_reply, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
