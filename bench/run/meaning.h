/* SPDX-License-Identifier: BSD-2-Clause */
/* What `drop syn-ack`, `drop reply 354` or `drop rcpt-reply 3` mean: the road
 * takes the words and asks us of every packet. Pure but for its own memory of
 * the flows, which is bounded.
 *
 * Each counts within one TCP connection and in the one direction for which the
 * words were given. A number says which one, the first where there is none:
 * a retransmitted SYN is the second. Of a conversation only new bytes count,
 * so that the retransmission of what was dropped goes through. */
#ifndef BENCH_RUN_MEANING_H
#define BENCH_RUN_MEANING_H

#include "netem/ferry.h"
#include "netem/link.h"

#define MEANING_WHY 600

struct meaning;

/* Refuses words that mean nothing: -1, and `why` lists what is known. */
int meaning_check(const struct link_params *, char why[MEANING_WHY]);

/* Where the first of them is in the words, from 1; 0: all mean something. */
size_t meaning_fault(const struct link_params *);

/* Of checked parameters, which are copied. Aborts where there is no memory. */
struct meaning *meaning_new(const struct link_params *up,
                            const struct link_params *down);
void meaning_free(struct meaning *);

/* A ferry_drop; the first argument is the struct meaning. */
bool meaning_drop(void *meaning, enum ferry_direction, const uint8_t *ip,
                  size_t len);

/* The words, a line each with what they mean: entry `i`, NULL at the end. */
const char *meaning_word(int i, const char **help);

#endif
