/* SPDX-License-Identifier: BSD-2-Clause */
/* What a zone says: answers, by UDP and TCP. */
#include "smtp/zone.h"

#include <assert.h>
#include <string.h>

#include "smtp/alarm.h"
#include "smtp/seed.h"
#include "smtp/wire.h"

/* clang-format off */
#define X(name, word) word,
static const char *const faults[] = {ZONE_FAULTS(X)};
#undef X
/* clang-format on */

const char *zone_fault_name(enum zone_fault_kind k)
{
    return faults[k];
}

/* Names are compared without regard to case: RFC 1035, 2.3.3. */
static bool same_name(const char *a, const char *b)
{
    return span_is(span_of(a), b);
}

/* Whether `name` lies under `top`. */
static bool is_under(const char *name, const char *top)
{
    size_t n = strlen(name), t = strlen(top);

    return n > t && name[n - t - 1] == '.' && same_name(name + n - t, top);
}

/* A name exists where it, or one under it, has a record: RFC 8020. */
static bool exists(const struct zone_config *c, const char *name)
{
    for (size_t i = 0; i < c->record_count; i++)
        if (same_name(c->records[i].owner, name) ||
            is_under(c->records[i].owner, name))
            return true;
    return false;
}

static bool add(struct dns_message *m, size_t *section,
                const struct dns_record *r)
{
    if (m->answers + m->additional == DNS_RECORDS)
        return false;
    m->record[m->answers + m->additional] = *r;
    (*section)++;
    return true;
}

/* The alias that a name is, unless it was asked for what it has itself. */
static const struct dns_record *alias_at(const struct zone_config *c,
                                         const char *name, unsigned type)
{
    const struct dns_record *alias = NULL;

    for (size_t i = 0; i < c->record_count; i++) {
        const struct dns_record *r = &c->records[i];

        if (!same_name(r->owner, name))
            continue;
        if (r->type == type)
            return NULL;
        if (r->type == DNS_CNAME)
            alias = r;
    }
    return alias;
}

static void add_addresses(struct dns_message *m, const struct zone_config *c,
                          const char *host)
{
    for (size_t i = 0; i < c->record_count; i++) {
        const struct dns_record *r = &c->records[i];

        if ((r->type == DNS_A || r->type == DNS_AAAA) &&
            same_name(r->owner, host))
            add(m, &m->additional, r);
    }
}

static void answer(const struct zone_config *c, struct dns_message *m)
{
    const char *name = m->name;
    const struct dns_record *alias;

    for (int i = 0; i < ZONE_LINKS && (alias = alias_at(c, name, m->type)); i++)
        if (add(m, &m->answers, alias))
            name = alias->target;
    for (size_t i = 0; i < c->record_count; i++)
        if (c->records[i].type == m->type &&
            same_name(c->records[i].owner, name))
            add(m, &m->answers, &c->records[i]);
    if (!exists(c, name))
        m->rcode = DNS_NXDOMAIN;
    for (size_t i = 0, n = m->answers; i < n && !c->bare; i++)
        if (m->record[i].type == DNS_MX)
            add_addresses(m, c, m->record[i].target);
}

static enum zone_fault_kind fault_of(struct zone *z, const struct zone_query *q)
{
    for (size_t i = 0; i < z->config->fault_count; i++) {
        const struct zone_fault *f = &z->config->faults[i];

        if ((f->name && !same_name(f->name, q->name)) ||
            (f->type && f->type != q->type) ||
            (f->times > 0 && z->fitted[i] == f->times))
            continue;
        z->fitted[i]++;
        return f->kind;
    }
    return ZONE_HEALTHY;
}

static void reply_to(struct zone *z, const struct zone_query *q,
                     enum zone_fault_kind fault)
{
    struct dns_message *m = &z->reply;

    memset(m, 0, sizeof *m);
    m->id = q->id;
    m->answer = true;
    m->name = q->name;
    m->type = q->type;
    m->udp_octets = q->udp_octets ? DNS_MODERN : 0;
    if (fault == ZONE_SERVFAIL)
        m->rcode = DNS_SERVFAIL;
    else if (fault == ZONE_REFUSED)
        m->rcode = DNS_REFUSED;
    else
        answer(z->config, m);
}

/* What does not fit goes: first what stands beside the answer, then all of it,
 * and the client is told to use TCP (RFC 2181, 9). */
static size_t write_reply(struct zone *z, char *out, size_t room, bool cut)
{
    struct dns_message *m = &z->reply;
    size_t len = cut ? 0 : dns_write(out, room, m);

    if (len == 0) {
        m->additional = 0;
        len = cut ? 0 : dns_write(out, room, m);
    }
    if (len == 0) {
        m->answers = 0;
        m->truncated = true;
        z->truncated++;
        len = dns_write(out, room, m);
    }
    return len;
}

static void put(struct zone *z, struct zone_queue *w, struct span wire,
                struct endpoint peer)
{
    struct dns_message *m = &z->reply; /* free between two answers */
    struct zone_query *q = &w->at[(w->first + w->count) % ZONE_WAITING];

    if (w->count == ZONE_WAITING || dns_read(m, wire) < 0 || m->answer ||
        !m->name)
        return;
    *q = (struct zone_query){.peer = peer,
                             .due_ns = w->now_ns + z->config->delay_ns,
                             .id = m->id,
                             .udp_octets = m->udp_octets,
                             .type = m->type};
    memcpy(q->name, m->name, strlen(m->name) + 1);
    w->count++;
    z->questions++;
}

