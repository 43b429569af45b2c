/* SPDX-License-Identifier: BSD-2-Clause */
/* From a domain to hosts with addresses. */
#include "smtp/mx.h"

#include <string.h>

#include "smtp/alarm.h"
#include "smtp/offer.h"
#include "smtp/seed.h"

/* clang-format off */
#define X(name, text) text,
static const char *const ends[] = {MX_ENDS(X)};
#undef X
/* clang-format on */

const char *mx_end_name(enum mx_end e)
{
    return ends[e];
}

static bool wants(const struct mx *m, unsigned type)
{
    return m->config->family == MX_EITHER ||
           (m->config->family == MX_IP4_ONLY) == (type == DNS_A);
}

static struct mx_slot *begin(struct mx *m, size_t host, const char *name,
                             enum dns_type type)
{
    struct mx_slot *s = m->slot;

    while (s->busy)
        s++;
    s->busy = true;
    s->host = host;
    s->alarm_ns = NEVER_NS;
    m->lookups++;
    lookup_init(&s->lookup, m->config->dns, name, type, seed_next(&m->seed),
                m->next_stream);
    machine_tell(&s->lookup.machine,
                 &(struct told){.kind = TOLD_START, .now_ns = m->now_ns});
    return s;
}

/* Puts a host in its place, unless a better one has its name. Where all places
 * are taken the worst host goes. */
static void add_host(struct mx *m, const char *name, uint16_t preference)
{
    size_t at = 0;

    for (size_t i = 0; i < m->host_count; i++)
        if (strcmp(m->host[i].name, name) == 0) {
            if (m->host[i].preference <= preference)
                return;
            m->host_count--;
            memmove(&m->host[i], &m->host[i + 1],
                    (m->host_count - i) * sizeof m->host[0]);
            break;
        }
    while (at < m->host_count && m->host[at].preference <= preference)
        at++;
    if (m->host_count == MX_HOSTS) {
        m->hosts_left_out++;
        if (at == MX_HOSTS)
            return;
        m->host_count--;
    }
    memmove(&m->host[at + 1], &m->host[at],
            (m->host_count - at) * sizeof m->host[0]);
    m->host_count++;
    m->host[at] = (struct mx_host){.preference = preference};
    dns_name_copy(m->host[at].name, name);
}

static struct endpoint endpoint_of(const struct mx *m,
                                   const struct dns_record *r)
{
    struct endpoint e = {.family = r->type == DNS_A ? 4 : 6,
                         .port = m->config->port ? m->config->port : 25};

    memcpy(e.ip, r->ip, sizeof e.ip);
    return e;
}

/* IPv6 goes before IPv4 (RFC 6724); within a family the order is kept. */
static void add_address(struct mx *m, struct mx_host *h,
                        const struct dns_record *r)
{
    struct endpoint e = endpoint_of(m, r);
    size_t at = h->address_count;

    for (size_t i = 0; i < h->address_count; i++)
        if (endpoint_equal(h->address[i], e))
            return;
    if (at == MX_ADDRESSES || !wants(m, r->type))
        return;
    while (at > 0 && e.family == 6 && h->address[at - 1].family == 4)
        at--;
    memmove(&h->address[at + 1], &h->address[at],
            (h->address_count - at) * sizeof h->address[0]);
    h->address[at] = e;
    h->address_count++;
    h->end = LOOKUP_FOUND;
}

static bool is_address(const struct dns_record *r, const char *owner)
{
    return (r->type == DNS_A || r->type == DNS_AAAA) &&
           strcmp(r->owner, owner) == 0;
}

/* What came beside the exchangers. */
static void add_additional(struct mx *m, const struct dns_message *a)
{
    for (size_t h = 0; h < m->host_count; h++)
        for (size_t i = 0; i < a->answers + a->additional; i++)
            if (is_address(&a->record[i], m->host[h].name))
                add_address(m, &m->host[h], &a->record[i]);
}

static void finish(struct mx *m, enum mx_end end)
{
    m->end = end;
    m->ended_ns = m->now_ns;
}

/* A host that has a name only. */
static bool lacks_addresses(const struct mx_host *h)
{
    return h->address_count == 0 && h->end == LOOKUP_NOT_YET;
}

/* Asks for addresses that are not known, as many at a time as there are
 * places. */
static void ask_more(struct mx *m, size_t busy)
{
    while (busy < MX_LOOKUPS && m->next_host < m->host_count) {
        unsigned type = m->next_is_ip4 ? DNS_A : DNS_AAAA;
        struct mx_host *h = &m->host[m->next_host];

        /* Whether it is to be asked about was settled by the first type. */
        if (m->next_is_ip4 || lacks_addresses(h)) {
            if (wants(m, type)) {
                begin(m, m->next_host, h->name, (enum dns_type)type);
                busy++;
            }
            m->next_host += m->next_is_ip4;
            m->next_is_ip4 = !m->next_is_ip4;
        } else {
            m->next_host++;
        }
    }
}

/* RFC 5321, 5.1: where there are exchangers but none that can be used, that is
 * an error, and a temporary one where asking again may help. */
static void conclude(struct mx *m)
{
    bool usable = false, temporary = false;

    for (size_t i = 0; i < m->host_count; i++) {
        usable |= m->host[i].address_count > 0;
        temporary |= lookup_is_temporary(m->host[i].end);
    }
    finish(m, usable ? MX_FOUND : temporary ? MX_TEMPORARY : MX_NO_HOST);
}

