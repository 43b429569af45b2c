/* SPDX-License-Identifier: BSD-2-Clause */
/* The same conversations, captured at their servers. */
#ifndef BENCH_READ_PEERS_H
#define BENCH_READ_PEERS_H

#include "bench/read/trace.h"

struct peers;

/* Keys may be NULL. NULL and `why`: unreadable. */
struct peers *peers_open(const char *path, struct keylog *keys,
                         char why[TRACE_WHY]);
void peers_free(struct peers *); /* NULL is fine */

/* The conversation between the same endpoints, from a SYN of the same sequence
 * number, as the server saw it. NULL: none. */
const struct conversation *peers_find(const struct peers *,
                                      const struct conversation *);

/* How many the capture holds. */
size_t peers_count(const struct peers *);

#endif
