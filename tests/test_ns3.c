/* SPDX-License-Identifier: BSD-2-Clause */
/* The ns3 world: what machines are told, and when, to the nanosecond; what
 * becomes of connections that fail; and that nothing of one session is left
 * for the next. */
#include "tests/ns3_stage.h"

#define SECOND INT64_C(1000000000)

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
    tcase_add_test(t, five_thousand_sessions);
    suite_add_tcase(s, t);
    return s;
}
