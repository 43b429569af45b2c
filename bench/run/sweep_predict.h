/* SPDX-License-Identifier: BSD-2-Clause */
/* How long a sweep would take but for its plots: from a sample, of which
 * virtual worlds are run, and of the kernel world the ideal one tells. */
#ifndef BENCH_RUN_SWEEP_PREDICT_H
#define BENCH_RUN_SWEEP_PREDICT_H

#include "bench/run/sweep.h"

struct sweep_prediction {
    uint64_t sampled;   /* runs that it is reckoned from */
    double virtual_s;   /* of one core, all runs in virtual worlds */
    double kernel_s;    /* all runs in the kernel world, one after the other */
    double longest_s;   /* the longest of these: no width makes it shorter */
    size_t cores, wide; /* how many of each may go on at once */
    double wall_s;
};

void sweep_predict(const struct sweep *, size_t at_once,
                   struct sweep_prediction *);

#endif
