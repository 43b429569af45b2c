/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows to be drawn, and what is written of them. */
#ifndef TESTS_PLOT_ROWS_H
#define TESTS_PLOT_ROWS_H

#include "bench/tell/plot.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct results results;

static struct row *add_row(const char *mode, const char *world, double rtt,
                           int64_t waits)
{
    struct row *r = rows_add(&results.rows);

    row_init(r);
    row_text(&r->mode, "%s", mode);
    row_text(&r->world, "%s", world);
    row_text(&r->uplink, "delay %gms rate 10mbit", rtt / 2);
    row_text(&r->downlink, "delay %gms rate 10mbit", rtt / 2);
    r->recipients = 3;
    r->messages = 1;
    r->body_bytes = 1000;
    r->rtt_ms = rtt;
    r->turnarounds = r->turnarounds_predicted = waits;
    r->floor_ms = (double)(waits + 1) * rtt;
    r->closed_ms = r->floor_ms + 1;
    r->one_way_up_ms = r->one_way_down_ms = rtt / 2;
    return r;
}

static void results_setup(void)
{
    char why[200];

    ck_assert_int_eq(results_create(&results, NULL, "a 'quoted' command", 1,
                                    why, sizeof why),
                     0);
}

static void results_teardown(void)
{
    results_release(&results);
}

static const struct plot *plot_named(const char *plot)
{
    for (size_t i = 0; i < plots_count; i++)
        if (strcmp(plots[i].name, plot) == 0)
            return &plots[i];
    ck_abort_msg("no plot %s", plot);
    return NULL;
}

/* Writes a plot into memory. Returns whether it could; the texts are the
 * caller's to free. */
static bool written(const char *plot, char **dat, char **gp, char *why)
{
    size_t dat_len, gp_len;
    struct plot_page page = {.dat = open_memstream(dat, &dat_len),
                             .gp = open_memstream(gp, &gp_len)};
    const struct plot *p = plot_named(plot);
    bool done = p->write(p, &results.rows, &page, why, 200);

    fclose(page.dat);
    fclose(page.gp);
    return done;
}

static void expect_dat(const char *plot, const char *expected)
{
    char *dat, *gp, why[200] = "";

    ck_assert_msg(written(plot, &dat, &gp, why), "%s", why);
    ck_assert_msg(strstr(dat, expected), "%s: no '%s' in:\n%s", plot, expected,
                  dat);
    free(dat);
    free(gp);
}

#endif
