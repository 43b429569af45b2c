/* SPDX-License-Identifier: BSD-2-Clause */
/* The ns3 world: what machines are told, and when, to the nanosecond; what
 * becomes of connections that fail; that nothing of one session is left for
 * the next; and that mail is as often waited for as in the ideal world. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/run/ns3.h"
#include "bench/run/virtual.h"
#include "netem/spec.h"
#include "sim/ns3.h"
#include "tests/puppet.h"
#include "tests/skip.h"

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

#define NEEDS_NS3()                                                            \
    do {                                                                       \
        char why_not[NS3_WHY];                                                 \
        if (ns3_load(why_not) < 0)                                             \
            SKIP("%s", why_not);                                               \
    } while (0)

/* --- a stage for puppets ----------------------------------------------------
 */

enum { HOSTS = 4 };

struct stage {
    struct link_params up[HOSTS], down[HOSTS];
    struct ns3_host host[HOSTS];
    struct ns3_config config;
    struct puppet client, *server; /* accept()'s last one */
    struct puppet *made[HOSTS];
    void (*serve)(struct puppet *, const struct told *);
    size_t take_at_most;
    int accepted, gone;
    bool refuse;
    struct ns3_report report;
    char why[NS3_WHY];
};

static const struct endpoint mx[HOSTS] = {
    {{192, 0, 2, 2}, 4, 25},
    {{198, 51, 100, 7}, 4, 25},
    {{0x20, 1, 0xd, 0xb8, [15] = 2}, 6, 25},
    {{203, 0, 113, 255}, 4, 25},
};

static struct machine *accept_puppet(void *stage, struct endpoint client)
{
    struct stage *s = stage;

    ck_assert_int_ge(client.port, 49152);
    if (s->refuse)
        return NULL;
    ck_assert_int_lt(s->accepted, HOSTS);
    s->server = malloc(sizeof *s->server);
    s->made[s->accepted++] = s->server;
    puppet_init(s->server, s->serve);
    s->server->take_at_most = s->take_at_most;
    return &s->server->machine;
}

static void puppet_gone(void *stage, struct machine *m)
{
    struct stage *s = stage;

    ck_assert_ptr_nonnull(m);
    s->gone++;
}

static void stage_init(struct stage *s, const char *const *words, size_t hosts)
{
    struct spec_error error;

    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < hosts; i++) {
        ck_assert_int_eq(spec_parse(words[i], &s->up[i], &error), 0);
        ck_assert_int_eq(spec_parse(words[i], &s->down[i], &error), 0);
        s->host[i] = (struct ns3_host){.at = mx[i],
                                       .up = &s->up[i],
                                       .down = &s->down[i],
                                       .seed = 1,
                                       .accept = accept_puppet,
                                       .gone = puppet_gone,
                                       .arg = s};
    }
    s->config = (struct ns3_config){
        .hosts = s->host, .host_count = hosts, .limit_ns = NEVER_NS, .arg = s};
}

static int64_t stage_run(struct stage *s)
{
    int64_t end_ns;

    errno = 0;
    end_ns = ns3_run(&s->config, &s->client.machine, &s->report, s->why);
    ck_assert_int_eq(s->gone, s->accepted);
    return end_ns;
}

static void stage_release(struct stage *s)
{
    int error = errno;

    for (size_t i = 0; i < HOSTS; i++) {
        spec_release(&s->up[i]);
        spec_release(&s->down[i]);
        free(s->made[i]);
    }
    errno = error;
}

/* One host, 100 ms each way. */
static void stage_simple(struct stage *s)
{
    static const char *const words[] = {"delay 100ms"};

    stage_init(s, words, 1);
}

/* --- streams
 * ------------------------------------------------------------------ */

static void open_first(struct puppet *p, const struct told *t)
{
    if (t->kind == TOLD_START)
        puppet_open(p, 7, mx[0]);
}

