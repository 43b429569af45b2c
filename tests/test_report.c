/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports: texts of any bytes, pictures whose ids must not meet, rows of any
 * columns, tables of 72 columns. */
#include "bench/tell/html.h"
#include "bench/tell/report_inner.h"
#include "bench/tell/summary.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *put(void (*how)(FILE *, const char *), const char *s)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    how(to, s);
    fclose(to);
    return text;
}

/* clang-format off */
static const struct {
    const char *in, *out;
} texts[] = {
    {"plain",                    "plain"},
    {"<b a=\"1\" c='2'>&",       "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;"},
    {"gr\u00fc\u00df \u2192 \U0001F4E7", "gr\u00fc\u00df \u2192 \U0001F4E7"},
    {"a\377b\200",               "a\uFFFDb\uFFFD"},
    {"\xc3",                     "\uFFFD"},             /* cut off */
    {"\xc0\xbc",                 "\uFFFD\uFFFD"},       /* "<", overlong */
    {"\xed\xa0\x80",             "\uFFFD\uFFFD\uFFFD"}, /* a surrogate */
    {"\xf4\x90\x80\x80",         "\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"a\tb\nc\x01",              "a b c\uFFFD"},
};
static const struct {
    const char *in, *out;
} paths[] = {
    {"captures/1/client.pcap", "captures/1/client.pcap"},
    {"javascript:alert(1)",    "javascript%3Aalert%281%29"},
    {"a b\"<%",                "a%20b%22%3C%25"},
};
/* clang-format on */

START_TEST(text_stays_text)
{
    char *out = put(html_text, texts[_i].in);

    ck_assert_str_eq(out, texts[_i].out);
    free(out);
}
END_TEST

START_TEST(paths_stay_paths)
{
    char *out = put(html_path, paths[_i].in);

    ck_assert_str_eq(out, paths[_i].out);
    free(out);
}
END_TEST

START_TEST(pictures)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    html_picture(to,
                 "<?xml version='1.0'?>\n<svg width='9'><g id=\"a\"/>"
                 "<use href='#a'/><use xlink:href=\"#a\"/>"
                 "<p fill='url(#a)'/></svg>\n",
                 "p1", "a \"title\"");
    html_picture(to, "no picture", "p2", "nothing");
    fclose(to);
    ck_assert_str_eq(text,
                     "<svg role=\"img\" aria-label=\"a &quot;title&quot;\" "
                     "width='9'><g id=\"p1-a\"/><use href='#p1-a'/>"
                     "<use xlink:href=\"#p1-a\"/><p fill='url(#p1-a)'/>"
                     "</svg>\n");
    free(text);
}
END_TEST

/* As `printf '' | openssl dgst -sha256 -binary | base64` has it. */
START_TEST(hash)
{
    char room[HTML_HASH];

    ck_assert_str_eq(html_hash("", room),
                     "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}
END_TEST

/* A file of JSON in a folder of its own, opened. */
static void open_json(struct report *r, const char *json)
{
    char path[] = "/tmp/test_report.XXXXXX", why[600];
    int fd = mkstemp(path);
    int result;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, json, strlen(json)), (ssize_t)strlen(json));
    close(fd);
    result = report_open(r, path, why, sizeof why);
    unlink(path);
    ck_assert_msg(result == 0, "%s", why);
}

static const struct report_column *column(const struct report *r,
                                          const char *name)
{
    const struct report_column *c = table_column(&r->row, name);

    ck_assert_msg(c != NULL, "there is no column %s", name);
    return c;
}

/* Rows need not have the same columns, nor those that this program knows. */
START_TEST(columns)
{
    struct report r;
    char room[REPORT_ROOM];

    open_json(&r, "{\"schema\":1,\"rows\":["
                  "{\"mode\":\"early\",\"a\":{\"mean\":1.5,\"max\":null},"
                  "\"valid\":true,\"same\":3},"
                  "{\"mode\":\"early\",\"a\":{\"mean\":1234.5678},"
                  "\"list\":[\"x\",2],\"valid\":false,\"same\":3}]}");
    ck_assert_uint_eq(r.row.columns, 6);
    ck_assert_uint_eq(report_rows(&r), 2);
    ck_assert_uint_eq(report_invalid(&r), 1);
    ck_assert(!column(&r, "mode")->varies && !column(&r, "mode")->number);
    ck_assert(column(&r, "a.mean")->varies && column(&r, "a.mean")->number);
    ck_assert(!column(&r, "a.max")->number);
    ck_assert(column(&r, "same")->number && !column(&r, "same")->varies);
    ck_assert(column(&r, "list")->varies);
    ck_assert_str_eq(report_cell(column(&r, "a.mean"), report_row(&r, 1), room),
                     "1234.6");
    ck_assert_str_eq(report_cell(column(&r, "a.mean"), report_row(&r, 0), room),
                     "1.5");
    ck_assert_str_eq(report_cell(column(&r, "list"), report_row(&r, 1), room),
                     "[\"x\",2]");
    ck_assert_str_eq(report_cell(column(&r, "list"), report_row(&r, 0), room),
                     "");
    ck_assert_str_eq(report_cell(column(&r, "valid"), report_row(&r, 1), room),
                     "false");
    report_release(&r);
}
END_TEST

