/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of a client that asks what recipients can take, and makes of the
 * answers what is said next. How it asks is the strategy's (smtp/strategy.h),
 * what comes of it the bargain's (smtp/bargain.h). */
#include "smtp/client_inner.h"

static struct recipient *recipient_at(const struct client *c, struct place p)
{
    return &client_mail_at(c, p)->to[p.recipient];
}

/* Where all is known nobody is asked, and the classes are the mails. */
void client_recall(struct client *c)
{
    const struct bargain *b = c->config->bargain;

    if (c->asking == ASKING_NOT || !b->memory)
        return;
    if (bargain_recall(b, c->config->mails, c->now_ns) < c->recipients)
        return;
    c->asking = ASKING_NOT;
    c->mail_count = bargain_sort(b, c->config->mails, false).count;
}

bool client_asked(const struct client *c)
{
    if (c->hear.step == STEP_ASK)
        return true;
    return c->hear.step == STEP_RCPT && c->asking == ASKING_RCPT &&
           recipient_at(c, c->hear)->answer == ANSWER_NONE;
}

bool client_asks(const struct client *c)
{
    return c->asking == ASKING_RCPT &&
           recipient_at(c, c->say)->answer == ANSWER_NONE;
}

void client_heard_answer(struct client *c, int code)
{
    bargain_hear(c->config->bargain, recipient_at(c, c->hear), code, c->answer,
                 c->now_ns);
    c->decisions += c->asking == ASKING_TURNS;
}

/* A recipient who is refused now is in no class. */
void client_heard_rcpt(struct client *c, int code)
{
    struct recipient *r = recipient_at(c, c->hear);

    if (client_asked(c))
        bargain_hear(c->config->bargain, r, code, c->answer, c->now_ns);
    else if (code / 100 != 2)
        r->answer = ANSWER_REFUSED;
}

void client_ask_nobody(struct client *c)
{
    c->asking = ASKING_NOT;
    if (c->say.step == STEP_ASK)
        c->say = (struct place){STEP_MAIL, 0, 0};
}

/* Each class goes as its strategy has it. A transaction that is open stands,
 * unless it has recipients of several classes. */
static void sort(struct client *c)
{
    const struct bargain *b = c->config->bargain;
    struct mail *first = c->config->mails;
    struct classes k = bargain_sort(b, first, c->in_transaction);

    c->decisions += c->asking != ASKING_TURNS;
    c->asking = ASKING_NOT;
    c->mail_count = k.count;
    if (b->strategy->sharing == SHARING_CLASS && k.count > 1) {
        c->left = k.count;
        c->mail_count = 0;
    }
    c->all = c->mail_count; /* this session settles no others */
    if (c->mail_count == 0) {
        c->say = (struct place){STEP_QUIT, 0, 0};
    } else if (!c->in_transaction) {
        c->say = (struct place){STEP_MAIL, 0, 0};
    } else if (k.mixed) {
        c->reset_due = true;
        c->say = (struct place){STEP_RSET, 0, 0};
    } else {
        c->say = (struct place){STEP_RCPT, 0, k.said};
        if (k.said == first->recipients)
            c->say.step = c->used.bdat ? STEP_BODY : STEP_DATA;
    }
}

/* A recipient who has been refused is not named; nor is one, yet, whose class
 * is not that of those who are in. */
static bool stays_out(const struct client *c)
{
    const struct bargain *b = c->config->bargain;
    size_t form = bargain_form(b, recipient_at(c, c->say));

    if (c->asking == ASKING_RCPT)
        return false;
    return form == b->form_count ||
           (c->asking == ASKING_TURNS && c->joined < BARGAIN_FORMS &&
            c->joined != form);
}

void client_bargain(struct client *c)
{
    while (c->say.step == STEP_RCPT && stays_out(c))
        c->say = client_step_after(c, c->say);
    if (c->say.step == STEP_SORT)
        sort(c);
}
