/* SPDX-License-Identifier: BSD-2-Clause */
/* QUICKSTART, profiles A and B, in the ideal world, to the nanosecond: with a
 * server that knows it, one whose ID has changed, and one that knows nothing of
 * it; then what is said, by the octet. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/cast.h"
#include "bench/run/virtual.h"
#include "tests/duet.h"
#include "tests/scenario_help.h"

#define A "mode=quickstart-a "
#define B "mode=quickstart-b "
#define STALE "flaw=stale-id "
#define CUT                                                                    \
    "capabilities=PIPELINING,PIPECONNECT,QUICKSTART,CHECKPOINT "               \
    "extensions=CHECKPOINT cut-body=500 "
#define ASKED "strategy=S2 recipients=4 classes=2 "

/* clang-format off */
static const struct {
    const char *settings;
    size_t turnarounds, connections;
    double rtts;
    enum mode_id used;
    bool planned; /* by the scenario, too */
} rows[] = {
    {A "messages=1", 3, 1, 4, MODE_QUICKSTART_A, true},
    {A "recipients=30 messages=4", 6, 1, 7, MODE_QUICKSTART_A, true},
    {A "body-by=bdat messages=4", 2, 1, 3, MODE_QUICKSTART_A, true},
    {A "auth=plain", 3, 1, 4, MODE_QUICKSTART_A, true},
    {A "auth=login", 5, 1, 6, MODE_QUICKSTART_A, true},
    {A "tls=starttls", 5, 1, 6, MODE_QUICKSTART_A, true},
    {A "tls=starttls tls-version=1.2 auth=plain", 5, 1, 6, MODE_QUICKSTART_A,
     true},
    {A "tls=starttls tls-version=1.2 tls-session=resumed", 5, 1, 6,
     MODE_QUICKSTART_A, true},
    {A "tls=starttls body-by=bdat messages=9", 4, 1, 5, MODE_QUICKSTART_A,
     true},
    {A "tls=implicit", 4, 1, 5, MODE_QUICKSTART_A, true},
    {A "tls=implicit tls-version=1.2", 4, 1, 5, MODE_QUICKSTART_A, true},
    {A "capabilities=PIPELINING", 4, 1, 5, MODE_PIPELINING, false},
    {A "capabilities=PIPELINING,CHUNKING body-by=bdat", 3, 1, 4, MODE_CHUNKING,
     false},
    {A "capabilities=none", 7, 1, 8, MODE_LOCKSTEP, false},
    {A "capabilities=QUICKSTART", 7, 1, 8, MODE_LOCKSTEP, false},
    {A "capabilities=PIPELINING tls=starttls", 7, 1, 8, MODE_PIPELINING,
     false},
    {B "messages=1", 2, 1, 3, MODE_QUICKSTART_B, true},
    {B "recipients=30 messages=4", 5, 1, 6, MODE_QUICKSTART_B, true},
    {B "body-by=bdat messages=4", 1, 1, 2, MODE_QUICKSTART_B, true},
    {B "auth=plain", 2, 1, 3, MODE_QUICKSTART_B, true},
    {B "tls=starttls", 3, 1, 4, MODE_QUICKSTART_B, true},
    {B "tls=starttls tls-version=1.2 auth=plain", 4, 1, 5, MODE_QUICKSTART_B,
     true},
    {B "tls=starttls tls-version=1.2 tls-session=resumed auth=plain", 3, 1, 4,
     MODE_QUICKSTART_B, true},
    {B "tls=starttls body-by=bdat", 2, 1, 3, MODE_QUICKSTART_B, true},
    {B "tls=implicit", 3, 1, 4, MODE_QUICKSTART_B, true},
    {B "tls=implicit tls-session=0rtt", 2, 1, 3, MODE_QUICKSTART_B, true},
    {B "offer=cold", 3, 1, 4, MODE_QUICKSTART_A, true},
    {B "offer=cold tls=starttls", 5, 1, 6, MODE_QUICKSTART_A, true},
    {B "offer=cold tls=starttls tls-version=1.2 auth=plain", 6, 1, 7,
     MODE_QUICKSTART_A, true},
    {B "offer=cold tls=starttls body-by=bdat", 4, 1, 5, MODE_QUICKSTART_A,
     true},
    {B "offer=cold capabilities=PIPELINING", 4, 1, 5, MODE_PIPELINING, false},
    {B STALE "recipients=3 messages=3", 5, 1, 6, MODE_QUICKSTART_A, false},
    {B STALE "auth=plain", 3, 1, 4, MODE_QUICKSTART_A, false},
    {B STALE "tls=implicit", 4, 1, 5, MODE_QUICKSTART_A, false},
    {B STALE "body-by=bdat messages=2", 3, 2, 5, MODE_QUICKSTART_A, false},
    {B STALE "tls=starttls", 6, 2, 8, MODE_QUICKSTART_A, false},
    /* with what others depend on MAIL, or on its answer */
    {A CUT, 7, 2, 9, MODE_QUICKSTART_A, false},
    {B CUT, 5, 2, 7, MODE_QUICKSTART_B, false},
    {"mode=early " CUT, 5, 2, 7, MODE_EARLY, false},
    {A ASKED, 5, 1, 6, MODE_QUICKSTART_A, false},
    {B ASKED, 4, 1, 5, MODE_QUICKSTART_B, false},
};
/* clang-format on */

