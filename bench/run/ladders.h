/* SPDX-License-Identifier: BSD-2-Clause */
/* Sequence charts for a report, from the captures that its rows name. */
#ifndef BENCH_RUN_LADDERS_H
#define BENCH_RUN_LADDERS_H

#include "bench/tell/report.h"

/* A report draws so many; the others are counted. */
enum { LADDERS_MOST = 40 };

/* Adds the first conversation of mail in each row's client.pcap. Captures that
 * are gone, or hold none, are passed over. */
void ladders_add(struct report *);

#endif
