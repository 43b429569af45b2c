/* SPDX-License-Identifier: BSD-2-Clause */
/* The accounts of a dispatch: what became of every recipient. Those that are
 * decided go behind those that are not, so that the next session finds only
 * what is left. */
#include <assert.h>

#include "smtp/dispatch_inner.h"

size_t dispatch_count(const struct dispatch_config *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->session.mail_count; i++)
        n += c->session.mails[i].recipients;
    return n;
}

static bool is_refusal(int code)
{
    return code / 100 == 5;
}

/* What a session has made of a recipient. A message whose end was never
 * acknowledged may have arrived; it is sent again all the same, since to lose
 * it would be worse (RFC 5321, 4.5.3.2.6). */
static enum recipient_fate judge(const struct mail *m,
                                 const struct recipient *r)
{
    if (r->taken)
        return RECIPIENT_ACCEPTED;
    if (is_refusal(r->code))
        return RECIPIENT_BOUNCED;
    if (m->fate == MAIL_DELIVERED && r->code / 100 == 2)
        return RECIPIENT_ACCEPTED;
    return m->fate == MAIL_REFUSED ? RECIPIENT_BOUNCED : RECIPIENT_PENDING;
}

static void count(struct dispatch *d, enum recipient_fate fate)
{
    d->accepted += fate == RECIPIENT_ACCEPTED;
    d->deferred += fate == RECIPIENT_DEFERRED;
    d->bounced += fate == RECIPIENT_BOUNCED;
}

/* Returns how many were accepted. */
static size_t settle_mail(struct dispatch *d, struct mail *m)
{
    size_t i = 0, accepted = d->accepted;

    while (i < m->recipients) {
        struct recipient *r = &m->to[i], decided = *r;

        decided.fate = judge(m, r);
        if (decided.fate != RECIPIENT_ACCEPTED && r->code >= 400)
            d->code = r->code;
        if (decided.fate == RECIPIENT_PENDING) {
            i++;
            continue;
        }
        count(d, decided.fate);
        *r = m->to[--m->recipients];
        m->to[m->recipients] = decided;
        m->settled++;
    }
    if (m->fate != MAIL_DELIVERED && m->code)
        d->code = m->code;
    return d->accepted - accepted;
}

static void drop_settled(struct dispatch *d)
{
    struct client_config *s = &d->session;
    size_t i = 0;

    while (i < s->mail_count)
        if (s->mails[i].recipients > 0) {
            mail_retry(&s->mails[i++]);
        } else {
            struct mail done = s->mails[i];

            s->mails[i] = s->mails[--s->mail_count];
            s->mails[s->mail_count] = done;
        }
}

void dispatch_settle(struct dispatch *d, const struct dispatch_slot *slot)
{
    const struct client *c = &slot->delivery.client;
    const struct candidate *k = &d->route.candidate[slot->k];
    const struct route_need *need = &d->config->route.need;
    size_t accepted = 0;

    for (size_t i = 0; i < d->session.mail_count; i++)
        accepted += settle_mail(d, &d->session.mails[i]);
    drop_settled(d);
    if (accepted == 0)
        return;
    d->used = (need->required | need->preferred | need->performance) & k->has;
    d->degraded |= need->preferred & ~k->has;
    d->worse |= k->preference > d->best;
    d->mode_used = c->used.mode;
    d->bdat_used = c->used.bdat;
}

/* The fate of a message is the worst of its recipients'. */
static void finish_mail(struct dispatch *d, struct mail *m,
                        enum recipient_fate left)
{
    enum recipient_fate worst = RECIPIENT_ACCEPTED;

    for (size_t i = 0; i < m->recipients; i++) {
        m->to[i].fate = left;
        count(d, left);
    }
    m->recipients += m->settled;
    m->settled = 0;
    for (size_t i = 0; i < m->recipients; i++)
        if (m->to[i].fate > worst)
            worst = m->to[i].fate;
    m->fate = worst == RECIPIENT_ACCEPTED   ? MAIL_DELIVERED
              : worst == RECIPIENT_DEFERRED ? MAIL_DEFERRED
                                            : MAIL_REFUSED;
}

void dispatch_finish(struct dispatch *d, bool bounce)
{
    for (size_t i = 0; i < d->config->session.mail_count; i++)
        finish_mail(d, &d->config->session.mails[i],
                    bounce ? RECIPIENT_BOUNCED : RECIPIENT_DEFERRED);
    assert(d->accepted + d->deferred + d->bounced == d->recipients);
    d->session.mail_count = 0;
    d->end = d->bounced > 0    ? DISPATCH_BOUNCED
             : d->deferred > 0 ? DISPATCH_DEFERRED
             : d->degraded     ? DISPATCH_DEGRADED
                               : DISPATCH_DELIVERED;
    d->phase = DISPATCH_IDLE;
}
