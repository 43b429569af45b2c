/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets that are on the road, in slots of one size. */
#ifndef NETEM_PARCEL_H
#define NETEM_PARCEL_H

#include <stddef.h>
#include <stdint.h>

#include "netem/port.h"

struct parcel {
    struct parcel *next; /* while it is free */
    uint32_t len;
    uint8_t head[PORT_ROOM + 12]; /* the last PORT_ROOM bytes are a port's, and
                                    the packet is aligned */
    uint8_t ip[];
};

struct parcels { /* private; all zero but `room` at first */
    size_t room; /* of ip[] */
    struct parcel *free;
    struct parcels_chunk *chunks;
};

/* NULL: no memory. */
struct parcel *parcel_new(struct parcels *);
void parcel_free(struct parcels *, struct parcel *);
void parcels_release(struct parcels *);

#endif
