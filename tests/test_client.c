/* SPDX-License-Identifier: BSD-2-Clause */
/* The client: its patience, its times and sums, a body of any size, and any
 * nonsense that a server may say. Dialogues are in tests/dialogues. */
#include "smtp/client.h"

#include <errno.h>
#include <stdio.h>

#include "tests/marionette.h"

#define S INT64_C(1000000000)
#define CRLF "\r\n"
#define EHLO_REPLY "250-s" CRLF "250 PIPELINING" CRLF

struct play {
    struct client client;
    struct client_config config;
    struct recipient to[2][3];
    struct mail mail[2];
    struct offer remembered;
    struct marionette marionette;
};

static void play_init(struct play *p, struct manner m, size_t mails,
                      size_t recipients)
{
    *p = (struct play){0};
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 3; k++)
            p->to[i][k].address = "b";
        p->mail[i] = (struct mail){.from = "a",
                                   .to = p->to[i],
                                   .recipients = recipients,
                                   .stuffed = span_of("hi\r\n.\r\n"),
                                   .plain = span_of("hi\r\n")};
    }
    p->config = (struct client_config){
        .manner = m, .name = "c", .mails = p->mail, .mail_count = mails};
    client_default_timeouts(&p->config);
}

static void play_begin(struct play *p)
{
    client_init(&p->client, &p->config,
                (struct endpoint){{192, 0, 2, 2}, 4, 25});
    marionette_init(&p->marionette, &p->client.machine);
    marionette_start(&p->marionette);
}

/* Line by line, as they may come. */
static void at(struct play *p, int64_t ns, const char *said)
{
    p->marionette.now_ns = ns;
    while (*said) {
        size_t len = strcspn(said, "\n");

        len += said[len] == '\n';
        marionette_hear(&p->marionette, said, len, SIZE_MAX);
        said += len;
    }
}

static const struct manner lockstep = {MODE_LOCKSTEP, false};
static const struct manner pipelining = {MODE_PIPELINING, false};

/* RFC 5321, 4.5.3.2: how long each reply is waited for. */
/* clang-format off */
static const struct {
    const char *hears; /* up to what it then waits for */
    enum step step;
    int64_t seconds;
} patience[] = {
    {"",                                                STEP_GREETING, 300},
    {"2",                                               STEP_GREETING, 300},
    {"220 s\r\n",                                       STEP_EHLO, 300},
    {"220 s\r\n250 s\r\n",                              STEP_MAIL, 300},
    {"220 s\r\n250 s\r\n250 x\r\n",                     STEP_RCPT, 300},
    {"220 s\r\n250 s\r\n250 x\r\n250 x\r\n",            STEP_DATA, 120},
    {"220 s\r\n250 s\r\n250 x\r\n250 x\r\n354 x\r\n",   STEP_BODY, 600},
    {"220 s\r\n250 s\r\n250 x\r\n250 x\r\n354 x\r\n250 x\r\n",
                                                        STEP_QUIT, 300},
};
/* clang-format on */

START_TEST(patience_ends)
{
    int64_t from_ns = 7 * S;
    struct play p;

    play_init(&p, lockstep, 1, 1);
    play_begin(&p);
    p.marionette.now_ns = 5 * S;
    marionette_opened(&p.marionette);
    if (strlen(patience[_i].hears) > 3) /* a whole reply: it was heard then */
        at(&p, from_ns, patience[_i].hears);
    else
        at(&p, from_ns = 5 * S, patience[_i].hears);
    while (p.client.end == CLIENT_NOT_YET)
        marionette_wake(&p.marionette);
    ck_assert_int_eq(p.client.end, CLIENT_TIMED_OUT);
    ck_assert_int_eq(p.client.end_step, patience[_i].step);
    ck_assert_int_eq(p.marionette.now_ns, from_ns + patience[_i].seconds * S);
    ck_assert(p.marionette.aborted);
    ck_assert_int_eq(p.marionette.alarm_ns, NEVER_NS);
    marionette_release(&p.marionette);
}
END_TEST