/* The rows of a sweep are told cell by cell, not as they were drawn. */
START_TEST(cells_in_order)
{
    static const int64_t seed[] = {3, 4, 5, 1, 2};
    struct report r;

    open_json(&r, "{\"schema\":1,\"rows\":["
                  "{\"cell\":2,\"repeat\":2,\"seed\":1},"
                  "{\"cell\":10,\"repeat\":1,\"seed\":2},"
                  "{\"cell\":1,\"repeat\":1,\"seed\":3},"
                  "{\"cell\":1,\"repeat\":2,\"seed\":4},"
                  "{\"cell\":2,\"repeat\":1,\"seed\":5}]}");
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(
            json_integer_value(json_object_get(report_row(&r, i), "seed")),
            seed[i]);
    report_release(&r);
}
END_TEST

static char *told(int (*how)(const struct report *, FILE *),
                  const struct report *r)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    ck_assert_int_eq(how(r, to), 0);
    fclose(to);
    return text;
}

/* No line is wider than 72, whatever the words; letters beyond ASCII are said
 * otherwise; numbers stand on the right. */
START_TEST(text)
{
    struct report r;
    char *out;

    open_json(&r, "{\"schema\":1,\"command\":\"turnaround run\",\"rows\":["
                  "{\"mode\":\"a_word_that_is_much_longer_than_its_column\","
                  "\"rtt_ms\":5,\"outcome\":\"gr\\u00fc\\u00df\\u2026 | x\"},"
                  "{\"mode\":\"b\",\"rtt_ms\":200.5,\"outcome\":\"y\"}]}");
    out = told(report_text, &r);
    for (const char *at = out; *at; at += strcspn(at, "\n") + 1)
        ck_assert_uint_le(strcspn(at, "\n"), 72);
    ck_assert_ptr_nonnull(strstr(out, "| a_word_that_is_much_long |      5 | "
                                      "gr??.. | x |"));
    ck_assert_ptr_nonnull(strstr(out, "| b                        |  200.5 | "
                                      "y          |"));
    free(out);
    out = told(report_markdown, &r);
    ck_assert_ptr_nonnull(strstr(out, "| b | 200.5 | y |"));
    ck_assert_ptr_nonnull(strstr(out, "\\| x |"));
    free(out);
    out = told(report_html, &r);
    ck_assert_ptr_nonnull(strstr(out, "<td class=\"n\">200.5"));
    ck_assert_ptr_nonnull(strstr(out, "script-src 'sha256-"));
    free(out);
    report_release(&r);
}
END_TEST

/* clang-format off */
static const struct {
    const char *json, *title;
} titles[] = {
    {"{\"rows\":[]}",                       "Results: tmp, 0 rows"},
    {"{\"command\":\"make\",\"rows\":[1]}", "Results: tmp, 1 row"},
    {"{\"command\":\"turnaround run --mode early --out a/b --rtt 1s\","
     "\"rows\":[1]}",                      "Run: --mode early --rtt 1s, 1 row"},
    {"{\"command\":\"turnaround run\",\"rows\":[]}", "Run, 0 rows"},
    {"{\"command\":\"turnaround mx hosts.yaml --repeat 2\",\"rows\":[1,2]}",
                                            "MX: hosts.yaml --repeat 2, 2 rows"},
    {"{\"command\":\"turnaround sweep x\",\"rows\":[{\"cell\":1}]}",
                                            "Sweep: one cell, 1 row"},
    {"{\"command\":\"turnaround sweep x\",\"rows\":["
     "{\"cell\":1,\"command\":\"x --b 2\",\"varied\":\"a=1 b=2 c=x\"},"
     "{\"cell\":2,\"varied\":\"a=1 b=3 c='y z'\"}]}",
                                            "Sweep: b \u00d7 c, 2 rows"},
    {"{\"command\":\"turnaround capability --world ideal --recipients "
     "10,20,30 --classes 1,2,3,4 --rtt 10ms,20ms,40ms,80ms,160ms,320ms\",\"rows\":[]}",
     "Capability: --world ideal --recipients 10,20,30 --classes 1,2,3,4 --rtt "
     "\u2026, 0 rows"},
};
/* clang-format on */

