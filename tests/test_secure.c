/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions with TLS and AUTH: how many turnarounds they take, to the
 * nanosecond; what becomes of them where something is wrong; and what is put
 * into them in the clear behind STARTTLS. */
#include <stdio.h>

#include "sim/ideal.h"
#include "smtp/client.h"
#include "smtp/server.h"
#include "tests/marionette.h"
#include "tests/tls_help.h"

#define RTT SECOND

enum way { FULL, RESUMED, EARLY_DATA };
enum login_kind { NOBODY, PLAIN, PLAIN_LATER, LOGIN_NOW, LOGIN_LATER };

/* clang-format off */
static const struct login logins[] = {
    [PLAIN] =       {MECHANISM_PLAIN, false, "joe", "secret"},
    [PLAIN_LATER] = {MECHANISM_PLAIN, true,  "joe", "secret"},
    [LOGIN_NOW] =   {MECHANISM_LOGIN, false, "joe", "secret"},
    [LOGIN_LATER] = {MECHANISM_LOGIN, true,  "joe", "secret"},
};
static const struct auth_account account = {"joe", "secret"};
/* clang-format on */

struct setting {
    struct manner manner;
    enum security tls;
    enum tls_version version;
    enum way way;
    bool half_rtt;
    enum login_kind login;
    size_t w;
};

struct session {
    struct client client;
    struct server server;
    struct tls_machine tls[2];
    struct tls_machine_config to, from;
    struct client_config sending;
    struct server_config serving;
    struct recipient to3[3];
    struct mail mail;
    struct offer known, known_secure;
    bool started, in_clear;
};

static const struct endpoint there = {{192, 0, 2, 2}, 4, 25};

static void session_init(struct session *s, const struct setting *x)
{
    bool implicit = x->tls == SECURITY_IMPLICIT;

    *s = (struct session){.in_clear = x->tls == SECURITY_NONE};
    for (int i = 0; i < 3; i++)
        s->to3[i].address = "a@mx.example";
    s->mail = (struct mail){.from = "x@there.example",
                            .to = s->to3,
                            .recipients = 3,
                            .plain = whole("hi\r\n"),
                            .stuffed = whole("hi\r\n.\r\n")};
    s->sending = (struct client_config){.manner = x->manner,
                                        .name = "there",
                                        .tls = x->tls,
                                        .mails = &s->mail,
                                        .mail_count = 1,
                                        .remembered = &s->known,
                                        .remembered_secure = &s->known_secure};
    if (x->login != NOBODY)
        s->sending.login = &logins[x->login];
    client_default_timeouts(&s->sending);
    server_defaults(&s->serving, "mx.example");
    s->serving.can_secure = !s->in_clear;
    if (!s->in_clear)
        s->serving.offer.has |= OFFER_STARTTLS;
    s->serving.accounts = &account;
    s->serving.account_count = 1;
    s->serving.auth_required = x->login != NOBODY;
    s->known = s->known_secure = s->serving.offer;
    s->known.auth = s->known_secure.auth = 3;
    s->to = (struct tls_machine_config){.setup = lab.client_setup,
                                        .implicit = implicit,
                                        .name = "mx.example",
                                        .early = x->way == EARLY_DATA};
    s->from = (struct tls_machine_config){.setup = lab.server_setup,
                                          .implicit = implicit};
}

static struct machine *accept_it(void *arg, struct endpoint peer)
{
    struct session *s = arg;

    ck_assert(!s->started && peer.family == 4);
    s->started = true;
    return s->in_clear ? &s->server.machine : &s->tls[DOWN].machine;
}

static void session_run(struct session *s)
{
    struct ideal_host host = {.at = there,
                              .up = {RTT / 2, 0},
                              .down = {RTT / 2, 0},
                              .accept = accept_it,
                              .arg = s};
    struct ideal_config ideal = {&host, 1, 0, NEVER_NS};
    struct machine *m = &s->client.machine;

    client_init(&s->client, &s->sending, there);
    server_init(&s->server, &s->serving);
    if (!s->in_clear) {
        tls_machine_init(&s->tls[UP], &s->to, &s->client.machine);
        tls_machine_init(&s->tls[DOWN], &s->from, &s->server.machine);
        m = &s->tls[UP].machine;
    }
    ck_assert_int_gt(ideal_run(&ideal, m), 0);
}

