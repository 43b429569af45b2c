/* SPDX-License-Identifier: BSD-2-Clause */
/* What the client hears: replies, matched to steps by counting. */
#include <stdlib.h>

#include "smtp/client_inner.h"

/* Where the real offer lacks what the group on its way is framed by, the
 * server will take octets of the body for commands: away, at once. Any other
 * change costs nothing (draft-harris-early-pipe-01, 3: compare, do not
 * bounce). */
static bool framing_lost(const struct client *c)
{
    return c->early && c->used.bdat && !(c->offer.has & OFFER_CHUNKING);
}

/* RFC 5321, 3.2: a server that does not know EHLO may know HELO. */
static void fall_back_to_helo(struct client *c)
{
    c->helo = true;
    c->used = (struct manner){MODE_LOCKSTEP, false};
    client_ask_nobody(c);
    c->say.step = STEP_EHLO;
}

static bool may_fall_back(const struct client *c)
{
    return !c->helo && !c->config->lmtp && !c->config->login &&
           c->hear.step == STEP_EHLO &&
           (c->prelude.tls != SECURITY_STARTTLS || c->config->opportunistic);
}

/* In clear, then; where the next step was to be of STARTTLS it is another. */
static void do_without_tls(struct client *c)
{
    c->prelude.tls = SECURITY_NONE;
    if (c->say.step == STEP_STARTTLS || c->say.step == STEP_AGAIN)
        c->say = client_step_after(c, (struct place){STEP_AGAIN, 0, 0});
}

/* What was wanted and is not there. What was said unasked will be answered,
 * and that decides. */
void client_look_at_offer(struct client *c)
{
    bool tls = c->prelude.tls == SECURITY_STARTTLS && !c->secure;

    if (c->early)
        return;
    c->decisions++;
    if (!tls && c->asking != ASKING_NOT &&
        !(c->offer.has & bargain_needs(c->config->bargain)))
        client_ask_nobody(c);
    if (tls && !(c->offer.has & OFFER_STARTTLS)) {
        if (c->config->opportunistic)
            do_without_tls(c);
        else
            client_leave(c, CLIENT_NO_STARTTLS, 0);
    } else if (!tls && c->config->login &&
               !(c->offer.auth >> c->config->login->mechanism & 1)) {
        client_leave(c, CLIENT_NO_AUTH, 0);
    } else if (c->offer.has & OFFER_LIMITS && client_knows_offer(c)) {
        client_divide(c, &c->offer.limits);
    }
}

/* RFC 5321, 4.2.4: 500, 501, 502, 504 and 550 are of a command that is not
 * known, or not here, and the session may go on as any other. */
static bool knows_no_such(int code)
{
    return code / 100 == 5 && code != 521 && code != 554 && code != 556;
}

/* As if nothing had been arranged. */
static void fall_back_to_ehlo(struct client *c)
{
    c->fallen_back = true;
    c->early = false;
    c->used = manner_cold(c->config->manner);
    c->say = (struct place){STEP_EHLO, 0, 0};
}

/* By arrangement, or so we thought. Behind a stream that is on its way already
 * each of its replies says what came of it. */
static void heard_arranged(struct client *c, int code)
{
    bool streamed = c->say.step != STEP_MAIL;

    c->unwelcome = streamed && code / 100 != 2;
    c->prelude.answered = !streamed;
    if (code / 100 == 2) {
        c->offer_known = true;
    } else if (!streamed && knows_no_such(code)) {
        c->prelude.answered = false;
        fall_back_to_ehlo(c);
    } else if (!streamed) {
        c->code = code;
        client_give_up(c, CLIENT_STALE);
    }
}

static void heard_ehlo(struct client *c, int code)
{
    if (manner_is_arranged(c->used)) {
        heard_arranged(c, code);
        return;
    }
    if (client_says_qhlo(c) && client_heard_qhlo(c, code))
        return;
    if (code / 100 == 2) {
        c->offer_known = true;
        if (framing_lost(c))
            client_give_up(c, CLIENT_STALE);
        else
            c->used = manner_offered(c->used, c->offer.has);
        if (c->end == CLIENT_NOT_YET)
            client_look_at_offer(c);
    } else if (c->early) {
        c->code = code;
        client_give_up(c, CLIENT_STALE);
    } else if (code / 100 == 5 && may_fall_back(c)) {
        do_without_tls(c);
        fall_back_to_helo(c);
    } else {
        client_leave(c, CLIENT_REJECTED, code);
    }
}

