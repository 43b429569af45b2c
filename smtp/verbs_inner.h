/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the verbs share. Nobody else includes this. */
#ifndef SMTP_VERBS_INNER_H
#define SMTP_VERBS_INNER_H

#include "smtp/conneg.h"
#include "smtp/verbs.h"

#define NOT_KEPT "451 the message could not be kept"

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

/* smtp/verbs_each.c: whether the recipient fits into the open transaction,
 * which answers by itself where he does not; he is accepted; what his policy
 * says of a message where there is one reply for all, NULL: nothing; each has
 * a reply; and the transaction is over. */
bool verbs_each(const struct server *); /* ... in what MAIL begins */
bool verbs_admit(struct server *, struct span to);
size_t verbs_most_recipients(const struct server *);
bool verbs_no_more_mail(const struct server *);
void verbs_note(struct server *, struct span to);
const char *verbs_objection(const struct server *);
bool verbs_objects(const struct server *, struct span to); /* likewise, he */
void verbs_answer_each(struct server *, bool too_big);
void verbs_clear_envelope(struct server *);

/* Ends a transaction. False where the mail was to be kept and could not be. */
bool verbs_end_mail(struct server *, bool accepted);

/* smtp/verbs_quick.c: what is offered, in lines of a reply with that code, the
 * last of them its end; and the commands of QUICKSTART. */
void verbs_list(struct server *, int code);
void verbs_qhlo(struct server *, struct span rest);
void verbs_qtls(struct server *, struct span rest);

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

/* smtp/verbs_hello.c: EHLO is LHLO, too. */
void verbs_helo(struct server *, struct span rest);
void verbs_ehlo(struct server *, struct span rest);
void verbs_bsmtp(struct server *, struct span rest);

bool verbs_may_auth(const struct server *);
void verbs_starttls(struct server *, struct span rest);
void verbs_auth(struct server *, struct span rest);

#endif
