/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of smtp/tls share. */
#ifndef SMTP_TLS_INNER_H
#define SMTP_TLS_INNER_H

#include <openssl/ssl.h>

#include "smtp/tls.h"

struct tls_setup {
    SSL_CTX *context;
    BIO_METHOD *memory; /* reads an engine's `in`, writes its `out` */
    struct tls_store *store;
    bool server, insecure, half_rtt;
    uint32_t early_max;
    void (*keylog)(void *arg, const char *line);
    void *arg;
};

/* Takes over a session. */
void tls_store_put(struct tls_store *, const char *peer, SSL_SESSION *);

/* The newest that can be resumed, which the caller frees; or NULL. */
SSL_SESSION *tls_store_take(struct tls_store *, const char *peer);

/* An engine's memory as a BIO. */
BIO_METHOD *tls_memory_new(void);

/* OpenSSL's verify callback: keeps in `doubt` what is wrong. */
int tls_judge(int good, X509_STORE_CTX *);

/* OpenSSL has refused to go on: sets `why`. */
void tls_explain(struct tls_engine *);

/* The text of the first error that OpenSSL has queued, and none is left. */
void tls_error_text(char why[TLS_WHY], const char *what);

/* Whether it is an IP address, as text. */
bool tls_is_address(const char *);

#endif