static void heard_greeting(struct client *c, int code)
{
    if (code / 100 == 2 && manner_is_quick(c->used))
        client_heard_quick_greeting(c);
    if (code / 100 == 2)
        return;
    if (!c->early) {
        client_leave(c, CLIENT_REJECTED, code);
        return;
    }
    c->code = code;
    client_give_up(c, CLIENT_STALE);
}

/* Behind this reply nothing is heard in the clear (RFC 3207, 4 and 6). */
static void heard_starttls(struct client *c, int code)
{
    if (c->prelude.qtls) {
        heard_greeting(c, code);
    } else if (code == 220) {
        c->ahead = false;
        c->securing = true;
        c->want |= WANT_TLS;
    } else if (c->prelude.joint && knows_no_such(code)) {
        c->prelude.joint = false;
        fall_back_to_ehlo(c);
    } else if (client_misled(c)) {
        client_give_up(c, CLIENT_STALE);
    } else if (c->ahead) { /* it takes our hello for commands */
        c->code = code;
        client_give_up(c, CLIENT_NO_STARTTLS);
    } else if (c->config->opportunistic) {
        do_without_tls(c);
    } else {
        client_leave(c, CLIENT_NO_STARTTLS, code);
    }
}

/* AUTH has failed. A message that is on its way already is judged by its own
 * replies; one that is only announced is not sent. */
static void heard_no_auth(struct client *c, int code)
{
    if (client_misled(c)) {
        client_give_up(c, CLIENT_STALE);
    } else if (c->mails_sent == 0 && c->owed > 1) {
        c->code = code;
        client_give_up(c, CLIENT_NO_AUTH);
    } else if (c->mails_sent == 0) {
        client_leave(c, CLIENT_NO_AUTH, code);
    }
}

/* RFC 4954, 4: 334 asks for more, 235 is the end. */
static void heard_auth(struct client *c, int code)
{
    bool more = client_step_after(c, c->hear).step == STEP_ANSWER;

    if (code / 100 == 2) {
        c->authenticated = true;
        if (more) /* sooner than we thought */
            c->say = client_step_after(
                c, (struct place){STEP_ANSWER, 0, c->prelude.auth});
    } else if (code / 100 != 3) {
        heard_no_auth(c, code);
    } else if (!more) {
        client_give_up(c, CLIENT_NONSENSE);
    }
}

bool client_resumes(const struct client *c)
{
    bool mail = c->hear.step == STEP_MAIL || c->hear.step == STEP_NEXT;

    return c->owed > 0 && mail && c->transid_said &&
           client_mail_at(c, c->hear)->cut;
}

/* RFC 1845, 4: the recipients are known, and so much of the text is. */
static void heard_offset(struct client *c, struct mail *m)
{
    c->in_transaction = true;
    c->accepted = 0;
    for (size_t i = 0; i < m->recipients; i++)
        c->accepted += m->to[i].code / 100 == 2;
    m->cut = false;
    c->say = (struct place){STEP_DATA, c->hear.mail, 0};
}

static void heard_mail(struct client *c, struct mail *m, int code)
{
    if (code == 355 && client_resumes(c) && c->offset <= m->plain.len &&
        (c->offset == 0 || m->plain.at[c->offset - 1] == '\n')) {
        heard_offset(c, m);
        return;
    }
    m->repeated |= m->cut && code / 100 == 2; /* it knows nothing of it */
    m->cut = false;
    c->offset = 0;
    if (code == 355) {
        client_give_up(c, CLIENT_NONSENSE);
        return;
    }
    c->accepted = 0;
    c->in_transaction = code / 100 == 2;
    if (!c->in_transaction)
        mail_decide(m, code);
}

/* A recipient counts only for a sender that was accepted; what is said of it
 * otherwise (503) says nothing of it. A question of its own is another thing.
 */
