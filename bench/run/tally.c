/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums up what a delivery has come to. */
#include <stdio.h>
#include <string.h>

#include "bench/run/cast.h"

static int64_t since(const struct delivery *d, int64_t at_ns)
{
    return at_ns == NEVER_NS ? -1 : at_ns - d->started_ns;
}

/* "delivered" where all were; else the end and the first mail that was not. */
static void describe(const struct cast *c, const struct delivery *d,
                     struct tally *t)
{
    const struct client *k = &d->client;
    const struct mail *odd = NULL;
    bool twice = false;
    size_t used;

    for (size_t i = d->mail_count; i-- > 0;) {
        if (c->mail[i].fate != MAIL_DELIVERED)
            odd = &c->mail[i];
        twice |= c->mail[i].repeated;
    }
    if (!odd && k->end == CLIENT_FINISHED) {
        snprintf(t->outcome, sizeof t->outcome, "delivered%s",
                 twice ? ", perhaps twice" : "");
        return;
    }
    used = (size_t)snprintf(t->outcome, sizeof t->outcome, "%s",
                            mail_fate_name(odd ? odd->fate : MAIL_DELIVERED));
    if (odd && odd->code)
        used += (size_t)snprintf(t->outcome + used, sizeof t->outcome - used,
                                 " (%d)", odd->code);
    if (odd && odd->oversized)
        used += (size_t)snprintf(t->outcome + used, sizeof t->outcome - used,
                                 ": %zu octets, above the server's SIZE %llu",
                                 odd->plain.len,
                                 (unsigned long long)k->offer.size_max);
    if (k->end == CLIENT_INSECURE)
        snprintf(t->outcome + used, sizeof t->outcome - used, ": %s: %.100s",
                 client_end_name(k->end), delivery_tls_why(d));
    else if (k->end != CLIENT_FINISHED && k->end_step == STEP_END)
        snprintf(t->outcome + used, sizeof t->outcome - used, ": %s",
                 client_end_name(k->end));
    else if (k->end != CLIENT_FINISHED)
        snprintf(t->outcome + used, sizeof t->outcome - used,
                 ": %s, waiting for the reply to %s", client_end_name(k->end),
                 step_name(k->end_step));
}

static void tally_tls(const struct cast *c, const struct delivery *d,
                      struct tally *t)
{
    const struct tls_engine *e = d->tls ? &d->tls->engine : NULL;
    bool said_early = e && e->early == TLS_EARLY_TAKEN;

    t->secure = d->client.secure;
    if (!e || !t->secure)
        return;
    t->tls_version = e->version;
    t->tls_session = said_early   ? TLS_SESSION_0RTT
                     : e->resumed ? TLS_SESSION_RESUMED
                                  : TLS_SESSION_FULL;
    t->handshake = handshake_of(e->version == TLS_V13, e->resumed,
                                c->scenario->tls_early_banner, said_early);
}

static void tell_recipients(struct tally *t, size_t n)
{
    size_t used =
        (size_t)snprintf(t->outcome, sizeof t->outcome, "%zu of %zu delivered",
                         t->recipients_accepted, n);

    if (t->recipients_deferred > 0)
        used += (size_t)snprintf(t->outcome + used, sizeof t->outcome - used,
                                 ", %zu deferred", t->recipients_deferred);
    if (t->recipients_bounced > 0)
        snprintf(t->outcome + used, sizeof t->outcome - used, ", %zu refused",
                 t->recipients_bounced);
}

/* Who got what; everybody is counted once. */
static void tally_bargain(const struct cast *c, const struct delivery *d,
                          struct tally *t)
{
    size_t n = (size_t)c->scenario->recipients;
    struct reckoning r = bargain_reckon(c->mail, d->mail_count, c->to, n);

    t->recipients_accepted = r.accepted;
    t->recipients_deferred = r.deferred;
    t->recipients_bounced = r.bounced;
    t->decisions = d->decisions;
    for (size_t i = 0; i < d->mail_count; i++)
        for (size_t k = 0; k < c->mail[i].recipients; k++) {
            const struct recipient *to = &c->mail[i].to[k];
            size_t who = abilities_recipient(span_of(to->address));

            t->recipients_best +=
                to->fate == RECIPIENT_ACCEPTED &&
                abilities_best(c->abilities, who) == c->mail[i].form;
        }
    if (r.accepted < n && d->client.end == CLIENT_FINISHED)
        tell_recipients(t, n);
}

static bool each_counts(const struct scenario *s)
{
    return s->terms.lmtp || s->terms.policies > 1 || s->terms.offended ||
           s->terms.limit_words || s->extensions & OFFER_PRDR;
}

/* Where there is one reply to a body for all, and where each has his own. */
static void tally_recipients(const struct cast *c, const struct delivery *d,
                             struct tally *t)
{
    size_t n = 0;

    for (size_t i = 0; i < d->mail_count; i++) {
        const struct mail *m = &c->mail[i];

        n += m->recipients;
        for (size_t k = 0; k < m->recipients; k++) {
            enum recipient_fate fate = mail_recipient(m, k);

            t->recipients_accepted += fate == RECIPIENT_ACCEPTED;
            t->recipients_bounced += fate == RECIPIENT_BOUNCED;
            t->recipients_deferred += fate == RECIPIENT_DEFERRED;
        }
    }
    if (each_counts(c->scenario) && t->recipients_accepted < n &&
        d->client.end == CLIENT_FINISHED)
        tell_recipients(t, n);
}

void cast_tally(const struct cast *c, const struct delivery *d, struct tally *t)
{
    size_t messages = (size_t)c->scenario->messages;

    *t = (struct tally){
        .done = true,
        .mode_used = d->client.used.mode,
        .bdat_used = d->client.used.bdat,
        .connections = d->connections,
        .handshakes_saved = d->fast,
        .turnarounds = d->turnarounds,
        .tls_turnarounds = d->tls_turnarounds,
        .tls_wait_ns = d->tls_wait_ns,
        .prelude = d->client.prelude,
        .authenticated = d->client.authenticated,
        .handshake_ns = d->handshake_ns,
        .accepted_ns = since(d, d->accepted_ns),
        .closed_ns = since(d, d->closed_ns),
        .bytes_out = d->bytes_out,
        .bytes_in = d->bytes_in,
    };
    memcpy(t->wait_ns, d->wait_ns, sizeof t->wait_ns);
    tally_tls(c, d, t);
    describe(c, d, t);
    if (c->abilities)
        tally_bargain(c, d, t);
    else
        tally_recipients(c, d, t);
    if (!c->abilities)
        mail_join(c->mail, d->mail_count);
    for (size_t i = 0; i < d->mail_count && (c->abilities || i < messages); i++)
        t->mails_accepted += c->mail[i].fate == MAIL_DELIVERED;
}
