/* SPDX-License-Identifier: BSD-2-Clause */
/* The recipients of a scenario as the server knows them, and the forms of the
 * message as the client does. */
#ifndef BENCH_RUN_ABILITIES_H
#define BENCH_RUN_ABILITIES_H

#include "bench/run/scenario.h"
#include "smtp/bargain.h"
#include "smtp/server.h"

struct abilities {
    size_t form_count, class_count, answer_count;
    struct form form[BARGAIN_FORMS];
    char *filter[BARGAIN_FORMS]; /* of each class of recipients, in turn */
    size_t best[BARGAIN_FORMS];  /* form for each; form_count: none fits */
    enum ability_kind answer[INQUIRY_ANSWERS];
    struct directory directory; /* for a server */

    /* Private. */
    char *bodies;
    uint32_t ttl_s;
    struct ability found;
};

/* The scenario is finished and has a strategy. Every form is a body of as many
 * octets, CRLF at the end of each line, and no line that begins with a dot;
 * its last letter tells which it is. -1: ENOMEM. */
int abilities_init(struct abilities *, const struct scenario *,
                   struct span body);
void abilities_release(struct abilities *);

/* Of the recipient `user1@...`, `user2@...`, ... from 0. */
size_t abilities_recipient(struct span address);
size_t abilities_best(const struct abilities *, size_t recipient);

/* What there is to do by a strategy, counted without running it. False: the
 * closed forms do not tell what it costs (an answer that is taken back, or a
 * waiting client with more to say). */
bool abilities_case(const struct abilities *, const struct scenario *,
                    struct strategy_case *);

#endif
