/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/talk.h"
#include "bench/read/waits.h"

#include <stdlib.h>
#include <string.h>

struct talk *talk_new(const struct endpoint *client,
                      const struct endpoint *server, int64_t at_ns,
                      size_t *room)
{
    struct talk *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->c.client = *client;
    t->c.server = *server;
    t->c.start_ns = at_ns;
    t->syn_ack_ns = t->opened_ns = t->accepted_ns = UNKNOWN_NS;
    t->spoke_ns = t->spoke_before_ns = UNKNOWN_NS;
    for (int i = 0; i < TALK_SIDES; i++) {
        stream_init(&t->stream[i], room);
        t->trip[i].least_ns = UNKNOWN_NS;
        t->fin_at[i] = -1;
    }
    return t;
}

void talk_free(struct talk *t)
{
    if (!t)
        return;
    for (int i = 0; i < TALK_SIDES; i++)
        stream_release(&t->stream[i]);
    if (t->speech)
        speech_release(t->speech);
    free(t->speech);
    waits_release(t);
    ledger_release(&t->ledger);
    free(t);
}

void talk_set_log(struct talk *t, const struct handed_log *log)
{
    t->log = log;
    t->c.handed = true;
}

void talk_set_keys(struct talk *t, struct keylog *keys)
{
    t->keys = keys;
}

static bool ensure_speech(struct talk *t)
{
    if (!t->speech) {
        t->speech = malloc(sizeof *t->speech);
        if (t->speech)
            speech_init(t->speech, t->c.from_start, t->keys);
    }
    return t->speech != NULL;
}

static void tell_client(void *arg, const uint8_t *at, size_t len)
{
    struct talk *t = arg;

    if (!at)
        t->c.missing_bytes += len;
    if (speech_client(t->speech, at, len))
        t->asked = true;
}

static void tell_server(void *arg, const uint8_t *at, size_t len)
{
    struct talk *t = arg;

    if (!at)
        t->c.missing_bytes += len;
    if (speech_server(t->speech, at, len))
        t->answered = true;
}

static stream_tell_fn *const tell[TALK_SIDES] = {tell_client, tell_server};

/* A SYN: the start of a stream, and of the clock that measures the round
 * trip. A repeated one is told from the first by its timestamp. */
static void take_syn(struct talk *t, const struct packet *p, int64_t at_ns)
{
    stream_start(&t->stream[FROM_CLIENT], p->seq + 1);
    if (t->syns < TALK_SYNS)
        t->syn[t->syns] = (struct talk_syn){at_ns, p->stamped, p->stamp};
    t->syns++;
    t->c.from_start = true;
    t->c.first_seq = p->seq;
}

/* When the SYN that this SYN-ACK answers was sent. */
static int64_t syn_answered(const struct talk *t, const struct packet *p)
{
    if (t->syns == 1)
        return t->syn[0].at_ns;
    for (unsigned i = 0; i < t->syns && i < TALK_SYNS; i++)
        if (p->stamped && t->syn[i].stamped && t->syn[i].stamp == p->echo)
            return t->syn[i].at_ns;
    return UNKNOWN_NS;
}

static void take_syn_ack(struct talk *t, const struct packet *p, int64_t at_ns)
{
    int64_t syn_ns = syn_answered(t, p);

    stream_start(&t->stream[FROM_SERVER], p->seq + 1);
    stream_start(&t->stream[FROM_CLIENT], p->ack);
    if (t->syn_ack_ns != UNKNOWN_NS)
        return;
    t->syn_ack_ns = at_ns;
    t->syn_took_data = t->c.client_bytes > 0 &&
                       stream_offset(&t->stream[FROM_CLIENT], p->ack) > 0;
    if (syn_ns != UNKNOWN_NS)
        t->c.rtt_ns = at_ns - syn_ns;
    waits_opened(t, at_ns);
}

enum { AT_ONCE_NS = 1000000 };

static bool is_far(int64_t half_ns, int64_t other_ns)
{
    return half_ns > AT_ONCE_NS && half_ns > other_ns / 4;
}

/* The client's kernel acknowledges at once: if that takes long, the capture
 * does not stand at the client, and what is missing to the round trip is what
 * it took. */
static void take_third(struct talk *t, int64_t at_ns)
{
    int64_t half_ns = at_ns - t->syn_ack_ns;

    t->third_seen = true;
    if (t->c.rtt_ns > 0 && is_far(half_ns, t->c.rtt_ns)) {
        t->c.rtt_ns += half_ns;
        t->c.rtt_estimated = true;
    }
}

