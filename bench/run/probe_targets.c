/* SPDX-License-Identifier: BSD-2-Clause */
/* The eight targets as data: what is sent over which road, and what is
 * demanded of the figures. The figures demanded are those that a prototype and
 * mahimahi 0.98, side by side, showed to be within reach. */
#include "bench/run/probe_plan.h"

#include <stdio.h>
#include <stdlib.h>

#define MS 1000000LL
#define US 1000LL
#define MBIT 1000000ULL

/* clang-format off */
const char *const probe_target_name[PROBE_TARGETS] = {
    "One-way delay, a packet each 2 ms, cores idle: how far off",
    "The same with every core loaded",
    "Sparse traffic, a packet each 30 ms: how far off",
    "Rate, offered 1.3 times as much in packets of 1500 bytes",
    "How much goes through one link (MTU 1500, no offloads)",
    "TCP over 20 ms RTT, 48 Mbit/s, cubic: connect, and transfers of 1 MB",
    "Many at once",
    "Capture at both ends, snaplen 128",
};
/* clang-format on */

static size_t add(struct probe_plan *plan, const struct probe *p)
{
    plan->probe =
        reallocarray(plan->probe, plan->probes + 1, sizeof *plan->probe);
    if (!plan->probe)
        abort();
    plan->probe[plan->probes] = *p;
    return plan->probes++;
}

static void demand(struct probe_plan *plan, struct probe_demand d)
{
    plan->demand =
        reallocarray(plan->demand, plan->demands + 1, sizeof *plan->demand);
    if (!plan->demand)
        abort();
    plan->demand[plan->demands++] = d;
}

/* A figure at most (or at least) so much; a limit of 0 demands nothing. */
static void at_most(struct probe_plan *plan, size_t probe, const char *figure,
                    const char *unit, double limit, size_t beside)
{
    demand(plan,
           (struct probe_demand){.probe = probe,
                                 .beside = beside,
                                 .figure = figure,
                                 .unit = unit,
                                 .how = limit > 0 ? SCORE_AT_MOST : SCORE_NONE,
                                 .limit = limit});
}

static void at_least(struct probe_plan *plan, size_t probe, const char *figure,
                     const char *unit, double limit, size_t beside)
{
    demand(plan, (struct probe_demand){.probe = probe,
                                       .beside = beside,
                                       .figure = figure,
                                       .unit = unit,
                                       .how = SCORE_AT_LEAST,
                                       .limit = limit});
}

static void ratio_at_most(struct probe_plan *plan, size_t probe,
                          const char *figure, const char *unit, double limit,
                          size_t beside)
{
    demand(plan, (struct probe_demand){.probe = probe,
                                       .beside = beside,
                                       .figure = figure,
                                       .unit = unit,
                                       .how = SCORE_RATIO_AT_MOST,
                                       .limit = limit});
}

static const char *const roads[] = {
    [PROBE_VETH] = "veth",
    [PROBE_TUN] = "tun",
    [PROBE_BARE] = "bare veth",
    [PROBE_TBF] = "tbf",
    [PROBE_VETH_RELAY] = "veth relay",
    [PROBE_TUN_RELAY] = "tun relay",
    [PROBE_NS3] = "ns-3",
    [PROBE_MM] = "mm-delay",
};

struct lateness { /* what the probes of one target have in common */
    struct probe p;
    const char *traffic;
    bool loaded;
};

static size_t add_lateness(struct probe_plan *plan, const struct lateness *l,
                           enum probe_road road, int delay_ms, bool fifo)
{
    struct probe p = l->p;
    char who[16] = "", delay[24] = "";

    if (road == PROBE_VETH || road == PROBE_TUN)
        snprintf(who, sizeof who, " %s", fifo ? "FIFO" : "user");
    if (delay_ms)
        snprintf(delay, sizeof delay, " %d ms", delay_ms);
    p.road = road;
    p.fifo = fifo;
    p.loaded = l->loaded;
    p.delay_ns = delay_ms * MS;
    snprintf(p.name, sizeof p.name, "%s%s%s %s%s", roads[road], who, delay,
             l->traffic, l->loaded ? " loaded" : "");
    return add(plan, &p);
}

/* What is demanded at 10 ms and above, or (`only_10`) at 10 ms alone. */
struct bounds {
    double user_median, user_p99, fifo_median, fifo_p99;
    bool only_10;
    double mm_median, mm_p99; /* parts of mm-delay's figure */
};

