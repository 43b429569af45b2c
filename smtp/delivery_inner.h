/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a delivery share: delivery.c has its own session,
 * delivery_mates.c those that go on beside it. Nobody else includes this. */
#ifndef SMTP_DELIVERY_INNER_H
#define SMTP_DELIVERY_INNER_H

#include "smtp/delivery.h"

/* Its own session has ended, and its stream with it, or soon will have. */
bool delivery_is_over(const struct delivery *);

/* Of two times that may be NEVER_NS, not yet: the later that has been. */
static inline int64_t delivery_later(int64_t a_ns, int64_t b_ns)
{
    if (a_ns == NEVER_NS || b_ns == NEVER_NS)
        return a_ns == NEVER_NS ? b_ns : a_ns;
    return a_ns > b_ns ? a_ns : b_ns;
}

void delivery_start_mates(struct delivery *); /* where pieces are left */
void delivery_wake_mates(struct delivery *);
size_t delivery_tell_mate(struct delivery *, const struct told *);
struct ask delivery_ask_mates(struct delivery *); /* never ASK_WAKE */
int64_t delivery_mates_alarm(const struct delivery *);

#endif
