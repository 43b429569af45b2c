/* SPDX-License-Identifier: BSD-2-Clause */
/* Plots: which rows go together, what is written of them, and what is said
 * where the rows do not hold what a plot draws. */
#include "bench/run/draw.h"
#include "bench/tell/capability_plot.h"
#include "bench/tell/group.h"
#include "bench/tell/plot.h"
#include "smtp/plan.h"
#include "tests/plot_rows.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* clang-format off */
static const struct { const char *words, *left; } link_words[] = {
    {"", ""},
    {"delay 100ms", ""},
    {"delay 100ms rate 100mbit limit 1000", "rate 100mbit"},
    {"rate 1mbit delay 100ms", "rate 1mbit"},
    {"delay 100ms 10ms 25% loss 1%", "jitter 10ms 25% loss 1%"},
    {"limit 10 loss random 1%", "loss random 1%"},
};

static const struct { const char *mode, *body_by, *offer, *series; } name[] = {
    {"lockstep",   "data", NULL,   "lockstep"},
    {"lockstep",   "bdat", "cold", "lockstep, BDAT"},
    {"chunking",   "bdat", "cold", "chunking"},
    {"early",      "data", "warm", "early"},
    {"early",      "bdat", "warm", "early, BDAT"},
    {"early",      "bdat", "cold", "early, BDAT, cold"},
    {"quickstart-b", "data", "warm", "quickstart-b"},
    {"quickstart-b", "data", "cold", "quickstart-b, cold"},
    {NULL,         NULL,   NULL,   "unknown mode"},
};
/* clang-format on */

START_TEST(road_without_its_length)
{
    char room[64];

    link_but_delay(link_words[_i].words, room, sizeof room);
    ck_assert_str_eq(room, link_words[_i].left);
}
END_TEST

START_TEST(series_are_named)
{
    char room[SERIES_MAX];
    struct row r;

    row_init(&r);
    row_text(&r.mode, name[_i].mode ? "%s" : NULL, name[_i].mode);
    row_text(&r.body_by, name[_i].body_by ? "%s" : NULL, name[_i].body_by);
    row_text(&r.offer, name[_i].offer ? "%s" : NULL, name[_i].offer);
    ck_assert_str_eq(series_of(&r, room), name[_i].series);
    row_release(&r);
}
END_TEST

START_TEST(looks_differ)
{
    const char *series[MODE_COUNT + 3] = {"early, BDAT", "early, cold",
                                          "unheard-of"};
    const int count = sizeof series / sizeof series[0];

    for (int i = 0; i < MODE_COUNT; i++) {
        series[i + 3] = mode_of((enum mode_id)i)->name;
        ck_assert_int_lt(series_order(series[i + 3]), series_order(""));
    }
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++) {
            struct look a = series_look(series[i], 0);
            struct look b = series_look(series[j], 0);

            ck_assert_int_ne(a.point, b.point);
            ck_assert(strcmp(a.colour, b.colour) || strcmp(a.dash, b.dash));
        }
}
END_TEST

static void expect_why(const char *plot, const char *expected)
{
    char *dat, *gp, why[200] = "";

    ck_assert(!written(plot, &dat, &gp, why));
    ck_assert_str_eq(why, expected);
    free(dat);
    free(gp);
}

START_TEST(measured_over_floor)
{
    for (double rtt = 100; rtt <= 200; rtt += 100) {
        add_row("lockstep", "kernel", rtt, 9)->closed_ms += 2;
        add_row("lockstep", "kernel", rtt, 9);
        add_row("lockstep", "kernel", rtt, 9)->closed_ms += 1;
        add_row("early", "kernel", rtt, 2);
        add_row("lockstep", "ideal", rtt, 9);
    }
    /* None of these may be drawn. */
    add_row("lockstep", "kernel", 100, 9)->valid = FLAG_FALSE;
    add_row("lockstep", "kernel", 100, 9)->messages_accepted = 0;
    add_row("lockstep", "kernel", 100, 9)->recipients = 50;
    expect_dat("time_by_rtt", "# lockstep\n"
                              "100 3 1002 1001.5 1002.5 1001 1003 1000\n"
                              "200 3 2002 2001.5 2002.5 2001 2003 2000\n"
                              "\n\n# early\n"
                              "100 1 301 301 301 301 301 300\n"
                              "200 1 601 601 601 601 601 600\n");
}
END_TEST

START_TEST(ideal_alone_is_drawn)
{
    add_row("early", "ideal", 100, 2);
    add_row("early", "ideal", 200, 2);
    expect_dat("time_by_rtt", "200 1 601 601 601 601 601 600\n");
}
END_TEST

