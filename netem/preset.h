/* SPDX-License-Identifier: BSD-2-Clause */
/* Roads by name, each in the words of the grammar and with its source. */
#ifndef NETEM_PRESET_H
#define NETEM_PRESET_H

#include <stddef.h>

struct preset {
    const char *name, *words;
    const char *about;  /* what it is */
    const char *source; /* where the figures come from */
};

/* All of them, the shortest road first; ends with a NULL name. */
extern const struct preset presets[];

/* NULL: there is none of that name. */
const struct preset *preset_find(const char *name, size_t len);

#endif
