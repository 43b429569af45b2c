/* SPDX-License-Identifier: BSD-2-Clause */
/* A topology from its file, checked. */
#include "bench/run/topology.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/mx_tls.h"
#include "bench/run/topology_read.h"
#include "netem/spec.h"
#include "netem/value.h"
#include "smtp/wire.h"

/* clang-format off */
static const char *const families[] = {"either", "4", "6"};
static const char *const bodies[] = {"mode", "data", "bdat"};
static const char *const offerings[] = {"mode", "cold", "warm"};
static const char *const securities[] = {"no", "opportunistic", "required"};
#define X(name, word) word,
static const char *const faults[] = {ZONE_FAULTS(X)};
#undef X
#define X(name, number) #name,
static const char *const types[] = {DNS_TYPES(X)};
#undef X
#define X(name, number) number,
static const unsigned type_numbers[] = {DNS_TYPES(X)};
#undef X
/* clang-format on */

static int read_mx(const struct reader *r, const struct written_domain *d,
                   unsigned i)
{
    const struct written_mx *m = &d->mx[i];
    int64_t preference = 0, ttl = 300;
    bool null = strcmp(m->host, ".") == 0;

    if (read_count(r, "preference", m->preference, 0, 65535, &preference) < 0 ||
        read_count(r, "ttl", m->ttl, 0, INT32_MAX, &ttl) < 0)
        return -1;
    if (!null && !topology_host_named(r->t, m->host))
        return read_refuse(r, "host", m->host, "which is none of the hosts");
    for (unsigned k = 0; k < i; k++)
        if (span_is(span_of(d->mx[k].host), m->host))
            return read_refuse(r, "host", m->host,
                               "which this domain has with another preference "
                               "already, or the same");
    return read_record(r,
                       (struct dns_record){.owner = d->name,
                                           .type = DNS_MX,
                                           .ttl_s = (uint32_t)ttl,
                                           .preference = (uint16_t)preference,
                                           .target = null ? "" : m->host});
}

static int read_domain(struct reader *r, const struct written_domain *d)
{
    if (read_name(r, "name", d->name) < 0 ||
        read_name(r, "alias", d->alias) < 0)
        return -1;
    if (d->alias && d->mx_count > 0)
        return read_refuse(r, "alias", d->alias,
                           "beside mx: an alias has no other records (RFC "
                           "1034, 3.6.2)");
    for (unsigned i = 0; i < d->mx_count; i++) {
        size_t back = read_enter(r, ".mx[%u]", i);

        if (read_mx(r, d, i) < 0)
            return -1;
        read_return(r, back);
    }
    if (!d->alias)
        return 0;
    return read_record(r, (struct dns_record){.owner = d->name,
                                              .type = DNS_CNAME,
                                              .ttl_s = 300,
                                              .target = d->alias});
}

static int read_domains(struct reader *r)
{
    const struct written *w = r->t->written;

    if (w->domains_count == 0) {
        read_return(r, 0);
        return read_refuse(r, "domains", NULL, "there must be one at least");
    }
    for (unsigned i = 0; i < w->domains_count; i++) {
        read_return(r, 0);
        read_enter(r, "domains[%u]", i);
        for (unsigned k = 0; k < i; k++)
            if (span_is(span_of(w->domains[k].name), w->domains[i].name))
                return read_refuse(r, "name", w->domains[i].name,
                                   "which is there already");
        if (read_domain(r, &w->domains[i]) < 0)
            return -1;
    }
    return 0;
}

static int read_fault(const struct reader *r, const struct written_fault *w)
{
    struct topology *t = r->t;
    struct zone_fault *f = &t->fault[t->zone.fault_count++];
    int kind = 0, type = -1;
    int64_t times = 0;

    f->name = w->name;
    if (read_name(r, "name", w->name) < 0 ||
        CHOICE(r, "fault", w->fault, faults, &kind) < 0 ||
        CHOICE(r, "type", w->type, types, &type) < 0 ||
        read_count(r, "times", w->times, 0, 1000000, &times) < 0)
        return -1;
    f->kind = (enum zone_fault_kind)kind;
    f->type = type < 0 ? 0 : type_numbers[type];
    f->times = (size_t)times;
    return 0;
}