static void open_and_ask(struct puppet *p, const struct told *t)
{
    open_first(p, t);
    if (t->kind == TOLD_OPENED) {
        puppet_say(p, 7, "what ");
        puppet_say(p, 7, "time is it?");
        puppet_do(p, ASK_HALF_CLOSE, 7);
    }
}

static void answer_and_close(struct puppet *p, const struct told *t)
{
    if (t->kind == TOLD_BYTES)
        puppet_say(p, 0, "late");
    if (t->kind == TOLD_END)
        puppet_do(p, ASK_HALF_CLOSE, 0);
}

/* Two sends are one segment, a close goes on listening, and all of it takes
 * the road's time and not a nanosecond more. */
START_TEST(a_conversation)
{
    struct stage s;

    NEEDS_NS3();
    stage_simple(&s);
    puppet_init(&s.client, open_and_ask);
    s.serve = answer_and_close;
    ck_assert_int_eq(stage_run(&s), 400 * MS);
    puppet_was_told(&s.client, 0, TOLD_START, 0, 0, 0);
    puppet_was_told(&s.client, 1, TOLD_OPENED, 7, 0, 200 * MS);
    puppet_was_told(&s.client, 2, TOLD_BYTES, 7, 0, 400 * MS);
    puppet_was_told(&s.client, 3, TOLD_END, 7, 0, 400 * MS);
    ck_assert_uint_eq(s.client.told, 4);
    puppet_was_told(s.server, 0, TOLD_START, 0, 0, 100 * MS);
    puppet_was_told(s.server, 1, TOLD_OPENED, 0, 0, 300 * MS);
    puppet_was_told(s.server, 2, TOLD_BYTES, 0, 0, 300 * MS);
    puppet_was_told(s.server, 3, TOLD_END, 0, 0, 300 * MS);
    ck_assert_mem_eq(s.server->heard, "what time is it?", 16);
    ck_assert_int_eq(s.client.log[1].peer.port, 25);
    ck_assert_int_eq(s.server->log[1].peer.port, 49152);
    stage_release(&s);
}
END_TEST

static void wake_three_times(struct puppet *p, const struct told *t)
{
    if (t->kind == TOLD_START || (t->kind == TOLD_WAKE && ++p->calls < 3))
        puppet_ask(p, (struct ask){.kind = ASK_WAKE,
                                   .at_ns = t->now_ns + 1 + p->calls * 5});
    if (t->kind == TOLD_START) /* the second takes the place of the first */
        puppet_ask(p,
                   (struct ask){.kind = ASK_WAKE, .at_ns = 44 * 60 * SECOND});
}

START_TEST(alarms)
{
    struct stage s;

    NEEDS_NS3();
    stage_simple(&s);
    puppet_init(&s.client, wake_three_times);
    ck_assert_int_eq(stage_run(&s), 2640 * SECOND + 6 + 11);
    puppet_was_told(&s.client, 1, TOLD_WAKE, 0, 0, 2640 * SECOND);
    puppet_was_told(&s.client, 2, TOLD_WAKE, 0, 0, 2640 * SECOND + 6);
    puppet_was_told(&s.client, 3, TOLD_WAKE, 0, 0, 2640 * SECOND + 17);
    ck_assert_uint_eq(s.client.told, 4);
    stage_release(&s);
}
END_TEST

static void wait_then_close(struct puppet *p, const struct told *t)
{
    if (t->kind == TOLD_OPENED)
        puppet_ask(p,
                   (struct ask){.kind = ASK_WAKE, .at_ns = t->now_ns + SECOND});
    if (t->kind == TOLD_WAKE) {
        puppet_say(p, 0, "!");
        puppet_do(p, ASK_HALF_CLOSE, 0);
    }
}

