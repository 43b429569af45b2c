/* SPDX-License-Identifier: BSD-2-Clause */
/* A delivery against servers of every kind, over a wire that cuts at random:
 * the text arrives byte for byte, offers are remembered and forgotten, and a
 * message gets through where another try can get it through. */
#include "smtp/delivery.h"

#include <stdio.h>

#include "tests/duet.h"

#define EARLY (OFFER_PIPELINING | OFFER_PIPECONNECT)
#define ALL (EARLY | OFFER_CHUNKING)

enum { MAILS = 3, RCPTS = 3, TEXT = 5000 };

static const struct endpoint peer = {{192, 0, 2, 2}, 4, 25};

struct stage {
    struct delivery_config sending;
    struct offer_memory memory;
    struct server_config receiving;
    struct mail_sink sink;
    struct mail mail[MAILS];
    struct recipient to[MAILS][RCPTS];
    char text[TEXT], plain[2 * TEXT], stuffed[2 * TEXT + 3];
    size_t plain_len;
    struct bytes got; /* of the mail that is coming in */
    int accepted, wrong;
    struct delivery delivery;
    struct duet duet;
};

static void sink_from(void *stage, struct span from)
{
    struct stage *s = stage;

    s->got.len = 0;
    s->wrong += !span_is(from, "a@b");
}

static void sink_text(void *stage, struct span part)
{
    bytes_add(&((struct stage *)stage)->got, part);
}

static bool sink_end(void *stage, bool accepted)
{
    struct stage *s = stage;

    if (!accepted)
        return true;
    s->accepted++;
    s->wrong +=
        s->got.len != s->plain_len ||
        (s->got.len > 0 && memcmp(s->got.at, s->plain, s->plain_len) != 0);
    return true;
}

/* Text of dots, line ends and letters: whatever may go wrong on the way. */
static void write_text(struct stage *s, unsigned *seed)
{
    size_t len = (size_t)rand_r(seed) % TEXT;

    for (size_t i = 0; i < len; i++)
        s->text[i] = "..\r\n\r\nabcdef"[rand_r(seed) % 12];
    s->plain_len = wire_crlf(s->plain, (struct span){s->text, len});
    for (int i = 0; i < MAILS; i++) {
        s->mail[i].plain = (struct span){s->plain, s->plain_len};
        s->mail[i].stuffed = (struct span){
            s->stuffed, wire_stuff(s->stuffed, (struct span){s->text, len})};
    }
}

static struct stage *stage_new(struct manner m, size_t mails, unsigned seed)
{
    struct stage *s = calloc(1, sizeof *s);

    for (int i = 0; i < MAILS; i++) {
        s->mail[i] = (struct mail){
            .from = "a@b", .to = s->to[i], .recipients = 1 + seed % RCPTS};
        for (int k = 0; k < RCPTS; k++)
            s->to[i][k].address = k == 1 ? "no@c" : "b@c";
    }
    write_text(s, &seed);
    server_defaults(&s->receiving, "s");
    s->sink = (struct mail_sink){s, sink_from, NULL, sink_text, sink_end};
    s->receiving.sink = &s->sink;
    s->sending.session = (struct client_config){
        .manner = m, .name = "c", .mails = s->mail, .mail_count = mails};
    client_default_timeouts(&s->sending.session);
    s->sending.peer = peer;
    s->sending.memory = &s->memory;
    return s;
}

static void stage_free(struct stage *s)
{
    bytes_free(&s->got);
    free(s);
}

static void remember(struct stage *s, uint32_t has)
{
    offer_remember(&s->memory, peer, (struct offer){.has = has}, 0);
}

/* Delivers; the caller looks, and may deliver again. */
static void run(struct stage *s, unsigned seed, size_t most)
{
    s->duet =
        (struct duet){.config = &s->receiving, .seed = seed, .most = most};
    s->accepted = s->wrong = 0;
    for (int i = 0; i < MAILS; i++)
        mail_retry(&s->mail[i]);
    delivery_init(&s->delivery, &s->sending);
    duet_run(&s->duet, &s->delivery.machine);
    duet_release(&s->duet);
    for (size_t i = 0; i < s->sending.session.mail_count; i++)
        MUST(s->mail[i].fate != MAIL_PENDING);
    MUST(s->wrong == 0);
}

static uint32_t known(const struct stage *s)
{
    const struct offer *o = offer_recall(&s->memory, peer);

    return o ? o->has : 0;
}

static const struct manner manners[] = {
    {MODE_LOCKSTEP, false},  {MODE_LOCKSTEP, true}, {MODE_PIPELINING, false},
    {MODE_PIPELINING, true}, {MODE_CHUNKING, true}, {MODE_CHUNKING_LAST, true},
    {MODE_EARLY, false},     {MODE_EARLY, true},
};
enum { MANNERS = sizeof manners / sizeof manners[0] };

/* By any manner to a server with any extensions, think time or none, some
 * recipients refused: all arrives, once. */
