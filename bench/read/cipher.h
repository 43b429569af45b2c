/* SPDX-License-Identifier: BSD-2-Clause */
/* The ciphers of TLS records: AES-GCM and ChaCha20-Poly1305, as TLS 1.2 (RFC
 * 5288, RFC 7905) and 1.3 (RFC 8446, 5.2) use them, to read what others have
 * written. */
#ifndef BENCH_READ_CIPHER_H
#define BENCH_READ_CIPHER_H

#include "bench/read/keylog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CIPHER_TAG = 16, CIPHER_NONCE = 12, CIPHER_KEY = 32 };

struct cipher_suite; /* of one number in a ServerHello */

/* NULL: none that can be read. */
const struct cipher_suite *cipher_suite_of(unsigned number);
bool cipher_suite_is_13(const struct cipher_suite *);
size_t cipher_suite_secret(const struct cipher_suite *); /* its length */

/* What a record is longer than its content. */
size_t cipher_suite_overhead(const struct cipher_suite *);

/* One direction under one key. Private; all zero has no key. */
struct cipher {
    const struct cipher_suite *suite;
    void *context; /* owned */
    uint8_t iv[CIPHER_NONCE];
    uint64_t number; /* of the next record */
};

/* Keys from a traffic secret of TLS 1.3 (RFC 8446, 7.3). False: no memory, or
 * a secret of another hash. */
bool cipher_set_13(struct cipher *, const struct cipher_suite *,
                   const struct keylog_secret *);

/* The secret behind a KeyUpdate (RFC 8446, 7.2). */
void cipher_next_secret(const struct cipher_suite *, struct keylog_secret *);

/* Keys from the master secret of TLS 1.2 (RFC 5246, 6.3). */
bool cipher_set_12(struct cipher *, const struct cipher_suite *,
                   const struct keylog_secret *master,
                   const uint8_t client_random[KEYLOG_RANDOM],
                   const uint8_t server_random[KEYLOG_RANDOM], bool of_server);

/* Opens the record of that number: `head` are its 5 first bytes, `body` the
 * `len` behind them. Returns the length of the content, which is written to
 * `out` (with room for `len`); -1: it does not fit the key. */
long cipher_open(struct cipher *, uint64_t number, const uint8_t head[5],
                 const uint8_t *body, size_t len, uint8_t *out);

void cipher_release(struct cipher *);

#endif
