/* SPDX-License-Identifier: BSD-2-Clause */
/* The one door between machines and worlds.
 *
 * A machine is one side of a conversation as a pure state machine: a world
 * tells it what happened and when, then asks what it wants until it wants
 * nothing more. A machine opens no socket, reads no clock and calls no
 * operating system; a world knows no mail. A session owns one stream (0), a
 * delivery owns many; every world carries the whole list below.
 *
 * The contract of a world:
 *   - it calls machine_tell() with one event, then machine_ask() until that
 *     answers ASK_NOTHING, and only then sleeps or tells the next event;
 *   - consecutive ASK_SENDs of one stream up to ASK_NOTHING are one group and
 *     leave together (one write, one burst);
 *   - TOLD_BYTES may be taken in part: the world keeps the rest and offers it
 *     again after the machine's next wake-up or the next taken send;
 *   - it keeps one alarm per machine: ASK_WAKE replaces the one before;
 *   - a stream is over when both sides have closed it, or after a refusal, a
 *     reset or an abort; its number is never used again;
 *   - a machine is finished when no stream is open and no alarm is set.
 */
#ifndef SMTP_MACHINE_H
#define SMTP_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEVER_NS INT64_MAX

/* A transport address as plain bytes, in network order. */
struct endpoint {
    uint8_t ip[16]; /* IPv4 uses the first four */
    uint8_t family; /* 4 or 6; 0: none */
    uint16_t port;  /* host order */
};

struct span { /* borrowed bytes */
    const char *at;
    size_t len;
};

/* clang-format off */
#define TOLD_KINDS(X)                                                          \
    X(START)    /* first of all, once: the time is now */                      \
    X(OPENED)   /* stream: our open succeeded, or a peer's was accepted */     \
    X(REFUSED)  /* stream, error: our open failed */                           \
    X(BYTES)    /* stream, bytes */                                            \
    X(END)      /* stream: the peer will send no more */                       \
    X(RESET)    /* stream, error: the stream is gone both ways */              \
    X(DATAGRAM) /* bytes, peer */                                              \
    X(WAKE)     /* the alarm rang */

#define ASK_KINDS(X)                                                           \
    X(NOTHING)    /* until something is told */                                \
    X(OPEN)       /* stream, peer; bytes may ride in the SYN (RFC 7413) */     \
    X(SEND)       /* stream, bytes */                                          \
    X(HALF_CLOSE) /* stream: we will send no more */                           \
    X(ABORT)      /* stream: gone at once, both ways */                        \
    X(DATAGRAM)   /* bytes, peer */                                            \
    X(WAKE)       /* at_ns; NEVER_NS takes the alarm back */

#define X(name) TOLD_##name,
enum told_kind { TOLD_KINDS(X) };
#undef X
#define X(name) ASK_##name,
enum ask_kind { ASK_KINDS(X) };
#undef X
/* clang-format on */

struct told {
    enum told_kind kind;
    int stream;
    int error; /* an errno value */
    int64_t now_ns;
    struct span bytes;    /* borrowed for the call */
    struct endpoint peer; /* OPENED: the far end; DATAGRAM: who sent it */
    bool secure;          /* OPENED: through TLS (smtp/tls_machine.h) */
    bool fast;   /* OPENED, of our own: its handshake took no time (RFC 7413):
                  * the peer was there from the SYN on, and all that was said
                  * until now was in it */
    bool riding; /* OPENED, and nothing was said since the peer last was heard:
                  * a wait that begins now has been counted already */
};

struct ask {
    enum ask_kind kind;
    int stream;
    int64_t at_ns;
    struct span bytes; /* borrowed until the next call on this machine ... */
    bool lasting;      /* ... or, when set, until the machine is released */
    bool quiet;        /* SEND: it asks for no answer, and begins no wait */
    struct endpoint peer;
    bool fast;   /* OPEN: by RFC 7413 even where no bytes ride. What is sent
                  * before OPENED leaves behind the handshake. */
    bool secure; /* OPEN, on a stream that is open: from here on through TLS.
                  * Asked of a struct tls_machine only, never of a world. */
    bool ahead;  /* ... but what the peer still says in the clear is yet to
                  * be heard: then OPEN is asked once more */
};

struct machine {
    /* Returns how many of BYTES were taken; for other kinds the value has no
     * meaning. */
    size_t (*tell)(struct machine *, const struct told *);
    struct ask (*ask)(struct machine *);
};

static inline size_t machine_tell(struct machine *m, const struct told *t)
{
    return m->tell(m, t);
}

static inline struct ask machine_ask(struct machine *m)
{
    return m->ask(m);
}

#endif
