/* SPDX-License-Identifier: BSD-2-Clause */
/* What a broken server does beside its verbs: it loses input, closes, and
 * lets its replies leave late, in pieces, or out of order. Only the server's
 * own files include this. */
#ifndef SMTP_SERVER_FLAW_H
#define SMTP_SERVER_FLAW_H

#include "smtp/server.h"

/* The session is closed at this verb instead of its being carried out. */
bool flaw_closes(struct server *, enum verb);

/* It was carried out (VERB_UNKNOWN: the end of a body was): what came behind
 * it may be lost, and the replies may leave late. */
void flaw_behind(struct server *, enum verb);

/* Replies of one group are about to leave. */
void flaw_disorder(struct server *);

/* Between two octets of replies; 0: they leave as they are. */
int64_t flaw_drip_ns(const struct server *);

#endif
