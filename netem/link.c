/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of a road: see link.h. */
#include "netem/link.h"

#include <assert.h>
#include <stdlib.h>

#include "netem/chance.h"
#include "netem/line.h"
#include "netem/lossy.h"
#include "netem/pace.h"
#include "netem/params.h"
#include "netem/queue.h"
#include "netem/scatter.h"
#include "netem/slots.h"

/* Streams of chance; their numbers are part of what a seed means. */
enum {
    FOR_LOSS,
    FOR_COPY,
    FOR_CORRUPT,
    FOR_BIT,
    FOR_REORDER,
    FOR_DELAY,
    FOR_SLOT
};

struct link {
    struct params params;
    const struct params_phase *phase; /* in force */
    uint32_t limit;
    bool ecn, started;
    int64_t start_ns, put_ns, outage_end_ns;

    struct lossy lossy;
    struct chance copy, corrupt, bit, reorder, delay;
    uint32_t since_reorder;

    struct queue queue; /* waiting, if params.queued */
    struct pace pace;
    struct line line;  /* on the way */
    struct ring ready; /* due in the past: dropped ones, and what they passed */
    int64_t last_due_ns;   /* the latest of all that went on the line */
    int64_t copied_due_ns; /* of the first copy of the last packet copied */
    bool reorders;         /* in any phase */

    struct slots slots;

    size_t next_drop; /* in params.drop */
    struct link_counters counters;
};

static int64_t later_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

const char *link_rule_name(enum link_rule rule)
{
#define X(name, text) text,
    static const char *const names[] = {LINK_RULES(X)};
#undef X

    assert(rule < LINK_RULE_COUNT);
    return names[rule];
}

static int64_t scattered(struct chance *c, const struct link_scatter *s,
                         int64_t mean_ns, int64_t sigma_ns, double corr_pct)
{
    const struct link_table *t = s->table;

    if (sigma_ns == 0)
        return mean_ns;
    mean_ns = scatter_pick(t ? t->value : NULL, t ? t->count : 0, mean_ns,
                           sigma_ns, chance_correlated(c, corr_pct));
    return later_of(mean_ns, 0);
}

static int64_t line_next_ns(const struct link *l)
{
    const struct link_packet *p = line_first(&l->line);

    if (!p)
        return INT64_MAX;
    return l->params.slot.on ? slots_leave_ns(&l->slots, p->due_ns) : p->due_ns;
}

static bool line_take(struct link *l, int64_t now_ns, struct link_packet *out)
{
    int64_t leave_ns = line_next_ns(l);

    if (leave_ns > now_ns || leave_ns == INT64_MAX)
        return false;
    *out = *line_first(&l->line);
    line_pop(&l->line);
    out->due_ns = leave_ns;
    if (l->params.slot.on)
        slots_use(&l->slots, leave_ns, out->bytes);
    return true;
}

/* Packets whose time has passed are on the road no more, though the caller
 * may not yet have taken them. */
static void settle(struct link *l, int64_t now_ns)
{
    struct link_packet p;

    while (line_take(l, now_ns, &p))
        ring_push(&l->ready, &p);
}

/* This packet comes out at once: dropped, or first of all. */
static void come_out(struct link *l, struct link_packet *p, int64_t now_ns)
{
    settle(l, now_ns);
    if (p->duplicate)
        line_overtake(&l->line, &l->queue.ring, p);
    p->due_ns = now_ns;
    ring_push(&l->ready, p);
}

static void drop(void *link, struct link_packet *p, enum link_rule rule,
                 int64_t now_ns)
{
    struct link *l = link;

    l->counters.dropped++;
    l->counters.dropped_by[rule]++;
    p->rule = (int)rule;
    come_out(l, p, now_ns);
}

static const struct link_phase *how(const struct link *l)
{
    return &l->phase->how;
}

