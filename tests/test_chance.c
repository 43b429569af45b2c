/* SPDX-License-Identifier: BSD-2-Clause */
/* What netem/ leaves to chance, against theory. Seeds are fixed, so that a
 * bound of some standard errors is met always or never. */
#include <math.h>

#include "netem/chance.h"
#include "netem/scatter.h"
#include "tests/drive.h"

#define DRAWS 200000
#define ERRORS 4.5 /* standard errors: one in 150,000 */

struct moments {
    double mean, sd, lag; /* lag: the correlation of one and the next */
};

static struct moments moments(const double *x, size_t count)
{
    double sum = 0, squares = 0, products = 0, mean;

    for (size_t i = 0; i < count; i++)
        sum += x[i];
    mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    for (size_t i = 1; i < count; i++)
        products += (x[i] - mean) * (x[i - 1] - mean);
    return (struct moments){mean, sqrt(squares / (double)count),
                            squares > 0 ? products / squares : 1};
}

static void near(const char *what, double is, double should, double bound)
{
    if (!(fabs(is - should) <= bound))
        ck_abort_msg("%s: %g, but %g +- %g by theory", what, is, should, bound);
}

START_TEST(even_and_correlated)
{
    static const double corr_pct[] = {0, 1, 25, 50, 90, 99};
    double r = corr_pct[_i] / 100, *x = malloc(DRAWS * sizeof *x);
    double slow = sqrt((1 + r) / (1 - r)); /* fewer draws that tell anew */
    struct chance c;
    struct moments m;

    chance_init(&c, 7, 3);
    for (int i = 0; i < DRAWS; i++) {
        x[i] = chance_correlated(&c, corr_pct[_i]);
        if (x[i] < 0 || x[i] >= 1)
            ck_abort_msg("%g is not in [0, 1)", x[i]);
    }
    m = moments(x, DRAWS);
    near("mean", m.mean, 0.5, ERRORS * slow * sqrt(1. / 12 / DRAWS));
    near("sigma", m.sd, sqrt(1. / 12), ERRORS * slow * 0.4 / sqrt(DRAWS));
    near("correlation", m.lag, r, ERRORS * 2 / sqrt(DRAWS));
    free(x);
}
END_TEST

START_TEST(wholly_correlated_never_changes)
{
    struct chance c;
    double first;

    chance_init(&c, 7, 3);
    first = chance_correlated(&c, 100);
    for (int i = 0; i < 1000; i++)
        near("draw", chance_correlated(&c, 100), first, 1e-9);
}
END_TEST

START_TEST(streams_and_seeds_differ)
{
    struct chance a, b, c, again;

    chance_init(&a, 1, 0);
    chance_init(&b, 1, 1);
    chance_init(&c, 2, 0);
    chance_init(&again, 1, 0);
    for (int i = 0; i < 100; i++) {
        uint64_t bits = chance_bits(&a);
        ck_assert_uint_ne(bits, chance_bits(&b));
        ck_assert_uint_ne(bits, chance_bits(&c));
        ck_assert_uint_eq(bits, chance_bits(&again));
    }
}
END_TEST

/* The pareto table's moments: x = u^(-1/3) for even u, scaled, cut at 4. */
static struct moments pareto_moments(void)
{
    double cut = (double)INT16_MAX / SCATTER_SIGMA, x = cut * 3 / 4 + 1.5;
    double u = pow(x, -3), m1 = 1.5 * (1 - pow(u, 2. / 3)) + u * x;
    double m2 = 3 * (1 - cbrt(u)) + u * x * x;

    return (struct moments){(m1 - 1.5) * 4 / 3, sqrt(m2 - m1 * m1) * 4 / 3, 0};
}

