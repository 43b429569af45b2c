/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to their host, by as many sessions as it takes: a machine that owns
 * many streams. A bargain (smtp/bargain.h) may want a session for each class
 * of recipients, or for each recipient, one after the other or at once. A
 * session that began from a remembered offer which turned out to be wrong is
 * followed at once by one that knows nothing (draft-harris-early-pipe-01, 3);
 * what servers offer is remembered. */
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
    struct delivery_mate *mates; /* for sessions at once, besides its own; */
    size_t mate_count;           /* borrowed; more sessions wait their turn */
};

/* Sums over the sessions; times as in struct client. */
struct delivery {
    struct machine machine; /* tell and ask it as any machine */

    /* What came of it: read-only for others. */
    size_t connections; /* opened, or tried to */
    size_t fast; /* of these: their TCP handshake took no time (RFC 7413) */
    size_t turnarounds;
    size_t mails_sent;      /* bodies handed over whole */
    size_t mail_count;      /* with those that a bargain made (smtp/bargain.h)
                             * or dividing did (client_config.mail_room) */
    size_t decisions;       /* smtp/strategy.h */
    size_t tls_turnarounds; /* of these: inside TLS handshakes */
    int64_t wait_ns[STEP_END], tls_wait_ns;
    int64_t handshake_ns;                       /* waited for TCP's */
    int64_t started_ns, accepted_ns, closed_ns; /* NEVER_NS: not yet */
    uint64_t bytes_out, bytes_in;
    struct client client;    /* the last session; `end` tells how it went */
    struct tls_machine *tls; /* it was within this, if `config` has one;
                              * NULL too where there is no memory for it */

    /* Private from here on. */
    const struct delivery_config *config;
    struct client_config session;
    struct machine *outermost;        /* of the last session */
    struct offer known, known_secure; /* what `session` remembers */
    int stream, streams; /* its own session's; so many were opened */
    bool cold;           /* nothing is arranged any more */
    bool counted;        /* the session is in the sums */
    size_t resumes;      /* sessions that went on where one was cut */
    size_t done;         /* mails before those of a session that goes on */
    size_t total;        /* of them, and all others */
    bool apart;          /* classes have a session each, and are known */
    size_t pieces, next; /* mails with a session each; those begun */
    size_t piece;        /* its own session's */
    int64_t now_ns, own_ns, alarm_ns;
};

/* One that carries further sessions of another. */
struct delivery_mate {
    struct delivery delivery;
    struct delivery_config config;
    bool busy;
    int stream, within; /* its stream, as the world knows it; -1: none */
    int64_t alarm_ns;
};

/* `config` and all it points to are borrowed until the delivery is over, or
 * released. */
void delivery_init(struct delivery *, const struct delivery_config *);
void delivery_release(struct delivery *); /* where it is over TLS */

/* Why TLS failed, or "". */
const char *delivery_tls_why(const struct delivery *);

/* Up to now, of all sessions. */
size_t delivery_turnarounds(const struct delivery *);

#endif
