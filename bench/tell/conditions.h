/* SPDX-License-Identifier: BSD-2-Clause */
/* Under which conditions rows were made, as a picture says it to people: "ns3
 * world; 5 recipients; rate 10mbit both ways". What is so unless told
 * otherwise is left out. */
#ifndef BENCH_TELL_CONDITIONS_H
#define BENCH_TELL_CONDITIONS_H

#include "bench/tell/result.h"

#include <stdbool.h>
#include <stddef.h>

/* Those columns of a row; `rest`: and what was set that has no column of its
 * own. The caller frees it. */
char *conditions_of(const struct row *, const bool said[ROW_WIDTH], bool rest);

/* All that `count` rows, at least one, have in common: columns, what is the
 * same in their roads, words of a sweep, and flags. The caller frees it. */
char *conditions_agreed(const struct row *const *, size_t count);

#endif
