/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server remembers of a transaction whose connection was lost, so that
 * it can go on where it was (RFC 1845), and the flaw that cuts connections. It
 * is shared by the sessions of a server; the latest transaction is kept. */
#ifndef SMTP_CHECKPOINT_H
#define SMTP_CHECKPOINT_H

#include "smtp/machine.h"

enum { CHECKPOINT_ID = 80 }; /* RFC 1845, 2 */

struct checkpoint {
    uint64_t cut_octets; /* the connection is cut once, behind so many octets
                          * of text; 0: never */

    /* Private; all zero at first. */
    bool cut;
    enum checkpoint_state {
        CHECKPOINT_NONE,
        CHECKPOINT_BROKEN, /* within its text */
        CHECKPOINT_TAKEN   /* and maybe the client has not heard so */
    } state;
    char id[CHECKPOINT_ID + 1];
    uint64_t client; /* what EHLO said, as a number: it is part of the id */
    uint64_t octets, line; /* taken; and up to the end of the last whole line */
    size_t recipients;
};

/* `<local@domain>`: RFC 1845, 2. */
bool checkpoint_is_id(struct span);

/* A name as a number, for comparison. */
uint64_t checkpoint_client(struct span name);

/* Whether a transaction of this id and client is remembered. */
bool checkpoint_knows(const struct checkpoint *, struct span id,
                      uint64_t client);

#endif
