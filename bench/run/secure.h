/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS for a lab: the setups of both ends, by certificates of its authority. */
#ifndef BENCH_RUN_SECURE_H
#define BENCH_RUN_SECURE_H

#include "bench/run/scenario.h"
#include "smtp/tls_machine.h"

struct secure {
    struct tls_machine_config to, from; /* the client's, the server's */

    /* Private. */
    struct tls_setup *client, *server;
    struct tls_store *store;
    int keylog; /* a descriptor; -1: no keys are logged */
};

/* For a server of that name. `handshake_ns` as in struct tls_machine_config.
 * The scenario wants TLS. It must not be moved. -1: `why`. */
int secure_init(struct secure *, const struct scenario *, const char *name,
                int64_t handshake_ns, char why[TLS_WHY]);
void secure_release(struct secure *); /* all zero is fine */

/* Writes the keys of what follows to the end of this file, in NSS's format,
 * from any process that has been forked too. -1: errno. */
int secure_log_keys(struct secure *, const char *path);

/* The same for a tls_config of others: `arg` is an int, the descriptor. */
void secure_write_key(void *arg, const char *line);
int secure_open_keys(const char *path);

#endif
