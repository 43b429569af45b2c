/* SPDX-License-Identifier: BSD-2-Clause */
/* The sessions of a dispatch, each a delivery to one host. */
#include <assert.h>

#include "smtp/dispatch_inner.h"

static size_t turnarounds_of(const struct dispatch_slot *s)
{
    return delivery_turnarounds(&s->delivery);
}

/* What is decided next has waited for this. */
static void reach(struct dispatch *d, const struct dispatch_slot *s)
{
    size_t chain = s->chain + turnarounds_of(s);

    if (chain > d->chain)
        d->chain = chain;
}

struct dispatch_slot *dispatch_free_slot(struct dispatch *d)
{
    for (int i = 0; i < DISPATCH_SESSIONS; i++)
        if (d->slot[i].phase == SLOT_FREE)
            return &d->slot[i];
    return NULL;
}

struct dispatch_slot *dispatch_slot_of(struct dispatch *d, size_t k)
{
    struct dispatch_slot *s = d->slot;

    while (s->k != k || s->phase == SLOT_FREE || s->phase == SLOT_LEAVING)
        s++;
    assert(s < d->slot + DISPATCH_SESSIONS);
    return s;
}

static bool uses_anything(const struct route_config *r)
{
    return policy_of(r->policy)->search == SEARCH_NOBODY &&
           !policy_has(r->policy, POLICY_REQUEUE) && r->need.required == 0;
}

/* A session need not be stopped behind EHLO where nothing depends on what it
 * says: nothing is wanted, or whatever is there is used; nor where early
 * pipelining remembers all that is wanted, and no other session could take the
 * mail meanwhile. */
static bool goes_straight(const struct dispatch *d, const struct candidate *c)
{
    const struct route_config *r = &d->config->route;
    const struct offer *known =
        d->config->memory ? offer_recall_as(d->config->memory, c->at,
                                            d->session.tls != SECURITY_NONE)
                          : NULL;

    if (r->enforce)
        return false;
    if (route_wants(r) == 0 || uses_anything(r))
        return true;
    for (size_t i = 0; i < d->route.count; i++)
        if (d->route.candidate[i].open)
            return false;
    return manner_is_early(d->session.manner) && known &&
           known->has & OFFER_PIPECONNECT && route_lacks(r, known->has) == 0 &&
           !policy_has(r->policy, POLICY_PARALLEL);
}

static void note_host(struct dispatch *d, struct endpoint at)
{
    for (size_t i = 0; i < d->hosts; i++)
        if (endpoint_equal(d->met[i], at))
            return;
    if (d->hosts < ROUTE_CANDIDATES)
        d->met[d->hosts++] = at;
}

void dispatch_connect(struct dispatch *d, struct dispatch_slot *s, size_t k)
{
    const struct candidate *c = &d->route.candidate[k];

    s->phase = SLOT_ASKING;
    s->straight = goes_straight(d, c);
    s->k = k;
    s->chain = d->chain;
    s->alarm_ns = NEVER_NS;
    s->config = (struct delivery_config){
        .session = d->session, .peer = c->at, .memory = d->config->memory};
    s->config.session.consult = !s->straight;
    s->config.session.extensions =
        d->config->route.need.required | d->config->route.need.preferred;
    if (d->config->tls) {
        s->tls = *d->config->tls;
        s->tls.name = c->host;
        s->config.tls = &s->tls;
    }
    for (int i = 0; i < DISPATCH_STREAMS; i++)
        s->stream[i] = -1;
    note_host(d, c->at);
    delivery_init(&s->delivery, &s->config);
    machine_tell(&s->delivery.machine,
                 &(struct told){.kind = TOLD_START, .now_ns = d->now_ns});
    route_opening(&d->route, k, d->now_ns);
}

/* What a session through TLS wants is asked of it only where it was told
 * something: what it was decided on is told as a wake, past the delivery, which
 * keeps from it whatever comes before its alarm. */
static void stir(struct dispatch *d, struct dispatch_slot *s)
{
    struct tls_machine *tls = s->delivery.tls;

    if (tls && tls->secured)
        machine_tell(&tls->machine,
                     &(struct told){.kind = TOLD_WAKE, .now_ns = d->now_ns});
}

