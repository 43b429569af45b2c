/* SPDX-License-Identifier: BSD-2-Clause */
/* From a domain to the end of its mail. */
#include "smtp/dispatch.h"

#include <assert.h>
#include <string.h>

#include "smtp/alarm.h"
#include "smtp/dispatch_inner.h"
#include "smtp/seed.h"

/* clang-format off */
#define X(name, text) text,
static const char *const ends[] = {DISPATCH_ENDS(X)};
#undef X
/* clang-format on */

const char *dispatch_end_name(enum dispatch_end e)
{
    return ends[e];
}

static enum candidate_check check_of(const struct dispatch *d, const char *host)
{
    for (size_t i = 0; i < d->config->check_count; i++)
        if (strcmp(d->config->checks[i].host, host) == 0)
            return d->config->checks[i].check;
    return CHECK_PASSES;
}

static void complete(const struct dispatch *d, struct candidate *c)
{
    const struct offer *o =
        d->config->offers ? offer_recall(d->config->offers, c->at) : NULL;

    c->check = check_of(d, c->host);
    c->remembered = o;
    c->has = o ? o->has : 0;
}

static size_t candidates_of(struct dispatch *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->mx.host_count; i++)
        for (size_t k = 0; k < d->mx.host[i].address_count; k++)
            d->found_at[n++] =
                (struct candidate){.at = d->mx.host[i].address[k],
                                   .preference = d->mx.host[i].preference,
                                   .host = d->mx.host[i].name};
    return n;
}

static void begin_route(struct dispatch *d, size_t n)
{
    d->best = d->config->domain ? d->mx.host[0].preference : UINT16_MAX;
    for (size_t i = 0; i < n; i++) {
        complete(d, &d->found_at[i]);
        if (d->found_at[i].preference < d->best)
            d->best = d->found_at[i].preference;
    }
    route_init(&d->route, &d->config->route, d->found_at, n,
               seed_next(&d->seed), d->started_ns);
    d->phase = DISPATCH_ROUTING;
}

static void begin_attempt(struct dispatch *d)
{
    const struct dispatch_config *c = d->config;

    d->attempts++;
    d->own_ns = NEVER_NS;
    if (!c->domain) {
        memcpy(d->found_at, c->candidates,
               c->candidate_count * sizeof *c->candidates);
        d->found = MX_FOUND;
        begin_route(d, c->candidate_count);
        return;
    }
    d->phase = DISPATCH_LOOKING;
    d->mx_alarm_ns = NEVER_NS;
    mx_init(&d->mx, c->mx, c->domain, seed_next(&d->seed), &d->next_stream);
    machine_tell(&d->mx.machine,
                 &(struct told){.kind = TOLD_START, .now_ns = d->now_ns});
}

/* The attempt has ended without an end to the mail. */
static void conclude(struct dispatch *d, struct route_act a)
{
    d->why = a.why;
    d->phase = DISPATCH_IDLE;
    if (a.kind == ROUTE_BOUNCE) {
        dispatch_finish(d, true);
    } else if (d->config->attempts > 0 && d->attempts == d->config->attempts) {
        d->next_ns = a.at_ns;
        dispatch_finish(d, false);
    } else {
        d->own_ns = a.at_ns;
    }
}

static void heard_mx(struct dispatch *d)
{
    const struct mx *m = &d->mx;

    d->found = m->end;
    d->questions += m->questions;
    d->dns_bytes += m->bytes_out + m->bytes_in;
    d->dns_ns += m->ended_ns - m->started_ns;
    if (m->end == MX_NULL)
        d->code = 556; /* RFC 7505, 4.1 */
    if (m->end == MX_FOUND)
        begin_route(d, candidates_of(d));
    else if (m->end == MX_TEMPORARY)
        conclude(d, route_requeue(&d->config->route, d->started_ns, d->now_ns,
                                  WHY_DNS));
    else
        conclude(d, (struct route_act){.kind = ROUTE_BOUNCE, .why = WHY_DNS});
}

/* Does what the route says. True: something was done. */
static bool follow(struct dispatch *d)
{
    struct route_act a = route_next(&d->route, d->now_ns);
    struct dispatch_slot *slot = dispatch_free_slot(d);

    switch (a.kind) {
    case ROUTE_CONNECT:
        if (slot)
            dispatch_connect(d, slot, a.k);
        return slot;
    case ROUTE_LEAVE:
        dispatch_leave(d, dispatch_slot_of(d, a.k));
        return true;
    case ROUTE_USE:
        dispatch_use(d, dispatch_slot_of(d, a.k));
        return true;
    case ROUTE_WAIT:
        d->own_ns = a.at_ns;
        return false;
    case ROUTE_REQUEUE:
    case ROUTE_BOUNCE:
        conclude(d, a);
        return true;
    }
    return false;
}

