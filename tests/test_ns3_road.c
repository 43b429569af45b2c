/* SPDX-License-Identifier: BSD-2-Clause */
/* The road `ns3`: real packets of real sockets, carried by ns-3 in real time.
 * Times are only ever compared downwards: a packet is never early. */
#include "bench/run/ns3_road.h"

#include <poll.h>

#include "bench/read/trace.h"
#include "netem/spec.h"
#include "sim/ns3.h"
#include "tests/journey.h"

#define NEED_ROAD(kind)                                                        \
    do {                                                                       \
        char why_not[NS3_WHY];                                                 \
        if (ns3_load(why_not) < 0)                                             \
            SKIP("%s", why_not);                                               \
        NEED(kind);                                                            \
    } while (0)

static void prepare_ns3(struct journey *j)
{
    prepare(j);
    j->config.engine = ns3_road_carry;
}

static void stream_both_ways(const struct place *p)
{
    static char bytes[100000], back[sizeof bytes];
    size_t sent = 0, got = 0;
    int fd = call(p);

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 31 >> 3);
    while (got < sizeof bytes) {
        struct pollfd f = {fd, POLLIN, 0};
        ssize_t n;

        f.events |= sent < sizeof bytes ? POLLOUT : 0;
        ck_assert_int_eq(poll(&f, 1, 20000), 1);
        if (f.revents & POLLOUT) {
            n = send(fd, bytes + sent, sizeof bytes - sent, MSG_DONTWAIT);
            ck_assert_int_gt(n, 0);
            sent += (size_t)n;
        }
        if (f.revents & ~POLLOUT) {
            n = recv(fd, back + got, sizeof back - got, 0);
            ck_assert_int_gt(n, 0);
            got += (size_t)n;
        }
    }
    ck_assert(memcmp(bytes, back, sizeof bytes) == 0);
    close(fd);
}

/* clang-format off */
static const struct carried {
    enum port_kind kind;
    struct place place;
} carried[] = {
    {PORT_VETH, {AF_INET,  SOCK_DGRAM}},  {PORT_VETH, {AF_INET6, SOCK_DGRAM}},
    {PORT_VETH, {AF_INET,  SOCK_STREAM}}, {PORT_TUN,  {AF_INET,  SOCK_DGRAM}},
    {PORT_TUN,  {AF_INET6, SOCK_DGRAM}},  {PORT_TUN,  {AF_INET6, SOCK_STREAM}},
};
/* clang-format on */

START_TEST(carries)
{
    const struct carried *c = &carried[_i];
    struct journey j;
    struct ferry_report r;

    NEED_ROAD(c->kind);
    prepare_ns3(&j);
    depart(&j, c->kind, &c->place);
    if (c->place.type == SOCK_STREAM)
        stream_both_ways(&c->place);
    else
        ping(&j, &c->place);
    r = arrive(&j);
    check_valid(&r);
    for (int way = 0; way < FERRY_WAYS; way++) {
        ck_assert_uint_eq(r.way[way].packets_in, r.way[way].packets_out);
        ck_assert_uint_eq(r.way[way].bytes_in, r.way[way].bytes_out);
        if (c->place.type == SOCK_DGRAM)
            ck_assert_uint_eq(r.way[way].packets_in, PINGS);
    }
    ferry_report_release(&r);
}
END_TEST

/* Jitter makes a packet later or earlier, but no earlier than its least. */
START_TEST(jitter)
{
    struct journey j;
    struct ferry_report r;

    NEED_ROAD(PORT_VETH);
    prepare_ns3(&j);
    j.up.base.delay = (struct link_delay){.ns = 5 * MS, .jitter_ns = 3 * MS};
    j.down.base.delay = (struct link_delay){
        .ns = 5 * MS, .jitter_ns = MS, .scatter.spread = LINK_NORMAL};
    depart(&j, PORT_VETH, &datagrams);
    j.up.base.delay.ns = 2 * MS; /* what ping() may count on */
    j.down.base.delay.ns = MS;
    ping(&j, &datagrams);
    r = arrive(&j);
    check_valid(&r);
    ck_assert_uint_eq(r.way[FERRY_UP].packets_out, PINGS);
    ferry_report_release(&r);
}
END_TEST

START_TEST(loss)
{
    struct journey j;
    struct ferry_report r;
    int fd;

    NEED_ROAD(PORT_VETH);
    prepare_ns3(&j);
    j.up.base.loss.model = LINK_LOSS_RANDOM;
    j.up.base.loss.random.pct = 50;
    depart(&j, PORT_VETH, &datagrams);
    fd = throw_in(200);
    r = arrive(&j);
    close(fd);
    check_valid(&r);
    ck_assert_uint_eq(r.way[FERRY_UP].packets_in, 200);
    ck_assert_uint_ge(r.way[FERRY_UP].by_rule[LINK_LOSS], 60);
    ck_assert_uint_le(r.way[FERRY_UP].by_rule[LINK_LOSS], 140);
    ck_assert_uint_eq(
        r.way[FERRY_UP].by_rule[LINK_LOSS] + r.way[FERRY_UP].packets_out, 200);
    ferry_report_release(&r);
}
END_TEST

