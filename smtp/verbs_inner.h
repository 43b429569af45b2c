/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the verbs share. Nobody else includes this. */
#ifndef SMTP_VERBS_INNER_H
#define SMTP_VERBS_INNER_H

#include "smtp/verbs.h"

enum hold { HELD, AT_ONCE };

/* A line of a reply, without its CRLF. */
__attribute__((format(printf, 3, 4))) void
verbs_reply(struct server *, enum hold, const char *format, ...);

bool verbs_may_auth(const struct server *);
void verbs_starttls(struct server *, struct span rest);
void verbs_auth(struct server *, struct span rest);

#endif
