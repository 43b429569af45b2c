/* SPDX-License-Identifier: BSD-2-Clause */
/* Perfect pipes: an agenda of events, and a table of connections. */
#include "sim/ideal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/ideal_inner.h"

static void tell(struct ideal *w, size_t actor, struct told t)
{
    t.now_ns = w->now_ns;
    machine_tell(w->actors[actor].machine, &t);
}

static size_t add_actor(struct ideal *w, struct actor a)
{
    w->actors = ideal_grow(w, w->actors, &w->actor_room, w->actor_count,
                           sizeof *w->actors);
    if (w->failed)
        return 0;
    a.alarm_ns = NEVER_NS;
    w->actors[w->actor_count] = a;
    return w->actor_count++;
}

static int stream_at(const struct connection *c, enum side side)
{
    return side == CLIENT ? c->stream : 0;
}

static void tell_end(struct ideal *w, size_t connection, enum side side)
{
    struct connection *c = &w->connections[connection];
    struct end *e = &c->end[side];

    e->end_held = false;
    e->ended = true;
    tell(w, e->actor,
         (struct told){.kind = TOLD_END, .stream = stream_at(c, side)});
    ideal_close_if_done(e);
    ideal_ask_all(w, e->actor);
}

/* Offers what came to a machine until it takes no more, then the end. */
static void offer(struct ideal *w, size_t connection, enum side side)
{
    struct end *e = &w->connections[connection].end[side];
    size_t taken = 1;

    while (e->state == OPEN && e->held.len > 0 && taken > 0 && !w->failed) {
        struct told t = {.kind = TOLD_BYTES,
                         .stream = stream_at(&w->connections[connection], side),
                         .now_ns = w->now_ns,
                         .bytes = {e->held.at, e->held.len}};

        taken = machine_tell(w->actors[e->actor].machine, &t);
        bytes_drop(&e->held, taken);
        ideal_ask_all(w, e->actor);
        e = &w->connections[connection].end[side]; /* it may have opened more */
    }
    if (e->state == OPEN && e->held.len == 0 && e->end_held)
        tell_end(w, connection, side);
}

/* A machine has been told something: carry out what follows from it, and offer
 * again what it may take now. */
static void attend(struct ideal *w, size_t actor)
{
    enum side side = ideal_side(w, actor);

    ideal_ask_all(w, actor);
    for (size_t i = 0; i < w->connection_count; i++)
        if (w->connections[i].end[side].actor == actor)
            offer(w, i, side);
}

static void open_side(struct ideal *w, size_t connection, enum side side)
{
    struct connection *c = &w->connections[connection];
    struct end *e = &c->end[side];
    size_t actor = e->actor;

    if (e->state != AWAITED)
        return;
    e->state = OPEN;
    tell(w, actor,
         (struct told){.kind = TOLD_OPENED,
                       .stream = stream_at(c, side),
                       .fast = side == CLIENT && c->fast && e->saying.len == 0,
                       .peer = side == CLIENT ? c->host->at : c->client_at});
    attend(w, actor);
}

/* With TCP Fast Open (RFC 7413) the server is there from the SYN on, and hears
 * what rides in it. */
static void on_syn(struct ideal *w, const struct event *e)
{
    struct connection *c = &w->connections[e->connection];
    const struct ideal_host *h = c->host;
    struct machine *m;
    size_t actor;

    if (h->silent)
        return;
    m = h->accept ? h->accept(h->arg, c->client_at) : NULL;
    if (!m) {
        ideal_send(w, e->connection, REFUSAL, CLIENT);
        return;
    }
    actor = add_actor(w, (struct actor){m, NEVER_NS, h, e->connection});
    if (w->failed)
        return;
    c->end[SERVER].actor = actor;
    tell(w, actor, (struct told){.kind = TOLD_START});
    ideal_ask_all(w, actor);
    ideal_send(w, e->connection, SYN_ACK, CLIENT);
    if (!w->connections[e->connection].fast)
        return;
    open_side(w, e->connection, SERVER);
    c = &w->connections[e->connection];
    ideal_add_bytes(w, &c->end[SERVER].held,
                    (struct span){e->bytes.at, e->bytes.len});
    offer(w, e->connection, SERVER);
}

/* A client that has given up meanwhile answers by a reset. */
static void on_syn_ack(struct ideal *w, const struct event *e)
{
    bool over = w->connections[e->connection].end[CLIENT].state == OVER;

    ideal_send(w, e->connection, over ? RST : ACK, SERVER);
    open_side(w, e->connection, CLIENT);
}