static void add_delay(struct probe_plan *plan, const struct lateness *l,
                      const struct bounds *b, int ms, size_t bare)
{
    size_t mm = add_lateness(plan, l, PROBE_MM, ms, false);
    bool in = b->only_10 ? ms == 10 : ms >= 10;

    for (int fifo = 0; fifo < 2; fifo++) {
        size_t p = add_lateness(plan, l, PROBE_VETH, ms, fifo);
        at_most(plan, p, "median_us", "us",
                !in    ? 0
                : fifo ? b->fifo_median
                       : b->user_median,
                bare);
        at_most(plan, p, "p99_us", "us",
                !in    ? 0
                : fifo ? b->fifo_p99
                       : b->user_p99,
                bare);
        if (in && fifo && b->mm_median > 0)
            ratio_at_most(plan, p, "median_us", "us", b->mm_median, mm);
        if (in && fifo && b->mm_p99 > 0)
            ratio_at_most(plan, p, "p99_us", "us", b->mm_p99, mm);
    }
}

/* ns-3 in real time is a peer: nothing is demanded of it. */
static void add_delays(struct probe_plan *plan, const struct lateness *l,
                       const struct bounds *b, bool quick)
{
    static const int delay_ms[] = {1, 10, 100, 300};
    size_t bare = add_lateness(plan, l, PROBE_BARE, 0, false);
    size_t ns3 = add_lateness(plan, l, PROBE_NS3, 10, false);

    at_most(plan, bare, "median_us", "us", 0, PROBE_NOTHING);
    at_most(plan, bare, "p99_us", "us", 0, PROBE_NOTHING);
    at_most(plan, ns3, "median_us", "us", 0, bare);
    at_most(plan, ns3, "p99_us", "us", 0, bare);
    for (int i = quick ? 1 : 0; i < (quick ? 2 : 4); i++)
        add_delay(plan, l, b, delay_ms[i], bare);
}

static struct lateness dense(bool quick, bool loaded)
{
    return (struct lateness){{.target = loaded ? 2 : 1,
                              .run = probe_lateness,
                              .gap_ns = 2 * MS,
                              .count = quick ? 20 : 250},
                             "dense",
                             loaded};
}

static void add_1(struct probe_plan *plan, bool quick)
{
    static const struct bounds b = {.user_median = 20,
                                    .user_p99 = 100,
                                    .fifo_median = 12,
                                    .fifo_p99 = 60,
                                    .mm_median = 1 / 15.0,
                                    .mm_p99 = 1 / 8.0};
    struct lateness l = dense(quick, false);

    add_delays(plan, &l, &b, quick);
}

static void add_2(struct probe_plan *plan, bool quick)
{
    static const struct bounds b = {
        .user_p99 = 150, .fifo_p99 = 60, .only_10 = true};
    struct lateness l = dense(quick, true);

    add_delays(plan, &l, &b, quick);
}

static void add_3(struct probe_plan *plan, bool quick)
{
    static const struct bounds idle = {
        .fifo_median = 60, .only_10 = true, .mm_median = 0.2};
    static const struct bounds busy = {.only_10 = true};
    struct lateness l = {{.target = 3,
                          .run = probe_lateness,
                          .gap_ns = 30 * MS,
                          .count = quick ? 4 : 24},
                         "sparse",
                         false};

    add_delays(plan, &l, &idle, quick);
    l.loaded = true;
    add_delays(plan, &l, &busy, quick);
}

static size_t add_rate(struct probe_plan *plan, const struct probe *like,
                       const char *name, enum probe_road road, bool fifo)
{
    struct probe p = *like;

    p.road = road;
    p.fifo = fifo;
    p.delay_ns = road == PROBE_VETH || road == PROBE_TUN ? MS : 0;
    snprintf(p.name, sizeof p.name, "%s %llu Mbit/s", name,
             (unsigned long long)p.rate_bps / MBIT);
    return add(plan, &p);
}

static void demand_rate(struct probe_plan *plan, size_t p, bool fast, size_t by)
{
    at_most(plan, p, "error_pct", "%", fast ? 0.1 : 0.02, by);
    at_most(plan, p, "spacing_us", "us", fast ? 0 : 2, by);
    at_most(plan, p, "spacing_p99_us", "us", fast ? 0 : 60, by);
}

