/* SPDX-License-Identifier: BSD-2-Clause */
/* The server half of a QMTP session, as a pure machine on stream 0. It takes
 * package after package, judges recipients as the SMTP server does, and says a
 * reply for each in their order, none before the last octet of their package.
 * Replies are held while more input lies ready, and as long as there is room
 * for them. What is no package ends the session: the protocol has no word for
 * it. It allocates nothing.
 *
 * A text comes before it is known from whom and to whom it is; so it is given
 * to the sink first. */
#ifndef SMTP_QMTP_SERVER_H
#define SMTP_QMTP_SERVER_H

#include "smtp/qmtp.h"
#include "smtp/server.h"

struct qmtp_server {
    struct machine machine; /* tell and ask it as any machine */

    /* What came of it: read-only for others. As in struct server. */
    size_t mails, recipients;
    uint64_t text_bytes;
    size_t replies;
    bool secure;

    /* Private from here on. */
    const struct server_config *config;
    struct qmtp_packages packages;
    bool open, ended, half_closed, abort;
    bool leaving;    /* reads nothing more */
    bool input_left; /* the world keeps bytes that we did not take */
    bool due; /* a reply, at its time: nothing is read until it is said */
    bool too_big, kept;
    bool no_sender;     /* whose mail nobody takes */
    uint64_t text_len;  /* of the package, its lines ending in CRLF */
    size_t progress;    /* octets since patience was last renewed */
    size_t to_count;    /* its recipients, also those beyond `verdict` */
    size_t accepted;    /* of these */
    size_t answered;    /* likewise */
    size_t address_len; /* of the one that is coming in */
    int64_t now_ns, due_ns, idle_ns, alarm_ns;
    size_t out_len;
    bool out_taken; /* by the last ask: to be cleared */
    char address[QMTP_ADDRESS];
    uint8_t verdict[SERVER_RECIPIENTS]; /* 0 accepts; see the source */
    char out[SERVER_OUT / 2];
};

/* Of a config's fields those count that a protocol without commands has: the
 * verdicts, the sink, the time to think, patience, and the largest message. It
 * is borrowed until the session is over. */
void qmtp_server_init(struct qmtp_server *, const struct server_config *);

#endif
