/* SPDX-License-Identifier: BSD-2-Clause */
/* The ideal world, to the nanosecond: machines that note what they are told
 * and do as a script says. */
#include "sim/ideal.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "sim/agenda.h"
#include "tests/script.h"

#define MS INT64_C(1000000)

static const struct endpoint v4 = {{192, 0, 2, 2}, 4, 25};
static const struct endpoint v6 = {{0x20, 1, 0xd, 0xb8, [15] = 2}, 6, 25};
static struct machine *accept_it(void *arg, struct endpoint client)
{
    ck_assert_uint_ge(client.port, 49152);
    return arg;
}

/* Runs them at one host; -1 where the server is NULL and refuses. */
static int64_t run(struct actor *client, struct actor *server,
                   struct endpoint at, struct ideal_road up,
                   struct ideal_road down)
{
    struct ideal_host host = {.at = at,
                              .up = up,
                              .down = down,
                              .accept = accept_it,
                              .arg = server ? &server->machine : NULL};
    struct ideal_config config = {&host, 1, 0, NEVER_NS};

    return ideal_run(&config, &client->machine);
}

static const struct ideal_road far = {100 * MS, 0};
/* 8 ns a byte */
static const struct ideal_road gigabit = {1000, 1000000000};

START_TEST(handshake)
{
    struct actor c = actor(SCRIPT(START(OPEN(v4))));
    struct actor s = actor(NULL, 0);

    ck_assert_int_eq(run(&c, &s, v4, far, far), 300 * MS);
    ck_assert_str_eq(c.log, "opened@200000000");
    ck_assert_str_eq(s.log, "start@100000000 opened@300000000");
    ck_assert_int_eq(c.peer.port, 25);
    ck_assert_int_eq(s.peer.ip[3], 1);
    ck_assert_int_eq(s.peer.family, 4);
}
END_TEST

/* SYN 60, SYN-ACK 60, ACK 52 bytes over IPv4; 20 more over IPv6. */
START_TEST(handshake_at_a_rate)
{
    struct actor c = actor(SCRIPT(START(OPEN(v4))));
    struct actor s = actor(NULL, 0);

    run(&c, &s, v4, gigabit, gigabit);
    ck_assert_str_eq(c.log, "opened@2960");
    ck_assert_str_eq(s.log, "start@1480 opened@4376");
    c = actor(SCRIPT(START(OPEN(v6))));
    s = actor(NULL, 0);
    run(&c, &s, v6, gigabit, gigabit);
    ck_assert_str_eq(c.log, "opened@3280");
    ck_assert_str_eq(s.log, "start@1640 opened@4856");
}
END_TEST

/* At a rate what is said is cut at the MSS, 1448 or 1428, with headers. */
START_TEST(segments)
{
    struct actor c = actor(
        SCRIPT(START(OPEN(v4)), ON(OPENED, SEND(3000)), ON(OPENED, CLOSE)));
    struct actor s = actor(NULL, 0);

    run(&c, &s, v4, gigabit, gigabit);
    /* opened at 2960; ACK 416, 1500 and 1500 bytes 12000 each, 156 bytes,
     * and FIN 52 */
    ck_assert_str_eq(s.log, "start@1480 opened@4376 bytes@16376:1448 "
                            "bytes@28376:1448 bytes@29624:104 end@30040");
    c = actor(SCRIPT(START(OPEN(v6)), ON(OPENED, SEND(1500))));
    s = actor(NULL, 0);
    run(&c, &s, v6, gigabit, gigabit);
    ck_assert_str_eq(s.log, "start@1640 opened@4856 bytes@16856:1428 "
                            "bytes@18008:72");
}
END_TEST

