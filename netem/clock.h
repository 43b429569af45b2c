/* SPDX-License-Identifier: BSD-2-Clause */
/* The two clocks of a road. Deadlines are CLOCK_MONOTONIC, but the kernel
 * stamps arrivals with CLOCK_REALTIME, which may be set; so the offset is
 * sampled at each wake-up. */
#ifndef NETEM_CLOCK_H
#define NETEM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static inline int64_t clock_read_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

struct clock_pair {    /* private; all zero before the first sample */
    int64_t offset_ns; /* CLOCK_REALTIME less CLOCK_MONOTONIC */
    int64_t base_ns;   /* the first offset */
    int64_t at_ns;     /* CLOCK_MONOTONIC of the last sample; 0: none yet */
    uint64_t steps;    /* jumps that were seen */
    bool stepped;      /* the last sample saw one */
};

/* Returns the CLOCK_MONOTONIC time. */
int64_t clock_sample(struct clock_pair *);

#endif