START_TEST(measured_goes_before_ideal)
{
    for (int rtt = 10; rtt <= 50; rtt += 10)
        add_row("early", "ideal", rtt, 2);
    add_row("early", "kernel", 100, 2);
    add_row("early", "kernel", 200, 2);
    expect_dat("time_by_rtt", "# early\n100 1 301 301");
}
END_TEST

START_TEST(kernel_goes_before_ns3)
{
    add_row("lockstep", "kernel", 100, 9);
    add_row("lockstep", "kernel", 200, 9);
    for (double rtt = 100; rtt <= 300; rtt += 100)
        add_row("lockstep", "ns3", rtt, 9)->closed_ms += 5;
    expect_dat("time_by_rtt", "# lockstep\n100 1 1001 ");
    for (double rtt = 400; rtt <= 500; rtt += 100)
        add_row("lockstep", "ns3", rtt, 9)->closed_ms += 5;
    expect_dat("time_by_rtt", "# lockstep\n100 1 1006 ");
}
END_TEST

START_TEST(curves_that_coincide_are_named)
{
    char *dat, *gp, why[200] = "";

    for (double rtt = 100; rtt <= 200; rtt += 100) {
        add_row("pipelining", "kernel", rtt, 4);
        add_row("chunking-collect", "kernel", rtt, 4)->closed_ms += 1;
        add_row("early", "kernel", rtt, 2);
    }
    add_row("bsmtp", "kernel", 200, 2);
    ck_assert(written("time_by_rtt", &dat, &gp, why));
    ck_assert_ptr_nonnull(strstr(gp, "'pipelining: 4 waits'"));
    ck_assert_ptr_nonnull(strstr(gp, "'chunking-collect, as pipelining'"));
    ck_assert_ptr_nonnull(strstr(gp, "'early: 2 waits'"));
    ck_assert_ptr_nonnull(strstr(gp, "'bsmtp: 2 waits'"));
    free(dat);
    free(gp);
}
END_TEST

START_TEST(bars_at_200_ms)
{
    static const double rtt[] = {10, 600, 200, 100};

    for (int i = 0; i < 4; i++)
        add_row("early", "kernel", rtt[i], 2)->wait_body_ms = rtt[i];
    expect_dat("where_time_went", "# end of body\n0 0 200 200 ");
}
END_TEST

/* What is measured over another TCP or another road is not put into one
 * median, whether a sweep set it or not. */
START_TEST(stacks_stand_apart)
{
    for (int i = 0; i < 3; i++) {
        struct row *r = add_row("early", "ns3", 200, 2);

        row_text(&r->tcp, "%s", i < 2 ? "rfc" : "linux");
        r->wait_body_ms = i < 2 ? 100 + 200 * i : 500;
    }
    expect_dat("where_time_went", "# end of body\n0 0 200 200 ");
}
END_TEST

/* Nor what was asked of another server: a flaw has no column. */
START_TEST(flaws_stand_apart)
{
    for (int i = 0; i < 3; i++) {
        struct row *r = add_row("early", "ideal", 200, 2);

        row_text(&r->command, "turnaround run --mode early --rtt 200ms%s",
                 i < 2 ? " --seed 2" : " --flaw early-talker");
        r->wait_body_ms = i < 2 ? 100 + 200 * i : 500;
    }
    expect_dat("where_time_went", "# end of body\n0 0 200 200 ");
}
END_TEST

/* Bars of many modes are too low for two lines of letters. */
START_TEST(many_bars_have_one_line)
{
    for (int i = 0; i < 9; i++) {
        char *dat, *gp, why[200] = "";

        add_row(mode_of((enum mode_id)i)->name, "ideal", 200, 2)->wait_body_ms =
            200;
        ck_assert_msg(written("where_time_went", &dat, &gp, why), "%s", why);
        ck_assert_int_eq(!strstr(dat, "\\n200\""), i == 8);
        ck_assert(i < 8 || strstr(dat, "\"200\""));
        free(dat);
        free(gp);
    }
}
END_TEST

/* Half a line up is for labels of two lines alone. */
START_TEST(one_line_stands_in_the_middle)
{
    char *dat, *gp, why[200] = "";
    struct row *r = add_row("early", "ideal", 200, 2);

    r->wait_body_ms = 35; /* room for three letters, not for four */
    ck_assert_msg(written("where_time_went", &dat, &gp, why), "%s", why);
    ck_assert_msg(strstr(dat, "35 \"\" \"35\"\n"), "%s", dat);
    ck_assert_msg(strstr(dat, "\"remainder\\n566\" \"\"\n"), "%s", dat);
    ck_assert_msg(strstr(gp, ":1:5 with labels offset 0,0.35 "), "%s", gp);
    ck_assert_msg(strstr(gp, ":1:6 with labels offset 0,0 "), "%s", gp);
    free(dat);
    free(gp);
}
END_TEST