/* Without a rate all that is said in one instant arrives in one. */
START_TEST(one_burst)
{
    struct actor c = actor(SCRIPT(START(OPEN(v4)), ON(OPENED, SEND(60000)),
                                  ON(OPENED, SEND(7)), ON(OPENED, CLOSE)));
    struct actor s = actor(SCRIPT(ON(BYTES, SEND(5)), ON(END, CLOSE)));

    ck_assert_int_eq(run(&c, &s, v4, far, far), 400 * MS);
    ck_assert_str_eq(s.log, "start@100000000 opened@300000000 "
                            "bytes@300000000:60007 end@300000000");
    ck_assert_str_eq(c.log, "opened@200000000 bytes@400000000:5 end@400000000");
}
END_TEST

START_TEST(ways_differ)
{
    const struct ideal_road up = {3, 0}, down = {1000, 0};
    struct actor c = actor(SCRIPT(START(OPEN(v4)), ON(OPENED, SEND(1))));
    struct actor s = actor(SCRIPT(ON(BYTES, SEND(1))));

    run(&c, &s, v4, up, down);
    ck_assert_str_eq(c.log, "opened@1003 bytes@2006:1");
    ck_assert_str_eq(s.log, "start@3 opened@1006 bytes@1006:1");
}
END_TEST

/* What is not taken waits, and is offered again with each alarm. */
START_TEST(taken_in_parts)
{
    struct actor c =
        actor(SCRIPT(START(OPEN(v4)), ON(OPENED, SEND(10)), ON(OPENED, CLOSE)));
    struct actor s = actor(NULL, 0);

    s.takes = 4;
    run(&c, &s, v4, far, far);
    ck_assert_str_eq(s.log, "start@100000000 opened@300000000 "
                            "bytes@300000000:4 bytes@300000000:4 "
                            "bytes@300000000:2 end@300000000");
}
END_TEST

START_TEST(nobody_there)
{
    struct actor c = actor(SCRIPT(START(OPEN(v4)), START(WAKE(5)))), other;

    ck_assert_int_eq(run(&c, NULL, v4, far, far), 200 * MS);
    ck_assert_str_eq(c.log, "wake@5 refused@200000000:refused");
    /* SYN of 60 bytes, RST of 40 */
    other = actor(SCRIPT(START(OPEN(v4))));
    run(&other, NULL, v4, gigabit, gigabit);
    ck_assert_str_eq(other.log, "refused@2800:refused");
    /* no host at all: at once, but not while it is asked */
    c = actor(SCRIPT(START(OPEN(v6)), START(WAKE(5))));
    run(&c, NULL, v4, far, far);
    ck_assert_str_eq(c.log, "refused@0:unreachable wake@5");
}
END_TEST

/* Bytes in the SYN (RFC 7413) are there half a round trip early. */
START_TEST(bytes_in_the_syn)
{
    const struct cue script[] = {
        START({.kind = ASK_OPEN, .peer = v4, .bytes = {bytes, 100}})};
    struct actor c = actor(script, 1);
    struct actor s = actor(SCRIPT(ON(BYTES, SEND(3))));

    run(&c, &s, v4, far, far);
    ck_assert_str_eq(s.log,
                     "start@100000000 opened@100000000 bytes@100000000:100");
    ck_assert_str_eq(c.log, "opened@200000000 bytes@200000000:3");
    c = actor(script, 1);
    s = actor(NULL, 0);
    run(&c, &s, v4, gigabit, gigabit);
    ck_assert_str_eq(s.log, "start@2280 opened@2280 bytes@2280:100");
}
END_TEST

