/* SPDX-License-Identifier: BSD-2-Clause */
/* A limit that a conversation must keep, for tests of other people's software:
 * what breaks it is named. */
#ifndef BENCH_READ_GATE_H
#define BENCH_READ_GATE_H

#include "bench/read/trace.h"

enum { GATE_WHY = 600 };

struct gate {
    bool limits_turnarounds, limits_rtts;
    size_t turnarounds; /* at most */
    double rtts;        /* from the first SYN to the last reply, at most */
};

enum gate_verdict { GATE_HOLDS, GATE_BROKEN, GATE_UNKNOWN };

/* `why` unless it holds. */
enum gate_verdict gate_judge(const struct gate *, const struct conversation *,
                             char why[GATE_WHY]);

#endif
