/* SPDX-License-Identifier: BSD-2-Clause */
/* The broken servers, as data that the server consults. */
#ifndef SMTP_FLAW_H
#define SMTP_FLAW_H

#include <stdint.h>

/* clang-format off */
#define FLAWS(X)                                                               \
    X(HANDOFF,        "handoff",                                               \
      "input behind MAIL is lost (RFC 2920, 1, flaw 1)")                       \
    X(FLUSH_ON_ERROR, "flush-on-error",                                        \
      "input behind a refused command is lost (RFC 2920, 1, flaw 2)")          \
    X(DATA_LAST_RCPT, "data-last-rcpt",                                        \
      "DATA is judged by the last RCPT alone (RFC 2920, 1, flaw 3)")           \
    X(DATA_ALWAYS,    "data-always",                                           \
      "354 even without a valid recipient (RFC 2920, 1, flaw 3)")              \
    X(EARLY_TALKER,   "early-talker",                                          \
      "554 and close where the client speaks before the greeting")             \
    X(HELO_ONLY,      "helo-only",                                             \
      "EHLO is unknown (RFC 1869 came in 1995)")

#define X(name, word, what) FLAW_BIT_##name,
enum { FLAWS(X) FLAW_COUNT };
#undef X
#define X(name, word, what) FLAW_##name = 1 << FLAW_BIT_##name,
enum { FLAWS(X) };
#undef X
/* clang-format on */

const char *flaw_name(int bit_number);
const char *flaw_what(int bit_number);
uint32_t flaw_bit(const char *name); /* 0: there is none of that name */

#endif