static void session_end(struct session *s)
{
    for (int way = UP; way <= DOWN && !s->in_clear; way++)
        tls_machine_release(&s->tls[way]);
}

#define N SECURITY_NONE
#define S SECURITY_STARTTLS
#define I SECURITY_IMPLICIT
#define LOCKSTEP                                                               \
    {                                                                          \
        MODE_LOCKSTEP, false                                                   \
    }
#define PIPELINED                                                              \
    {                                                                          \
        MODE_PIPELINING, false                                                 \
    }
#define CHUNKED                                                                \
    {                                                                          \
        MODE_CHUNKING, true                                                    \
    }
#define EARLY                                                                  \
    {                                                                          \
        MODE_EARLY, false                                                      \
    }
#define EARLY_BDAT                                                             \
    {                                                                          \
        MODE_EARLY, true                                                       \
    }

/* smtp.md, 3.5 and 2.4, for three recipients. */
/* clang-format off */
static const struct setting row[] = {
    {LOCKSTEP,   S, TLS_V12, FULL,       false, NOBODY, 13},
    {LOCKSTEP,   S, TLS_V12, RESUMED,    false, NOBODY, 12},
    {LOCKSTEP,   S, TLS_V13, FULL,       false, NOBODY, 12},
    {LOCKSTEP,   S, TLS_V13, RESUMED,    false, NOBODY, 12},
    {LOCKSTEP,   S, TLS_V13, FULL,       true,  NOBODY, 12},
    {LOCKSTEP,   S, TLS_V13, EARLY_DATA, false, NOBODY, 11},
    {PIPELINED,  S, TLS_V12, FULL,       false, NOBODY, 8},
    {PIPELINED,  S, TLS_V12, RESUMED,    false, NOBODY, 7},
    {PIPELINED,  S, TLS_V13, FULL,       false, NOBODY, 7},
    {PIPELINED,  S, TLS_V13, EARLY_DATA, false, NOBODY, 6},
    {CHUNKED,    S, TLS_V12, FULL,       false, NOBODY, 7},
    {CHUNKED,    S, TLS_V13, FULL,       false, NOBODY, 6},
    {EARLY,      S, TLS_V12, FULL,       false, NOBODY, 5},
    {EARLY,      S, TLS_V12, RESUMED,    false, NOBODY, 4},
    {EARLY,      S, TLS_V13, FULL,       false, NOBODY, 4},
    {EARLY,      S, TLS_V13, EARLY_DATA, false, NOBODY, 3},
    {EARLY_BDAT, S, TLS_V12, FULL,       false, NOBODY, 4},
    {EARLY_BDAT, S, TLS_V13, FULL,       false, NOBODY, 3},
    {LOCKSTEP,   I, TLS_V12, FULL,       false, NOBODY, 10},
    {LOCKSTEP,   I, TLS_V12, RESUMED,    false, NOBODY, 10},
    {LOCKSTEP,   I, TLS_V13, FULL,       false, NOBODY, 10},
    {LOCKSTEP,   I, TLS_V13, FULL,       true,  NOBODY, 9},
    {PIPELINED,  I, TLS_V12, FULL,       false, NOBODY, 5},
    {PIPELINED,  I, TLS_V13, FULL,       false, NOBODY, 5},
    {PIPELINED,  I, TLS_V13, FULL,       true,  NOBODY, 4},
    {CHUNKED,    I, TLS_V12, FULL,       false, NOBODY, 4},
    {CHUNKED,    I, TLS_V13, FULL,       false, NOBODY, 4},
    {EARLY,      I, TLS_V12, FULL,       false, NOBODY, 4},
    {EARLY,      I, TLS_V12, RESUMED,    false, NOBODY, 3},
    {EARLY,      I, TLS_V13, FULL,       false, NOBODY, 3},
    {EARLY,      I, TLS_V13, FULL,       true,  NOBODY, 3},
    {EARLY,      I, TLS_V13, EARLY_DATA, false, NOBODY, 2},
    {EARLY_BDAT, I, TLS_V12, FULL,       false, NOBODY, 3},
    {EARLY_BDAT, I, TLS_V13, FULL,       false, NOBODY, 2},
    {LOCKSTEP,   N, 0, FULL, false, NOBODY,      9},
    {LOCKSTEP,   N, 0, FULL, false, PLAIN,       10},
    {LOCKSTEP,   N, 0, FULL, false, PLAIN_LATER, 11},
    {LOCKSTEP,   N, 0, FULL, false, LOGIN_NOW,   11},
    {LOCKSTEP,   N, 0, FULL, false, LOGIN_LATER, 12},
    {PIPELINED,  N, 0, FULL, false, PLAIN,       4},
    {PIPELINED,  N, 0, FULL, false, PLAIN_LATER, 6},
    {PIPELINED,  N, 0, FULL, false, LOGIN_LATER, 7},
    {CHUNKED,    N, 0, FULL, false, PLAIN,       3},
    {CHUNKED,    N, 0, FULL, false, PLAIN_LATER, 5},
    {EARLY,      N, 0, FULL, false, NOBODY,      2},
    {EARLY,      N, 0, FULL, false, PLAIN,       3},
    {EARLY,      N, 0, FULL, false, PLAIN_LATER, 4},
    {EARLY,      N, 0, FULL, false, LOGIN_LATER, 5},
    {EARLY_BDAT, N, 0, FULL, false, NOBODY,      1},
    {EARLY_BDAT, N, 0, FULL, false, PLAIN,       2},
    {LOCKSTEP,   S, TLS_V13, FULL, false, PLAIN, 13},
    {PIPELINED,  S, TLS_V12, FULL, false, PLAIN, 8},
    {PIPELINED,  S, TLS_V13, FULL, false, PLAIN, 7},
    {EARLY,      S, TLS_V12, FULL, false, PLAIN, 6},
    {EARLY,      S, TLS_V13, FULL, false, PLAIN, 5},
    {EARLY_BDAT, S, TLS_V13, FULL, false, PLAIN, 4},
    {EARLY,      I, TLS_V13, FULL, false, PLAIN, 4},
    {PIPELINED,  I, TLS_V13, FULL, false, PLAIN, 5},
};
/* clang-format on */