/* What a machine does not take is offered again, and the end comes behind. */
START_TEST(taken_in_parts)
{
    struct stage s;

    NEEDS_NS3();
    stage_simple(&s);
    puppet_init(&s.client, open_and_ask);
    s.serve = wait_then_close;
    s.take_at_most = 5;
    ck_assert_int_eq(stage_run(&s), 1400 * MS);
    ck_assert_mem_eq(s.server->heard, "what time is it?", 16);
    for (size_t i = 2; i < 6; i++)
        puppet_was_told(s.server, i, TOLD_BYTES, 0, 0, 300 * MS);
    puppet_was_told(s.server, 6, TOLD_END, 0, 0, 300 * MS);
    stage_release(&s);
}
END_TEST

static void open_and_abort(struct puppet *p, const struct told *t)
{
    open_first(p, t);
    if (t->kind == TOLD_OPENED) {
        puppet_say(p, 7, "x");
        puppet_do(p, ASK_ABORT, 7);
    }
}

START_TEST(an_abort_is_a_reset)
{
    struct stage s;

    NEEDS_NS3();
    stage_simple(&s);
    puppet_init(&s.client, open_and_abort);
    s.serve = NULL;
    ck_assert_int_eq(stage_run(&s), 300 * MS);
    puppet_was_told(s.server, s.server->told - 1, TOLD_RESET, 0, ECONNRESET,
                    300 * MS);
    ck_assert_uint_eq(s.client.told, 2);
    stage_release(&s);
}
END_TEST

static void say_before_open(struct puppet *p, const struct told *t)
{
    if (t->kind != TOLD_START)
        return;
    puppet_ask(p, (struct ask){.kind = ASK_OPEN,
                               .stream = 7,
                               .peer = mx[0],
                               .bytes = {"in the SYN, ", 12},
                               .lasting = true});
    puppet_say(p, 7, "behind it");
    puppet_do(p, ASK_HALF_CLOSE, 7);
}

/* ns-3 has no TCP Fast Open: first bytes follow the handshake. */
START_TEST(first_bytes_follow)
{
    struct stage s;

    NEEDS_NS3();
    stage_simple(&s);
    puppet_init(&s.client, say_before_open);
    s.serve = answer_and_close;
    ck_assert_int_eq(stage_run(&s), 400 * MS);
    ck_assert_mem_eq(s.server->heard, "in the SYN, behind it", 21);
    stage_release(&s);
}
END_TEST

static char big[1 << 20];

static void open_and_stream(struct puppet *p, const struct told *t)
{
    open_first(p, t);
    if (t->kind == TOLD_OPENED) {
        puppet_ask(p, (struct ask){.kind = ASK_SEND,
                                   .stream = 7,
                                   .bytes = {big, sizeof big},
                                   .lasting = true});
        puppet_do(p, ASK_HALF_CLOSE, 7);
    }
}

static void close_at_end(struct puppet *p, const struct told *t)
{
    if (t->kind == TOLD_END)
        puppet_do(p, ASK_HALF_CLOSE, 0);
}

/* A mebibyte through slow start from ten segments on: 10 + 20 + ... + 640
 * segments are more than 725 of 1448 bytes by the seventh round. */
START_TEST(slow_start)
{
    struct stage s;

    NEEDS_NS3();
    stage_simple(&s);
    puppet_init(&s.client, open_and_stream);
    s.serve = close_at_end;
    ck_assert_int_eq(stage_run(&s), 1600 * MS);
    puppet_was_told(s.server, s.server->told - 1, TOLD_END, 0, 0, 1500 * MS);
    ck_assert_uint_eq(s.server->heard_bytes, sizeof big);
    stage_release(&s);
}
END_TEST

/* --- what fails
 * --------------------------------------------------------------- */

START_TEST(closed_port)
{
    struct stage s;

    NEEDS_NS3();
    stage_simple(&s);
    s.host[0].accept = NULL;
    puppet_init(&s.client, open_first);
    ck_assert_int_eq(stage_run(&s), 200 * MS);
    puppet_was_told(&s.client, 1, TOLD_REFUSED, 7, ECONNREFUSED, 200 * MS);
    stage_release(&s);
}
END_TEST

