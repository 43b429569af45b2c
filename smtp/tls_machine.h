/* SPDX-License-Identifier: BSD-2-Clause */
/* Any machine of one stream, through TLS: a machine itself, which stands
 * between the other and the world.
 *
 * With `implicit`, TLS begins with the connection (RFC 8314). The machine
 * within is told OPENED, with `secure` set, once the handshake is over, or
 * sooner where it may speak sooner: a client that has a session for 0-RTT, a
 * server under `half_rtt` or one that was told 0-RTT data. Bytes that it gives
 * with ASK_OPEN go as 0-RTT data if that is possible, and first of all in any
 * case; the hello then rides in the SYN (RFC 7413).
 *
 * Without, all passes as it is until the machine within asks to OPEN the open
 * stream with `secure` set (STARTTLS); then it is told OPENED once more, with
 * `secure`. What it has not taken of the plaintext by then, and all that comes
 * later, is TLS: what somebody puts behind STARTTLS or its reply in plaintext
 * is heard as a handshake, and ends it (RFC 3207, 6; CVE-2011-0411). So it
 * must take no byte behind the line that makes it ask. With `ahead` TLS begins
 * one way at a time: it is spoken at once, behind STARTTLS without a wait, and
 * heard from where the machine within asks again, without `ahead`.
 *
 * A handshake that fails is told as REFUSED, of a stream that was never told
 * OPENED, or else as RESET; the error is EPROTO and `why` of the engine says
 * the rest. The peer hears an alert.
 *
 * Half-close: ASK_HALF_CLOSE is close_notify and then FIN. TLS 1.2 makes a peer
 * that hears close_notify throw away what it has to say (RFC 5246, 7.2.1), so
 * there a client's is held until the peer has closed; and whoever hears one
 * answers it and closes at once. Under TLS 1.3 each way closes by itself.
 *
 * What the machine within says in one go leaves as one record, or as few as
 * there must be. What it does not take is kept, one record at most, and no
 * further ciphertext is taken. */
#ifndef SMTP_TLS_MACHINE_H
#define SMTP_TLS_MACHINE_H

#include "smtp/tls.h"
#include "smtp/tls_queue.h"

struct tls_machine_config {
    struct tls_setup *setup; /* borrowed */
    bool implicit;
    const char *name;     /* clients: as in struct tls_peer */
    bool early;           /* clients: as in struct tls_peer */
    bool hello_in_syn;    /* clients, implicit: RFC 7413, and ASK_OPEN.fast */
    int64_t handshake_ns; /* how long one may take; 0: 60 s */
};

struct tls_machine {
    struct machine machine; /* tell and ask it as any machine */

    /* What came of it: read-only for others. */
    struct tls_engine engine;  /* `why`, `version`, `resumed`, ... */
    bool secured;              /* TLS was begun */
    bool fast;                 /* TOLD_OPENED: the hello was heard in the SYN */
    size_t turnarounds;        /* clients: waits inside the handshake, which
                                * the machine within does not count */
    int64_t wait_ns;           /* in these */
    int64_t began_ns, done_ns; /* the handshake; NEVER_NS: not yet */

    /* Private from here on. */
    const struct tls_machine_config *config;
    struct machine *inner;
    struct endpoint peer; /* of the client's ASK_OPEN */
    bool server;
    bool hello_rode;   /* in the SYN, or was to */
    bool clear;        /* TLS has not begun */
    bool clear_in;     /* it has, and the peer is yet to begin */
    bool exists, open; /* the stream: asked for or accepted; OPENED */
    bool start_due, open_due, abort_due;    /* to be said, asked, asked */
    bool half_close_wanted, half_closed;    /* ours */
    bool end_heard, end_told;               /* the peer's */
    bool told_open, told_secure, told_over; /* to the machine within */
    bool said;           /* by it, since it was last offered anything */
    bool waiting;        /* for an answer in the handshake */
    bool finished_alone; /* what is to be sent next is our Finished, behind
                          * 0-RTT data that were taken */
    int64_t now_ns, said_ns, asked_ns;  /* ... to open */
    int64_t inner_ns, own_ns, alarm_ns; /* alarms: wanted, wanted, set */
    size_t lent;                        /* ciphertext, until the next call */
    struct tls_queue queue;             /* what it has said */
    char *held; /* what it has not taken: [held_from, held_len) */
    size_t held_from, held_len;
};

/* `inner` and `config` are borrowed until the machine is released. */
void tls_machine_init(struct tls_machine *, const struct tls_machine_config *,
                      struct machine *inner);
void tls_machine_release(struct tls_machine *);

/* Under which sessions with a peer are stored: its name and address. */
enum { TLS_PEER_KEY = 160 };
void tls_peer_key(char key[TLS_PEER_KEY], const char *name, struct endpoint);

#endif
