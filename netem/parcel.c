/* SPDX-License-Identifier: BSD-2-Clause */
/* Slots for packets, got from the heap by the chunk and never given back: a
 * road needs as many as were on it at once. */
#include "netem/parcel.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 256

struct parcels_chunk {
    struct parcels_chunk *next;
    _Alignas(64) char slots[];
};

static int grow(struct parcels *p)
{
    size_t size = (sizeof(struct parcel) + p->room + 63) / 64 * 64;
    struct parcels_chunk *c = aligned_alloc(64, sizeof *c + CHUNK * size);

    if (!c)
        return -1;
    /* Touched now, so that no packet has to wait for its page. */
    memset(c, 0, sizeof *c + CHUNK * size);
    c->next = p->chunks;
    p->chunks = c;
    for (size_t i = 0; i < CHUNK; i++)
        parcel_free(p, (struct parcel *)(c->slots + i * size));
    return 0;
}

struct parcel *parcel_new(struct parcels *p)
{
    struct parcel *one;

    if (!p->free && grow(p) == -1)
        return NULL;
    one = p->free;
    p->free = one->next;
    return one;
}

void parcel_free(struct parcels *p, struct parcel *one)
{
    one->next = p->free;
    p->free = one;
}

void parcels_release(struct parcels *p)
{
    while (p->chunks) {
        struct parcels_chunk *c = p->chunks;
        p->chunks = c->next;
        free(c);
    }
    p->free = NULL;
}
