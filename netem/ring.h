/* SPDX-License-Identifier: BSD-2-Clause */
/* A first-in-first-out ring of packets that grows as it must and never
 * shrinks, so that a steady road allocates nothing. */
#ifndef NETEM_RING_H
#define NETEM_RING_H

#include "netem/link.h"

struct ring { /* private; all zero is an empty one */
    struct link_packet *slot;
    size_t room; /* a power of two, or 0 */
    size_t head, count;
};

void ring_release(struct ring *);
void ring_push(struct ring *, const struct link_packet *);

/* The i-th, which must be there, borrowed until the ring changes. */
static inline const struct link_packet *ring_at(const struct ring *r, size_t i)
{
    return &r->slot[(r->head + i) & (r->room - 1)];
}

/* NULL: empty. */
static inline const struct link_packet *ring_first(const struct ring *r)
{
    return r->count ? ring_at(r, 0) : NULL;
}

static inline const struct link_packet *ring_last(const struct ring *r)
{
    return r->count ? ring_at(r, r->count - 1) : NULL;
}

/* The packet of that id of which another copy is still to come, borrowed as
 * above; NULL: it is not here. */
struct link_packet *ring_copied(struct ring *, uint64_t id);

/* Forgets the first one, which must be there. */
static inline void ring_pop(struct ring *r)
{
    r->head++;
    r->count--;
}

#endif
