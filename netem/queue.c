/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue before the rate: see queue.h. The part of codel follows the
 * pseudocode of RFC 8289, section 5, by names of its own. */
#include "netem/queue.h"

#include <math.h>
#include <string.h>

#define NEVER INT64_MIN

void queue_init(struct queue *q, const struct link_queue *how, bool ecn)
{
    memset(q, 0, sizeof *q);
    q->how = *how;
    q->ecn = ecn;
    q->above_ns = NEVER;
}

void queue_release(struct queue *q)
{
    ring_release(&q->ring);
}

bool queue_full(const struct queue *q, uint32_t bytes)
{
    return (q->how.packets && q->ring.count >= q->how.packets) ||
           (q->how.bytes && q->bytes + bytes > q->how.bytes);
}

void queue_push(struct queue *q, const struct link_packet *p)
{
    q->bytes += p->bytes;
    if (p->bytes > q->largest)
        q->largest = p->bytes;
    ring_push(&q->ring, p);
}

bool queue_pop(struct queue *q, struct link_packet *p)
{
    if (!q->ring.count)
        return false;
    *p = *ring_first(&q->ring);
    ring_pop(&q->ring);
    q->bytes -= p->bytes;
    return true;
}

/* RFC 8289, 5.6, dodequeue(): sets `ok` if the wait has been above target for
 * an interval, so that this packet may be dropped. */
static bool pop_judged(struct queue *q, int64_t now_ns, struct link_packet *p,
                       bool *ok)
{
    *ok = false;
    if (!queue_pop(q, p)) {
        q->above_ns = NEVER;
        return false;
    }
    if (now_ns - p->in_ns < q->how.target_ns || q->bytes <= q->largest)
        q->above_ns = NEVER;
    else if (q->above_ns == NEVER)
        q->above_ns = now_ns + q->how.interval_ns;
    else
        *ok = now_ns >= q->above_ns;
    return true;
}

/* RFC 8289, 5.5: drops come closer together by the root of their number. */
static int64_t control_law(const struct queue *q, int64_t from_ns)
{
    return from_ns + (int64_t)((double)q->how.interval_ns / sqrt(q->drops));
}

/* Drops a packet and fetches the one after it, or marks it and keeps it.
 * False: the queue is empty. */
static bool punish(struct queue *q, int64_t now_ns, struct link_packet *p,
                   bool *ok, queue_drop *drop, void *arg)
{
    if (q->ecn && p->ect) {
        q->marked += !p->ce;
        p->ce = true;
        return true;
    }
    drop(arg, p, LINK_CODEL, now_ns);
    return pop_judged(q, now_ns, p, ok);
}

/* RFC 8289, 5.6, deque(), while in the dropping state. */
static bool go_on_dropping(struct queue *q, int64_t now_ns,
                           struct link_packet *p, bool ok, queue_drop *drop,
                           void *arg)
{
    bool some = true;

    q->dropping = ok;
    while (q->dropping && now_ns >= q->drop_next_ns) {
        q->drops++;
        some = punish(q, now_ns, p, &ok, drop, arg);
        q->dropping = some && ok;
        if (q->dropping)
            q->drop_next_ns = control_law(q, q->drop_next_ns);
        if (some && p->ce)
            break;
    }
    return some;
}

static bool start_dropping(struct queue *q, int64_t now_ns,
                           struct link_packet *p, queue_drop *drop, void *arg)
{
    uint32_t delta = q->drops - q->drops_before;
    bool ok, some = punish(q, now_ns, p, &ok, drop, arg);

    q->dropping = true;
    q->drops = 1;
    if (delta > 1 && now_ns - q->drop_next_ns < 16 * q->how.interval_ns)
        q->drops = delta;
    q->drop_next_ns = control_law(q, now_ns);
    q->drops_before = q->drops;
    return some;
}

bool queue_next(struct queue *q, int64_t now_ns, struct link_packet *p,
                queue_drop *drop, void *arg)
{
    bool ok;

    if (q->how.discipline != LINK_QUEUE_CODEL)
        return queue_pop(q, p);
    if (!pop_judged(q, now_ns, p, &ok)) {
        q->dropping = false;
        return false;
    }
    if (q->dropping)
        return go_on_dropping(q, now_ns, p, ok, drop, arg);
    return ok ? start_dropping(q, now_ns, p, drop, arg) : true;
}
