/* SPDX-License-Identifier: BSD-2-Clause */
/* Modes: what the table says, what the machines do, and what the formulae
 * claim are the same number. */
#include "smtp/plan.h"

#include <stdio.h>

#include "smtp/client.h"
#include "tests/duet.h"

#define HAS_ALL (OFFER_PIPELINING | OFFER_CHUNKING | OFFER_PIPECONNECT)

/* clang-format off */
/* W of M messages to n recipients each is fixed + M (by_mail + n by_rcpt). */
static const struct {
    enum mode_id mode;
    bool bdat;
    size_t fixed, by_mail, by_rcpt;
} rows[] = {
    {MODE_LOCKSTEP,         false, 3, 3, 1},
    {MODE_LOCKSTEP,         true,  3, 2, 1},
    {MODE_PIPELINING,       false, 3, 1, 0},
    {MODE_PIPELINING,       true,  3, 1, 0},
    {MODE_CHUNKING,         true,  3, 0, 0},
    {MODE_CHUNKING_LAST,    true,  2, 1, 0},
    {MODE_CHUNKING_COLLECT, true,  3, 1, 0},
    {MODE_EARLY,            false, 1, 1, 0},
    {MODE_EARLY,            true,  1, 0, 0},
};

static const struct {
    struct manner wanted;
    uint32_t has;
    struct manner left;
} offered[] = {
    {{MODE_LOCKSTEP, false},   0,                 {MODE_LOCKSTEP, false}},
    {{MODE_LOCKSTEP, false},   HAS_ALL,           {MODE_LOCKSTEP, false}},
    {{MODE_LOCKSTEP, true},    0,                 {MODE_LOCKSTEP, false}},
    {{MODE_LOCKSTEP, true},    OFFER_CHUNKING,    {MODE_LOCKSTEP, true}},
    {{MODE_PIPELINING, false}, 0,                 {MODE_LOCKSTEP, false}},
    {{MODE_PIPELINING, false}, OFFER_PIPELINING,  {MODE_PIPELINING, false}},
    {{MODE_PIPELINING, true},  OFFER_PIPELINING,  {MODE_PIPELINING, false}},
    {{MODE_PIPELINING, true},  OFFER_CHUNKING,    {MODE_LOCKSTEP, true}},
    {{MODE_CHUNKING, true},    0,                 {MODE_LOCKSTEP, false}},
    {{MODE_CHUNKING, true},    OFFER_PIPELINING,  {MODE_PIPELINING, false}},
    {{MODE_CHUNKING, true},    OFFER_CHUNKING,    {MODE_LOCKSTEP, true}},
    {{MODE_CHUNKING, true},    HAS_ALL,           {MODE_CHUNKING, true}},
    {{MODE_CHUNKING_LAST, true}, OFFER_PIPELINING, {MODE_PIPELINING, false}},
    {{MODE_CHUNKING_COLLECT, true}, HAS_ALL, {MODE_CHUNKING_COLLECT, true}},
    {{MODE_EARLY, true},       HAS_ALL,           {MODE_EARLY, true}},
    {{MODE_EARLY, true},       OFFER_PIPELINING,  {MODE_EARLY, false}},
    {{MODE_EARLY, false},      OFFER_CHUNKING,    {MODE_LOCKSTEP, false}},
};
/* clang-format on */

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])

START_TEST(names)
{
    for (int i = 0; i < MODE_COUNT; i++)
        ck_assert_int_eq(mode_named(mode_of((enum mode_id)i)->name), i);
    ck_assert_int_eq(mode_named("turbo"), MODE_COUNT);
    ck_assert_int_eq(mode_named(""), MODE_COUNT);
    ck_assert_str_eq(step_name(STEP_NEXT), "MAIL");
    ck_assert_str_eq(step_name(STEP_GREETING), "greeting");
}
END_TEST

START_TEST(against_an_offer)
{
    struct manner m = manner_offered(offered[_i].wanted, offered[_i].has);

    ck_assert_int_eq(m.mode, offered[_i].left.mode);
    ck_assert_int_eq(m.bdat, offered[_i].left.bdat);
}
END_TEST

START_TEST(cold)
{
    struct manner m = manner_cold((struct manner){MODE_EARLY, false});

    ck_assert_int_eq(m.mode, MODE_PIPELINING);
    m = manner_cold((struct manner){MODE_EARLY, true});
    ck_assert_int_eq(m.mode, MODE_CHUNKING);
    m = manner_cold((struct manner){MODE_LOCKSTEP, false});
    ck_assert_int_eq(m.mode, MODE_LOCKSTEP);
}
END_TEST