START_TEST(tables_have_the_moments_they_should)
{
    int16_t table[SCATTER_COUNT];
    double x[SCATTER_COUNT];
    struct moments theory = pareto_moments(), m;

    for (enum link_spread s = LINK_NORMAL; s <= LINK_PARETONORMAL; s++) {
        scatter_make(s, table);
        for (int i = 0; i < SCATTER_COUNT; i++) {
            x[i] = table[i] / (double)SCATTER_SIGMA;
            if (i > 0 && table[i] < table[i - 1])
                ck_abort_msg("table %d falls at %d", (int)s, i);
        }
        m = moments(x, SCATTER_COUNT);
        if (s == LINK_NORMAL) {
            near("normal mean", m.mean, 0, 0.001);
            near("normal sigma", m.sd, 1, 0.001);
        } else if (s == LINK_PARETO) {
            near("pareto mean", m.mean, theory.mean, 0.001);
            near("pareto sigma", m.sd, theory.sd, 0.002);
        } else { /* both parts rise together */
            near("paretonormal mean", m.mean, theory.mean * 0.75, 0.001);
            ck_assert(m.sd > theory.sd * 0.75 && m.sd < 1);
        }
    }
}
END_TEST

START_TEST(tables_are_those_that_iproute2_ships)
{
    static const struct {
        enum link_spread spread;
        int at, value; /* read off the files of iproute2 6.1 */
    } rows[] = {
        {LINK_NORMAL, 0, -32768},       {LINK_NORMAL, 1, -28307},
        {LINK_NORMAL, 4095, 28858},     {LINK_PARETO, 0, -5461},
        {LINK_PARETO, 1, -5460},        {LINK_PARETO, 4095, 32767},
        {LINK_PARETONORMAL, 1, -11171}, {LINK_PARETONORMAL, 4095, 31789},
    };
    int16_t table[SCATTER_COUNT];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scatter_make(rows[i].spread, table);
        ck_assert_int_le(abs(table[rows[i].at] - rows[i].value), 1);
    }
}
END_TEST

START_TEST(great_jitter_fits)
{
    int16_t table[] = {INT16_MIN, INT16_MAX};
    int64_t year = 720 * 3600 * SECOND;

    ck_assert_int_eq(scatter_pick(table, 2, 0, year, 0), -4 * year);
    ck_assert_int_ge(scatter_pick(table, 2, 0, year, 0.9), year * 3);
    ck_assert_int_eq(scatter_pick(NULL, 0, 5, 3, 0), 2);
    ck_assert_int_eq(scatter_pick(NULL, 0, 5, 0, 0.5), 5);
}
END_TEST

/* The delays of a link, in order of arrival, in milliseconds. */
static double *delays(const char *words, size_t count)
{
    struct drive d = drive(words, 11, count, 100, 1000);
    double *x = calloc(count, sizeof *x);

    for (size_t i = 0; i < d.count; i++)
        x[d.out[i].id - 1] = (double)(d.out[i].due_ns - d.out[i].in_ns) / MS;
    drive_release(&d);
    return x;
}

START_TEST(delays_have_mean_and_sigma)
{
    struct moments pareto = pareto_moments();
    struct {
        const char *words;
        double mean, sd, lag;
    } rows[] = {
        {"delay 100ms", 100, 0, 1},
        {"delay 100ms 10ms", 100, 10 / sqrt(3), 0},
        {"delay 100ms 10ms 50%", 100, 10 / sqrt(3), 0.5},
        {"delay 100ms 10ms distribution normal", 100, 10, 0},
        {"delay 100ms 10ms 25% distribution normal", 100, 10, 0.26},
        {"delay 100ms 10ms distribution pareto", 100 + 10 * pareto.mean,
         10 * pareto.sd, 0},
    };
    size_t count = 50000;
    double *x = delays(rows[_i].words, count),
           error = rows[_i].sd / sqrt(count);
    double slow = sqrt((1 + rows[_i].lag) / (1 - fmin(rows[_i].lag, 0.9)));
    struct moments m = moments(x, count);

    near(rows[_i].words, m.mean, rows[_i].mean, ERRORS * slow * error);
    near(rows[_i].words, m.sd, rows[_i].sd, ERRORS * slow * error * 1.5);
    near(rows[_i].words, m.lag, rows[_i].lag, 0.02);
    free(x);
}
END_TEST

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double even_law(double ms)
{
    return (ms - 90) / 20;
}

