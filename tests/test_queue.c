/* SPDX-License-Identifier: BSD-2-Clause */
/* The queues before the rate: which packets they refuse, and how long those
 * wait that they take. */
#include <math.h>

#include "tests/drive.h"

/* A burst of 20 packets of a millisecond each: the first leaves at once, so
 * that 5 wait and 14 find the queue full. */
START_TEST(droptail_refuses_the_last)
{
    static const char *const words[] = {
        "rate 8mbit queue droptail packets=5",
        "rate 8mbit queue droptail bytes=5999",
        "rate 8mbit queue codel packets=5",
    };
    struct drive d = drive(words[_i], 1, 20, 1000, 0);

    for (uint64_t i = 1; i <= 20; i++) {
        const struct link_packet *p = drive_find(&d, i);
        ck_assert_int_eq(p->rule, i <= 6 ? LINK_DELIVERED : LINK_LIMIT);
        ck_assert_int_eq(p->due_ns, i <= 6 ? (int64_t)i * MS : 0);
    }
    drive_release(&d);
}
END_TEST

START_TEST(drophead_drops_the_first)
{
    static const char *const words[] = {
        "rate 8mbit queue drophead packets=5",
        "rate 8mbit queue drophead bytes=5999",
        "rate 8mbit queue drophead limit 5",
    };
    struct drive d = drive(words[_i], 1, 20, 1000, 0);
    /* The limit counts the packet that is being sent as well. */
    uint64_t lost_to = _i == 2 ? 16 : 15;

    for (uint64_t i = 1; i <= 20; i++) {
        const struct link_packet *p = drive_find(&d, i);
        bool kept = i == 1 || i > lost_to;
        ck_assert_int_eq(p->rule, kept ? LINK_DELIVERED : LINK_LIMIT);
        if (i > lost_to)
            ck_assert_int_eq(p->due_ns, (int64_t)(i - lost_to + 1) * MS);
    }
    drive_release(&d);
}
END_TEST

START_TEST(a_packet_too_big_for_the_queue)
{
    struct drive d =
        drive("rate 8mbit queue drophead bytes=999", 1, 3, 1000, 0);

    ck_assert_uint_eq(d.counters.dropped_by[LINK_LIMIT], 3);
    drive_release(&d);
}
END_TEST

/* With a delay that never changes, netem's order of things, the delay before
 * the rate, gives the same times as a queue with the delay behind it. */
START_TEST(droptail_is_netem_where_both_mean_the_same)
{
    static const char *const words[] = {
        "delay 20ms rate 10mbit loss 10% corrupt 5% duplicate 5% limit 40",
        "delay 20ms rate 3mbit 14 48 5 limit 1000",
        "rate 10mbit limit 5",
    };
    char queued[200];
    struct drive a = drive(words[_i], 1, 5000, 1500, MS), b;
    size_t kept = 0, dropped = 0;

    snprintf(queued, sizeof queued, "%s queue droptail", words[_i]);
    b = drive(queued, 1, 5000, 1500, MS);
    ck_assert_uint_eq(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) {
        if (!drive_same_packet(&a.out[i], &b.out[i]))
            ck_abort_msg("%s: packet %d differs", words[_i], (int)a.out[i].id);
        kept += a.out[i].rule == LINK_DELIVERED;
        dropped += a.out[i].rule == LINK_LIMIT;
    }
    ck_assert_uint_gt(kept, 100);
    ck_assert(dropped > 100 || _i == 1);
    drive_release(&a);
    drive_release(&b);
}
END_TEST

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* The median wait of packets that came in the last third of the time. */
static int64_t median_wait_ns(const struct drive *d, int64_t tx_ns)
{
    int64_t *wait = calloc(d->count, sizeof *wait), median;
    int64_t from_ns = d->out[d->count - 1].in_ns * 2 / 3;
    size_t n = 0;

    for (size_t i = 0; i < d->count; i++)
        if (d->out[i].rule == LINK_DELIVERED && d->out[i].in_ns >= from_ns)
            wait[n++] = d->out[i].due_ns - d->out[i].in_ns - tx_ns;
    qsort(wait, n, sizeof *wait, by_size);
    median = wait[n / 2];
    free(wait);
    return median;
}

/* Twice what the rate carries, from a sender that never yields. A packet
 * waits above 5 ms from 10 ms on; 100 ms later the first one is dropped, and
 * from the n-th drop to the next it is 100 ms over the root of n. A drop can
 * only be when a packet is due to be sent, so each is up to 1 ms late. */
START_TEST(codel_drops_by_its_law)
{
    struct drive d =
        drive("rate 1mbit limit 1000000 queue codel", 1, 4000, 125, MS / 2);
    double at_ms = 110;
    int drops = 0;

    for (size_t i = 0; i < d.count; i++) {
        double off_ms = (double)d.out[i].due_ns / (double)MS - at_ms;
        if (d.out[i].rule != LINK_CODEL)
            continue;
        if (off_ms < -1e-5 || off_ms > 2)
            ck_abort_msg("drop %d is off by %g ms", drops, off_ms);
        at_ms += 100 / sqrt(++drops);
    }
    ck_assert_int_gt(drops, 80);
    ck_assert_uint_eq(drops, d.counters.dropped);
    drive_release(&d);
}
END_TEST