/* Ten may wait for a rate that takes 10 ms for each, while one is sent. */
START_TEST(drop_tail)
{
    struct journey j;
    struct ferry_report r;
    int fd;

    NEED_ROAD(PORT_VETH);
    prepare_ns3(&j);
    j.up.base.rate.bps = 128 * 8 * 100;
    j.up.queue.discipline = LINK_QUEUE_DROPTAIL;
    j.up.queue.packets = 10;
    depart(&j, PORT_VETH, &datagrams);
    fd = throw_in(50);
    r = arrive(&j);
    close(fd);
    check_valid(&r);
    ck_assert_uint_eq(r.way[FERRY_UP].packets_in, 50);
    ck_assert_uint_ge(r.way[FERRY_UP].packets_out, 11);
    ck_assert_uint_eq(r.way[FERRY_UP].by_rule[LINK_LIMIT],
                      50 - r.way[FERRY_UP].packets_out);
    ferry_report_release(&r);
}
END_TEST

/* Both ends are captured, in the order of their stamps, as the ferry has it. */
START_TEST(captures)
{
    char folder[] = "/tmp/turnaround-road-XXXXXX", path[2][64];
    const struct place stream = {AF_INET, SOCK_STREAM};
    struct journey j;
    struct ferry_report r;

    NEED_ROAD(PORT_VETH);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path[0], sizeof path[0], "%s/client.pcap", folder);
    snprintf(path[1], sizeof path[1], "%s/server.pcap", folder);
    prepare_ns3(&j);
    j.link.client_pcap = path[0];
    j.link.server_pcap = path[1];
    depart(&j, PORT_VETH, &stream);
    stream_both_ways(&stream);
    r = arrive(&j);
    check_valid(&r);
    for (int i = 0; i < 2; i++) {
        char why[TRACE_WHY];
        struct trace *t = trace_open(path[i], why);

        ck_assert_msg(t != NULL, "%s", why);
        ck_assert_uint_ge(trace_sum(t)->packets, r.way[FERRY_UP].packets_in);
        trace_free(t);
        unlink(path[i]);
    }
    rmdir(folder);
    ferry_report_release(&r);
}
END_TEST

START_TEST(told_to_stop_at_once)
{
    struct journey j;
    struct ferry_report r;
    int fd;

    NEED_ROAD(PORT_VETH);
    prepare_ns3(&j);
    j.up.base.delay.ns = 3600 * 1000 * MS;
    j.config.grace_ns = 0;
    depart(&j, PORT_VETH, &datagrams);
    fd = throw_in(7);
    r = arrive(&j);
    close(fd);
    check_valid(&r);
    ck_assert_uint_le(r.way[FERRY_UP].packets_in, 7);
    ck_assert_uint_eq(r.way[FERRY_UP].discarded, r.way[FERRY_UP].packets_in);
    ferry_report_release(&r);
}
END_TEST

/* clang-format off */
static const struct {
    const char *words, *lacks; /* NULL: nothing */
} words[] = {
    {"delay 10ms 2ms rate 1mbit loss 1% limit 50", NULL},
    {"delay 10ms 2ms distribution normal queue droptail packets=9", NULL},
    {"delay 10ms 2ms 30%", "correlation"},
    {"delay 10ms 2ms distribution pareto", "distribution"},
    {"loss gemodel 1%", "random"},
    {"loss 1% 25%", "correlation"},
    {"corrupt 1%", "corrupt"},
    {"duplicate 1%", "duplicate"},
    {"delay 10ms reorder 5% gap 2", "reorder"},
    {"rate 1mbit 10", "overhead"},
    {"rate 1mbit queue codel", "droptail"},
    {"loss 1% ecn", "ecn"},
    {"slot 5ms", "slot"},
    {"delay 1ms at 1s delay 2ms", "change"},
    {"drop packet 3", "drop"},
    {"drop syn", "drop"},
};
/* clang-format on */

START_TEST(what_it_lacks)
{
    struct link_params l;
    struct spec_error e;
    const char *lacks;

    ck_assert_int_eq(spec_parse(words[_i].words, &l, &e), 0);
    lacks = ns3_road_lacks(&l);
    spec_release(&l);
    if (!words[_i].lacks)
        ck_assert_ptr_null(lacks);
    else
        ck_assert_ptr_nonnull(strstr(lacks, words[_i].lacks));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/run/ns3_road");
    TCase *t = tcase_create("road");

    tcase_add_loop_test(t, carries, 0, sizeof carried / sizeof carried[0]);
    tcase_add_test(t, jitter);
    tcase_add_test(t, loss);
    tcase_add_test(t, drop_tail);
    tcase_add_test(t, captures);
    tcase_add_test(t, told_to_stop_at_once);
    tcase_add_loop_test(t, what_it_lacks, 0, sizeof words / sizeof words[0]);
    suite_add_tcase(s, t);
    return s;
}