START_TEST(patience_to_connect)
{
    struct play p;

    play_init(&p, lockstep, 1, 1);
    play_begin(&p);
    ck_assert_int_eq(p.marionette.peer.port, 25);
    marionette_wake(&p.marionette);
    ck_assert_int_eq(p.marionette.now_ns, 30 * S);
    ck_assert_int_eq(p.client.end, CLIENT_TIMED_OUT);
    ck_assert(p.marionette.aborted);
    ck_assert_int_eq(p.mail[0].fate, MAIL_DEFERRED);
    ck_assert_uint_eq(p.client.waits.turnarounds, 0);
    marionette_release(&p.marionette);
}
END_TEST

/* Who does not close behind its 221 is not waited for long. */
START_TEST(lingers)
{
    struct play p;

    play_init(&p, lockstep, 1, 1);
    play_begin(&p);
    marionette_opened(&p.marionette);
    at(&p, S, "554 no" CRLF);
    at(&p, 2 * S, "221 bye" CRLF);
    ck_assert_int_eq(p.client.closed_ns, 2 * S);
    marionette_run_out(&p.marionette);
    ck_assert(p.marionette.aborted);
    ck_assert_int_eq(p.client.end, CLIENT_REJECTED);
    ck_assert_int_le(p.marionette.now_ns, 400 * S);
    marionette_release(&p.marionette);
}
END_TEST

/* What it waited for, and how long; every time is in one entry. */
START_TEST(times)
{
    const int64_t *ns;
    struct play p;

    play_init(&p, lockstep, 1, 1);
    play_begin(&p);
    p.marionette.now_ns = 10;
    marionette_opened(&p.marionette);
    at(&p, 30, "220 s" CRLF);
    at(&p, 60, "250 s" CRLF);
    at(&p, 100, "250 x" CRLF);
    at(&p, 150, "25");
    at(&p, 151, "0 x" CRLF);
    at(&p, 210, "354 x" CRLF);
    at(&p, 280, "250 x" CRLF);
    at(&p, 360, "221 x" CRLF);
    ns = p.client.waits.ns;
    ck_assert_int_eq(ns[STEP_GREETING], 20);
    ck_assert_int_eq(ns[STEP_EHLO], 30);
    ck_assert_int_eq(ns[STEP_MAIL], 40);
    ck_assert_int_eq(ns[STEP_RCPT], 51);
    ck_assert_int_eq(ns[STEP_DATA], 59);
    ck_assert_int_eq(ns[STEP_BODY], 70);
    ck_assert_int_eq(ns[STEP_QUIT], 80);
    ck_assert_int_eq(p.client.started_ns, 0);
    ck_assert_int_eq(p.client.opened_ns, 10);
    ck_assert_int_eq(p.client.accepted_ns, 280);
    ck_assert_int_eq(p.client.closed_ns, 360);
    ck_assert_uint_eq(p.client.waits.turnarounds, 7);
    ck_assert_int_eq(p.client.end, CLIENT_FINISHED);
    ck_assert_int_eq(p.client.end_step, STEP_END);
    ck_assert_uint_eq(p.client.bytes_out, p.marionette.said.len);
    ck_assert_uint_eq(p.client.bytes_in, 7 * 7);
    marionette_release(&p.marionette);
}
END_TEST

/* A group's replies that come apart are one wait, charged to each. */
START_TEST(times_of_a_group)
{
    struct play p;

    play_init(&p, pipelining, 1, 2);
    play_begin(&p);
    marionette_opened(&p.marionette);
    at(&p, 10, "220 s" CRLF);
    at(&p, 20, EHLO_REPLY);
    at(&p, 30, "250 x" CRLF);
    at(&p, 35, "250 x" CRLF);
    at(&p, 36, "250 x" CRLF "354 x" CRLF);
    at(&p, 50, "250 x" CRLF "221 x" CRLF);
    ck_assert_uint_eq(p.client.waits.turnarounds, 4);
    ck_assert_int_eq(p.client.waits.ns[STEP_MAIL], 10);
    ck_assert_int_eq(p.client.waits.ns[STEP_RCPT], 6);
    ck_assert_int_eq(p.client.waits.ns[STEP_DATA], 0);
    ck_assert_int_eq(p.client.waits.ns[STEP_BODY], 14);
    ck_assert_int_eq(p.client.waits.ns[STEP_QUIT], 0);
    marionette_release(&p.marionette);
}
END_TEST