static void add_4(struct probe_plan *plan, bool quick)
{
    static const unsigned mbit[] = {12, 120, 960};

    for (int i = 0; i < 3; i++) {
        unsigned packets = mbit[i] * 1000 / 12 * 13 / 10; /* a second */
        unsigned burst = i == 2 ? 10 : 1;
        struct probe p = {.target = 4,
                          .run = probe_rate,
                          .rate_bps = mbit[i] * MBIT,
                          .bytes = 1500,
                          .burst = burst,
                          .gap_ns = 1000 * MS * burst / packets,
                          .count = packets / burst / (quick ? 20 : 2)};
        size_t tbf = add_rate(plan, &p, "tbf", PROBE_TBF, false);
        size_t mm = add_rate(plan, &p, "mm-link", PROBE_MM, false);
        size_t user = add_rate(plan, &p, "veth user", PROBE_VETH, false);
        size_t fifo = add_rate(plan, &p, "veth FIFO", PROBE_VETH, true);

        demand_rate(plan, user, i == 2, tbf);
        demand_rate(plan, fifo, i == 2, tbf);
        at_most(plan, mm, "error_pct", "%", 0, tbf);
        at_most(plan, mm, "spacing_p99_us", "us", 0, tbf);
    }
}

/* The road is to have a rate that never bites. */
static size_t add_load(struct probe_plan *plan, struct probe p,
                       const char *what)
{
    if (p.road == PROBE_VETH || p.road == PROBE_TUN || p.road == PROBE_NS3)
        p.rate_bps = 20000 * MBIT;
    snprintf(p.name, sizeof p.name, "%s%s %s", roads[p.road],
             p.fifo ? " FIFO" : "", what);
    return add(plan, &p);
}

static struct probe even(bool quick)
{
    return (struct probe){.run = probe_steady,
                          .delay_ns = 5 * MS,
                          .gap_ns = 100 * US,
                          .burst = 10,
                          .count = quick ? 300 : 6000};
}

/* Beside it the relay: what the kernel alone takes, on this host, now. */
static size_t add_flood(struct probe_plan *plan, bool quick,
                        enum probe_road road)
{
    struct probe p = {.target = 5,
                      .run = probe_flood,
                      .road = road,
                      .delay_ns = 5 * MS,
                      .burst = 64,
                      .count = quick ? 100 : 6000};

    return add_load(plan, p, "UDP flood");
}

static void add_5_road(struct probe_plan *plan, bool quick, bool tun,
                       size_t bare)
{
    enum probe_road road = tun ? PROBE_TUN : PROBE_VETH;
    enum probe_road relay = tun ? PROBE_TUN_RELAY : PROBE_VETH_RELAY;
    struct probe p = even(quick);
    size_t own, fifo, other;

    p.target = 5;
    p.road = relay;
    other = add_load(plan, p, "100 kpps");
    p.road = road;
    own = add_load(plan, p, "100 kpps");
    at_most(plan, own, "cpu_us", "us", tun ? 2 : 2.5, other);
    p.fifo = true;
    fifo = add_load(plan, p, "100 kpps");
    p.fifo = false;
    at_most(plan, fifo, "cpu_us", "us", 0, other);
    at_most(plan, fifo, "late_p50_us", "us", 0, PROBE_NOTHING);
    at_most(plan, fifo, "late_p99_us", "us", 0, PROBE_NOTHING);
    other = add_flood(plan, quick, relay);
    own = add_flood(plan, quick, road);
    at_least(plan, own, "core_kpps", "kpps", 650, other);
    at_most(plan, own, "kpps", "kpps", 0, other);
    p.run = probe_bulk;
    own = add_load(plan, p, "TCP bulk");
    at_least(plan, own, "gbps", "Gbit/s", tun ? 3.5 : 2.5, bare);
    at_most(plan, own, "cpu_us", "us", 0, PROBE_NOTHING);
}

static void add_5(struct probe_plan *plan, bool quick)
{
    struct probe p = {.target = 5, .run = probe_bulk, .road = PROBE_BARE};
    struct probe gso = {.target = 5,
                        .run = probe_bulk,
                        .road = PROBE_VETH,
                        .gso = true,
                        .delay_ns = 5 * MS,
                        .name = "veth GSO TCP bulk"};
    size_t bare = add_load(plan, p, "TCP bulk"), mm, ns3;

    at_most(plan, bare, "gbps", "Gbit/s", 0, PROBE_NOTHING);
    p.road = PROBE_MM;
    p.delay_ns = 5 * MS;
    mm = add_load(plan, p, "TCP bulk");
    at_most(plan, mm, "gbps", "Gbit/s", 0, bare);
    p.road = PROBE_NS3;
    ns3 = add_load(plan, p, "TCP bulk");
    at_most(plan, ns3, "gbps", "Gbit/s", 0, bare);
    at_most(plan, ns3, "cpu_us", "us", 0, PROBE_NOTHING);
    add_5_road(plan, quick, false, bare);
    add_5_road(plan, quick, true, bare);
    at_least(plan, add(plan, &gso), "gbps", "Gbit/s", 15, bare);
}