static void check_count(const struct session *s, const struct setting *x)
{
    const struct tls_machine *t = &s->tls[UP];
    struct handshake h =
        handshake_of(x->version == TLS_V13, t->engine.resumed, x->half_rtt,
                     t->engine.early == TLS_EARLY_TAKEN);
    size_t tls = s->in_clear ? 0 : t->turnarounds;

    ck_assert_uint_eq(s->client.waits.turnarounds + tls, x->w);
    ck_assert_int_eq(s->client.closed_ns, (int64_t)(x->w + 1) * RTT);
    ck_assert_uint_eq(tls, s->in_clear ? 0 : h.waits);
    ck_assert_uint_eq(
        plan_turnarounds_behind(s->client.prelude, h, s->client.used, 1, 3),
        x->w);
}

START_TEST(takes_its_turns)
{
    const struct setting *x = &row[_i];

    lab.client.max = x->version;
    lab.server.half_rtt = x->half_rtt;
    lab.server.early_max = x->way == EARLY_DATA ? 16384 : 0;
    lab_set_up();
    for (int again = 0; again <= (x->way != FULL); again++) {
        struct session s;

        session_init(&s, x);
        session_run(&s);
        ck_assert_str_eq(s.tls[UP].engine.why, "");
        ck_assert_int_eq(s.client.end, CLIENT_FINISHED);
        ck_assert_int_eq(s.mail.fate, MAIL_DELIVERED);
        ck_assert_int_eq(s.client.authenticated, x->login != NOBODY);
        ck_assert_int_eq(s.server.authenticated, x->login != NOBODY);
        ck_assert_int_eq(s.client.secure, x->tls != SECURITY_NONE);
        ck_assert_int_eq(s.server.secure, x->tls != SECURITY_NONE);
        ck_assert(!(s.client.secure && s.client.offer.has & OFFER_STARTTLS));
        ck_assert_int_eq(s.tls[UP].engine.resumed, again);
        if (again == (x->way != FULL))
            check_count(&s, x);
        session_end(&s);
    }
}
END_TEST

static const struct setting plain_starttls = {PIPELINED, S,      TLS_V13, FULL,
                                              false,     NOBODY, 0};
static const struct setting plain_implicit = {PIPELINED, I,      TLS_V13, FULL,
                                              false,     NOBODY, 0};

