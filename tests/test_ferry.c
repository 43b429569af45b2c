/* SPDX-License-Identifier: BSD-2-Clause */
/* The ferry: real packets of real sockets over a road between namespaces.
 * Times are only ever compared downwards: a packet is never early. */
#include <poll.h>

#include "tests/journey.h"

#define BULK 200000

/* Pushes a lot through one connection while it reads it back. */
static void pump(const struct place *p)
{
    static unsigned char bytes[BULK], back[BULK];
    size_t sent = 0, got = 0;
    int fd = call(p);

    for (size_t i = 0; i < BULK; i++)
        bytes[i] = (unsigned char)(i * 31 >> 3);
    while (got < BULK) {
        struct pollfd poll_for = {fd, POLLIN, 0};
        ssize_t n;
        poll_for.events |= sent < BULK ? POLLOUT : 0;
        ck_assert_int_eq(poll(&poll_for, 1, 20000), 1);
        if (sent < BULK && poll_for.revents & POLLOUT) {
            n = send(fd, bytes + sent, BULK - sent, MSG_DONTWAIT);
            ck_assert_int_gt(n, 0);
            sent += (size_t)n;
        }
        if (poll_for.revents & (POLLIN | POLLHUP | POLLERR)) {
            n = recv(fd, back + got, BULK - got, 0);
            ck_assert_int_gt(n, 0);
            got += (size_t)n;
        }
    }
    ck_assert(memcmp(bytes, back, BULK) == 0);
    close(fd);
}

/* clang-format off */
static const struct carried {
    enum port_kind kind;
    struct place place;
    bool gso;
} carried[] = {
    {PORT_VETH, {AF_INET,  SOCK_DGRAM},  false},
    {PORT_VETH, {AF_INET6, SOCK_DGRAM},  false},
    {PORT_VETH, {AF_INET,  SOCK_STREAM}, false},
    {PORT_VETH, {AF_INET6, SOCK_STREAM}, false},
    {PORT_VETH, {AF_INET,  SOCK_DGRAM},  true},
    {PORT_VETH, {AF_INET6, SOCK_DGRAM},  true},
    {PORT_VETH, {AF_INET,  SOCK_STREAM}, true},
    {PORT_VETH, {AF_INET6, SOCK_STREAM}, true},
    {PORT_TUN,  {AF_INET,  SOCK_DGRAM},  false},
    {PORT_TUN,  {AF_INET6, SOCK_DGRAM},  false},
    {PORT_TUN,  {AF_INET,  SOCK_STREAM}, false},
    {PORT_TUN,  {AF_INET6, SOCK_STREAM}, false},
};
/* clang-format on */

/* As many packets as the MTU makes of it, or some that are larger. */
static void check_sizes(const struct ferry_way *w, bool gso)
{
    ck_assert_uint_gt(w->bytes_in, BULK);
    if (gso)
        ck_assert_uint_gt(w->bytes_in / w->packets_in, 1500);
    else
        ck_assert_uint_ge(w->packets_in, BULK / 1500);
}

/* Of datagrams the count is exact: nothing else may be on the road. */
START_TEST(carries)
{
    const struct carried *c = &carried[_i];
    bool stream = c->place.type == SOCK_STREAM;
    struct journey j;
    struct ferry_report r;

    NEED(c->kind);
    prepare(&j);
    j.gso = c->gso;
    depart(&j, c->kind, &c->place);
    if (stream)
        pump(&c->place);
    else
        ping(&j, &c->place);
    r = arrive(&j);
    check_valid(&r);
    for (int way = 0; way < FERRY_WAYS; way++) {
        ck_assert_uint_eq(r.way[way].packets_in, r.way[way].packets_out);
        ck_assert_uint_eq(r.way[way].bytes_in, r.way[way].bytes_out);
        ck_assert_uint_eq(r.link[0][way].packets_in, r.way[way].packets_in);
        if (stream)
            check_sizes(&r.way[way], c->gso);
        else
            ck_assert_uint_eq(r.way[way].packets_in, PINGS);
    }
    ferry_report_release(&r);
}
END_TEST

static bool drop_every_third(void *arg, enum ferry_direction way,
                             const uint8_t *ip, size_t len)
{
    int *seen = arg;

    if (way != FERRY_UP || len < 28 || ip[0] != 0x45)
        return false;
    return ++*seen % 3 == 0;
}

START_TEST(drops_by_predicate)
{
    struct journey j;
    struct ferry_report r;
    int fd;
    int seen = 0;

    NEED(PORT_VETH);
    prepare(&j);
    j.link.drop = drop_every_third;
    j.link.drop_arg = &seen;
    depart(&j, PORT_VETH, &datagrams);
    fd = throw_in(10);
    r = arrive(&j);
    close(fd);
    check_valid(&r);
    ck_assert_uint_eq(r.way[FERRY_UP].packets_in, 10);
    ck_assert_uint_eq(r.way[FERRY_UP].by_rule[LINK_EXACT], 3);
    ck_assert_uint_eq(r.way[FERRY_UP].packets_out, 7);
    ferry_report_release(&r);
}
END_TEST

START_TEST(drops_by_loss_and_limit)
{
    struct journey j;
    struct ferry_report r;
    int fd;

    NEED(PORT_VETH);
    prepare(&j);
    j.up.limit = 4;
    j.up.base.delay.ns = 300 * MS;
    j.down.base.loss =
        (struct link_loss){.model = LINK_LOSS_RANDOM, .random = {100, 0}};
    depart(&j, PORT_VETH, &datagrams);
    fd = throw_in(10);
    r = arrive(&j);
    close(fd);
    check_valid(&r);
    ck_assert_uint_eq(r.way[FERRY_UP].packets_in, 10);
    ck_assert_uint_eq(
        r.way[FERRY_UP].packets_out + r.way[FERRY_UP].by_rule[LINK_LIMIT], 10);
    ck_assert_uint_ge(r.way[FERRY_UP].by_rule[LINK_LIMIT], 1);
    ck_assert_uint_eq(r.way[FERRY_DOWN].packets_out, 0);
    ck_assert_uint_eq(r.way[FERRY_DOWN].packets_in,
                      r.way[FERRY_DOWN].by_rule[LINK_LOSS]);
    ferry_report_release(&r);
}
END_TEST

