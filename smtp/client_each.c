/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies that each recipient has a reply to: all of LMTP (RFC 2033, 4.2), and
 * of SMTP those whose MAIL has asked for it and which 353 answers
 * (draft-hall-prdr-00). There is one for each recipient that RCPT has
 * accepted, in that order, and with PRDR one for the message behind them. To
 * the client they are the answer to one step, which is owed until the last. */
#include "smtp/client_inner.h"

/* The first accepted recipient from there on, or there is none. */
static bool look_for_verdict(struct client *c, const struct mail *m,
                             size_t from)
{
    while (from < m->recipients && m->to[from].code / 100 != 2)
        from++;
    c->verdict = (uint32_t)from;
    return from < m->recipients;
}

static void heard_all(struct client *c, struct mail *m, int code)
{
    if (c->in_transaction && c->accepted == 0)
        mail_decide_by_recipients(m);
    mail_decide(m, code);
    if (m->fate == MAIL_DELIVERED)
        c->accepted_ns = c->now_ns;
    c->in_transaction = false;
    c->reset_due = code >= 400 && c->used.bdat && c->owed == 1;
    c->each = EACH_NOT;
    c->beside = c->owed > 1;
}

/* All recipients have been told of; with PRDR the message has, too. */
static void settle(struct client *c, struct mail *m, int code)
{
    for (size_t i = 0; i < m->recipients && m->prdr; i++)
        if (m->to[i].code / 100 == 2 && code / 100 != 2)
            m->to[i].code = code;
        else if (m->to[i].code / 100 == 2)
            m->to[i].taken = true;
    if (c->taken == 0 && code / 100 == 2)
        mail_decide_by_recipients(m);
    heard_all(c, m, code);
}

/* RFC 2033, 4.2: a reply is the server's word for one recipient, and stands
 * whatever becomes of the session. With PRDR that of the message decides. */
static void heard_verdict(struct client *c, struct mail *m, int code)
{
    struct recipient *to = &m->to[c->verdict];

    to->code = code;
    to->taken = c->config->lmtp && code / 100 == 2;
    c->taken += code / 100 == 2;
    c->each = EACH_RECIPIENT;
    if (look_for_verdict(c, m, c->verdict + 1))
        return;
    if (c->config->lmtp)
        settle(c, m, 250);
    else
        c->each = EACH_MESSAGE;
}

void client_heard_body(struct client *c, struct mail *m, int code)
{
    bool begins = c->each == EACH_NOT;

    if (begins)
        c->taken = 0;
    if (code == 421) {
        heard_all(c, m, code);
    } else if (begins && c->config->lmtp) {
        look_for_verdict(c, m, 0);
        heard_verdict(c, m, code);
    } else if (begins && m->prdr && code == 353) {
        c->each = look_for_verdict(c, m, 0) ? EACH_RECIPIENT : EACH_MESSAGE;
    } else if (c->each == EACH_RECIPIENT) {
        heard_verdict(c, m, code);
    } else if (c->each == EACH_MESSAGE) {
        settle(c, m, code);
    } else { /* one reply for all: in PRDR the server may choose it */
        heard_all(c, m, code);
    }
}

/* Where replies may be many, one that is another command's shows only by its
 * code. */
bool client_each_nonsense(const struct client *c, int code)
{
    const enum step s = c->hear.step;
    bool several = c->config->lmtp || c->prdr_said;

    if (s == STEP_BODY && code == 353)
        return c->config->lmtp || !client_mail_at(c, c->hear)->prdr ||
               c->each != EACH_NOT;
    if (!several)
        return false;
    return (s == STEP_BODY && code / 100 == 3) ||
           (s == STEP_DATA && code / 100 == 2) ||
           (s == STEP_QUIT && code / 100 == 2 && code != 221);
}

/* RFC 2033, 4.3: to BDAT LAST for nobody there is no reply at all. */
void client_expect_none(struct client *c)
{
    struct mail *m = client_mail_at(c, c->hear);

    if (c->owed == 0 || c->hear.step != STEP_BODY || !c->config->lmtp ||
        c->accepted > 0)
        return;
    if (c->in_transaction)
        mail_decide_by_recipients(m);
    c->in_transaction = false;
    c->reset_due = c->owed == 1;
    c->owed--;
    c->hear = client_step_after(c, c->hear);
    if (c->hear.step == STEP_RSET)
        c->hear = client_step_after(c, c->hear);
}

static void forget_replies(struct mail *m, enum mail_fate fate)
{
    if (m->oversized)
        return;
    m->fate = fate;
    m->code = 0;
    for (size_t i = 0; i < m->recipients; i++) {
        m->to[i].code = 0;
        m->to[i].taken = false;
    }
}

/* The server has not said as many replies as were due, or more: then some
 * behind the last certain one were taken for others. 354 and 221 are certain,
 * since nothing else is answered so. What was not sent may be sent again, even
 * if a reply that was another's has refused it. */
void client_doubt(struct client *c)
{
    if (!c->config->lmtp && !c->prdr_said)
        return;
    if (c->certain == 0)
        c->accepted_ns = NEVER_NS;
    for (size_t i = c->certain; i < c->mails_sent; i++)
        forget_replies(&c->config->mails[i], MAIL_UNCERTAIN);
    for (size_t i = c->mails_sent; i < c->all; i++)
        if (i > c->certain)
            forget_replies(&c->config->mails[i], MAIL_DEFERRED);
}

/* Where a reply to a body was lacking, one to a later command was taken for it,
 * and in the end the server waits for us as we do for it. Nothing but 221 is
 * QUIT's reply. */
bool client_seems_short(const struct client *c)
{
    return c->end == CLIENT_TIMED_OUT && c->beside && c->owed > 0 &&
           c->hear.step != STEP_BODY && c->hear.step != STEP_QUIT;
}
