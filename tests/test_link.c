/* SPDX-License-Identifier: BSD-2-Clause */
/* A road in virtual time: when packets leave, in which order, and that
 * nothing is lost but by rule. Rates are in test_pace.c, queues in
 * test_queue.c, chance in test_chance.c. */
#include "tests/drive.h"

#define TRACE "0\n10\n10\n25\n"

START_TEST(delay_alone)
{
    struct drive d = drive("delay 100ms", 1, 500, 1500, 77777);

    for (uint64_t i = 1; i <= 500; i++)
        drive_due_at(&d, i, (int64_t)(i - 1) * 77777 + 100 * MS);
    ck_assert_uint_eq(d.counters.delayed, 500);
    drive_release(&d);
}
END_TEST

static bool in_order(const char *words)
{
    struct drive d = drive_file(words, TRACE, 2, 3000, 1000, MS);
    bool order = true;
    uint64_t last = 0;

    for (size_t i = 0; i < d.count; i++) {
        if (d.out[i].rule != LINK_DELIVERED)
            continue;
        order = order && d.out[i].id >= last;
        last = d.out[i].id;
    }
    drive_release(&d);
    return order;
}

START_TEST(first_in_first_out)
{
    static const struct {
        const char *words;
        bool fifo;
    } rows[] = {
        {"delay 100ms", true},
        {"delay 100ms 50ms", false},
        {"delay 100ms 50ms distribution pareto", false},
        {"delay 100ms 50ms ordered", true},
        {"delay 100ms 50ms distribution pareto ordered", true},
        {"delay 100ms 50ms rate 100mbit", true},
        {"delay 100ms 50ms rate trace file", true},
        {"delay 100ms 50ms queue droptail", true},
        {"delay 100ms 50ms rate 1mbit queue drophead packets=5", true},
        {"delay 100ms 50ms rate 1mbit queue codel", true},
        {"delay 100ms rate 100mbit reorder 10%", false},
        {"delay 100ms rate 100mbit queue droptail reorder 10%", false},
        {"delay 100ms 50ms duplicate 50% rate 100mbit", true},
        {"delay 100ms at 1s delay 10ms", false},
        {"delay 100ms rate 100mbit at 1s delay 10ms", true},
        {"delay 100ms queue droptail at 1s delay 10ms", true},
        {"delay 10ms at 1s delay 100ms", true},
        {"delay 100ms 10ms slot 20ms rate 100mbit", true},
    };

    ck_assert_msg(in_order(rows[_i].words) == rows[_i].fifo, "%s",
                  rows[_i].words);
}
END_TEST

START_TEST(every_fifth_goes_at_once)
{
    struct drive d = drive("delay 10ms reorder 100% gap 5", 1, 50, 100, MS);

    for (uint64_t i = 1; i <= 50; i++) {
        drive_due_at(&d, i, (int64_t)(i - 1) * MS + (i % 5 ? 10 * MS : 0));
        ck_assert_int_eq(drive_find(&d, i)->reordered, i % 5 == 0);
    }
    ck_assert_uint_eq(d.counters.reordered, 10);
    ck_assert_uint_eq(d.counters.delayed, 40);
    drive_release(&d);
}
END_TEST

/* With a gap of g, g - 1 packets are safe and each after them goes at once
 * with probability p: one in g - 1 + 1/p. */
START_TEST(reordering_at_its_rate)
{
    static const struct {
        const char *words;
        double share;
    } rows[] = {{"delay 10ms reorder 25%", 0.25},
                {"delay 10ms reorder 25% 50%", 0.25},
                {"delay 10ms reorder 25% gap 5", 1 / (4 + 4.)}};
    struct drive d = drive(rows[_i].words, 1, 40000, 100, MS);

    ck_assert_double_eq_tol(d.counters.reordered / 40000., rows[_i].share,
                            0.012);
    drive_release(&d);
}
END_TEST

