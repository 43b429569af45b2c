/* SPDX-License-Identifier: BSD-2-Clause */
/* The limits of a server, as LIMITS tells them in its EHLO: RFC 9422. */
#ifndef SMTP_LIMITS_H
#define SMTP_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span; /* smtp/machine.h */

struct limits {               /* 0: none */
    uint32_t mail_max;        /* messages in a session */
    uint32_t rcpt_max;        /* recipients of a message */
    uint32_t rcpt_domain_max; /* domains among them */
};

enum { LIMITS_MOST = 999999, LIMITS_ROOM = 64, LIMITS_WHY = 160 };

/* Of the words behind LIMITS. Names that are not known are for others, and a
 * value that is none (RFC 9422, 3: 1 to 999999) is as if it were not there. */
void limits_learn(struct limits *, struct span words);

/* The same of a text that must be right; "": no limits. -1 and `why`. */
int limits_parse(struct limits *, const char *words, char why[LIMITS_WHY]);

/* As LIMITS says them, each with a blank before it. Returns the length. */
size_t limits_say(const struct limits *, char out[LIMITS_ROOM]);

bool limits_any(const struct limits *);
bool limits_equal(const struct limits *, const struct limits *);

/* How many messages one of so many recipients, in domains that take turns,
 * becomes where nothing is tried in vain. */
size_t limits_parts(const struct limits *, size_t recipients, size_t domains);

/* The domain of an address, behind its last at sign. */
struct span limits_domain(struct span address);

#endif
