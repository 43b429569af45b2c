/* SPDX-License-Identifier: BSD-2-Clause */
/* saves.json: what `sweep --saves` was asked of a folder, and its answers, for
 * reports. {"schema":1,"rows":…,"answers":[…]}: the rows that were there, and
 * the answers as bench/tell/saving.h has them as JSON, each with "told", the
 * lines in which people read it. */
#ifndef BENCH_TELL_SAVES_H
#define BENCH_TELL_SAVES_H

#include "bench/tell/saving.h"

/* Into the folder. -1 and `why`. */
int saves_keep(const char *folder, const struct saving_question *,
               const struct saving_answer *, size_t count, size_t rows,
               char *why, size_t why_size);

/* What is there; NULL: nothing, or nothing of ours. The caller decrefs it. */
json_t *saves_read(const char *folder);

/* The lines of an answer; "" beyond the last. */
const char *saves_told(const json_t *saves, size_t i);

/* That it was answered from other rows than there are now; "": it was not. */
const char *saves_of(const json_t *saves, size_t rows, char *room,
                     size_t room_size);

#endif
