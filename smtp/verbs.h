/* SPDX-License-Identifier: BSD-2-Clause */
/* What the server does once it has read something whole: a command, a body, a
 * chunk. Only smtp/server.c calls this; each call leaves its replies in the
 * server's `out`. */
#ifndef SMTP_VERBS_H
#define SMTP_VERBS_H

#include "smtp/server.h"

void verbs_greet(struct server *);
void verbs_line(struct server *);                   /* the command in `line` */
void verbs_answer(struct server *);                 /* to AUTH's challenge */
void verbs_text(struct server *, struct span part); /* of a body */
void verbs_text_end(struct server *);               /* the dot was read */
void verbs_chunk_end(struct server *); /* BDAT's last octet was read */
void verbs_verdict(struct server *);   /* the next of several to a body */
void verbs_forget(struct server *);    /* the session is over */
void verbs_flood(struct server *);     /* more of a reply without end */

/* Ends the session behind a reply of its own: "421 ...". */
void verbs_leave(struct server *, const char *reply);

#endif
