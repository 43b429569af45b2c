/* SPDX-License-Identifier: BSD-2-Clause */
/* netem's three models of loss, a decision a packet. */
#ifndef NETEM_LOSSY_H
#define NETEM_LOSSY_H

#include "netem/chance.h"

struct lossy { /* private */
    struct chance chance;
    int state; /* of the chain in force; it starts in the good one */
};

void lossy_init(struct lossy *, uint64_t seed, uint32_t stream);

/* Another model holds from now on. */
void lossy_change(struct lossy *);

/* Whether the next packet is lost. */
bool lossy_next(struct lossy *, const struct link_loss *);

#endif
