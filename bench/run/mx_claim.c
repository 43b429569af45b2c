/* SPDX-License-Identifier: BSD-2-Clause */
/* From a topology and its closed form to a verdict. */
#include "bench/run/mx_claim.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/book.h"
#include "bench/run/mx_grade.h"

#define RTT_NS (MX_CLAIM_RTT_MS * INT64_C(1000000))

/* Of 23 degrees of freedom at p = 0.001: Abramowitz and Stegun, 26.8. */
#define CHI_SQUARE_23 49.728

enum { ORDERS = 24, ORDERED = 4 };

/* Seeds in the virtual worlds; the orders take more. In the kernel world there
 * are two, or one where all seeds go the same way. */
enum { IDEAL_SEEDS = 400, NS3_SEEDS = 100, ORDER_SEEDS = 2400 };

struct trial { /* a claim in one world */
    const struct mx_claim *claim;
    struct claim_line *line;
    enum world world;
    size_t runs;
    bool spared;
    uint64_t seed; /* of the run that is judged */
    bool wants;
    double hosts, hosts_squared, accepted_ms, used, worse;
    size_t seen[ORDERS];
    uint8_t first_step;
    uint64_t other_seed; /* the first that begins elsewhere; 0: none does */
    bool invalid;
};

__attribute__((format(printf, 3, 4))) static void
mark(const struct trial *t, enum claim_verdict v, const char *format, ...)
{
    struct claim_line *l = t->line;
    size_t len;
    va_list args;

    if (l->verdict == CLAIM_FAILS || l->verdict == v)
        return;
    len =
        (size_t)snprintf(l->note, sizeof l->note, "%s: ", world_name(t->world));
    va_start(args, format);
    vsnprintf(l->note + len, sizeof l->note - len, format, args);
    va_end(args);
    l->verdict = v;
}

static int value(struct mx_form f, size_t others)
{
    return f.fixed + f.by_host * (int)others;
}

static void check_count(const struct trial *t, const char *what, size_t is,
                        struct mx_form f, size_t others)
{
    if (f.told && (int)is != value(f, others))
        mark(t, CLAIM_FAILS, "seed %llu: %s %zu, by the form %d",
             (unsigned long long)t->seed, what, is, value(f, others));
}

static void check_time(const struct trial *t, const struct mx_tally *y,
                       size_t others)
{
    const struct mx_claim *c = t->claim;
    int64_t due_ns = value(c->rtts, others) * RTT_NS + c->further_ns;
    int64_t off_ns = y->accepted_ns - due_ns, most_ns = 0;
    bool real = t->world == WORLD_KERNEL;

    if (real)
        most_ns = (int64_t)(BOOK_TOLERANCE * (double)due_ns) +
                  (off_ns > 0 ? y->sides.ran_ns : 0);
    if (c->rtts.told && llabs(off_ns) > most_ns)
        mark(t, real && t->spared ? CLAIM_UNDECIDED : CLAIM_FAILS,
             "seed %llu: accepted at %.3f ms, by the form at %.3f ms",
             (unsigned long long)t->seed, (double)y->accepted_ns / 1e6,
             (double)due_ns / 1e6);
}

static void check_run(const struct trial *t, const struct mx_tally *y)
{
    const struct mx_claim *c = t->claim;
    size_t others = y->hosts > 0 ? y->hosts - 1 : 0;

    if (y->accepted + y->deferred + y->bounced != y->recipients)
        mark(t, CLAIM_FAILS, "seed %llu: mail is unaccounted for",
             (unsigned long long)t->seed);
    if (c->end != DISPATCH_NOT_YET && y->end != c->end)
        mark(t, CLAIM_FAILS, "seed %llu: %s, not %s",
             (unsigned long long)t->seed, dispatch_end_name(y->end),
             dispatch_end_name(c->end));
    check_time(t, y, others);
    check_count(t, "turnarounds", y->turnarounds, c->turnarounds, others);
    check_count(t, "the longest chain", y->longest_chain, c->chain, others);
    check_count(t, "connections", y->connections, c->connections, others);
    check_count(t, "hosts", y->hosts, c->hosts, others);
    check_count(t, "questions", y->questions, c->questions, others);
    check_count(t, "attempts", y->attempts, c->attempts, others);
}