START_TEST(aborts)
{
    struct actor c =
        actor(SCRIPT(START(OPEN(v4)), ON(OPENED, SEND(9)), ON(OPENED, ABORT)));
    struct actor s = actor(SCRIPT(ON(OPENED, SEND(5))));

    run(&c, &s, v4, far, far);
    ck_assert_str_eq(c.log, "opened@200000000"); /* and hears no answer */
    ck_assert_str_eq(s.log, "start@100000000 opened@300000000 "
                            "reset@300000000:reset");
    /* while it is connecting: neither is opened */
    c = actor(SCRIPT(START(OPEN(v4)), START(WAKE(MS)), ON(WAKE, ABORT)));
    s = actor(NULL, 0);
    run(&c, &s, v4, far, far);
    ck_assert_str_eq(c.log, "wake@1000000");
    ck_assert_str_eq(s.log, "start@100000000");
    /* the server */
    c = actor(SCRIPT(START(OPEN(v4))));
    s = actor(SCRIPT(ON(OPENED, ABORT)));
    run(&c, &s, v4, far, far);
    ck_assert_str_eq(c.log, "opened@200000000 reset@400000000:reset");
}
END_TEST

/* What both have closed is over: an abort then is heard by nobody. */
START_TEST(over_is_over)
{
    struct actor c = actor(SCRIPT(START(OPEN(v4)), ON(OPENED, CLOSE),
                                  ON(END, SEND(1)), ON(END, ABORT)));
    struct actor s = actor(SCRIPT(ON(END, CLOSE)));

    run(&c, &s, v4, far, far);
    ck_assert_str_eq(c.log, "opened@200000000 end@400000000");
    ck_assert_str_eq(s.log, "start@100000000 opened@300000000 end@300000000");
}
END_TEST

/* Said or closed while connecting: it leaves when the stream is open. */
START_TEST(said_too_early)
{
    struct actor c =
        actor(SCRIPT(START(OPEN(v4)), START(SEND(4)), START(CLOSE)));
    struct actor s = actor(NULL, 0);

    run(&c, &s, v4, far, far);
    ck_assert_str_eq(s.log, "start@100000000 opened@300000000 "
                            "bytes@300000000:4 end@300000000");
}
END_TEST

/* The last alarm asked for rings, and it alone. */
START_TEST(alarms)
{
    struct actor c =
        actor(SCRIPT(START(WAKE(10)), START(WAKE(20)), {TOLD_WAKE, 1, WAKE(7)},
                     {TOLD_WAKE, 2, WAKE(40)}, {TOLD_WAKE, 2, WAKE(30)},
                     {TOLD_WAKE, 3, WAKE(50)}, {TOLD_WAKE, 3, WAKE(NEVER_NS)}));

    ck_assert_int_eq(run(&c, NULL, v4, far, far), 30);
    ck_assert_str_eq(c.log, "wake@20 wake@20 wake@30");
}
END_TEST

START_TEST(limit)
{
    struct actor c = actor(SCRIPT(START(WAKE(10)), {TOLD_WAKE, 1, WAKE(21)}));
    struct ideal_config config = {NULL, 0, 0, 20};

    errno = 0;
    ck_assert_int_eq(ideal_run(&config, &c.machine), -1);
    ck_assert_int_eq(errno, ETIME);
    ck_assert_str_eq(c.log, "wake@10");
    /* an alarm that was taken back does not count */
    c = actor(SCRIPT(START(WAKE(10)), START(WAKE(99)), START(WAKE(5)),
                     {TOLD_WAKE, 1, WAKE(NEVER_NS)}));
    ck_assert_int_eq(ideal_run(&config, &c.machine), 5);
}
END_TEST

/* IP and UDP have 28 bytes, over IPv6 48. */
START_TEST(datagrams)
{
    struct actor c =
        actor(SCRIPT(START(DATAGRAM(v4, 72)), START(DATAGRAM(v6, 52)),
                     ON(DATAGRAM, DATAGRAM(v4, 0))));
    struct actor s = actor(SCRIPT(ON(DATAGRAM, DATAGRAM(v4, 172))));
    struct ideal_host host = {
        .at = v4, .up = gigabit, .down = gigabit, .datagrams = &s.machine};
    struct ideal_config config = {&host, 1, 0, NEVER_NS};

    ideal_run(&config, &c.machine);
    ck_assert_str_eq(s.log, "datagram@1800:72 datagram@5624");
    ck_assert_str_eq(c.log, "datagram@4400:172");
    ck_assert_int_eq(s.told[TOLD_START], 1);
    ck_assert_int_eq(c.peer.port, 25);
    ck_assert_int_eq(s.peer.ip[3], 1);
}
END_TEST

