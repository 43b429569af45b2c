/* SPDX-License-Identifier: BSD-2-Clause */
/* Mail in the ns3 world: as often waited for as in the ideal world, counted in
 * its packets, and the same bytes each time. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/run/ns3.h"
#include "bench/run/virtual.h"
#include "tests/ns3_help.h"
#include "tests/scenario_help.h"

#define MS INT64_C(1000000)

static void scenario_of(struct scenario *s, const char *settings)
{
    scenario_init(s);
    s->world = WORLD_NS3;
    scenario_say(s, settings, "|");
    scenario_whole(s, settings);
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

Suite *suite(void)
{
    Suite *s = suite_create("bench/run/ns3");
    TCase *t = tcase_create("mail");

    tcase_add_loop_test(t, as_in_the_ideal_world, 0,
                        sizeof alike / sizeof alike[0]);
    tcase_add_loop_test(t, counted_on_hard_roads, 0,
                        sizeof hard / sizeof hard[0]);
    tcase_add_test(t, counted_under_loss);
    tcase_add_test(t, handshake_at_a_rate);
    tcase_add_test(t, same_bytes);
    suite_add_tcase(s, t);
    return s;
}
