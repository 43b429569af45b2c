/* SPDX-License-Identifier: BSD-2-Clause */
/* Sweeps: what varies, cells, the drawn order and its shards, how many
 * at once, and a folder that is whole whatever happens to it. */
#include "bench/run/sweep.h"
#include "bench/run/sweep_predict.h"
#include "bench/run/sweep_store.h"
#include "bench/run/width.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char why[SWEEP_WHY];
static struct sweep sweep;

/* Two modes, three RTTs, two losses, five times. */
static void make(const char *shard)
{
    sweep_init(&sweep);
    ck_assert_int_eq(sweep_set(&sweep, "repeat", "5", SWEEP_OF_FLAGS, why), 0);
    ck_assert_int_eq(
        sweep_set(&sweep, "uplink", "loss {loss}", SWEEP_OF_FLAGS, why), 0);
    ck_assert_int_eq(
        sweep_list(&sweep, "mode", "lockstep,early", SWEEP_OF_FLAGS, why), 0);
    ck_assert_int_eq(
        sweep_scan(&sweep, "rtt", "10ms", "30ms", NULL, SWEEP_OF_FLAGS, why),
        0);
    ck_assert_int_eq(sweep_step(&sweep, "10ms", why), 0);
    ck_assert_int_eq(sweep_list(&sweep, "loss", "0%,1%", SWEEP_OF_FLAGS, why),
                     0);
    ck_assert_int_eq(sweep_shard(&sweep, shard, why), 0);
    ck_assert_msg(sweep_finish(&sweep, why) == 0, "%s", why);
}

START_TEST(cells)
{
    struct scenario s;
    char *varied;

    make("1/1");
    ck_assert_uint_eq(sweep.cells, 12);
    ck_assert_uint_eq(sweep.runs, 60);
    varied = sweep_varied(&sweep, 7);
    ck_assert_str_eq(varied, "mode=early rtt=10ms loss=1%");
    free(varied);
    ck_assert_int_eq(sweep_scenario(&sweep, 7, 3, &s, why), 0);
    ck_assert_int_eq(s.mode, MODE_EARLY);
    ck_assert_int_eq(s.rtt_ns, 10000000);
    ck_assert_str_eq(s.uplink, "loss 1%");
    ck_assert_int_eq(s.seed, 3);
    scenario_release(&s);
    sweep_release(&sweep);
}
END_TEST

/* A seed is a parameter like any other; but repetitions take the seeds behind
 * it, and cells must not have runs in common. */
START_TEST(seeds)
{
    static const struct {
        const char *list, *repeat, *refused;
    } seeds[] = {{"3,1,2", "1", NULL},
                 {"10,30,20", "10", NULL},
                 {"10,29,20", "10", "seed: 20 and 29: --repeat 10 takes"}};
    struct scenario s;

    sweep_init(&sweep);
    sweep_set(&sweep, "repeat", seeds[_i].repeat, SWEEP_OF_FLAGS, why);
    sweep_list(&sweep, "seed", seeds[_i].list, SWEEP_OF_FLAGS, why);
    *why = '\0';
    ck_assert_int_eq(sweep_finish(&sweep, why), seeds[_i].refused ? -1 : 0);
    if (seeds[_i].refused) {
        ck_assert_msg(strstr(why, seeds[_i].refused) == why, "%s", why);
    } else {
        ck_assert_uint_eq(sweep.cells, 3);
        ck_assert_int_eq(sweep_scenario(&sweep, 1, sweep.repeat, &s, why), 0);
        ck_assert_int_eq(s.seed, _i == 0 ? 1 : 39);
        scenario_release(&s);
    }
    sweep_release(&sweep);
}
END_TEST

/* Of few virtual runs all are tried; a shard's are its own. What is kernel
 * follows from the ideal world's times alone: 8 RTT of 200 ms for lockstep, 3
 * for early, and what a lab takes. */