START_TEST(refusing_host)
{
    struct stage s;

    NEEDS_NS3();
    stage_simple(&s);
    s.refuse = true;
    puppet_init(&s.client, open_first);
    ck_assert_int_eq(stage_run(&s), 200 * MS);
    puppet_was_told(&s.client, 1, TOLD_REFUSED, 7, ECONNREFUSED, 200 * MS);
    stage_release(&s);
}
END_TEST

static void open_nowhere(struct puppet *p, const struct told *t)
{
    if (t->kind == TOLD_START)
        puppet_open(p, 3, mx[1]);
}

START_TEST(no_such_host)
{
    struct stage s;

    NEEDS_NS3();
    stage_simple(&s);
    puppet_init(&s.client, open_nowhere);
    ck_assert_int_eq(stage_run(&s), 0);
    puppet_was_told(&s.client, 1, TOLD_REFUSED, 3, ENETUNREACH, 0);
    stage_release(&s);
}
END_TEST

/* Linux's seven SYNs: 1 + 2 + ... + 64 s. RFC 9293's: 128 s more. */
START_TEST(silent_road)
{
    static const char *const words[] = {"delay 100ms loss 100%"};
    const struct ns3_tcp *tcp[] = {&ns3_tcp_linux, &ns3_tcp_rfc};
    const int64_t end_s[] = {127, 255};
    struct stage s;

    NEEDS_NS3();
    for (int i = 0; i < 2; i++) {
        stage_init(&s, words, 1);
        s.config.tcp = tcp[i];
        puppet_init(&s.client, open_first);
        ck_assert_int_eq(stage_run(&s), end_s[i] * SECOND);
        puppet_was_told(&s.client, 1, TOLD_REFUSED, 7, ETIMEDOUT,
                        end_s[i] * SECOND);
        ck_assert_uint_eq(s.report.dropped_by[LINK_LOSS], tcp[i]->syns);
        stage_release(&s);
    }
}
END_TEST

/* The road dies behind the handshake: fifteen retransmissions from 600 ms (the
 * first sample's three RTTs) on, doubled up to 120 s. */
START_TEST(road_that_dies)
{
    static const char *const words[] = {"delay 100ms at 250ms outage 3000s"};
    struct stage s;

    NEEDS_NS3();
    stage_init(&s, words, 1);
    puppet_init(&s.client, open_and_ask);
    s.client.react = open_and_stream;
    stage_run(&s);
    ck_assert_int_eq(s.client.log[s.client.told - 1].kind, TOLD_RESET);
    ck_assert_int_eq(s.client.log[s.client.told - 1].error, ETIMEDOUT);
    ck_assert_int_gt(s.client.log[s.client.told - 1].now_ns, 924 * SECOND);
    stage_release(&s);
}
END_TEST

/* The first packet of the server's, a SYN-ACK, and so on: each is lost once,
 * and all gets through, an RTO later. */
START_TEST(any_packet_lost_once)
{
    NEEDS_NS3();
    for (int way = 0; way < 2; way++)
        for (int n = 1; n <= 8; n++) {
            static const char *const clean[] = {"delay 100ms"};
            char words[60];
            struct spec_error error;
            struct stage s;

            stage_init(&s, clean, 1);
            snprintf(words, sizeof words, "delay 100ms drop packet %d", n);
            spec_release(way ? &s.down[0] : &s.up[0]);
            ck_assert_int_eq(
                spec_parse(words, way ? &s.down[0] : &s.up[0], &error), 0);
            puppet_init(&s.client, open_and_ask);
            s.serve = answer_and_close;
            ck_assert_int_lt(stage_run(&s), 3 * SECOND);
            ck_assert_mem_eq(s.server->heard, "what time is it?", 16);
            ck_assert_mem_eq(s.client.heard, "late", 4);
            ck_assert_int_eq(s.client.log[s.client.told - 1].kind, TOLD_END);
            ck_assert_int_eq(s.server->log[s.server->told - 1].kind, TOLD_END);
            stage_release(&s);
        }
}
END_TEST

