/* SPDX-License-Identifier: BSD-2-Clause */
/* Ladders: what is in them, how wide they are, and that SVG is well-formed
 * whatever a server calls itself. */
#include "bench/read/chart.h"
#include "tests/segments.h"

#include <stdio.h>

#define ENVELOPE                                                               \
    HELLO, {300, C, 0, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"},            \
    {                                                                          \
        400, S, 0, "250 ok\r\n250 ok\r\n354 go\r\n"                            \
    }

/* Drawn as text; caller frees. */
static char *drawn(struct trace *t, size_t rows, bool svg)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    struct chart chart;

    ck_assert_int_eq(chart_init(&chart, trace_get(t, 0)), 0);
    if (svg)
        chart_svg(&chart, to);
    else
        chart_ascii(&chart, to, rows);
    chart_release(&chart);
    fclose(to);
    trace_free(t);
    return text;
}

/* clang-format off */
static const struct segment pipelined[] = {
    ENVELOPE, {400, C, 0, "hi\r\n.\r\nQUIT\r\n"},
    {500, S, 0, "250 queued\r\n221 bye\r\n"}, {0}};
static const struct segment hostile[] = {
    OPEN, {200, S, 0, "220 <a href='x'>&\"\377 SMTP\r\n"},
    {200, C, 0, "EHLO c\r\n"}, {300, S, 0, "250 x\r\n"}, {0}};
static const struct segment headless[] = {
    {300, C, 0, "MAIL FROM:<a>\r\n"}, {400, S, 0, "250 ok\r\n"}, {0}};
/* clang-format on */

START_TEST(text_as_rfcs_have_it)
{
    static const char want[] =
        "          ms    RTT  Client                                 Server"
        "  wait\n"
        "                     |                                           |\n"
        "         0.0   0.00  |- SYN ------------------------------------>|\n"
        "       100.0   1.00  |<-------------------------------- SYN-ACK -|\n"
        "       200.0   2.00  |<------------------------------------ 220 -|"
        " (1)\n"
        "       200.0   2.00  |- EHLO ----------------------------------->|\n"
        "       300.0   3.00  |<------------------------------------ 250 -|"
        " (2)\n"
        "       300.0   3.00  |- MAIL RCPT DATA ------------------------->|\n"
        "       400.0   4.00  |<------------------------------ 250x2 354 -|"
        " (3)\n"
        "       400.0   4.00  |- body QUIT ------------------------------>|\n"
        "       500.0   5.00  |<-------------------------------- 250 221 -|"
        " (4)\n"
        "\n"
        "   4 turnarounds; RTT 100.0 ms; last reply at 500.0 ms = 5.00 "
        "RTT.\n";
    char *text = drawn(replay(pipelined, DLT_RAW, 4, 3), 60, false);

    ck_assert_str_eq(text, want);
    free(text);
}
END_TEST

/* Three flights and three hundred, of words that need cutting too. */
START_TEST(no_line_is_too_long)
{
    char *path = tape_path(), why[TRACE_WHY], *text;
    struct tape tape = tape_open(path, DLT_RAW);
    static const struct segment start[] = {HELLO, {0}};
    size_t lines = 0;

    tape_segments(&tape, start);
    for (int i = 0; i < 300; i++) {
        struct segment ask = {300 + 100 * i, C, 0,
                              "NOOP\r\nHELP\r\nVRFY a\r\nNOOP\r\nHELP\r\n"
                              "VRFY a\r\nNOOP\r\nHELP\r\nVRFY a\r\n"};
        struct segment say = {400 + 100 * i, S, 0, "250 ok\r\n"};

        tape_segment(&tape, &ask);
        tape_segment(&tape, &say);
    }
    tape_close(&tape);
    text = drawn(trace_open(path, why), _i ? SIZE_MAX : 60, false);
    unlink(path);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        ck_assert_msg(strlen(line) <= 72, "%s", line);
        lines++;
    }
    ck_assert_uint_eq(lines, _i ? 608 : 64);
    free(text);
}
END_TEST

/* Every element is closed, and nothing of the peer's is markup. */
static void check_svg(const char *svg)
{
    char name[16][16];
    int depth = 0;

    for (const char *at = strchr(svg, '<'); at; at = strchr(at + 1, '<')) {
        const char *end = strchr(at, '>');

        ck_assert_ptr_nonnull(end);
        if (at[1] == '?' || end[-1] == '/')
            continue;
        if (at[1] == '/') {
            ck_assert_int_gt(depth, 0);
            depth--;
            ck_assert_int_eq(strncmp(at + 2, name[depth], strlen(name[depth])),
                             0);
            continue;
        }
        ck_assert_int_lt(depth, 16);
        snprintf(name[depth++], 16, "%.*s", (int)strcspn(at + 1, " >"), at + 1);
    }
    ck_assert_int_eq(depth, 0);
    for (; *svg; svg++)
        ck_assert_int_lt((unsigned char)*svg, 127);
}

static size_t times(const char *text, const char *what)
{
    size_t n = 0;

    while ((text = strstr(text, what))) {
        text += strlen(what);
        n++;
    }
    return n;
}

START_TEST(svg_is_well_formed)
{
    static const struct segment *const rows[] = {pipelined, hostile, headless};
    static const size_t arrows[] = {9, 5, 2}, waits[] = {4, 2, 1};
    char *svg = drawn(replay(rows[_i], DLT_RAW, 4, 3), 0, true);

    check_svg(svg);
    ck_assert_uint_eq(times(svg, "class=\"arrow "), arrows[_i]);
    ck_assert_uint_eq(times(svg, "class=\"number\""), waits[_i]);
    free(svg);
}
END_TEST

/* On a page beside other pictures it may speak of itself only: each selector
 * begins with the class of its root. */
START_TEST(style_is_its_own)
{
    char *svg = drawn(replay(pipelined, DLT_RAW, 4, 3), 0, true);
    const char *root = strstr(svg, "<svg ");
    char *style = strstr(svg, "<style>"), *end = strstr(svg, "</style>");
    size_t rules = 0;

    ck_assert_uint_lt(strcspn(root, ">"), 200);
    ck_assert_ptr_nonnull(strstr(root, " class=\"chart\" "));
    ck_assert_ptr_nonnull(style);
    ck_assert_ptr_nonnull(end);
    *end = '\0';
    style += strlen("<style>");
    for (char *rule = strtok(style, "}\n"); rule; rule = strtok(NULL, "}\n")) {
        ck_assert_msg(strncmp(rule, ".chart ", 7) == 0, "%s", rule);
        ck_assert_ptr_nonnull(strchr(rule, '{'));
        rule[strcspn(rule, "{")] = '\0';
        ck_assert_msg(!strchr(rule, ','), "%s", rule);
        rules++;
    }
    ck_assert_uint_gt(rules, 10);
    free(svg);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("read/chart");
    TCase *t = tcase_create("chart");

    tcase_add_test(t, text_as_rfcs_have_it);
    tcase_add_loop_test(t, no_line_is_too_long, 0, 2);
    tcase_add_loop_test(t, svg_is_well_formed, 0, 3);
    tcase_add_test(t, style_is_its_own);
    suite_add_tcase(s, t);
    return s;
}