/* The peer's ACK. */
static void take_ack(struct talk *t, enum talk_from from,
                     const struct packet *p, int64_t at_ns)
{
    enum talk_from peer = from == FROM_CLIENT ? FROM_SERVER : FROM_CLIENT;
    struct talk_trip *trip = &t->trip[peer];
    struct stream *s = &t->stream[peer];
    int64_t offset;

    if (!s->started && p->flags & TCP_RST)
        return;
    stream_start(s, p->ack);
    offset = stream_offset(s, p->ack);
    if (trip->running && offset >= (int64_t)trip->end) {
        trip->running = false;
        if (at_ns >= trip->at_ns && /* stamps may be out of order */
            (trip->least_ns == UNKNOWN_NS ||
             at_ns - trip->at_ns < trip->least_ns))
            trip->least_ns = at_ns - trip->at_ns;
    }
    if (!(p->flags & TCP_RST))
        waits_acked(t, peer, offset, at_ns);
    if (t->fin_at[peer] >= 0 && offset > t->fin_at[peer])
        offset = t->fin_at[peer];
    stream_acked(s, offset, tell[peer], t);
}

/* Payload. Returns how many of its bytes are new. */
static uint64_t take_payload(struct talk *t, enum talk_from from,
                             const struct packet *p, int64_t at_ns)
{
    uint32_t seq = p->seq + (p->flags & TCP_SYN ? 1 : 0);
    struct talk_trip *trip = &t->trip[from];
    struct stream *s = &t->stream[from];
    int64_t offset;
    uint64_t fresh;

    stream_start(s, seq);
    offset = stream_offset(s, seq);
    fresh = stream_fresh(s, offset, p->len);
    if (fresh == 0) {
        t->c.retransmissions += p->len > 1; /* or else a keep-alive */
        trip->running = false;              /* Karn: whose ACK is it? */
        return 0;
    }
    if (!trip->running && !(p->flags & TCP_SYN))
        *trip = (struct talk_trip){true, (uint64_t)offset + p->len, at_ns,
                                   trip->least_ns};
    *(from == FROM_CLIENT ? &t->c.client_bytes : &t->c.server_bytes) += fresh;
    if (ensure_speech(t))
        stream_take(s, offset, p->payload, p->have, p->len, tell[from], t);
    return fresh;
}

/* A FIN counts when all before it has come. */
static bool take_fin(struct talk *t, enum talk_from from,
                     const struct packet *p)
{
    struct stream *s = &t->stream[from];

    if (p->flags & TCP_FIN && t->fin_at[from] < 0 && s->started)
        t->fin_at[from] = stream_offset(s, p->seq + p->len);
    if (t->fin[from] || t->fin_at[from] < 0 ||
        (int64_t)s->next < t->fin_at[from])
        return false;
    t->fin[from] = true;
    return true;
}

static void take_client(struct talk *t, const struct packet *p, int64_t at_ns)
{
    uint64_t fresh;

    if (p->flags & TCP_SYN)
        take_syn(t, p, at_ns);
    else if (t->syn_ack_ns != UNKNOWN_NS && !t->third_seen)
        take_third(t, at_ns);
    if (p->flags & TCP_ACK)
        take_ack(t, FROM_CLIENT, p, at_ns);
    if (t->answered) /* there was a hole before it, which is now given up */
        waits_spoken(t, at_ns);
    if (p->flags & TCP_RST) {
        t->rst[FROM_CLIENT] = true;
        waits_client_reset(t, at_ns);
        return;
    }
    fresh = p->len ? take_payload(t, FROM_CLIENT, p, at_ns) : 0;
    /* What came too early to be told was asked all the same. */
    if (fresh && (t->asked || t->stream[FROM_CLIENT].held))
        waits_sent(t, fresh, at_ns);
    if (take_fin(t, FROM_CLIENT, p))
        waits_client_closed(t, at_ns);
}

