/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports: texts of any bytes, pictures whose ids must not meet, rows of any
 * columns, tables of 72 columns. */
#include "bench/tell/html.h"
#include "bench/tell/report.h"

#include <check.h>
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
    for (size_t i = 0; i < r->columns; i++)
        if (strcmp(r->column[i].name, name) == 0)
            return &r->column[i];
    ck_abort_msg("there is no column %s", name);
    return NULL;
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
    ck_assert_uint_eq(r.columns, 6);
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
    tcase_add_test(t, no_rows);
    suite_add_tcase(s, t);
    return s;
}