/* Each group is one send: RFC 2920's four. */
START_TEST(groups)
{
    struct play p;

    play_init(&p, pipelining, 1, 3);
    play_begin(&p);
    marionette_opened(&p.marionette);
    at(&p, 1, "220 s" CRLF);
    ck_assert_uint_eq(p.marionette.groups, 1);
    at(&p, 2, EHLO_REPLY);
    ck_assert_uint_eq(p.marionette.groups, 2);
    at(&p, 3, "250 x" CRLF "250 x" CRLF "250 x" CRLF "250 x" CRLF "354 x" CRLF);
    ck_assert_uint_eq(p.marionette.groups, 3);
    ck_assert(p.marionette.half_closed);
    marionette_release(&p.marionette);
}
END_TEST

/* A group of a thousand recipients does not fit into one buffer, and is one
 * group all the same. */
START_TEST(large_group)
{
    enum { N = 1000 };
    static struct recipient to[N];
    struct play p;

    play_init(&p, pipelining, 1, 1);
    for (int i = 0; i < N; i++)
        to[i].address = "somebody.with.a.long.name@a.host.far.away.example";
    p.mail[0].to = to;
    p.mail[0].recipients = N;
    play_begin(&p);
    marionette_opened(&p.marionette);
    at(&p, 1, "220 s" CRLF EHLO_REPLY);
    ck_assert_uint_eq(p.marionette.groups, 2);
    ck_assert_uint_gt(p.marionette.said.len, N * 50);
    ck_assert_mem_eq(p.marionette.said.at + p.marionette.said.len - 6,
                     "DATA\r\n", 6);
    marionette_release(&p.marionette);
}
END_TEST

/* An empty chunk is a message too. */
START_TEST(empty_chunk)
{
    struct play p;

    play_init(&p, (struct manner){MODE_CHUNKING, true}, 1, 1);
    p.mail[0].plain.len = 0;
    play_begin(&p);
    marionette_opened(&p.marionette);
    at(&p, 1,
       "220 s" CRLF "250-s" CRLF "250-CHUNKING" CRLF "250 PIPELINING" CRLF);
    marionette_said(&p.marionette,
                    "EHLO c" CRLF "MAIL FROM:<a>" CRLF "RCPT TO:<b>" CRLF
                    "BDAT 0 LAST" CRLF "QUIT" CRLF,
                    "empty");
    marionette_release(&p.marionette);
}
END_TEST

/* HELO and early pipelining exclude each other. */
START_TEST(helo_is_never_early)
{
    struct play p;

    play_init(&p, (struct manner){MODE_EARLY, false}, 1, 1);
    p.remembered.has = OFFER_PIPECONNECT | OFFER_PIPELINING;
    p.config.remembered = &p.remembered;
    p.config.helo = true;
    play_begin(&p);
    marionette_opened(&p.marionette);
    ck_assert_uint_eq(p.marionette.said.len, 0);
    ck_assert(!p.client.early);
    at(&p, 1, "554 no" CRLF);
    ck_assert_int_eq(p.client.end, CLIENT_REJECTED);
    marionette_release(&p.marionette);
}
END_TEST

/* A memory without PIPECONNECT, or without PIPELINING, is none. */
START_TEST(no_use_of_memory)
{
    static const uint32_t has[] = {OFFER_PIPECONNECT, OFFER_PIPELINING,
                                   OFFER_CHUNKING, 0};

    for (int i = 0; i < 4; i++) {
        struct play p;

        play_init(&p, (struct manner){MODE_EARLY, false}, 1, 1);
        p.remembered.has = has[i];
        p.config.remembered = &p.remembered;
        play_begin(&p);
        marionette_opened(&p.marionette);
        ck_assert_uint_eq(p.marionette.said.len, 0);
        ck_assert_int_eq(p.client.used.mode, MODE_PIPELINING);
        marionette_release(&p.marionette);
    }
}
END_TEST