static int read_loss(const struct reader *r, const char *text)
{
    double percent = 0;

    if (text && value_percent(text, strlen(text), &percent))
        return read_refuse(r, "loss", text, NULL);
    r->t->zone.loss_ppm = (uint32_t)(percent * 10000 + 0.5);
    return 0;
}

static int read_dns(struct reader *r)
{
    static const struct written_dns none;
    struct topology *t = r->t;
    const struct written_dns *w = t->written->dns ? t->written->dns : &none;
    bool additional = true;
    int64_t udp = DNS_MODERN;

    read_return(r, 0);
    read_enter(r, "dns");
    if (read_address(r, "address", w->address, &t->dns_at) < 0 ||
        read_road(r, w->rtt, w->uplink, w->downlink, &t->dns_road) < 0 ||
        read_time(r, "delay", w->delay, &t->zone.delay_ns) < 0 ||
        read_loss(r, w->loss) < 0 ||
        read_switch(r, "additional", w->additional, &additional) < 0 ||
        read_count(r, "udp", w->udp, DNS_PLAIN, 4096, &udp) < 0)
        return -1;
    t->zone.bare = !additional;
    t->zone.udp_octets = t->asking.udp_octets = (uint16_t)udp;
    if (w->faults_count > ZONE_FAULTS_MAX)
        return read_refuse(r, "faults", NULL, "more than 32 of them");
    for (unsigned i = 0; i < w->faults_count; i++) {
        read_return(r, 0);
        read_enter(r, "dns.faults[%u]", i);
        if (read_fault(r, &w->faults[i]) < 0)
            return -1;
    }
    return 0;
}

bool topology_mode(enum mode_id m)
{
    return m < MODE_COUNT && !mode_of(m)->qmtp;
}

static int read_modes(const struct reader *r, const struct texts *list)
{
    struct topology *t = r->t;

    for (unsigned i = 0; i < list->count; i++) {
        enum mode_id m = mode_named(list->at[i]);

        if (!topology_mode(m) || t->modes == MODE_COUNT)
            return read_refuse(r, "mode", list->at[i], NULL);
        t->mode[t->modes++] = m;
    }
    if (t->modes == 0)
        t->mode[t->modes++] = MODE_PIPELINING;
    return 0;
}

static int read_policies(const struct reader *r, const struct texts *list)
{
    struct topology *t = r->t;

    for (unsigned i = 0; i < list->count; i++) {
        enum policy_id p = policy_named(list->at[i]);

        if (p == POLICY_COUNT || t->policies == POLICY_COUNT)
            return read_refuse(r, "policy", list->at[i], NULL);
        t->policy[t->policies++] = p;
    }
    for (int i = 0; list->count == 0 && i < POLICY_COUNT; i++)
        t->policy[t->policies++] = (enum policy_id)i;
    return 0;
}

