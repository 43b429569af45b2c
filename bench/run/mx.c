/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the machines of a topology, and sums up what they did. */
#include "bench/run/mx.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/cast.h"
#include "bench/run/mx_inner.h"
#include "sim/ns3.h"

enum { ADDRESS_ROOM = 300 };

static int make_texts(struct mx_play *p)
{
    struct span text = {NULL, p->part->message->body_bytes};

    p->text = malloc(text.len + 1);
    if (!p->text)
        return -1;
    cast_write_text(p->text, text.len);
    text.at = p->text;
    p->stuffed = malloc(wire_stuff(NULL, text));
    return p->stuffed ? 0 : -1;
}

static int make_mails(struct mx_play *p)
{
    const struct topology_message *m = p->part->message;
    size_t n = m->recipients;
    struct span text = {p->text, m->body_bytes};
    size_t stuffed = wire_stuff(p->stuffed, text);

    p->mail = calloc(m->messages, sizeof *p->mail);
    p->to = calloc(m->messages * n, sizeof *p->to);
    p->addresses = malloc(n * ADDRESS_ROOM);
    if (!p->mail || !p->to || !p->addresses)
        return -1;
    for (size_t i = 0; i < n; i++)
        snprintf(p->addresses + i * ADDRESS_ROOM, ADDRESS_ROOM, "user%zu@%s",
                 i + 1, m->domain);
    for (size_t i = 0; i < n * m->messages; i++)
        p->to[i].address = p->addresses + i % n * ADDRESS_ROOM;
    for (size_t i = 0; i < m->messages; i++)
        p->mail[i] = (struct mail){.from = "sender@client.example",
                                   .to = p->to + i * n,
                                   .recipients = n,
                                   .stuffed = {p->stuffed, stuffed},
                                   .plain = text};
    return 0;
}

/* By BDAT where the mode does so, or where it can and the file wants it. */
static struct manner manner_of(const struct mx_part *part)
{
    const struct mode *mode = mode_of(part->mode);
    bool bdat = part->topology->body_by == BY_BDAT ? mode->sends_by_bdat
                : part->topology->body_by == BY_DATA
                    ? !mode->sends_by_data
                    : mode->sends_by_bdat && !mode->sends_by_data;

    return (struct manner){part->mode, bdat};
}

static void make_sending(struct mx_play *p)
{
    const struct topology *t = p->part->topology;
    struct dispatch_config *c = &p->sending;

    c->session = t->session;
    c->session.manner = manner_of(p->part);
    c->session.mails = p->mail;
    c->session.mail_count = p->part->message->messages;
    c->route = t->route;
    c->route.policy = p->part->policy;
    c->route.need = p->part->message->need;
    c->domain = p->part->message->domain;
    c->tls = t->tls ? &t->tls->to : NULL;
    c->mx = &t->finding;
    c->checks = t->checks;
    c->check_count = t->hosts;
    c->memory = &p->memory;
    c->offers = &p->offers;
    c->attempts = t->attempts;
    c->seed = p->part->seed;
}

static void make_hosts(struct mx_play *p)
{
    const struct topology *t = p->part->topology;

    p->zone_config = t->zone;
    p->zone_config.seed = p->part->seed;
    zone_init(&p->zone, &p->zone_config);
    for (size_t i = 0; i < t->hosts; i++)
        p->door[i] = (struct mx_door){.play = p,
                                      .host = i,
                                      .guise.guises = t->host[i].guise,
                                      .guise.guise_count = t->host[i].guises,
                                      .guise.pooled = t->host[i].pooled};
}

/* What early pipelining and a policy that remembers would know from mail of
 * yesterday, or of the sessions before this one where hosts differ by them. */
static void remember(struct mx_play *p)
{
    const struct topology *t = p->part->topology;
    bool warm = t->offer == OFFER_WARM ||
                (t->offer == OFFER_AS_MODE && p->part->mode == MODE_EARLY);

    for (size_t i = 0; i < t->hosts && warm; i++)
        for (size_t k = 0; k < t->host[i].address_count; k++) {
            struct endpoint at = t->host[i].address[k];
            struct offer clear = t->host[i].server[0].offer;
            struct offer secure = t->host[i].secure[0].offer;
            bool tls = t->tls && t->tls->host[i].server;

            offer_remember(&p->offers, at, tls ? secure : clear, -1);
            offer_remember(&p->memory, at, clear, -1);
            if (tls)
                offer_remember_as(&p->memory, at, true, secure, -1);
        }
}

struct mx_play *mx_play_new(const struct mx_part *part)
{
    struct mx_play *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->part = part;
    if (make_texts(p) < 0 || make_mails(p) < 0) {
        mx_play_free(p);
        errno = ENOMEM;
        return NULL;
    }
    make_sending(p);
    make_hosts(p);
    remember(p);
    dispatch_init(&p->dispatch, &p->sending);
    return p;
}

