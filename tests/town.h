/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain, foo.example, with hosts and their roads, a resolver that knows
 * them, and a dispatch of mail to it, in the ideal world. */
#ifndef TESTS_TOWN_H
#define TESTS_TOWN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/ideal.h"
#include "smtp/dispatch.h"
#include "smtp/guise.h"
#include "smtp/zone.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define RTT (100 * MS)
#define OFFERED                                                                \
    (OFFER_PIPELINING | OFFER_CHUNKING | OFFER_PIPECONNECT | OFFER_8BITMIME)

enum { TOWN_HOSTS = 12, TOWN_RECORDS = 64, TOWN_SESSIONS = 4096 };

struct town {
    /* To be changed at will before town_run(). */
    struct dispatch_config sending;
    struct lookup_config asking;
    struct mx_config finding;
    struct zone_config zone;
    struct dns_record records[TOWN_RECORDS];
    struct mail mails[3];
    struct recipient to[6];
    size_t hosts;
    struct town_host {
        char name[40];
        struct server_config server, later;
        struct guise guises[2];
        struct guise_host guise;
        bool refuses, silent;
        int64_t rtt_ns;
        struct endpoint at;
        struct town *town;
        size_t index;
    } host[TOWN_HOSTS];

    /* What came of it. */
    struct dispatch d;
    struct zone dns;
    int64_t end_ns;
    size_t taken;   /* recipients, by all servers */
    char path[400]; /* hosts that were connected to, as they accepted */

    struct guise_session *session[TOWN_SESSIONS];
    size_t sessions;
    struct zone_stream *stream[64];
    size_t streams;
};

static const struct endpoint town_dns_at = {{192, 0, 2, 253}, 4, DNS_PORT};

static inline void town_mails(struct town *t)
{
    static const char text[] = "Subject: hello\r\n\r\nHi.\r\n";

    for (int i = 0; i < 6; i++)
        t->to[i] = (struct recipient){.address = "user@foo.example"};
    for (int i = 0; i < 3; i++)
        t->mails[i] = (struct mail){.from = "me@client.example",
                                    .to = &t->to[2 * i],
                                    .recipients = 2,
                                    .stuffed = span_of("Hi.\r\n.\r\n"),
                                    .plain = span_of(text)};
    t->sending.session.mails = t->mails;
    t->sending.session.mail_count = 1;
    t->mails[0].recipients = 1;
}

/* Pipelining; one message to one recipient; nobody lives there yet. */
static inline struct town *town_new(void)
{
    struct town *t = calloc(1, sizeof *t);

    lookup_defaults(&t->asking);
    t->asking.servers = &town_dns_at;
    t->asking.server_count = 1;
    t->finding.dns = &t->asking;
    t->sending.domain = "foo.example";
    t->sending.mx = &t->finding;
    route_defaults(&t->sending.route);
    t->sending.session.manner = (struct manner){MODE_PIPELINING, false};
    t->sending.session.name = "client.example";
    client_default_timeouts(&t->sending.session);
    t->zone.records = t->records;
    town_mails(t);
    return t;
}

static inline void town_record(struct town *t, struct dns_record r)
{
    ck_assert_int_lt(t->zone.record_count, TOWN_RECORDS);
    r.ttl_s = 300;
    t->records[t->zone.record_count++] = r;
}

/* A host without an MX record. */
static inline struct town_host *town_stranger(struct town *t, const char *name,
                                              uint32_t has)
{
    struct town_host *h = &t->host[t->hosts];
    struct dns_record a = {.type = DNS_A, .ip = {192, 0, 2}};

    ck_assert_int_lt(t->hosts, TOWN_HOSTS);
    a.ip[3] = (uint8_t)(t->hosts + 1);
    snprintf(h->name, sizeof h->name, "%s.foo.example", name);
    a.owner = h->name;
    town_record(t, a);
    h->at = (struct endpoint){{192, 0, 2, a.ip[3]}, 4, 25};
    h->rtt_ns = RTT;
    h->town = t;
    h->index = t->hosts++;
    server_defaults(&h->server, h->name);
    h->server.offer.has = has;
    h->later = h->server;
    h->guises[0] = (struct guise){.config = &h->server, .for_ns = NEVER_NS};
    h->guises[1] = (struct guise){.config = &h->later, .for_ns = NEVER_NS};
    h->guise.guises = h->guises;
    h->guise.guise_count = 1;
    return h;
}

