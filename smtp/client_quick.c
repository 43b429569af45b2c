/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client knows of QUICKSTART (draft-fanf-smtp-quickstart-a-00 and -b-00,
 * 2007-04-17). The greeting has a line for each thing that is offered, so that
 * QHLO, which needs no answer, stands for EHLO. In profile A it rides with what
 * follows it, and QTLS is STARTTLS without an answer, after which the server
 * greets anew. In profile B the greeting names an ID as well: who remembers it
 * and the offer says both before the greeting, and STARTTLS with it. */
#include "smtp/client_inner.h"

bool client_says_qhlo(const struct client *c)
{
    return manner_is_quick(c->used) && (c->early || c->offer_known);
}

const char *client_id(const struct client *c)
{
    if (!client_says_qhlo(c))
        return "";
    return c->offer_known ? c->offer.qhlo_id : c->known->qhlo_id;
}

/* Nothing can go wrong behind STARTTLS that we would not hear of inside TLS; or
 * the ID has told the server that we come from the greeting it gave. */
void client_said_starttls(struct client *c)
{
    if (!manner_is_quick(c->used) || c->opening)
        return; /* a hello does not ride behind commands in a SYN */
    c->securing = c->prelude.qtls;
    c->ahead = !c->prelude.qtls;
    c->want |= WANT_TLS;
}

bool client_hears_quick_offer(const struct client *c, int code)
{
    bool greeting = c->hear.step == STEP_GREETING ||
                    (c->hear.step == STEP_STARTTLS && c->prelude.qtls);
    bool hello = c->hear.step == STEP_EHLO || c->hear.step == STEP_AGAIN;

    return manner_is_quick(c->used) &&
           ((greeting && code == 220) || (hello && code == 520));
}

/* As if QUICKSTART were not known: nor is it, here. */
static void do_without(struct client *c)
{
    c->offer = (struct offer){0};
    c->offer_known = false;
    if (!c->early)
        c->used.mode = c->used.bdat ? MODE_CHUNKING : MODE_PIPELINING;
}

/* Nor will it be through TLS. */
void client_stay_without(struct client *c)
{
    if (manner_is_quick(c->used) && !c->early &&
        !(c->clear_offer.has & OFFER_QUICKSTART))
        do_without(c);
}

/* Where it is early what was said is on its way, and will be answered. */
void client_heard_quick_greeting(struct client *c)
{
    bool tls = c->prelude.tls == SECURITY_STARTTLS && !c->secure;

    if (!(c->offer.has & OFFER_QUICKSTART)) {
        do_without(c);
        return;
    }
    c->offer_known = true;
    if (c->early)
        return;
    c->used = manner_offered(c->used, c->offer.has);
    c->prelude.qtls |= tls && manner_is_quick(c->used) &&
                       !c->offer.qhlo_id[0] && c->offer.has & OFFER_STARTTLS;
    if (c->prelude.qtls && tls)
        c->say = client_step_after(c, (struct place){STEP_GREETING, 0, 0});
    client_look_at_offer(c);
}

/* 504, and what is offered stands in the greeting; or 520, and it stands there
 * (-b-00). Where the client has closed, or has begun TLS, another session must
 * mend it. */
static void heard_wrong_id(struct client *c, int code)
{
    bool told = code == 520 ? c->offer.has & OFFER_QUICKSTART : c->offer_known;

    c->code = code;
    if (!told || c->quit_said || c->ahead)
        client_give_up(c, CLIENT_STALE);
    else
        c->offer_known = c->turned_back = true;
}

/* An ID that is right says that all is as it was. One that was wrong although
 * the greeting has named it is of a server that does not mean it. */
bool client_heard_qhlo(struct client *c, int code)
{
    if (code / 100 == 2 && !c->offer_known)
        c->offer = *c->known;
    if (code / 100 == 2) {
        c->offer_known = true;
    } else if (c->early && (code == 504 || code == 520)) {
        heard_wrong_id(c, code);
    } else if (c->early) {
        return false;
    } else if (!c->quit_said) {
        c->turned_back = true;
        do_without(c);
    } /* or else what comes behind it says what became of it */
    return true;
}

/* "Bad sequence", whatever it was. */
void client_heard_turned_back(struct client *c, int code)
{
    if (code / 100 < 4)
        client_give_up(c, CLIENT_NONSENSE);
}

void client_say_again(struct client *c)
{
    bool behind = c->secure && c->prelude.tls == SECURITY_STARTTLS;

    if (c->early)
        c->used = manner_offered(manner_cold(c->config->manner), c->offer.has);
    c->turned_back = c->early = false;
    c->mails_sent = 0;
    c->say = (struct place){behind ? STEP_AGAIN : STEP_EHLO, 0, 0};
    if (c->offer_known)
        client_look_at_offer(c);
}