static int read_patience(const struct reader *r, const struct written_client *w)
{
    struct topology *t = r->t;
    int64_t timeout_ns = 0, attempts = 0, most = 0, rounds = 2;

    if (read_time(r, "patience", w->patience, &t->route.patience_ns) < 0 ||
        read_time(r, "retry", w->retry, &t->route.retry_ns) < 0 ||
        read_time(r, "fallback", w->fallback, &t->route.fallback_ns) < 0 ||
        read_time(r, "bounce", w->bounce, &t->route.bounce_ns) < 0 ||
        read_time(r, "timeout", w->timeout, &timeout_ns) < 0 ||
        read_time(r, "connect-timeout", w->connect_timeout,
                  &t->patience.connect_ns) < 0 ||
        read_time(r, "dns-timeout", w->dns_timeout, &t->asking.timeout_ns) <
            0 ||
        read_count(r, "dns-rounds", w->dns_rounds, 1, 10, &rounds) < 0 ||
        read_count(r, "attempts", w->attempts, 0, 1000, &attempts) < 0 ||
        read_count(r, "addresses", w->addresses, 0, ROUTE_CANDIDATES, &most) <
            0)
        return -1;
    for (int i = 0; i < STEP_END && timeout_ns > 0; i++)
        t->patience.reply_ns[i] = timeout_ns;
    t->attempts = (size_t)attempts;
    t->route.most = (size_t)most;
    t->asking.rounds = (int)rounds;
    if (t->route.retry_ns <= 0)
        return read_refuse(r, "retry", w->retry, "which must be above 0");
    if (t->route.fallback_ns > t->route.bounce_ns)
        return read_refuse(r, "fallback", w->fallback,
                           "which must not be beyond bounce (RFC 5321, 2.2.3)");
    return 0;
}

static int read_client(struct reader *r)
{
    static const struct written_client none;
    struct topology *t = r->t;
    const struct written_client *w =
        t->written->client ? t->written->client : &none;
    int body = 0, offer = 0, family = 0, tls = 0;

    read_return(r, 0);
    read_enter(r, "client");
    if (read_name(r, "name", w->name) < 0 || read_name(r, "own-name", w->own) ||
        CHOICE(r, "body-by", w->body_by, bodies, &body) < 0 ||
        CHOICE(r, "offer", w->offer, offerings, &offer) < 0 ||
        CHOICE(r, "family", w->family, families, &family) < 0 ||
        CHOICE(r, "tls", w->tls, securities, &tls) < 0 ||
        read_switch(r, "enforce", w->enforce, &t->route.enforce) < 0 ||
        read_patience(r, w) < 0 || read_modes(r, &w->mode) < 0 ||
        read_policies(r, &w->policy) < 0)
        return -1;
    t->session.name = w->name ? w->name : "client.example";
    t->route.own = w->own;
    t->session.tls = tls > 0 ? SECURITY_STARTTLS : SECURITY_NONE;
    t->session.opportunistic = tls == 1;
    t->body_by = (enum body_way)body;
    t->offer = offer;
    t->finding.family = family;
    return 0;
}

static bool is_domain(const struct written *w, const char *name)
{
    for (unsigned i = 0; i < w->domains_count; i++)
        if (span_is(span_of(w->domains[i].name), name))
            return true;
    return false;
}

static int read_message(struct reader *r, const struct written_message *w)
{
    struct topology *t = r->t;
    struct topology_message *m = &t->message[t->message_count++];
    int64_t messages = 1, recipients = 1, body = 1000;

    m->domain = w->domain ? w->domain : t->written->domains[0].name;
    if (!is_domain(t->written, m->domain) && !topology_host_named(t, m->domain))
        return read_refuse(r, "domain", w->domain, NULL);
    if (read_count(r, "messages", w->messages, 1, TOPOLOGY_MOST, &messages) <
            0 ||
        read_count(r, "recipients", w->recipients, 1, TOPOLOGY_MOST,
                   &recipients) < 0 ||
        read_count(r, "body", w->body, 2, 100000000, &body) < 0 ||
        read_bits(r, "required", &w->required, read_offer_bit,
                  &m->need.required) < 0 ||
        read_bits(r, "preferred", &w->preferred, read_offer_bit,
                  &m->need.preferred) < 0 ||
        read_bits(r, "performance", &w->performance, read_offer_bit,
                  &m->need.performance) < 0 ||
        read_switch(r, "chase", w->chase, &m->need.chase) < 0)
        return -1;
    m->messages = (size_t)messages;
    m->recipients = (size_t)recipients;
    m->body_bytes = (size_t)body;
    return 0;
}

