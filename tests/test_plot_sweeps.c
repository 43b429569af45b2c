/* SPDX-License-Identifier: BSD-2-Clause */
/* Plots of sweeps: which of the rows they draw, and what they say of them. */
#include "tests/plot_rows.h"

/* A sweep of RTT and loss: what early saves is 5 RTT, and 10 ms more for each
 * per cent. */
static void add_sweep(void)
{
    for (int rtt = 100; rtt <= 200; rtt += 100)
        for (int loss = 0; loss <= 2; loss++)
            for (int i = 0; i < 10; i++) {
                bool early = i % 2 == 1;
                struct row *r = add_row(early ? "early" : "lockstep", "kernel",
                                        rtt, early ? 2 : 7);

                r->closed_ms += early ? i / 2 : 10 * loss + i / 2;
                r->valid = FLAG_TRUE;
                row_text(&r->outcome, "delivered");
                row_text(&r->varied, "mode=%s rtt=%dms loss=%d%%", r->mode, rtt,
                         loss);
            }
}

START_TEST(sweeps_are_drawn)
{
    add_sweep();
    expect_dat("saved_time", "\n100 0 0 0 500.000000 10\n");
    expect_dat("saved_time", "\n200 2 1 2 1020.000000 10\n");
    expect_dat("time_by_swept",
               "# lockstep\n0 5 1603 1602 1604 1601 1605 1600\n"
               "1 5 1613 1612 1614 1611 1615 1600\n2 5 1623");
    expect_dat("distribution", "# early\n601 0\n601 20\n602 40\n603 60\n");
}
END_TEST

/* One session in ten lost a packet, for a second: the median does not tell. */
START_TEST(means_tell_of_what_is_rare)
{
    char *dat, *gp, why[200];

    add_sweep();
    ck_assert(!written("saved_mean", &dat, &gp, why));
    ck_assert_str_eq(why, "no sweep of two modes over two numbers, of "
                          "repetitions that differ");
    free(dat);
    free(gp);
    for (size_t i = 0; i < results.rows.count; i++) {
        struct row *r = &results.rows.row[i];

        if (strstr(r->varied, "loss=2%") && i % 10 == 8)
            r->closed_ms += 1000;
    }
    expect_dat("saved_time", "\n200 2 1 2 1020.000000 10\n");
    expect_dat("saved_mean", "\n200 1 1 1 1010.000000 10\n");
    expect_dat("saved_mean", "\n200 2 1 2 1220.000000 10\n");
}
END_TEST

static void expect_sub(const char *plot, const char *expected)
{
    char *dat, *gp, why[200] = "";
    size_t dat_len, gp_len;
    struct plot_page page = {.dat = open_memstream(&dat, &dat_len),
                             .gp = open_memstream(&gp, &gp_len)};
    const struct plot *p = plot_named(plot);

    ck_assert(p->write(p, &results.rows, &page, why, sizeof why));
    fclose(page.dat);
    fclose(page.gp);
    free(dat);
    free(gp);
    ck_assert_str_eq(page.sub, expected);
}

/* A picture that is handed on says the world and all that was fixed. */
START_TEST(what_was_fixed_is_said)
{
    add_sweep();
    for (size_t i = 0; i < results.rows.count; i++) {
        struct row *r = &results.rows.row[i];
        const char *loss = strstr(r->varied, "loss=") + 5;

        row_text(&r->tls, "starttls");
        row_text(&r->uplink, "delay %gms rate 10mbit loss random %s",
                 r->rtt_ms / 2, loss);
        row_text(&r->command,
                 "turnaround run --mode %s --rtt %gms --uplink "
                 "'rate 10mbit loss random %s' --server-window 64kB",
                 r->mode, r->rtt_ms, loss);
    }
    expect_sub("saved_time",
               "medians of lockstep less those of early, first SYN to last "
               "reply; kernel world; 3 recipients; 1 message; body of 1000 "
               "bytes; tls starttls; rate 10mbit both ways; "
               "--server-window 64kB");
    expect_sub("time_by_swept",
               "points: medians with quartiles; lines: the floor; kernel "
               "world; 3 recipients; 1 message; body of 1000 bytes; RTT 200 ms "
               "(one way 100 up, 100 down); tls starttls; rate 10mbit both "
               "ways; --server-window 64kB");
}
END_TEST

/* What was swept is not said to be fixed. */
START_TEST(what_was_swept_is_not_said)
{
    for (int n = 1; n <= 4; n++) {
        struct row *r = add_row("early", "ns3", 200, 2);

        r->recipients = n;
        r->valid = FLAG_TRUE;
        row_text(&r->outcome, "delivered");
        row_text(&r->varied, "recipients=%d w=7", n);
        row_text(&r->command, "turnaround run --recipients %d --w-of 7", n);
    }
    expect_sub("time_by_swept",
               "points: medians with quartiles; lines: the floor; ns3 world; "
               "1 message; body of 1000 bytes; RTT 200 ms (one way 100 up, 100 "
               "down); rate 10mbit both ways; w 7; --w-of 7");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/tell/plot of sweeps");
    TCase *rows = tcase_create("rows");

    tcase_add_checked_fixture(rows, results_setup, results_teardown);
    tcase_add_test(rows, sweeps_are_drawn);
    tcase_add_test(rows, means_tell_of_what_is_rare);
    tcase_add_test(rows, what_was_fixed_is_said);
    tcase_add_test(rows, what_was_swept_is_not_said);
    suite_add_tcase(s, rows);
    return s;
}
