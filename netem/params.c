/* SPDX-License-Identifier: BSD-2-Clause */
/* What a link keeps of its parameters: see params.h. */
#include "netem/params.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "netem/pace.h"
#include "netem/scatter.h"

#define MTU 1500
#define LIMIT_LEAST 1000
#define LIMIT_MOST (1 << 24)
#define UNLIMITED_BPS 10000000000 /* what an unlimited rate is taken for */

static void *owned_copy(struct params *p, const void *from, size_t bytes)
{
    void *copy = malloc(bytes ? bytes : 1);

    if (!copy)
        abort();
    if (from)
        memcpy(copy, from, bytes);
    p->owned = realloc(p->owned, (p->owned_count + 1) * sizeof *p->owned);
    if (!p->owned)
        abort();
    return p->owned[p->owned_count++] = copy;
}

static const struct link_table *table_copy(struct params *p,
                                           const struct link_table *from)
{
    struct link_table *t = owned_copy(p, from, sizeof *from);

    assert(from->count > 0);
    t->path = NULL;
    t->value = owned_copy(p, from->value, t->count * sizeof *t->value);
    return t;
}

static const struct link_table *table_made(struct params *p,
                                           enum link_spread spread)
{
    struct link_table *t = owned_copy(p, NULL, sizeof *t);

    t->path = NULL;
    t->count = SCATTER_COUNT;
    t->value = owned_copy(p, NULL, t->count * sizeof *t->value);
    scatter_make(spread, t->value);
    return t;
}

/* `before` is a scatter already copied from `known`, or NULL. */
static void scatter_copy(struct params *p, struct link_scatter *s,
                         const struct link_scatter *known,
                         const struct link_scatter *before)
{
    if (known && s->spread == known->spread && s->table == known->table)
        *s = *before;
    else if (s->spread == LINK_SPREAD_FILE)
        s->table = table_copy(p, s->table);
    else if (s->spread != LINK_UNIFORM)
        s->table = table_made(p, s->spread);
}

static const struct link_trace *trace_copy(struct params *p,
                                           const struct link_trace *from)
{
    struct link_trace *t = owned_copy(p, from, sizeof *from);

    assert(from->count > 0 && from->at_ms[from->count - 1] > 0);
    t->path = NULL;
    t->at_ms = owned_copy(p, from->at_ms, t->count * sizeof *t->at_ms);
    return t;
}

static bool delay_same(const struct link_delay *a, const struct link_delay *b)
{
    return a->ns == b->ns && a->jitter_ns == b->jitter_ns &&
           a->corr_pct == b->corr_pct &&
           a->scatter.spread == b->scatter.spread &&
           a->scatter.table == b->scatter.table && a->ordered == b->ordered;
}

static bool loss_same(const struct link_loss *a, const struct link_loss *b)
{
    for (size_t i = 0; i < sizeof a->pct / sizeof *a->pct; i++)
        if (a->pct[i] != b->pct[i])
            return false;
    return a->model == b->model && a->random.pct == b->random.pct &&
           a->random.corr_pct == b->random.corr_pct;
}

static bool rate_same(const struct link_rate *a, const struct link_rate *b)
{
    return a->bps == b->bps && a->trace == b->trace &&
           a->packet_overhead == b->packet_overhead &&
           a->cell_bytes == b->cell_bytes &&
           a->cell_overhead == b->cell_overhead;
}

/* Row i, which follows the words `before` (NULL: it is the base). */
static void phase_copy(struct params *p, size_t i, const struct link_phase *how,
                       const struct link_phase *before)
{
    struct params_phase *row = &p->phase[i];
    const struct link_phase *last = i ? &p->phase[i - 1].how : NULL;

    row->how = *how;
    row->delay_differs = before && !delay_same(&how->delay, &before->delay);
    row->loss_differs = before && !loss_same(&how->loss, &before->loss);
    row->rate_differs = before && !rate_same(&how->rate, &before->rate);
    scatter_copy(p, &row->how.delay.scatter,
                 before ? &before->delay.scatter : NULL,
                 last ? &last->delay.scatter : NULL);
    if (how->rate.trace)
        row->how.rate.trace = before && how->rate.trace == before->rate.trace
                                  ? last->rate.trace
                                  : trace_copy(p, how->rate.trace);
    p->queued = p->queued || how->rate.trace;
}

void params_copy(struct params *p, const struct link_params *from)
{
    size_t changes = from->change_count;

    memset(p, 0, sizeof *p);
    p->phase_count = 1 + changes;
    p->phase = calloc(p->phase_count, sizeof *p->phase);
    if (!p->phase)
        abort();
    phase_copy(p, 0, &from->base, NULL);
    for (size_t i = 0; i < changes; i++)
        phase_copy(p, i + 1, &from->change[i],
                   i ? &from->change[i - 1] : &from->base);
    p->queued = p->queued || from->queue.discipline != LINK_QUEUE_NONE;
    p->slot = from->slot;
    if (p->slot.on && p->slot.scattered)
        scatter_copy(p, &p->slot.scatter, NULL, NULL);
    p->drop_count = from->drop_count;
    p->drop = owned_copy(p, from->drop, p->drop_count * sizeof *p->drop);
}

void params_release(struct params *p)
{
    for (size_t i = 0; i < p->owned_count; i++)
        free(p->owned[i]);
    free(p->owned);
    free(p->phase);
    memset(p, 0, sizeof *p);
}

/* Twice the bandwidth-delay product of a phase, in packets. */
static double phase_packets(const struct link_phase *p)
{
    uint64_t bps = pace_bps(&p->rate);
    double s = ((double)p->delay.ns + (double)p->delay.jitter_ns) / 1e9;

    return 2 * (bps ? (double)bps : UNLIMITED_BPS) * s / (8 * MTU);
}

uint32_t link_limit_packets(const struct link_params *p)
{
    double most = phase_packets(&p->base), packets;

    if (p->limit)
        return p->limit;
    for (size_t i = 0; i < p->change_count; i++) {
        packets = phase_packets(&p->change[i]);
        most = packets > most ? packets : most;
    }
    most = most < LIMIT_LEAST ? LIMIT_LEAST : most + 0.5;
    most += p->queue.packets;
    return most < LIMIT_MOST ? (uint32_t)most : LIMIT_MOST;
}
