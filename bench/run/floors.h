/* SPDX-License-Identifier: BSD-2-Clause */
/* The least that a scenario takes, of which a row's residual is told. */
#ifndef BENCH_RUN_FLOORS_H
#define BENCH_RUN_FLOORS_H

#include "bench/run/scenario.h"

struct floors { /* until the last reply; -1: it could not be run */
    int64_t full_ns, no_think_ns, no_rate_ns;
};

/* The scenario is finished. */
struct floors floors_of(const struct scenario *);

#endif
