/* SPDX-License-Identifier: BSD-2-Clause */
/* A heap of events. */
#include "sim/agenda.h"

#include <assert.h>
#include <stdlib.h>

static bool before(const struct event *a, const struct event *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void swap(struct event *a, struct event *b)
{
    struct event t = *a;

    *a = *b;
    *b = t;
}

static int make_room(struct agenda *a)
{
    size_t room = a->room ? a->room * 2 : 64;
    struct event *bigger;

    if (a->count < a->room)
        return 0;
    bigger = realloc(a->heap, room * sizeof *bigger);
    if (!bigger)
        return -1;
    a->heap = bigger;
    a->room = room;
    return 0;
}

int agenda_add(struct agenda *a, struct event e)
{
    size_t i = a->count;

    if (make_room(a) < 0) {
        bytes_free(&e.bytes);
        return -1;
    }
    e.order = a->orders++;
    a->heap[a->count++] = e;
    for (; i > 0 && before(&a->heap[i], &a->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&a->heap[i], &a->heap[(i - 1) / 2]);
    return 0;
}

const struct event *agenda_first(const struct agenda *a)
{
    return a->count > 0 ? &a->heap[0] : NULL;
}

struct event agenda_take(struct agenda *a)
{
    struct event first;
    size_t i = 0;

    assert(a->count > 0);
    first = a->heap[0];
    a->heap[0] = a->heap[--a->count];
    for (;;) {
        size_t least = i, child = 2 * i + 1;

        for (size_t k = child; k < child + 2 && k < a->count; k++)
            if (before(&a->heap[k], &a->heap[least]))
                least = k;
        if (least == i)
            return first;
        swap(&a->heap[i], &a->heap[least]);
        i = least;
    }
}

void agenda_release(struct agenda *a)
{
    for (size_t i = 0; i < a->count; i++)
        bytes_free(&a->heap[i].bytes);
    free(a->heap);
    *a = (struct agenda){0};
}