static void take_server(struct talk *t, const struct packet *p, int64_t at_ns)
{
    if (p->flags & TCP_SYN)
        take_syn_ack(t, p, at_ns);
    if (p->flags & TCP_ACK)
        take_ack(t, FROM_SERVER, p, at_ns);
    if (p->flags & TCP_RST) {
        t->rst[FROM_SERVER] = true;
        waits_server_ended(t, "RST", at_ns);
        return;
    }
    if (p->len)
        take_payload(t, FROM_SERVER, p, at_ns);
    if (t->answered)
        waits_spoken(t, at_ns);
    if (take_fin(t, FROM_SERVER, p))
        waits_server_ended(t, "FIN", at_ns);
}

void talk_packet(struct talk *t, enum talk_from from, const struct packet *p,
                 int64_t at_ns)
{
    t->c.packets++;
    t->packets_from[from]++;
    t->last_ns = at_ns;
    t->asked = t->answered = false;
    if (t->opened_ns == UNKNOWN_NS && !(p->flags & (TCP_SYN | TCP_RST)))
        waits_opened(t, at_ns); /* the handshake is not in the capture */
    if (from == FROM_CLIENT)
        take_client(t, p, at_ns);
    else
        take_server(t, p, at_ns);
    t->over = t->rst[FROM_CLIENT] || t->rst[FROM_SERVER] ||
              (t->fin[FROM_CLIENT] && t->fin[FROM_SERVER]);
    ledger_packet(t, from == FROM_CLIENT, p, at_ns);
}

/* Where no handshake was seen: the least round trip of data, from both sides
 * of wherever the capture stands. */
static void estimate_rtt(struct talk *t)
{
    int64_t up_ns = t->trip[FROM_CLIENT].least_ns;
    int64_t down_ns = t->trip[FROM_SERVER].least_ns;

    t->c.rtt_ns = up_ns;
    if (up_ns != UNKNOWN_NS && down_ns != UNKNOWN_NS && is_far(down_ns, up_ns))
        t->c.rtt_ns += down_ns;
    t->c.rtt_estimated = up_ns != UNKNOWN_NS;
}

/* The SYN-ACK behind several SYNs echoes the first of them even where it is
 * the answer to the last, since the server has kept that one's timestamp: a
 * SYN-ACK was lost. The round trips of data tell. */
static void doubt_rtt(struct talk *t)
{
    struct conversation *c = &t->c;
    int64_t seen_ns = c->rtt_ns;
    bool estimated = c->rtt_estimated;

    estimate_rtt(t);
    if (c->rtt_ns == UNKNOWN_NS || seen_ns / 2 <= c->rtt_ns) {
        c->rtt_ns = seen_ns;
        c->rtt_estimated = estimated;
    }
}

/* Times are the client's: its SYN left, and it heard, on the other side of the
 * way between it and the capture. */
static void set_times(struct talk *t)
{
    struct conversation *c = &t->c;
    int64_t way_ns =
        c->stands == AT_MIDDLE || c->stands == AT_SERVER ? c->down_ns : 0;

    c->tcp_handshake_ns = c->accepted_ns = c->closed_ns = UNKNOWN_NS;
    if (c->rtt_ns == 0)
        estimate_rtt(t);
    else if (t->syns > 1)
        doubt_rtt(t);
    if (!c->from_start)
        return;
    if (t->syn_ack_ns != UNKNOWN_NS)
        c->tcp_handshake_ns =
            t->syn_took_data ? 0 : t->syn_ack_ns - c->start_ns + way_ns;
    if (t->accepted_ns != UNKNOWN_NS)
        c->accepted_ns = t->accepted_ns - c->start_ns + way_ns;
    if (t->spoke_ns != UNKNOWN_NS)
        c->closed_ns = t->spoke_ns - c->start_ns + way_ns;
}

enum { SMTPS_PORT = 465 }; /* RFC 8314, 7.3 */

void talk_finish(struct talk *t)
{
    struct conversation *c = &t->c;

    waits_finish(t);
    ledger_finish(t);
    set_times(t);
    c->one_sided = t->packets_from[FROM_SERVER] == 0   ? SIDE_CLIENT
                   : t->packets_from[FROM_CLIENT] == 0 ? SIDE_SERVER
                                                       : SIDE_BOTH;
    c->mail = t->log != NULL || (t->speech && t->speech->mail);
    if (t->speech) {
        c->facts = t->speech->facts;
        memcpy(c->banner, t->speech->banner, sizeof c->banner);
        c->perhaps_mail = !c->mail && c->server.port == SMTPS_PORT &&
                          t->speech->tls.greeting_owed;
    }
    c->flights = t->flights;
    c->waits = t->waits;
}
