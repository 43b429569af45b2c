/* SPDX-License-Identifier: BSD-2-Clause */
/* What was said in a conversation, in figures. */
#ifndef BENCH_READ_FACTS_H
#define BENCH_READ_FACTS_H

#include "smtp/offer.h"

#include <stdbool.h>
#include <stdint.h>

struct facts {
    bool offer_known; /* EHLO was answered, legibly, by this; inside TLS last */
    struct offer offer;
    uint64_t messages;   /* bodies sent to their ends */
    uint64_t recipients; /* RCPT commands, of all messages */
    uint64_t body_bytes; /* of all messages, as sent */
    bool bdat;           /* a body went by BDAT */
    bool qmtp;           /* it is no SMTP, but QMTP; recipients are packages' */
    bool tls, tls13;     /* it went on inside TLS; of version 1.3 */
    bool starttls;       /* ... behind STARTTLS */
    bool tls_read;       /* ... and was read there, by a key log */
    unsigned auth_lines; /* that the client said for AUTH, its answers too */
    const char *tls_why; /* why a key log did not help; NULL: no need */
};

#endif
