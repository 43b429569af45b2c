/* SPDX-License-Identifier: BSD-2-Clause */
/* What the ideal world does when its machines ask for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/ideal_inner.h"

void *ideal_grow(struct ideal *w, void *array, size_t *room, size_t count,
                 size_t size)
{
    size_t more = *room ? *room * 2 : 16;
    void *bigger;

    if (count < *room)
        return array;
    bigger = realloc(array, more * size);
    if (!bigger) {
        w->failed = true;
        return array;
    }
    *room = more;
    return bigger;
}

void ideal_add_bytes(struct ideal *w, struct bytes *b, struct span more)
{
    w->failed |= bytes_add(b, more) < 0;
}

static void add_event(struct ideal *w, struct event e)
{
    w->failed |= agenda_add(&w->agenda, e) < 0;
}

static enum side other(enum side s)
{
    return s == CLIENT ? SERVER : CLIENT;
}

enum side ideal_side(const struct ideal *w, size_t actor)
{
    return w->actors[actor].host ? SERVER : CLIENT;
}

/* When a packet of `size` bytes, sent now, will be there. */
static int64_t travel(struct ideal *w, const struct ideal_host *h, enum side to,
                      size_t size)
{
    const struct ideal_road *r = to == SERVER ? &h->up : &h->down;
    int64_t *free_ns = &w->free_ns[2 * (h - w->config->hosts) + (int)to];

    if (r->rate_bps > 0) {
        if (*free_ns < w->now_ns)
            *free_ns = w->now_ns;
        *free_ns += (int64_t)(size * 8 * UINT64_C(1000000000) / r->rate_bps);
        return *free_ns + r->delay_ns;
    }
    return w->now_ns + r->delay_ns;
}

static size_t ip_header(const struct ideal_host *h)
{
    return h->at.family == 6 ? 40 : 20;
}

/* TCP's header has 20 bytes and, as Linux has it, 12 of a time stamp. */
static size_t header(const struct ideal_host *h)
{
    return ip_header(h) + 32;
}

static size_t mss(const struct ideal *w, const struct ideal_host *h)
{
    return (w->config->mtu_bytes ? w->config->mtu_bytes : 1500) - header(h);
}

static size_t packet_size(const struct ideal_host *h, enum event_kind kind,
                          size_t payload)
{
    if (kind == SYN || kind == SYN_ACK)
        return header(h) + 8 + payload;
    if (kind == RST || kind == REFUSAL)
        return ip_header(h) + 20;
    return header(h) + payload;
}

static void send_packet(struct ideal *w, size_t connection,
                        enum event_kind kind, enum side to, struct span payload)
{
    const struct ideal_host *h = w->connections[connection].host;
    struct event e = {.kind = kind, .side = to, .connection = connection};

    e.at_ns = travel(w, h, to, packet_size(h, kind, payload.len));
    if (kind == REFUSAL)
        e.error = ECONNREFUSED;
    ideal_add_bytes(w, &e.bytes, payload);
    add_event(w, e);
}

void ideal_send(struct ideal *w, size_t connection, enum event_kind kind,
                enum side to)
{
    send_packet(w, connection, kind, to, (struct span){0});
}

void ideal_close_if_done(struct end *e)
{
    if (e->closed && e->ended)
        e->state = OVER;
}

static void send_said(struct ideal *w, size_t connection, enum side from)
{
    const struct connection *c = &w->connections[connection];
    const struct ideal_road *r = from == CLIENT ? &c->host->up : &c->host->down;
    struct span left = {c->end[from].saying.at, c->end[from].saying.len};
    size_t most = r->rate_bps ? mss(w, c->host) : SIZE_MAX;

    while (left.len > 0) {
        size_t len = left.len < most ? left.len : most;

        send_packet(w, connection, PART, other(from),
                    (struct span){left.at, len});
        left = (struct span){left.at + len, left.len - len};
    }
}

/* What a machine has said in this instant leaves as one burst, and its end
 * behind it. */
static void flush(struct ideal *w, size_t connection, enum side from)
{
    struct end *e = &w->connections[connection].end[from];

    if (e->state != OPEN)
        return;
    send_said(w, connection, from);
    e->saying.len = 0;
    if (e->closing && !e->closed) {
        e->closed = true;
        ideal_send(w, connection, FIN, other(from));
        ideal_close_if_done(e);
    }
}

static const struct ideal_host *host_at(const struct ideal *w,
                                        struct endpoint at)
{
    for (size_t i = 0; i < w->config->host_count; i++) {
        const struct ideal_host *h = &w->config->hosts[i];

        if (h->at.family == at.family && h->at.port == at.port &&
            memcmp(h->at.ip, at.ip, at.family == 4 ? 4 : 16) == 0)
            return h;
    }
    return NULL;
}

/* The client as hosts see it, from the blocks that are for examples (RFC 5737,
 * RFC 3849). */
static struct endpoint client_at(const struct ideal_host *h, size_t port)
{
    struct endpoint e = {{192, 0, 2, 1}, 4, 0};

