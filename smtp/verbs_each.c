/* SPDX-License-Identifier: BSD-2-Clause */
/* Who fits into a transaction, and the replies to a body where each recipient
 * has his own: in LMTP (RFC 2033, 4.2), and where MAIL has asked for it
 * (draft-hall-prdr-00). What has to be kept of recipients is allocated where
 * there are policies that differ. */
#include <stdlib.h>

#include "smtp/server_flaw.h"
#include "smtp/verbs_inner.h"

#define TAKEN "250 message sent"

struct envelope { /* of an open transaction */
    uint16_t policy[SERVER_RECIPIENTS];
    uint64_t domain[SERVER_RECIPIENTS]; /* a number for each of them */
    size_t domains;
};

/* RFC 1845 counts recipients, and what each had to say is not remembered: in
 * a transaction that may go on in another session there is one reply. */
bool verbs_each(const struct server *s)
{
    return s->config->lmtp || (s->prdr && s->transid.len == 0) ||
           s->config->flaws & FLAW_UNASKED_353;
}

void verbs_clear_envelope(struct server *s)
{
    free(s->envelope);
    s->envelope = NULL;
}

static size_t policy_of(const struct server *s, struct span to)
{
    const struct policies *p = s->config->policies;

    return p->of(p->arg, to) & UINT16_MAX;
}

size_t verbs_most_recipients(const struct server *s)
{
    size_t most = s->config->offer.limits.rcpt_max;

    return most > 0 && most < SERVER_RECIPIENTS ? most : SERVER_RECIPIENTS;
}

bool verbs_no_more_mail(const struct server *s)
{
    size_t most = s->config->offer.limits.mail_max;

    return most > 0 && s->begun >= most;
}

static bool is_new_domain(const struct envelope *e, uint64_t domain)
{
    size_t i = 0;

    while (i < e->domains && e->domain[i] != domain)
        i++;
    return i == e->domains;
}

static bool too_many_domains(const struct server *s, struct span to)
{
    size_t most = s->config->offer.limits.rcpt_domain_max;

    return most > 0 && s->envelope->domains >= most &&
           is_new_domain(s->envelope, checkpoint_client(limits_domain(to)));
}

bool verbs_admit(struct server *s, struct span to)
{
    bool kept =
        s->config->policies || s->config->offer.limits.rcpt_domain_max > 0;

    if (kept && !s->envelope)
        s->envelope = calloc(1, sizeof *s->envelope);
    if (kept && !s->envelope)
        verbs_reply(s, HELD, "451 no memory for another recipient");
    else if (too_many_domains(s, to))
        verbs_reply(s, HELD, "452 too many domains among the recipients");
    else if (s->config->policies && !s->each && s->accepted > 0 &&
             policy_of(s, to) != s->envelope->policy[0])
        verbs_reply(s, HELD, "452 another policy: in another transaction");
    else
        return true;
    s->last_rcpt_ok = false;
    return false;
}

void verbs_note(struct server *s, struct span to)
{
    struct envelope *e = s->envelope;
    uint64_t domain = checkpoint_client(limits_domain(to));

    if (e && s->config->policies)
        e->policy[s->accepted] = (uint16_t)policy_of(s, to);
    if (e && is_new_domain(e, domain))
        e->domain[e->domains++] = domain;
    s->accepted++;
}

/* NULL: none. */
static const char *objection_of(const struct server *s, size_t recipient)
{
    const struct policies *p = s->config->policies;

    return s->envelope && p && recipient < s->accepted
               ? p->verdict(p->arg, s->envelope->policy[recipient])
               : NULL;
}

const char *verbs_objection(const struct server *s)
{
    return objection_of(s, 0);
}

bool verbs_objects(const struct server *s, struct span to)
{
    const struct policies *p = s->config->policies;

    return p && p->verdict(p->arg, policy_of(s, to));
}

/* The mail's end, with those alone who get it; the envelope stands until the
 * last of them has been told. */
static const char *end_for(struct server *s, size_t takers, bool too_big)
{
    struct envelope *envelope = s->envelope;
    bool kept;

    s->envelope = NULL;
    s->accepted = takers;
    kept = verbs_end_mail(s, takers > 0 && !too_big);
    s->envelope = envelope;
    return too_big ? "552 message too big" : kept ? TAKEN : NOT_KEPT;
}

void verbs_answer_each(struct server *s, bool too_big)
{
    struct verdicts *v = &s->verdicts;
    size_t all = s->accepted, takers = 0;
    const char *refusal = NULL;

    for (size_t i = 0; i < all; i++) {
        const char *objection = objection_of(s, i);

        takers += !objection;
        refusal = objection ? objection : refusal;
    }
    *v = (struct verdicts){.left = all, .overall = !s->config->lmtp};
    v->of_all = end_for(s, takers, too_big);
    v->overall_reply = takers > 0 ? v->of_all : refusal;
    s->accepted = all;
    if (v->overall)
        verbs_reply(s, HELD, "353 what each recipient has to say follows");
    v->left += v->overall;
    if (s->config->flaws & FLAW_ONE_VERDICT) {
        v->left = 1;
        v->overall = false;
    }
}

void verbs_verdict(struct server *s)
{
    struct verdicts *v = &s->verdicts;
    const char *reply = v->of_all, *own = objection_of(s, v->at);

    if (v->overall && v->left == 1)
        reply = v->overall_reply;
    else if (own && v->of_all[0] == '2')
        reply = own;
    verbs_reply(s, HELD, "%.500s", reply);
    v->at++;
    if (--v->left > 0)
        return;
    s->accepted = 0;
    verbs_clear_envelope(s);
    flaw_behind(s, VERB_UNKNOWN);
}
