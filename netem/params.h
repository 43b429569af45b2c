/* SPDX-License-Identifier: BSD-2-Clause */
/* What a link keeps of its parameters: one row for each phase, with copies of
 * the tables and traces, ready to use. */
#ifndef NETEM_PARAMS_H
#define NETEM_PARAMS_H

#include "netem/link.h"

struct params_phase {
    struct link_phase how;
    bool delay_differs, loss_differs, rate_differs; /* from the one before */
};

struct params {
    struct params_phase *phase; /* the first one is the base */
    size_t phase_count;
    struct link_slot slot;
    struct link_range *drop;
    size_t drop_count;
    void **owned; /* copies that the rows point to */
    size_t owned_count;
    bool queued; /* a queue serves the rate; else netem's way */
};

/* Aborts where there is no memory. */
void params_copy(struct params *, const struct link_params *);
void params_release(struct params *);

#endif
