/* SPDX-License-Identifier: BSD-2-Clause */
/* The benchmark of the road works: every probe leaves figures or says why not,
 * and figures become verdicts. No figure is asserted: it is this host's. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/probe_plan.h"
#include "tests/lab_help.h"

/* clang-format off */
static const struct judged {
    enum score_demand demand;
    double limit, measured, ratio;
    enum score_verdict verdict;
} judged[] = {
    {SCORE_NONE,           0,   7,   NAN, SCORE_REPORTED},
    {SCORE_AT_MOST,        7,   7,   NAN, SCORE_MET},
    {SCORE_AT_MOST,        7,   7.1, 0.1, SCORE_MISSED},
    {SCORE_AT_MOST,        0,   0,   NAN, SCORE_MET},
    {SCORE_AT_MOST,        7,   NAN, NAN, SCORE_SKIPPED},
    {SCORE_AT_LEAST,       650, 650, NAN, SCORE_MET},
    {SCORE_AT_LEAST,       650, 649, 2,   SCORE_MISSED},
    {SCORE_RATIO_AT_MOST,  0.2, 50,  0.2, SCORE_MET},
    {SCORE_RATIO_AT_MOST,  0.2, 0.1, 0.3, SCORE_MISSED},
    {SCORE_RATIO_AT_MOST,  0.2, 50,  NAN, SCORE_SKIPPED},
    {SCORE_RATIO_AT_LEAST, 2,   1,   2.5, SCORE_MET},
};
/* clang-format on */

START_TEST(judges)
{
    const struct judged *row = &judged[_i];
    struct score s = {.demand = row->demand,
                      .limit = row->limit,
                      .measured = row->measured,
                      .ratio = row->ratio};

    score_judge(&s);
    ck_assert_int_eq(s.verdict, row->verdict);
}
END_TEST

static int count_up(const struct probe *p, struct probe_outcome *o)
{
    probe_figure(o, "count", p->count);
    return 0;
}

static int spoilt(const struct probe *p, struct probe_outcome *o)
{
    count_up(p, o);
    probe_refuse(o, "it was \"%s\"", "late");
    return 0;
}

static int cannot(const struct probe *p, struct probe_outcome *o)
{
    (void)p;
    o->skipped = true;
    return probe_refuse(o, "not here");
}

static int fails(const struct probe *p, struct probe_outcome *o)
{
    (void)p;
    return probe_refuse(o, "too slow");
}

static int dies(const struct probe *p, struct probe_outcome *o)
{
    (void)p;
    (void)o;
    abort();
}

static struct probe probe_named(const char *name, probe_run *run)
{
    struct probe p = {.target = 1, .run = run, .count = 6};

    strcpy(p.name, name);
    return p;
}

/* What this host does meanwhile is no part of the test. */
static void run_calm(const struct probe *p, struct probe_outcome *o)
{
    probe_do(p, o);
    o->disturbed = false;
}

static unsigned runs;

/* The first ones are disturbed, as many as `burst` says. */
static void run_disturbed(const struct probe *p, struct probe_outcome *o)
{
    *o = (struct probe_outcome){.done = false};
    o->done = p->run(p, o) == 0;
    o->disturbed = runs++ < p->burst;
}

/* Of the first one, beside each of the others. */
static struct probe_plan plan_of(const struct probe *p, size_t count)
{
    struct probe_plan plan = {
        .probes = count, .demands = 2 * count, .run = run_calm};

    plan.probe = calloc(count, sizeof *plan.probe);
    plan.demand = calloc(2 * count, sizeof *plan.demand);
    memcpy(plan.probe, p, count * sizeof *p);
    for (size_t i = 0; i < count; i++) {
        plan.demand[i] = (struct probe_demand){i,  PROBE_NOTHING, "count", NULL,
                                               "", SCORE_AT_MOST, 6};
        plan.demand[count + i] = (struct probe_demand){
            0, i, "count", NULL, "", SCORE_RATIO_AT_LEAST, 1};
    }
    return plan;
}

START_TEST(scores)
{
    struct probe p[] = {
        probe_named("good", count_up), probe_named("late", spoilt),
        probe_named("skipped", cannot), probe_named("dead", dies)};
    static const enum score_verdict wanted[] = {
        SCORE_MET, SCORE_INVALID, SCORE_SKIPPED, SCORE_INVALID,
        SCORE_MET, SCORE_INVALID, SCORE_SKIPPED, SCORE_INVALID};
    struct probe_plan plan = plan_of(p, 4);
    char *text = NULL;
    size_t len;
    FILE *csv = open_memstream(&text, &len);
    struct score *s;

    probe_plan_head(csv);
    for (int r = 0; r < 2; r++)
        probe_plan_round(&plan, csv, NULL, NULL);
    s = probe_plan_score(&plan);
    for (size_t i = 0; i < plan.demands; i++)
        ck_assert_msg(s[i].verdict == wanted[i], "%zu: %d", i, s[i].verdict);
    ck_assert_uint_eq(s[0].rounds, 2);
    ck_assert_ptr_null(s[0].why);
    ck_assert_str_eq(s[2].why, "not here");
    fclose(csv);
    ck_assert_ptr_nonnull(strstr(text, "\n1,1,1,good,count,6,0,\n"));
    ck_assert_ptr_nonnull(strstr(text, ",count,6,0,\"it was \"\"late\"\"\"\n"));
    ck_assert_ptr_nonnull(strstr(text, "2,1,1,skipped,none,,0,\"not here\"\n"));
    free(text);
    free(s);
    probe_plan_release(&plan);
}
END_TEST

