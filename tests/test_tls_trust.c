/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom TLS trusts, and what it says of those it does not. */
#include "tests/tls_help.h"

#include <errno.h>

static struct certificate other; /* a root that nobody trusts */

static void labs_new(void)
{
    lab_new();
    other = make("other.example", NULL, true);
}

static void labs_done(void)
{
    lab_done();
    certificate_release(&other);
}

static struct certificate spare; /* of a row, released behind it */

static void serve_with(struct certificate c)
{
    spare = c;
    lab.server.chain = whole(spare.chain);
    lab.server.key = whole(spare.key);
}

static void as_it_is(void)
{
}

static void trust_another(void)
{
    lab.client.anchors = whole(other.chain);
}

static void trust_nobody(void)
{
    lab.client.anchors = (struct span){0};
}

static void come_late(void)
{
    lab.client.judged_at_s = TODAY + 2 * YEAR;
}

static void come_early(void)
{
    lab.client.judged_at_s = TODAY - 2 * YEAR;
}

static void sign_itself(void)
{
    serve_with(make("mx.example", NULL, false));
}

static void show_an_address(void)
{
    serve_with(make("192.0.2.1", &lab.root, false));
}

static void sign_without_authority(void)
{
    struct certificate middle = make("mid.example", &lab.root, false);

    serve_with(make("mx.example", &middle, false));
    certificate_release(&middle);
}

static void old_client(void)
{
    lab.client.max = TLS_V12;
    lab.server.min = TLS_V13;
}

static void old_server(void)
{
    lab.client.min = TLS_V13;
    lab.server.max = TLS_V12;
}

static void demand_one(void)
{
    lab.server.anchors = whole(lab.root.chain);
    lab.server.demand = true;
}

static void show_anothers(void)
{
    spare = make("client.example", &other, false);
    lab.server.anchors = whole(lab.root.chain);
    lab.client.chain = whole(spare.chain);
    lab.client.key = whole(spare.key);
}

/* clang-format off */
static const struct {
    void (*arrange)(void);
    const char *name;                  /* the one the client calls */
    const char *client_why, *server_why;
} refusal[] = {
    {as_it_is, "mx.other", "the certificate is for 'mx.example', and not for "
     "'mx.other'", "the peer refused, by the alert 'bad certificate'"},
    {as_it_is, "192.0.2.1", "and not for '192.0.2.1'", "'bad certificate'"},
    {show_an_address, "192.0.2.2", "and not for '192.0.2.2'", "by the alert"},
    {as_it_is, NULL, "no name is given", "saying no TLS"},
    {as_it_is, "", "the server's name is no name", "saying no TLS"},
    {trust_another, "mx.example", "the certificate of 'mx.example' cannot be "
     "trusted: unable to get local issuer certificate", "'unknown CA'"},
    {trust_nobody, "mx.example", "unable to get local issuer", "'unknown CA'"},
    {come_late, "mx.example", "the certificate of 'root.example' expired on "
     "2028-01-16", "'certificate expired'"},
    {come_early, "mx.example", "the certificate of 'root.example' is not valid "
     "before 2026-01-14", "by the alert"},
    {sign_itself, "mx.example", "cannot be trusted: self-signed certificate",
     "'unknown CA'"},
    {sign_without_authority, "mx.example", "the certificate of 'mid.example' "
     "cannot be trusted: invalid CA certificate", "'unknown CA'"},
    {old_client, "mx.example", "no TLS version in common: here TLS 1.2, which "
     "the peer refused", "no TLS version in common: here TLS 1.3"},
    {old_server, "mx.example", "no TLS version in common: here TLS 1.3, which "
     "the peer refused", "no TLS version in common: here TLS 1.2"},
    {demand_one, "mx.example", "'certificate required'",
     "the peer has no certificate"},
    {show_anothers, "mx.example", "'unknown CA'", "the certificate of "
     "'client.example' cannot be trusted: unable to get local issuer"},
};
/* clang-format on */

static void says(const char *why, const char *part)
{
    ck_assert_msg(strstr(why, part) != NULL, "'%s' should say '%s'", why, part);
}

START_TEST(refuses_and_says_why)
{
    struct call c;

    refusal[_i].arrange();
    lab_set_up();
    call_prepare(&c, 100);
    c.to.name = refusal[_i].name;
    call_run(&c);
    says(c.tls[UP].engine.why, refusal[_i].client_why);
    if (refusal[_i].name && refusal[_i].name[0])
        says(c.tls[DOWN].engine.why, refusal[_i].server_why);
    ck_assert_int_eq(c.client.reset + c.client.refused, 1);
    ck_assert_int_eq(c.client.error, EPROTO);
    ck_assert_int_eq(c.server.opened, 0);
    ck_assert_ptr_null(c.server.heard.at);
    ck_assert_ptr_null(c.client.heard.at);
    ck_assert(!c.tls[UP].engine.verified || c.client.reset);
    for (int way = UP; way <= DOWN; way++)
        ck_assert_int_eq(c.wire.alarm_ns[way], NEVER_NS);
    call_release(&c);
    certificate_release(&spare);
}
END_TEST

/* The same, by one who takes any peer: it goes on, and the doubt is told. */
START_TEST(takes_any_peer_if_told_to)
{
    struct call c;

    if (refusal[_i].client_why[0] != 't' && refusal[_i].name)
        return; /* it is not the certificate that is wrong */
    refusal[_i].arrange();
    lab.client.insecure = true;
    lab_set_up();
    for (int resumed = 0; resumed <= 1; resumed++) {
        call_prepare(&c, SIZE_MAX);
        c.to.name = refusal[_i].name;
        call_run(&c);
        if (refusal[_i].name && !refusal[_i].name[0])
            ck_assert_str_ne(c.tls[UP].engine.why, "");
        else
            call_check(&c);
        if (refusal[_i].name && refusal[_i].name[0]) {
            ck_assert(!c.tls[UP].engine.verified);
            ck_assert_str_ne(c.tls[UP].engine.doubt, "");
            ck_assert_int_eq(c.tls[UP].engine.resumed, resumed);
        }
        call_release(&c);
    }
    certificate_release(&spare);
}
END_TEST

