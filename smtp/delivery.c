/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions one after the other, until the messages are through or nothing
 * more can be tried. */
#include "smtp/delivery.h"

#include <string.h>

static const struct offer *recall(const struct delivery *d, bool secure,
                                  struct offer *copy)
{
    const struct offer *known = NULL;

    if (d->config->memory)
        known = offer_recall_as(d->config->memory, d->config->peer, secure);
    if (!known)
        return NULL;
    *copy = *known;
    return copy;
}

static void begin_session(struct delivery *d)
{
    d->session = d->config->session;
    d->session.remembered = recall(d, false, &d->known);
    d->session.remembered_secure = recall(d, true, &d->known_secure);
    client_init(&d->client, &d->session, d->config->peer);
    d->outermost = &d->client.machine;
    if (d->config->tls) {
        tls_machine_init(&d->tls, d->config->tls, &d->client.machine);
        d->outermost = &d->tls.machine;
    }
    d->connections++;
    d->stream++;
    d->counted = false;
}

/* Only an offer that early pipelining can use is worth remembering. */
static void learn_one(const struct delivery *d, bool secure, bool known,
                      struct offer o)
{
    const uint32_t useful = OFFER_PIPECONNECT | OFFER_PIPELINING;
    const struct client *c = &d->client;

    if (c->end != CLIENT_STALE && known && (o.has & useful) == useful)
        offer_remember_as(d->config->memory, d->config->peer, secure, o,
                          c->now_ns);
    else if (c->end == CLIENT_STALE || known)
        offer_forget_as(d->config->memory, d->config->peer, secure);
}

static void learn(const struct delivery *d)
{
    const struct client *c = &d->client;

    if (!d->config->memory)
        return;
    learn_one(d, c->secure, c->offer_known, c->offer);
    if (c->clear_known)
        learn_one(d, false, true, c->clear_offer);
}

static size_t turnarounds_within(const struct delivery *d)
{
    return d->config->tls ? d->tls.turnarounds : 0;
}

/* TCP's handshake was over before TLS began, where that came first. */
static int64_t connected_ns(const struct delivery *d)
{
    bool implicit = d->config->tls && d->config->tls->implicit;

    return implicit ? d->tls.began_ns : d->client.opened_ns;
}

static void add_session(struct delivery *d)
{
    const struct client *c = &d->client;

    d->counted = true;
    d->turnarounds += c->waits.turnarounds + turnarounds_within(d);
    d->tls_turnarounds += turnarounds_within(d);
    d->tls_wait_ns += d->config->tls ? d->tls.wait_ns : 0;
    for (int i = 0; i < STEP_END; i++)
        d->wait_ns[i] += c->waits.ns[i];
    if (connected_ns(d) != NEVER_NS)
        d->handshake_ns += connected_ns(d) - c->started_ns;
    if (c->accepted_ns != NEVER_NS)
        d->accepted_ns = c->accepted_ns;
    if (c->closed_ns != NEVER_NS)
        d->closed_ns = c->closed_ns;
    d->bytes_out += c->bytes_out;
    d->bytes_in += c->bytes_in;
}

size_t delivery_turnarounds(const struct delivery *d)
{
    return d->turnarounds +
           (d->counted ? 0
                       : d->client.waits.turnarounds + turnarounds_within(d));
}

/* It has come to its end, and to the reply to QUIT where that was said. */
static bool session_done(const struct client *c)
{
    return c->end != CLIENT_NOT_YET && (c->owed == 0 || !c->opened);
}

static void retry(struct delivery *d)
{
    int64_t now_ns = d->client.now_ns;

    for (size_t i = 0; i < d->session.mail_count; i++)
        mail_retry(&d->session.mails[i]);
    delivery_release(d);
    begin_session(d);
    machine_tell(d->outermost,
                 &(struct told){.kind = TOLD_START, .now_ns = now_ns});
}

static size_t delivery_tell(struct machine *m, const struct told *t)
{
    struct delivery *d = (struct delivery *)m;
    struct told inner = *t;

    if (t->kind == TOLD_START) {
        begin_session(d);
        d->started_ns = t->now_ns;
    } else if (t->kind != TOLD_WAKE && t->stream != d->stream) {
        return t->bytes.len; /* of a session that was given up */
    }
    inner.stream = 0;
    return machine_tell(d->outermost, &inner);
}

static struct ask delivery_ask(struct machine *m)
{
    struct delivery *d = (struct delivery *)m;
    struct ask a = machine_ask(d->outermost);

    if (a.kind == ASK_NOTHING && !d->counted && session_done(&d->client)) {
        add_session(d);
        learn(d);
        if (d->client.end == CLIENT_STALE) {
            retry(d);
            a = machine_ask(d->outermost);
        }
    }
    a.stream = d->stream;
    return a;
}

void delivery_init(struct delivery *d, const struct delivery_config *config)
{
    memset(d, 0, sizeof *d);
    d->machine = (struct machine){delivery_tell, delivery_ask};
    d->config = config;
    d->started_ns = d->accepted_ns = d->closed_ns = NEVER_NS;
    d->stream = -1;
}

void delivery_release(struct delivery *d)
{
    if (d->outermost && d->config->tls)
        tls_machine_release(&d->tls);
    d->outermost = NULL;
}
