/* SPDX-License-Identifier: BSD-2-Clause */
/* What speech.c and speech_server.c share; nobody else's business. */
#ifndef BENCH_READ_SPEECH_INNER_H
#define BENCH_READ_SPEECH_INNER_H

#include "bench/read/speech.h"

/* Without regard to case. */
bool speech_begins(const char *line, size_t len, const char *with);

/* A line up to its LF. Returns how many bytes were taken; `*whole` says that
 * the LF was among them. */
size_t speech_take_line(struct speech_line *, const uint8_t *, size_t,
                        bool *whole);

/* How much of a line is at hand, without its end. */
size_t speech_kept(const struct speech_line *);

/* Gives up on what cannot be mail. */
void speech_lose_patience(struct speech *);

/* The body is over, and its reply is owed. */
void speech_end_body(struct speech *);

#endif
