/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows: through JSON and CSV and back unharmed; what is broken is refused by
 * name; a folder survives being cut off. */
#include "bench/tell/folder.h"

#include <check.h>
#include <ftw.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A row with something of every kind, and texts that need quoting. */
static void row_example(struct row *r)
{
    row_init(r);
    row_text(&r->mode, "pipelining");
    row_text(&r->uplink, "delay 100ms rate 1mbit");
    row_text(&r->command, "turnaround run --uplink 'a, \"b\"\nc'");
    r->recipients = 3;
    r->seed = INT64_MAX;
    r->rtt_ms = 200.04;
    r->closed_ms = 1000.000001;
    r->residual_ms = 1000.1 - 1000; /* 0.1000000000000227 as it stands */
    r->valid = FLAG_TRUE;
}

static void rows_same(const struct row *a, const struct row *b)
{
    char room_a[64], room_b[64];

    for (int i = 0; i < ROW_WIDTH; i++)
        ck_assert_str_eq(
            row_field_text(a, &row_columns[i], room_a, sizeof room_a),
            row_field_text(b, &row_columns[i], room_b, sizeof room_b));
}

START_TEST(json_and_back)
{
    struct row before, after;
    char why[200] = "", *text;
    json_t *object, *again;

    row_example(&before);
    object = row_to_json(&before);
    ck_assert_uint_eq(json_object_size(object), ROW_WIDTH);
    ck_assert(json_is_null(json_object_get(object, "turnarounds")));
    ck_assert(json_is_null(json_object_get(object, "accepted_ms")));
    ck_assert(json_is_null(json_object_get(object, "outcome")));
    text = json_dumps(object, JSON_MANNER);
    ck_assert_ptr_nonnull(strstr(text, "\"rtt_ms\": 200.04,"));
    ck_assert_ptr_nonnull(strstr(text, "\"residual_ms\": 0.1,"));
    again = json_loads(text, 0, NULL);
    ck_assert_int_eq(row_from_json(&after, again, why, sizeof why), 0);
    rows_same(&before, &after);
    free(text);
    json_decref(object);
    json_decref(again);
    row_release(&before);
    row_release(&after);
}
END_TEST

/* clang-format off */
static const struct { const char *json, *why; } bad_json[] = {
    {"[]", "a row must be a JSON object"},
    {"{\"rtt_ms\": \"200ms\"}", "rtt_ms: \"200ms\" is not a number or null"},
    {"{\"recipients\": 1.5}", "recipients: 1.5 is not a whole number or null"},
    {"{\"mode\": 3}", "mode: 3 is not a text or null"},
    {"{\"valid\": 1}", "valid: 1 is not true or false or null"},
};
/* clang-format on */

START_TEST(bad_json_is_refused)
{
    json_t *value = json_loads(bad_json[_i].json, 0, NULL);
    char why[200] = "";
    struct row r;

    ck_assert_int_eq(row_from_json(&r, value, why, sizeof why), -1);
    ck_assert_str_eq(why, bad_json[_i].why);
    row_release(&r);
    json_decref(value);
}
END_TEST

START_TEST(never_nan)
{
    struct row r;
    json_t *object;

    row_init(&r);
    r.rtt_ms = INFINITY;
    row_text(&r.outcome, "said \xff\xfe");
    object = row_to_json(&r);
    ck_assert(json_is_null(json_object_get(object, "rtt_ms")));
    ck_assert_str_eq(json_string_value(json_object_get(object, "outcome")),
                     "(not UTF-8)");
    json_decref(object);
    row_release(&r);
}
END_TEST

START_TEST(copies_are_whole)
{
    struct row a, b;

    row_example(&a);
    row_copy(&b, &a);
    ck_assert_ptr_ne(a.mode, b.mode);
    rows_same(&a, &b);
    row_text(&a.mode, "%s-last", a.mode); /* of itself */
    ck_assert_str_eq(a.mode, "pipelining-last");
    ck_assert_double_eq(row_number(&b, row_column("valid")), 1);
    ck_assert_double_eq(row_number(&b, row_column("recipients")), 3);
    ck_assert_double_nan(row_number(&b, row_column("attempts")));
    ck_assert_double_nan(row_number(&b, row_column("mode")));
    ck_assert_ptr_null(row_column("speed"));
    row_release(&a);
    row_release(&b);
}
END_TEST

