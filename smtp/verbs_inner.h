/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the verbs share. Nobody else includes this. */
#ifndef SMTP_VERBS_INNER_H
#define SMTP_VERBS_INNER_H

#include "smtp/conneg.h"
#include "smtp/verbs.h"

enum hold {
    HELD,
    AT_ONCE,
    BARE /* at once, and without an enhanced status code: RFC 2034, 4 */
};

/* A line of a reply, without its CRLF. */
__attribute__((format(printf, 3, 4))) void
verbs_reply(struct server *, enum hold, const char *format, ...);

/* A reply of several lines, each whole. */
void verbs_lines(struct server *, enum hold, struct span lines);

/* smtp/verbs_parameter.c: what is offered now; whether a message of that size
 * is more than that; and whether all that stands behind a path is known, fits
 * and is meant, which answers by itself where it is not. */
uint32_t verbs_offered(const struct server *);
bool verbs_too_big(const struct server *, uint64_t size);
bool verbs_parameters(struct server *, enum verb, struct span rest);

/* smtp/verbs_checkpoint.c: MAIL is answered already, by 355; what of the text
 * is new; the message is taken, and the client has heard it; and whether a
 * transaction is kept for the next session, with what the sink has of it. */
bool verbs_resume(struct server *);
struct span verbs_new_text(struct server *, struct span part);
void verbs_taken(struct server *);
void verbs_heard(struct server *);
bool verbs_keep(struct server *);

/* smtp/verbs_quick.c: what is offered, in lines of a reply with that code, the
 * last of them its end; and the commands of QUICKSTART. */
void verbs_list(struct server *, int code);
void verbs_qhlo(struct server *, struct span rest);
void verbs_qtls(struct server *, struct span rest);

/* The transaction that is open is none any more. */
void verbs_drop_mail(struct server *);

/* smtp/verbs_ability.c. */
const struct ability *verbs_ability(const struct server *, struct span of);
const char *verbs_ability_refusal(const struct ability *, int asked, bool rcpt);
void verbs_tell(struct server *, enum hold, const struct ability *,
                struct span of, const char *first);
bool verbs_asks(struct server *, struct esmtp_parameter);
void verbs_vrfy(struct server *, struct span rest);
void verbs_xrcap(struct server *, struct span rest);

/* Puts an enhanced status code into a reply of `len` octets with its NUL in
 * `room`; returns how long it is then. `success` is that of 2yz; NULL: any. */
size_t verbs_enhance(char *reply, size_t len, size_t room, const char *success);

bool verbs_may_auth(const struct server *);
void verbs_starttls(struct server *, struct span rest);
void verbs_auth(struct server *, struct span rest);

#endif
