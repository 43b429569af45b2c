/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two sides of a connection say, as far as it is SMTP (or LMTP),
 * QMTP or TLS: commands, bodies, chunks, replies; which reply answers what; and
 * whether a side has stopped within a unit. Reads any bytes without failing:
 * what is no mail is known by `mail` staying false. With a key log that holds
 * its secrets, what is said inside TLS is read the same way; the modes are then
 * those of the content. */
#ifndef BENCH_READ_SPEECH_H
#define BENCH_READ_SPEECH_H

#include "bench/read/facts.h"
#include "bench/read/owed.h"
#include "bench/read/phase.h"
#include "bench/read/tls.h"
#include "bench/read/unseal.h"
#include "bench/read/words.h"
#include "smtp/qmtp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum speech_mode {
    MODE_LINES, /* commands; replies */
    MODE_TEXT,  /* behind DATA, before its first byte */
    MODE_BODY,  /* up to CRLF.CRLF */
    MODE_CHUNK, /* the octets of a BDAT */
    MODE_QMTP,  /* packages; their replies */
    MODE_TLS,   /* sealed: opaque, but for its records */
    MODE_OTHER, /* neither mail nor TLS: not looked at */
};

enum { SPEECH_LINE = 512 };

struct speech_line {
    size_t len; /* as sent so far; only the first SPEECH_LINE are kept */
    char at[SPEECH_LINE];
};

struct speech {                 /* private but for these */
    bool mail;                  /* somebody said what only mail says */
    char banner[128];           /* the text of the greeting's first line */
    struct words said, replied; /* since the caller last took them */
    unsigned accepted;          /* replies so far that took responsibility */
    struct facts facts;         /* so far */
    enum phase saying; /* of what the client has said first since the caller
                          set it to PHASE_COUNT */

    enum speech_mode client_mode, server_mode;
    unsigned client_lines, server_lines;
    unsigned reply_lines; /* of the reply that is coming in */
    bool lmtp;
    bool auth;      /* the next line answers a 334 */
    bool lost;      /* bytes are missing: where commands begin is unknown */
    bool body_lost; /* bytes of the body are missing */
    unsigned dots;  /* how much of CRLF.CRLF was just seen */
    unsigned bare;  /* the same, with any kind of line end */
    uint64_t chunk; /* octets to come */
    int data_reply; /* to the last DATA; 0: not yet */
    unsigned recipients;           /* accepted in this transaction */
    unsigned finals;               /* further replies to one body: LMTP, PRDR */
    struct qmtp_packages packages; /* from the client's first byte on, until
                                    * that turns out to begin none */
    struct qmtp_replies answers;
    size_t unanswered; /* recipients of the package that is coming in */
    struct owed owed;
    struct tls tls;
    struct keylog *keys;   /* borrowed; NULL: none */
    struct unseal *unseal; /* reads inside TLS; NULL: nothing does */
    bool server_sealed;    /* where that does: the server has begun TLS */
    uint64_t before_early; /* what had been asked for when TLS began, and
                              the facts, lest 0-RTT be refused */
    struct facts facts_before_early;
    struct speech_line command, reply;
};

/* `from_start`: the connection is seen from its first byte. Keys are borrowed;
 * NULL: there are none. */
void speech_init(struct speech *, bool from_start, struct keylog *keys);
void speech_release(struct speech *);

/* Take bytes of one side, in order; NULL for bytes that are missing. False
 * where these bytes ask, or answer, nothing: TLS alerts and tickets. */
bool speech_client(struct speech *, const uint8_t *, size_t);
bool speech_server(struct speech *, const uint8_t *, size_t);

/* The client has stopped within a command line, a body, a chunk or a record:
 * its transport has more to send. */
bool speech_inside(const struct speech *);

/* ... and the unit's name: "body", "BDAT", "TLS"; NULL for a line. */
const char *speech_unit(const struct speech *);

/* A TLS handshake is on. */
bool speech_shaking(const struct speech *);

/* The phase of what the client is owed first; PHASE_COUNT: nothing. */
enum phase speech_owed(const struct speech *);

/* Which side a stream's first bytes come from: 1 the server, 0 the client, -1
 * they do not tell. */
int speech_side(const uint8_t *, size_t);

#endif
