/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets from any source -> conversations, and the count of the rest. */
#ifndef BENCH_READ_FEED_H
#define BENCH_READ_FEED_H

#include "bench/read/trace.h"

struct flows;

struct feed {
    struct trace_sum *sum; /* borrowed */
    struct flows *flows;   /* owned */
    struct keylog *keys;   /* borrowed; NULL: not wanted */
    trace_each_fn *each;
    void *arg;
};

/* What is given is borrowed; it may be NULL. -1: no memory. The sum begins
 * anew. */
int feed_init(struct feed *, const struct trace_given *, trace_each_fn *each,
              void *arg, struct trace_sum *);

/* A frame of this link type (DLT_*), `caplen` bytes of `len`. A stamp that is
 * made up is moved to where sums of times cannot overflow. */
void feed_packet(struct feed *, int link, int64_t s, int64_t ns,
                 const uint8_t *frame, size_t caplen, size_t len);

/* Lines of a key log that stood among the packets. */
void feed_secrets(struct feed *, const char *text, size_t len);

/* Tells the conversations that are still open. */
void feed_end(struct feed *);
void feed_release(struct feed *);

#endif