static void enter_next(struct link *l, int64_t from_ns)
{
    l->phase++;
    if (l->phase->rate_differs)
        pace_change(&l->pace, from_ns);
    if (l->phase->loss_differs)
        lossy_change(&l->lossy);
    if (how(l)->outage_ns)
        l->outage_end_ns =
            later_of(l->outage_end_ns, pace_later(from_ns, how(l)->outage_ns));
}

static int64_t next_change_ns(const struct link *l)
{
    if (l->phase + 1 == l->params.phase + l->params.phase_count)
        return INT64_MAX;
    return pace_later(l->start_ns, l->phase[1].how.from_ns);
}

/* Puts in force what the schedule says for `now_ns`. */
static void enter(struct link *l, int64_t now_ns)
{
    for (int64_t ns; (ns = next_change_ns(l)) <= now_ns;)
        enter_next(l, ns);
}

void link_start(struct link *l, int64_t now_ns)
{
    assert(!l->started);
    l->started = true;
    l->start_ns = l->put_ns = l->outage_end_ns = now_ns;
    l->last_due_ns = now_ns;
    l->pace.epoch_ns = l->pace.free_ns = now_ns;
    slots_start(&l->slots, now_ns);
}

static bool reorders(struct link *l, const struct link_packet *p)
{
    const struct link_reorder *r = &how(l)->reorder;

    /* A second copy must not come before the first: link.h says so. */
    if (!r->gap || p->duplicate)
        return false;
    if (l->since_reorder >= r->gap - 1 && chance_hit(&l->reorder, &r->chance)) {
        l->since_reorder = 0;
        return true;
    }
    l->since_reorder++;
    return false;
}

static int64_t delayed_ns(struct link *l, int64_t from_ns)
{
    const struct link_delay *d = &how(l)->delay;

    return pace_later(from_ns, scattered(&l->delay, &d->scatter, d->ns,
                                         d->jitter_ns, d->corr_pct));
}

static void travel(struct link *l, struct link_packet *p, bool fifo)
{
    if (fifo)
        p->due_ns = later_of(p->due_ns, l->last_due_ns);
    if (p->duplicate)
        p->due_ns = later_of(p->due_ns, l->copied_due_ns);
    if (p->copied)
        l->copied_due_ns = p->due_ns;
    l->last_due_ns = later_of(l->last_due_ns, p->due_ns);
    l->counters.delayed += p->due_ns > p->in_ns;
    line_push(&l->line, p);
}

/* Without a queue: the delay first and then the rate, so that all is known on
 * arrival, as in netem; a packet starts when the last one has left. */
static void admit(struct link *l, struct link_packet *p)
{
    const struct link_phase *h = how(l);
    bool rated = h->rate.bps > 0;

    if (line_count(&l->line) >= l->limit) {
        settle(l, p->in_ns);
        if (line_count(&l->line) >= l->limit) {
            drop(l, p, LINK_LIMIT, p->in_ns);
            return;
        }
    }
    if (reorders(l, p)) {
        l->counters.reordered++;
        p->reordered = true;
        come_out(l, p, p->in_ns);
        return;
    }
    p->due_ns = delayed_ns(l, p->in_ns);
    if (rated) {
        l->pace.free_ns = later_of(l->pace.free_ns, l->last_due_ns);
        p->due_ns = pace_send(&l->pace, &h->rate, p->due_ns, p->bytes);
    }
    travel(l, p, rated || h->delay.ordered);
}

/* The time when the queue's first packet would begin to leave. */
static int64_t serve_ns(const struct link *l)
{
    const struct link_packet *p = ring_first(&l->queue.ring);

    return pace_start(&l->pace, &how(l)->rate, p->in_ns);
}

static void serve(struct link *l, int64_t start_ns)
{
    struct link_packet p;
    bool fifo = true;

    if (!queue_next(&l->queue, start_ns, &p, drop, l))
        return;
    p.due_ns = pace_send(&l->pace, &how(l)->rate, start_ns, p.bytes);
    if (reorders(l, &p)) {
        l->counters.reordered++;
        p.reordered = true;
        fifo = false;
    } else {
        p.due_ns = delayed_ns(l, p.due_ns);
    }
    travel(l, &p, fifo);
}

