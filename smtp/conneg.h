/* SPDX-License-Identifier: BSD-2-Clause */
/* What a recipient can take, as servers tell it in a reply of many lines:
 *
 *     250-<june@example.com> recipient ok        RFC 4141, 3 and 9.2, and the
 *     250-CONNEG (&(color=Binary)                drafts before it; the same in
 *     250 CONNEG   (dpi<=300))                   reply to VRFY and XRCAP
 *
 *     250-<june@example.com> recipient ok        draft-ietf-fax-transport-00
 *     250-Accept: image/tiff
 *     250 Accept-Features: color=Binary, dpi=[-300], ttl=500
 *
 * XRCAP is of no document: a command that asks of one recipient, proposed (as
 * RCAP) on the IETF's list and never written down. Its reply is that of VRFY,
 * with a line `TTL seconds` where the answer may be remembered. */
#ifndef SMTP_CONNEG_H
#define SMTP_CONNEG_H

#include "smtp/feature.h"
#include "smtp/wire.h"

/* How it is asked for. */
/* clang-format off */
#define CONNEG_SPELLINGS(X)                                                    \
    X(CONNEG,   "conneg",   " CONNEG")          /* RFC 4141 */                 \
    X(REQUIRED, "required", " CONNEG=REQUIRED") /* ...esmtp-conneg-03 */       \
    X(OPTIONAL, "optional", " CONNEG=OPTIONAL") /* likewise */                 \
    X(CAPS,     "caps",     " CAPS")            /* ...fax-transport-00 */

#define X(name, text, parameter) SPELLING_##name,
enum conneg_spelling { CONNEG_SPELLINGS(X) SPELLING_COUNT };
#undef X

#define CONNEG_ENDS(X)                                                         \
    X(KNOWN,     "known")                                                      \
    X(SILENT,    "silent")    /* not a word of capabilities */                 \
    X(MALFORMED, "malformed") /* no expression, or an overlong line */         \
    X(FLOODED,   "flooded")   /* more lines or octets than anyone needs */     \
    X(OTHER,     "other")     /* it is of another recipient */

#define X(name, text) CONNEG_##name,
enum conneg_end { CONNEG_ENDS(X) CONNEG_END_COUNT };
#undef X
/* clang-format on */

enum {
    CONNEG_LINES = 100,          /* of an answer */
    CONNEG_REPLY = 4096,         /* octets that a reply of ours has at most */
    CONNEG_TTL_S = 7 * 24 * 3600 /* what is told beyond that is cut to it */
};

struct conneg { /* an answer, as its lines come in */
    const char *asked;
    size_t lines, len;
    bool caps, malformed, flooded, other;
    uint32_t ttl_s; /* 0: not to be remembered */
    char text[FEATURE_TEXT];
};

/* Whose answer comes; borrowed until conneg_end(). */
void conneg_begin(struct conneg *, const char *address);
void conneg_hear(struct conneg *, struct span line); /* behind the code */

/* All lines are heard. `to` is filled where it is KNOWN, and scratch else. */
enum conneg_end conneg_end(struct conneg *, struct feature *to);

/* Writes a positive reply, every line with its code and CRLF. `first` is what
 * the first line says, a code and a text; `filter` has a line break wherever
 * the reply is to have one. Returns its length; 0: it has no such form, or no
 * room in CONNEG_REPLY octets. */
size_t conneg_say(char *at, enum conneg_spelling, const char *first,
                  const char *filter, uint32_t ttl_s);

const char *conneg_end_name(enum conneg_end);
const char *conneg_spelling_name(enum conneg_spelling);
const char *conneg_parameter(enum conneg_spelling); /* of RCPT; begins " " */

#endif