/* A strategy's row is of more than a session: however many there are, modes
 * are drawn; where there are no others, they are. */
START_TEST(strategies_stand_apart)
{
    for (int i = 0; i < 6; i++) {
        struct row *r = add_row("pipelining", "ns3", 200, 2);

        row_text(&r->strategy, "S%d", i);
        r->wait_body_ms = 500;
    }
    expect_dat("where_time_went", "# end of body\n0 0 500 500 ");
    add_row("early", "ideal", 200, 2)->wait_body_ms = 100;
    expect_dat("where_time_went", "# end of body\n0 0 100 100 ");
}
END_TEST

/* Sessions side by side: the bar is as long as all waits, and the whole stands
 * behind it. */
START_TEST(whole_stands_behind_the_bar)
{
    struct row *r = add_row("early", "kernel", 100, 2);
    char *dat, *gp, why[200] = "";

    r->wait_body_ms = 3010;
    ck_assert(written("where_time_went", &dat, &gp, why));
    ck_assert_msg(strstr(gp, "set label '301, side by side' at 3010,0"), "%s",
                  gp);
    free(dat);
    free(gp);
}
END_TEST

START_TEST(tls_has_its_part)
{
    struct row *r = add_row("early", "kernel", 100, 2);

    r->wait_body_ms = 100;
    r->wait_tls_ms = 200;
    expect_dat("where_time_went", "# TLS\n0 0 200 200 ");
}
END_TEST

START_TEST(by_recipients_and_messages)
{
    for (int n = 1; n <= 3; n++) {
        add_row("lockstep", "kernel", 10, 6 + n)->recipients = n;
        add_row("lockstep", "kernel", 10, 3 + 6 * n)->messages = n;
    }
    expect_dat("turnarounds_by_recipients",
               "# lockstep\n1 1 7 7 7 7 7 7\n2 1 8 8 8 8 8 8\n");
    expect_dat("turnarounds_by_messages",
               "# lockstep\n1 2 9 9 9 9 9 9\n2 1 15 15 15 15 15 15\n");
}
END_TEST

/* The parts of a bar add up to the whole, whether a wait holds the time of
 * its bits and of the server's thinking or they come on top. */
START_TEST(bars_add_up)
{
    struct row *r = add_row("early", "kernel", 100, 2);
    char *dat, *gp, why[200] = "", *line;
    double from, to, ms, sum = 0;
    int bar;

    r->tcp_handshake_ms = 100;
    r->wait_data_ms = 100;
    r->wait_body_ms = _i ? 130 : 100;
    r->serialisation_ms = 20;
    r->server_think_ms = 10;
    r->closed_ms = 335;
    ck_assert(written("where_time_went", &dat, &gp, why));
    for (line = strtok(dat, "\n"); line; line = strtok(NULL, "\n")) {
        if (sscanf(line, "%d %lf %lf %lf", &bar, &from, &to, &ms) != 4)
            continue;
        ck_assert_double_eq_tol(from, sum, 1e-9);
        ck_assert_double_ge(ms, 0);
        sum += ms;
    }
    ck_assert_double_eq_tol(sum, 335, 1e-9);
    free(dat);
    free(gp);
}
END_TEST

START_TEST(share_by_rate_and_body)
{
    for (int rtt = 10; rtt <= 100; rtt *= 10)
        for (int body = 1000; body <= 100000; body *= 10) {
            struct row *r = add_row("lockstep", "ideal", rtt, 9);

            r->body_bytes = body;
            r->closed_ms = 9.0 * rtt * (body == 1000 ? 2 : 4);
        }
    expect_dat("waiting_share", "# lockstep; rate 10mbit; body of 1000 bytes\n"
                                "10 1 0.5\n100 1 0.5\n\n\n"
                                "# lockstep; rate 10mbit; body of 10000 bytes\n"
                                "10 1 0.25\n100 1 0.25\n");
}
END_TEST

static void add_strategy(const char *world, int recipients, int waits,
                         const char *flags)
{
    struct row *r = add_row("pipelining", world, 200, waits);

    r->valid = FLAG_TRUE;
    r->recipients = recipients;
    r->classes = 2;
    row_text(&r->strategy, "S2");
    row_text(&r->body_by, "data");
    row_text(&r->offer, "cold");
    row_text(&r->command, "turnaround run --strategy S2 --recipients %d%s",
             recipients, flags);
}