START_TEST(copies)
{
    struct drive d =
        drive("delay 10ms 5ms duplicate 20% reorder 10%", 1, 20000, 100, MS);
    uint8_t *seen = calloc(20001, 1);
    size_t copied = 0;

    for (size_t i = 0; i < d.count; i++) {
        const struct link_packet *p = &d.out[i];
        copied += p->copied;
        if (p->duplicate ? seen[p->id] != 2 : seen[p->id] != 0)
            ck_abort_msg("packet %d: a copy in disorder", (int)p->id);
        seen[p->id] = p->duplicate ? 3 : p->copied ? 2 : 1;
    }
    for (size_t i = 1; i <= 20000; i++)
        if (seen[i] != 1 && seen[i] != 3)
            ck_abort_msg("packet %d: its copy is missing", (int)i);
    ck_assert_uint_eq(copied, d.counters.duplicated);
    ck_assert_double_eq_tol(copied / 20000., 0.2, 0.013);
    free(seen);
    drive_release(&d);
}
END_TEST

/* Who keeps a packet's bytes until nothing of it is to come must be told so,
 * whichever copy is dropped, and wherever: else bytes are let go too early. */
static const char *const dropped_copies[] = {
    "delay 10ms 5ms duplicate 50% loss 30%",
    "delay 10ms duplicate 50% limit 12",
    "delay 10ms 5ms duplicate 50% rate 700kbit queue codel",
    ("delay 10ms duplicate 50% reorder 20% rate 700kbit queue drophead "
     "packets=5"),
    "delay 10ms duplicate 50% loss 30% rate 700kbit queue droptail packets=7",
    "duplicate 50% loss 30% slot 5ms 20ms",
};

START_TEST(last_of_the_copies)
{
    struct drive d = drive(dropped_copies[_i], 1, 20000, 100, MS);
    uint8_t *over = calloc(20001, 1);

    for (size_t i = 0; i < d.count; i++) {
        const struct link_packet *p = &d.out[i];
        if (over[p->id])
            ck_abort_msg("packet %d: something came behind the last of it",
                         (int)p->id);
        over[p->id] = !p->copied;
    }
    for (size_t i = 1; i <= 20000; i++)
        if (!over[i])
            ck_abort_msg("packet %d: something is still to come", (int)i);
    ck_assert_uint_gt(d.counters.duplicated, 1000);
    ck_assert_uint_gt(d.counters.dropped, 1000);
    free(over);
    drive_release(&d);
}
END_TEST

/* netem: a packet to be lost and to be copied is one packet, and the second
 * copy may be lost by itself. */
START_TEST(copies_and_loss)
{
    struct drive d = drive("loss 30% duplicate 40%", 1, 50000, 100, MS);
    double n = 50000;

    ck_assert_double_eq_tol(d.counters.duplicated / n, 0.4 * 0.7, 0.01);
    ck_assert_double_eq_tol(d.counters.dropped / n, 0.6 * 0.3 + 0.28 * 0.3,
                            0.011);
    drive_release(&d);
}
END_TEST

START_TEST(corruption)
{
    struct drive d = drive("corrupt 10%", 1, 50000, 100, MS);
    size_t corrupt = 0, halves = 0;

    for (size_t i = 0; i < d.count; i++) {
        int32_t bit = d.out[i].corrupt_bit;
        if (bit < -1 || bit >= 800)
            ck_abort_msg("bit %d of a packet of 800", (int)bit);
        corrupt += bit >= 0;
        halves += bit >= 400;
    }
    ck_assert_uint_eq(corrupt, d.counters.corrupted);
    ck_assert_double_eq_tol(corrupt / 50000., 0.1, 0.0061);
    ck_assert_double_eq_tol(halves / (double)corrupt, 0.5, 0.032);
    drive_release(&d);
}
END_TEST

START_TEST(marks_instead_of_loss)
{
    struct link *l = drive_link("loss 50% ecn", NULL, 1);
    struct drive d = {0};
    size_t marked = 0;

    for (uint64_t i = 0; i < 1000; i++)
        link_put(l, 0, i, 100, i % 2, false);
    drive_take(&d, l, 0);
    for (size_t i = 0; i < d.count; i++) {
        ck_assert(!d.out[i].ce || d.out[i].ect);
        ck_assert(d.out[i].rule == LINK_DELIVERED || !d.out[i].ect);
        marked += d.out[i].ce;
    }
    d.counters = link_counters(l);
    ck_assert_uint_eq(marked, d.counters.ecn_marked);
    ck_assert(marked > 180 && marked < 320);
    ck_assert(d.counters.dropped > 180 && d.counters.dropped < 320);
    link_free(l);
    drive_release(&d);
}
END_TEST

