/* SPDX-License-Identifier: BSD-2-Clause */
/* One end of one link of a lab: its device, port, addresses and routes. */
#ifndef NETEM_LAB_END_H
#define NETEM_LAB_END_H

#include "netem/lab_build.h"

/* Makes the end of link `i` on `side`. -1: the site says why. */
int lab_end_make(struct lab_site *, const struct lab_config *, size_t i,
                 enum lab_side side, const char *congestion);

#endif