static bool is_null(const struct dns_record *r)
{
    return r->target[0] == '\0';
}

/* Records whose host is the root stand for "no mail" where they stand alone;
 * beside others they contradict them (RFC 7505, 3), and are left out. */
static void heard_exchangers(struct mx *m, const struct lookup *l)
{
    const struct dns_message *a = &l->answer;
    size_t nulls = 0;

    for (size_t i = 0; i < a->answers; i++) {
        const struct dns_record *r = &a->record[i];

        if (r->type != DNS_MX || strcmp(r->owner, l->name) != 0)
            continue;
        nulls += is_null(r);
        if (!is_null(r))
            add_host(m, r->target, r->preference);
    }
    if (m->host_count == 0)
        finish(m, nulls > 0 ? MX_NULL : MX_NO_HOST);
    else
        add_additional(m, a);
}

/* Only a domain without any MX is its own exchanger: RFC 5321, 5.1. */
static void heard_mx(struct mx *m, const struct lookup *l)
{
    switch (l->end) {
    case LOOKUP_FOUND:
        heard_exchangers(m, l);
        break;
    case LOOKUP_NO_DATA:
        m->implicit = true;
        add_host(m, l->name, 0);
        break;
    case LOOKUP_NO_NAME:
        finish(m, MX_NO_DOMAIN);
        break;
    case LOOKUP_LOOP:
        finish(m, MX_LOOP);
        break;
    default:
        finish(m, MX_TEMPORARY);
        break;
    }
}

/* One family may be found where the other is not; what may yet be found counts
 * for more than what is not there. */
static void heard_addresses(struct mx *m, struct mx_host *h,
                            const struct lookup *l)
{
    for (size_t i = 0; l->end == LOOKUP_FOUND && i < l->answer.answers; i++)
        if (is_address(&l->answer.record[i], l->name))
            add_address(m, h, &l->answer.record[i]);
    if (h->address_count == 0 && !lookup_is_temporary(h->end))
        h->end = l->end;
}

static void heard(struct mx *m, struct mx_slot *s)
{
    const struct lookup *l = &s->lookup;

    m->questions += l->questions;
    m->streams += l->streams;
    m->bytes_out += l->bytes_out;
    m->bytes_in += l->bytes_in;
    s->busy = false;
    if (s->host == MX_HOSTS)
        heard_mx(m, l);
    else
        heard_addresses(m, &m->host[s->host], l);
}

/* Goes on from what the lookups have found. */
static void go_on(struct mx *m)
{
    size_t busy = 0;

    for (int i = 0; i < MX_LOOKUPS; i++)
        busy += m->slot[i].busy;
    if (m->end != MX_NOT_YET || m->host_count == 0)
        return;
    ask_more(m, busy);
    for (int i = 0; i < MX_LOOKUPS; i++)
        if (m->slot[i].busy)
            return;
    conclude(m);
}

static size_t mx_tell(struct machine *machine, const struct told *t)
{
    struct mx *m = (struct mx *)machine;

    m->now_ns = t->now_ns;
    if (t->kind == TOLD_START) {
        m->started_ns = t->now_ns;
        begin(m, MX_HOSTS, m->domain, DNS_MX);
        return 0;
    }
    if (t->kind == TOLD_WAKE)
        m->alarm_ns = NEVER_NS;
    for (int i = 0; i < MX_LOOKUPS; i++) {
        struct mx_slot *s = &m->slot[i];

        if (!s->busy || (t->kind == TOLD_WAKE && s->alarm_ns > t->now_ns))
            continue;
        if (t->kind == TOLD_WAKE)
            s->alarm_ns = NEVER_NS;
        machine_tell(&s->lookup.machine, t);
    }
    return t->bytes.len;
}

/* What a lookup asks for, but for its alarm, which is one of several. */
static struct ask ask_slot(struct mx_slot *s)
{
    struct ask a = machine_ask(&s->lookup.machine);

    while (a.kind == ASK_WAKE) {
        s->alarm_ns = a.at_ns;
        a = machine_ask(&s->lookup.machine);
    }
    return a;
}

static struct ask alarm_clock(struct mx *m)
{
    int64_t first_ns = NEVER_NS;

    for (int i = 0; i < MX_LOOKUPS; i++)
        if (m->slot[i].busy && m->slot[i].alarm_ns < first_ns)
            first_ns = m->slot[i].alarm_ns;
    return ask_wake_at(&m->alarm_ns, first_ns);
}

static struct ask mx_ask(struct machine *machine)
{
    struct mx *m = (struct mx *)machine;
    bool more;

    do {
        more = false;
        for (int i = 0; i < MX_LOOKUPS; i++) {
            struct mx_slot *s = &m->slot[i];
            struct ask a = {.kind = ASK_NOTHING};

            if (s->busy)
                a = ask_slot(s);
            if (a.kind != ASK_NOTHING)
                return a;
            if (s->busy && s->lookup.end != LOOKUP_NOT_YET) {
                heard(m, s);
                go_on(m);
                more = true;
            }
        }
    } while (more);
    return alarm_clock(m);
}

void mx_init(struct mx *m, const struct mx_config *config, const char *domain,
             uint64_t seed, int *next_stream)
{
    memset(m, 0, sizeof *m);
    m->machine = (struct machine){mx_tell, mx_ask};
    m->config = config;
    m->domain = domain;
    m->seed = seed;
    m->next_stream = next_stream;
    m->started_ns = m->ended_ns = NEVER_NS;
    m->alarm_ns = NEVER_NS;
}
