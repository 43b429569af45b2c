/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates for a lab, made in memory. Those of one kind whose names are
 * equally long have equally many bytes, and so have the signatures made with
 * their keys: a handshake is as long in every run (ECDSA's would vary). */
#ifndef SMTP_TLS_CERTIFICATE_H
#define SMTP_TLS_CERTIFICATE_H

#include "smtp/tls.h"

struct certificate {
    char *chain; /* PEM, owned: it, and what issued it up to the root's, but
                  * not the root's own unless it is that */
    char *key;   /* PEM, owned */
};

struct certificate_wish {
    const char *name;                 /* at most 64: a DNS name or an address */
    const struct certificate *issuer; /* NULL: it signs itself */
    bool authority;                   /* it may sign others */
    bool rsa;       /* RSA of 2048 bits, as most mail servers have, slow to
                     * make; else Ed25519 */
    int64_t from_s; /* valid from and until, since 1970, before 2050 */
    int64_t until_s;
};

/* -1: `why` says what was wrong. */
int certificate_make(struct certificate *, const struct certificate_wish *,
                     char why[TLS_WHY]);
void certificate_release(struct certificate *); /* all zero is fine */

#endif
