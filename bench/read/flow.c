/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/flow.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 64 }; /* at first; a power of two */

/* What all conversations together may hold of segments that came too early. */
enum { HELD_MOST = 256 << 20 };

struct flow;
struct chain { /* a list: the longest silent first */
    struct flow *first, *last;
};

struct flow {
    struct talk *talk;
    bool done, over;
    struct flow *bucket_next;           /* in its bucket */
    struct flow *idle_prev, *idle_next; /* in `active` or `over` */
    struct flow *next;                  /* in the order of first packets */
};

struct flows {
    trace_each_fn *each;
    void *arg;
    struct trace_given given;
    bool *log_taken;
    size_t room, open, done;
    struct chain active, over;
    struct flow *first, *last;
    struct flow **bucket;
    size_t buckets;
};

struct flows *flows_new(const struct trace_given *given, trace_each_fn *each,
                        void *arg)
{
    struct flows *f = calloc(1, sizeof *f);

    if (!f)
        return NULL;
    f->each = each;
    f->arg = arg;
    f->given = *given;
    f->room = HELD_MOST;
    f->log_taken = calloc(given->logs + 1, sizeof *f->log_taken);
    f->buckets = BUCKETS;
    f->bucket = calloc(f->buckets, sizeof(struct flow *));
    if (!f->log_taken || !f->bucket) {
        flows_free(f);
        return NULL;
    }
    return f;
}

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && a->family == b->family &&
           memcmp(a->ip, b->ip, a->family == 6 ? 16 : 4) == 0;
}

static uint64_t mix(uint64_t h, const struct endpoint *e)
{
    uint64_t word[2];

    memcpy(word, e->ip, sizeof word);
    h = (h ^ word[0]) * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 29 ^ word[1]) * 0xbf58476d1ce4e5b9u;
    h = (h ^ h >> 32 ^ e->port) * 0x94d049bb133111ebu;
    return h ^ h >> 31;
}

/* The same for both directions. */
static struct flow **bucket_of(struct flows *f, const struct endpoint *a,
                               const struct endpoint *b)
{
    return &f->bucket[(mix(1, a) + mix(1, b)) & (f->buckets - 1)];
}

/* Twice the buckets, if there is memory for them: it is but a matter of speed.
 */
static void spread(struct flows *f)
{
    struct flow **old = f->bucket;
    size_t n = f->buckets;
    struct flow **more = calloc(n * 2, sizeof(struct flow *));

    if (!more)
        return;
    f->bucket = more;
    f->buckets = n * 2;
    for (size_t i = 0; i < n; i++)
        while (old[i]) {
            struct flow *w = old[i];
            const struct conversation *c = &w->talk->c;
            struct flow **to = bucket_of(f, &c->client, &c->server);

            old[i] = w->bucket_next;
            w->bucket_next = *to;
            *to = w;
        }
    free(old);
}

static void chain_remove(struct chain *c, struct flow *w)
{
    *(w->idle_prev ? &w->idle_prev->idle_next : &c->first) = w->idle_next;
    *(w->idle_next ? &w->idle_next->idle_prev : &c->last) = w->idle_prev;
}

static void chain_append(struct chain *c, struct flow *w)
{
    w->idle_prev = c->last;
    w->idle_next = NULL;
    *(c->last ? &c->last->idle_next : &c->first) = w;
    c->last = w;
}

static void flow_free(struct flow *w)
{
    talk_free(w->talk);
    free(w);
}

/* Tells finished conversations: those before which none is open, and all if
 * too many wait. */
static void tell_done(struct flows *f)
{
    bool all = f->done > FLOWS_DONE;
    struct flow **link = &f->first, *kept = NULL;

    while (*link && (all || (*link)->done)) {
        struct flow *w = *link;

        if (!w->done) {
            kept = w;
            link = &w->next;
            continue;
        }
        *link = w->next;
        f->done--;
        f->each(f->arg, &w->talk->c);
        flow_free(w);
    }
    if (!*link)
        f->last = kept;
}

/* Takes a conversation out of the table; it waits for its turn to be told. */
static void flow_close(struct flows *f, struct flow *w)
{
    struct talk *t = w->talk;
    struct flow **link = bucket_of(f, &t->c.client, &t->c.server);

    while (*link != w)
        link = &(*link)->bucket_next;
    *link = w->bucket_next;
    chain_remove(w->over ? &f->over : &f->active, w);
    f->open--;
    talk_finish(t);
    w->done = true;
    f->done++;
    if (f->first == w || f->done > FLOWS_DONE)
        tell_done(f);
}

