/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that is whole or not there: it is written beside its name, and takes
 * it over from the one before when all of it is written. On a full disk, the
 * one before stays. */
#ifndef BENCH_TELL_BESIDE_H
#define BENCH_TELL_BESIDE_H

#include <stdbool.h>
#include <stdio.h>

struct beside {
    FILE *to;
    /* private */
    char *path, *written; /* owned */
};

/* -1 and errno; nothing is to be kept or dropped then. */
int beside_open(struct beside *, const char *folder, const char *name);

/* Ends writing: -1 and errno where some of it could not be written. Nothing
 * has its name before beside_keep(). */
int beside_end(struct beside *);

/* Ends writing, and gives it its name. -1 and errno: it is dropped. */
int beside_keep(struct beside *);
void beside_drop(struct beside *);

#endif