START_TEST(limits)
{
    struct stage s;

    NEEDS_NS3();
    stage_simple(&s);
    s.config.limit_ns = 300 * MS;
    puppet_init(&s.client, open_and_ask);
    s.serve = answer_and_close;
    ck_assert_int_eq(stage_run(&s), -1);
    ck_assert_int_eq(errno, ETIME);
    stage_release(&s);
    stage_simple(&s); /* and what was left of it disturbs nobody */
    puppet_init(&s.client, open_and_ask);
    s.serve = answer_and_close;
    ck_assert_int_eq(stage_run(&s), 400 * MS);
    stage_release(&s);
}
END_TEST

START_TEST(bad_configs)
{
    static const char *const words[] = {"delay 1ms", "delay 2ms"};
    struct stage s;

    NEEDS_NS3();
    stage_init(&s, words, 2);
    s.host[1].at.ip[0] = 192;
    memcpy(s.host[1].at.ip, mx[0].ip, 4);
    puppet_init(&s.client, open_first);
    ck_assert_int_eq(stage_run(&s), -1);
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_ptr_nonnull(strstr(s.why, "one road"));
    s.host[1].at = (struct endpoint){{192, 0, 2, 1}, 4, 25};
    ck_assert_int_eq(stage_run(&s), -1);
    s.config.host_count = 1;
    s.config.mtu_bytes = 100;
    ck_assert_int_eq(stage_run(&s), -1);
    ck_assert_ptr_nonnull(strstr(s.why, "MTU"));
    stage_release(&s);
}
END_TEST

/* --- several hosts, and datagrams
 * ------------------------------------------------ */

static void open_all(struct puppet *p, const struct told *t)
{
    for (int i = 0; t->kind == TOLD_START && i < HOSTS; i++)
        puppet_open(p, i, mx[i]);
    if (t->kind == TOLD_OPENED) {
        puppet_say(p, t->stream, "hello");
        puppet_do(p, ASK_HALF_CLOSE, t->stream);
    }
}

/* A road for each, IPv4 and IPv6 side by side, and an address that ends like a
 * broadcast. */
START_TEST(hosts_of_their_own)
{
    static const char *const words[] = {"delay 100ms", "delay 5ms",
                                        "delay 300ms", "delay 1ms"};
    const int order[] = {3, 1, 0, 2};
    const int64_t rtt_ms[] = {200, 10, 600, 2};
    size_t opened = 0;
    struct stage s;

    NEEDS_NS3();
    stage_init(&s, words, HOSTS);
    puppet_init(&s.client, open_all);
    s.serve = answer_and_close;
    ck_assert_int_eq(stage_run(&s), 1200 * MS);
    for (size_t i = 0; i < s.client.told; i++)
        if (s.client.log[i].kind == TOLD_OPENED) {
            int n = order[opened++];

            puppet_was_told(&s.client, i, TOLD_OPENED, n, 0, rtt_ms[n] * MS);
            ck_assert_mem_eq(&s.client.log[i].peer, &mx[n], sizeof mx[n]);
        }
    ck_assert_uint_eq(opened, HOSTS);
    ck_assert_int_eq(s.accepted, HOSTS);
    stage_release(&s);
}
END_TEST

static void ask_by_datagram(struct puppet *p, const struct told *t)
{
    struct endpoint to = mx[0];

    to.port = 53;
    if (t->kind == TOLD_START || (t->kind == TOLD_DATAGRAM && ++p->calls < 3))
        puppet_ask(
            p,
            (struct ask){.kind = ASK_DATAGRAM, .bytes = {"A?", 2}, .peer = to});
    if (t->kind == TOLD_START) { /* and to nobody */
        to.port = 54;
        puppet_ask(p, (struct ask){
                          .kind = ASK_DATAGRAM, .bytes = {"?", 1}, .peer = to});
        to = mx[1];
        puppet_ask(p, (struct ask){
                          .kind = ASK_DATAGRAM, .bytes = {"?", 1}, .peer = to});
    }
}

