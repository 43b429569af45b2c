/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server remembers of transactions whose connection was lost, so that
 * they can go on where they were (RFC 1845), and the flaw that cuts
 * connections. It is shared by the sessions of a server; the latest few are
 * kept. */
#ifndef SMTP_CHECKPOINT_H
#define SMTP_CHECKPOINT_H

#include "smtp/machine.h"

enum { CHECKPOINT_ID = 80 }; /* RFC 1845, 2 */

enum { CHECKPOINT_SLOTS = 16 };

struct checkpoint {
    uint64_t cut_octets; /* the connection is cut once, behind so many octets
                          * of text; 0: never */

    /* Private; all zero at first. */
    bool cut;
    uint64_t clock; /* of `age` */
    struct transaction {
        enum transaction_state {
            TRANSACTION_NONE,
            TRANSACTION_OPEN,   /* a session is in it */
            TRANSACTION_BROKEN, /* within its text */
            TRANSACTION_TAKEN   /* and maybe the client has not heard so */
        } state;
        char id[CHECKPOINT_ID + 1];
        uint64_t client; /* what EHLO said, as a number: it is part of the id */
        uint64_t octets, line; /* taken; and up to the last whole line's end */
        size_t recipients;
        uint64_t age;
        void *kept; /* by the sink, of the text; NULL: nothing */
    } at[CHECKPOINT_SLOTS];
};

/* `<local@domain>`: RFC 1845, 2. */
bool checkpoint_is_id(struct span);

/* A name as a number, for comparison. */
uint64_t checkpoint_client(struct span name);

/* The one of this id and client that is remembered, and that no session is in;
 * NULL: none. */
struct transaction *checkpoint_find(struct checkpoint *, struct span id,
                                    uint64_t client);

/* Room for one more: the oldest that no session is in goes, and what the sink
 * has kept of it is given back. NULL: sessions are in all. */
struct transaction *checkpoint_open(struct checkpoint *, struct span id,
                                    uint64_t client, void **kept);

#endif