START_TEST(predictions)
{
    struct sweep_prediction p;

    sweep_init(&sweep);
    sweep_list(&sweep, "mode", "lockstep,early", SWEEP_OF_FLAGS, why);
    sweep_list(&sweep, "world", _i ? "kernel" : "ideal", SWEEP_OF_FLAGS, why);
    sweep_set(&sweep, "repeat", "30", SWEEP_OF_FLAGS, why);
    sweep_set(&sweep, "rtt", "200ms", SWEEP_OF_FLAGS, why);
    sweep_shard(&sweep, _i ? "1/1" : "2/3", why);
    ck_assert_msg(sweep_finish(&sweep, why) == 0, "%s", why);
    sweep_predict(&sweep, 4, &p);
    ck_assert_uint_eq(p.sampled, _i ? 60 : 20);
    ck_assert_uint_eq(p.wide, 4);
    if (_i) {
        ck_assert_double_eq(p.virtual_s, 0);
        ck_assert_double_eq_tol(p.kernel_s, 60 * 0.07 + 30 * (1.6 + 0.6), 0.3);
        ck_assert_double_ge(p.wall_s, p.kernel_s / 4);
    } else {
        ck_assert_double_eq(p.kernel_s, 0);
        ck_assert_double_gt(p.virtual_s, 0);
        ck_assert_double_gt(p.wall_s, 0);
    }
    sweep_release(&sweep);
}
END_TEST

/* However many go on at once, the longest takes its time. */
START_TEST(not_below_the_longest)
{
    struct sweep_prediction p;

    sweep_init(&sweep);
    sweep_list(&sweep, "mode", "lockstep,early", SWEEP_OF_FLAGS, why);
    sweep_set(&sweep, "rtt", "600s", SWEEP_OF_FLAGS, why);
    ck_assert_msg(sweep_finish(&sweep, why) == 0, "%s", why);
    sweep_predict(&sweep, 8, &p);
    ck_assert_double_ge(p.wall_s, 8 * 600);
    ck_assert_double_le(p.wall_s, 8 * 600 + 10);
    sweep_release(&sweep);
}
END_TEST

/* Each run is in one shard, once, and its place is found again. */
START_TEST(order)
{
    unsigned char seen[60] = {0};
    size_t moved = 0, total = 0;
    char shard[40];

    for (int k = 1; k <= _i; k++) {
        snprintf(shard, sizeof shard, "%d/%d", k, _i);
        make(shard);
        for (uint64_t at = 0; at < sweep.mine; at++) {
            uint64_t run = sweep_run_at(&sweep, at);

            ck_assert_uint_lt(run, 60);
            seen[run]++;
            ck_assert_int_eq(sweep_at_of(&sweep, run), (int64_t)at);
            moved += run != total++;
        }
        sweep_release(&sweep);
    }
    ck_assert_uint_eq(total, 60);
    ck_assert_uint_gt(moved, 40);
    for (int i = 0; i < 60; i++)
        ck_assert_int_eq(seen[i], 1);
}
END_TEST

START_TEST(what_is_said_twice)
{
    sweep_init(&sweep);
    ck_assert_int_eq(sweep_list(&sweep, "rtt", "1ms,2ms", SWEEP_OF_FILE, why),
                     0);
    ck_assert_int_eq(sweep_set(&sweep, "rtt", "5ms", SWEEP_OF_FLAGS, why), 0);
    ck_assert_uint_eq(sweep.axes, 0);
    ck_assert_int_eq(sweep_set(&sweep, "rtt", "7ms", SWEEP_OF_FILE, why), 0);
    ck_assert_str_eq(sweep.setting[0].text, "5ms");
    ck_assert_int_eq(sweep_list(&sweep, "rtt", "1ms,2ms", SWEEP_OF_FLAGS, why),
                     -1);
    ck_assert_int_eq(sweep_list(&sweep, "flaw", "none,handoff\\,data-always",
                                SWEEP_OF_FLAGS, why),
                     0);
    ck_assert_str_eq(sweep.axis[0].value[1], "handoff,data-always");
    ck_assert_int_eq(sweep_list(&sweep, "body", "", SWEEP_OF_FLAGS, why), -1);
    ck_assert_int_eq(sweep_list(&sweep, "repeat", "1,2", SWEEP_OF_FLAGS, why),
                     -1);
    sweep_release(&sweep);
}
END_TEST