static void answer_datagrams(struct puppet *p, const struct told *t)
{
    if (t->kind == TOLD_DATAGRAM)
        puppet_ask(p, (struct ask){.kind = ASK_DATAGRAM,
                                   .bytes = {"A 192.0.2.2", 11},
                                   .peer = t->peer});
}

START_TEST(datagrams)
{
    static const char *const words[] = {"delay 100ms", "delay 100ms"};
    struct puppet dns;
    struct stage s;

    NEEDS_NS3();
    stage_init(&s, words, 2);
    s.host[1] = (struct ns3_host){.at = mx[0],
                                  .up = &s.up[0],
                                  .down = &s.down[0],
                                  .datagrams = &dns.machine,
                                  .arg = &s};
    s.host[1].at.port = 53;
    puppet_init(&s.client, ask_by_datagram);
    puppet_init(&dns, answer_datagrams);
    ck_assert_int_eq(stage_run(&s), 600 * MS);
    ck_assert_uint_eq(s.client.told, 4);
    for (size_t i = 1; i < 4; i++)
        puppet_was_told(&s.client, i, TOLD_DATAGRAM, 0, 0,
                        (int64_t)i * 200 * MS);
    ck_assert_int_eq(s.client.log[1].peer.port, 53);
    ck_assert_uint_eq(dns.told, 4);
    stage_release(&s);
}
END_TEST

/* --- mail
 * ---------------------------------------------------------------------- */

static void scenario_of(struct scenario *s, const char *settings)
{
    char why[SCENARIO_WHY], copy[400], *at = copy, *next;

    scenario_init(s);
    s->world = WORLD_NS3;
    snprintf(copy, sizeof copy, "%s", settings);
    for (; at && *at; at = next) {
        char *value = strchr(at, '=');
        const struct parameter *p;

        next = strchr(at, '|');
        if (next)
            *next++ = '\0';
        *value++ = '\0';
        p = parameter_named(at);
        ck_assert_ptr_nonnull(p);
        ck_assert_msg(scenario_set(s, p, value, why) == 0, "%s", why);
    }
    ck_assert_msg(scenario_finish(s, why) == 0, "%s", why);
}

static void run_mail(const char *settings, const char *captures,
                     struct ns3_run *out)
{
    char why[NS3_RUN_WHY];
    struct scenario s;
    struct cast c;

    scenario_of(&s, settings);
    ck_assert_int_eq(cast_init(&c, &s), 0);
    ck_assert_msg(ns3_deliver(&c, 1, captures, out, why) == 0, "%s", why);
    ck_assert_msg(out->counted, "%s", out->why);
    ck_assert_msg(out->turnarounds_in_capture == out->tally.turnarounds,
                  "%s: %zu in the machine, %zu in the capture: %s", settings,
                  out->tally.turnarounds, out->turnarounds_in_capture,
                  out->tally.outcome);
    cast_release(&c);
    scenario_release(&s);
}

static void run_ideally(const char *settings, struct tally *t)
{
    struct scenario s;
    struct cast c;

    scenario_of(&s, settings);
    ck_assert_int_eq(cast_init(&c, &s), 0);
    ck_assert_int_eq(virtual_deliver(&c, VIRTUAL_FULL, t), 0);
    cast_release(&c);
    scenario_release(&s);
}

/* clang-format off */
static const char *const alike[] = {
    "mode=lockstep|recipients=3",
    "mode=lockstep|recipients=3|ipv6=",
    "mode=pipelining|recipients=50|messages=3|rtt=600ms",
    "mode=pipelining|think=300ms",
    "mode=pipelining|think=7ms|greeting-delay=3s",
    "mode=chunking|messages=10|rtt=2ms",
    "mode=early|body-by=data",
    "mode=early|body-by=bdat|rtt=44m|tcp=patient",
    "mode=early|offer=cold",
    "mode=lockstep|helo=|rtt=1us",
    "mode=lockstep|uplink=delay 30ms|downlink=delay 170ms",
    "mode=pipelining|capabilities=none",
    "mode=lockstep|rtt=119999999us|tcp=patient|rfc-timeouts=",
};
/* clang-format on */

