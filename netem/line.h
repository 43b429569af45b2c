/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets on their way, in order of due time, those of the same time in the
 * order they came. A packet due no earlier than all before it goes into a
 * ring; only one that overtakes goes into a heap. */
#ifndef NETEM_LINE_H
#define NETEM_LINE_H

#include "netem/ring.h"

struct line_node {
    uint64_t order; /* of coming, among equal due times */
    struct link_packet packet;
};

struct line { /* private; all zero is an empty one */
    struct ring ring;
    struct line_node *heap;
    size_t heap_count, heap_room;
    uint64_t order;
};

void line_release(struct line *);
void line_push(struct line *, const struct link_packet *);

void line_pop(struct line *);

/* A second copy comes out, though the first may still be in the line or in the
 * queue before it: then it is the first that will need the bytes last. */
void line_overtake(struct line *, struct ring *queue,
                   struct link_packet *second);

/* Of equal due times the ring's came first: a packet goes into the heap only
 * if the ring's last one, which came before it, is due after it. */
static inline bool line_heap_is_next(const struct line *l)
{
    return l->heap_count &&
           (!l->ring.count ||
            l->heap[0].packet.due_ns < ring_first(&l->ring)->due_ns);
}

/* The next one to leave, borrowed until the line changes; NULL: empty. */
static inline const struct link_packet *line_first(const struct line *l)
{
    return line_heap_is_next(l) ? &l->heap[0].packet : ring_first(&l->ring);
}

static inline size_t line_count(const struct line *l)
{
    return l->ring.count + l->heap_count;
}

#endif
