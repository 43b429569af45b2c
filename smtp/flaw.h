/* SPDX-License-Identifier: BSD-2-Clause */
/* The broken servers, as data that the server consults. */
#ifndef SMTP_FLAW_H
#define SMTP_FLAW_H

#include <stdint.h>

/* clang-format off */
#define FLAWS(X)                                                               \
    X(HANDOFF_EHLO, "handoff-ehlo",                                            \
      "input behind EHLO is lost (RFC 2920, 1, flaw 1)")                       \
    X(HANDOFF, "handoff",                                                      \
      "input behind MAIL is lost (RFC 2920, 1, flaw 1)")                       \
    X(HANDOFF_RCPT, "handoff-rcpt",                                            \
      "input behind RCPT is lost (likewise)")                                  \
    X(HANDOFF_DATA, "handoff-data",                                            \
      "input behind DATA is lost (likewise)")                                  \
    X(HANDOFF_END, "handoff-end",                                              \
      "input behind a body is lost (likewise)")                                \
    X(HANDOFF_RSET, "handoff-rset",                                            \
      "input behind RSET is lost (likewise)")                                  \
    X(FLUSH_ON_ERROR, "flush-on-error",                                        \
      "input behind a refused command is lost (RFC 2920, 1, flaw 2)")          \
    X(DATA_LAST_RCPT, "data-last-rcpt",                                        \
      "DATA is judged by the last RCPT alone (RFC 2920, 1, flaw 3)")           \
    X(DATA_ALWAYS, "data-always",                                              \
      "354 even without a valid recipient (RFC 2920, 1, flaw 3)")              \
    X(ONE_A_READ, "one-a-read",                                                \
      "PIPELINING is offered, and one command of what comes is obeyed")        \
    X(EARLY_TALKER, "early-talker",                                            \
      "554 and close where the client speaks before the greeting")             \
    X(HELO_ONLY, "helo-only",                                                  \
      "EHLO is unknown (RFC 1869 came in 1995)")                               \
    X(PIX, "pix",                                                              \
      "a banner of asterisks, and EHLO is unknown, as behind a PIX")           \
    X(REORDER, "reorder",                                                      \
      "the first and the last reply of a group change places")                 \
    X(SPLIT, "split",                                                          \
      "every octet of a reply leaves by itself, 1 ms apart")                   \
    X(TARPIT, "tarpit",                                                        \
      "the same, 1 s apart")                                                   \
    X(HOLD, "hold-replies",                                                    \
      "what may be held is, though no input is left (RFC 2920, 3.2, 7)")       \
    X(STALE_ID, "stale-id",                                                    \
      "the ID of QUICKSTART is another one at each visit")                     \
    X(QUIT_CORKED, "quit-corked",                                              \
      "what is said from QUIT on leaves 200 ms later")                         \
    X(SILENT_CLOSE, "silent-close",                                            \
      "closes at RCPT without a word, in mid-group")                           \
    X(UNKNOWN_554, "unknown-554",                                              \
      "554 and close at a command that is not known")                          \
    X(UNKNOWN_MUTE, "unknown-mute",                                            \
      "says nothing to a command that is not known")                           \
    X(CLOSE_421, "close-421",                                                  \
      "421 at RCPT, and closes")                                               \
    X(ONE_VERDICT, "one-verdict",                                              \
      "one reply to a body, where each recipient has one (LMTP, PRDR)")        \
    X(UNASKED_353, "unasked-353",                                              \
      "353 and a reply for each recipient (PRDR), though nobody asked")        \
    X(ODD_LIMITS, "odd-limits",                                                \
      "LIMITS, where it is offered, with values that are none (RFC 9422, 3)")

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