START_TEST(titled_by_what_it_is)
{
    struct report r;
    char room[REPORT_ROOM];

    open_json(&r, titles[_i].json);
    ck_assert_str_eq(report_title(&r, room), titles[_i].title);
    report_release(&r);
}
END_TEST

/* `cells` of `each` rows; no cells: that many rows. */
static void make_rows(struct report_table *t, int cells, int each)
{
    json_t *rows = json_array();

    for (int i = 0; i < (cells ? cells : 1) * each; i++)
        json_array_append_new(rows,
                              cells ? json_pack("{s:i}", "cell", 1 + i / each)
                                    : json_pack("{s:i}", "repeat", i));
    table_take(t, rows);
}

/* clang-format off */
static const struct {
    int cells, each, most;
    const char *shown, *says;
} cuts[] = {
    {3, 2, 6, "0 1 2 3 4 5", ""},
    {3, 4, 7, "0 1 4 5 8 9", "6 of 12 rows are shown, the first 2 of each cell;"
                             " all are in f."},
    {3, 4, 3, "0 4 8",       "3 of 12 rows are shown, the first 1 of each cell;"
                             " all are in f."},
    {0, 9, 3, "0 1 2",       "3 of 9 rows are shown, the first; all are in f."},
    {8, 2, 4, "0 6 8 14",    "4 of 16 rows are shown, spread over all; all are "
                             "in f."},
    {1, 9, 2, "0 1",         "2 of 9 rows are shown, the first 2 of each cell; "
                             "all are in f."},
};
/* clang-format on */

START_TEST(every_cell_is_shown)
{
    struct report_table t;
    struct report_cut cut;
    char room[REPORT_ROOM], shown[100] = "";

    make_rows(&t, cuts[_i].cells, cuts[_i].each);
    cut_make(&cut, &t, (size_t)cuts[_i].most);
    for (size_t i = 0; i < cut.count; i++)
        sprintf(shown + strlen(shown), "%s%zu", i ? " " : "", cut.at[i]);
    ck_assert_str_eq(shown, cuts[_i].shown);
    ck_assert_str_eq(cut_says(&cut, "rows", "f", room), cuts[_i].says);
    cut_release(&cut);
    table_release(&t);
}
END_TEST

/* Two modes by `steps` RTTs, five rows of each, the first of a cell INVALID in
 * the last of them. Caller frees. */
static char *sweep_json(int steps)
{
    json_t *rows = json_array();
    json_t *all = json_pack("{s:i, s:i, s:s, s:o}", "schema", 1, "seed", 1,
                            "command", "turnaround sweep", "rows", rows);
    char *json;

    for (int i = 0; i < 10 * steps; i++) {
        const char *mode = i < 5 * steps ? "lockstep" : "early";
        int rtt = 1 + i / 5 % steps;
        char varied[60], command[100];

        snprintf(varied, sizeof varied, "mode=%s rtt=%dms", mode, rtt);
        snprintf(command, sizeof command,
                 "turnaround run --mode %s --rtt %dms --seed %d", mode, rtt, i);
        json_array_append_new(
            rows,
            json_pack("{s:i, s:i, s:s, s:s, s:b, s:s, s:i, s:f}", "cell",
                      1 + i / 5, "repeat", 1 + i % 5, "varied", varied,
                      "command", command, "valid", i != 10 * steps - 5,
                      "outcome", "delivered", "turnarounds", 7, "closed_ms",
                      1000.0 * (i / 5) + 10 * (i % 5) * (i % 5)));
    }
    json = json_dumps(all, 0);
    json_decref(all);
    return json;
}

static double figure(const json_t *cell, const char *name)
{
    const json_t *n = json_object_get(cell, name);

    ck_assert_ptr_nonnull(n);
    return json_is_null(n) ? NAN : json_number_value(n);
}

static void check_figure(const json_t *cell, const char *name, double want)
{
    double found = figure(cell, name);

    ck_assert_msg((isnan(found) && isnan(want)) || fabs(found - want) < 1e-6,
                  "%s: %g, not %g", name, found, want);
}