START_TEST(duplicates_and_corrupts)
{
    struct journey j;
    struct ferry_report r;
    int fd;

    NEED(PORT_VETH);
    prepare(&j);
    j.up.base.duplicate.pct = 100;
    j.up.base.corrupt.pct = 100;
    depart(&j, PORT_VETH, &datagrams);
    fd = throw_in(10);
    r = arrive(&j);
    close(fd);
    check_valid(&r);
    ck_assert_uint_eq(r.way[FERRY_UP].duplicated, 10);
    ck_assert_uint_eq(r.way[FERRY_UP].packets_out, 20);
    ck_assert_uint_ge(r.way[FERRY_UP].corrupted, 10);
    ferry_report_release(&r);
}
END_TEST

START_TEST(discards_without_grace)
{
    struct journey j;
    struct ferry_report r;
    int fd;

    NEED(PORT_VETH);
    prepare(&j);
    j.up.base.delay.ns = 3600000 * MS;
    j.config.grace_ns = 0;
    depart(&j, PORT_VETH, &datagrams);
    fd = throw_in(10);
    r = arrive(&j);
    close(fd);
    check_valid(&r);
    ck_assert_uint_eq(r.way[FERRY_UP].packets_out, 0);
    ck_assert_uint_eq(r.way[FERRY_UP].discarded, r.way[FERRY_UP].packets_in);
    ferry_report_release(&r);
}
END_TEST

static int as_nobody(void *arg)
{
    struct journey j;
    struct ferry_report r;
    bool valid;

    (void)arg;
    if (help_become_nobody() == -1)
        return 1;
    prepare(&j);
    depart(&j, PORT_VETH, &datagrams);
    ping(&j, &datagrams);
    r = arrive(&j);
    valid = r.valid && !r.fifo && r.way[FERRY_DOWN].packets_out == PINGS;
    ferry_report_release(&r);
    return valid ? 0 : 2;
}

START_TEST(ordinary_user_may)
{
    if (!lab_probe().userns)
        SKIP("no user namespaces");
    NEED(PORT_VETH);
    ck_assert_int_eq(help_run(as_nobody, NULL), 0);
}
END_TEST

enum { LINKS = 3 };

/* A socket stays in the namespace where it was made. */
static int socket_on(struct lab *lab, enum lab_side side, const char *ip)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(7)};
    int fd;

    ck_assert_int_eq(lab_enter(lab, side), 0);
    fd = patient_socket(AF_INET, SOCK_DGRAM);
    inet_pton(AF_INET, ip, &a.sin_addr);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static void send_one_way(struct lab *lab, const struct lab_link *l, int count)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7)};
    int server = socket_on(lab, LAB_SERVER, l->server.ip4);
    int client = socket_on(lab, LAB_CLIENT, l->client.ip4);
    char byte;

    inet_pton(AF_INET, l->server.ip4, &to.sin_addr);
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(
            sendto(client, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
        ck_assert_int_eq(recv(server, &byte, 1, 0), 1);
    }
    close(client);
    close(server);
}

START_TEST(carries_over_many_links)
{
    static const struct lab_link links[LINKS] = {
        {{NULL, "192.0.2.1", NULL}, {NULL, "198.51.100.1", NULL}, 0},
        {{NULL, "192.0.2.2", NULL}, {NULL, "198.51.100.2", NULL}, 0},
        {{"near", "192.0.2.3", NULL}, {"far", "203.0.113.3", NULL}, 1280}};
    struct lab_config c = lab_config_default();
    struct ferry_link each[LINKS];
    struct ferry_report r;
    struct journey j;
    char why[LAB_WHY];

    NEED((enum port_kind)_i);
    prepare(&j);
    for (int i = 0; i < LINKS; i++)
        each[i] = j.link;
    j.config.links = each;
    c.port = (enum port_kind)_i;
    c.links = links;
    j.config.links_count = c.links_count = LINKS;
    j.lab = help_lab(&c);
    j.ferry = ferry_start(j.lab, &j.config, why);
    ck_assert_msg(j.ferry != NULL, "%s", why);
    for (int i = 0; i < LINKS; i++)
        send_one_way(j.lab, &links[i], i + 1);
    ferry_stop(j.ferry, &r);
    check_valid(&r);
    ck_assert_uint_eq(r.links_count, LINKS);
    for (unsigned i = 0; i < LINKS; i++)
        ck_assert_uint_eq(r.link[i][FERRY_UP].packets_out, i + 1);
    ck_assert_uint_eq(r.way[FERRY_DOWN].packets_in, 0);
    ferry_report_release(&r);
    lab_free(j.lab);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("netem/ferry");
    TCase *road = tcase_create("road");

    tcase_add_loop_test(road, carries, 0, sizeof carried / sizeof carried[0]);
    tcase_add_loop_test(road, carries_over_many_links, PORT_VETH, PORT_TUN + 1);
    tcase_add_test(road, drops_by_predicate);
    tcase_add_test(road, drops_by_loss_and_limit);
    tcase_add_test(road, duplicates_and_corrupts);
    tcase_add_test(road, discards_without_grace);
    tcase_add_test(road, ordinary_user_may);
    suite_add_tcase(s, road);
    return s;
}