static void heard_rcpt(struct client *c, struct mail *m, int code)
{
    if (c->hear.step == STEP_ASK) {
        client_heard_answer(c, code);
        return;
    }
    if (!c->in_transaction)
        return;
    m->to[c->hear.recipient].code = code;
    c->accepted += code / 100 == 2;
    if (c->asking != ASKING_NOT)
        client_heard_rcpt(c, code);
    client_heard_452(c, m);
}

/* RFC 2920, 3.1: the reply to DATA is looked at even where no recipient was
 * accepted; a 354 is then answered by a dot alone. Its first digit decides
 * (RFC 5321, 4.3.2): the server waits for text. */
/* The server has taken a body for commands, or replies for others than we do:
 * what it says from here on is not to be understood. Who does not know BSMTP
 * has not judged the mail. */
static void lose_stream(struct client *c, struct mail *m, int code)
{
    if (!c->offer_known && m->fate == MAIL_REFUSED)
        m->fate = MAIL_DEFERRED;
    c->code = code;
    client_give_up(c, client_misled(c) ? CLIENT_STALE : CLIENT_NONSENSE);
}

/* Of a stream every body is on its way before its 354. */
static bool stream_lost(const struct client *c, int code)
{
    bool ahead = code / 100 == 3;

    if (!manner_is_arranged(c->used) || c->hear.mail >= c->mails_sent)
        return false;
    return c->hear.step == STEP_DATA ? !ahead : ahead;
}

static void heard_data(struct client *c, struct mail *m, int code)
{
    if (c->in_transaction && c->accepted == 0)
        mail_decide_by_recipients(m);
    c->decisions++;
    c->go_ahead = code / 100 == 3;
    if (!c->go_ahead)
        mail_decide(m, code / 100 == 2 ? 554 : code);
    else
        c->certain = (uint32_t)c->hear.mail;
    /* RFC 2033, 4.2 has 503: what would be said of a body is not to be told. */
    if (c->go_ahead && c->config->lmtp && c->accepted == 0)
        client_give_up(c, CLIENT_NONSENSE);
}

static void heard_quit(struct client *c)
{
    c->closed_ns = c->now_ns;
    client_finish(c, CLIENT_FINISHED);
}

static void hear_step(struct client *c, int code)
{
    struct mail *m = client_mail_at(c, c->hear);

    if (c->turned_back) {
        client_heard_turned_back(c, code);
        return;
    }
    if (stream_lost(c, code)) {
        lose_stream(c, m, code);
        return;
    }
    switch (c->hear.step) {
    case STEP_GREETING:
        heard_greeting(c, code);
        break;
    case STEP_EHLO:
    case STEP_AGAIN:
        heard_ehlo(c, code);
        break;
    case STEP_STARTTLS:
        heard_starttls(c, code);
        break;
    case STEP_AUTH:
    case STEP_ANSWER:
        heard_auth(c, code);
        break;
    case STEP_MAIL:
    case STEP_NEXT:
        heard_mail(c, m, code);
        break;
    case STEP_ASK:
    case STEP_RCPT:
        heard_rcpt(c, m, code);
        break;
    case STEP_DATA:
        heard_data(c, m, code);
        break;
    case STEP_BODY:
        client_heard_body(c, m, code);
        break;
    case STEP_QUIT:
    case STEP_END:
        heard_quit(c);
        break;
    default:
        break;
    }
}

static bool refused(const struct client *c)
{
    const struct mail *m = client_mail_at(c, c->hear);

    return c->end == CLIENT_NOT_YET && m->fate != MAIL_PENDING &&
           m->fate != MAIL_DELIVERED;
}

/* Nobody owes this reply. It is nonsense, but for a server's last word before
 * it closes (RFC 5321, 3.8). */
static void hear_unasked(struct client *c, int code)
{
    if (code == 421)
        client_leave(c, CLIENT_REJECTED, code);
    else
        client_give_up(c, CLIENT_NONSENSE);
}

/* A reply that no server in its senses gives to that command: it is another
 * command's, and whoever went on counting would take refusals for consent. */
