/* SPDX-License-Identifier: BSD-2-Clause */
/* What speech.c and speech_server.c share; nobody else's business. */
#ifndef BENCH_READ_SPEECH_INNER_H
#define BENCH_READ_SPEECH_INNER_H

#include "bench/read/speech.h"

/* Without regard to case. */
bool speech_begins(const char *line, size_t len, const char *with);

/* A line up to its LF. Returns how many bytes were taken; `*whole` says that
 * the LF was among them. */
size_t speech_take_line(struct speech_line *, const uint8_t *, size_t,
                        bool *whole);

/* How much of a line is at hand, without its end. */
size_t speech_kept(const struct speech_line *);

/* Gives up on what cannot be mail. */
void speech_lose_patience(struct speech *);

/* The client's first record comes. Without keys nothing behind it can be
 * read. */
void speech_begin_tls(struct speech *);
bool speech_sealed(const struct speech *); /* it has come */

/* Bytes of a side inside TLS, as speech_client() and speech_server(). */
bool speech_tls(struct speech *, enum tls_from, const uint8_t *, size_t);

/* Bytes in the clear, or out of a record. True: they say something. */
void speech_client_clear(struct speech *, const uint8_t *, size_t);
bool speech_server_clear(struct speech *, const uint8_t *, size_t);

/* bench/read/speech_qmtp.c: how many bytes it took to know that the client
 * speaks QMTP, 0: that is not known; takes, and skips, bytes of packages; the
 * client has stopped within one; takes bytes of replies. */
size_t speech_begins_qmtp(struct speech *, const uint8_t *, size_t);
size_t speech_take_package(struct speech *, const uint8_t *, size_t);
void speech_skip_package(struct speech *, size_t);
bool speech_inside_package(const struct speech *);
void speech_take_answers(struct speech *, const uint8_t *, size_t);

/* The body is over, and its reply is owed. */
void speech_end_body(struct speech *);

#endif