/* Every place of a walk, as words. */
START_TEST(walk)
{
    const struct prelude none = {.tls = SECURITY_NONE};
    struct place at = {STEP_GREETING, 0, 0};
    char text[300] = "";

    for (; at.step != STEP_END; at = place_next(at, false, none, 2, 2))
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%zu%zu ",
                 step_name(at.step), at.mail, at.recipient);
    ck_assert_str_eq(text, "greeting00 EHLO00 MAIL00 RCPT00 RCPT01 DATA00 "
                           "body00 RSET10 MAIL10 RCPT10 RCPT11 DATA10 body10 "
                           "QUIT10 ");
    ck_assert_int_eq(place_next(at, false, none, 2, 2).step, STEP_END);
    at = place_after_mail((struct place){STEP_RCPT, 0, 1}, 2);
    ck_assert_int_eq(at.step, STEP_RSET);
    ck_assert_uint_eq(at.mail, 1);
    at = place_after_mail(at, 2);
    ck_assert_int_eq(at.step, STEP_QUIT);
}
END_TEST

/* With STARTTLS, and an AUTH that takes three lines. */
START_TEST(longer_walk)
{
    const struct prelude all = {.tls = SECURITY_STARTTLS, .auth = 3};
    struct place at = {STEP_GREETING, 0, 0};
    char text[300] = "";

    for (; at.step != STEP_MAIL; at = place_next(at, false, all, 1, 1))
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%zu ",
                 step_name(at.step), at.recipient);
    ck_assert_str_eq(text,
                     "greeting0 EHLO0 STARTTLS0 EHLO0 AUTH0 AUTH0 AUTH1 ");
}
END_TEST

#define LINES(n) {.tls = SECURITY_NONE, .auth = n}
#define STARTTLS(n) {.tls = SECURITY_STARTTLS, .auth = n}
#define IMPLICIT(n) {.tls = SECURITY_IMPLICIT, .auth = n}
#define FULL12 {2, true}   /* TLS 1.2 */
#define AGAIN12 {1, false} /* resumed */
#define FULL13 {1, false}  /* TLS 1.3, resumed or not */
#define BANNER13 {1, true} /* with a server that greets before Finished */
#define ZERO {0, false}    /* 0-RTT; or no TLS */

/* The tables of smtp.md 3.5 and 2.4: of one message to three recipients, and
 * what each further recipient costs. */
/* clang-format off */
static const struct {
    struct manner manner;
    struct prelude prelude;
    struct handshake handshake;
    size_t w, by_rcpt;
} secure[] = {
    {{MODE_LOCKSTEP, false},   STARTTLS(0), FULL12,   13, 1},
    {{MODE_LOCKSTEP, false},   STARTTLS(0), AGAIN12,  12, 1},
    {{MODE_LOCKSTEP, false},   STARTTLS(0), FULL13,   12, 1},
    {{MODE_LOCKSTEP, false},   STARTTLS(0), ZERO,     11, 1},
    {{MODE_PIPELINING, false}, STARTTLS(0), FULL12,   8, 0},
    {{MODE_PIPELINING, false}, STARTTLS(0), FULL13,   7, 0},
    {{MODE_CHUNKING, true},    STARTTLS(0), FULL13,   6, 0},
    {{MODE_EARLY, false},      STARTTLS(0), FULL12,   5, 0},
    {{MODE_EARLY, false},      STARTTLS(0), FULL13,   4, 0},
    {{MODE_EARLY, false},      STARTTLS(0), ZERO,     3, 0},
    {{MODE_EARLY, true},       STARTTLS(0), FULL13,   3, 0},
    {{MODE_LOCKSTEP, false},   IMPLICIT(0), FULL12,   10, 1},
    {{MODE_LOCKSTEP, false},   IMPLICIT(0), AGAIN12,  10, 1},
    {{MODE_LOCKSTEP, false},   IMPLICIT(0), FULL13,   10, 1},
    {{MODE_LOCKSTEP, false},   IMPLICIT(0), BANNER13, 9, 1},
    {{MODE_PIPELINING, false}, IMPLICIT(0), FULL12,   5, 0},
    {{MODE_PIPELINING, false}, IMPLICIT(0), FULL13,   5, 0},
    {{MODE_PIPELINING, false}, IMPLICIT(0), BANNER13, 4, 0},
    {{MODE_CHUNKING, true},    IMPLICIT(0), FULL13,   4, 0},
    {{MODE_EARLY, false},      IMPLICIT(0), FULL12,   4, 0},
    {{MODE_EARLY, false},      IMPLICIT(0), AGAIN12,  3, 0},
    {{MODE_EARLY, false},      IMPLICIT(0), FULL13,   3, 0},
    {{MODE_EARLY, false},      IMPLICIT(0), BANNER13, 3, 0},
    {{MODE_EARLY, false},      IMPLICIT(0), ZERO,     2, 0},
    {{MODE_EARLY, true},       IMPLICIT(0), FULL13,   2, 0},
    {{MODE_LOCKSTEP, false},   LINES(1),    ZERO,     10, 1},
    {{MODE_LOCKSTEP, false},   LINES(2),    ZERO,     11, 1},
    {{MODE_LOCKSTEP, false},   LINES(3),    ZERO,     12, 1},
    {{MODE_PIPELINING, false}, LINES(1),    ZERO,     4, 0},
    {{MODE_PIPELINING, false}, LINES(2),    ZERO,     6, 0},
    {{MODE_PIPELINING, false}, LINES(3),    ZERO,     7, 0},
    {{MODE_CHUNKING, true},    LINES(1),    ZERO,     3, 0},
    {{MODE_EARLY, false},      LINES(1),    ZERO,     3, 0},
    {{MODE_EARLY, false},      LINES(2),    ZERO,     4, 0},
    {{MODE_EARLY, true},       LINES(1),    ZERO,     2, 0},
    {{MODE_EARLY, false},      STARTTLS(1), FULL12,   6, 0},
    {{MODE_EARLY, false},      STARTTLS(1), FULL13,   5, 0},
    {{MODE_PIPELINING, false}, STARTTLS(1), FULL13,   7, 0},
    {{MODE_LOCKSTEP, false},   STARTTLS(3), FULL13,   15, 1},
    {{MODE_EARLY, false},      IMPLICIT(1), FULL13,   4, 0},
};
/* clang-format on */

