/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversations as they happen: libpcap on an interface, each packet at once
 * (immediate mode). */
#ifndef BENCH_READ_LIVE_H
#define BENCH_READ_LIVE_H

#include "bench/read/trace.h"

#include <signal.h>

struct live_bounds {
    uint64_t packets;                  /* 0: no bound */
    int64_t ns;                        /* 0: no bound */
    const volatile sig_atomic_t *stop; /* borrowed; ends it when not 0 */
};

/* As trace_each(); `filter` is libpcap's language, NULL for TCP. Conversations
 * are told when they have been over for a minute, and all at the end. `lost`:
 * packets that the kernel dropped for want of room. */
int live_each(const char *interface, const char *filter,
              const struct trace_given *, const struct live_bounds *,
              trace_each_fn *each, void *arg, struct trace_sum *sum,
              uint64_t *lost, char why[TRACE_WHY]);

#endif