/* The limit counts all that is on the road, and a place is free again at the
 * very time a packet leaves, even if nobody has taken it yet. */
START_TEST(limit_to_the_packet)
{
    struct link *l = drive_link("delay 100ms limit 10", NULL, 1);
    struct drive d = {0};

    for (uint64_t i = 1; i <= 15; i++)
        link_put(l, (int64_t)i, i, 100, false, false);
    ck_assert_uint_eq(link_counters(l).dropped_by[LINK_LIMIT], 5);
    link_put(l, 100 * MS, 16, 100, false, false);
    ck_assert_uint_eq(link_counters(l).dropped_by[LINK_LIMIT], 6);
    link_put(l, 100 * MS + 1, 17, 100, false, false);
    ck_assert_uint_eq(link_counters(l).dropped_by[LINK_LIMIT], 6);
    ck_assert_uint_eq(link_inside(l), 11); /* the first is not yet taken */
    drive_take(&d, l, INT64_MAX - 1);
    ck_assert_uint_eq(d.count, 17);
    for (size_t i = 1; i < d.count; i++)
        ck_assert_int_ge(d.out[i].due_ns, d.out[i - 1].due_ns);
    link_free(l);
    drive_release(&d);
}
END_TEST

START_TEST(exact_drops)
{
    struct link *l = drive_link("drop packets 3,7-9 delay 1ms", NULL, 1);
    struct drive d = {0};

    for (uint64_t i = 1; i <= 20; i++)
        link_put(l, 0, i, 100, false, i == 12);
    drive_take(&d, l, SECOND);
    for (uint64_t i = 1; i <= 20; i++)
        ck_assert_int_eq(drive_find(&d, i)->rule == LINK_EXACT,
                         i == 3 || (i >= 7 && i <= 9) || i == 12);
    link_free(l);
    drive_release(&d);
}
END_TEST

START_TEST(a_schedule)
{
    struct drive d = drive("delay 100ms at 1s delay 300ms at 2s outage 500ms "
                           "at 3s delay 0ms rate 8kbit at 4s rate unlimited",
                           1, 50, 10, 100 * MS);

    drive_due_at(&d, 10, 900 * MS + 100 * MS);
    drive_due_at(&d, 11, 1000 * MS + 300 * MS);
    drive_due_at(&d, 20, 1900 * MS + 300 * MS);
    for (uint64_t i = 21; i <= 25; i++)
        ck_assert_int_eq(drive_find(&d, i)->rule, LINK_OUTAGE);
    drive_due_at(&d, 26, 2500 * MS + 300 * MS);
    drive_due_at(&d, 32, 3210 * MS + 10 * MS);
    drive_due_at(&d, 41, 4000 * MS);
    drive_release(&d);
}
END_TEST

START_TEST(a_schedule_counts_from_the_start)
{
    struct link *l = drive_link("at 1s outage 1s", NULL, 1);
    struct link_packet p;

    link_start(l, 50 * SECOND);
    link_put(l, 51 * SECOND - 1, 1, 100, false, false);
    ck_assert(link_take(l, 51 * SECOND - 1, &p));
    ck_assert_int_eq(p.rule, LINK_DELIVERED);
    link_put(l, 51 * SECOND, 2, 100, false, false);
    ck_assert(link_take(l, 51 * SECOND, &p));
    ck_assert_int_eq(p.rule, LINK_OUTAGE);
    link_put(l, 52 * SECOND, 3, 100, false, false);
    ck_assert(link_take(l, 52 * SECOND, &p));
    ck_assert_int_eq(p.rule, LINK_DELIVERED);
    link_free(l);
}
END_TEST

/* All that could be decided in two ways. */
#define EVERYTHING                                                             \
    "delay 20ms 10ms 10% distribution normal loss 5% 20% corrupt 3% "          \
    "duplicate 4% reorder 6% slot 1ms 2ms"

static bool same(const struct drive *a, const struct drive *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!drive_same_packet(&a->out[i], &b->out[i]))
            return false;
    return true;
}