START_TEST(sessions)
{
    struct scenario s;
    struct cast c;
    struct tally t;

    scenario_ideal(&s, "", rows[_i].settings);
    scenario_whole(&s, rows[_i].settings);
    ck_assert_int_eq(cast_init(&c, &s), 0);
    ck_assert_int_eq(virtual_deliver(&c, VIRTUAL_FULL, &t), 0);
    ck_assert_msg(strcmp(t.outcome, "delivered") == 0, "%s: %s",
                  rows[_i].settings, t.outcome);
    ck_assert_msg(t.turnarounds == rows[_i].turnarounds, "%s: %zu",
                  rows[_i].settings, t.turnarounds);
    ck_assert_uint_eq(t.connections, rows[_i].connections);
    ck_assert_int_eq(t.mode_used, rows[_i].used);
    ck_assert_msg(fabs((double)t.closed_ns / 200e6 - rows[_i].rtts) < 1e-9,
                  "%s: %g RTT", rows[_i].settings, (double)t.closed_ns / 200e6);
    if (!s.ask.strategy)
        ck_assert_uint_eq(c.mails, (size_t)s.messages); /* once, no more */
    if (rows[_i].planned)
        ck_assert_uint_eq(scenario_turnarounds(&s), t.turnarounds);
    cast_release(&c);
    scenario_release(&s);
}
END_TEST

/* clang-format off */
static const char *const nonsense[] = {
    B "tfo= tls=starttls",
    B "tls=implicit tls-session=0rtt body-by=bdat",
    B "tls=implicit tls-session=0rtt auth=plain",
};
/* clang-format on */

START_TEST(no_meaning)
{
    char why[SCENARIO_WHY] = "";
    struct scenario s;

    scenario_ideal(&s, "", nonsense[_i]);
    ck_assert_int_eq(scenario_finish(&s, why), -1);
    ck_assert_ptr_nonnull(strstr(why, "quickstart-b"));
    scenario_release(&s);
}
END_TEST

struct visit { /* to a server of ours, of a client that remembers */
    struct recipient to[2];
    struct mail mail;
    struct offer_memory memory;
    struct delivery_config config;
    struct delivery delivery;
    struct server_config server;
    struct verdict verdict;
    struct duet duet;
};

static struct visit *make_visit(bool bdat)
{
    struct visit *v = calloc(1, sizeof *v);

