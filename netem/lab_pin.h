/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of what a lab has set, each thing as it was read back, and the
 * kernel settings of a namespace, which are pinned when it is new. */
#ifndef NETEM_LAB_PIN_H
#define NETEM_LAB_PIN_H

#include <stddef.h>

#include "netem/lab.h"

#define PIN_MAX 200

struct pins {
    size_t count;
    struct pin {
        char where[8], name[56], value[80];
    } at[PIN_MAX];
};

void pin_note(struct pins *, const char *where, const char *name,
              const char *value);

/* Pins the namespace that the caller is in. -1: errno, and `why`. `tcp` NULL:
 * a road in which the kernel's IP has no part. */
int pin_namespace(struct pins *, enum lab_side, const struct lab_tcp *,
                  char why[LAB_WHY]);

/* Has the namespace that the caller is in pass packets on, and leaves the rest
 * of it as it is. */
int pin_forwarding(struct pins *, enum lab_side, char why[LAB_WHY]);

const char *lab_side_name(enum lab_side);

#endif