static double normal_law(double ms)
{
    return erfc((100 - ms) / 10 / sqrt(2)) / 2;
}

/* Kolmogorov and Smirnov: at 1.95 / sqrt(n) one sample in 1000 is refused.
 * A table of 4096 steps adds half a step of its own. */
START_TEST(delays_follow_their_law)
{
    static const struct {
        const char *words;
        double (*law)(double);
    } rows[] = {{"delay 100ms 10ms", even_law},
                {"delay 100ms 10ms distribution normal", normal_law}};
    size_t count = 50000;
    double *x = delays(rows[_i].words, count), most = 0;

    qsort(x, count, sizeof *x, by_size);
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(rows[_i].law(x[i]) - (i + 0.5) / (double)count));
    ck_assert_msg(most < 1.95 / sqrt(count) + 0.5 / SCATTER_COUNT, "%s: %g",
                  rows[_i].words, most);
    free(x);
}
END_TEST

START_TEST(a_table_from_a_file)
{
    struct drive d =
        drive_file("delay 10ms 1ms distribution file",
                   "# 1 2 3\n 8192\n-8192 0\n", 1, 3000, 100, 1000);
    int times[3] = {0};

    for (size_t i = 0; i < d.count; i++) {
        int64_t off = d.out[i].due_ns - d.out[i].in_ns - 9 * MS;
        ck_assert_int_eq(off % MS, 0);
        ck_assert(off / MS >= 0 && off / MS < 3);
        times[off / MS]++;
    }
    for (int i = 0; i < 3; i++)
        near("a third each", times[i], 1000, ERRORS * sqrt(3000 * 2. / 9));
    drive_release(&d);
}
END_TEST

/* 1 for each packet lost. */
static double *losses(const char *words, size_t count)
{
    struct drive d = drive(words, 5, count, 100, 1000);
    double *lost = calloc(count, sizeof *lost);

    for (size_t i = 0; i < d.count; i++)
        lost[d.out[i].id - 1] = d.out[i].rule == LINK_LOSS;
    ck_assert_int_eq(d.counters.dropped, d.counters.dropped_by[LINK_LOSS]);
    drive_release(&d);
    return lost;
}

START_TEST(loss_at_its_rate)
{
    static const struct {
        const char *words;
        double rate, slow; /* slow: correlated packets tell less */
    } rows[] = {
        {"loss 0%", 0, 1},          {"loss 100%", 1, 1},
        {"loss 1%", 0.01, 1},       {"loss random 30%", 0.3, 1},
        {"loss 1% 25%", 0.01, 1.3}, {"loss 30% 50%", 0.3, 1.8},
        {"loss state 5%", 0.05, 1}, {"loss gemodel 5%", 0.05, 1},
    };
    double *lost = losses(rows[_i].words, DRAWS), p = rows[_i].rate;
    struct moments m = moments(lost, DRAWS);

    near(rows[_i].words, m.mean, p,
         ERRORS * rows[_i].slow * sqrt(p * (1 - p) / DRAWS));
    if (rows[_i].slow == 1 && p > 0 && p < 1)
        near("independent", m.lag, 0, ERRORS / sqrt(DRAWS));
    else if (rows[_i].slow > 1)
        ck_assert(m.lag > 0.02);
    free(lost);
}
END_TEST

/* The share of runs of `what` that are `length` long, and their mean. */
static double run_share(const double *lost, size_t count, double what,
                        size_t length, double *mean)
{
    size_t runs = 0, hits = 0, total = 0, run = 0;

    for (size_t i = 0; i <= count; i++) {
        if (i < count && lost[i] == what) {
            run++;
            continue;
        }
        if (run) {
            runs++;
            total += run;
            hits += run == length;
        }
        run = 0;
    }
    *mean = (double)total / (double)runs;
    return (double)hits / (double)runs;
}