START_TEST(another_name)
{
    struct session s;

    lab_set_up();
    session_init(&s, _i ? &plain_starttls : &plain_implicit);
    s.to.name = "mx.example.org";
    session_run(&s);
    ck_assert_int_eq(s.client.end, CLIENT_INSECURE);
    ck_assert_int_eq(s.mail.fate, MAIL_DEFERRED);
    ck_assert(strstr(s.tls[UP].engine.why, "mx.example.org"));
    ck_assert_uint_eq(s.server.mails, 0);
    session_end(&s);
}
END_TEST

START_TEST(another_name_in_a_lab)
{
    struct session s;

    lab.client.insecure = true;
    lab_set_up();
    session_init(&s, _i ? &plain_starttls : &plain_implicit);
    s.to.name = "mx.example.org";
    session_run(&s);
    ck_assert_int_eq(s.client.end, CLIENT_FINISHED);
    ck_assert_int_eq(s.mail.fate, MAIL_DELIVERED);
    ck_assert(!s.tls[UP].engine.verified && *s.tls[UP].engine.doubt);
    session_end(&s);
}
END_TEST

/* Not offered; or offered, and refused with 454. */
START_TEST(without_starttls)
{
    bool refused = _i & 1, opportunistic = _i & 2, early = _i & 4;
    struct session s;

    lab_set_up();
    session_init(&s, &plain_starttls);
    if (early)
        s.sending.manner = (struct manner){MODE_EARLY, false};
    s.serving.can_secure = false;
    if (!refused)
        s.serving.offer.has &= ~(uint32_t)OFFER_STARTTLS;
    s.sending.opportunistic = opportunistic;
    session_run(&s);
    if (early && !refused) { /* the memory was wrong */
        ck_assert_int_eq(s.client.end, CLIENT_STALE);
    } else if (opportunistic) {
        ck_assert_int_eq(s.client.end, CLIENT_FINISHED);
        ck_assert_int_eq(s.mail.fate, MAIL_DELIVERED);
        ck_assert(!s.client.secure);
    } else {
        ck_assert_int_eq(s.client.end, CLIENT_NO_STARTTLS);
        ck_assert_int_eq(s.client.code, refused ? 454 : 0);
        ck_assert_int_eq(s.mail.fate, MAIL_DEFERRED);
    }
    ck_assert_uint_eq(s.server.mails, s.mail.fate == MAIL_DELIVERED);
    session_end(&s);
}
END_TEST

/* A wrong password: nothing is delivered, by no mode. */
START_TEST(wrong_password)
{
    static const struct manner manners[] = {LOCKSTEP, PIPELINED, CHUNKED, EARLY,
                                            EARLY_BDAT};
    const struct login wrong = {_i & 1 ? MECHANISM_PLAIN : MECHANISM_LOGIN,
                                _i & 2, "joe", "wrong"};
    struct setting x = plain_starttls;
    struct session s;

    lab_set_up();
    x.manner = manners[_i / 4];
    session_init(&s, &x);
    s.sending.login = &wrong;
    s.serving.auth_required = true;
    session_run(&s);
    ck_assert(s.mail.fate == MAIL_DEFERRED || s.mail.fate == MAIL_REFUSED);
    ck_assert(!s.client.authenticated && !s.server.authenticated);
    if (s.client.end == CLIENT_NO_AUTH)
        ck_assert_int_eq(s.client.code, 535);
    else /* it was on its way already */
        ck_assert_int_eq(s.mail.code, 530);
    ck_assert_uint_eq(s.server.mails, 0);
    session_end(&s);
}
END_TEST

/* RFC 4954, 4: the server may have it, and not this mechanism. */
START_TEST(auth_is_not_offered)
{
    struct session s;

    lab_set_up();
    session_init(&s, &plain_starttls);
    s.sending.login = &logins[PLAIN];
    s.serving.account_count = 0;
    session_run(&s);
    ck_assert_int_eq(s.client.end, CLIENT_NO_AUTH);
    ck_assert_int_eq(s.client.code, 0);
    ck_assert_int_eq(s.mail.fate, MAIL_DEFERRED);
    session_end(&s);
}
END_TEST

/* RFC 5246, 7.2.1: by TLS 1.2 the client's close_notify would end what the
 * server has to say, so the server closes first; by TLS 1.3 each its own way.
 * Both ends are in order. */