START_TEST(a_seed_decides_all)
{
    struct drive a = drive(EVERYTHING, 9, 3000, 100, MS);
    struct drive again = drive(EVERYTHING, 9, 3000, 100, MS);
    struct drive other = drive(EVERYTHING, 10, 3000, 100, MS);
    struct drive seeded = drive(EVERYTHING " seed 9", 10, 3000, 100, MS);

    ck_assert(same(&a, &again));
    ck_assert(!same(&a, &other));
    ck_assert(same(&a, &seeded));
    drive_release(&a);
    drive_release(&again);
    drive_release(&other);
    drive_release(&seeded);
}
END_TEST

START_TEST(one_word_does_not_sway_another)
{
    struct drive a = drive("loss 10%", 9, 3000, 100, MS);
    struct drive b = drive("loss 10% corrupt 50% delay 9ms 3ms rate 1mbit", 9,
                           3000, 100, MS);

    for (uint64_t i = 1; i <= 3000; i++)
        if (drive_find(&a, i)->rule != drive_find(&b, i)->rule)
            ck_abort_msg("packet %d fares otherwise", (int)i);
    drive_release(&a);
    drive_release(&b);
}
END_TEST

/* A caller who comes late, and tells when packets came, changes nothing. */
START_TEST(late_callers)
{
    static const char *const words[] = {
        "delay 20ms rate 12mbit limit 20 loss 5%",
        "delay 20ms 10ms limit 20",
        "delay 20ms rate 12mbit queue droptail packets=10",
    };
    struct drive prompt = drive(words[_i], 4, 2000, 1500, MS / 2), late = {0};
    struct link *l = drive_link(words[_i], NULL, 4);

    for (uint64_t i = 0; i < 2000; i++) {
        link_put(l, (int64_t)i * MS / 2, i + 1, 1500, true, false);
        if (i % 7 == 0)
            drive_take(&late, l, (int64_t)i * MS / 2);
    }
    drive_take(&late, l, INT64_MAX - 1);
    ck_assert(same(&prompt, &late));
    link_free(l);
    drive_release(&prompt);
    drive_release(&late);
}
END_TEST

START_TEST(any_epoch)
{
    static const int64_t epochs[] = {INT64_MIN, -5, INT64_C(1) << 60,
                                     INT64_MAX - 2};
    struct link *l = drive_link("delay 1s rate 1bit queue droptail slot 1s "
                                "at 1s rate 2bit",
                                NULL, 1);
    struct link_packet p;
    int64_t now_ns = epochs[_i], last_ns = now_ns;

    ck_assert_int_eq(link_next_ns(l), INT64_MAX);
    for (uint64_t i = 0; i < 100; i++)
        link_put(l, now_ns, i, 65535, false, false);
    for (uint64_t i = 0; i < 100;) {
        now_ns = link_next_ns(l);
        ck_assert_int_ge(now_ns, last_ns);
        for (last_ns = now_ns; link_take(l, now_ns, &p); i++)
            ck_assert_uint_eq(p.id, i);
    }
    ck_assert_int_eq(link_next_ns(l), INT64_MAX);
    link_free(l);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("netem/link");
    TCase *t = tcase_create("road");

    tcase_add_test(t, delay_alone);
    tcase_add_loop_test(t, first_in_first_out, 0, 18);
    tcase_add_test(t, every_fifth_goes_at_once);
    tcase_add_loop_test(t, reordering_at_its_rate, 0, 3);
    tcase_add_test(t, copies);
    tcase_add_test(t, copies_and_loss);
    tcase_add_loop_test(t, last_of_the_copies, 0,
                        sizeof dropped_copies / sizeof dropped_copies[0]);
    tcase_add_test(t, corruption);
    tcase_add_test(t, marks_instead_of_loss);
    tcase_add_test(t, limit_to_the_packet);
    tcase_add_test(t, exact_drops);
    tcase_add_test(t, a_schedule);
    tcase_add_test(t, a_schedule_counts_from_the_start);
    tcase_add_test(t, a_seed_decides_all);
    tcase_add_test(t, one_word_does_not_sway_another);
    tcase_add_loop_test(t, late_callers, 0, 3);
    tcase_add_loop_test(t, any_epoch, 0, 4);
    suite_add_tcase(s, t);
    return s;
}
