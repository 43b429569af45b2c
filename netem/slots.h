/* SPDX-License-Identifier: BSD-2-Clause */
/* netem's slots: packets that are due leave in bunches. A packet due when the
 * slot has passed opens a new one, some time after it is due; all that are due
 * by then leave with it, up to the bound, and the rest with the slot after. */
#ifndef NETEM_SLOTS_H
#define NETEM_SLOTS_H

#include "netem/chance.h"

struct slots { /* private */
    struct link_slot how;
    struct chance chance;
    int64_t open_ns, next_len_ns; /* the last slot; from it to the next */
    uint64_t packets, bytes;      /* used in it */
};

/* The table that `how` points to, if any, must outlive the slots. */
void slots_init(struct slots *, const struct link_slot *how, uint64_t seed,
                uint32_t stream);
void slots_start(struct slots *, int64_t now_ns);

/* When the next packet, which is due at `due_ns`, leaves. */
int64_t slots_leave_ns(const struct slots *, int64_t due_ns);

/* It left at `leave_ns`. */
void slots_use(struct slots *, int64_t leave_ns, uint32_t bytes);

#endif