/* Serves all that begins to leave before or at `now_ns`. */
static void advance(struct link *l, int64_t now_ns)
{
    while (l->queue.ring.count) {
        int64_t start_ns = serve_ns(l), change_ns = next_change_ns(l);

        if (start_ns > now_ns && change_ns > now_ns)
            break;
        if (change_ns <= start_ns)
            enter_next(l, change_ns);
        else
            serve(l, start_ns);
    }
}

static bool crowded(struct link *l, const struct link_packet *p)
{
    if (line_count(&l->line) + l->queue.ring.count >= l->limit)
        settle(l, p->in_ns);
    return line_count(&l->line) + l->queue.ring.count >= l->limit ||
           queue_full(&l->queue, p->bytes);
}

static void enqueue(struct link *l, struct link_packet *p)
{
    struct link_packet first;

    while (crowded(l, p)) {
        if (l->queue.how.discipline == LINK_QUEUE_DROPHEAD &&
            queue_pop(&l->queue, &first)) {
            drop(l, &first, LINK_LIMIT, p->in_ns);
        } else {
            drop(l, p, LINK_LIMIT, p->in_ns);
            return;
        }
    }
    queue_push(&l->queue, p);
    advance(l, p->in_ns);
}

/* A time at which the queue's first packet may come out: not too late. */
static int64_t queue_next_ns(const struct link *l)
{
    const struct link_phase *h = how(l);
    int64_t start_ns = serve_ns(l), change_ns = next_change_ns(l);
    struct pace pace = l->pace;

    if (change_ns <= start_ns)
        return change_ns;
    if (l->queue.how.discipline == LINK_QUEUE_CODEL)
        return start_ns;
    start_ns =
        pace_send(&pace, &h->rate, start_ns, ring_first(&l->queue.ring)->bytes);
    if (h->delay.jitter_ns || h->reorder.gap)
        return start_ns;
    start_ns = later_of(pace_later(start_ns, h->delay.ns), l->last_due_ns);
    return slots_leave_ns(&l->slots, start_ns);
}

static bool picked(struct link *l)
{
    const struct params *p = &l->params;

    while (l->next_drop < p->drop_count &&
           p->drop[l->next_drop].last < l->counters.in)
        l->next_drop++;
    return l->next_drop < p->drop_count &&
           p->drop[l->next_drop].first <= l->counters.in;
}

static void corrupt(struct link *l, struct link_packet *p)
{
    uint64_t bits = (uint64_t)p->bytes * 8;

    if (!chance_hit(&l->corrupt, &how(l)->corrupt))
        return;
    bits = bits < INT32_MAX ? bits : INT32_MAX;
    p->corrupt_bit = (int32_t)((chance_bits(&l->bit) >> 32) * bits >> 32);
    l->counters.corrupted++;
}

/* One copy meets loss, as netem has it: a packet that is to be copied and to
 * be lost is neither. The second copy has a loss of its own. */
static void put_copy(struct link *l, struct link_packet *p)
{
    bool lost = lossy_next(&l->lossy, &how(l)->loss);

    if (lost && l->ecn && p->ect) {
        p->ce = true;
        l->counters.ecn_marked++;
    } else if (lost && p->copied) {
        p->copied = false;
    } else if (lost) {
        drop(l, p, LINK_LOSS, p->in_ns);
        return;
    }
    l->counters.duplicated += p->copied;
    corrupt(l, p);
    if (l->params.queued)
        enqueue(l, p);
    else
        admit(l, p);
}