static void add_6(struct probe_plan *plan, bool quick)
{
    struct probe p = {.target = 6,
                      .run = probe_transfers,
                      .delay_ns = 10 * MS,
                      .rate_bps = 48 * MBIT,
                      .bytes = quick ? 20000 : 1000000,
                      .count = quick ? 3 : 11};
    size_t mm;

    p.road = PROBE_MM;
    snprintf(p.name, sizeof p.name, "mm-delay mm-link TCP");
    mm = add(plan, &p);
    p.road = PROBE_VETH;
    for (int fifo = 0; fifo < 2; fifo++) {
        size_t n;
        p.fifo = fifo;
        snprintf(p.name, sizeof p.name, "veth %s TCP", fifo ? "FIFO" : "user");
        n = add(plan, &p);
        at_most(plan, n, "connect_ms", "ms", 20.4, mm);
        at_most(plan, n, "median_ms", "ms", 0, mm);
        at_most(plan, n, "sd_pct", "%", 0.15, mm);
    }
}

static void add_experiments(struct probe_plan *plan, bool quick)
{
    struct probe p = {.target = 7,
                      .run = probe_transfers,
                      .name = "one experiment",
                      .delay_ns = 10 * MS,
                      .rate_bps = 20 * MBIT,
                      .bytes = quick ? 20000 : 300000,
                      .count = quick ? 3 : 7};
    size_t one = add(plan, &p), many;
    struct probe_demand d = {.beside = one,
                             .figure = "most_ms",
                             .beside_figure = "median_ms",
                             .unit = "ms",
                             .how = SCORE_RATIO_AT_MOST,
                             .limit = 1.005};

    p.parallel = quick ? 3 : 20;
    snprintf(p.name, sizeof p.name, "%u experiments at once", p.parallel);
    d.probe = many = add(plan, &p);
    demand(plan, d);
    d.figure = "least_ms";
    d.how = SCORE_RATIO_AT_LEAST;
    d.limit = 0.995;
    demand(plan, d);
    at_most(plan, many, "sd_pct", "%", 0.3, one);
}

static void add_7(struct probe_plan *plan, bool quick)
{
    struct probe p = {.target = 7,
                      .run = probe_lateness,
                      .links = quick ? 10 : 200,
                      .delay_ns = MS,
                      .gap_ns = 100 * US,
                      .count = quick ? 300 : 8000};
    size_t n;

    add_experiments(plan, quick);
    for (int fifo = 0; fifo < 2; fifo++) {
        p.fifo = fifo;
        snprintf(p.name, sizeof p.name, "veth %s %u links 10 kpps",
                 fifo ? "FIFO" : "user", p.links);
        n = add(plan, &p);
        at_most(plan, n, "median_us", "us", 0, PROBE_NOTHING);
        at_most(plan, n, "p99_us", "us", 100, PROBE_NOTHING);
    }
    for (int tun = 0; tun < 2; tun++) {
        p = (struct probe){.target = 7,
                           .run = probe_labs,
                           .road = tun ? PROBE_TUN : PROBE_VETH,
                           .count = quick ? 2 : 11};
        snprintf(p.name, sizeof p.name, "%s lab", tun ? "tun" : "veth");
        n = add(plan, &p);
        at_most(plan, n, "both_ms", "ms", 5, PROBE_NOTHING);
    }
}

static void add_8(struct probe_plan *plan, bool quick)
{
    struct probe p = even(quick);
    size_t plain, n;

    p.target = 8;
    plain = add_load(plan, p, "100 kpps, no capture");
    p.captured = true;
    n = add_load(plan, p, "100 kpps, captured");
    at_most(plan, plain, "cpu_us", "us", 0, PROBE_NOTHING);
    ratio_at_most(plan, n, "cpu_us", "us", 1.25, plain);
    demand(plan, (struct probe_demand){.probe = n,
                                       .beside = PROBE_NOTHING,
                                       .figure = "capture_lost",
                                       .unit = "",
                                       .how = SCORE_AT_MOST,
                                       .limit = 0});
}

void probe_plan_add(struct probe_plan *plan, int target, bool quick)
{
    static void (*const adds[PROBE_TARGETS])(struct probe_plan *, bool) = {
        add_1, add_2, add_3, add_4, add_5, add_6, add_7, add_8};

    plan->once = quick;
    adds[target - 1](plan, quick);
}