/* Gilbert's chain: losses come in runs of mean 1/r, what arrives in runs of
 * mean 1/p, both geometric; p / (p + r) is lost. */
START_TEST(gilbert_runs)
{
    double *lost = losses("loss gemodel 2% 20%", DRAWS), mean;
    double runs = DRAWS / (1 / 0.02 + 1 / 0.2), r = 0.2;

    near("loss rate", moments(lost, DRAWS).mean, 0.02 / 0.22, 0.006);
    for (size_t length = 1; length <= 4; length++) {
        double p = r * pow(1 - r, (double)length - 1);
        near("length of loss", run_share(lost, DRAWS, 1, length, &mean), p,
             ERRORS * sqrt(p * (1 - p) / runs));
    }
    near("mean length of loss", mean, 1 / r,
         ERRORS * sqrt(1 - r) / r / sqrt(runs));
    run_share(lost, DRAWS, 0, 1, &mean);
    near("mean length between", mean, 50, ERRORS * 50 / sqrt(runs));
    free(lost);
}
END_TEST

START_TEST(elliott_loses_in_both_states)
{
    double *lost = losses("loss gemodel 10% 30% 60% 5%", DRAWS);
    double bad = 0.1 / 0.4;

    near("loss rate", moments(lost, DRAWS).mean, bad * 0.6 + (1 - bad) * 0.05,
         ERRORS * 1.8 * sqrt(0.19 * 0.81 / DRAWS));
    free(lost);
}
END_TEST

/* The stationary law of the 4-state chain, found by walking it. */
START_TEST(four_states)
{
    double p13 = 0.03, p31 = 0.3, p32 = 0.25, p23 = 0.4, p14 = 0.01;
    double s[4] = {1, 0, 0, 0}, next[4]; /* of states 1 to 4 */
    double *lost = losses("loss state 3% 30% 25% 40% 1%", DRAWS);

    for (int i = 0; i < 1000; i++) {
        next[0] = s[0] * (1 - p13 - p14) + s[2] * p31 + s[3];
        next[1] = s[1] * (1 - p23) + s[2] * p32;
        next[2] = s[0] * p13 + s[1] * p23 + s[2] * (1 - p31 - p32);
        next[3] = s[0] * p14;
        memcpy(s, next, sizeof s);
    }
    near("loss rate", moments(lost, DRAWS).mean, s[2] + s[3],
         ERRORS * 2 * sqrt((s[2] + s[3]) / DRAWS));
    free(lost);
}
END_TEST

/* A chain does not take the state of another one over. */
START_TEST(another_chain_starts_anew)
{
    struct drive d =
        drive("loss gemodel 100% 0% at 1s loss state 0%", 1, 2000, 100, MS);

    ck_assert_uint_eq(d.counters.dropped, 999);
    drive_release(&d);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("netem/chance");
    TCase *t = tcase_create("chance");

    tcase_add_loop_test(t, even_and_correlated, 0, 6);
    tcase_add_test(t, wholly_correlated_never_changes);
    tcase_add_test(t, streams_and_seeds_differ);
    tcase_add_test(t, tables_have_the_moments_they_should);
    tcase_add_test(t, tables_are_those_that_iproute2_ships);
    tcase_add_test(t, great_jitter_fits);
    tcase_add_loop_test(t, delays_have_mean_and_sigma, 0, 6);
    tcase_add_loop_test(t, delays_follow_their_law, 0, 2);
    tcase_add_test(t, a_table_from_a_file);
    tcase_add_loop_test(t, loss_at_its_rate, 0, 8);
    tcase_add_test(t, gilbert_runs);
    tcase_add_test(t, elliott_loses_in_both_states);
    tcase_add_test(t, four_states);
    tcase_add_test(t, another_chain_starts_anew);
    suite_add_tcase(s, t);
    return s;
}