/* clang-format off */
static const struct disturbance {
    unsigned runs; /* disturbed, of one probe */
    size_t repeated, disturbed, rounds;
    enum score_verdict verdict;
} disturbances[] = {
    { 0, 0, 0, 4, SCORE_MET},
    { 1, 1, 0, 4, SCORE_MET},       /* the first round, once more */
    { 2, 1, 1, 3, SCORE_MET},       /* that was of no use: given up */
    { 4, 2, 2, 2, SCORE_UNDECIDED},
    {99, 4, 4, 0, SCORE_UNDECIDED},
};
/* clang-format on */

/* What was disturbed and failed may be good: nobody knows. */
START_TEST(failures_of_the_disturbed)
{
    struct probe p = probe_named("one", fails);
    struct probe_plan plan;
    FILE *csv = tmpfile(), *table = tmpfile();
    char line[400] = "";
    struct score *s;

    p.burst = _i ? 99 : 0;
    runs = 0;
    plan = plan_of(&p, 1);
    plan.run = run_disturbed;
    probe_plan_round(&plan, csv, NULL, NULL);
    s = probe_plan_score(&plan);
    ck_assert_int_eq(s[0].verdict, _i ? SCORE_UNDECIDED : SCORE_INVALID);
    ck_assert_str_eq(s[0].why, "too slow");
    score_print(table, s, 1, probe_target_name);
    rewind(table);
    while (fgets(line, sizeof line, table))
        ;
    ck_assert_msg(strstr(line, " - ") && strstr(line, "too slow"), "%s", line);
    free(s);
    probe_plan_release(&plan);
    fclose(csv);
    fclose(table);
}
END_TEST

START_TEST(repeats_what_was_disturbed)
{
    const struct disturbance *row = &disturbances[_i];
    struct probe p = probe_named("one", count_up);
    struct probe_plan plan;
    char *text = NULL;
    size_t len;
    FILE *csv = open_memstream(&text, &len);
    struct score *s;

    p.burst = row->runs;
    runs = 0;
    plan = plan_of(&p, 1);
    plan.run = run_disturbed;
    for (int r = 0; r < 4; r++)
        probe_plan_round(&plan, csv, NULL, NULL);
    s = probe_plan_score(&plan);
    ck_assert_uint_eq(plan.repeated, row->repeated);
    ck_assert_uint_eq(plan.disturbed, row->disturbed);
    ck_assert_uint_eq(s[0].rounds, row->rounds);
    ck_assert_int_eq(s[0].verdict, row->verdict);
    ck_assert_double_eq(s[0].measured, 6); /* of whatever there is */
    ck_assert_int_eq(s[1].verdict, row->verdict);
    fclose(csv);
    if (row->runs > 0) {
        ck_assert_ptr_nonnull(strstr(text, "1,1,1,one,count,6,1,\n"));
        ck_assert_ptr_nonnull(strstr(text, "1,2,1,one,count,6,"));
    }
    free(text);
    free(s);
    probe_plan_release(&plan);
}
END_TEST

/* It had figures, or it said why not. */
static void check_outcome(void *arg, const struct probe *p,
                          const struct probe_outcome *o)
{
    size_t *done = arg;

    ck_assert_msg(o->done || o->why[0], "%s", p->name);
    ck_assert_msg(!o->done || o->count > 0, "%s", p->name);
    *done += o->done;
}

START_TEST(measures)
{
    struct probe_plan plan = {0};
    FILE *csv = tmpfile(), *table = tmpfile();
    size_t done = 0;
    struct score *s;
    json_t *json;

    NEED(PORT_VETH);
    probe_plan_add(&plan, _i, true);
    probe_plan_head(csv);
    probe_plan_round(&plan, csv, check_outcome, &done);
    ck_assert_uint_ge(done, 1);
    s = probe_plan_score(&plan);
    score_print(table, s, plan.demands, probe_target_name);
    ck_assert_int_gt(ftell(table), 0);
    json = score_to_json(s, plan.demands);
    ck_assert_uint_eq(json_array_size(json), plan.demands);
    json_decref(json);
    free(s);
    probe_plan_release(&plan);
    fclose(csv);
    fclose(table);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/run/probe");
    TCase *scores_case = tcase_create("scores");
    TCase *probes = tcase_create("probes");

    tcase_add_loop_test(scores_case, judges, 0,
                        sizeof judged / sizeof judged[0]);
    tcase_add_test(scores_case, scores);
    tcase_add_loop_test(scores_case, failures_of_the_disturbed, 0, 2);
    tcase_add_loop_test(scores_case, repeats_what_was_disturbed, 0,
                        sizeof disturbances / sizeof disturbances[0]);
    suite_add_tcase(s, scores_case);
    tcase_set_timeout(probes, 120);
    tcase_add_loop_test(probes, measures, 1, PROBE_TARGETS + 1);
    suite_add_tcase(s, probes);
    return s;
}
