/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rows may be drawn into one plot: those that are valid, delivered, and
 * agree in all that the plot does not vary. */
#ifndef BENCH_TELL_GROUP_H
#define BENCH_TELL_GROUP_H

#include "bench/tell/csv.h"
#include "bench/tell/result.h"

#include <stdbool.h>

enum { SERIES_MAX = 64 };

/* What a row is drawn as: its mode, with what sets it apart from others of
 * that mode: "early", "early, BDAT", "early, cold", "S3, early". */
const char *series_of(const struct row *, char room[SERIES_MAX]);

/* How a series looks, the same in every plot: colours that the colour-blind
 * tell apart, of different lightness, and dashes and points for black and
 * white. `unknown` numbers the series that have no look of their own. */
struct look {
    const char *colour; /* #rrggbb */
    const char *dash;   /* gnuplot's dashtype */
    int point;          /* gnuplot's pointtype */
};
struct look series_look(const char *series, size_t unknown);

/* The order in which series stand in keys and bars; unknown ones are last. */
int series_order(const char *series);

struct grouping {
    bool fixed[ROW_WIDTH]; /* columns that must agree; of a link's words, what
                            * link_but_delay() leaves; what a sweep set that
                            * has no column must agree always */
    bool vary[ROW_WIDTH];  /* further columns that make a point its own */
    enum row_column x;     /* must be known, and vary; ROW_WIDTH: none */
    enum row_column y;     /* must be known */
    bool measured_first;   /* pass over the ideal world's rows where there are
                            * others, and prefer the kernel's to ns-3's */
};

/* What any plot over something else holds fixed, for use in `fixed`; and that
 * without bodies and roads. */
/* clang-format off */
#define GROUP_WORLD                                                            \
    [ROW_world] = true, [ROW_classes] = true, [ROW_think_ms] = true,           \
    [ROW_tls] = true, [ROW_tls_version] = true, [ROW_tls_session] = true,      \
    [ROW_auth] = true, [ROW_road] = true, [ROW_tcp] = true
#define GROUP_ROAD                                                             \
    GROUP_WORLD, [ROW_body_bytes] = true, [ROW_uplink] = true,                 \
    [ROW_downlink] = true
/* clang-format on */

struct group {
    const struct row **row; /* borrowed rows; the array is owned */
    size_t count;
    size_t others;   /* further combinations that could be drawn */
    char which[400]; /* the agreed conditions, for people */
};

/* Finds the group with the most distinct points (series, x, what varies);
 * among equals that of the most rows, then that of an RTT nearest to 200 ms.
 * Returns false and says why if there is none; then nothing is to be
 * released. */
bool group_best(struct group *, const struct rows *, const struct grouping *,
                char *why, size_t why_size);
void group_release(struct group *);

/* A link's words without its delay, and without its limit, which by default
 * follows from the delay: what is left of a road when its length varies. */
void link_but_delay(const char *words, char *room, size_t room_size);

#endif