/* Many streams to two hosts, on roads of their own. */
START_TEST(streams)
{
    static const struct endpoint near = {{192, 0, 2, 3}, 4, 25};
    const struct cue script[] = {
        START({.kind = ASK_OPEN, .stream = 0, .peer = v4}),
        START({.kind = ASK_OPEN, .stream = 7, .peer = near}),
        {TOLD_OPENED, 1, {.kind = ASK_SEND, .stream = 7, .bytes = {bytes, 2}}},
        {TOLD_OPENED, 2, {.kind = ASK_SEND, .stream = 0, .bytes = {bytes, 3}}}};
    struct actor c = actor(script, 4);
    struct actor one = actor(NULL, 0), two = actor(NULL, 0);
    struct ideal_host host[] = {
        {.at = v4, .up = far, .down = far, .accept = accept_it, .arg = &one},
        {.at = near,
         .up = {5, 0},
         .down = {5, 0},
         .accept = accept_it,
         .arg = &two}};
    struct ideal_config config = {host, 2, 0, NEVER_NS};

    ideal_run(&config, &c.machine);
    ck_assert_str_eq(c.log, "opened@10 opened@200000000");
    ck_assert_str_eq(two.log, "start@5 opened@15 bytes@15:2");
    ck_assert_str_eq(one.log,
                     "start@100000000 opened@300000000 bytes@300000000:3");
}
END_TEST

START_TEST(small_mtu)
{
    struct actor c = actor(SCRIPT(START(OPEN(v4)), ON(OPENED, SEND(100))));
    struct actor s = actor(NULL, 0);
    struct ideal_host host = {.at = v4,
                              .up = gigabit,
                              .down = gigabit,
                              .accept = accept_it,
                              .arg = &s};
    struct ideal_config config = {&host, 1, 112, NEVER_NS};

    ideal_run(&config, &c.machine);
    ck_assert_str_eq(s.log, "start@1480 opened@4376 bytes@5272:60 "
                            "bytes@6008:40");
}
END_TEST

/* In order of time, and of equal times in the order of coming. */
START_TEST(agenda)
{
    struct agenda a = {0};
    unsigned seed = (unsigned)_i;
    struct event last = {.at_ns = -1};

    ck_assert_ptr_null(agenda_first(&a));
    for (int i = 0; i < 500; i++) {
        struct event e = {.at_ns = rand_r(&seed) % 50};

        bytes_add(&e.bytes, (struct span){"x", 1});
        ck_assert_int_eq(agenda_add(&a, e), 0);
    }
    for (int i = 0; i < 400; i++) {
        struct event e = agenda_take(&a);

        ck_assert(e.at_ns > last.at_ns ||
                  (e.at_ns == last.at_ns && e.order > last.order));
        bytes_free(&e.bytes);
        last = e;
    }
    agenda_release(&a);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("sim/ideal");
    TCase *t = tcase_create("ideal");

    tcase_add_test(t, handshake);
    tcase_add_test(t, handshake_at_a_rate);
    tcase_add_test(t, segments);
    tcase_add_test(t, one_burst);
    tcase_add_test(t, ways_differ);
    tcase_add_test(t, taken_in_parts);
    tcase_add_test(t, nobody_there);
    tcase_add_test(t, bytes_in_the_syn);
    tcase_add_test(t, aborts);
    tcase_add_test(t, over_is_over);
    tcase_add_test(t, said_too_early);
    tcase_add_test(t, alarms);
    tcase_add_test(t, limit);
    tcase_add_test(t, datagrams);
    tcase_add_test(t, streams);
    tcase_add_test(t, small_mtu);
    tcase_add_loop_test(t, agenda, 0, 5);
    suite_add_tcase(s, t);
    return s;
}