START_TEST(as_json_and_back)
{
    struct sweep again;
    json_t *a, *b;

    make("2/3");
    a = sweep_to_json(&sweep);
    sweep_init(&again);
    ck_assert_int_eq(sweep_from_json(&again, a, why), 0);
    ck_assert_int_eq(sweep_finish(&again, why), 0);
    ck_assert_uint_eq(again.runs, 60);
    b = sweep_to_json(&again);
    ck_assert(json_equal(a, b));
    json_decref(a);
    json_decref(b);
    sweep_release(&again);
    sweep_release(&sweep);
}
END_TEST

START_TEST(more_while_it_is_easy)
{
    const struct strain easy = {0.05, 1, false}, hard = {0.9, 1, false};
    const struct strain failed = {2, 3, false};
    struct width w;

    width_init(&w, 4, 24);
    for (int i = 0; i < 200; i++)
        width_told(&w, easy);
    ck_assert_uint_eq(w.now, 24);
    for (int i = 0; i < 10; i++)
        width_told(&w, hard);
    ck_assert_uint_lt(w.now, 12);
    for (int i = 0; i < 200; i++)
        width_told(&w, failed);
    ck_assert_uint_eq(w.now, 2);
}
END_TEST

START_TEST(fewer_do_not_help_against_the_host)
{
    const struct strain stolen = {2, 3, true}, failed = {2, 3, false};
    struct width w;

    width_init(&w, 8, 24);
    w.now = 24;
    for (int i = 0; i < 200; i++)
        width_told(&w, stolen);
    ck_assert_uint_eq(w.now, 8);
    for (int i = 0; i < 200; i++)
        width_told(&w, i % 3 == 0 ? stolen : failed);
    ck_assert_uint_eq(w.now, 2);
    for (int i = 0; i < 200; i++)
        width_told(&w, stolen);
    ck_assert_uint_eq(w.now, 2);
}
END_TEST

/* A lateness of 30 ms, of which the host took so much. */
START_TEST(stolen_is_what_the_host_took)
{
    struct row r;

    row_init(&r);
    r.one_way_up_ms = r.one_way_down_ms = 100;
    r.closed_ms = 600;
    r.road_late_p99_us = 30000;
    r.hosts_late_ms = 1;
    r.attempts = 2;
    ck_assert_double_eq(strain_of(&r).of_due, 30);
    ck_assert_int_eq(strain_of(&r).attempts, 2);
    ck_assert(!strain_of(&r).stolen);
    r.steal_ms = 20;
    ck_assert(!strain_of(&r).stolen);
    r.steal_ms = 30;
    ck_assert(strain_of(&r).stolen);
    row_release(&r);
}
END_TEST

START_TEST(one_in_ten_means_nothing)
{
    struct width w;

    width_init(&w, 8, 24);
    for (int i = 0; i < 100; i++)
        width_told(&w, (struct strain){i % 20 == 0 ? 2 : 0.4, 1, false});
    ck_assert_uint_eq(w.now, 8);
}
END_TEST

static char dir[] = "/tmp/sweep-XXXXXX", folder[64];