START_TEST(closes)
{
    struct setting x = _i / 2 ? plain_starttls : plain_implicit;
    struct session s;

    x.version = lab.client.max = _i % 2 ? TLS_V12 : TLS_V13;
    lab_set_up();
    session_init(&s, &x);
    session_run(&s);
    ck_assert_int_eq(s.client.end, CLIENT_FINISHED);
    ck_assert_int_eq(s.client.code, 0);
    for (int way = UP; way <= DOWN; way++) {
        ck_assert_int_eq(s.tls[way].engine.version, x.version);
        ck_assert(s.tls[way].engine.close_said);
        ck_assert(s.tls[way].engine.close_heard);
        ck_assert(!s.tls[way].engine.truncated);
        ck_assert_str_eq(s.tls[way].engine.why, "");
    }
    session_end(&s);
}
END_TEST

static bool said(const struct marionette *p, const char *what)
{
    return p->said.len > 0 &&
           memmem(p->said.at, p->said.len, what, strlen(what)) != NULL;
}

/* CVE-2011-0411: commands in the clear behind STARTTLS, of whatever group. */
START_TEST(commands_injected)
{
    static const char all[] = "EHLO c\r\nSTARTTLS\r\n"
                              "MAIL FROM:<evil@there.example>\r\n"
                              "RCPT TO:<a@mx.example>\r\n";

    lab_set_up();
    for (size_t step = 1; step <= sizeof all; step++) {
        struct marionette p;
        struct session s;

        session_init(&s, &plain_starttls);
        server_init(&s.server, &s.serving);
        tls_machine_init(&s.tls[DOWN], &s.from, &s.server.machine);
        marionette_init(&p, &s.tls[DOWN].machine);
        marionette_start(&p);
        marionette_opened(&p);
        marionette_hear(&p, all, sizeof all - 1, step);
        ck_assert(said(&p, "250 STARTTLS") && said(&p, "220 go ahead"));
        ck_assert(!said(&p, "sender"));
        ck_assert(!s.server.mail_open && !s.server.secure);
        ck_assert_int_eq(s.tls[DOWN].engine.state, TLS_FAILED);
        marionette_end(&p);
        marionette_run_out(&p);
        ck_assert(!p.open);
        marionette_release(&p);
        tls_machine_release(&s.tls[DOWN]);
    }
}
END_TEST

/* CVE-2021-38084 and its kin: replies in the clear behind the 220. */
START_TEST(replies_injected)
{
    static const char all[] = "220 go\r\n250-s\r\n250 PIPELINING\r\n";

    lab_set_up();
    for (size_t step = 1; step <= sizeof all; step++) {
        struct marionette p;
        struct session s;

        session_init(&s, &plain_starttls);
        client_init(&s.client, &s.sending, there);
        tls_machine_init(&s.tls[UP], &s.to, &s.client.machine);
        marionette_init(&p, &s.tls[UP].machine);
        marionette_start(&p);
        marionette_opened(&p);
        marionette_hear_text(&p, "220 s\r\n");
        marionette_hear_text(&p, "250-s\r\n250 STARTTLS\r\n");
        marionette_hear(&p, all, sizeof all - 1, step);
        ck_assert(said(&p, "EHLO there\r\nSTARTTLS\r\n"));
        ck_assert(!said(&p, "MAIL"));
        ck_assert_int_eq(s.client.end, CLIENT_INSECURE);
        ck_assert(!s.client.secure && s.client.bytes_in > 0);
        ck_assert_int_eq(s.mail.fate, MAIL_DEFERRED);
        marionette_end(&p);
        marionette_run_out(&p);
        ck_assert(!p.open);
        marionette_release(&p);
        tls_machine_release(&s.tls[UP]);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp: TLS and AUTH in a session");
    TCase *t = tcase_create("turnarounds");

    tcase_add_checked_fixture(t, lab_new, lab_done);
    tcase_add_loop_test(t, takes_its_turns, 0, COUNT(row));
    suite_add_tcase(s, t);
    t = tcase_create("what may be wrong");
    tcase_add_checked_fixture(t, lab_new, lab_done);
    tcase_add_loop_test(t, another_name, 0, 2);
    tcase_add_loop_test(t, another_name_in_a_lab, 0, 2);
    tcase_add_loop_test(t, without_starttls, 0, 8);
    tcase_add_loop_test(t, wrong_password, 0, 20);
    tcase_add_test(t, auth_is_not_offered);
    tcase_add_loop_test(t, closes, 0, 4);
    tcase_add_test(t, commands_injected);
    tcase_add_test(t, replies_injected);
    suite_add_tcase(s, t);
    return s;
}