/* How many codel drops of a second of overload from `from_ns` on. */
static uint64_t overload(struct link *l, struct drive *d, int64_t from_ns)
{
    uint64_t before;

    drive_take(d, l, from_ns);
    before = link_counters(l).dropped_by[LINK_CODEL];
    for (int64_t i = 0; i < 2000; i++) {
        drive_take(d, l, from_ns + i * MS / 2);
        link_put(l, from_ns + i * MS / 2, (uint64_t)i, 125, false, false);
    }
    return link_counters(l).dropped_by[LINK_CODEL] - before;
}

/* RFC 8289, 5.6: an overload soon after another begins where that one ended;
 * one that comes 16 intervals later begins anew. */
START_TEST(codel_remembers)
{
    struct link *l = drive_link("rate 1mbit queue codel", NULL, 1);
    struct drive d = {0};
    uint64_t first = overload(l, &d, 0);

    ck_assert_uint_gt(overload(l, &d, 2500 * MS), first * 4 / 3);
    ck_assert_uint_eq(overload(l, &d, 9000 * MS), first);
    drive_take(&d, l, INT64_MAX - 1);
    link_free(l);
    drive_release(&d);
}
END_TEST

START_TEST(codel_leaves_short_queues_alone)
{
    struct link *l = drive_link("rate 12mbit queue codel", NULL, 1);
    struct drive d = {0};

    for (int64_t i = 0; i < 10000; i++) { /* 5 packets of 1 ms every 6 ms */
        drive_take(&d, l, i / 5 * 6 * MS);
        link_put(l, i / 5 * 6 * MS, (uint64_t)i, 1500, false, false);
    }
    drive_take(&d, l, INT64_MAX - 1);
    ck_assert_uint_eq(link_counters(l).delivered, 10000);
    ck_assert_int_le(median_wait_ns(&d, MS), 5 * MS);
    link_free(l);
    drive_release(&d);
}
END_TEST

/* RFC 8289, 5.6: with no more than one packet left there is no queue to cut
 * short, however long the wait. */
START_TEST(codel_leaves_the_last_packet)
{
    struct link *l = drive_link("rate 1mbit queue codel", NULL, 1);
    struct drive d = {0};

    for (int64_t i = -1; i < 1000; i++) { /* 2 at once, then as they leave */
        int64_t now_ns = i > 0 ? i * 12 * MS - 1 : 0;
        drive_take(&d, l, now_ns);
        link_put(l, now_ns, (uint64_t)(i + 1), 1500, false, false);
    }
    drive_take(&d, l, INT64_MAX - 1);
    ck_assert_uint_eq(link_counters(l).delivered, 1001);
    ck_assert_int_ge(median_wait_ns(&d, 12 * MS), 12 * MS);
    link_free(l);
    drive_release(&d);
}
END_TEST

/* A caller who sleeps until link_next_ns() then finds something, unless the
 * order of things is for chance or codel to decide. */
START_TEST(no_idle_waking)
{
    static const char *const words[] = {
        "delay 3ms rate 8mbit queue droptail packets=20",
        "delay 3ms rate 8mbit queue drophead packets=20",
        "delay 3ms rate 8mbit queue droptail slot 4ms packets 3",
        "rate 8mbit queue droptail slot 4ms packets 3",
        "delay 3ms rate trace file",
        "delay 3ms 1ms rate 8mbit loss 5%",
        "delay 3ms 1ms slot 4ms",
        "delay 3ms rate 8mbit at 5ms delay 9ms at 7ms rate 1mbit",
    };
    struct link *l = drive_link(words[_i], "0\n1\n1\n9\n", 1);
    struct link_packet p;
    int64_t at_ns;

    for (uint64_t i = 0; i < 50; i++)
        link_put(l, (int64_t)i * MS / 3, i, 1000, false, false);
    while ((at_ns = link_next_ns(l)) != INT64_MAX) {
        ck_assert(!link_take(l, at_ns - 1, &p));
        ck_assert(link_take(l, at_ns, &p));
    }
    link_free(l);
}
END_TEST

/* A sender that behaves: a window that grows by a packet a round trip, and
 * halves, at most once a round trip, when a packet is lost or marked. Returns
 * what came of 30 seconds of it. */
static struct drive yielding_sender(const char *words)
{
    struct link *l = drive_link(words, NULL, 1);
    struct drive d = {0};
    double window = 40;
    int64_t now_ns = 0, halved_ns = 0, round_ns = 40 * MS;
    uint64_t sent = 0;
    size_t heard = 0;