/* The next that is due, taken out; NULL: none. Valid until the next put(). */
static const struct zone_query *take(struct zone_queue *w)
{
    const struct zone_query *q = &w->at[w->first];

    if (w->count == 0 || q->due_ns > w->now_ns)
        return NULL;
    w->first = (w->first + 1) % ZONE_WAITING;
    w->count--;
    return q;
}

static struct ask alarm_of(struct zone_queue *w)
{
    return ask_wake_at(&w->alarm_ns,
                       w->count > 0 ? w->at[w->first].due_ns : NEVER_NS);
}

static void hear_time(struct zone_queue *w, const struct told *t)
{
    w->now_ns = t->now_ns;
    if (t->kind == TOLD_WAKE)
        w->alarm_ns = NEVER_NS;
}

static bool lose(struct zone *z)
{
    bool lost = seed_below(&z->seed, 1000000) < z->config->loss_ppm;

    z->lost += lost;
    return lost;
}

static size_t zone_tell(struct machine *m, const struct told *t)
{
    struct zone *z = (struct zone *)m;

    hear_time(&z->queue, t);
    if (t->kind == TOLD_DATAGRAM && !lose(z))
        put(z, &z->queue, t->bytes, t->peer);
    return t->bytes.len;
}

static size_t udp_room(const struct zone *z, const struct zone_query *q)
{
    size_t own = z->config->udp_octets ? z->config->udp_octets : DNS_MODERN;
    size_t theirs = q->udp_octets > DNS_PLAIN ? q->udp_octets : DNS_PLAIN;
    size_t room = own < theirs ? own : theirs;

    return room < sizeof z->out ? room : sizeof z->out;
}

static struct ask zone_ask(struct machine *m)
{
    struct zone *z = (struct zone *)m;
    const struct zone_query *q;

    while ((q = take(&z->queue))) {
        enum zone_fault_kind fault = fault_of(z, q);
        size_t len;

        if (fault == ZONE_SILENT)
            continue;
        reply_to(z, q, fault);
        len = write_reply(z, z->out, udp_room(z, q), fault == ZONE_TRUNCATE);
        if (len > 0 && !lose(z))
            return (struct ask){
                .kind = ASK_DATAGRAM, .bytes = {z->out, len}, .peer = q->peer};
    }
    return alarm_of(&z->queue);
}

void zone_init(struct zone *z, const struct zone_config *config)
{
    assert(config->fault_count <= ZONE_FAULTS_MAX);
    memset(z, 0, sizeof *z);
    z->machine = (struct machine){zone_tell, zone_ask};
    z->config = config;
    z->seed = config->seed;
    z->queue.alarm_ns = NEVER_NS;
}

/* The first message of what has come, where it is whole. No question is longer
 * than a plain datagram; what claims to be is no question, and ends it all. */
static bool take_message(struct zone_stream *s)
{
    const uint8_t *at = (const uint8_t *)s->in;
    size_t len = s->in_len < 2 ? 0 : (size_t)at[0] << 8 | at[1];

    if (len > DNS_PLAIN)
        s->ended = true;
    if (s->in_len < 2 || s->in_len < len + 2 || len > DNS_PLAIN)
        return false;
    put(s->zone, &s->queue, (struct span){s->in + 2, len},
        (struct endpoint){0});
    s->in_len -= len + 2;
    memmove(s->in, s->in + len + 2, s->in_len);
    return true;
}

static void hear_questions(struct zone_stream *s, struct span in)
{
    while (in.len > 0 && !s->ended) {
        size_t room = sizeof s->in - s->in_len;
        size_t n = in.len < room ? in.len : room;

        memcpy(s->in + s->in_len, in.at, n);
        s->in_len += n;
        in = (struct span){in.at + n, in.len - n};
        while (take_message(s))
            continue;
    }
}

static size_t stream_tell(struct machine *m, const struct told *t)
{
    struct zone_stream *s = (struct zone_stream *)m;

    hear_time(&s->queue, t);
    switch (t->kind) {
    case TOLD_OPENED:
        s->open = true;
        break;
    case TOLD_BYTES:
        hear_questions(s, t->bytes);
        break;
    case TOLD_END:
        s->ended = true;
        break;
    case TOLD_RESET:
        s->open = false;
        s->queue.count = 0;
        break;
    default:
        break;
    }
    return t->bytes.len;
}

static struct ask stream_ask(struct machine *m)
{
    struct zone_stream *s = (struct zone_stream *)m;
    const struct zone_query *q;

    while (s->open && (q = take(&s->queue))) {
        enum zone_fault_kind fault = fault_of(s->zone, q);
        size_t len;

        if (fault == ZONE_SILENT)
            continue;
        reply_to(s->zone, q, fault);
        len = write_reply(s->zone, s->out + 2, sizeof s->out - 2, false);
        s->out[0] = (char)(len >> 8);
        s->out[1] = (char)len;
        return (struct ask){.kind = ASK_SEND, .bytes = {s->out, len + 2}};
    }
    if (s->open && s->ended && s->queue.count == 0 && !s->half_closed) {
        s->half_closed = true;
        return (struct ask){.kind = ASK_HALF_CLOSE};
    }
    return alarm_of(&s->queue);
}

void zone_stream_init(struct zone_stream *s, struct zone *z)
{
    memset(s, 0, sizeof *s);
    s->machine = (struct machine){stream_tell, stream_ask};
    s->zone = z;
    s->queue.alarm_ns = NEVER_NS;
}
