/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions one after the other, until the messages are through or nothing
 * more can be tried. */
#include "smtp/delivery.h"

#include <string.h>

static void begin_session(struct delivery *d)
{
    const struct offer *known = NULL;

    if (d->config->memory)
        known = offer_recall(d->config->memory, d->config->peer);
    d->session = d->config->session;
    d->session.remembered = NULL;
    if (known) {
        d->known = *known;
        d->session.remembered = &d->known;
    }
    client_init(&d->client, &d->session, d->config->peer);
    d->connections++;
    d->stream++;
    d->counted = false;
}

/* Only an offer that early pipelining can use is worth remembering. */
static void learn(const struct delivery *d)
{
    const uint32_t useful = OFFER_PIPECONNECT | OFFER_PIPELINING;
    const struct client *c = &d->client;

    if (!d->config->memory)
        return;
    if (c->end != CLIENT_STALE && c->offer_known &&
        (c->offer.has & useful) == useful)
        offer_remember(d->config->memory, d->config->peer, c->offer, c->now_ns);
    else if (c->end == CLIENT_STALE || c->offer_known)
        offer_forget(d->config->memory, d->config->peer);
}

static void add_session(struct delivery *d)
{
    const struct client *c = &d->client;

    d->counted = true;
    d->turnarounds += c->waits.turnarounds;
    for (int i = 0; i < STEP_END; i++)
        d->wait_ns[i] += c->waits.ns[i];
    if (c->opened_ns != NEVER_NS)
        d->handshake_ns += c->opened_ns - c->started_ns;
    if (c->accepted_ns != NEVER_NS)
        d->accepted_ns = c->accepted_ns;
    if (c->closed_ns != NEVER_NS)
        d->closed_ns = c->closed_ns;
    d->bytes_out += c->bytes_out;
    d->bytes_in += c->bytes_in;
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
    begin_session(d);
    machine_tell(&d->client.machine,
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
    return machine_tell(&d->client.machine, &inner);
}

static struct ask delivery_ask(struct machine *m)
{
    struct delivery *d = (struct delivery *)m;
    struct ask a = machine_ask(&d->client.machine);

    if (a.kind == ASK_NOTHING && !d->counted && session_done(&d->client)) {
        add_session(d);
        learn(d);
        if (d->client.end == CLIENT_STALE) {
            retry(d);
            a = machine_ask(&d->client.machine);
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
