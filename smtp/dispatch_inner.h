/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a dispatch share: dispatch.c is the machine and what it
 * does next, dispatch_slot.c its sessions, dispatch_settle.c the accounts.
 * Nobody else includes this. */
#ifndef SMTP_DISPATCH_INNER_H
#define SMTP_DISPATCH_INNER_H

#include "smtp/dispatch.h"

/* Sessions. */
struct dispatch_slot *dispatch_free_slot(struct dispatch *); /* NULL: none */
struct dispatch_slot *dispatch_slot_of(struct dispatch *, size_t k);
void dispatch_connect(struct dispatch *, struct dispatch_slot *, size_t k);
void dispatch_leave(struct dispatch *, struct dispatch_slot *);
void dispatch_use(struct dispatch *, struct dispatch_slot *);

/* What a session asks for, but for its alarm. */
struct ask dispatch_ask_slot(struct dispatch *, struct dispatch_slot *);

/* Looks at what has become of it, and tells the route. True: something. */
bool dispatch_observe(struct dispatch *, struct dispatch_slot *);

/* Accounts. */
size_t dispatch_count(const struct dispatch_config *);
void dispatch_settle(struct dispatch *, const struct dispatch_slot *);
void dispatch_finish(struct dispatch *, bool bounce);

#endif
