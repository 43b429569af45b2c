/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios drawn at random: over perfect pipes and over ns-3's TCP the same
 * is said, waited for and accepted, and TCP only ever takes longer. The same
 * ones are drawn each time; DRAW=N draws others. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/run/floors.h"
#include "bench/run/ns3.h"
#include "bench/run/virtual.h"
#include "tests/skip.h"

enum { BATCHES = 8, BATCH = 15 };

#define DRAWN 400

static unsigned long draw; /* of this batch */

static size_t below(size_t n)
{
    draw = draw * 6364136223846793005u + 1442695040888963407u;
    return (draw >> 33) % n;
}

/* Between them, and rather small than large. */
static size_t between(size_t least, size_t most)
{
    size_t top = least + 1 + below(most - least);

    return least + below(top - least + 1);
}

#define ONE_OF(...)                                                            \
    ((const char *const[]){__VA_ARGS__})[below(                                \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))]

static void put(struct scenario *s, char said[DRAWN], const char *name,
                const char *value)
{
    size_t len = strlen(said);
    char why[SCENARIO_WHY];

    ck_assert_msg(scenario_set(s, parameter_named(name), value, why) == 0,
                  "%s: %s", name, why);
    snprintf(said + len, DRAWN - len, " --%s '%s'", name, value);
}

static void put_number(struct scenario *s, char said[DRAWN], const char *name,
                       size_t value, const char *unit)
{
    char text[40];

    snprintf(text, sizeof text, "%zu%s", value, unit);
    put(s, said, name, text);
}

static void draw_road(struct scenario *s, char said[DRAWN])
{
    char words[80];
    int n;

    if (below(2)) {
        put_number(s, said, "rtt", between(1, 3000000), "us");
        return;
    }
    for (int way = 0; way < 2; way++) {
        n = snprintf(words, sizeof words, "delay %zuus", between(1, 500000));
        if (below(3))
            snprintf(words + n, sizeof words - (size_t)n, " rate %zukbit",
                     between(64, 100000));
        put(s, said, way ? "downlink" : "uplink", words);
        if (below(2))
            break;
    }
}

/* One that has a meaning. A message may take its time, but not so long that
 * somebody's patience ends. */
static void draw_scenario(struct scenario *s, char said[DRAWN])
{
    char why[SCENARIO_WHY];

    for (;;) {
        said[0] = '\0';
        scenario_init(s);
        s->world = WORLD_NS3;
        put(s, said, "mode", mode_of((enum mode_id)below(MODE_COUNT))->name);
        put_number(s, said, "recipients", between(1, 40), "");
        put_number(s, said, "messages", between(1, 8), "");
        put_number(s, said, "body", between(2, 60000), "");
        put(s, said, "tls",
            ONE_OF("none", "none", "none", "starttls", "implicit"));
        if (below(4) == 0)
            put(s, said, "tls-version", ONE_OF("1.2", "1.3"));
        if (below(4) == 0)
            put(s, said, "tls-session", ONE_OF("full", "resumed", "0rtt"));
        if (below(3) == 0)
            put(s, said, "offer", ONE_OF("cold", "warm"));
        if (below(5) == 0)
            put(s, said, "auth", ONE_OF("plain", "login", "plain,no-initial"));
        if (below(3) == 0)
            put(s, said, "ipv6", "");
        if (below(5) == 0)
            put_number(s, said, "think", between(1, 300), "ms");
        draw_road(s, said);
        if (scenario_finish(s, why) == 0)
            return;
        scenario_release(s);
    }
}

static void compare(const struct tally *a, const struct tally *b,
                    const char *said)
{
    ck_assert_msg(strcmp(a->outcome, b->outcome) == 0, "%s: %s, over ns-3: %s",
                  said, a->outcome, b->outcome);
#define SAME(field)                                                            \
    ck_assert_msg(a->field == b->field,                                        \
                  "%s: " #field ": %lld, over ns-3 %lld", said,                \
                  (long long)a->field, (long long)b->field)
    SAME(mode_used);
    SAME(bdat_used);
    SAME(connections);
    SAME(turnarounds);
    SAME(tls_turnarounds);
    SAME(tls_version);
    SAME(tls_session);
    SAME(bytes_out);
    SAME(bytes_in);
    SAME(mails_accepted);
    SAME(recipients_accepted);
#undef SAME
    ck_assert_msg(a->handshake_ns <= b->handshake_ns &&
                      a->accepted_ns <= b->accepted_ns &&
                      a->closed_ns <= b->closed_ns,
                  "%s: over ns-3 in less time", said);
}

