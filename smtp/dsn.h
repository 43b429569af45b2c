/* SPDX-License-Identifier: BSD-2-Clause */
/* What MAIL and RCPT say of reports on a message (DSN, RFC 3461), and whether
 * a value is what that allows. */
#ifndef SMTP_DSN_H
#define SMTP_DSN_H

#include "smtp/machine.h"

enum {
    DSN_WHY = 200,
    DSN_ENVID = 100, /* RFC 3461, 4.4 */
    DSN_ORCPT = 250  /* that we say; a longer one is left out */
};

struct dsn { /* all zero: nothing is said */
    char ret[5], envid[DSN_ENVID + 1], notify[22];
    bool orcpt; /* ORCPT=rfc822;address, for each recipient */
};

/* From "RET=FULL|HDRS ENVID=xtext NOTIFY=list ORCPT", in any order, any of
 * them. -1: `why` has the word that is wrong, and what would be right. */
int dsn_parse(struct dsn *, const char *words, char why[DSN_WHY]);

/* What stands behind the path, from a blank on; ends with a NUL, which is all
 * where nothing is said. Returns how long it is. */
enum { DSN_ROOM = 320 };
size_t dsn_say_mail(const struct dsn *, char at[DSN_ROOM]);
size_t dsn_say_rcpt(const struct dsn *, const char *address, char at[DSN_ROOM]);

bool dsn_is_ret(struct span value);
bool dsn_is_envid(struct span value);
bool dsn_is_notify(struct span value);
bool dsn_is_orcpt(struct span value);

#endif
