/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to their host, by as many sessions as it takes: a machine that owns
 * many streams. A session that began from a remembered offer which turned out
 * to be wrong is followed at once by one that knows nothing
 * (draft-harris-early-pipe-01, 3); what servers offer is remembered. */
#ifndef SMTP_DELIVERY_H
#define SMTP_DELIVERY_H

#include "smtp/client.h"
#include "smtp/offer.h"
#include "smtp/tls_machine.h"

struct delivery_config {
    struct client_config session; /* its `remembered` is the delivery's own */
    struct endpoint peer;
    struct offer_memory *memory;          /* borrowed, written to; NULL: none */
    const struct tls_machine_config *tls; /* NULL only for SECURITY_NONE */
};

/* Sums over the sessions; times as in struct client. */
struct delivery {
    struct machine machine; /* tell and ask it as any machine */

    /* What came of it: read-only for others. */
    size_t connections; /* opened, or tried to */
    size_t turnarounds;
    size_t tls_turnarounds; /* of these: inside TLS handshakes */
    int64_t wait_ns[STEP_END], tls_wait_ns;
    int64_t handshake_ns;                       /* waited for TCP's */
    int64_t started_ns, accepted_ns, closed_ns; /* NEVER_NS: not yet */
    uint64_t bytes_out, bytes_in;
    struct client client;   /* the last session; `end` tells how it went */
    struct tls_machine tls; /* it was within this, if `config` has one */

    /* Private from here on. */
    const struct delivery_config *config;
    struct client_config session;
    struct machine *outermost;        /* of the last session */
    struct offer known, known_secure; /* what `session` remembers */
    int stream;
    bool counted; /* the session is in the sums */
};

/* `config` and all it points to are borrowed until the delivery is over, or
 * released. */
void delivery_init(struct delivery *, const struct delivery_config *);
void delivery_release(struct delivery *); /* where it is over TLS */

/* Up to now, of all sessions. */
size_t delivery_turnarounds(const struct delivery *);

#endif