static int read_messages(struct reader *r)
{
    static const struct written_message plain;
    const struct written *w = r->t->written;

    if (w->messages_count > TOPOLOGY_MESSAGES)
        return read_refuse(r, "messages", NULL, "more than 16 entries");
    for (unsigned i = 0; i < w->messages_count; i++) {
        read_return(r, 0);
        read_enter(r, "messages[%u]", i);
        if (read_message(r, &w->messages[i]) < 0)
            return -1;
    }
    return w->messages_count > 0 ? 0 : read_message(r, &plain);
}

static int read_rest(struct reader *r)
{
    struct topology *t = r->t;
    int64_t seed = 1, repeat = 1;

    read_return(r, 0);
    if (read_count(r, "seed", t->written->seed, 0, INT64_MAX, &seed) < 0 ||
        read_count(r, "repeat", t->written->repeat, 1, 100000, &repeat) < 0)
        return -1;
    t->seed = (uint64_t)seed;
    t->repeat = (size_t)repeat;
    t->name = t->written->name ? t->written->name : t->text.file;
    t->what = t->written->what ? t->written->what : "";
    return 0;
}

static void defaults(struct topology *t)
{
    route_defaults(&t->route);
    t->patience = client_patience;
    t->session.patience = &t->patience;
    lookup_defaults(&t->asking);
    t->dns_at = (struct endpoint){{192, 0, 2, 253}, 4, DNS_PORT};
    t->asking.servers = &t->dns_at;
    t->asking.server_count = 1;
    t->finding.dns = &t->asking;
    t->zone.records = t->record;
    t->zone.faults = t->fault;
}

static int fill(struct topology *t, char why[YAMLFILE_WHY])
{
    struct reader r = {.t = t, .why = why};
    void *written;

    defaults(t);
    if (yamlfile_load(&t->text, &topology_schema, topology_accepts, &written,
                      why) < 0)
        return -1;
    t->written = written;
    if (read_dns(&r) < 0 || read_hosts(&r) < 0 || read_domains(&r) < 0 ||
        read_client(&r) < 0 || read_messages(&r) < 0)
        return -1;
    return read_rest(&r);
}

static int secure(struct topology *t, char why[YAMLFILE_WHY])
{
    if (t->session.tls == SECURITY_NONE)
        return 0;
    t->tls = mx_tls_new(t, why);
    return t->tls ? 0 : -1;
}

static struct topology *make(struct yamlfile text, char why[YAMLFILE_WHY])
{
    struct topology *t = calloc(1, sizeof *t);

    if (!t) {
        snprintf(why, YAMLFILE_WHY, "%s", strerror(errno));
        yamlfile_release(&text);
        return NULL;
    }
    t->text = text;
    if (fill(t, why) == 0 && secure(t, why) == 0)
        return t;
    topology_free(t);
    return NULL;
}

struct topology *topology_load(const char *file, char why[YAMLFILE_WHY])
{
    struct yamlfile text;

    return yamlfile_read(&text, file, why) < 0 ? NULL : make(text, why);
}

struct topology *topology_parse(const char *name, const char *text,
                                char why[YAMLFILE_WHY])
{
    struct yamlfile copy = {name, strdup(text), strlen(text)};

    if (copy.text)
        return make(copy, why);
    snprintf(why, YAMLFILE_WHY, "%s", strerror(errno));
    return NULL;
}

void topology_free(struct topology *t)
{
    if (!t)
        return;
    for (size_t i = 0; t->host && t->written && i < t->written->hosts_count;
         i++) {
        spec_release(&t->host[i].road.up);
        spec_release(&t->host[i].road.down);
    }
    spec_release(&t->dns_road.up);
    spec_release(&t->dns_road.down);
    free(t->host);
    mx_tls_free(t->tls);
    yamlfile_free(&topology_schema, t->written);
    yamlfile_release(&t->text);
    free(t);
}
