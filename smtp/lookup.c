/* SPDX-License-Identifier: BSD-2-Clause */
/* A question to the DNS, tried until it is answered. */
#include "smtp/lookup.h"

#include <assert.h>
#include <string.h>

#include "smtp/alarm.h"
#include "smtp/offer.h"
#include "smtp/seed.h"

#define SECONDS INT64_C(1000000000)

/* clang-format off */
#define X(name, text) text,
static const char *const ends[] = {LOOKUP_ENDS(X)};
#undef X
/* clang-format on */

const char *lookup_end_name(enum lookup_end e)
{
    return ends[e];
}

bool lookup_is_temporary(enum lookup_end e)
{
    return e == LOOKUP_FAILED || e == LOOKUP_TIMED_OUT;
}

void lookup_defaults(struct lookup_config *c)
{
    *c = (struct lookup_config){
        .rounds = 2, .timeout_ns = 5 * SECONDS, .udp_octets = DNS_MODERN};
}

static struct endpoint server_of(const struct lookup *l)
{
    return l->config->servers[(l->tries - 1) % l->config->server_count];
}

static void finish(struct lookup *l, enum lookup_end end)
{
    l->end = end;
    l->ended_ns = l->now_ns;
    l->deadline_ns = NEVER_NS;
    l->state = LOOKUP_IDLE;
    l->want &= SAY_ABORT;
}

/* A stream that is no longer of use goes. */
static void drop_stream(struct lookup *l)
{
    if (l->state == LOOKUP_OPENING || l->state == LOOKUP_TCP) {
        l->abort_stream = l->stream;
        l->want |= SAY_ABORT;
    }
    l->state = LOOKUP_IDLE;
}

static void try_tcp(struct lookup *l)
{
    l->state = LOOKUP_OPENING;
    l->stream = (*l->next_stream)++;
    l->streams++;
    l->in_len = 0;
    l->want |= SAY_OPEN;
    l->deadline_ns = l->now_ns + l->config->timeout_ns;
}

/* Each try has a number of its own, so that a late answer to the one before
 * is not mistaken for this one's. */
static void try_next(struct lookup *l)
{
    size_t most = (size_t)l->config->rounds * l->config->server_count;

    drop_stream(l);
    if (l->tries == most) {
        finish(l, l->failed ? LOOKUP_FAILED : LOOKUP_TIMED_OUT);
        return;
    }
    l->tries++;
    l->id = (uint16_t)seed_next(&l->seed);
    if (l->config->tcp) {
        try_tcp(l);
        return;
    }
    l->state = LOOKUP_UDP;
    l->want |= SAY_DATAGRAM;
    l->deadline_ns = l->now_ns + l->config->timeout_ns;
}

static bool holds(const struct dns_message *m, const char *name, unsigned type)
{
    for (size_t i = 0; i < m->answers; i++)
        if (m->record[i].type == type && strcmp(m->record[i].owner, name) == 0)
            return true;
    return false;
}

static const char *alias_of(const struct dns_message *m, const char *name)
{
    for (size_t i = 0; i < m->answers; i++)
        if (m->record[i].type == DNS_CNAME &&
            strcmp(m->record[i].owner, name) == 0)
            return m->record[i].target;
    return NULL;
}

/* Goes after the aliases of an answer. Where they lead out of it, the rest is
 * asked for (RFC 1034, 5.3.3). */
static void follow(struct lookup *l)
{
    const struct dns_message *m = &l->answer;
    const char *name = m->name, *next;
    bool moved = false;

    while (!holds(m, name, l->type) && (next = alias_of(m, name))) {
        if (++l->aliases > LOOKUP_ALIASES) {
            finish(l, LOOKUP_LOOP);
            return;
        }
        name = next;
        moved = true;
    }
    l->name = name;
    if (holds(m, name, l->type)) {
        finish(l, LOOKUP_FOUND);
    } else if (m->rcode == DNS_NXDOMAIN) {
        finish(l, LOOKUP_NO_NAME);
    } else if (!moved) {
        finish(l, LOOKUP_NO_DATA);
    } else {
        dns_name_copy(l->now, name);
        l->tries = 0;
        try_next(l);
    }
}

static bool is_ours(const struct lookup *l)
{
    const struct dns_message *m = &l->answer;

    return m->answer && m->id == l->id && m->name && m->type == l->type &&
           strcmp(m->name, l->now) == 0;
}

/* An answer that is ours, from the server that was asked. A server that does
 * not understand EDNS is asked without it by nobody today (RFC 6891, 7, and
 * the flag day of 2019): it has failed. */
static void judge(struct lookup *l)
{
    unsigned rcode = l->answer.rcode;

    if (rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN) {
        drop_stream(l);
        follow(l);
    } else {
        l->failed = true;
        try_next(l);
    }
}