/* What is streamed, or said with the first flight of all, is answered while
 * more is said: inside TLS the packets do not tell what an answer is for, and
 * such a session can be counted by the machine alone. */
static bool is_legible(const struct scenario *s)
{
    return s->tls == TLS_USE_NONE ||
           (s->mode != MODE_BSMTP && (s->mode != MODE_QUICKSTART_B ||
                                      s->tls_session != TLS_SESSION_0RTT));
}

static void run_both(const struct scenario *scenario, const char *said)
{
    struct cast ideal, ns3;
    char why[NS3_RUN_WHY];
    struct ns3_run r;
    struct tally t;

    ck_assert_int_eq(cast_init(&ideal, scenario), 0);
    ck_assert_int_eq(cast_init(&ns3, scenario), 0);
    ck_assert_msg(virtual_deliver(&ideal, VIRTUAL_FULL, &t) == 0, "%s", said);
    ck_assert_msg(ns3_deliver(&ns3, 1, NULL, &r, why) == 0, "%s: %s", said,
                  why);
    compare(&t, &r.tally, said);
    ck_assert_msg(r.counted, "%s: %s", said, r.why);
    ck_assert_msg(!is_legible(scenario) ||
                      r.turnarounds_in_capture == t.turnarounds,
                  "%s: %zu waits, %zu in the capture", said, t.turnarounds,
                  r.turnarounds_in_capture);
    cast_release(&ideal);
    cast_release(&ns3);
}

START_TEST(the_same_over_ns3)
{
    const char *seed = getenv("DRAW");
    char why[NS3_WHY], said[DRAWN];

    if (ns3_load(why) < 0)
        SKIP("%s", why);
    draw = 1000 * (seed ? strtoul(seed, NULL, 10) : 0) + (unsigned long)_i;
    for (int i = 0; i < BATCH; i++) {
        struct scenario s;

        draw_scenario(&s, said);
        run_both(&s, said);
        scenario_release(&s);
    }
}
END_TEST

static struct floors floors_with(const char *think, const char *seed)
{
    char said[DRAWN] = "", why[SCENARIO_WHY];
    struct scenario s;
    struct floors f;

    scenario_init(&s);
    s.world = WORLD_NS3;
    put(&s, said, "rtt", "10ms");
    put(&s, said, "uplink", "loss 5% rate 1mbit");
    put(&s, said, "think", think);
    put(&s, said, "seed", seed);
    ck_assert_msg(scenario_finish(&s, why) == 0, "%s", why);
    f = floors_of(&s);
    scenario_release(&s);
    return f;
}

/* Five round trips; more scenarios than are kept push each other out, and
 * still each has its own. */
START_TEST(floors)
{
    struct floors first = floors_with("0ms", "1"), again;
    char think[20];

    ck_assert_int_eq(first.no_rate_ns, 50 * INT64_C(1000000));
    ck_assert_int_gt(first.full_ns, first.no_rate_ns);
    ck_assert_int_eq(first.no_think_ns, first.full_ns);
    for (int us = 1; us <= 2000; us++) {
        snprintf(think, sizeof think, "%dus", us);
        again = floors_with(think, "3");
        ck_assert_int_eq(again.no_think_ns, first.full_ns);
        ck_assert_int_gt(again.full_ns, first.full_ns);
    }
    again = floors_with("0ms", "7");
    ck_assert_int_eq(again.full_ns, first.full_ns);
    ck_assert_int_eq(again.no_rate_ns, first.no_rate_ns);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("the worlds agree");
    TCase *t = tcase_create("ns3");

    tcase_add_loop_test(t, the_same_over_ns3, 0, BATCHES);
    tcase_add_test(t, floors);
    suite_add_tcase(s, t);
    return s;
}