/* A session begun without a verdict is not resumed by one who wants one. */
START_TEST(doubted_session_is_not_resumed)
{
    struct call c;

    lab.client.max = version[_i];
    trust_another();
    lab.client.insecure = true;
    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    call_run(&c);
    call_check(&c);
    call_release(&c);
    tls_setup_free(lab.client_setup);
    lab.client.insecure = false;
    lab.client_setup = set_up(&lab.client);
    call_prepare(&c, SIZE_MAX);
    call_run(&c);
    says(c.tls[UP].engine.why, "cannot be trusted");
    ck_assert_int_eq(c.client.opened, 0);
    call_release(&c);
}
END_TEST

START_TEST(client_certificate_is_judged)
{
    struct certificate own = make("client.example", &lab.root, false);
    struct call c;

    demand_one();
    lab.client.max = version[_i];
    lab.client.chain = whole(own.chain);
    lab.client.key = whole(own.key);
    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    call_run(&c);
    call_check(&c);
    ck_assert(c.tls[UP].engine.verified);
    ck_assert(c.tls[DOWN].engine.verified);
    call_release(&c);
    certificate_release(&own);
}
END_TEST

START_TEST(chain_and_address_are_verified)
{
    struct certificate middle = make("mid.example", &lab.root, true);
    struct certificate host = make("2001:db8::1", &middle, false);
    struct call c;

    lab.server.chain = whole(host.chain);
    lab.server.key = whole(host.key);
    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    c.to.name = "2001:DB8:0::1";
    call_run(&c);
    call_check(&c);
    ck_assert(c.tls[UP].engine.verified);
    call_release(&c);
    certificate_release(&middle);
    certificate_release(&host);
}
END_TEST

/* clang-format off */
static const struct line smtp_server[] = {
    LINE(NULL, "220 mx.example ready\r\n", SAY),
};
static const struct line smtp_client[] = {
    LINE(NULL, "EHLO there\r\n", SAY),
};
static const struct line noise[] = {
    LINE(NULL, "\x16\x03\x01\x00\x05\xff\xff\xff\xff\xff", SAY),
};
static const struct line web[] = {
    LINE(NULL, "GET / HTTP/1.0\r\n\r\n", SAY),
};
static const struct {
    int deaf; /* the end that speaks TLS */
    const struct line *line;
    const char *why;
    size_t alerts;
} babble[] = {
    {UP,   smtp_server, "the peer does not speak TLS: it began with "
                        "'220 mx.example r'", 0},
    {DOWN, smtp_client, "the peer does not speak TLS: it began with "
                        "'EHLO there..'", 0},
    {DOWN, web,         "it began with 'GET / HTTP/1.0..'", 0},
    {UP,   noise,       "TLS went wrong: ", 1},
    {DOWN, noise,       "TLS went wrong: ", 1},
};
/* clang-format on */

START_TEST(hears_that_it_is_no_tls)
{
    struct call c;
    int deaf = babble[_i].deaf;
    struct talker *talker;

    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    talker = deaf == UP ? &c.server : &c.client;
    talker_init(talker, deaf == DOWN, babble[_i].line, 1);
    (deaf == UP ? &c.from : &c.to)->implicit = false;
    call_run(&c);
    says(c.tls[deaf].engine.why, babble[_i].why);
    ck_assert_int_eq((deaf == UP ? &c.client : &c.server)->opened, 0);
    ck_assert(c.wire.fin[deaf]);
    /* An alert is for those who speak TLS. */
    ck_assert_uint_eq(wire_records(&c.wire, deaf, 21), babble[_i].alerts);
    ck_assert(c.wire.gone);
    ck_assert_int_eq(c.wire.now_ns, 10 * SECOND);
    call_release(&c);
}
END_TEST

/* A peer that says nothing is not waited for without end. */
START_TEST(handshake_has_its_time)
{
    struct call c;

    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    (_i == UP ? &c.from : &c.to)->implicit = false;
    talker_init(_i == UP ? &c.server : &c.client, _i == DOWN, NULL, 0);
    (_i == UP ? &c.to : &c.from)->handshake_ns = 7 * SECOND;
    call_run(&c);
    ck_assert_str_eq(c.tls[_i].engine.why,
                     "no TLS handshake in the time allowed");
    ck_assert(c.wire.gone);
    ck_assert_int_eq(c.wire.now_ns, 7 * SECOND);
    ck_assert_uint_eq(c.tls[_i].turnarounds, _i == UP);
    call_release(&c);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/tls: trust");
    TCase *t = tcase_create("trust");

    tcase_add_checked_fixture(t, labs_new, labs_done);
    tcase_add_loop_test(t, refuses_and_says_why, 0, COUNT(refusal));
    tcase_add_loop_test(t, takes_any_peer_if_told_to, 0, COUNT(refusal));
    tcase_add_loop_test(t, doubted_session_is_not_resumed, 0, 2);
    tcase_add_loop_test(t, client_certificate_is_judged, 0, 2);
    tcase_add_test(t, chain_and_address_are_verified);
    tcase_add_loop_test(t, hears_that_it_is_no_tls, 0, COUNT(babble));
    tcase_add_loop_test(t, handshake_has_its_time, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
