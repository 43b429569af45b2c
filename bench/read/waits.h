/* SPDX-License-Identifier: BSD-2-Clause */
/* The rule of counting (trace.h), told what happens packet by packet. */
#ifndef BENCH_READ_WAITS_H
#define BENCH_READ_WAITS_H

#include "bench/read/talk.h"

void waits_opened(struct talk *, int64_t at_ns);
void waits_sent(struct talk *, uint64_t bytes, int64_t at_ns);
void waits_spoken(struct talk *, int64_t at_ns);

/* The peer of `side` acknowledged its bytes up to `offset`. */
void waits_acked(struct talk *, enum talk_from side, int64_t offset,
                 int64_t at_ns);

void waits_client_closed(struct talk *, int64_t at_ns);
void waits_client_reset(struct talk *, int64_t at_ns);
void waits_server_ended(struct talk *, const char *how, int64_t at_ns);

/* The capture is over. */
void waits_finish(struct talk *);
void waits_release(struct talk *);

#endif