static bool out_of_place(enum step s, int code)
{
    if (s == STEP_GREETING)
        return code == 221 || code / 100 == 3;
    if (s == STEP_STARTTLS || s == STEP_AUTH || s == STEP_ANSWER ||
        s == STEP_ASK || s == STEP_DATA || s == STEP_QUIT || s == STEP_END)
        return false;
    return code == 220 || code == 221 || code == 334 || code == 354;
}

/* A reply is complete. Between what is said in one go RSET is left out: where
 * it is said, everything before it has been heard. */
static void hear_reply(struct client *c, int code)
{
    struct place next = client_step_after(c, c->hear);

    if (c->owed == 0) {
        hear_unasked(c, code);
        return;
    }
    if (out_of_place(c->hear.step, code) || client_each_nonsense(c, code)) {
        client_give_up(c, CLIENT_NONSENSE);
        return;
    }
    waits_charge(&c->waits, c->hear.step, c->now_ns);
    c->closed_ns = c->now_ns;
    hear_step(c, code);
    if (code == 421 && c->hear.step != STEP_QUIT)
        client_leave(c, CLIENT_REJECTED, code);
    else if (refused(c) && client_misled(c))
        client_give_up(c, CLIENT_STALE);
    if (c->each == EACH_NOT) {
        c->owed--;
        c->hear = next.step == STEP_RSET ? client_step_after(c, next) : next;
        client_expect_none(c);
    }
    if (c->owed == 0 && c->turned_back && c->end == CLIENT_NOT_YET)
        client_say_again(c);
    client_set_deadline(c);
}

static bool hears_offer(const struct client *c)
{
    return c->hear.step == STEP_AGAIN ||
           (c->hear.step == STEP_EHLO && !c->helo);
}

/* A reply may have begun before it was owed: then what is heard of it is not
 * the whole, and is no answer. */
static bool hear_answer(struct client *c, struct span text, bool first)
{
    bool begun_late = !first && !c->answer;

    if (first)
        client_forget(c);
    if (!c->answer) {
        c->answer = malloc(sizeof *c->answer);
        if (!c->answer)
            return false;
        conneg_begin(c->answer,
                     client_mail_at(c, c->hear)->to[c->hear.recipient].address);
    }
    conneg_hear(c->answer, text);
    c->answer->malformed |= c->line.overlong || begun_late;
    return true;
}

/* RFC 1845, 4: it is the first word of the first line. */
static uint64_t offset_of(struct span text)
{
    uint64_t octets;

    size_t digits = 0;

    while (digits < text.len && text.at[digits] >= '0' &&
           text.at[digits] <= '9')
        digits++;
    text.len = digits;
    return wire_number(text, &octets) ? octets : UINT64_MAX;
}

static void hear_line(struct client *c)
{
    struct reply_line r = wire_reply_line(&c->line);
    bool first = c->reply_code == 0;

    if (c->end != CLIENT_NOT_YET && c->owed == 0)
        return; /* all is said and heard: it no longer matters */
    if (r.code == 0 || (!first && r.code != c->reply_code)) {
        client_give_up(c, CLIENT_NONSENSE);
        return;
    }
    if (!first && c->owed > 0 &&
        ((hears_offer(c) && r.code / 100 == 2) ||
         client_hears_quick_offer(c, r.code)))
        offer_learn(&c->offer, r.text);
    if (c->owed > 0 && client_asked(c) && !hear_answer(c, r.text, first)) {
        client_give_up(c, CLIENT_LOST);
        return;
    }
    if (first && r.code == 355)
        c->offset = offset_of(r.text);
    c->reply_code = r.last ? 0 : r.code;
    if (r.last) {
        hear_reply(c, r.code);
        client_forget(c);
    }
}

size_t client_hear(struct client *c, struct span in)
{
    size_t all = 0;

    if (c->securing)
        return 0;
    waits_count(&c->waits);
    while (all < in.len && !(c->want & WANT_ABORT) && !c->securing) {
        all +=
            wire_line_feed(&c->line, (struct span){in.at + all, in.len - all});
        if (c->line.whole) {
            hear_line(c);
            wire_line_clear(&c->line);
        }
    }
    if (c->want & WANT_ABORT)
        all = in.len;
    c->bytes_in += all;
    return all;
}
