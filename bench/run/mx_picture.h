/* SPDX-License-Identifier: BSD-2-Clause */
/* A picture of a topology as SVG: the hosts of a domain by preference, their
 * roads and capabilities, and the way that a delivery took among them. */
#ifndef BENCH_RUN_MX_PICTURE_H
#define BENCH_RUN_MX_PICTURE_H

#include <stdio.h>

#include "bench/run/mx.h"

/* `rtt_ns` is that of every road; -1: each its own. */
void mx_picture_write(FILE *, const struct mx_part *, const struct mx_tally *,
                      int64_t rtt_ns);

#endif