/* As the first copy `p` was before it was put. */
static void put_second(struct link *l, const struct link_packet *p)
{
    struct link_packet second = {.id = p->id,
                                 .bytes = p->bytes,
                                 .in_ns = p->in_ns,
                                 .ect = p->ect,
                                 .rule = LINK_DELIVERED,
                                 .corrupt_bit = -1,
                                 .duplicate = true};

    put_copy(l, &second);
}

void link_put(struct link *l, int64_t now_ns, uint64_t id, uint32_t bytes,
              bool ect, bool exact)
{
    struct link_packet p = {.id = id,
                            .bytes = bytes,
                            .ect = ect,
                            .rule = LINK_DELIVERED,
                            .corrupt_bit = -1};
    if (!l->started)
        link_start(l, now_ns);
    p.in_ns = l->put_ns = later_of(l->put_ns, now_ns);
    advance(l, p.in_ns);
    enter(l, p.in_ns);
    l->counters.in++;
    if (picked(l) || exact) {
        drop(l, &p, LINK_EXACT, p.in_ns);
        return;
    }
    if (p.in_ns < l->outage_end_ns) {
        drop(l, &p, LINK_OUTAGE, p.in_ns);
        return;
    }
    p.copied = chance_hit(&l->copy, &how(l)->duplicate);
    put_copy(l, &p);
    if (p.copied)
        put_second(l, &p);
}

int64_t link_next_ns(const struct link *l)
{
    int64_t next_ns;

    if (l->ready.count)
        return ring_first(&l->ready)->due_ns;
    next_ns = line_next_ns(l);
    /* Behind a queue packets travel in order unless they are reordered. */
    if (l->queue.ring.count && (l->reorders || next_ns == INT64_MAX)) {
        int64_t queue_ns = queue_next_ns(l);
        next_ns = queue_ns < next_ns ? queue_ns : next_ns;
    }
    return next_ns;
}

bool link_take(struct link *l, int64_t now_ns, struct link_packet *out)
{
    advance(l, now_ns);
    if (l->ready.count) {
        if (ring_first(&l->ready)->due_ns > now_ns)
            return false;
        *out = *ring_first(&l->ready);
        ring_pop(&l->ready);
    } else if (!line_take(l, now_ns, out)) {
        return false;
    }
    l->counters.delivered += out->rule == LINK_DELIVERED;
    return true;
}

uint64_t link_inside(const struct link *l)
{
    uint64_t ready = 0;

    for (size_t i = 0; i < l->ready.count; i++)
        ready += ring_at(&l->ready, i)->rule == LINK_DELIVERED;
    return ready + line_count(&l->line) + l->queue.ring.count;
}

struct link_counters link_counters(const struct link *l)
{
    struct link_counters c = l->counters;

    c.ecn_marked += l->queue.marked;
    return c;
}

struct link *link_new(const struct link_params *params, uint64_t seed)
{
    struct link *l = calloc(1, sizeof *l);

    if (!l)
        abort();
    params_copy(&l->params, params);
    l->phase = l->params.phase;
    l->limit = link_limit_packets(params);
    l->ecn = params->ecn;
    for (size_t i = 0; i < l->params.phase_count; i++)
        l->reorders |= l->params.phase[i].how.reorder.gap > 0;
    queue_init(&l->queue, &params->queue, params->ecn);
    seed = params->seeded ? params->seed : seed;
    lossy_init(&l->lossy, seed, FOR_LOSS);
    chance_init(&l->copy, seed, FOR_COPY);
    chance_init(&l->corrupt, seed, FOR_CORRUPT);
    chance_init(&l->bit, seed, FOR_BIT);
    chance_init(&l->reorder, seed, FOR_REORDER);
    chance_init(&l->delay, seed, FOR_DELAY);
    slots_init(&l->slots, &l->params.slot, seed, FOR_SLOT);
    return l;
}

void link_free(struct link *l)
{
    if (!l)
        return;
    params_release(&l->params);
    queue_release(&l->queue);
    line_release(&l->line);
    ring_release(&l->ready);
    free(l);
}
