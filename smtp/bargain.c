/* SPDX-License-Identifier: BSD-2-Clause */
/* From answers to classes, and from mails to what became of everybody. */
#include "smtp/bargain.h"

#include <assert.h>
#include <string.h>

#include "smtp/offer.h"

uint32_t bargain_needs(const struct bargain *b)
{
    const struct strategy *s = b->strategy;

    if (s->asking == ASKING_NOT)
        return 0;
    if (s->asking == ASKING_RCPT)
        return b->spelling == SPELLING_CAPS ? OFFER_CAPABILITIES : OFFER_CONNEG;
    return s->vrfy ? OFFER_CONNEG : OFFER_XRCAP;
}

static size_t default_form(const struct bargain *b)
{
    return b->form_count - 1;
}

size_t bargain_form(const struct bargain *b, const struct recipient *r)
{
    size_t form = 0;

    if (r->answer == ANSWER_REFUSED || r->answer == ANSWER_UNFIT)
        return b->form_count;
    if (r->answer != ANSWER_FORMS)
        return default_form(b);
    while (form < b->form_count && !(r->forms >> form & 1))
        form++;
    return form;
}

static void take_filter(const struct bargain *b, struct recipient *r,
                        const struct feature *filter)
{
    r->forms = 0;
    for (size_t i = 0; i < b->form_count; i++)
        if (feature_match(filter, &b->forms[i].features))
            r->forms |= 1u << i;
    r->answer = r->forms ? ANSWER_FORMS : ANSWER_UNFIT;
}

static struct known *known_of(struct bargain_memory *m, const char *address)
{
    for (size_t i = 0; i < BARGAIN_KNOWN; i++)
        if (m->at[i].address[0] && span_is(span_of(address), m->at[i].address))
            return &m->at[i];
    return NULL;
}

static void remember(struct bargain_memory *m, const char *address,
                     uint32_t ttl_s, const struct feature *f, int64_t now_ns)
{
    struct known *k = known_of(m, address);

    if (strlen(address) >= sizeof k->address)
        return;
    if (!k)
        k = &m->at[m->learnt++ % BARGAIN_KNOWN];
    *k = (struct known){.ttl_s = ttl_s, .learnt_ns = now_ns};
    if (feature_canonical(f, k->filter, sizeof k->filter) > 0)
        memcpy(k->address, address, strlen(address));
}

/* RFC 5321, 4.2.4, 4.1.1.11: it does not know the question, or the parameter
 * that is one; RFC 4141, 3: it does not know the answer. */
static bool is_unsupported(int code)
{
    return code == 500 || code == 502 || code == 504 || code == 555;
}

void bargain_hear(const struct bargain *b, struct recipient *r, int code,
                  struct conneg *c, int64_t now_ns)
{
    struct feature filter;

    if (code / 100 != 2) {
        r->answer = is_unsupported(code) ? ANSWER_UNKNOWN : ANSWER_REFUSED;
        r->code = code;
        return;
    }
    r->answer = ANSWER_UNKNOWN;
    if (conneg_end(c, &filter) != CONNEG_KNOWN)
        return;
    take_filter(b, r, &filter);
    if (b->memory && c->ttl_s > 0)
        remember(b->memory, r->address, c->ttl_s, &filter, now_ns);
}

static bool recall(const struct bargain *b, struct recipient *r, int64_t now_ns)
{
    struct known *k = known_of(b->memory, r->address);
    struct feature filter;
    struct feature_error e;

    if (!k)
        return false;
    if (k->learnt_ns == NEVER_NS)
        k->learnt_ns = now_ns;
    if ((now_ns - k->learnt_ns) / 1000000000 >= k->ttl_s ||
        !feature_read(&filter, span_of(k->filter), &e))
        return false;
    take_filter(b, r, &filter);
    return true;
}

size_t bargain_recall(const struct bargain *b, struct mail *m, int64_t now_ns)
{
    size_t known = 0;

    for (size_t i = 0; b->memory && i < m->recipients; i++)
        known += recall(b, &m->to[i], now_ns);
    return known;
}

/* The best form that all who get one can take, if there is one. */
static void agree(const struct bargain *b, struct mail *m)
{
    uint32_t all = ~0u >> (32 - b->form_count);

    for (size_t i = 0; i < m->recipients; i++)
        if (m->to[i].answer == ANSWER_FORMS)
            all &= m->to[i].forms;
        else if (bargain_form(b, &m->to[i]) < b->form_count)
            all &= 1u << default_form(b);
    for (size_t i = 0; all && i < m->recipients; i++)
        if (m->to[i].answer == ANSWER_FORMS)
            m->to[i].forms = all;
}

static bool is_said(const struct recipient *r)
{
    return r->code / 100 == 2;
}

struct order { /* of classes, by form: 0 is none */
    size_t of[BARGAIN_FORMS + 1], next;
};

/* What is open already comes first. */
static bool rank_open(const struct bargain *b, const struct mail *m,
                      struct order *o)
{
    size_t open = b->form_count;
    bool mixed = false, any = false;

