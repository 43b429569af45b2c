/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server tells of a recipient, and how well it does so. */
#ifndef SMTP_ABILITY_H
#define SMTP_ABILITY_H

#include <stdint.h>

/* clang-format off */
#define ABILITIES(X)                                                           \
    X(TELLS,       "tells")                                                    \
    X(REFUSED,     "refused")     /* 550 to every question, and to RCPT */     \
    X(DEFERRED,    "deferred")    /* 450, likewise */                          \
    X(LATE,        "late")        /* tells, and is refused when it counts */   \
    X(UNSUPPORTED, "unsupported") /* 504: it was offered, but not of him */    \
    X(SILENT,      "silent")      /* accepted, and not a word of it */         \
    X(OTHER,       "other")       /* tells of somebody else */                 \
    X(MALFORMED,   "malformed")   /* tells what nobody can read */             \
    X(FLOODED,     "flooded")     /* ten thousand lines of it */

#define X(name, text) ABILITY_##name,
enum ability_kind { ABILITIES(X) ABILITY_COUNT };
#undef X
/* clang-format on */

enum { ABILITY_FLOOD = 10000 };

struct ability {
    enum ability_kind kind;
    const char
        *filter;    /* RFC 2533; with line breaks where the reply has them */
    uint32_t ttl_s; /* told by XRCAP, VRFY and CAPS; 0: none */
};

const char *ability_name(enum ability_kind);

#endif