START_TEST(behind_a_prelude)
{
    for (size_t n = 1; n < 6; n++)
        ck_assert_uint_eq(
            plan_turnarounds_behind(secure[_i].prelude, secure[_i].handshake,
                                    secure[_i].manner, 1, n) +
                3 * secure[_i].by_rcpt,
            secure[_i].w + n * secure[_i].by_rcpt);
}
END_TEST

START_TEST(handshakes)
{
    static const struct {
        bool tls13, resumed, half_rtt, said_early;
        struct handshake due;
    } kind[] = {
        {false, false, false, false, FULL12},
        {false, true, false, false, AGAIN12},
        {true, false, false, false, FULL13},
        {true, true, false, false, FULL13},
        {true, false, true, false, BANNER13},
        {true, true, false, true, ZERO},
        {true, true, true, true, ZERO},
    };

    for (int i = 0; i < ROWS(kind); i++) {
        struct handshake h = handshake_of(kind[i].tls13, kind[i].resumed,
                                          kind[i].half_rtt, kind[i].said_early);

        ck_assert_uint_eq(h.waits, kind[i].due.waits);
        ck_assert_int_eq(h.rides, kind[i].due.rides);
    }
}
END_TEST

enum { MAILS = 5, RCPTS = 50 };

/* A session with our own server, cut at random; its turnarounds. */
static size_t count(struct manner m, size_t mails, size_t recipients,
                    unsigned seed)
{
    const struct offer known = {.has = HAS_ALL};
    struct recipient to[MAILS][RCPTS];
    struct mail mail[MAILS];
    struct client_config config = {.manner = m,
                                   .name = "c",
                                   .remembered = &known,
                                   .mails = mail,
                                   .mail_count = mails};
    struct server_config serving;
    struct duet *d = calloc(1, sizeof *d);
    struct client c;
    size_t n;

    for (size_t i = 0; i < mails; i++) {
        mail[i] = (struct mail){.from = "a",
                                .to = to[i],
                                .recipients = recipients,
                                .stuffed = span_of("hi\r\n.\r\n"),
                                .plain = span_of("hi\r\n")};
        for (size_t k = 0; k < recipients; k++)
            to[i][k] = (struct recipient){.address = "somebody@far.example"};
    }
    server_defaults(&serving, "s");
    client_default_timeouts(&config);
    client_init(&c, &config, (struct endpoint){.family = 4});
    *d = (struct duet){.config = &serving, .seed = seed, .most = seed % 100};
    duet_run(d, &c.machine);
    ck_assert_int_eq(c.end, CLIENT_FINISHED);
    ck_assert_uint_eq(d->session[0].mails, mails);
    ck_assert_uint_eq(d->session[0].recipients, mails * recipients);
    for (size_t i = 0; i < mails; i++)
        ck_assert_int_eq(mail[i].fate, MAIL_DELIVERED);
    n = c.waits.turnarounds;
    duet_release(d);
    free(d);
    return n;
}

START_TEST(turnarounds)
{
    static const size_t recipients[] = {1, 2, 3, 50};
    struct manner m = {rows[_i].mode, rows[_i].bdat};

    for (size_t mails = 1; mails <= MAILS; mails += mails > 2 ? 2 : 1)
        for (int k = 0; k < ROWS(recipients); k++) {
            size_t n = recipients[k];
            size_t w = rows[_i].fixed +
                       mails * (rows[_i].by_mail + n * rows[_i].by_rcpt);

            ck_assert_uint_eq(plan_turnarounds(m, mails, n), w);
            for (unsigned seed = 0; seed < 100; seed += 33)
                ck_assert_uint_eq(count(m, mails, n, seed), w);
        }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/plan");
    TCase *t = tcase_create("plan");

    tcase_add_test(t, names);
    tcase_add_loop_test(t, against_an_offer, 0, ROWS(offered));
    tcase_add_test(t, cold);
    tcase_add_test(t, walk);
    tcase_add_test(t, longer_walk);
    tcase_add_loop_test(t, behind_a_prelude, 0, ROWS(secure));
    tcase_add_test(t, handshakes);
    tcase_add_loop_test(t, turnarounds, 0, ROWS(rows));
    suite_add_tcase(s, t);
    return s;
}
