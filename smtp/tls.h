/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS by OpenSSL, as a pure engine: ciphertext and plaintext go in and come
 * out; it opens no socket and reads no file, and OpenSSL's own configuration
 * file is not read either. Certificates, keys and trust anchors are PEM text
 * that the caller has read.
 *
 * Time: certificates are judged at `judged_at_s`, so that a world with a clock
 * of its own can say when it is; where that is 0, by the system's calendar.
 * The age of tickets is OpenSSL's business, by the system's calendar: a server
 * refuses 0-RTT data from a peer farther than 10 s of round trip.
 *
 * A setup belongs to one thread, with its store and its engines. smtp/tls_
 * machine.h makes a machine of this. */
#ifndef SMTP_TLS_H
#define SMTP_TLS_H

#include "smtp/machine.h"

enum {
    TLS_WHY = 320,          /* room for a text that says why not */
    TLS_RECORD = 16 * 1024, /* RFC 8446, 5.1: plaintext of one record */
    TLS_EARLY = 64 * 1024   /* 0-RTT data that a client says at most */
};

enum tls_version { TLS_V12 = 0x0303, TLS_V13 = 0x0304 };

struct tls_config {       /* what it points to is read by tls_setup_new() */
    bool server;          /* which end this is */
    enum tls_version min; /* 0: TLS 1.2 */
    enum tls_version max; /* 0: TLS 1.3 */
    struct span chain;    /* our certificates, ours first; servers need one */
    struct span key;      /* of the first of them */
    struct span anchors;  /* whom we trust. A server that has any asks its
                           * clients for certificates and judges them ... */
    bool demand;          /* ... and with this, refuses clients without */
    bool insecure;        /* take any peer; what is wrong is still told */
    int64_t judged_at_s;  /* since 1970; 0: the system's calendar */
    bool half_rtt;        /* servers: speak before the client's Finished */
    uint32_t early_max;   /* servers: bytes of 0-RTT data taken; 0: none */
    struct tls_store *store; /* clients: sessions to resume; borrowed while the
                              * setup lives; NULL: none */
    /* Each line of an NSS key log, without its line end; may be NULL. */
    void (*keylog)(void *arg, const char *line);
    void *arg;
};

struct tls_setup; /* what the connections of one end share */

/* NULL: `why` says which part cannot be used. */
struct tls_setup *tls_setup_new(const struct tls_config *, char why[TLS_WHY]);
void tls_setup_free(struct tls_setup *); /* behind its engines; NULL is fine */
bool tls_setup_is_server(const struct tls_setup *);

/* Sessions that may be resumed, by peer: at most `limit`, the oldest make
 * room. One of TLS 1.3 is used once (RFC 8446, C.4). */
struct tls_store *tls_store_new(size_t limit); /* NULL: no memory */
void tls_store_free(struct tls_store *);       /* NULL is fine */
size_t tls_store_count(const struct tls_store *, const char *peer);

/* Whom a client calls. */
struct tls_peer {
    const char *name;    /* whose certificate it must be: a DNS name or an
                          * address; NULL only where the setup is insecure */
    const char *session; /* under which its sessions are stored; NULL: none */
    bool early;          /* 0-RTT, where a session allows it: what is said so
                          * can be replayed (RFC 8446, 8) */
};

enum tls_state {
    TLS_SHAKE_HANDS,
    TLS_HALF_OPEN, /* a server may say and hear, though no Finished came */
    TLS_OPEN,
    TLS_FAILED /* `why` says it; what comes in is thrown away */
};

enum tls_early {
    TLS_EARLY_NONE,
    TLS_EARLY_SAID, /* and not answered yet */
    TLS_EARLY_TAKEN,
    TLS_EARLY_REFUSED /* said again behind the handshake, without a word */
};

struct tls_engine { /* must not be moved while it is in use */
    /* Read-only for others. */
    enum tls_state state;
    enum tls_version version; /* once the handshake is over, as what follows */
    char cipher[40];
    bool resumed;
    enum tls_early early;
    bool verified;       /* the peer's certificate was judged, and good */
    bool close_heard;    /* close_notify came */
    bool close_said;     /* close_notify was said */
    bool truncated;      /* the peer's end came without it */
    char why[TLS_WHY];   /* TLS_FAILED: what is wrong */
    char doubt[TLS_WHY]; /* what is wrong with the peer's certificate, also
                          * where that is no reason to refuse it */

    /* Private from here on. */
    const struct tls_setup *setup;
    struct ssl_st *ssl;
    struct span in; /* ciphertext not yet read, during a call */
    char *out;      /* ciphertext not yet sent: [out_from, out_len) */
    size_t out_from, out_len, out_room;
    char *said_early; /* kept until it is known to be taken */
    size_t said_early_len;
    size_t early_room; /* what may still be said so */
    bool early_over;   /* servers: all early data is read */
    uint64_t taken;    /* bytes of ciphertext */
    size_t heard_len;
    char heard[16]; /* the first bytes that came: what is it, if not TLS? */
    char host[256]; /* whose certificate is asked for; empty: anyone's */
    char session[160];
};

/* A server's `peer` is NULL. -1: `why` of the engine says it. */
int tls_init(struct tls_engine *, struct tls_setup *, const struct tls_peer *);
void tls_release(struct tls_engine *); /* also an engine that is all zero */

/* A client speaks first: behind this its hello is in tls_out(). What it says
 * before goes with the hello, as 0-RTT data. Servers: nothing happens. */
void tls_start(struct tls_engine *);

struct tls_heard {
    size_t taken;     /* of the ciphertext; all of it where `plain` had room */
    size_t plain_len; /* plaintext that came of it */
};

/* Takes ciphertext; what it says in plaintext goes to `plain`. Where that is
 * filled to the brim there may be more: call again, if only with no bytes. */
struct tls_heard tls_hear(struct tls_engine *, struct span, char *plain,
                          size_t room);
void tls_hear_end(struct tls_engine *); /* the stream's end, behind it all */

/* The caller gives up: the engine has failed, without an alert. */
void tls_give_up(struct tls_engine *, const char *why);

/* How many bytes of plaintext tls_say() would take now. */
size_t tls_may_say(const struct tls_engine *);

/* Seals plaintext into one record, at most TLS_RECORD bytes of it. Returns how
 * many it took. */
size_t tls_say(struct tls_engine *, struct span);
void tls_say_end(struct tls_engine *); /* close_notify */

/* Ciphertext to be sent; borrowed until the next call. */
struct span tls_out(const struct tls_engine *);
void tls_sent(struct tls_engine *, size_t);

const char *tls_version_name(enum tls_version); /* "TLS 1.3" */

#endif