    while (now_ns < 30 * SECOND) {
        while ((double)(sent - heard) < window)
            link_put(l, now_ns, ++sent, 1500, true, false);
        now_ns = link_next_ns(l);
        drive_take(&d, l, now_ns);
        for (; heard < d.count; heard++) {
            if (d.out[heard].rule == LINK_DELIVERED && !d.out[heard].ce)
                window += 1 / window;
            else if (now_ns >= halved_ns + round_ns) {
                window = window > 4 ? window / 2 : 2;
                halved_ns = now_ns;
            }
        }
    }
    d.counters = link_counters(l);
    link_free(l);
    return d;
}

/* The window would fill any queue; it starts with twice what the road takes.
 */
START_TEST(codel_holds_its_target)
{
    struct drive codel = yielding_sender("delay 20ms rate 12mbit queue codel");
    struct drive marks =
        yielding_sender("delay 20ms rate 12mbit queue codel ecn");
    struct drive tail =
        yielding_sender("delay 20ms rate 12mbit queue droptail packets=200");

    ck_assert_int_ge(median_wait_ns(&tail, 21 * MS), 100 * MS);
    ck_assert_int_le(median_wait_ns(&codel, 21 * MS), 5 * MS);
    ck_assert_int_ge(median_wait_ns(&codel, 21 * MS), 1 * MS);
    ck_assert_uint_gt(codel.counters.delivered, 30000 * 95 / 100);
    ck_assert_uint_eq(codel.counters.dropped,
                      codel.counters.dropped_by[LINK_CODEL]);
    ck_assert_uint_gt(codel.counters.dropped, 20);
    ck_assert_int_le(median_wait_ns(&marks, 21 * MS), 5 * MS);
    ck_assert_uint_eq(marks.counters.dropped, 0);
    ck_assert_uint_gt(marks.counters.ecn_marked, 20);
    drive_release(&codel);
    drive_release(&marks);
    drive_release(&tail);
}
END_TEST

/* All words at once, in many mixtures: nothing is lost but by rule, and
 * everything that comes out went in; drive() counts. */
START_TEST(nothing_is_lost_but_by_rule)
{
    static const char *const delay[] = {"delay 9ms", "delay 30ms 20ms 30%", ""};
    static const char *const rate[] = {"rate 8mbit", "rate trace file", ""};
    static const char *const queue[] = {"", "queue droptail packets=9",
                                        "queue drophead bytes=9000",
                                        "queue codel packets=50 ecn"};
    static const char *const more[] = {
        "loss gemodel 3% 30% duplicate 9% corrupt 5%",
        "limit 30 slot 3ms 9ms packets 5",
        "drop packets 5-50 at 300ms outage 100ms at 1s rate 4mbit delay 7ms",
        "loss state 2% duplicate 5% delay 11ms reorder 10% gap 3"};
    char words[300];

    snprintf(words, sizeof words, "%s %s %s %s",
             strstr(more[_i / 36], "delay 11") ? "" : delay[_i % 3],
             rate[_i / 3 % 3], queue[_i / 9 % 4], more[_i / 36]);
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct drive d =
            drive_file(words, "0\n2\n3\n9\n", seed, 2000, 700, MS * 7 / 10);
        uint8_t *seen = calloc(2001, 2);
        for (size_t i = 0; i < d.count; i++)
            seen[2 * d.out[i].id + d.out[i].duplicate]++;
        for (size_t i = 1; i <= 2000; i++)
            if (seen[2 * i] != 1 || seen[2 * i + 1] > 1)
                ck_abort_msg("%s: packet %zu came out %d times", words, i,
                             seen[2 * i]);
        for (size_t i = 1; i < d.count; i++)
            if (d.out[i].due_ns < d.out[i - 1].due_ns &&
                d.out[i].rule != LINK_CODEL && d.out[i - 1].rule != LINK_CODEL)
                ck_abort_msg("%s: packet %d is behind its time", words,
                             (int)d.out[i].id);
        free(seen);
        drive_release(&d);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("netem/queue");
    TCase *t = tcase_create("queue");

    tcase_add_loop_test(t, droptail_refuses_the_last, 0, 3);
    tcase_add_loop_test(t, drophead_drops_the_first, 0, 3);
    tcase_add_test(t, a_packet_too_big_for_the_queue);
    tcase_add_loop_test(t, droptail_is_netem_where_both_mean_the_same, 0, 3);
    tcase_add_test(t, codel_drops_by_its_law);
    tcase_add_test(t, codel_remembers);
    tcase_add_test(t, codel_leaves_short_queues_alone);
    tcase_add_test(t, codel_leaves_the_last_packet);
    tcase_add_test(t, codel_holds_its_target);
    tcase_add_loop_test(t, no_idle_waking, 0, 8);
    tcase_add_loop_test(t, nothing_is_lost_but_by_rule, 0, 144);
    suite_add_tcase(s, t);
    return s;
}