/* As the code of summary.csv has them. */
START_TEST(cells_have_the_figures_of_the_summary)
{
    char *json = sweep_json(2), why[100];
    struct report r;
    struct rows rows = {0};
    struct summary s;

    open_json(&r, json);
    for (size_t i = 0; i < report_rows(&r); i++)
        ck_assert_int_eq(
            row_from_json(rows_add(&rows), report_row(&r, i), why, sizeof why),
            0);
    summary_make(&s, &rows, NULL, 1);
    ck_assert_uint_eq(s.count, 4);
    ck_assert_uint_eq(table_count(&r.cell), 4);
    ck_assert(s.group[0].closed.max > s.group[0].closed.median);
    for (size_t i = 0; i < 4; i++) {
        const struct summary_group *g = &s.group[i];
        const json_t *cell = table_row(&r.cell, i);

        ck_assert_str_eq(json_string_value(json_object_get(cell, "mode")),
                         i < 2 ? "lockstep" : "early");
        check_figure(cell, "rtt_ms", 1 + (double)(i % 2));
        check_figure(cell, "rows", 5);
        check_figure(cell, "invalid", i == 3);
        check_figure(cell, "median_ms", g->closed.median);
        check_figure(cell, "median_low_ms", g->median.low);
        check_figure(cell, "median_high_ms", g->median.high);
        check_figure(cell, "p95_ms", g->closed.p95);
        check_figure(cell, "p99_ms", g->closed.p99);
        check_figure(cell, "max_ms", g->closed.max);
    }
    summary_release(&s);
    rows_release(&rows);
    report_release(&r);
    free(json);
}
END_TEST

/* First in all three forms; what does not count is said. */
START_TEST(cells_are_told_first)
{
    char *json = sweep_json(2), *out, *rows;
    struct report r;

    open_json(&r, json);
    out = told(report_text, &r);
    for (const char *at = out; *at; at += strcspn(at, "\n") + 1)
        ck_assert_uint_le(strcspn(at, "\n"), 72);
    rows = strstr(out, "| varied ");
    ck_assert_ptr_nonnull(rows);
    *rows = '\0';
    ck_assert_ptr_nonnull(strstr(
        out,
        "| mode=early rtt_ms=2: 1 INVALID                                     |"
        "\n|     4 |     7 |   3065 |   3010 |   3160 | "));
    ck_assert_ptr_nonnull(strstr(out, "| mode=lockstep rtt_ms=1 "));
    free(out);
    out = told(report_markdown, &r);
    ck_assert_ptr_nonnull(strstr(out, "\n| early | 2 | 5 | 1 | 7 | 3065 | "));
    ck_assert(strstr(out, "## Cells") < strstr(out, "## Rows"));
    free(out);
    out = told(report_html, &r);
    ck_assert_ptr_nonnull(strstr(out, "id=\"cells-table\""));
    ck_assert(strstr(out, "id=\"cells-table\"") <
              strstr(out, "id=\"rows-table\""));
    free(out);
    report_release(&r);
    free(json);
}
END_TEST

/* Of too many cells the same RTTs of each mode are told, evenly. */
START_TEST(cells_are_thinned_evenly)
{
    char *json = sweep_json(400), *out;
    struct report r;

    open_json(&r, json);
    out = told(report_text, &r);
    for (int rtt = 1; rtt <= 400; rtt++) {
        char early[60], lockstep[60];

        snprintf(early, sizeof early, "| mode=early rtt_ms=%d ", rtt);
        snprintf(lockstep, sizeof lockstep, "| mode=lockstep rtt_ms=%d ", rtt);
        ck_assert_int_eq(strstr(out, early) != NULL, rtt % 4 == 1);
        ck_assert_int_eq(strstr(out, lockstep) != NULL, rtt % 4 == 1);
    }
    ck_assert_ptr_nonnull(strstr(out, "\n200 of 800 cells are shown, spread "
                                      "over all; all are in summary.csv.\n"));
    free(out);
    out = told(report_html, &r);
    ck_assert_ptr_null(strstr(out, "are shown"));
    free(out);
    report_release(&r);
    free(json);
}
END_TEST

START_TEST(no_rows)
{
    struct report r;

    open_json(&r, "{\"schema\":1,\"rows\":[]}");
    free(told(report_text, &r));
    free(told(report_markdown, &r));
    free(told(report_html, &r));
    report_release(&r);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/tell/report");
    TCase *t = tcase_create("report");

    tcase_add_loop_test(t, text_stays_text, 0, sizeof texts / sizeof texts[0]);
    tcase_add_loop_test(t, paths_stay_paths, 0, sizeof paths / sizeof paths[0]);
    tcase_add_test(t, pictures);
    tcase_add_test(t, hash);
    tcase_add_test(t, columns);
    tcase_add_test(t, cells_in_order);
    tcase_add_test(t, text);
    tcase_add_loop_test(t, titled_by_what_it_is, 0,
                        sizeof titles / sizeof titles[0]);
    tcase_add_loop_test(t, every_cell_is_shown, 0,
                        sizeof cuts / sizeof cuts[0]);
    tcase_add_test(t, cells_have_the_figures_of_the_summary);
    tcase_add_test(t, cells_are_told_first);
    tcase_add_test(t, cells_are_thinned_evenly);
    tcase_add_test(t, no_rows);
    suite_add_tcase(s, t);
    return s;
}