static void hear_datagram(struct lookup *l, const struct told *t)
{
    if (l->state != LOOKUP_UDP || !endpoint_equal(t->peer, server_of(l)) ||
        dns_read(&l->answer, t->bytes) < 0 || !is_ours(l))
        return;
    l->bytes_in += t->bytes.len;
    if (l->answer.truncated)
        try_tcp(l);
    else
        judge(l);
}

/* Two octets of length, and so many of a message: RFC 1035, 4.2.2. */
static void hear_bytes(struct lookup *l, struct span in)
{
    const uint8_t *at = (const uint8_t *)l->in;
    size_t len, room = sizeof l->in - l->in_len;

    l->bytes_in += in.len;
    if (in.len > room)
        in.len = room;
    memcpy(l->in + l->in_len, in.at, in.len);
    l->in_len += in.len;
    if (l->in_len < 2)
        return;
    len = (size_t)at[0] << 8 | at[1];
    if (len > LOOKUP_MESSAGE) {
        l->failed = true;
        try_next(l);
    } else if (l->in_len >= len + 2) {
        if (dns_read(&l->answer, (struct span){l->in + 2, len}) < 0 ||
            !is_ours(l) || l->answer.truncated) {
            l->failed = true;
            try_next(l);
        } else {
            judge(l);
        }
    }
}

static void hear_stream(struct lookup *l, const struct told *t)
{
    if (t->stream != l->stream ||
        (l->state != LOOKUP_OPENING && l->state != LOOKUP_TCP))
        return;
    switch (t->kind) {
    case TOLD_OPENED:
        l->state = LOOKUP_TCP;
        l->want |= SAY_BYTES;
        break;
    case TOLD_BYTES:
        hear_bytes(l, t->bytes);
        break;
    case TOLD_END:
        try_next(l);
        break;
    default: /* refused or reset: it is over, and nothing need be aborted */
        l->state = LOOKUP_IDLE;
        try_next(l);
        break;
    }
}

static size_t lookup_tell(struct machine *m, const struct told *t)
{
    struct lookup *l = (struct lookup *)m;

    l->now_ns = t->now_ns;
    switch (t->kind) {
    case TOLD_START:
        l->started_ns = t->now_ns;
        try_next(l);
        break;
    case TOLD_DATAGRAM:
        hear_datagram(l, t);
        break;
    case TOLD_WAKE:
        l->alarm_ns = NEVER_NS;
        if (t->now_ns >= l->deadline_ns)
            try_next(l);
        break;
    default:
        hear_stream(l, t);
        break;
    }
    return t->bytes.len;
}

/* Writes the question behind two octets for its length. */
static size_t write_question(struct lookup *l)
{
    struct dns_message *m = &l->answer;
    size_t len;

    memset(m, 0, sizeof *m);
    m->id = l->id;
    m->name = l->now;
    m->type = l->type;
    m->udp_octets = l->config->udp_octets;
    len = dns_write(l->out + 2, DNS_PLAIN, m);
    l->out[0] = (char)(len >> 8);
    l->out[1] = (char)len;
    l->questions++;
    return len;
}

static struct ask say(struct lookup *l)
{
    size_t len = write_question(l);

    if (l->want & SAY_DATAGRAM) {
        l->want &= ~(unsigned)SAY_DATAGRAM;
        l->bytes_out += len;
        return (struct ask){.kind = ASK_DATAGRAM,
                            .bytes = {l->out + 2, len},
                            .peer = server_of(l)};
    }
    l->want &= ~(unsigned)SAY_BYTES;
    l->bytes_out += len + 2;
    return (struct ask){
        .kind = ASK_SEND, .stream = l->stream, .bytes = {l->out, len + 2}};
}

static struct ask lookup_ask(struct machine *m)
{
    struct lookup *l = (struct lookup *)m;

    if (l->want & SAY_ABORT) {
        l->want &= ~(unsigned)SAY_ABORT;
        return (struct ask){.kind = ASK_ABORT, .stream = l->abort_stream};
    }
    if (l->want & SAY_OPEN) {
        l->want &= ~(unsigned)SAY_OPEN;
        return (struct ask){
            .kind = ASK_OPEN, .stream = l->stream, .peer = server_of(l)};
    }
    if (l->want & (SAY_DATAGRAM | SAY_BYTES))
        return say(l);
    return ask_wake_at(&l->alarm_ns, l->deadline_ns);
}

void lookup_init(struct lookup *l, const struct lookup_config *config,
                 const char *name, enum dns_type type, uint64_t seed,
                 int *next_stream)
{
    int copied;

    assert(config->server_count > 0 && config->rounds > 0);
    memset(l, 0, sizeof *l);
    copied = dns_name_copy(l->now, name);
    assert(copied == 0);
    (void)copied;
    l->machine = (struct machine){lookup_tell, lookup_ask};
    l->config = config;
    l->type = type;
    l->seed = seed;
    l->next_stream = next_stream;
    l->stream = -1;
    l->started_ns = l->ended_ns = NEVER_NS;
    l->deadline_ns = l->alarm_ns = NEVER_NS;
}