void mx_play_free(struct mx_play *p)
{
    if (!p)
        return;
    free(p->text);
    free(p->stuffed);
    free(p->addresses);
    free(p->mail);
    free(p->to);
    free(p);
}

/* A session, within TLS where the host offers it to a client that would. */
struct seat {
    struct guise_session guise;
    struct tls_machine tls;
};

static const struct tls_machine_config *security_of(const struct mx_door *d)
{
    struct mx_tls *t = d->play->part->topology->tls;

    return t && t->host[d->host].server ? &t->host[d->host].config : NULL;
}

static struct seat *seat_of(const struct mx_door *d, struct machine *m)
{
    size_t at = security_of(d) ? offsetof(struct seat, tls)
                               : offsetof(struct seat, guise);

    return (struct seat *)(void *)((char *)m - at);
}

struct machine *mx_accept(void *door, struct endpoint client)
{
    struct mx_door *d = door;
    struct seat *s = malloc(sizeof *s);

    if (!s)
        return NULL;
    guise_init(&s->guise, &d->guise, client);
    if (!security_of(d))
        return &s->guise.machine;
    tls_machine_init(&s->tls, security_of(d), &s->guise.machine);
    return &s->tls.machine;
}

const struct server *mx_server_of(const struct mx_door *d, struct machine *m)
{
    return &seat_of(d, m)->guise.server;
}

void mx_gone(void *door, struct machine *m)
{
    struct mx_door *d = door;
    struct seat *s = seat_of(d, m);

    d->play->taken += s->guise.server.recipients;
    if (s->guise.server.recipients > 0)
        d->play->takers |= UINT32_C(1) << d->host;
    if (security_of(d))
        tls_machine_release(&s->tls);
    free(s);
}

struct machine *mx_accept_dns(void *play, struct endpoint client)
{
    struct zone_stream *s = malloc(sizeof *s);

    (void)client;
    if (!s)
        return NULL;
    zone_stream_init(s, &((struct mx_play *)play)->zone);
    return &s->machine;
}

void mx_gone_dns(void *play, struct machine *m)
{
    (void)play;
    free((struct zone_stream *)m);
}

static size_t host_at(const struct topology *t, struct endpoint at)
{
    for (size_t i = 0; i < t->hosts; i++)
        for (size_t k = 0; k < t->host[i].address_count; k++)
            if (endpoint_equal(t->host[i].address[k], at))
                return i;
    return SIZE_MAX;
}

void mx_note_step(struct mx_play *p, struct endpoint to, int64_t now_ns)
{
    size_t host = host_at(p->part->topology, to);

    if (host == SIZE_MAX)
        return; /* the resolver, by TCP */
    if (p->steps < MX_STEPS) {
        p->step[p->steps] = (uint8_t)host;
        p->step_ns[p->steps] = now_ns;
    }
    p->steps++;
}

static int64_t since(const struct dispatch *d, int64_t at_ns)
{
    return at_ns == NEVER_NS ? -1 : at_ns - d->started_ns;
}

void mx_sum_up(const struct mx_play *p, struct mx_tally *t)
{
    const struct dispatch *d = &p->dispatch;

    *t = (struct mx_tally){.done = true,
                           .end = d->end,
                           .why = d->why,
                           .found = d->found,
                           .code = d->code,
                           .recipients = d->recipients,
                           .accepted = d->accepted,
                           .deferred = d->deferred,
                           .bounced = d->bounced,
                           .taken = p->taken,
                           .takers = p->takers,
                           .attempts = d->attempts,
                           .questions = d->questions,
                           .hosts = d->hosts,
                           .connections = d->connections,
                           .turnarounds = d->turnarounds,
                           .longest_chain = d->longest_chain,
                           .bytes_out = d->bytes_out,
                           .bytes_in = d->bytes_in,
                           .dns_bytes = d->dns_bytes,
                           .used = d->used,
                           .worse = d->worse,
                           .mode_used = d->mode_used,
                           .bdat_used = d->bdat_used,
                           .dns_ns = d->dns_ns,
                           .accepted_ns = since(d, d->accepted_ns),
                           .closed_ns = since(d, d->closed_ns),
                           .steps = p->steps};
    memcpy(t->step, p->step, sizeof t->step);
    for (size_t i = 0; i < MX_STEPS && i < p->steps; i++)
        t->step_ns[i] = p->step_ns[i] - d->started_ns;
}

static void add_words(char *room, size_t size, const char *verb, uint32_t bits)
{
    size_t len = strlen(room);

    if (bits && len < size)
        snprintf(room + len, size - len, ", %s", verb);
    for (int i = 0; i < OFFER_COUNT; i++) {
        len = strlen(room);
        if (bits >> i & 1)
            snprintf(room + len, size - len, " %s", offer_name(i));
    }
}