/* What a refusal says is no offer. */
START_TEST(learns_from_success_alone)
{
    struct play p;

    play_init(&p, pipelining, 1, 1);
    play_begin(&p);
    marionette_opened(&p.marionette);
    at(&p, 1,
       "220 s" CRLF "502-s" CRLF "502-PIPELINING" CRLF "502 PIPECONNECT" CRLF);
    ck_assert_uint_eq(p.client.offer.has, 0);
    at(&p, 2, "250-s" CRLF "250 PIPELINING" CRLF); /* HELO has no offer */
    ck_assert_uint_eq(p.client.offer.has, 0);
    marionette_release(&p.marionette);
    play_init(&p, pipelining, 1, 1);
    play_begin(&p);
    marionette_opened(&p.marionette);
    at(&p, 1,
       "220 s" CRLF "250-PIPECONNECT" CRLF "250-SIZE 7" CRLF
       "250 PIPELINING" CRLF);
    ck_assert_uint_eq(p.client.offer.has, OFFER_SIZE | OFFER_PIPELINING);
    ck_assert_uint_eq(p.client.offer.size_max, 7);
    marionette_release(&p.marionette);
}
END_TEST

static const char *const noise[] = {"250 ok" CRLF,
                                    "250-ok" CRLF,
                                    "354 go" CRLF,
                                    "550 no" CRLF,
                                    "450 no" CRLF,
                                    "421 bye" CRLF,
                                    "250 PIPELINING" CRLF,
                                    "221 bye" CRLF,
                                    "220 s" CRLF,
                                    "250-CHUNKING" CRLF,
                                    "250-PIPELINING" CRLF,
                                    "554-x" CRLF,
                                    "nonsense" CRLF,
                                    "250 cut",
                                    CRLF,
                                    "\n"};

static void check_noise(struct play *p)
{
    marionette_run_out(&p->marionette);
    MUST(p->client.end != CLIENT_NOT_YET);
    MUST(!p->marionette.open && !p->marionette.connecting);
    for (size_t i = 0; i < p->config.mail_count; i++)
        MUST(p->mail[i].fate != MAIL_PENDING);
    MUST(p->client.waits.turnarounds <= 40);
}

/* Whatever a server says, in whatever order, and whenever it goes: the client
 * ends, and every mail's fate is known. */
START_TEST(noise_ends)
{
    unsigned seed = (unsigned)_i * 7919 + 1;

    for (int round = 0; round < 400; round++) {
        struct play p;
        int lines = rand_r(&seed) % 24;

        play_init(&p, (struct manner){MODE_LOCKSTEP, false}, 1 + round % 2,
                  1 + (size_t)rand_r(&seed) % 3);
        p.config.manner.mode = (enum mode_id)(rand_r(&seed) % MODE_COUNT);
        p.config.manner.bdat =
            !mode_of(p.config.manner.mode)->sends_by_data || round % 3 == 0;
        p.config.helo = p.config.manner.mode == MODE_LOCKSTEP && round % 5 == 0;
        p.remembered.has = ~0u;
        if (round % 2)
            p.config.remembered = &p.remembered;
        play_begin(&p);
        if (rand_r(&seed) % 20)
            marionette_opened(&p.marionette);
        else
            marionette_lose(&p.marionette, TOLD_REFUSED, ECONNREFUSED);
        while (lines-- > 0) {
            int k = rand_r(&seed) % 16, mostly = rand_r(&seed) % 3;

            marionette_hear_text(&p.marionette, noise[mostly ? k % 3 : k]);
        }
        if (rand_r(&seed) % 2)
            marionette_end(&p.marionette);
        else if (rand_r(&seed) % 2)
            marionette_lose(&p.marionette, TOLD_RESET, ECONNRESET);
        check_noise(&p);
        marionette_release(&p.marionette);
    }
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])

Suite *suite(void)
{
    Suite *s = suite_create("smtp/client");
    TCase *t = tcase_create("client");

    tcase_add_loop_test(t, patience_ends, 0, ROWS(patience));
    tcase_add_test(t, patience_to_connect);
    tcase_add_test(t, lingers);
    tcase_add_test(t, times);
    tcase_add_test(t, times_of_a_group);
    tcase_add_test(t, groups);
    tcase_add_test(t, large_group);
    tcase_add_test(t, empty_chunk);
    tcase_add_test(t, helo_is_never_early);
    tcase_add_test(t, no_use_of_memory);
    tcase_add_test(t, learns_from_success_alone);
    tcase_add_loop_test(t, noise_ends, 0, 8);
    suite_add_tcase(s, t);
    return s;
}
