/* SPDX-License-Identifier: BSD-2-Clause */
/* What each word of netem/spec takes. The reader stands behind the word; its
 * `name` is the word. */
#ifndef NETEM_SPEC_WORDS_H
#define NETEM_SPEC_WORDS_H

#include "netem/spec_read.h"

int spec_take_delay(struct spec_reader *);
int spec_take_distribution(struct spec_reader *);
int spec_take_ordered(struct spec_reader *);
int spec_take_loss(struct spec_reader *);
int spec_take_ecn(struct spec_reader *);
int spec_take_corrupt(struct spec_reader *);
int spec_take_duplicate(struct spec_reader *);
int spec_take_reorder(struct spec_reader *);
int spec_take_gap(struct spec_reader *);
int spec_take_rates(struct spec_reader *);
int spec_take_limit(struct spec_reader *);
int spec_take_slot(struct spec_reader *);
int spec_take_seed(struct spec_reader *);
int spec_take_queue(struct spec_reader *);
int spec_take_drop(struct spec_reader *);
int spec_take_outage(struct spec_reader *);

/* Whether two phases say the same, but for their times and outages. */
bool spec_phase_same(const struct link_phase *, const struct link_phase *);

#endif
