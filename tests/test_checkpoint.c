/* SPDX-License-Identifier: BSD-2-Clause */
/* CHECKPOINT (RFC 1845): a message whose connection is cut behind any octet
 * arrives once and whole, from the line on that was not there yet. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/ideal.h"
#include "smtp/delivery.h"
#include "smtp/server.h"
#include "tests/marionette.h"

#define SECONDS INT64_C(1000000000)

enum { SESSIONS = 4 };

static const char text[] = "one\r\n.two\r\n\r\n..\r\nthree\r\n";

struct play {
    struct server_config config;
    struct checkpoint checkpoint;
    struct mail_sink sink;
    struct server session[SESSIONS];
    size_t sessions, taken, dropped;
    struct bytes got, to;
};

static void sink_from(void *play, struct span from)
{
    struct play *p = play;

    (void)from;
    p->got.len = p->to.len = 0;
}

static void sink_to(void *play, struct span to)
{
    bytes_add(&((struct play *)play)->to, to);
}

static void sink_text(void *play, struct span part)
{
    bytes_add(&((struct play *)play)->got, part);
}

static bool sink_end(void *play, bool accepted)
{
    struct play *p = play;

    p->taken += accepted;
    p->dropped += !accepted;
    return true;
}

static struct machine *enter(void *play, struct endpoint peer)
{
    struct play *p = play;
    struct server *s = &p->session[p->sessions];

    (void)peer;
    ck_assert_uint_lt(p->sessions++, SESSIONS);
    server_init(s, &p->config);
    return &s->machine;
}

static const struct verdict no_b = {"b", "550 no"};

static void play_init(struct play *p, uint32_t has, uint64_t cut_octets)
{
    *p = (struct play){.checkpoint.cut_octets = cut_octets};
    server_defaults(&p->config, "s");
    p->config.offer.has = has;
    p->config.checkpoint = &p->checkpoint;
    p->config.verdicts = &no_b;
    p->config.verdict_count = 1;
    p->sink = (struct mail_sink){p, sink_from, sink_to, sink_text, sink_end};
    p->config.sink = &p->sink;
}

/* Three recipients, the second refused; returns the delivery's turnarounds. */
static size_t deliver(struct play *p, enum mode_id mode, struct mail *mail)
{
    const struct endpoint peer = {{192, 0, 2, 2}, 4, 25};
    struct ideal_road road = {SECONDS / 10, 0};
    struct ideal_host host = {peer, road, road, enter, NULL, p, false};
    struct ideal_config world = {&host, 1, 0, 1000000 * SECONDS};
    static struct recipient to[3];
    char stuffed[sizeof text * 2];
    struct delivery_config c = {.peer = peer};
    struct delivery d;

    to[0] = (struct recipient){.address = "a"};
    to[1] = (struct recipient){.address = "b"};
    to[2] = (struct recipient){.address = "c"};
    *mail = (struct mail){.from = "x",
                          .to = to,
                          .recipients = 3,
                          .plain = span_of(text),
                          .transid = "<1.7@c>"};
    mail->stuffed = (struct span){stuffed, wire_stuff(stuffed, mail->plain)};
    c.session = (struct client_config){.manner.mode = mode,
                                       .name = "c",
                                       .extensions = OFFER_CHECKPOINT,
                                       .mails = mail,
                                       .mail_count = 1};
    client_default_timeouts(&c.session);
    delivery_init(&d, &c);
    ck_assert_int_ge(ideal_run(&world, &d.machine), 0);
    return d.turnarounds;
}

static void play_end(struct play *p)
{
    bytes_free(&p->got);
    bytes_free(&p->to);
}

/* The cut ends a wait: for the reply to the dot. */
START_TEST(goes_on)
{
    static const enum mode_id mode[] = {MODE_LOCKSTEP, MODE_PIPELINING};
    static const size_t turnarounds[] = {8 + 6, 4 + 5};
    size_t which = (size_t)_i % 2, octets = (size_t)_i / 2 + 1;
    struct mail mail;
    struct play p;

    play_init(&p, OFFER_PIPELINING | OFFER_CHECKPOINT, octets);
    ck_assert_uint_eq(deliver(&p, mode[which], &mail), turnarounds[which]);
    ck_assert_int_eq(mail.fate, MAIL_DELIVERED);
    ck_assert(!mail.repeated);
    ck_assert_uint_eq(p.taken, 1);
    ck_assert_uint_eq(p.dropped, 0);
    ck_assert_uint_eq(p.sessions, 2);
    ck_assert_uint_eq(p.got.len, strlen(text));
    ck_assert_mem_eq(p.got.at, text, strlen(text));
    ck_assert_uint_eq(p.to.len, 2);
    ck_assert_mem_eq(p.to.at, "ac", 2);
    play_end(&p);
}
END_TEST

