/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that files hold: distribution tables as iproute2 writes them, and
 * mahimahi's traces. Pure: the text comes from the caller. */
#ifndef NETEM_SERIES_H
#define NETEM_SERIES_H

#include "netem/link.h"

#define SERIES_WHY 200
#define SERIES_TABLE_MOST 16384 /* NETEM_DIST_MAX */

/* Whole numbers of 16 bits between blanks, 8192 for one sigma; lines that
 * begin with # are comments. The values come out sorted, owned by the table;
 * its `path` is untouched. -1: refused, and `why` says why. */
int series_table(const char *text, size_t len, struct link_table *,
                 char why[SERIES_WHY]);

/* A line for each 1500 bytes that may leave, saying when, in whole
 * milliseconds from the start; never falling, the last one above 0. */
int series_trace(const char *text, size_t len, struct link_trace *,
                 char why[SERIES_WHY]);

#endif