START_TEST(text_arrives)
{
    static const uint32_t offers[] = {0, OFFER_PIPELINING, OFFER_CHUNKING,
                                      EARLY, ALL};
    static const struct verdict verdict = {"no@c", "550 no"};

    for (unsigned seed = 0; seed < 60; seed++) {
        struct stage *s = stage_new(manners[_i], 1 + seed % MAILS, seed);
        size_t most = seed % 3 == 0 ? 1 + seed % 7 : 1 + seed * 37;

        s->receiving.offer.has = offers[seed % 5];
        s->receiving.think_ns = seed % 4 ? 0 : 1000;
        s->receiving.verdicts = &verdict;
        s->receiving.verdict_count = 1;
        remember(s, offers[seed / 5 % 5]);
        run(s, seed, most);
        ck_assert_int_eq(s->accepted, 1 + (int)seed % MAILS);
        ck_assert_int_eq(s->delivery.client.end, CLIENT_FINISHED);
        ck_assert_uint_eq(known(s) & EARLY,
                          (offers[seed % 5] & EARLY) == EARLY ? EARLY : 0);
        stage_free(s);
    }
}
END_TEST

/* A cold start fills the memory; the next is early, and waits less. */
START_TEST(cold_then_warm)
{
    for (int bdat = 0; bdat < 2; bdat++) {
        struct stage *s = stage_new((struct manner){MODE_EARLY, bdat}, 1, 0);

        run(s, 1, 0);
        ck_assert_uint_eq(s->delivery.turnarounds, bdat ? 3 : 4);
        ck_assert(!s->delivery.client.early);
        ck_assert_uint_eq(known(s) & ALL, ALL);
        run(s, 1, 0);
        ck_assert_uint_eq(s->delivery.turnarounds, bdat ? 1 : 2);
        ck_assert(s->delivery.client.early);
        ck_assert_uint_eq(s->delivery.connections, 1);
        ck_assert_uint_eq(known(s) & ALL, ALL);
        stage_free(s);
    }
}
END_TEST

/* What was remembered, what is true, and what comes of it. */
/* clang-format off */
static const struct {
    const char *name;
    uint32_t remembered, has, left;
    bool bdat;
    size_t connections, turnarounds;
} changes[] = {
    {"none",                     ALL,   ALL,              ALL,   0, 1, 2},
    {"none, BDAT",               ALL,   ALL,              ALL,   1, 1, 1},
    {"CHUNKING came",            EARLY, ALL,              ALL,   1, 1, 2},
    {"CHUNKING gone, DATA",      ALL,   EARLY,            EARLY, 0, 1, 2},
    {"CHUNKING gone, BDAT",      ALL,   EARLY,            EARLY, 1, 2, 5},
    {"PIPECONNECT gone",         ALL,   ALL & ~OFFER_PIPECONNECT, 0, 0, 1, 2},
    {"PIPECONNECT gone, BDAT",   ALL,   ALL & ~OFFER_PIPECONNECT, 0, 1, 1, 1},
    {"PIPELINING gone",          ALL,   OFFER_CHUNKING,   0,     0, 1, 3},
    {"all gone",                 ALL,   0,                0,     0, 1, 3},
    {"all gone, BDAT",           ALL,   0,                0,     1, 2, 8},
};
/* clang-format on */

START_TEST(offer_changed)
{
    struct stage *s =
        stage_new((struct manner){MODE_EARLY, changes[_i].bdat}, 1, 0);

    remember(s, changes[_i].remembered);
    s->receiving.offer.has = changes[_i].has;
    run(s, 1, 0);
    ck_assert_int_eq(s->mail[0].fate, MAIL_DELIVERED);
    ck_assert_int_eq(s->accepted, 1);
    ck_assert_uint_eq(s->delivery.connections, changes[_i].connections);
    ck_assert_uint_eq(s->delivery.turnarounds, changes[_i].turnarounds);
    ck_assert_uint_eq(known(s), changes[_i].left);
    stage_free(s);
}
END_TEST

/* A server that refuses early talkers, one that knows no EHLO: the offer is
 * forgotten and the message gets through, in the same run. */
START_TEST(early_refused)
{
    static const uint32_t flaws[] = {FLAW_EARLY_TALKER, FLAW_HELO_ONLY};
    static const size_t turnarounds[] = {1 + 4, 1 + 8};

    for (int i = 0; i < 4; i++) {
        struct stage *s = stage_new((struct manner){MODE_EARLY, i / 2}, 1, 0);

        remember(s, ALL);
        s->receiving.flaws = flaws[i % 2];
        s->receiving.greeting_delay_ns = 1000;
        run(s, (unsigned)i, 0);
        ck_assert_int_eq(s->mail[0].fate, MAIL_DELIVERED);
        ck_assert_int_eq(s->accepted, 1);
        ck_assert_uint_eq(s->delivery.connections, 2);
        ck_assert_uint_eq(s->delivery.turnarounds,
                          turnarounds[i % 2] - (i == 2));
        ck_assert_uint_eq(known(s), i % 2 ? 0 : ALL | OFFER_8BITMIME);
        ck_assert_int_eq(s->delivery.handshake_ns, 0);
        stage_free(s);
    }
}
END_TEST

