/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP Fast Open: what rides in the SYN and what must not, what it saves in the
 * ideal world to the nanosecond, and what becomes of what was said to nobody.
 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/world.h"
#include "smtp/client.h"
#include "smtp/wire.h"
#include "tests/scenario_help.h"

#define MS INT64_C(1000000)

static const struct endpoint there = {{192, 0, 2, 2}, 4, 25};

struct play {
    struct client client;
    struct client_config config;
    struct offer offer;
    struct recipient to[3];
    struct mail mail;
};

static struct machine *begin(struct play *p, enum mode_id mode, bool bdat)
{
    *p = (struct play){.offer.has = OFFER_PIPELINING | OFFER_PIPECONNECT |
                                    OFFER_CHUNKING};
    for (int i = 0; i < 3; i++)
        p->to[i].address = "b";
    p->mail = (struct mail){.from = "a",
                            .to = p->to,
                            .recipients = 3,
                            .stuffed = span_of("hi\r\n.\r\n"),
                            .plain = span_of("hi\r\n")};
    p->config = (struct client_config){.manner = {mode, bdat},
                                       .name = "c",
                                       .mails = &p->mail,
                                       .mail_count = 1,
                                       .remembered = &p->offer,
                                       .fast_open = true};
    client_default_timeouts(&p->config);
    client_init(&p->client, &p->config, there);
    machine_tell(&p->client.machine, &(struct told){.kind = TOLD_START});
    return &p->client.machine;
}

static bool has(struct span s, const char *text)
{
    return memmem(s.at, s.len, text, strlen(text)) != NULL;
}

/* Asks until it wants nothing more; returns what it said beside the SYN. */
static struct span after_syn(struct machine *m, char room[4096])
{
    struct span all = {room, 0};
    struct ask a;

    while ((a = machine_ask(m)).kind != ASK_NOTHING)
        if (a.kind == ASK_SEND) {
            memcpy(room + all.len, a.bytes.at, a.bytes.len);
            all.len += a.bytes.len;
        }
    return all;
}

START_TEST(commands_ride_and_bodies_do_not)
{
    char room[4096];
    struct play p;
    struct machine *m = begin(&p, MODE_EARLY, _i);
    struct ask open = machine_ask(m);
    struct span later;

    ck_assert_int_eq(open.kind, ASK_OPEN);
    ck_assert(open.fast);
    ck_assert(has(open.bytes, "EHLO c\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\n"));
    ck_assert(has(open.bytes, _i ? "BDAT 4 LAST\r\n" : "DATA\r\n"));
    ck_assert(!has(open.bytes, "hi"));
    later = after_syn(m, room);
    ck_assert_int_eq(later.len > 0, _i);
    ck_assert_int_eq(has(later, "hi\r\nQUIT\r\n"), _i);
}
END_TEST

START_TEST(who_waits_for_the_greeting_says_nothing)
{
    struct play p;
    struct machine *m = begin(&p, MODE_PIPELINING, false);
    struct ask open = machine_ask(m);
    char room[4096];

    ck_assert_int_eq(open.kind, ASK_OPEN);
    ck_assert(open.fast);
    ck_assert_uint_eq(open.bytes.len, 0);
    ck_assert_uint_eq(after_syn(m, room).len, 0);
}
END_TEST

/* The wait for the greeting is as long as the handshake, or begins behind it.
 */
START_TEST(waits_run_from_the_syn)
{
    static const char replies[] =
        "220 s\r\n250-s\r\n250 PIPELINING\r\n250 a\r\n"
        "250 b\r\n250 b\r\n250 b\r\n354 go\r\n";
    struct play p;
    struct machine *m = begin(&p, MODE_EARLY, false);
    char room[4096];

    machine_ask(m);
    after_syn(m, room);
    machine_tell(m, &(struct told){.kind = TOLD_OPENED,
                                   .now_ns = 200 * MS,
                                   .peer = there,
                                   .fast = _i});
    after_syn(m, room);
    machine_tell(m, &(struct told){.kind = TOLD_BYTES,
                                   .now_ns = 400 * MS,
                                   .bytes = span_of(replies)});
    ck_assert_uint_eq(p.client.waits.turnarounds, 1);
    ck_assert_int_eq(p.client.opened_ns, _i ? 0 : 200 * MS);
    ck_assert_int_eq(p.client.waits.ns[STEP_GREETING],
                     _i ? 400 * MS : 200 * MS);
    ck_assert(has(after_syn(m, room), "hi\r\n.\r\nQUIT\r\n"));
}
END_TEST