    if (h->at.family == 6)
        e = (struct endpoint){{0x20, 1, 0xd, 0xb8, [15] = 1}, 6, 0};
    e.port = (uint16_t)(49152 + port % 16384);
    return e;
}

/* Its index; SIZE_MAX: there is none. */
static size_t connection_of(const struct ideal *w, size_t actor, int stream)
{
    size_t i = w->connection_count;

    if (w->actors[actor].host)
        return w->actors[actor].connection;
    while (i > 0 && w->connections[i - 1].stream != stream)
        i--;
    return i > 0 ? i - 1 : SIZE_MAX;
}

/* Linux leaves room for all the options that there can be. */
static size_t fits_into_syn(const struct ideal *w, const struct ideal_host *h,
                            size_t len)
{
    size_t most = mss(w, h) + 32 - (20 + 40);

    return len < most ? len : most;
}

static void open_stream(struct ideal *w, size_t actor, struct ask a)
{
    const struct ideal_host *h = host_at(w, a.peer);
    size_t i = w->connection_count, rides;

    w->connections = ideal_grow(w, w->connections, &w->connection_room, i,
                                sizeof *w->connections);
    if (w->failed)
        return;
    w->connections[w->connection_count++] =
        (struct connection){.host = h,
                            .stream = a.stream,
                            .end = {{.actor = actor}, {.actor = SIZE_MAX}}};
    if (h) {
        w->connections[i].client_at = client_at(h, i);
        w->connections[i].fast = a.fast || a.bytes.len > 0;
        rides = fits_into_syn(w, h, a.bytes.len);
        send_packet(w, i, SYN, SERVER, (struct span){a.bytes.at, rides});
        if (rides < a.bytes.len)
            ideal_add_bytes(
                w, &w->connections[i].end[CLIENT].saying,
                (struct span){a.bytes.at + rides, a.bytes.len - rides});
    } else {
        add_event(w, (struct event){.at_ns = w->now_ns,
                                    .kind = REFUSAL,
                                    .connection = i,
                                    .error = ENETUNREACH});
    }
}

static void abort_stream(struct ideal *w, size_t connection, enum side from)
{
    struct end *e = &w->connections[connection].end[from];
    bool open = e->state == OPEN;

    e->saying.len = 0;
    e->state = OVER;
    if (open)
        ideal_send(w, connection, RST, other(from));
}

/* The actor that hears a host's datagrams. */
static size_t datagram_actor(const struct ideal *w, const struct ideal_host *h)
{
    size_t i = 1;

    while (w->actors[i].host != h || w->actors[i].machine != h->datagrams)
        i++;
    return i;
}

static void send_datagram(struct ideal *w, size_t actor, struct ask a)
{
    const struct ideal_host *own = w->actors[actor].host;
    const struct ideal_host *h = own ? own : host_at(w, a.peer);
    struct event e = {.kind = DATAGRAM, .side = own ? CLIENT : SERVER};

    if (!h || !h->datagrams || h->silent)
        return; /* lost, as it would be */
    e.actor = own ? 0 : datagram_actor(w, h);
    e.peer = own ? h->at : client_at(h, 0);
    e.at_ns = travel(w, h, own ? CLIENT : SERVER,
                     ip_header(h) + 8 + a.bytes.len); /* RFC 768 */
    ideal_add_bytes(w, &e.bytes, a.bytes);
    add_event(w, e);
}

static void set_alarm(struct ideal *w, size_t actor, int64_t at_ns)
{
    w->actors[actor].alarm_ns = at_ns;
    if (at_ns != NEVER_NS)
        add_event(
            w, (struct event){.kind = ALARM,
                              .actor = actor,
                              .at_ns = at_ns < w->now_ns ? w->now_ns : at_ns});
}

/* Carries out one thing that a machine asked for. */
static void serve(struct ideal *w, size_t actor, struct ask a)
{
    enum side side = ideal_side(w, actor);
    size_t i = connection_of(w, actor, a.stream);
    struct end *e = i < SIZE_MAX ? &w->connections[i].end[side] : NULL;

    switch (a.kind) {
    case ASK_OPEN:
        open_stream(w, actor, a);
        break;
    case ASK_SEND:
        if (e && e->state != OVER && !e->closing)
            ideal_add_bytes(w, &e->saying, a.bytes);
        break;
    case ASK_HALF_CLOSE:
        if (e)
            e->closing = true;
        break;
    case ASK_ABORT:
        if (e)
            abort_stream(w, i, side);
        break;
    case ASK_DATAGRAM:
        send_datagram(w, actor, a);
        break;
    case ASK_WAKE:
        set_alarm(w, actor, a.at_ns);
        break;
    case ASK_NOTHING:
        break;
    }
}

void ideal_ask_all(struct ideal *w, size_t actor)
{
    enum side side = ideal_side(w, actor);
    struct ask a;

    do {
        a = machine_ask(w->actors[actor].machine);
        serve(w, actor, a);
    } while (a.kind != ASK_NOTHING && !w->failed);
    for (size_t i = 0; i < w->connection_count; i++)
        if (w->connections[i].end[side].actor == actor)
            flush(w, i, side);
}
