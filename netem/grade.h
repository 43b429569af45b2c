/* SPDX-License-Identifier: BSD-2-Clause */
/* A histogram of times from 1 ns to some 18 minutes, exact to 1.6 %. */
#ifndef NETEM_GRADE_H
#define NETEM_GRADE_H

#include <stdint.h>

#define GRADE_FINE 6 /* 2^6 bins for each power of two */
#define GRADE_POWERS 40
#define GRADE_BINS ((GRADE_POWERS - GRADE_FINE + 1) << GRADE_FINE)

struct grade { /* all zero: empty */
    uint64_t count;
    int64_t max_ns;
    uint64_t bin[GRADE_BINS];
};

/* A negative time counts as 0. */
void grade_add(struct grade *, int64_t ns);
void grade_merge(struct grade *, const struct grade *other);

/* The time that `share` (0 to 1) of all do not exceed; 0 if there are none. */
int64_t grade_quantile(const struct grade *, double share);

#endif
