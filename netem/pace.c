/* SPDX-License-Identifier: BSD-2-Clause */
/* The rate: see pace.h. */
#include "netem/pace.h"

#define TRACE_BYTES 1500 /* of IP; mahimahi counts 1504, TUN's header in */
#define MS 1000000

int64_t pace_later(int64_t a, int64_t b)
{
    return b < PACE_FAR - (a > 0 ? a : 0) ? a + b : PACE_FAR;
}

static int64_t later_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* On the wire, as netem counts: overhead first, then whole cells. */
static uint64_t wire_bytes(const struct link_rate *r, uint32_t bytes)
{
    int64_t len = (int64_t)bytes + r->packet_overhead, cells;

    if (r->cell_bytes && len > 0) {
        cells = (len + r->cell_bytes - 1) / r->cell_bytes;
        len = cells * ((int64_t)r->cell_bytes + r->cell_overhead);
    }
    return len > 0 ? (uint64_t)len : 0;
}

/* The time of opportunity n of the trace. */
static int64_t opportunity_ns(const struct pace *p, const struct link_trace *t,
                              uint64_t n)
{
    uint64_t ms =
        n / t->count * t->at_ms[t->count - 1] + t->at_ms[n % t->count];

    if (ms > PACE_FAR / MS)
        return PACE_FAR;
    return pace_later(p->epoch_ns, (int64_t)ms * MS);
}

/* The first unused opportunity at or after `ready_ns`. */
static uint64_t opportunity_after(const struct pace *p,
                                  const struct link_trace *t, int64_t ready_ns)
{
    int64_t ns = ready_ns > p->epoch_ns ? ready_ns - p->epoch_ns : 0;
    uint64_t ms = ((uint64_t)ns + MS - 1) / MS;
    uint64_t period_ms = t->at_ms[t->count - 1];
    uint64_t round = ms / period_ms, low = 0, high = t->count - 1, n;

    if (ms % period_ms == 0 && round > 0)
        round--; /* the last of the round before is at the same time */
    for (ms -= round * period_ms; low < high;) {
        uint64_t middle = (low + high) / 2;
        if (t->at_ms[middle] < ms)
            low = middle + 1;
        else
            high = middle;
    }
    n = round * t->count + low;
    return n > p->next ? n : p->next;
}

int64_t pace_start(const struct pace *p, const struct link_rate *r,
                   int64_t ready_ns)
{
    ready_ns = later_of(ready_ns, p->free_ns);
    if (!r->trace)
        return ready_ns;
    if (p->left && p->chance_ns >= ready_ns)
        return p->chance_ns;
    return opportunity_ns(p, r->trace,
                          opportunity_after(p, r->trace, ready_ns));
}

static int64_t trace_send(struct pace *p, const struct link_trace *t,
                          int64_t ready_ns, uint32_t bytes)
{
    bytes = bytes ? bytes : 1;
    if (p->left == 0 || p->chance_ns < ready_ns) {
        p->next = opportunity_after(p, t, ready_ns);
        p->left = 0;
    }
    while (bytes > p->left) {
        bytes -= p->left;
        p->left = TRACE_BYTES;
        p->chance_ns = opportunity_ns(p, t, p->next++);
    }
    p->left -= bytes;
    return p->chance_ns;
}

static int64_t rate_send(struct pace *p, const struct link_rate *r,
                         int64_t start_ns, uint32_t bytes)
{
    uint64_t bits = wire_bytes(r, bytes) * 8 * 1000000000;

    if (start_ns > p->free_ns)
        p->rest = 0;
    bits += p->rest;
    p->rest = bits % r->bps;
    return pace_later(start_ns, (int64_t)(bits / r->bps));
}

int64_t pace_send(struct pace *p, const struct link_rate *r, int64_t ready_ns,
                  uint32_t bytes)
{
    int64_t start_ns = later_of(ready_ns, p->free_ns);

    p->free_ns = r->trace ? trace_send(p, r->trace, start_ns, bytes)
                 : r->bps ? rate_send(p, r, start_ns, bytes)
                          : start_ns;
    return p->free_ns;
}

void pace_change(struct pace *p, int64_t now_ns)
{
    p->epoch_ns = now_ns;
    p->free_ns = later_of(p->free_ns, now_ns);
    p->rest = 0;
    p->next = 0;
    p->left = 0;
}

uint64_t pace_bps(const struct link_rate *r)
{
    const struct link_trace *t = r->trace;
    uint64_t bps;

    if (!t)
        return r->bps;
    bps = (uint64_t)t->count * TRACE_BYTES * 8 * 1000 / t->at_ms[t->count - 1];
    return bps ? bps : 1;
}
