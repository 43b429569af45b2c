/* SPDX-License-Identifier: BSD-2-Clause */
/* A part of a topology in any world, and whether the run counts. */
#ifndef BENCH_RUN_MX_GRADE_H
#define BENCH_RUN_MX_GRADE_H

#include "bench/run/mx.h"

enum { MX_LATE = 200 };

/* In the kernel world it is tried again where host or road were too late. -1
 * and `why`: it could not be run. `late` is "" where the run counts. */
int mx_in_world(enum world, const struct mx_part *, struct mx_tally *,
                char late[MX_LATE], char why[MX_WHY]);

#endif