/* Without a rate, and within the first window, ns-3's TCP costs nothing. */
START_TEST(as_in_the_ideal_world)
{
    struct ns3_run r;
    struct tally t;

    NEEDS_NS3();
    run_mail(alike[_i], NULL, &r);
    run_ideally(alike[_i], &t);
    ck_assert_str_eq(r.tally.outcome, t.outcome);
    ck_assert_uint_eq(r.tally.turnarounds, t.turnarounds);
    ck_assert_int_eq(r.tally.closed_ns, t.closed_ns);
    ck_assert_int_eq(r.tally.accepted_ns, t.accepted_ns);
    ck_assert_int_eq(r.tally.handshake_ns, t.handshake_ns);
    ck_assert_mem_eq(r.tally.wait_ns, t.wait_ns, sizeof t.wait_ns);
}
END_TEST

/* clang-format off */
static const char *const hard[] = {
    "mode=chunking|body=1M",
    "mode=chunking|body=300k|uplink=delay 100ms rate 10mbit",
    "mode=pipelining|body=100k|uplink=delay 50ms rate 1mbit queue codel",
    "mode=lockstep|uplink=delay 100ms 20ms loss 10%|seed=5",
    "mode=lockstep|ipv6=|uplink=delay 100ms loss 10% corrupt 5%|seed=6",
    "mode=chunking|body=50k|uplink=delay 20ms 5ms duplicate 10%|seed=7",
    "mode=chunking|body=50k|ipv6=|uplink=delay 20ms 5ms duplicate 50% loss 9%",
    "mode=pipelining|messages=10|uplink=delay 20ms reorder 20% gap 3|seed=8",
    "mode=early|body-by=bdat|uplink=delay 100ms loss 5%|seed=9",
    "mode=early|body-by=bdat|messages=8|recipients=20|uplink=delay 5ms rate 64kbit",
    "mode=lockstep|uplink=delay 10ms slot 5ms 20ms at 50ms delay 70ms",
    "mode=lockstep|rtt=0ms",
    "mode=pipelining|downlink=delay 100ms drop syn-ack|uplink=delay 100ms",
    "mode=early|rtt=63s|rfc-timeouts=",
    "mode=early|body-by=bdat|rtt=300s|rfc-timeouts=|tcp=patient",
    "mode=lockstep|rtt=2560ms",
};
/* clang-format on */

/* On any road the waits in the packets are those of the machine. */
START_TEST(counted_on_hard_roads)
{
    struct ns3_run r;

    NEEDS_NS3();
    run_mail(hard[_i], NULL, &r);
}
END_TEST

/* 5 % loss, a hundred seeds and all modes. */
START_TEST(counted_under_loss)
{
    static const char *const modes[] = {"lockstep", "pipelining", "chunking",
                                        "early|body-by=data",
                                        "early|body-by=bdat"};
    struct ns3_run r;
    size_t delivered = 0;

    NEEDS_NS3();
    for (int seed = 1; seed <= 100; seed++) {
        char settings[160];

        snprintf(settings, sizeof settings,
                 "mode=%s|seed=%d|body=20k|uplink=delay 100ms loss 5%%",
                 modes[seed % 5], seed);
        run_mail(settings, NULL, &r);
        delivered += strcmp(r.tally.outcome, "delivered") == 0;
    }
    ck_assert_uint_eq(delivered, 100);
}
END_TEST

/* A closed form with a rate: packets of 60 (SYN), 52 and 52 + n bytes. The
 * client waits for the greeting, an ACK ahead of its 36 bytes... so here only
 * what the handshake takes, exactly. */