/* What was asked of another server is no part of a mean, and another world's
 * picture does not stand in the place of the first. */
START_TEST(strategies_alike_are_drawn_together)
{
    char folder[] = "/tmp/plotXXXXXX", path[100], why[200] = "", text[200];
    struct capability_plots made;
    size_t len;
    FILE *dat;

    for (int n = 2; n <= 10; n += 8) {
        add_strategy("ideal", n, 6, "");
        add_strategy("ns3", n, 7, "");
        add_strategy("ns3", n, 4, " --answers refused");
    }
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(
        capability_plots_write(&results, folder, &made, why, sizeof why), 0);
    ck_assert_uint_eq(made.count, 2);
    for (size_t i = 0; i < made.count; i++) {
        snprintf(path, sizeof path, "%s/%s.gp", folder, made.name[i]);
        unlink(path);
        snprintf(path, sizeof path, "%s/%s.dat", folder, made.name[i]);
        dat = fopen(path, "r");
        len = fread(text, 1, sizeof text - 1, dat);
        text[len] = '\0';
        fclose(dat);
        unlink(path);
        ck_assert_msg(strstr(text, i ? "# S2\n2 7\n10 7\n" : "2 6\n10 6\n"),
                      "%s", text);
    }
    ck_assert_str_eq(made.name[1], "turnarounds_by_recipients_c2_data_ns3");
    rmdir(folder);
}
END_TEST

START_TEST(what_is_not_held)
{
    expect_why("time_by_rtt", "no valid row says closed_ms and rtt_ms");
    add_row("early", "kernel", 100, 2);
    expect_why("time_by_rtt", "rtt_ms does not vary");
    expect_why("turnarounds_by_recipients", "recipients does not vary");
    expect_why("where_time_went", "no valid row says wait_body_ms");
}
END_TEST

START_TEST(quotes_are_doubled)
{
    char *text;
    size_t len;
    FILE *to = open_memstream(&text, &len);

    gp_quote(to, "it's\na 'b'");
    fclose(to);
    ck_assert_str_eq(text, "'it''s a ''b'''");
    free(text);
}
END_TEST

START_TEST(formats)
{
    char why[100];

    ck_assert_uint_eq(pictures_parse("png", why, sizeof why),
                      1U << PICTURE_PNG);
    ck_assert_uint_eq(pictures_parse("pdf,svg", why, sizeof why),
                      1U << PICTURE_PDF | 1U << PICTURE_SVG);
    ck_assert_uint_eq(pictures_parse("svg,gif", why, sizeof why), 0);
    ck_assert_str_eq(why, "'gif' is none of svg, png, pdf");
    ck_assert_uint_eq(pictures_parse("", why, sizeof why), 0);
    ck_assert_uint_eq(pictures_parse("svg,", why, sizeof why), 0);
}
END_TEST

#define LOOP(t, test, table)                                                   \
    tcase_add_loop_test(t, test, 0, sizeof table / sizeof table[0])

Suite *suite(void)
{
    Suite *s = suite_create("bench/tell/plot");
    TCase *names = tcase_create("names"), *rows = tcase_create("rows");

    LOOP(names, road_without_its_length, link_words);
    LOOP(names, series_are_named, name);
    tcase_add_test(names, looks_differ);
    tcase_add_test(names, quotes_are_doubled);
    tcase_add_test(names, formats);
    suite_add_tcase(s, names);

    tcase_add_checked_fixture(rows, results_setup, results_teardown);
    tcase_add_test(rows, measured_over_floor);
    tcase_add_test(rows, ideal_alone_is_drawn);
    tcase_add_test(rows, measured_goes_before_ideal);
    tcase_add_test(rows, kernel_goes_before_ns3);
    tcase_add_test(rows, curves_that_coincide_are_named);
    tcase_add_test(rows, bars_at_200_ms);
    tcase_add_test(rows, stacks_stand_apart);
    tcase_add_test(rows, flaws_stand_apart);
    tcase_add_test(rows, many_bars_have_one_line);
    tcase_add_test(rows, one_line_stands_in_the_middle);
    tcase_add_test(rows, strategies_stand_apart);
    tcase_add_test(rows, whole_stands_behind_the_bar);
    tcase_add_test(rows, tls_has_its_part);
    tcase_add_test(rows, by_recipients_and_messages);
    tcase_add_loop_test(rows, bars_add_up, 0, 2);
    tcase_add_test(rows, share_by_rate_and_body);
    tcase_add_test(rows, strategies_alike_are_drawn_together);
    tcase_add_test(rows, what_is_not_held);
    suite_add_tcase(s, rows);
    return s;
}
