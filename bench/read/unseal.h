/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads inside the TLS of one connection whose secrets are in a key log:
 * TLS 1.2 and 1.3 by the suites of cipher.h, with 0-RTT, client certificates,
 * KeyUpdate and resumption. A record that is not whole in the capture is told
 * as a gap as long as its place among the others is known. */
#ifndef BENCH_READ_UNSEAL_H
#define BENCH_READ_UNSEAL_H

#include "bench/read/cipher.h"
#include "bench/read/keylog.h"
#include "bench/read/tls.h"

enum unseal_what {
    UNSEAL_NOTHING, /* no record has ended */
    UNSEAL_QUIET,   /* those that did are alerts and tickets */
    UNSEAL_SPEECH,
    UNSEAL_FAILED, /* nothing more can be read: see unseal_why() */
};

/* Content in order; `at` is NULL for what is not in the capture, and `len` is 0
 * for a part of the handshake. */
typedef void unseal_tell_fn(void *arg, enum tls_from, const uint8_t *at,
                            size_t len);

struct unseal;

/* The log is borrowed. NULL: no memory. */
struct unseal *unseal_new(struct keylog *);
void unseal_free(struct unseal *); /* NULL is fine */

/* Takes the same bytes as tls_take(), behind it, on the same `struct tls`. */
enum unseal_what unseal_take(struct unseal *, struct tls *, enum tls_from,
                             const uint8_t *at, size_t len, unseal_tell_fn *,
                             void *arg);

/* The server did not take the client's 0-RTT: what was told as the client's
 * before its Finished is said again. */
bool unseal_early_refused(const struct unseal *);

/* Why it cannot be read, for people; behind UNSEAL_FAILED. */
const char *unseal_why(const struct unseal *);

#endif