    for (size_t i = 0; i < m->recipients; i++) {
        if (!is_said(&m->to[i]))
            continue;
        if (!any)
            open = bargain_form(b, &m->to[i]);
        any = true;
        mixed |= open == b->form_count || bargain_form(b, &m->to[i]) != open;
    }
    if (open < b->form_count)
        o->of[open] = ++o->next;
    return mixed;
}

static size_t rank(const struct bargain *b, const struct order *o,
                   const struct recipient *r, bool open)
{
    size_t form = bargain_form(b, r);

    if (form == b->form_count)
        return 2 * BARGAIN_FORMS + 2;
    return 2 * o->of[form] + !(open && is_said(r));
}

/* Stable, and all but in order already where classes are few. */
static void arrange(const struct bargain *b, struct mail *m,
                    const struct order *o, bool open)
{
    for (size_t i = 1; i < m->recipients; i++) {
        struct recipient r = m->to[i];
        size_t k = i;

        for (; k > 0 && rank(b, o, &m->to[k - 1], open) > rank(b, o, &r, open);
             k--)
            m->to[k] = m->to[k - 1];
        m->to[k] = r;
    }
}

/* Who gets the same form stand together now: a mail for each. */
static void divide(const struct bargain *b, struct mail *mails, size_t count,
                   const struct mail *whole)
{
    size_t at = 0;

    assert(count <= b->mail_room || count <= 1);
    mails[0].recipients = 0;
    for (size_t i = 0; i < count; i++) {
        size_t form = bargain_form(b, &whole->to[at]), from = at;

        while (at < whole->recipients &&
               bargain_form(b, &whole->to[at]) == form)
            at++;
        mails[i] = (struct mail){.from = whole->from,
                                 .to = whole->to + from,
                                 .recipients = at - from,
                                 .stuffed = b->forms[form].stuffed,
                                 .plain = b->forms[form].plain,
                                 .form = form};
    }
}

struct classes bargain_sort(const struct bargain *b, struct mail *mails,
                            bool open)
{
    const struct mail whole = mails[0];
    struct classes c = {0};
    struct order o = {.next = 0};

    assert(b->form_count > 0 && b->form_count <= BARGAIN_FORMS);
    if (b->strategy->common)
        agree(b, &mails[0]);
    c.mixed = open && rank_open(b, &whole, &o);
    for (size_t i = 0; i < whole.recipients; i++) {
        size_t form = bargain_form(b, &whole.to[i]);

        if (form < b->form_count && o.of[form] == 0)
            o.of[form] = ++o.next;
    }
    arrange(b, &mails[0], &o, open);
    c.count = o.next;
    divide(b, mails, c.count, &whole);
    while (open && !c.mixed && c.count > 0 && c.said < mails[0].recipients &&
           is_said(&mails[0].to[c.said]))
        c.said++;
    return c;
}

void bargain_undo(struct mail *mails, struct recipient *to, size_t count)
{
    mails[0].to = to;
    mails[0].recipients = count;
    mail_retry(&mails[0]);
    for (size_t i = 0; i < count; i++)
        to[i].answer = ANSWER_NONE;
}

static enum recipient_fate fate_of(const struct mail *m,
                                   const struct recipient *r)
{
    if (r->code / 100 == 5)
        return RECIPIENT_BOUNCED;
    if (r->code / 100 == 4)
        return RECIPIENT_DEFERRED;
    return m->fate == MAIL_DELIVERED && r->code ? RECIPIENT_ACCEPTED
           : m->fate == MAIL_REFUSED            ? RECIPIENT_BOUNCED
                                                : RECIPIENT_DEFERRED;
}

/* In no mail: his own answer did it. */
static enum recipient_fate fate_alone(const struct recipient *r)
{
    assert(r->answer == ANSWER_UNFIT || r->answer == ANSWER_REFUSED);
    return r->answer == ANSWER_REFUSED && r->code / 100 == 4
               ? RECIPIENT_DEFERRED
               : RECIPIENT_BOUNCED;
}

struct reckoning bargain_reckon(const struct mail *mails, size_t mail_count,
                                struct recipient *all, size_t count)
{
    struct reckoning a = {0};

    for (size_t i = 0; i < count; i++)
        all[i].fate = RECIPIENT_PENDING;
    for (size_t i = 0; i < mail_count; i++)
        for (size_t k = 0; k < mails[i].recipients; k++) {
            assert(mails[i].to[k].fate == RECIPIENT_PENDING);
            mails[i].to[k].fate = fate_of(&mails[i], &mails[i].to[k]);
        }
    for (size_t i = 0; i < count; i++) {
        if (all[i].fate == RECIPIENT_PENDING)
            all[i].fate = fate_alone(&all[i]);
        a.accepted += all[i].fate == RECIPIENT_ACCEPTED;
        a.deferred += all[i].fate == RECIPIENT_DEFERRED;
        a.bounced += all[i].fate == RECIPIENT_BOUNCED;
    }
    assert(a.accepted + a.deferred + a.bounced == count);
    return a;
}
