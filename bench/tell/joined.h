/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders whose rows somebody put together by hand: what does not fit is said,
 * rather than told as something else. */
#ifndef BENCH_TELL_JOINED_H
#define BENCH_TELL_JOINED_H

#include "bench/tell/csv.h"

#include <stdbool.h>
#include <stddef.h>

/* Is one run of a sweep there twice? Then `note` says which. */
bool joined_twice(const char *path, const struct rows *, char *note,
                  size_t note_size);

/* Has rows.csv another number of rows than the `rows` of result.json? */
bool joined_beside(const char *folder, size_t rows, char *note,
                   size_t note_size);

#endif