void mx_message_text(const struct topology_message *m, char *room, size_t size)
{
    snprintf(room, size, "%zu message%s of %zu bytes to %zu at %s", m->messages,
             m->messages == 1 ? "" : "s", m->body_bytes, m->recipients,
             m->domain);
    add_words(room, size, "requires", m->need.required);
    add_words(room, size, "prefers", m->need.preferred);
    add_words(room, size, m->need.chase ? "chases" : "likes",
              m->need.performance);
}

static int check_road(const char *who, const struct topology_road *r,
                      char why[MX_WHY])
{
    const char *not = scenario_not_ideal(&r->up);

    if (!not )
        not = scenario_not_ideal(&r->down);
    if (!not )
        return 0;
    snprintf(why, MX_WHY,
             "%s: the ideal world knows delay and rate alone, not %s: use "
             "--world kernel",
             who, not );
    return -1;
}

int mx_check(const struct topology *t, enum world world, char why[MX_WHY])
{
    if (world == WORLD_NS3)
        return ns3_load(why);
    if (world != WORLD_IDEAL)
        return 0;
    for (size_t i = 0; i < t->hosts; i++)
        if (check_road(t->host[i].name, &t->host[i].road, why) < 0)
            return -1;
    return check_road("dns", &t->dns_road, why);
}

struct level { /* the hosts of a preference */
    size_t m, j;
    bool wanted; /* is anything of them */
};

/* What a host's EHLO offers in the end, through TLS where both would. */
static uint32_t offered(const struct topology *t, const struct topology_host *h)
{
    bool secure = t->tls && h->server[0].can_secure;

    return secure ? h->secure[0].offer.has
           : h->server[0].can_secure
               ? h->server[0].offer.has & ~(uint32_t)OFFER_REQUIRETLS
               : h->server[0].offer.has;
}

/* TLS is demanded, and not to be had there. */
static bool shuts_out(const struct topology *t, const struct topology_host *h)
{
    return t->tls && !t->session.opportunistic && !h->server[0].can_secure;
}

/* Of the hosts that a domain's MX records name, by preference: how many there
 * are, and how many have all that is wanted. False: the formula knows nothing
 * of such hosts. */
static bool count_level(const struct mx_part *p, uint32_t preference,
                        struct level *l)
{
    const struct topology *t = p->topology;
    uint32_t wants =
        route_wants(&(struct route_config){.need = p->message->need});

    l->wanted = wants != 0;
    for (size_t i = 0; i < t->zone.record_count; i++) {
        const struct dns_record *r = &t->record[i];
        const struct topology_host *h;

        if (r->type != DNS_MX || r->preference != preference ||
            !span_is(span_of(r->owner), p->message->domain))
            continue;
        h = topology_host_named(t, r->target);
        if (!h || h->state != HOST_UP || h->guises > 1 ||
            h->address_count != 1 || h->server[0].refusal ||
            h->verdict[0].reply || shuts_out(t, h))
            return false;
        l->m++;
        l->j += (wants & ~offered(t, h)) == 0;
    }
    return true;
}

static uint32_t next_preference(const struct mx_part *p, uint32_t from)
{
    uint32_t least = UINT32_MAX;

    for (size_t i = 0; i < p->topology->zone.record_count; i++) {
        const struct dns_record *r = &p->topology->record[i];

        if (r->type == DNS_MX && r->preference >= from &&
            r->preference < least &&
            span_is(span_of(r->owner), p->message->domain))
            least = r->preference;
    }
    return least;
}

static double search(const struct level *l)
{
    return l->j > 0 ? (double)(l->m + 1) / (double)(l->j + 1) : (double)l->m;
}

double mx_hosts_expected(const struct mx_part *p)
{
    const struct policy *policy = policy_of(p->policy);
    uint32_t preference = next_preference(p, 0);
    struct level l = {0};
    double hosts;

    if (preference == UINT32_MAX || !count_level(p, preference, &l) ||
        p->topology->route.enforce || p->topology->route.own ||
        p->topology->zone.fault_count > 0 ||
        policy->flags & (POLICY_REQUEUE | POLICY_REMEMBER))
        return NAN;
    if (policy->flags & POLICY_PARALLEL)
        return l.m > DISPATCH_SESSIONS ? NAN : l.wanted ? (double)l.m : 1;
    if (policy->search == SEARCH_NOBODY || l.j == l.m)
        return 1;
    hosts = search(&l);
    while (policy->search == SEARCH_ALL && l.j == 0 &&
           (preference = next_preference(p, preference + 1)) < UINT32_MAX) {
        l = (struct level){0};
        if (!count_level(p, preference, &l))
            return NAN;
        hosts += search(&l);
    }
    return hosts;
}
