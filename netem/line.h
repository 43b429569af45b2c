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

/* The next one to leave, borrowed until the line changes; NULL: empty. */
const struct link_packet *line_first(const struct line *);
void line_pop(struct line *);

static inline size_t line_count(const struct line *l)
{
    return l->ring.count + l->heap_count;
}

#endif