/* The number of the order in which four hosts were tried. */
static size_t order_of(const struct mx_tally *y)
{
    size_t n = 0;

    for (int i = 0; i < ORDERED; i++) {
        size_t smaller = 0;

        for (int k = i + 1; k < ORDERED; k++)
            smaller += y->step[k] < y->step[i];
        n = n * (size_t)(ORDERED - i) + smaller;
    }
    return n;
}

static void add_run(struct trial *t, const struct topology *topology,
                    const struct mx_tally *y)
{
    const struct route_need *need = &topology->message[0].need;
    uint32_t all = need->required | need->preferred | need->performance;
    double hosts = (double)y->hosts;

    check_run(t, y);
    t->hosts += hosts;
    t->hosts_squared += hosts * hosts;
    t->wants = all != 0;
    t->used += all && y->accepted > 0 && y->used == all;
    t->worse += y->worse;
    t->accepted_ms += (double)y->accepted_ns / 1e6;
    if (t->claim->orders && y->steps == ORDERED)
        t->seen[order_of(y)]++;
    if (t->runs == 0)
        t->first_step = y->step[0];
    if (y->step[0] != t->first_step && t->other_seed == 0)
        t->other_seed = t->seed;
    t->runs++;
}

/* Means of many seeds lie within four of their own standard errors, all but
 * once in ten thousand. Of the few in the kernel world nothing is said. */
static void check_mean(const struct trial *t, const char *what,
                       struct mx_mean due, double sum, double variance)
{
    double mean = sum / (double)t->runs;
    double most = 4 * sqrt(variance / (double)t->runs) + 1e-9;

    if (due.told && t->world != WORLD_KERNEL && fabs(mean - due.is) > most)
        mark(t, CLAIM_FAILS, "%s %.4g on average, should be %.4g +- %.2g", what,
             mean, due.is, most);
}

static double binomial(double share)
{
    return share * (1 - share);
}

static void check_means(const struct trial *t)
{
    const struct mx_claim *c = t->claim;
    double n = (double)t->runs, mean = t->hosts / n;

    check_mean(t, "hosts", c->hosts_mean, t->hosts,
               t->hosts_squared / n - mean * mean);
    check_mean(t, "used", c->used, t->used, binomial(c->used.is));
    check_mean(t, "a worse preference", c->worse, t->worse,
               binomial(c->worse.is));
    if (c->orders && mx_chi_square(t->seen, ORDERS) > CHI_SQUARE_23)
        mark(t, CLAIM_FAILS, "chi-square %.1f", mx_chi_square(t->seen, ORDERS));
}

double mx_chi_square(const size_t *seen, size_t orders)
{
    double sum = 0, all = 0, each;

    for (size_t i = 0; i < orders; i++)
        all += (double)seen[i];
    each = all / (double)orders;
    for (size_t i = 0; i < orders; i++)
        sum += ((double)seen[i] - each) * ((double)seen[i] - each) / each;
    return all > 0 ? sum : INFINITY;
}

static void tell(const struct trial *t, char out[48])
{
    const struct mx_claim *c = t->claim;
    double n = (double)t->runs;

    if (t->invalid)
        snprintf(out, 48, "INVALID");
    else if (c->orders)
        snprintf(out, 48, "%.1f", mx_chi_square(t->seen, ORDERS));
    else if (t->accepted_ms / n > 1e5)
        snprintf(out, 48, "%.3g hosts, %.2f h", t->hosts / n,
                 t->accepted_ms / n / 3.6e6);
    else if (t->accepted_ms > 0 && t->wants)
        snprintf(out, 48, "%.3g hosts, %.0f ms, used %.0f %%", t->hosts / n,
                 t->accepted_ms / n, 100 * t->used / n);
    else if (t->accepted_ms > 0)
        snprintf(out, 48, "%.3g hosts, %.0f ms", t->hosts / n,
                 t->accepted_ms / n);
    else
        snprintf(out, 48, "%.3g hosts", t->hosts / n);
}

static void run_seed(struct trial *t, const struct topology *topology,
                     uint64_t seed)
{
    const struct mx_claim *c = t->claim;
    const struct mx_part part = {.topology = topology,
                                 .message = &topology->message[0],
                                 .policy = c->policy,
                                 .mode = c->mode,
                                 .seed = seed};
    char why[MX_WHY] = "", late[MX_LATE] = "";
    struct mx_tally y;

    t->seed = seed;
    t->invalid = mx_in_world(t->world, &part, &y, late, why) < 0 || *late;
    if (t->invalid)
        mark(t, CLAIM_UNDECIDED, "seed %llu: %.160s", (unsigned long long)seed,
             *late ? late : why);
    else
        add_run(t, topology, &y);
}

