/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a client share: client.c is the machine and how it ends,
 * client_hear.c matches replies, client_say.c writes commands. Nobody else
 * includes this. */
#ifndef SMTP_CLIENT_INNER_H
#define SMTP_CLIENT_INNER_H

#include "smtp/client.h"

struct mail *client_mail_at(const struct client *, struct place);
struct place client_step_after(const struct client *, struct place);
void client_set_deadline(struct client *);

/* Ends the session, unless it has ended, and settles the mails. */
void client_finish(struct client *, enum client_end);

/* Ends it, and the connection with it. */
void client_give_up(struct client *, enum client_end);

/* Ends it because of a reply; nothing further is said but QUIT, and nothing
 * even that where the server has announced that it closes (421). */
void client_leave(struct client *, enum client_end, int code);

/* The MAIL that is not answered yet is to go on with what was cut: what comes
 * behind it depends on the answer. */
bool client_resumes(const struct client *);

/* By arrangement: the hello's reply is not there yet, and the time for it is
 * not over. */
bool client_listens(const struct client *);

/* Whether a remembered offer may be to blame for what goes wrong, so that
 * another session, which knows nothing, can mend it: the real offer is not
 * known or lacks what was relied on, and nothing that was sent can have been
 * delivered (draft-harris-early-pipe-01, 3: do not bounce, retry). */
bool client_misled(const struct client *);

/* smtp/client_bargain.c: what is known already, at the start; whether a reply
 * is an answer; what came of it; and what follows the questions, once all that
 * was said is heard. */
void client_recall(struct client *);
bool client_asked(const struct client *); /* by what is being answered */
bool client_asks(const struct client *);  /* by what is said next, RCPT */
void client_heard_answer(struct client *, int code);
void client_heard_rcpt(struct client *, int code);
void client_bargain(struct client *);
void client_ask_nobody(struct client *); /* it is not offered */

/* smtp/client_quick.c: the hello is QHLO; TLS may begin; whether a reply tells,
 * besides EHLO's, what is offered; the greeting has told it, or has not; QHLO
 * was answered (false: as EHLO is by who does not know it); a reply to what was
 * said behind it; and all of these are heard. */
bool client_says_qhlo(const struct client *);
const char *client_id(const struct client *); /* with it; or "" */
void client_said_starttls(struct client *);
bool client_hears_quick_offer(const struct client *, int code);
void client_heard_quick_greeting(struct client *);
void client_stay_without(struct client *); /* ... where it had not */
bool client_heard_qhlo(struct client *, int code);
void client_heard_turned_back(struct client *, int code);
void client_say_again(struct client *);

/* What was wanted and is not offered. */
void client_look_at_offer(struct client *);

/* smtp/client_each.c: a reply to the body, where each recipient may have its
 * own; whether a reply there cannot be one; a body that no reply is due to,
 * which is not owed; and the doubt that nonsense sheds on what was heard. */
void client_heard_body(struct client *, struct mail *, int code);
bool client_each_nonsense(const struct client *, int code);
void client_expect_none(struct client *);
void client_doubt(struct client *);

/* A session that ends by our patience, which may be for the same cause. */
bool client_seems_short(const struct client *);

/* smtp/client_limits.c: at the start; once limits are known, before the first
 * MAIL; and once a recipient has been answered. */
void client_cap(struct client *);
void client_divide(struct client *, const struct limits *);
void client_divide_early(struct client *, const struct offer *known);
void client_heard_452(struct client *, struct mail *);

/* Begins a conversation, from what is remembered of such ones. */
void client_begin(struct client *, const struct offer *known);

/* Returns how many bytes it took. */
size_t client_hear(struct client *, struct span);
struct ask client_say(struct client *);           /* ASK_SEND or ASK_NOTHING */
struct span client_say_commands(struct client *); /* what may go, no body */

/* What a client of any protocol has: it starts; something was said; what it is
 * told behind its start but that the stream was opened, and bytes; and what is
 * asked where nothing is said, which may be that a wait begins. */
void client_connect(struct client *);
void client_said(struct client *, size_t bytes);
void client_tell_rest(struct client *, const struct told *);
struct ask client_ask_rest(struct client *);

#endif