START_TEST(handshake_at_a_rate)
{
    struct ns3_run r;

    NEEDS_NS3();
    run_mail("mode=lockstep|uplink=delay 100ms rate 1mbit", NULL, &r);
    ck_assert_int_eq(r.tally.handshake_ns, 200 * MS + 2 * 60 * 8 * 1000);
    run_mail("mode=lockstep|ipv6=|uplink=delay 100ms rate 1mbit", NULL, &r);
    ck_assert_int_eq(r.tally.handshake_ns, 200 * MS + 2 * 80 * 8 * 1000);
}
END_TEST

/* --- one seed, one history
 * -------------------------------------------------------- */

static char *contents(const char *folder, const char *name, size_t *size)
{
    char path[300], *text;
    struct stat st;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fstat(fileno(f), &st), 0);
    *size = (size_t)st.st_size;
    text = malloc(*size);
    ck_assert_uint_eq(fread(text, 1, *size, f), *size);
    fclose(f);
    unlink(path);
    return text;
}

/* The same bytes in the first session of a process, behind many others, and in
 * a world made anew. */
START_TEST(same_bytes)
{
    static const char settings[] =
        "mode=pipelining|messages=5|seed=3|body=40k|uplink=delay 100ms 10ms "
        "loss 3% duplicate 2% rate 5mbit";
    static const char *const files[] = {"client.pcap", "server.pcap"};
    char folder[] = "/tmp/turnaround-ns3-XXXXXX", *first[2] = {0};
    size_t size[2];
    struct ns3_run r;

    NEEDS_NS3();
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int round = 0; round < 3; round++) {
        run_mail(settings, folder, &r);
        for (int i = 0; i < 2; i++) {
            size_t n;
            char *text = contents(folder, files[i], &n);

            if (!first[i]) {
                first[i] = text;
                size[i] = n;
                continue;
            }
            ck_assert_uint_eq(n, size[i]);
            ck_assert_mem_eq(text, first[i], n);
            free(text);
        }
        for (int k = 0; k < 20 && round == 0; k++)
            run_mail(hard[k % 12], NULL, &r);
        if (round == 1)
            ns3_forget();
    }
    rmdir(folder);
    free(first[0]);
    free(first[1]);
}
END_TEST

/* Memory that grew would be seen by the sanitizer, or by the time it takes. */
START_TEST(five_thousand_sessions)
{
    static const char *const words[] = {"delay 100ms", "delay 1ms"};

    NEEDS_NS3();
    for (int i = 0; i < 5000; i++) {
        struct stage s;

        stage_init(&s, words, 1 + (size_t)(i % 100 == 0));
        puppet_init(&s.client, i % 3 ? open_and_ask : open_and_abort);
        s.serve = answer_and_close;
        if (stage_run(&s) != (i % 3 ? 400 : 300) * MS)
            ck_abort_msg("session %d", i);
        stage_release(&s);
    }
    ns3_forget();
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("sim/ns3");
    TCase *t = tcase_create("ns3");

    tcase_add_test(t, a_conversation);
    tcase_add_test(t, alarms);
    tcase_add_test(t, taken_in_parts);
    tcase_add_test(t, an_abort_is_a_reset);
    tcase_add_test(t, first_bytes_follow);
    tcase_add_test(t, slow_start);
    tcase_add_test(t, closed_port);
    tcase_add_test(t, refusing_host);
    tcase_add_test(t, no_such_host);
    tcase_add_test(t, silent_road);
    tcase_add_test(t, road_that_dies);
    tcase_add_test(t, any_packet_lost_once);
    tcase_add_test(t, limits);
    tcase_add_test(t, bad_configs);
    tcase_add_test(t, hosts_of_their_own);
    tcase_add_test(t, datagrams);
    tcase_add_loop_test(t, as_in_the_ideal_world, 0,
                        sizeof alike / sizeof alike[0]);
    tcase_add_loop_test(t, counted_on_hard_roads, 0,
                        sizeof hard / sizeof hard[0]);
    tcase_add_test(t, counted_under_loss);
    tcase_add_test(t, handshake_at_a_rate);
    tcase_add_test(t, same_bytes);
    tcase_add_test(t, five_thousand_sessions);
    suite_add_tcase(s, t);
    return s;
}