/* Reads `text` as rows.csv. */
static int read_text(const char *text, struct rows *rows, bool *torn, char *why)
{
    FILE *from = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    int status;

    ck_assert_ptr_nonnull(from);
    status = csv_read(from, "rows.csv", rows, torn, why, 200);
    fclose(from);
    return status;
}

START_TEST(csv_and_back)
{
    char *text = NULL, why[200];
    size_t len;
    FILE *to = open_memstream(&text, &len);
    struct rows rows = {0};
    struct row r;
    bool torn;

    row_example(&r);
    ck_assert_int_eq(csv_write_header(to), 0);
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(csv_write_row(to, &r), 0);
    fclose(to);
    ck_assert_int_eq(strncmp(text, "mode,mode_used,body_by,", 23), 0);

    ck_assert_int_eq(read_text(text, &rows, &torn, why), 0);
    ck_assert(!torn);
    ck_assert_uint_eq(rows.count, 20);
    rows_same(&rows.row[0], &r);
    rows_same(&rows.row[19], &r);
    rows_release(&rows);

    /* Killed at any byte of the last rows: whole rows stay, and it is said. */
    for (size_t cut = len - 1; cut > len - 400; cut--) {
        size_t whole = 0;

        text[cut] = '\0';
        ck_assert_int_eq(read_text(text, &rows, &torn, why), 0);
        whole = rows.count;
        ck_assert_uint_le(whole, 19);
        ck_assert(torn || text[cut - 1] == '\n');
        rows_release(&rows);
    }
    free(text);
    row_release(&r);
}
END_TEST

/* clang-format off */
static const struct { const char *text, *why; } bad_csv[] = {
    {"mode,rtt_ms\nearly,1\nearly,fast\n",
     "rows.csv:3: rtt_ms: 'fast' is not a number"},
    {"mode,rtt_ms\nearly,nan\n",
     "rows.csv:2: rtt_ms: 'nan' is not a number"},
    {"mode,recipients\nearly,3.5\n",
     "rows.csv:2: recipients: '3.5' is not a whole number"},
    {"mode,valid\n\"ear\nly\",true\nearly,perhaps\n",
     "rows.csv:4: valid: 'perhaps' is not true or false"},
    {"mode,rtt_ms\nearly\n",
     "rows.csv:2: 1 fields, where the header has 2"},
    {"early,200\nearly,200\n",
     "rows.csv:1: no header: the first line must name columns, such as "
     "mode,rtt_ms,turnarounds; it begins with 'early'"},
    {"torn", "rows.csv:1: empty: it has no header"},
};
/* clang-format on */

START_TEST(bad_csv_is_refused)
{
    struct rows rows = {0};
    char why[200] = "";
    bool torn;

    ck_assert_int_eq(read_text(bad_csv[_i].text, &rows, &torn, why), -1);
    ck_assert_str_eq(why, bad_csv[_i].why);
    rows_release(&rows);
}
END_TEST

START_TEST(csv_of_others)
{
    struct rows rows = {0};
    char why[200] = "";
    bool torn;

    ck_assert_int_eq(read_text("rtt_ms,flavour,mode\r\n"
                               "100,\"sweet, sour\",early\r\n",
                               &rows, &torn, why),
                     0);
    ck_assert_uint_eq(rows.count, 1);
    ck_assert_double_eq(rows.row[0].rtt_ms, 100);
    ck_assert_str_eq(rows.row[0].mode, "early");
    ck_assert_ptr_null(rows.row[0].world);
    rows_release(&rows);
}
END_TEST

static char top[] = "/tmp/test_result.XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void folder_setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(top));
}