static void take_log(struct flows *f, struct talk *t)
{
    const struct handed_log *log = f->given.log;

    for (size_t i = 0; i < f->given.logs; i++)
        if (!f->log_taken[i] && same_endpoint(&log[i].client, &t->c.client)) {
            f->log_taken[i] = true;
            talk_set_log(t, &log[i]);
            return;
        }
}

/* Where no SYN tells who is who, the bytes may; else the lower port serves. */
static bool from_client(const struct packet *p)
{
    int side;

    if (p->flags & TCP_SYN)
        return !(p->flags & TCP_ACK);
    side = p->have ? speech_side(p->payload, p->have) : -1;
    return side >= 0 ? side == FROM_CLIENT : p->from.port >= p->to.port;
}

static struct flow *flow_open(struct flows *f, const struct packet *p,
                              int64_t at_ns)
{
    bool up = from_client(p);
    struct flow *w = calloc(1, sizeof *w), **bucket;

    if (!w)
        return NULL;
    w->talk = talk_new(up ? &p->from : &p->to, up ? &p->to : &p->from, at_ns,
                       &f->room);
    if (!w->talk) {
        free(w);
        return NULL;
    }
    take_log(f, w->talk);
    talk_set_keys(w->talk, f->given.keys);
    bucket = bucket_of(f, &p->from, &p->to);
    w->bucket_next = *bucket;
    *bucket = w;
    chain_append(&f->active, w);
    *(f->last ? &f->last->next : &f->first) = w;
    f->last = w;
    if (++f->open > f->buckets)
        spread(f);
    return w;
}

static struct flow *flow_find(struct flows *f, const struct packet *p)
{
    struct flow *w = *bucket_of(f, &p->from, &p->to);

    for (; w; w = w->bucket_next) {
        const struct conversation *c = &w->talk->c;

        if ((same_endpoint(&c->client, &p->from) &&
             same_endpoint(&c->server, &p->to)) ||
            (same_endpoint(&c->client, &p->to) &&
             same_endpoint(&c->server, &p->from)))
            return w;
    }
    return NULL;
}

/* The SYN of a further conversation between the same ports. */
static bool begins_anew(const struct flow *w, const struct packet *p)
{
    const struct talk *t = w->talk;

    if ((p->flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
        return false;
    if (!same_endpoint(&t->c.client, &p->from))
        return w->over;
    return !t->c.from_start || t->stream[FROM_CLIENT].base != p->seq + 1;
}

static int64_t lingers(const struct talk *t)
{
    return t->c.rtt_ns > 0 ? 2 * t->c.rtt_ns : 0;
}

static void close_some(struct flows *f, int64_t now_ns)
{
    while (f->over.first && now_ns - f->over.first->talk->last_ns >
                                FLOW_LINGER_NS + lingers(f->over.first->talk))
        flow_close(f, f->over.first);
    if (f->open >= FLOWS_OPEN)
        flow_close(f, f->over.first ? f->over.first : f->active.first);
}

void flows_packet(struct flows *f, const struct packet *p, int64_t at_ns)
{
    struct flow *w = flow_find(f, p);
    bool up;

    if (w && begins_anew(w, p)) {
        flow_close(f, w);
        w = NULL;
    }
    if (!w) {
        if (!(p->flags & TCP_SYN) && p->len == 0)
            return; /* the end of one whose beginning is missing */
        close_some(f, at_ns);
        w = flow_open(f, p, at_ns);
        if (!w)
            return;
    }
    chain_remove(w->over ? &f->over : &f->active, w);
    up = same_endpoint(&w->talk->c.client, &p->from);
    talk_packet(w->talk, up ? FROM_CLIENT : FROM_SERVER, p, at_ns);
    w->over = w->talk->over;
    chain_append(w->over ? &f->over : &f->active, w);
}

void flows_end(struct flows *f)
{
    while (f->first) {
        struct flow *w = f->first;

        if (!w->done)
            flow_close(f, w);
        else
            tell_done(f);
    }
}

void flows_free(struct flows *f)
{
    if (!f)
        return;
    while (f->first) {
        struct flow *w = f->first;

        f->first = w->next;
        flow_free(w);
    }
    free(f->log_taken);
    free(f->bucket);
    free(f);
}