/* A body that waits for its connection has not been sent. */
START_TEST(nobody_there_is_nobody_told)
{
    static const enum told_kind ends[] = {TOLD_REFUSED, TOLD_WAKE};
    char room[4096];
    struct play p;
    struct machine *m = begin(&p, MODE_EARLY, true);

    machine_ask(m);
    after_syn(m, room);
    machine_tell(m, &(struct told){.kind = ends[_i],
                                   .error = ECONNREFUSED,
                                   .now_ns = 31000 * MS});
    ck_assert_int_eq(p.client.end, _i ? CLIENT_STALE : CLIENT_UNREACHABLE);
    ck_assert_int_eq(p.mail.fate, MAIL_DEFERRED);
    ck_assert_uint_eq(p.client.waits.turnarounds, 0);
}
END_TEST

/* clang-format off */
static const struct {
    const char *settings;
    int turnarounds, handshakes;
} rows[] = {
    {"mode=lockstep", 9, 0}, {"mode=pipelining", 4, 0}, {"mode=chunking", 3, 0},
    {"mode=early", 2, 0}, {"mode=early body-by=bdat", 1, 1},
    {"mode=early ipv6=", 2, 0}, {"mode=early messages=5", 6, 0},
    {"mode=early recipients=100", 2, 1}, {"mode=early auth=plain", 3, 0},
    {"mode=early offer=cold", 4, 0},
    {"mode=early tls=starttls", 4, 0}, {"tls=starttls", 7, 0},
    {"tls=implicit", 5, 0}, {"mode=early tls=implicit", 3, 0},
    {"mode=early tls=implicit body-by=bdat", 2, 0},
    {"mode=early tls=implicit tls-version=1.2", 4, 0},
    {"mode=early tls=implicit tls-session=0rtt", 2, 1},
    {"mode=bsmtp", 2, 0}, {"mode=bsmtp listen=0ms messages=3", 1, 1},
};
/* clang-format on */

START_TEST(saves_a_round_trip)
{
    const struct world_options plain = {0};
    char why[KERNEL_WHY];
    struct scenario s;
    struct row row;

    scenario_ideal(&s, "recipients=3 tfo=", rows[_i].settings);
    scenario_whole(&s, rows[_i].settings);
    ck_assert_int_eq(world_run(&s, 1, &plain, &row, why), 0);
    ck_assert_str_eq(row.outcome, "delivered");
    ck_assert_int_eq(row.turnarounds, rows[_i].turnarounds);
    ck_assert_int_eq(row.turnarounds_predicted, rows[_i].turnarounds);
    ck_assert_int_eq(row.handshakes_saved, 1 - rows[_i].handshakes);
    ck_assert_msg(fabs(row.closed_rtts - rows[_i].turnarounds -
                       rows[_i].handshakes) < 1e-9,
                  "%s: %g RTT", rows[_i].settings, row.closed_rtts);
    ck_assert_msg(fabs(row.tcp_handshake_ms - 200 * rows[_i].handshakes) < 1e-9,
                  "%g", row.tcp_handshake_ms);
    row_release(&row);
    scenario_release(&s);
}
END_TEST

START_TEST(ns3_has_none)
{
    char why[SCENARIO_WHY];
    struct scenario s;

    scenario_init(&s);
    s.world = WORLD_NS3;
    s.tfo = true;
    ck_assert_int_eq(scenario_finish(&s, why), -1);
    ck_assert_ptr_nonnull(strstr(why, "--tfo: ns-3's TCP"));
    scenario_release(&s);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("TCP Fast Open");
    TCase *t = tcase_create("client"), *w = tcase_create("ideal");

    tcase_add_loop_test(t, commands_ride_and_bodies_do_not, 0, 2);
    tcase_add_test(t, who_waits_for_the_greeting_says_nothing);
    tcase_add_loop_test(t, waits_run_from_the_syn, 0, 2);
    tcase_add_loop_test(t, nobody_there_is_nobody_told, 0, 2);
    suite_add_tcase(s, t);
    tcase_add_loop_test(w, saves_a_round_trip, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(w, ns3_has_none);
    suite_add_tcase(s, w);
    return s;
}
