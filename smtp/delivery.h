/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to their host, by as many sessions as it takes: a machine that owns
 * many streams. A session that began from a remembered offer which turned out
 * to be wrong is followed at once by one that knows nothing
 * (draft-harris-early-pipe-01, 3); what servers offer is remembered. */
#ifndef SMTP_DELIVERY_H
#define SMTP_DELIVERY_H

#include "smtp/client.h"
#include "smtp/offer.h"

struct delivery_config {
    struct client_config session; /* its `remembered` is the delivery's own */
    struct endpoint peer;
    struct offer_memory *memory; /* borrowed, written to; NULL: none */
};

/* Sums over the sessions; times as in struct client. */
struct delivery {
    struct machine machine; /* tell and ask it as any machine */

    /* What came of it: read-only for others. */
    size_t connections; /* opened, or tried to */
    size_t turnarounds;
    int64_t wait_ns[STEP_END];
    int64_t handshake_ns;                       /* waited for TCP's */
    int64_t started_ns, accepted_ns, closed_ns; /* NEVER_NS: not yet */
    uint64_t bytes_out, bytes_in;
    struct client client; /* the last session; `end` tells how it went */

    /* Private from here on. */
    const struct delivery_config *config;
    struct client_config session;
    struct offer known; /* what `session` remembers */
    int stream;
    bool counted; /* the session is in the sums */
};

/* `config` and all it points to are borrowed until the delivery is over. */
void delivery_init(struct delivery *, const struct delivery_config *);

#endif
