/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of packets: see ring.h. */
#include "netem/ring.h"

#include <stdlib.h>
#include <string.h>

static void grow(struct ring *r)
{
    size_t room = r->room ? 2 * r->room : 64;
    struct link_packet *slot = malloc(room * sizeof *slot);

    if (!slot)
        abort();
    for (size_t i = 0; i < r->count; i++)
        slot[i] = r->slot[(r->head + i) & (r->room - 1)];
    free(r->slot);
    r->slot = slot;
    r->room = room;
    r->head = 0;
}

void ring_release(struct ring *r)
{
    free(r->slot);
    memset(r, 0, sizeof *r);
}

void ring_push(struct ring *r, const struct link_packet *p)
{
    if (r->count == r->room)
        grow(r);
    r->slot[(r->head + r->count++) & (r->room - 1)] = *p;
}

struct link_packet *ring_copied(struct ring *r, uint64_t id)
{
    for (size_t i = 0; i < r->count; i++) {
        struct link_packet *p = &r->slot[(r->head + i) & (r->room - 1)];
        if (p->copied && p->id == id)
            return p;
    }
    return NULL;
}
