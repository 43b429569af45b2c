/* SPDX-License-Identifier: BSD-2-Clause */
/* Watches the records of a TLS connection (RFC 8446, 5.1) without its keys:
 * where a record ends, which carry speech, when the handshake is over.
 *
 * TLS 1.2 names its alerts and NewSessionTickets in the clear. TLS 1.3 hides
 * both among application data, so they are inferred:
 *  - a record of 2 bytes, their type and the cipher's tag, is an alert;
 *  - the client's Finished is the first encrypted record of exactly a
 *    Finished's size (4 bytes and the suite's hash, the type, the tag) behind
 *    the ServerHello; what the client sends behind it is speech;
 *  - what the server sends behind the client's Finished is tickets as long as
 *    nothing is owed to the client (under STARTTLS: until it has spoken); and
 *    two leading records of one size are tickets even then. A lone ticket that
 *    comes while a reply is owed, or a third one, is taken for the reply's
 *    start: the count stays right, since the client sends nothing between. */
#ifndef BENCH_READ_TLS_H
#define BENCH_READ_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tls_from { TLS_CLIENT, TLS_SERVER };

enum tls_kind { TLS_QUIET, TLS_SPEECH, TLS_MAYBE, TLS_UNREAD };

struct tls_side { /* private */
    uint8_t head[5];
    unsigned have;      /* of the header */
    uint32_t at, left;  /* of the record's body: seen, to come */
    enum tls_kind kind; /* of the record */
    bool lost;          /* where records begin is no longer known */
    bool ciphered;      /* ChangeCipherSpec was sent */
    uint8_t hello[80];  /* the start of the record */
};

struct tls { /* private; all zero but for `greeting_owed` is a start */
    bool greeting_owed; /* TLS from the first byte: the server speaks first */
    bool hello_done;    /* the ServerHello was seen */
    bool v13;
    bool hello_from[2];    /* a hello of that side was seen, with ... */
    uint8_t random[2][32]; /* ... these */
    uint16_t suite;        /* which the server chose */
    unsigned tag;          /* of the cipher, in bytes */
    unsigned finished;     /* the size of a record that holds a Finished */
    unsigned shook;        /* the client's encrypted records up to it */
    bool client_finished;  /* its Finished was sent */
    bool client_spoke;     /* application data behind it, or early */
    bool burst;            /* the first later record is in these bytes ... */
    bool paired;           /* ... and so is another of its size */
    unsigned later;        /* server records behind the client's Finished */
    uint32_t ticket;       /* the size of the first of them */
    bool no_more_tickets;
    struct tls_side side[2];
};

/* Whether bytes begin a record of a handshake: what tells that TLS begins. */
bool tls_begins(const uint8_t *, size_t);

/* Takes bytes of one side, in order; NULL for bytes that are missing. True:
 * they hold speech: neither alerts nor tickets alone. */
bool tls_take(struct tls *, enum tls_from, const uint8_t *, size_t);

/* The client's Finished is known to have passed, by whoever has the keys. */
void tls_finished(struct tls *);

/* Whether five bytes may be the header of a record. */
bool tls_head_plausible(const uint8_t head[5]);

/* The side stopped within a record. */
bool tls_inside(const struct tls *, enum tls_from);

/* The handshake is on: a wait now is one of its own. */
bool tls_shaking(const struct tls *);

#endif