static void folder_teardown(void)
{
    nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *in_top(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", top, name);
    return path;
}

static void put_file(const char *path, const char *text)
{
    FILE *to = fopen(path, "w");

    ck_assert_ptr_nonnull(to);
    fputs(text, to);
    fclose(to);
}

/* A results folder `a/b` with one row, closed or (as if killed) not. */
static void folder_make(bool ended)
{
    const struct setting set[] = {{"net.ipv4.tcp_fastopen", "3"}};
    char *argv[] = {"run", "--uplink", "delay 1ms", "it's"};
    char why[200] = "", *command = command_line(4, argv);
    struct results r;
    struct row row;

    ck_assert_str_eq(command, "turnaround run --uplink 'delay 1ms' 'it'\\''s'");
    ck_assert_msg(
        !results_create(&r, in_top("a/b"), command, 7, why, sizeof why), "%s",
        why);
    ck_assert_int_eq(folder_host(in_top("a/b"), set, 1, why, sizeof why), 0);
    row_example(&row);
    ck_assert_int_eq(results_add(&r, &row, why, sizeof why), 0);
    row_release(&row);
    if (ended)
        ck_assert_int_eq(results_end(&r, NULL, why, sizeof why), 0);
    results_release(&r);
    free(command);
}

START_TEST(folder_and_back)
{
    char note[200], why[200] = "";
    struct results r;
    json_t *host;

    folder_make(true);
    ck_assert_msg(
        !results_open(&r, in_top("a/b"), note, sizeof note, why, sizeof why),
        "%s", why);
    ck_assert_str_eq(note, "");
    ck_assert_str_eq(r.command,
                     "turnaround run --uplink 'delay 1ms' 'it'\\''s'");
    ck_assert_int_eq(r.seed, 7);
    ck_assert_uint_eq(strlen(r.started), strlen("2000-01-01T00:00:00Z"));
    ck_assert_ptr_null(r.error);
    ck_assert_uint_eq(r.rows.count, 1);
    ck_assert_str_eq(r.rows.row[0].mode, "pipelining");
    results_release(&r);

    host = json_load_file(in_top("a/b/host.json"), 0, NULL);
    ck_assert_ptr_nonnull(json_object_get(host, "kernel"));
    ck_assert_int_gt(json_integer_value(json_object_get(host, "cpus")), 0);
    ck_assert_str_eq(
        json_string_value(json_object_get(json_object_get(host, "settings"),
                                          "net.ipv4.tcp_fastopen")),
        "3");
    json_decref(host);

    /* What is there is not overwritten. */
    ck_assert_int_eq(results_create(&r, in_top("a/b"), "x", 1, why, sizeof why),
                     -1);
    ck_assert_ptr_nonnull(strstr(why, "a/b holds results already"));
}
END_TEST

START_TEST(folder_cut_off)
{
    char note[200], why[200] = "";
    struct results r;

    folder_make(false);
    ck_assert_int_eq(
        results_open(&r, in_top("a/b"), note, sizeof note, why, sizeof why), 0);
    ck_assert_ptr_nonnull(strstr(note, "1 rows of a run that did not end"));
    ck_assert_uint_eq(r.rows.count, 1);
    results_release(&r);
}
END_TEST

/* Adds to rows.csv as somebody would by hand. */
static void append_by_hand(const char *line)
{
    FILE *csv = fopen(in_top("a/b/rows.csv"), "a");

    fputs(line, csv);
    fclose(csv);
}

static void expect_note(const char *expected)
{
    char note[400], why[200] = "";
    struct results r;

    ck_assert_msg(results_open(&r, in_top("a/b"), note, sizeof note, why,
                               sizeof why) == 0,
                  "%s", why);
    ck_assert_msg(strstr(note, expected), "%s", note);
    results_release(&r);
}

/* What was put together by hand is not told as what it is not. */
START_TEST(folder_joined_by_hand)
{
    char note[200], why[400] = "";
    struct results r;
    FILE *csv;

    folder_make(true);
    csv = fopen(in_top("a/b/rows.csv"), "w");
    fputs("mode,cell,repeat\nearly,1,1\nearly,1,2\n", csv);
    fclose(csv);
    expect_note("rows.csv: 2 rows, where result.json has 1, which are told");
    unlink(in_top("a/b/result.json"));
    expect_note("rows.csv: 2 rows without a result.json");
    append_by_hand("lockstep,1,1\n");
    expect_note("cell 1, repetition 1, is there twice: rows of more than one");
    append_by_hand("mode,cell,repeat\nlockstep,2,1\n");
    ck_assert_int_eq(
        results_open(&r, in_top("a/b"), note, sizeof note, why, sizeof why),
        -1);
    ck_assert_msg(strstr(why, "rows.csv:5: a second header"), "%s", why);
}
END_TEST

/* clang-format off */
static const struct { const char *text, *why; } bad_result[] = {
    {"{\"schema\": 2, \"rows\": []}",
     "result.json: schema: 2 found; this program reads 1"},
    {"{\"schema\": 1}", "result.json: rows: there is no such array"},
    {"{\"schema\": 1, \"rows\": [{}, {\"mode\": 5}]}",
     "result.json: rows[1]: mode: 5 is not a text or null"},
    {"{\"schema\": 1,\n \"rows\": [", "result.json:2: "},
    {"[]", "result.json: schema: 0 found; this program reads 1"},
};
/* clang-format on */

START_TEST(bad_result_is_refused)
{
    char note[200], why[200] = "";
    struct results r;

    put_file(in_top("result.json"), bad_result[_i].text);
    ck_assert_int_eq(results_open(&r, top, note, sizeof note, why, sizeof why),
                     -1);
    ck_assert_msg(strstr(why, bad_result[_i].why), "%s", why);
}
END_TEST

START_TEST(no_folder)
{
    char note[200], why[200] = "";
    struct results r;

    ck_assert_int_eq(results_open(&r, top, note, sizeof note, why, sizeof why),
                     -1);
    ck_assert_ptr_nonnull(strstr(why, "no result.json and no rows.csv there"));
    put_file(in_top("file"), "");
    ck_assert_int_eq(
        results_create(&r, in_top("file/x"), "x", 1, why, sizeof why), -1);
    ck_assert_ptr_nonnull(strstr(why, "Not a directory"));
}
END_TEST

START_TEST(in_memory)
{
    char why[200] = "", *text;
    struct results r;
    struct row row;
    json_t *all;

    ck_assert_int_eq(results_create(&r, NULL, "x", 1, why, sizeof why), 0);
    row_example(&row);
    ck_assert_int_eq(results_add(&r, &row, why, sizeof why), 0);
    ck_assert_int_eq(results_end(&r, "no road", why, sizeof why), 0);
    all = results_to_json(&r);
    text = json_dumps(all, JSON_COMPACT);
    ck_assert_int_eq(strncmp(text, "{\"schema\":1,\"command\":\"x\",", 26), 0);
    ck_assert_str_eq(json_string_value(json_object_get(all, "error")),
                     "no road");
    ck_assert_uint_eq(json_array_size(json_object_get(all, "rows")), 1);
    free(text);
    json_decref(all);
    results_release(&r);
}
END_TEST

#define LOOP(t, test, table)                                                   \
    tcase_add_loop_test(t, test, 0, sizeof table / sizeof table[0])

Suite *suite(void)
{
    Suite *s = suite_create("bench/tell/result");
    TCase *row = tcase_create("row"), *folder = tcase_create("folder");

    tcase_add_test(row, json_and_back);
    LOOP(row, bad_json_is_refused, bad_json);
    tcase_add_test(row, never_nan);
    tcase_add_test(row, copies_are_whole);
    tcase_add_test(row, csv_and_back);
    LOOP(row, bad_csv_is_refused, bad_csv);
    tcase_add_test(row, csv_of_others);
    suite_add_tcase(s, row);

    tcase_add_checked_fixture(folder, folder_setup, folder_teardown);
    tcase_add_test(folder, folder_and_back);
    tcase_add_test(folder, folder_cut_off);
    tcase_add_test(folder, folder_joined_by_hand);
    LOOP(folder, bad_result_is_refused, bad_result);
    tcase_add_test(folder, no_folder);
    tcase_add_test(folder, in_memory);
    suite_add_tcase(s, folder);
    return s;
}
