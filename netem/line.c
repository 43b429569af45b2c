/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets on their way: see line.h. */
#include "netem/line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool before(const struct line_node *a, const struct line_node *b)
{
    if (a->packet.due_ns != b->packet.due_ns)
        return a->packet.due_ns < b->packet.due_ns;
    return a->order < b->order;
}

static void heap_push(struct line *l, const struct link_packet *p)
{
    struct line_node node = {l->order++, *p};
    size_t at = l->heap_count++;

    if (at == l->heap_room) {
        l->heap_room = at ? 2 * at : 64;
        l->heap = realloc(l->heap, l->heap_room * sizeof *l->heap);
        if (!l->heap)
            abort();
    }
    while (at > 0 && before(&node, &l->heap[(at - 1) / 2])) {
        l->heap[at] = l->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    l->heap[at] = node;
}

static void heap_pop(struct line *l)
{
    struct line_node node = l->heap[--l->heap_count];
    size_t at = 0, child;

    while ((child = 2 * at + 1) < l->heap_count) {
        if (child + 1 < l->heap_count &&
            before(&l->heap[child + 1], &l->heap[child]))
            child++;
        if (!before(&l->heap[child], &node))
            break;
        l->heap[at] = l->heap[child];
        at = child;
    }
    l->heap[at] = node;
}

void line_release(struct line *l)
{
    ring_release(&l->ring);
    free(l->heap);
    memset(l, 0, sizeof *l);
}

void line_push(struct line *l, const struct link_packet *p)
{
    if (l->ring.count && p->due_ns < ring_last(&l->ring)->due_ns)
        heap_push(l, p);
    else
        ring_push(&l->ring, p);
}

void line_pop(struct line *l)
{
    assert(line_count(l) > 0);
    if (line_heap_is_next(l))
        heap_pop(l);
    else
        ring_pop(&l->ring);
}

static struct link_packet *heap_copied(struct line *l, uint64_t id)
{
    for (size_t i = 0; i < l->heap_count; i++) {
        struct link_packet *p = &l->heap[i].packet;
        if (p->copied && p->id == id)
            return p;
    }
    return NULL;
}

void line_overtake(struct line *l, struct ring *queue,
                   struct link_packet *second)
{
    struct link_packet *first = ring_copied(&l->ring, second->id);

    if (!first)
        first = heap_copied(l, second->id);
    if (!first)
        first = ring_copied(queue, second->id);
    if (!first)
        return;
    first->copied = false;
    second->copied = true;
}
