/* SPDX-License-Identifier: BSD-2-Clause */
/* What `send` and `serve` are told of TLS and AUTH: files and passwords. */
#ifndef BENCH_CMD_SECURE_FLAGS_H
#define BENCH_CMD_SECURE_FLAGS_H

#include "bench/run/secure.h"
#include "smtp/auth.h"
#include "smtp/tls_certificate.h"

enum { SECURE_USERS = 64, SECURE_WHY = 500 };

struct secure_flags {
    const char *ca, *cert, *key, *keylog, *name; /* borrowed; NULL: not given */
    bool insecure;
    struct auth_account user[SECURE_USERS]; /* owned texts */
    size_t users;

    struct tls_machine_config machine; /* made by the two below */

    /* Private. */
    char *ca_text, *cert_text, *key_text;
    struct certificate own;
    struct tls_setup *setup;
    struct tls_store *store;
    int keylog_fd;
};

void secure_flags_init(struct secure_flags *);
void secure_flags_release(struct secure_flags *);

/* NAME:PASSWORD, or @FILE with a line of that for each. -1 and `why`. */
int secure_flags_user(struct secure_flags *, const char *value,
                      char why[SECURE_WHY]);

/* Make `machine` for a client of `host`, or a server that calls itself so.
 * A server that was given no certificate makes one for itself. The scenario
 * says which TLS. -1 and `why`. */
int secure_flags_client(struct secure_flags *, const struct scenario *,
                        const char *host, char why[SECURE_WHY]);
int secure_flags_server(struct secure_flags *, const struct scenario *,
                        const char *host, char why[SECURE_WHY]);

#endif
