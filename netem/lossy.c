/* SPDX-License-Identifier: BSD-2-Clause */
/* Models of loss: see lossy.h. S. Salsano, F. Ludovici, A. Ordine,
 * "Definition of a general and intuitive loss model for packet networks and
 * its implementation in the Netem module in the Linux kernel", 2009. */
#include "netem/lossy.h"

/* The 4-state chain, by the paper's numbers less one. */
enum { GAP_RECEIVED, BURST_RECEIVED, BURST_LOST, GAP_LOST };
enum { P13, P31, P32, P23, P14 };

/* The chain of Gilbert and Elliott. */
enum { GOOD, BAD };
enum { P, R, ONE_H, ONE_K };

void lossy_init(struct lossy *l, uint64_t seed, uint32_t stream)
{
    chance_init(&l->chance, seed, stream);
    lossy_change(l);
}

void lossy_change(struct lossy *l)
{
    l->state = 0;
}

/* One draw picks the way out of the state; a packet is lost as it enters one
 * of the two lost states. */
static bool four_states(struct lossy *l, const double *pct)
{
    double draw = chance_unit(&l->chance) * 100;

    switch (l->state) {
    case GAP_RECEIVED:
        l->state = draw < pct[P14]              ? GAP_LOST
                   : draw < pct[P14] + pct[P13] ? BURST_LOST
                                                : GAP_RECEIVED;
        break;
    case BURST_RECEIVED:
        l->state = draw < pct[P23] ? BURST_LOST : BURST_RECEIVED;
        break;
    case BURST_LOST:
        l->state = draw < pct[P32]              ? BURST_RECEIVED
                   : draw < pct[P32] + pct[P31] ? GAP_RECEIVED
                                                : BURST_LOST;
        break;
    default:
        l->state = GAP_RECEIVED;
    }
    return l->state == BURST_LOST || l->state == GAP_LOST;
}

/* The loss is that of the state which the packet finds; then the state may
 * change for the next one. */
static bool gilbert_elliott(struct lossy *l, const double *pct)
{
    bool bad = l->state == BAD;

    if (chance_unit(&l->chance) * 100 < pct[bad ? R : P])
        l->state = bad ? GOOD : BAD;
    return chance_unit(&l->chance) * 100 < pct[bad ? ONE_H : ONE_K];
}

bool lossy_next(struct lossy *l, const struct link_loss *loss)
{
    switch (loss->model) {
    case LINK_LOSS_RANDOM:
        return chance_hit(&l->chance, &loss->random);
    case LINK_LOSS_STATE:
        return four_states(l, loss->pct);
    case LINK_LOSS_GEMODEL:
        return gilbert_elliott(l, loss->pct);
    case LINK_LOSS_NONE:
        break;
    }
    return false;
}
