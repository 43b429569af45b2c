/* SPDX-License-Identifier: BSD-2-Clause */
/* Perfect pipes: a heap of events, and a table of connections. */
#include "sim/ideal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum side { CLIENT, SERVER };

struct actor {
    struct machine *machine;
    int64_t alarm_ns;
    const struct ideal_host *host; /* NULL: the client */
    size_t connection;             /* of a session; the client has many */
};

struct bytes { /* owned */
    char *at;
    size_t len, room;
};

struct connection {
    const struct ideal_host *host;
    int stream; /* the client's number for it; the server's is 0 */
    size_t actor[2];
    bool open[2];          /* side: its machine may use it */
    bool closed[2];        /* side: it has half-closed */
    struct bytes held[2];  /* side: came, and not yet taken */
    bool end_held[2];      /* side: the end came, behind `held` */
    struct bytes going[2]; /* side: said in this instant */
};

enum event_kind {
    SYN,     /* at the server */
    SYN_ACK, /* at the client */
    REFUSAL, /* at the client */
    ACK,     /* of the handshake, at the server */
    PART,    /* bytes, at `to` */
    FIN,     /* at `to` */
    RST,     /* at `to` */
    DATAGRAM,
    ALARM
};

struct event {
    int64_t at_ns;
    uint64_t order; /* of equal times, the first made comes first */
    enum event_kind kind;
    enum side to;
    size_t connection, actor;
    struct endpoint peer;
    struct bytes bytes;
};

struct ideal {
    const struct ideal_config *config;
    struct event *heap;
    size_t events, event_room;
    uint64_t orders;
    struct actor *actors;
    size_t actor_count, actor_room;
    struct connection *connections;
    size_t connection_count, connection_room;
    int64_t *free_ns; /* of each host: up, down: when the pipe is free */
    int64_t now_ns;
    bool failed; /* no memory */
};

