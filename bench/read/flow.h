/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of conversations: which packet belongs to which, which side is
 * the client, and when one is over. What it holds is bounded by FLOWS_OPEN. */
#ifndef BENCH_READ_FLOW_H
#define BENCH_READ_FLOW_H

#include "bench/read/talk.h"

enum {
    FLOWS_OPEN = 1 << 16, /* beyond, the one longest silent is closed */
    FLOWS_DONE = 4096,    /* finished ones that wait for an earlier one */
};

/* After this silence and two round trips an ended conversation is closed: what
 * is sent again comes sooner, and what comes later without payload opens none.
 */
#define FLOW_LINGER_NS (2 * 1000000000ll)

struct flows;

/* `each` is given every conversation when it is finished, in the order of
 * their first packets as far as FLOWS_DONE allows. What `given` points to is
 * borrowed. NULL: no memory. */
struct flows *flows_new(const struct trace_given *, trace_each_fn *each,
                        void *arg);

void flows_packet(struct flows *, const struct packet *, int64_t at_ns);

/* Finishes all that are open. */
void flows_end(struct flows *);
void flows_free(struct flows *);

#endif