static inline struct town_host *town_host(struct town *t, const char *name,
                                          uint16_t preference, uint32_t has)
{
    struct town_host *h = town_stranger(t, name, has);

    town_record(t, (struct dns_record){.owner = "foo.example",
                                       .type = DNS_MX,
                                       .preference = preference,
                                       .target = h->name});
    return h;
}

static inline struct machine *town_accept(void *arg, struct endpoint client)
{
    struct town_host *h = arg;
    struct town *t = h->town;
    size_t len = strlen(t->path);
    struct guise_session *s;

    snprintf(t->path + len, sizeof t->path - len, "%s%.*s", len ? " " : "",
             (int)strcspn(h->name, "."), h->name);
    if (h->refuses)
        return NULL;
    ck_assert_int_lt(t->sessions, TOWN_SESSIONS);
    s = t->session[t->sessions++] = malloc(sizeof *s);
    guise_init(s, &h->guise, client);
    return &s->machine;
}

static inline struct machine *town_dns(void *arg, struct endpoint client)
{
    struct town *t = arg;

    (void)client;
    ck_assert_int_lt(t->streams, 64);
    zone_stream_init(t->stream[t->streams] = malloc(sizeof *t->stream[0]),
                     &t->dns);
    return &t->stream[t->streams++]->machine;
}

static inline void town_clean(struct town *t)
{
    while (t->sessions > 0) {
        t->taken += t->session[--t->sessions]->server.recipients;
        free(t->session[t->sessions]);
    }
    while (t->streams > 0)
        free(t->stream[--t->streams]);
}

/* Runs the dispatch to its end. May be called again: hosts keep what they
 * know of the client, and the client what its memories hold. */
static inline void town_run(struct town *t)
{
    struct ideal_host hosts[TOWN_HOSTS + 1];
    const struct ideal_config world = {hosts, t->hosts + 1, 0, NEVER_NS};
    const struct ideal_road road = {RTT / 2, 0};

    t->taken = 0;
    t->path[0] = '\0';
    for (size_t i = 0; i < t->hosts; i++) {
        struct ideal_road r = {t->host[i].rtt_ns / 2, 0};

        hosts[i] = (struct ideal_host){.at = t->host[i].at,
                                       .up = r,
                                       .down = r,
                                       .accept = town_accept,
                                       .arg = &t->host[i],
                                       .silent = t->host[i].silent};
    }
    hosts[t->hosts] = (struct ideal_host){.at = town_dns_at,
                                          .up = road,
                                          .down = road,
                                          .accept = town_dns,
                                          .datagrams = &t->dns.machine,
                                          .arg = t};
    zone_init(&t->dns, &t->zone);
    dispatch_init(&t->d, &t->sending);
    t->end_ns = ideal_run(&world, &t->d.machine);
    ck_assert_int_ge(t->end_ns, 0);
    town_clean(t);
    ck_assert_int_ne(t->d.end, DISPATCH_NOT_YET);
    ck_assert_int_eq(t->d.accepted + t->d.deferred + t->d.bounced,
                     t->d.recipients);
    ck_assert_int_ge(t->taken, t->d.accepted);
    for (int i = 0; i < DISPATCH_SESSIONS; i++)
        ck_assert_int_eq(t->d.slot[i].phase, SLOT_FREE);
}

/* The same mail once more. */
static inline void town_again(struct town *t)
{
    for (size_t i = 0; i < t->sending.session.mail_count; i++)
        mail_retry(&t->mails[i]);
    town_run(t);
}

static inline void town_end(struct town *t, enum dispatch_end end)
{
    ck_assert_msg(t->d.end == end, "%s (%s, %s, %d), should be %s; %s",
                  dispatch_end_name(t->d.end), route_why_text(t->d.why),
                  mx_end_name(t->d.found), t->d.code, dispatch_end_name(end),
                  t->path);
}

#endif
