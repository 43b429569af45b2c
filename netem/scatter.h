/* SPDX-License-Identifier: BSD-2-Clause */
/* How delays scatter about their mean: netem's tables, made by the formulas
 * that iproute2's generators state, and those read from files. */
#ifndef NETEM_SCATTER_H
#define NETEM_SCATTER_H

#include "netem/link.h"

#define SCATTER_SIGMA 8192 /* one sigma in a table: NETEM_DIST_SCALE */
#define SCATTER_COUNT 4096 /* values in a table of our own making */

/* Makes the table of any spread but LINK_UNIFORM and LINK_SPREAD_FILE:
 *  normal        the quantile of the standard normal law at (i + 1/8) / 4096,
 *                bounded by the range of 16 bits (so 4 sigma)
 *  pareto        (u^(-1/3) - 3/2) * 4/3 with u = 1 - i / 4096: shape 3 and
 *                scale 1, less its mean, over its variance; bounded as above,
 *                which takes the mean down to -0.033 and sigma to 0.82
 *  paretonormal  a quarter of the first and three quarters of the second
 * They differ from the files that iproute2 ships by rounding alone: 1 in 8192,
 * and 17 in the first value of paretonormal. */
void scatter_make(enum link_spread, int16_t value[SCATTER_COUNT]);

/* `mean_ns` and a deviation that `unit`, from [0, 1), picks: evenly from
 * mean - sigma to mean + sigma if `value` is NULL, else from the table, the
 * greater the unit the greater the delay. */
int64_t scatter_pick(const int16_t *value, size_t count, int64_t mean_ns,
                     int64_t sigma_ns, double unit);

#endif
