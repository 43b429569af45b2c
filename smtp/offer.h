/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server's EHLO offered, as a set, and the memory of such offers that
 * early pipelining lives on (draft-harris-early-pipe-01, 3). */
#ifndef SMTP_OFFER_H
#define SMTP_OFFER_H

#include "smtp/limits.h"
#include "smtp/machine.h"

/* clang-format off */
#define OFFERS(X)                                                              \
    X(PIPELINING,          "PIPELINING")          /* RFC 2920 */               \
    X(CHUNKING,            "CHUNKING")            /* RFC 3030 */               \
    X(PIPECONNECT,         "PIPECONNECT")         /* draft-harris-early-pipe */\
    X(SIZE,                "SIZE")                /* RFC 1870 */               \
    X(8BITMIME,            "8BITMIME")            /* RFC 6152 */               \
    X(SMTPUTF8,            "SMTPUTF8")            /* RFC 6531 */               \
    X(DSN,                 "DSN")                 /* RFC 3461 */               \
    X(ENHANCEDSTATUSCODES, "ENHANCEDSTATUSCODES") /* RFC 2034 */               \
    X(STARTTLS,            "STARTTLS")            /* RFC 3207 */               \
    X(AUTH,                "AUTH")                /* RFC 4954 */               \
    X(REQUIRETLS,          "REQUIRETLS")          /* RFC 8689 */               \
    X(CONPERM,             "CONPERM")             /* RFC 4141 */               \
    X(CONNEG,              "CONNEG")              /* RFC 4141 */               \
    X(CAPABILITIES,        "CAPABILITIES")        /* ...fax-transport-00 */    \
    X(BSMTP,               "BSMTP")               /* ietf-smtp, 2018-09-03 */  \
    X(XRCAP,               "XRCAP")               /* smtp/conneg.h */          \
    X(CHECKPOINT,          "CHECKPOINT")          /* RFC 1845 */               \
    X(QUICKSTART,          "QUICKSTART")          /* draft-fanf-...-a and -b */\
    X(PRDR,                "PRDR")                /* draft-hall-prdr-00 */     \
    X(LIMITS,              "LIMITS")              /* RFC 9422 */               \
    X(FOOBAR,              "FOOBAR")              /* of no RFC: experimental */\
    X(BARFOO,              "BARFOO")              /* likewise */
#define X(name, word) OFFER_BIT_##name,
enum { OFFERS(X) OFFER_COUNT };
#undef X
#define X(name, word) OFFER_##name = 1 << OFFER_BIT_##name,
enum { OFFERS(X) };
#undef X
/* clang-format on */

enum { QHLO_ID = 24 }; /* room for an ID and its NUL; ours have 16 digits */

struct offer {
    uint32_t has;          /* OFFER_... */
    uint32_t auth;         /* 1 << MECHANISM_..., of AUTH: smtp/auth.h */
    uint64_t size_max;     /* the parameter of SIZE; 0: none given */
    char qhlo_id[QHLO_ID]; /* that of QUICKSTART, profile B; "": none given */
    struct limits limits;  /* the parameters of LIMITS */
};

/* Adds one line of an EHLO reply, or of a greeting that is one, behind its
 * code. Unknown words are left
 * out; PIPE_CONNECT and X_PIPE_CONNECT are PIPECONNECT's older names. */
void offer_learn(struct offer *, struct span line);

/* The bit of a keyword, or 0. */
uint32_t offer_bit(struct span word);
const char *offer_name(int bit_number);

/* What is remembered of the servers met, by address, port, and whether it was
 * said through TLS (draft-harris-early-pipe-01, 3). Embedded by the caller; all
 * zero is empty. When it is full, the oldest entry goes. */
enum { OFFER_MEMORY = 32 };

struct offer_memory {
    struct remembered {
        struct endpoint peer; /* family 0: a free place */
        bool secure;
        struct offer offer;
        int64_t learnt_ns;
    } at[OFFER_MEMORY];
};

/* NULL where nothing is known. Borrowed until the memory changes. */
const struct offer *offer_recall(const struct offer_memory *, struct endpoint);
void offer_remember(struct offer_memory *, struct endpoint, struct offer,
                    int64_t now_ns);
void offer_forget(struct offer_memory *, struct endpoint);

/* The same, of what was said through TLS, if `secure`. */
const struct offer *offer_recall_as(const struct offer_memory *,
                                    struct endpoint, bool secure);
void offer_remember_as(struct offer_memory *, struct endpoint, bool secure,
                       struct offer, int64_t now_ns);
void offer_forget_as(struct offer_memory *, struct endpoint, bool secure);

bool endpoint_equal(struct endpoint, struct endpoint);

#endif
