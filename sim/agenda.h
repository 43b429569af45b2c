/* SPDX-License-Identifier: BSD-2-Clause */
/* What is going to happen, the earliest first: a binary heap of events. Of
 * equal times, what was put in first comes out first. */
#ifndef SIM_AGENDA_H
#define SIM_AGENDA_H

#include "sim/bytes.h"

struct event {
    int64_t at_ns;
    uint64_t order; /* set by agenda_add() */
    int kind, side; /* the world's own meaning, as what follows */
    size_t connection, actor;
    int error;
    struct endpoint peer;
    struct bytes bytes; /* owned */
};

struct agenda { /* all zero is empty; private */
    struct event *heap;
    size_t count, room;
    uint64_t orders;
};

/* Takes over the event's bytes, even where it fails. -1: ENOMEM. */
int agenda_add(struct agenda *, struct event);

/* The earliest, NULL where nothing is left. Borrowed until the next call. */
const struct event *agenda_first(const struct agenda *);

/* Takes the earliest out, its bytes with it. There must be one. */
struct event agenda_take(struct agenda *);

void agenda_release(struct agenda *);

#endif