static void *grow(struct ideal *w, void *array, size_t *room, size_t count,
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

static void bytes_add(struct ideal *w, struct bytes *b, struct span more)
{
    if (more.len == 0)
        return;
    if (b->len + more.len > b->room) {
        size_t room = b->len + more.len < 256 ? 256 : (b->len + more.len) * 2;
        char *bigger = realloc(b->at, room);

        if (!bigger) {
            w->failed = true;
            return;
        }
        b->at = bigger;
        b->room = room;
    }
    memcpy(b->at + b->len, more.at, more.len);
    b->len += more.len;
}

static void bytes_drop(struct bytes *b, size_t len)
{
    b->len -= len;
    memmove(b->at, b->at + len, b->len);
}

static void bytes_free(struct bytes *b)
{
    free(b->at);
    *b = (struct bytes){0};
}

static bool before(const struct event *a, const struct event *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void swap(struct event *a, struct event *b)
{
    struct event t = *a;

    *a = *b;
    *b = t;
}

static void push(struct ideal *w, struct event e)
{
    size_t i = w->events;

    w->heap = grow(w, w->heap, &w->event_room, i, sizeof *w->heap);
    if (w->failed) {
        bytes_free(&e.bytes);
        return;
    }
    e.order = w->orders++;
    w->heap[w->events++] = e;
    for (; i > 0 && before(&w->heap[i], &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&w->heap[i], &w->heap[(i - 1) / 2]);
}

static struct event pop(struct ideal *w)
{
    struct event first = w->heap[0];
    size_t i = 0;

    w->heap[0] = w->heap[--w->events];
    for (;;) {
        size_t least = i, child = 2 * i + 1;

        for (size_t k = child; k < child + 2 && k < w->events; k++)
            if (before(&w->heap[k], &w->heap[least]))
                least = k;
        if (least == i)
            return first;
        swap(&w->heap[i], &w->heap[least]);
        i = least;
    }
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

static size_t header(const struct ideal_host *h)
{
    return h->at.family == 6 ? 72 : 52;
}

static size_t mss(const struct ideal *w, const struct ideal_host *h)
{
    return (w->config->mtu_bytes ? w->config->mtu_bytes : 1500) - header(h);
}

static void send_packet(struct ideal *w, size_t connection,
                        enum event_kind kind, enum side to, struct span payload)
{
    const struct ideal_host *h = w->connections[connection].host;
    size_t options = kind == SYN || kind == SYN_ACK ? 8 : 0;
    struct event e = {.kind = kind, .to = to, .connection = connection};

    e.at_ns = travel(w, h, to, header(h) + options + payload.len);
    bytes_add(w, &e.bytes, payload);
    push(w, e);
}

static const struct span no_payload;

/* What a machine has said in this instant leaves as one burst. */
static void flush(struct ideal *w, struct connection *c, enum side from)
{
    enum side to = from == CLIENT ? SERVER : CLIENT;
    struct span left = {c->going[from].at, c->going[from].len};
    const struct ideal_road *r = to == SERVER ? &c->host->up : &c->host->down;
    size_t most = r->rate_bps ? mss(w, c->host) : SIZE_MAX;

    while (left.len > 0) {
        size_t len = left.len < most ? left.len : most;

        send_packet(w, (size_t)(c - w->connections), PART, to,
                    (struct span){left.at, len});
        left = (struct span){left.at + len, left.len - len};
    }
    c->going[from].len = 0;
}

static size_t add_actor(struct ideal *w, struct actor a)
{
    w->actors =
        grow(w, w->actors, &w->actor_room, w->actor_count, sizeof *w->actors);
    if (w->failed)
        return 0;
    a.alarm_ns = NEVER_NS;
    w->actors[w->actor_count] = a;
    return w->actor_count++;
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

static struct connection *connection_of(struct ideal *w, size_t actor,
                                        int stream)
{
    if (w->actors[actor].host)
        return &w->connections[w->actors[actor].connection];
    for (size_t i = w->connection_count; i-- > 0;)
        if (w->connections[i].stream == stream)
            return &w->connections[i];
    return NULL;
}

static void tell(struct ideal *w, size_t actor, struct told t)
{
    t.now_ns = w->now_ns;
    machine_tell(w->actors[actor].machine, &t);
}

static int stream_at(const struct connection *c, enum side side)
{
    return side == CLIENT ? c->stream : 0;
}

static void open_stream(struct ideal *w, size_t actor, struct ask a)
{
    const struct ideal_host *h = host_at(w, a.peer);
    size_t i = w->connection_count;

    w->connections =
        grow(w, w->connections, &w->connection_room, i, sizeof *w->connections);
    if (w->failed)
        return;
    if (!h) {
        tell(w, actor,
             (struct told){.kind = TOLD_REFUSED,
                           .stream = a.stream,
                           .error = ENETUNREACH});
        return;
    }
    w->connections[w->connection_count++] = (struct connection){
        .host = h, .stream = a.stream, .actor = {actor, SIZE_MAX}};
    send_packet(w, i, SYN, SERVER, a.bytes);
}

static void abort_stream(struct ideal *w, struct connection *c, enum side from)
{
    if (!c->open[from])
        return;
    c->going[from].len = 0;
    c->open[from] = false;
    send_packet(w, (size_t)(c - w->connections), RST,
                from == CLIENT ? SERVER : CLIENT, no_payload);
}

/* The actor that hears a host's datagrams; 0, the client, where there is none.
 */
static size_t datagram_actor(const struct ideal *w, const struct ideal_host *h)
{
    for (size_t i = 1; i < w->actor_count; i++)
        if (w->actors[i].host == h && w->actors[i].machine == h->datagrams)
            return i;
    return 0;
}

static void send_datagram(struct ideal *w, size_t actor, struct ask a)
{
    const struct ideal_host *own = w->actors[actor].host;
    const struct ideal_host *h = own ? own : host_at(w, a.peer);
    struct event e = {.kind = DATAGRAM, .to = own ? CLIENT : SERVER};

    if (!h || !h->datagrams)
        return; /* lost, as it would be */
    e.actor = own ? 0 : datagram_actor(w, h);
    e.peer = h->at;
    e.at_ns = travel(w, h, e.to, header(h) - 24 + a.bytes.len); /* IP, UDP */
    bytes_add(w, &e.bytes, a.bytes);
    push(w, e);
}

static void half_close(struct ideal *w, struct connection *c, enum side from)
{
    if (c->closed[from] || !c->open[from])
        return;
    flush(w, c, from);
    c->closed[from] = true;
    send_packet(w, (size_t)(c - w->connections), FIN,
                from == CLIENT ? SERVER : CLIENT, no_payload);
}

static void set_alarm(struct ideal *w, size_t actor, int64_t at_ns)
{
    w->actors[actor].alarm_ns = at_ns;
    if (at_ns != NEVER_NS)
        push(w, (struct event){.kind = ALARM,
                               .actor = actor,
                               .at_ns = at_ns < w->now_ns ? w->now_ns : at_ns});
}

/* Carries out one thing that a machine asked for. */
static void serve(struct ideal *w, size_t actor, struct ask a)
{
    enum side side = w->actors[actor].host ? SERVER : CLIENT;
    struct connection *c = connection_of(w, actor, a.stream);

    switch (a.kind) {
    case ASK_OPEN:
        open_stream(w, actor, a);
        break;
    case ASK_SEND:
        if (c && c->open[side] && !c->closed[side])
            bytes_add(w, &c->going[side], a.bytes);
        break;
    case ASK_HALF_CLOSE:
        if (c)
            half_close(w, c, side);
        break;
    case ASK_ABORT:
        if (c)
            abort_stream(w, c, side);
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

static void ask_all(struct ideal *w, size_t actor)
{
    struct ask a;

    do {
        a = machine_ask(w->actors[actor].machine);
        serve(w, actor, a);
    } while (a.kind != ASK_NOTHING && !w->failed);
    for (size_t i = 0; i < w->connection_count; i++) {
        struct connection *c = &w->connections[i];
        enum side side = w->actors[actor].host ? SERVER : CLIENT;

        if (c->actor[side] == actor && c->going[side].len > 0)
            flush(w, c, side);
    }
}

/* Offers what came to a machine until it takes no more, then the end. */
static void offer(struct ideal *w, struct connection *c, enum side side)
{
    size_t i = (size_t)(c - w->connections), taken = 1;

    while (c->open[side] && c->held[side].len > 0 && taken > 0) {
        struct told t = {.kind = TOLD_BYTES,
                         .stream = stream_at(c, side),
                         .now_ns = w->now_ns,
                         .bytes = {c->held[side].at, c->held[side].len}};

        taken = machine_tell(w->actors[c->actor[side]].machine, &t);
        bytes_drop(&c->held[side], taken);
        ask_all(w, c->actor[side]);
        c = &w->connections[i];
    }
    if (c->open[side] && c->held[side].len == 0 && c->end_held[side]) {
        c->end_held[side] = false;
        tell(w, c->actor[side],
             (struct told){.kind = TOLD_END, .stream = stream_at(c, side)});
        ask_all(w, c->actor[side]);
    }
}

/* A machine has been told something: carry out what follows from it, and offer
 * again what it may take now. */
static void attend(struct ideal *w, size_t actor)
{
    enum side side = w->actors[actor].host ? SERVER : CLIENT;

    ask_all(w, actor);
    for (size_t i = 0; i < w->connection_count; i++) {
        struct connection *c = &w->connections[i];

        if (c->actor[side] == actor &&
            (c->held[side].len > 0 || c->end_held[side]))
            offer(w, c, side);
    }
}

static void open_side(struct ideal *w, size_t connection, enum side side)
{
    struct connection *c = &w->connections[connection];
    size_t actor = c->actor[side];

    if (c->open[side] || c->closed[side])
        return;
    c->open[side] = true;
    tell(w, actor,
         (struct told){.kind = TOLD_OPENED,
                       .stream = stream_at(c, side),
                       .peer = c->host->at});
    attend(w, actor);
}

/* The first bytes may ride in the SYN (RFC 7413). */
static void on_syn(struct ideal *w, struct event *e)
{
    struct connection *c = &w->connections[e->connection];
    const struct ideal_host *h = c->host;
    struct machine *m = h->accept ? h->accept(h->arg, h->at) : NULL;

    if (!m) {
        send_packet(w, e->connection, REFUSAL, CLIENT, no_payload);
        return;
    }
    c->actor[SERVER] =
        add_actor(w, (struct actor){m, NEVER_NS, h, e->connection});
    if (w->failed)
        return;
    send_packet(w, e->connection, SYN_ACK, CLIENT, no_payload);
    if (e->bytes.len == 0)
        return;
    open_side(w, e->connection, SERVER);
    c = &w->connections[e->connection];
    bytes_add(w, &c->held[SERVER], (struct span){e->bytes.at, e->bytes.len});
    offer(w, c, SERVER);
}

static void on_packet(struct ideal *w, struct event *e)
{
    struct connection *c = &w->connections[e->connection];
    struct span payload = {e->bytes.at, e->bytes.len};

    switch (e->kind) {
    case SYN:
        on_syn(w, e);
        break;
    case SYN_ACK:
        send_packet(w, e->connection, ACK, SERVER, no_payload);
        open_side(w, e->connection, CLIENT);
        break;
    case ACK:
        open_side(w, e->connection, SERVER);
        break;
    case REFUSAL:
        tell(w, c->actor[CLIENT],
             (struct told){.kind = TOLD_REFUSED,
                           .stream = c->stream,
                           .error = ECONNREFUSED});
        attend(w, c->actor[CLIENT]);
        break;
    case PART:
        bytes_add(w, &c->held[e->to], payload);
        offer(w, c, e->to);
        break;
    case FIN:
        c->end_held[e->to] = true;
        offer(w, c, e->to);
        break;
    case RST:
        if (!c->open[e->to])
            break;
        c->open[e->to] = false;
        tell(w, c->actor[e->to],
             (struct told){.kind = TOLD_RESET,
                           .stream = stream_at(c, e->to),
                           .error = ECONNRESET});
        attend(w, c->actor[e->to]);
        break;
    case DATAGRAM:
    case ALARM:
        break;
    }
}

static void on_alarm(struct ideal *w, size_t actor, int64_t at_ns)
{
    if (w->actors[actor].alarm_ns > at_ns)
        return; /* it was moved or taken back: nothing happens */
    w->now_ns = at_ns;
    w->actors[actor].alarm_ns = NEVER_NS;
    tell(w, actor, (struct told){.kind = TOLD_WAKE});
    attend(w, actor);
}

/* The actors of datagrams come first: the client, then one for each host that
 * has any, in their order. */
static void on_datagram(struct ideal *w, const struct event *e)
{
    tell(w, e->actor,
         (struct told){.kind = TOLD_DATAGRAM,
                       .peer = e->peer,
                       .bytes = {e->bytes.at, e->bytes.len}});
    attend(w, e->actor);
}

static void happen(struct ideal *w, struct event *e)
{
    if (e->kind == ALARM) {
        on_alarm(w, e->actor, e->at_ns);
        return;
    }
    w->now_ns = e->at_ns;
    if (e->kind == DATAGRAM)
        on_datagram(w, e);
    else
        on_packet(w, e);
    bytes_free(&e->bytes);
}

static void start(struct ideal *w, struct machine *client)
{
    size_t first = add_actor(w, (struct actor){.machine = client});

    for (size_t i = 0; i < w->config->host_count && !w->failed; i++) {
        const struct ideal_host *h = &w->config->hosts[i];

        if (h->datagrams)
            add_actor(w, (struct actor){.machine = h->datagrams, .host = h});
    }
    if (w->failed)
        return;
    tell(w, first, (struct told){.kind = TOLD_START});
    attend(w, first);
}

static void release(struct ideal *w)
{
    for (size_t i = 0; i < w->events; i++)
        bytes_free(&w->heap[i].bytes);
    for (size_t i = 0; i < w->connection_count; i++)
        for (int side = CLIENT; side <= SERVER; side++) {
            bytes_free(&w->connections[i].held[side]);
            bytes_free(&w->connections[i].going[side]);
        }
    free(w->heap);
    free(w->actors);
    free(w->connections);
    free(w->free_ns);
}

int64_t ideal_run(const struct ideal_config *config, struct machine *client)
{
    struct ideal w = {.config = config};
    bool late = false;

    w.free_ns = calloc(2 * config->host_count + 1, sizeof *w.free_ns);
    w.failed = !w.free_ns;
    if (!w.failed)
        start(&w, client);
    while (!w.failed && w.events > 0 && !late) {
        late = w.heap[0].at_ns > config->limit_ns;
        if (!late) {
            struct event e = pop(&w);

            happen(&w, &e);
        }
    }
    release(&w);
    if (w.failed || late) {
        errno = w.failed ? ENOMEM : ETIME;
        return -1;
    }
    return w.now_ns;
}