/* RFC 2920, 1: a server that loses its input leaves a group unanswered. The
 * client's patience ends; nothing is taken for another's reply. */
START_TEST(input_lost)
{
    static const struct verdict verdict = {"b@c", "550 no"};
    static const uint32_t flaws[] = {FLAW_HANDOFF, FLAW_FLUSH_ON_ERROR};

    for (int i = 0; i < 2; i++) {
        struct stage *s =
            stage_new((struct manner){MODE_PIPELINING, false}, 1, 2);

        s->receiving.flaws = flaws[i];
        s->receiving.idle_timeout_ns = INT64_C(3600000000000);
        s->receiving.verdicts = &verdict;
        s->receiving.verdict_count = i;
        run(s, 1, 0);
        ck_assert_int_eq(s->accepted, 0);
        ck_assert_int_eq(s->delivery.client.end, CLIENT_TIMED_OUT);
        ck_assert_int_eq(s->mail[0].fate, MAIL_DEFERRED);
        ck_assert_uint_eq(s->delivery.turnarounds, 3);
        stage_free(s);
    }
}
END_TEST

/* A rejected session's QUIT is a wait like any other. */
START_TEST(rejection_counts)
{
    struct stage *s = stage_new((struct manner){MODE_PIPELINING, false}, 1, 0);
    struct marionette p;

    delivery_init(&s->delivery, &s->sending);
    marionette_init(&p, &s->delivery.machine);
    marionette_start(&p);
    marionette_opened(&p);
    p.now_ns = 10;
    marionette_hear_text(&p, "554 no\r\n");
    p.now_ns = 30;
    marionette_hear_text(&p, "221 bye\r\n");
    ck_assert_uint_eq(s->delivery.turnarounds, 2);
    ck_assert_int_eq(s->delivery.wait_ns[STEP_GREETING], 10);
    ck_assert_int_eq(s->delivery.wait_ns[STEP_QUIT], 20);
    ck_assert_int_eq(s->delivery.closed_ns, 30);
    ck_assert_int_eq(s->delivery.accepted_ns, NEVER_NS);
    marionette_end(&p);
    marionette_release(&p);
    stage_free(s);
}
END_TEST

/* Without a memory every start is cold; refused connections are counted. */
START_TEST(no_memory)
{
    struct stage *s = stage_new((struct manner){MODE_EARLY, false}, 1, 0);
    struct marionette p;

    s->sending.memory = NULL;
    run(s, 1, 0);
    run(s, 1, 0);
    ck_assert_uint_eq(s->delivery.turnarounds, 4);
    delivery_init(&s->delivery, &s->sending);
    mail_retry(&s->mail[0]);
    marionette_init(&p, &s->delivery.machine);
    marionette_start(&p);
    marionette_lose(&p, TOLD_REFUSED, 111);
    ck_assert_int_eq(s->delivery.client.end, CLIENT_UNREACHABLE);
    ck_assert_uint_eq(s->delivery.connections, 1);
    ck_assert_int_eq(s->mail[0].fate, MAIL_DEFERRED);
    ck_assert_int_eq(p.alarm_ns, NEVER_NS);
    marionette_release(&p);
    stage_free(s);
}
END_TEST

/* What a stream that was given up still brings is taken, and means nothing. */
START_TEST(old_stream_is_deaf)
{
    struct stage *s = stage_new((struct manner){MODE_EARLY, false}, 1, 0);
    struct marionette p;
    struct told late = {.kind = TOLD_BYTES, .bytes = span_of("250 ok\r\n")};

    remember(s, ALL);
    delivery_init(&s->delivery, &s->sending);
    marionette_init(&p, &s->delivery.machine);
    marionette_start(&p);
    marionette_opened(&p);
    marionette_hear_text(&p, "554 no\r\n");
    ck_assert_uint_eq(p.opens, 2);
    ck_assert_int_eq(p.stream, 1);
    ck_assert_uint_eq(machine_tell(p.machine, &late), 8);
    late.kind = TOLD_RESET;
    machine_tell(p.machine, &late);
    marionette_ask(&p);
    ck_assert_int_eq(s->delivery.client.end, CLIENT_NOT_YET);
    marionette_opened(&p);
    ck_assert_int_eq(s->delivery.client.end, CLIENT_NOT_YET);
    marionette_end(&p);
    ck_assert_int_eq(s->delivery.client.end, CLIENT_LOST);
    marionette_release(&p);
    stage_free(s);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/delivery");
    TCase *t = tcase_create("delivery");

    tcase_add_loop_test(t, text_arrives, 0, MANNERS);
    tcase_add_test(t, cold_then_warm);
    tcase_add_loop_test(t, offer_changed, 0,
                        sizeof changes / sizeof changes[0]);
    tcase_add_test(t, early_refused);
    tcase_add_test(t, input_lost);
    tcase_add_test(t, rejection_counts);
    tcase_add_test(t, no_memory);
    tcase_add_test(t, old_stream_is_deaf);
    suite_add_tcase(s, t);
    return s;
}