/* The stream is gone at this side, and its machine is told why. */
static void on_loss(struct ideal *w, const struct event *e, enum told_kind kind,
                    int error)
{
    struct connection *c = &w->connections[e->connection];
    struct end *end = &c->end[e->side];
    size_t actor = end->actor;
    bool told =
        end->state == OPEN || (end->state == AWAITED && kind == TOLD_REFUSED);

    end->state = OVER;
    if (!told)
        return;
    tell(w, actor,
         (struct told){.kind = kind,
                       .stream = stream_at(c, (enum side)e->side),
                       .error = error});
    attend(w, actor);
}

static void on_datagram(struct ideal *w, const struct event *e)
{
    tell(w, e->actor,
         (struct told){.kind = TOLD_DATAGRAM,
                       .peer = e->peer,
                       .bytes = {e->bytes.at, e->bytes.len}});
    attend(w, e->actor);
}

static void on_alarm(struct ideal *w, size_t actor)
{
    w->actors[actor].alarm_ns = NEVER_NS;
    tell(w, actor, (struct told){.kind = TOLD_WAKE});
    attend(w, actor);
}

static void happen(struct ideal *w, const struct event *e)
{
    enum side side = (enum side)e->side;
    struct end *end =
        w->connections ? &w->connections[e->connection].end[side] : NULL;

    switch ((enum event_kind)e->kind) {
    case SYN:
        on_syn(w, e);
        break;
    case SYN_ACK:
        on_syn_ack(w, e);
        break;
    case ACK:
        open_side(w, e->connection, SERVER);
        break;
    case REFUSAL:
        on_loss(w, e, TOLD_REFUSED, e->error);
        break;
    case RST:
        on_loss(w, e, TOLD_RESET, ECONNRESET);
        break;
    case PART:
        ideal_add_bytes(w, &end->held,
                        (struct span){e->bytes.at, e->bytes.len});
        offer(w, e->connection, side);
        break;
    case FIN:
        end->end_held = true;
        offer(w, e->connection, side);
        break;
    case DATAGRAM:
        on_datagram(w, e);
        break;
    case ALARM:
        on_alarm(w, e->actor);
        break;
    }
}

/* Takes out alarms that were moved or taken back, up to one that rings or
 * another event. NULL: nothing is left to happen. */
static const struct event *next_event(struct ideal *w)
{
    const struct event *e;

    while ((e = agenda_first(&w->agenda)) && e->kind == ALARM &&
           w->actors[e->actor].alarm_ns > e->at_ns)
        agenda_take(&w->agenda);
    return e;
}

/* The client is the first actor, but the last to be told to start. */
static void start(struct ideal *w, struct machine *client)
{
    size_t first = add_actor(w, (struct actor){.machine = client});

    for (size_t i = 0; i < w->config->host_count && !w->failed; i++) {
        const struct ideal_host *h = &w->config->hosts[i];

        if (h->datagrams)
            add_actor(w, (struct actor){.machine = h->datagrams,
                                        .host = h,
                                        .connection = SIZE_MAX});
    }
    for (size_t i = w->failed ? first : w->actor_count; i-- > first;) {
        tell(w, i, (struct told){.kind = TOLD_START});
        attend(w, i);
    }
}

static void release(struct ideal *w)
{
    for (size_t i = 0; i < w->connection_count; i++)
        for (int side = CLIENT; side <= SERVER; side++) {
            bytes_free(&w->connections[i].end[side].held);
            bytes_free(&w->connections[i].end[side].saying);
        }
    agenda_release(&w->agenda);
    free(w->actors);
    free(w->connections);
    free(w->free_ns);
}

int64_t ideal_run(const struct ideal_config *config, struct machine *client)
{
    struct ideal w = {.config = config};
    const struct event *next = NULL;

    w.free_ns = calloc(2 * config->host_count + 1, sizeof *w.free_ns);
    w.failed = !w.free_ns;
    if (!w.failed)
        start(&w, client);
    while (!w.failed && (next = next_event(&w)) &&
           next->at_ns <= config->limit_ns) {
        struct event e = agenda_take(&w.agenda);

        w.now_ns = e.at_ns;
        happen(&w, &e);
        bytes_free(&e.bytes);
    }
    release(&w);
    if (w.failed || next) {
        errno = w.failed ? ENOMEM : ETIME;
        return -1;
    }
    return w.now_ns;
}
