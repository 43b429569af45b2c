/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue before the rate, by its discipline: droptail refuses what finds
 * it full, drophead makes room at its head, codel (RFC 8289) also drops or
 * marks what has waited too long for too long. */
#ifndef NETEM_QUEUE_H
#define NETEM_QUEUE_H

#include "netem/ring.h"

struct queue { /* private, but for `ring` and `marked`, which may be read */
    struct link_queue how;
    bool ecn; /* codel marks packets that are ECN-capable */
    struct ring ring;
    uint64_t bytes;
    uint32_t largest; /* packet seen: RFC 8289's maxpacket */
    int64_t above_ns; /* when its wait will have been too long; or NEVER */
    bool dropping;
    uint32_t drops, drops_before; /* in this dropping state, and the last */
    int64_t drop_next_ns;
    uint64_t marked; /* instead of dropped */
};

/* Takes what the queue gives up. */
typedef void queue_drop(void *, struct link_packet *, enum link_rule,
                        int64_t now_ns);

void queue_init(struct queue *, const struct link_queue *, bool ecn);
void queue_release(struct queue *);

/* Whether a packet of so many bytes finds no room. */
bool queue_full(const struct queue *, uint32_t bytes);
void queue_push(struct queue *, const struct link_packet *);
bool queue_pop(struct queue *, struct link_packet *);

/* The packet to send at `now_ns`; false: none is left. */
bool queue_next(struct queue *, int64_t now_ns, struct link_packet *,
                queue_drop *, void *);

#endif