static void folder_setup(void)
{
    strcpy(dir, "/tmp/sweep-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(folder, sizeof folder, "%s/new", dir);
    make("1/1");
}

static void folder_teardown(void)
{
    char command[100];

    snprintf(command, sizeof command, "rm -r %s", dir);
    ck_assert_int_eq(system(command), 0);
    sweep_release(&sweep);
}

/* Appends the row of a run. */
static void append(struct store *st, uint64_t run, enum row_flag valid)
{
    char *line = NULL;
    size_t size;
    FILE *to = open_memstream(&line, &size);
    struct row r;

    row_init(&r);
    r.cell = (int64_t)(run / 5) + 1;
    r.repeat = (int64_t)(run % 5) + 1;
    r.valid = valid;
    row_text(&r.outcome, "delivered");
    row_text(&r.varied, "a \"quote\"\nand a line");
    ck_assert_int_eq(csv_write_row(to, &r), 0);
    fclose(to);
    ck_assert_msg(store_append(st, line, size, why) == 0, "%s", why);
    store_mark(st, (uint64_t)sweep_at_of(&sweep, run));
    free(line);
    row_release(&r);
}

static int reopen(struct store *st)
{
    return store_open(st, &sweep, folder, "again", true, why);
}

/* Whatever octet it is cut at, whole rows are kept and no other. */
START_TEST(cut_anywhere)
{
    struct store st;
    struct stat all, one;
    char path[100];

    snprintf(path, sizeof path, "%s/rows.csv", folder);
    ck_assert_msg(store_open(&st, &sweep, folder, "first", false, why) == 0,
                  "%s", why);
    append(&st, 7, FLAG_TRUE);
    stat(path, &one);
    append(&st, 8, FLAG_TRUE);
    stat(path, &all);
    store_release(&st);
    for (off_t at = all.st_size; at > one.st_size; at--) {
        ck_assert_int_eq(truncate(path, at), 0);
        ck_assert_msg(reopen(&st) == 0, "%s", why);
        ck_assert_uint_eq(st.have, at == all.st_size ? 2 : 1);
        ck_assert_int_eq(*st.note != '\0',
                         at < all.st_size && at > one.st_size);
        if (at < all.st_size)
            append(&st, 8, FLAG_TRUE);
        store_release(&st);
        stat(path, &all);
    }
    ck_assert_int_eq(truncate(path, 10), 0); /* in the header */
    ck_assert_msg(reopen(&st) == 0, "%s", why);
    ck_assert_uint_eq(st.have, 0);
    store_release(&st);
}
END_TEST

START_TEST(invalid_rows_are_taken_out)
{
    struct store st;

    ck_assert_int_eq(store_open(&st, &sweep, folder, "first", false, why), 0);
    append(&st, 1, FLAG_TRUE);
    append(&st, 2, FLAG_FALSE);
    append(&st, 3, FLAG_TRUE);
    append(&st, 4, FLAG_FALSE);
    store_release(&st);
    ck_assert_msg(reopen(&st) == 0, "%s", why);
    ck_assert_uint_eq(st.have, 2);
    ck_assert(store_has(&st, (uint64_t)sweep_at_of(&sweep, 1)));
    ck_assert(!store_has(&st, (uint64_t)sweep_at_of(&sweep, 2)));
    append(&st, 2, FLAG_TRUE);
    store_release(&st);
    ck_assert_msg(reopen(&st) == 0, "%s", why);
    ck_assert_uint_eq(st.have, 3);
    store_release(&st);
}
END_TEST

START_TEST(what_is_refused)
{
    struct store st;

    ck_assert_int_eq(store_open(&st, &sweep, folder, "first", false, why), 0);
    append(&st, 1, FLAG_TRUE);
    append(&st, 1, FLAG_TRUE);
    store_release(&st);
    ck_assert_int_eq(store_open(&st, &sweep, folder, "first", false, why), -1);
    ck_assert_ptr_nonnull(strstr(why, "holds results already"));
    ck_assert_int_eq(reopen(&st), -1);
    ck_assert_ptr_nonnull(strstr(why, "repetition 2 is there twice"));
    sweep_release(&sweep);
    make("1/2");
    ck_assert_int_eq(reopen(&st), -1);
    ck_assert_ptr_nonnull(strstr(why, "holds another sweep"));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/run/sweep");
    TCase *t = tcase_create("plan"), *f = tcase_create("folder");

    tcase_add_test(t, cells);
    tcase_add_loop_test(t, seeds, 0, 3);
    tcase_add_loop_test(t, predictions, 0, 2);
    tcase_add_test(t, not_below_the_longest);
    tcase_add_loop_test(t, order, 1, 8);
    tcase_add_test(t, what_is_said_twice);
    tcase_add_test(t, as_json_and_back);
    tcase_add_test(t, more_while_it_is_easy);
    tcase_add_test(t, one_in_ten_means_nothing);
    tcase_add_test(t, fewer_do_not_help_against_the_host);
    tcase_add_test(t, stolen_is_what_the_host_took);
    tcase_add_checked_fixture(f, folder_setup, folder_teardown);
    tcase_add_test(f, cut_anywhere);
    tcase_add_test(f, invalid_rows_are_taken_out);
    tcase_add_test(f, what_is_refused);
    suite_add_tcase(s, t);
    suite_add_tcase(s, f);
    return s;
}
