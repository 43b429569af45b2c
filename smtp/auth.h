/* SPDX-License-Identifier: BSD-2-Clause */
/* AUTH (RFC 4954): base64, and the two mechanisms that send a password, PLAIN
 * (RFC 4616) and LOGIN (draft-murchison-sasl-login-00), as what they say. */
#ifndef SMTP_AUTH_H
#define SMTP_AUTH_H

#include "smtp/machine.h"

/* clang-format off */
#define MECHANISMS(X) X(PLAIN, "PLAIN") X(LOGIN, "LOGIN")
#define X(name, text) MECHANISM_##name,
enum mechanism { MECHANISMS(X) MECHANISM_COUNT };
#undef X
/* clang-format on */

enum {
    AUTH_WORD = 128, /* octets of a user's name or of a password, at most */
    AUTH_ROOM = 400  /* of a line that says both, as base64, with its NUL */
};

struct login { /* what a client says */
    enum mechanism mechanism;
    bool no_initial; /* AUTH alone, and the rest when asked for it */
    const char *user, *password; /* at most AUTH_WORD each; borrowed */
};

struct auth_account { /* whom a server knows */
    const char *user, *password;
};

const char *mechanism_name(enum mechanism);
uint32_t auth_bit(struct span name); /* 1 << MECHANISM_..., or 0 */

/* How many lines it takes, AUTH's own included. */
unsigned auth_lines(const struct login *);

/* Line `k` of these, without its CRLF; 0 is AUTH itself. */
void auth_say(const struct login *, unsigned k, char line[AUTH_ROOM]);

/* Returns the length, or -1 where that is no base64 or has no room. */
int base64_decode(struct span, char *out, size_t room);

/* `out` holds 4 (len + 2) / 3 + 1. */
void base64_encode(struct span, char *out);

/* What PLAIN says: [authorization NUL] name NUL password. Not ok: it is no
 * such thing. */
struct plain_words {
    bool ok;
    struct span user, password;
};
struct plain_words auth_plain(struct span decoded);

#endif