START_TEST(not_offered)
{
    struct mail mail;
    struct play p;

    play_init(&p, OFFER_PIPELINING, 7);
    deliver(&p, MODE_PIPELINING, &mail);
    ck_assert_int_eq(mail.fate, MAIL_UNCERTAIN);
    ck_assert_uint_eq(p.sessions, 1);
    ck_assert_uint_eq(p.taken, 0);
    play_end(&p);
}
END_TEST

/* clang-format off */
static const struct {
    const char *id;
    bool is;
} ids[] = {
    {"<12345@claremont.edu>", true}, {"<a.b@c.d>", true}, {"<a@b>", true},
    {"<a@b@c>", false}, {"<a>", false}, {"a@b", false}, {"<@b>", false},
    {"<a@>", false}, {"<a..b@c>", false}, {"<a@b.>", false}, {"<a b@c>", false},
    {"<>", false}, {"", false}, {"<a[@c>", false},
};
/* clang-format on */

START_TEST(identifiers)
{
    ck_assert_int_eq(checkpoint_is_id(span_of(ids[_i].id)), ids[_i].is);
}
END_TEST

/* Sessions that are cut at the same time go on each where it was. */
struct pair {
    struct server server;
    struct marionette marionette;
};

static void pair_says(struct pair *p, const struct server_config *config,
                      const char *says)
{
    server_init(&p->server, config);
    marionette_init(&p->marionette, &p->server.machine);
    marionette_start(&p->marionette);
    marionette_opened(&p->marionette);
    marionette_hear(&p->marionette, says, strlen(says), SIZE_MAX);
}

static void pair_lost(struct pair *p)
{
    marionette_lose(&p->marionette, TOLD_RESET, ECONNRESET);
    marionette_release(&p->marionette);
}

static bool pair_heard(const struct pair *p, const char *reply)
{
    struct bytes said = p->marionette.said;

    return memmem(said.at, said.len, reply, strlen(reply));
}

#define CUT(id, text)                                                          \
    "EHLO c\r\nMAIL FROM:<a> TRANSID=<" id "@c>\r\nRCPT TO:<b>\r\n"            \
    "DATA\r\n" text

START_TEST(two_at_once)
{
    struct checkpoint checkpoint = {0};
    struct server_config config;
    struct pair one, two;

    server_defaults(&config, "s");
    config.offer.has |= OFFER_CHECKPOINT;
    config.checkpoint = &checkpoint;
    pair_says(&one, &config, CUT("1", "one\r\nhalf"));
    pair_says(&two, &config, CUT("2", "two\r\ntwo\r\nhalf"));
    pair_lost(&one);
    pair_lost(&two);
    pair_says(&one, &config, "EHLO c\r\nMAIL FROM:<a> TRANSID=<1@c>\r\n");
    ck_assert(pair_heard(&one, "\r\n355 5 "));
    pair_says(&two, &config, "EHLO c\r\nMAIL FROM:<a> TRANSID=<1@c>\r\n");
    ck_assert(!pair_heard(&two, "\r\n355 ")); /* a session is in it */
    pair_lost(&two);
    pair_lost(&one);
    pair_says(&two, &config, "EHLO c\r\nMAIL FROM:<a> TRANSID=<2@c>\r\n");
    ck_assert(pair_heard(&two, "\r\n355 10 "));
    pair_lost(&two);
    for (int i = 0; i < 2 * CHECKPOINT_SLOTS; i++) { /* the oldest go */
        char says[120];

        snprintf(says, sizeof says, CUT("x%d", "text\r\n"), i);
        pair_says(&one, &config, says);
        pair_lost(&one);
    }
    pair_says(&one, &config, "EHLO c\r\nMAIL FROM:<a> TRANSID=<x15@c>\r\n");
    ck_assert(!pair_heard(&one, "\r\n355 "));
    pair_lost(&one);
    pair_says(&one, &config, "EHLO c\r\nMAIL FROM:<a> TRANSID=<x31@c>\r\n");
    ck_assert(pair_heard(&one, "\r\n355 6 "));
    pair_lost(&one);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/checkpoint");
    TCase *t = tcase_create("checkpoint");

    tcase_add_loop_test(t, goes_on, 0, 2 * ((int)sizeof text - 1));
    tcase_add_test(t, not_offered);
    tcase_add_loop_test(t, identifiers, 0, (int)(sizeof ids / sizeof ids[0]));
    tcase_add_test(t, two_at_once);
    suite_add_tcase(s, t);
    return s;
}