static bool go_on(struct dispatch *d)
{
    if (d->end != DISPATCH_NOT_YET)
        return false;
    if (d->session.mail_count == 0) {
        dispatch_finish(d, false);
        return true;
    }
    switch (d->phase) {
    case DISPATCH_IDLE:
        if (d->own_ns > d->now_ns)
            return false;
        begin_attempt(d);
        return true;
    case DISPATCH_LOOKING:
        if (d->mx.end == MX_NOT_YET)
            return false;
        heard_mx(d);
        return true;
    case DISPATCH_ROUTING:
        return follow(d);
    }
    return false;
}

static void tell_slot(struct dispatch_slot *s, const struct told *t)
{
    struct told inner = *t;

    if (s->phase == SLOT_FREE)
        return;
    if (t->kind == TOLD_WAKE) {
        if (s->alarm_ns > t->now_ns)
            return;
        s->alarm_ns = NEVER_NS;
        machine_tell(&s->delivery.machine, t);
        return;
    }
    for (int i = 0; i < DISPATCH_STREAMS; i++)
        if (s->stream[i] == t->stream) {
            inner.stream = i;
            machine_tell(&s->delivery.machine, &inner);
        }
}

static void tell_mx(struct dispatch *d, const struct told *t)
{
    if (d->phase != DISPATCH_LOOKING ||
        (t->kind == TOLD_WAKE && d->mx_alarm_ns > t->now_ns))
        return;
    if (t->kind == TOLD_WAKE)
        d->mx_alarm_ns = NEVER_NS;
    machine_tell(&d->mx.machine, t);
}

static size_t dispatch_tell(struct machine *m, const struct told *t)
{
    struct dispatch *d = (struct dispatch *)m;

    d->now_ns = t->now_ns;
    if (t->kind == TOLD_START) {
        d->started_ns = t->now_ns;
        begin_attempt(d);
        return 0;
    }
    if (t->kind == TOLD_WAKE)
        d->alarm_ns = NEVER_NS;
    tell_mx(d, t);
    if (t->kind != TOLD_DATAGRAM)
        for (int i = 0; i < DISPATCH_SESSIONS; i++)
            tell_slot(&d->slot[i], t);
    return t->bytes.len;
}

static struct ask ask_mx(struct dispatch *d)
{
    struct ask a = {.kind = ASK_NOTHING};

    if (d->phase != DISPATCH_LOOKING)
        return a;
    a = machine_ask(&d->mx.machine);
    while (a.kind == ASK_WAKE) {
        d->mx_alarm_ns = a.at_ns;
        a = machine_ask(&d->mx.machine);
    }
    return a;
}

static struct ask ask_all(struct dispatch *d)
{
    struct ask a = ask_mx(d);

    for (int i = 0; i < DISPATCH_SESSIONS && a.kind == ASK_NOTHING; i++)
        if (d->slot[i].phase != SLOT_FREE)
            a = dispatch_ask_slot(d, &d->slot[i]);
    return a;
}

static struct ask alarm_clock(struct dispatch *d)
{
    int64_t first_ns = d->end == DISPATCH_NOT_YET ? d->own_ns : NEVER_NS;

    if (d->phase == DISPATCH_LOOKING && d->mx_alarm_ns < first_ns)
        first_ns = d->mx_alarm_ns;
    for (int i = 0; i < DISPATCH_SESSIONS; i++)
        if (d->slot[i].phase != SLOT_FREE && d->slot[i].alarm_ns < first_ns)
            first_ns = d->slot[i].alarm_ns;
    return ask_wake_at(&d->alarm_ns, first_ns);
}

static struct ask dispatch_ask(struct machine *m)
{
    struct dispatch *d = (struct dispatch *)m;
    bool moved;

    do {
        struct ask a = ask_all(d);

        if (a.kind != ASK_NOTHING)
            return a;
        moved = false;
        for (int i = 0; i < DISPATCH_SESSIONS; i++)
            moved |= dispatch_observe(d, &d->slot[i]);
        moved |= go_on(d);
    } while (moved);
    return alarm_clock(d);
}

void dispatch_release(struct dispatch *d)
{
    for (int i = 0; i < DISPATCH_SESSIONS; i++)
        if (d->slot[i].phase != SLOT_FREE)
            delivery_release(&d->slot[i].delivery);
}

void dispatch_init(struct dispatch *d, const struct dispatch_config *config)
{
    assert(config->session.mail_count > 0);
    assert(config->domain || config->candidate_count <= ROUTE_CANDIDATES);
    memset(d, 0, sizeof *d);
    d->machine = (struct machine){dispatch_tell, dispatch_ask};
    d->config = config;
    d->session = config->session;
    d->seed = config->seed;
    d->recipients = dispatch_count(config);
    d->started_ns = d->accepted_ns = d->closed_ns = d->next_ns = NEVER_NS;
    d->alarm_ns = d->own_ns = d->mx_alarm_ns = NEVER_NS;
}