    v->to[0].address = "b";
    v->to[1].address = "no";
    v->mail = (struct mail){.from = "a",
                            .to = v->to,
                            .recipients = 2,
                            .stuffed = span_of("x\r\n.\r\n"),
                            .plain = span_of("x\r\n")};
    v->config = (struct delivery_config){
        .session = {.manner = {MODE_QUICKSTART_B, bdat},
                    .name = "c",
                    .mails = &v->mail,
                    .mail_count = 1},
        .peer = {{192, 0, 2, 2}, 4, 25},
        .memory = &v->memory};
    client_default_timeouts(&v->config.session);
    server_defaults(&v->server, "s");
    v->server.offer.has |= OFFER_QUICKSTART;
    v->server.qhlo_key = 77;
    v->verdict = (struct verdict){"no", "550 no"};
    v->server.verdicts = &v->verdict;
    v->server.verdict_count = 1;
    return v;
}

static void go(struct visit *v, unsigned seed, size_t most)
{
    v->duet = (struct duet){.config = &v->server, .seed = seed, .most = most};
    mail_retry(&v->mail);
    delivery_init(&v->delivery, &v->config);
    duet_run(&v->duet, &v->delivery.machine);
}

static void leave(struct visit *v)
{
    delivery_release(&v->delivery);
    duet_release(&v->duet);
}

static void end_visit(struct visit *v)
{
    leave(v);
    free(v);
}

static bool said(const struct bytes *b, const char *what)
{
    return memmem(b->at, b->len, what, strlen(what)) != NULL;
}

static const struct offer *remembered(const struct visit *v)
{
    return offer_recall(&v->memory, v->config.peer);
}

/* The first visit learns the ID, the second says it, the third finds that it
 * has changed, and the fourth that nobody knows of it any more; however what is
 * said is cut, the mail is there once each time. */
START_TEST(visits)
{
    unsigned seed = (unsigned)_i;
    size_t most = _i % 2 ? 5 : 0;
    struct visit *v = make_visit(_i % 4 > 1);
    char first[QHLO_ID], line[80];

    for (int visit = 0; visit < 4; visit++) {
        v->server.qhlo_key += visit == 2;
        if (visit == 3)
            v->server.offer.has &= ~(uint32_t)OFFER_QUICKSTART;
        go(v, seed, most);
        ck_assert_int_eq(v->mail.fate, MAIL_DELIVERED);
        ck_assert_int_eq(v->to[1].code, 550);
        ck_assert_int_eq(v->delivery.client.end, CLIENT_FINISHED);
        ck_assert_uint_eq(v->duet.session[v->duet.sessions - 1].mails, 1);
        ck_assert(!v->mail.repeated || (visit == 2 && _i % 4 > 1));
        if (visit < 3)
            ck_assert_uint_eq(strlen(remembered(v)->qhlo_id), 16);
        if (visit == 0)
            strcpy(first, remembered(v)->qhlo_id);
        snprintf(line, sizeof line, "QHLO c %s\r\nMAIL", first);
        ck_assert_int_eq(said(&v->duet.client.said, line), visit < 3);
        if (visit == 2)
            ck_assert_str_ne(remembered(v)->qhlo_id, first);
        if (visit < 2)
            ck_assert_uint_eq(v->delivery.connections, 1);
        ck_assert(v->delivery.connections <= 2);
        if (visit < 3)
            leave(v);
    }
    end_visit(v);
}
END_TEST

/* What the ID of another client, another server, or none is worth. */
START_TEST(server_says)
{
    static const struct {
        const char *in, *codes;
    } lines[] = {
        {"QHLO c\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n",
         "220 504 503 503 503"},
        {"QHLO c 0123456789abcdef\r\nSTARTTLS\r\nNOOP\r\n", "220 504 503 250"},
        {"QHLO\r\n", "220 501"},
        {"QHLO c a b\r\n", "220 501"},
        {"EHLO c\r\nMAIL FROM:<a>\r\n", "220 250 250"},
        {"QHLO c x\r\nEHLO c\r\nSTARTTLS\r\n", "220 504 250 454"},
        {"QTLS now\r\nQUIT\r\n", "220 501 221"},
        {"QTLS\r\nQUIT\r\n", "220 454 221"},
    };
    struct server_config config;
    struct server s;
    struct marionette m;
    char codes[80] = "";

    server_defaults(&config, "s");
    config.offer.has |= OFFER_QUICKSTART | OFFER_STARTTLS;
    config.qhlo_key = 5;
    server_init(&s, &config);
    marionette_init(&m, &s.machine);
    marionette_start(&m);
    marionette_opened(&m);
    marionette_hear_text(&m, lines[_i].in);
    for (size_t at = 0; at < m.said.len;) {
        const char *line = m.said.at + at;
        const char *end = memmem(line, m.said.len - at, "\r\n", 2);

        if (line[3] == ' ')
            snprintf(codes + strlen(codes), sizeof codes - strlen(codes),
                     "%s%.3s", *codes ? " " : "", line);
        at += (size_t)(end - line) + 2;
    }
    ck_assert_str_eq(codes, lines[_i].codes);
    marionette_run_out(&m);
    marionette_release(&m);
}
END_TEST