static void run_world(struct trial *t, const struct topology *topology,
                      uint64_t other_seed, char out[48])
{
    size_t seeds = t->claim->orders          ? ORDER_SEEDS
                   : t->world == WORLD_IDEAL ? IDEAL_SEEDS
                   : t->world == WORLD_NS3   ? NS3_SEEDS
                                             : 1;

    for (uint64_t i = 1; i <= seeds && !t->invalid; i++)
        run_seed(t, topology, i);
    if (t->world == WORLD_KERNEL && other_seed && !t->invalid)
        run_seed(t, topology, other_seed);
    if (t->runs > 0 && !t->invalid)
        check_means(t);
    tell(t, out);
}

/* Whether the way depends on chance, as far as the claim tells. */
static bool by_chance(const struct mx_claim *c)
{
    return c->hosts_mean.told || c->end == DISPATCH_NOT_YET;
}

void mx_claim_play(const struct mx_claim *c, struct mx_worlds worlds,
                   struct claim_line *l)
{
    struct trial t = {.claim = c, .line = l};
    char why[MX_WHY] = "";
    struct topology *topology = topology_parse(c->says, c->topology, why);
    uint64_t other_seed = 0;

    l->verdict = CLAIM_HOLDS;
    if (!topology) {
        mark(&t, CLAIM_FAILS, "%.200s", why);
        return;
    }
    for (int w = 0; w < WORLD_COUNT; w++) {
        char *out = w == WORLD_IDEAL ? l->ideal
                    : w == WORLD_NS3 ? l->ns3
                                     : l->kernel;

        if ((w == WORLD_NS3 && !worlds.ns3) ||
            (w == WORLD_KERNEL && (!worlds.kernel || !c->kernel)))
            continue;
        t = (struct trial){.claim = c,
                           .line = l,
                           .world = (enum world)w,
                           .spared = worlds.spared};
        run_world(&t, topology, other_seed, out);
        if (w == WORLD_IDEAL && by_chance(c))
            other_seed = t.other_seed;
    }
    topology_free(topology);
}

static void add(char expected[48], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What does not fit is left out. */
static void add(char expected[48], const char *format, ...)
{
    size_t len = strlen(expected);
    char part[48];
    va_list args;

    va_start(args, format);
    vsnprintf(part, sizeof part, format, args);
    va_end(args);
    if (len + strlen(part) + 3 < 48)
        snprintf(expected + len, 48 - len, "%s%s", len ? ", " : "", part);
}

static void add_form(char expected[48], const char *before, struct mx_form f,
                     const char *after)
{
    char by_host[16] = "";

    if (!f.told)
        return;
    if (f.by_host == 1)
        snprintf(by_host, sizeof by_host, " + p");
    else if (f.by_host > 1)
        snprintf(by_host, sizeof by_host, " + %d p", f.by_host);
    add(expected, "%s%d%s%s", before, f.fixed, by_host, after);
}

static void add_time(char expected[48], const struct mx_claim *c)
{
    if (c->further_ns > 0 && c->rtts.told)
        add(expected, "%d RTT + %g s", c->rtts.fixed,
            (double)c->further_ns / 1e9);
    else
        add_form(expected, "", c->rtts, " RTT");
}

void mx_claim_expect(const struct mx_claim *c, char expected[48])
{
    *expected = '\0';
    if (c->orders) {
        snprintf(expected, 48, "chi-square < %.1f, 23 df", CHI_SQUARE_23);
        return;
    }
    if (c->hosts_mean.told)
        add(expected, "%.3g hosts", c->hosts_mean.is);
    add_form(expected, "", c->hosts, c->hosts.fixed == 1 ? " host" : " hosts");
    add_time(expected, c);
    add_form(expected, "W ", c->turnarounds, "");
    add_form(expected, "", c->attempts, " attempts");
    if (c->used.told)
        add(expected, "used %.0f %%", 100 * c->used.is);
    if (c->end > DISPATCH_DELIVERED)
        add(expected, "%s", dispatch_end_name(c->end));
}