void dispatch_leave(struct dispatch *d, struct dispatch_slot *s)
{
    reach(d, s);
    client_dismiss(&s->delivery.client, d->now_ns);
    stir(d, s);
    s->phase = SLOT_LEAVING;
    route_left(&d->route, s->k);
}

/* Its own waits were over long ago, perhaps; it goes on behind all others. */
void dispatch_use(struct dispatch *d, struct dispatch_slot *s)
{
    reach(d, s);
    s->chain = d->chain - turnarounds_of(s);
    client_proceed(&s->delivery.client);
    stir(d, s);
    s->phase = SLOT_USED;
    route_using(&d->route, s->k);
}

struct ask dispatch_ask_slot(struct dispatch *d, struct dispatch_slot *s)
{
    struct ask a = machine_ask(&s->delivery.machine);

    while (a.kind == ASK_WAKE) {
        s->alarm_ns = a.at_ns;
        a = machine_ask(&s->delivery.machine);
    }
    if (a.kind == ASK_NOTHING)
        return a;
    assert(a.stream >= 0 && a.stream < DISPATCH_STREAMS);
    if (a.kind == ASK_OPEN) {
        s->stream[a.stream] = d->next_stream++;
        d->connections++;
    }
    a.stream = s->stream[a.stream];
    return a;
}

static void learn(struct dispatch *d, struct dispatch_slot *s)
{
    const struct client *c = &s->delivery.client;

    reach(d, s);
    route_learnt(&d->route, s->k, c->offer.has, d->now_ns);
    if (d->config->offers)
        offer_remember(d->config->offers, s->config.peer, c->offer, d->now_ns);
    if (!s->straight) {
        s->phase = SLOT_HELD;
        return;
    }
    s->phase = SLOT_USED;
    route_using(&d->route, s->k);
}

/* There was no answer to EHLO. A session that went straight may have sent the
 * mail nevertheless. */
static void fail(struct dispatch *d, struct dispatch_slot *s)
{
    const struct client *c = &s->delivery.client;

    reach(d, s);
    if (c->code >= 400)
        d->code = c->code;
    if (s->straight)
        dispatch_settle(d, s);
    route_failed(&d->route, s->k,
                 c->end == CLIENT_REJECTED && c->code / 100 == 5);
    s->phase = SLOT_LEAVING;
}

static void end_use(struct dispatch *d, struct dispatch_slot *s)
{
    const struct client *c = &s->delivery.client;

    reach(d, s);
    if (c->accepted_ns != NEVER_NS)
        d->accepted_ns = c->accepted_ns;
    dispatch_settle(d, s);
    route_spent(&d->route, s->k);
    s->phase = SLOT_LEAVING;
}

/* All streams of it are over: into the sums with it. */
static void release(struct dispatch *d, struct dispatch_slot *s)
{
    const struct delivery *x = &s->delivery;
    size_t chain = s->chain + turnarounds_of(s);

    d->turnarounds += x->turnarounds;
    d->bytes_out += x->bytes_out;
    d->bytes_in += x->bytes_in;
    if (chain > d->longest_chain)
        d->longest_chain = chain;
    if (x->closed_ns != NEVER_NS &&
        (d->closed_ns == NEVER_NS || x->closed_ns > d->closed_ns))
        d->closed_ns = x->closed_ns;
    delivery_release(&s->delivery);
    s->phase = SLOT_FREE;
}

bool dispatch_observe(struct dispatch *d, struct dispatch_slot *s)
{
    const struct client *c = &s->delivery.client;
    bool ended = c->end != CLIENT_NOT_YET;

    switch (s->phase) {
    case SLOT_FREE:
        return false;
    case SLOT_ASKING:
        if (s->straight ? client_knows_offer(c) : client_is_held(c))
            learn(d, s);
        else if (ended)
            fail(d, s);
        else
            return false;
        return true;
    case SLOT_HELD: /* the server was not so patient */
        if (!ended)
            return false;
        route_left(&d->route, s->k);
        s->phase = SLOT_LEAVING;
        return true;
    case SLOT_USED:
        if (!ended)
            return false;
        end_use(d, s);
        return true;
    case SLOT_LEAVING:
        if (!s->delivery.counted || c->opened ||
            (s->delivery.tls && s->delivery.tls->open))
            return false;
        release(d, s);
        return true;
    }
    return false;
}