/* A greeting of several lines that offers nothing, or what cannot be an ID. */
START_TEST(learns)
{
    struct offer o = {0};

    offer_learn(&o, span_of("QUICKSTART"));
    ck_assert(o.has == OFFER_QUICKSTART && !o.qhlo_id[0]);
    offer_learn(&o, span_of("quickstart 0x_!~"));
    ck_assert_str_eq(o.qhlo_id, "0x_!~");
    offer_learn(&o, span_of("QUICKSTART 12345678901234567890123"));
    ck_assert_uint_eq(strlen(o.qhlo_id), 23);
    offer_learn(&o, span_of("QUICKSTART 123456789012345678901234"));
    ck_assert_str_eq(o.qhlo_id, "");
    offer_learn(&o, span_of("QUICKSTART a\x7f"));
    ck_assert_str_eq(o.qhlo_id, "");
}
END_TEST

/* A server that is not what it says: it ends, and the mail is not lost. */
START_TEST(odd_servers)
{
    /* clang-format off */
    static const struct {
        const char *replies;
        enum mail_fate fate;
    } odd[] = {
        {"220-s\r\n220-PIPELINING\r\n220 QUICKSTART\r\n500 what?\r\n503 no\r\n"
         "503 no\r\n503 no\r\n503 no\r\n250-s\r\n250 PIPELINING\r\n250 a\r\n"
         "250 b\r\n250 c\r\n354 go\r\n250 yes\r\n221 bye\r\n", MAIL_DELIVERED},
        {"220-s\r\n220-PIPELINING\r\n220 QUICKSTART\r\n504 no\r\n250 yes\r\n",
         MAIL_DEFERRED},
        {"220-s\r\n220-one\r\n220 two\r\n250-s\r\n250 PIPELINING\r\n250 a\r\n"
         "250 b\r\n250 c\r\n354 go\r\n250 yes\r\n221 bye\r\n", MAIL_DELIVERED},
        {"554 no\r\n221 bye\r\n", MAIL_DEFERRED},
    };
    /* clang-format on */
    struct visit *v = make_visit(false);
    struct marionette m;

    v->config.session.manner.mode = MODE_QUICKSTART_A;
    delivery_init(&v->delivery, &v->config);
    marionette_init(&m, &v->delivery.machine);
    marionette_start(&m);
    marionette_opened(&m);
    for (const char *at = odd[_i].replies; *at && m.open;) {
        const char *end = strstr(at, "\r\n") + 2;

        marionette_hear(&m, at, (size_t)(end - at), SIZE_MAX);
        at = end;
    }
    marionette_end(&m);
    marionette_run_out(&m);
    ck_assert_int_eq(v->mail.fate, odd[_i].fate);
    ck_assert_uint_eq(v->delivery.connections, 1);
    marionette_release(&m);
    delivery_release(&v->delivery);
    free(v);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("QUICKSTART");
    TCase *t = tcase_create("sessions");

    tcase_add_loop_test(t, sessions, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(t, no_meaning, 0, sizeof nonsense / sizeof nonsense[0]);
    tcase_add_loop_test(t, visits, 0, 40);
    tcase_add_loop_test(t, server_says, 0, 8);
    tcase_add_test(t, learns);
    tcase_add_loop_test(t, odd_servers, 0, 4);
    suite_add_tcase(s, t);
    return s;
}
