/* SPDX-License-Identifier: BSD-2-Clause */
/* What a link does -> tc-netem's words, always the same for the same. */
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "netem/spec_words.h"
#include "netem/value.h"

struct text {
    char *at;
    size_t size, len; /* `len` goes on counting when there is no more room */
};

static void put(struct text *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds a blank, if anything is there, and the words. */
static void put(struct text *t, const char *format, ...)
{
    va_list args;
    char none[1];
    bool room = t->len + 1 < t->size;

    if (t->len) {
        if (room) {
            t->at[t->len] = ' ';
            t->at[t->len + 1] = 0;
        }
        t->len++;
        room = t->len + 1 < t->size;
    }
    va_start(args, format);
    t->len += (size_t)vsnprintf(room ? t->at + t->len : none,
                                room ? t->size - t->len : 1, format, args);
    va_end(args);
}

static void put_time(struct text *t, int64_t ns)
{
    char room[VALUE_ROOM];

    value_print_time(room, ns);
    put(t, "%s", room);
}

static void put_percent(struct text *t, double pct)
{
    char room[VALUE_ROOM];

    value_print_percent(room, pct);
    put(t, "%s", room);
}

static void put_chance(struct text *t, const char *name,
                       const struct link_chance *c)
{
    put(t, "%s", name);
    put_percent(t, c->pct);
    if (c->corr_pct > 0)
        put_percent(t, c->corr_pct);
}

static void put_scatter(struct text *t, const struct link_scatter *s)
{
    static const char *const names[] = {
#define X(name, text) text,
        LINK_SPREADS(X)
#undef X
    };

    put(t, "distribution %s",
        s->spread == LINK_SPREAD_FILE ? s->table->path : names[s->spread]);
}

static void put_delay(struct text *t, const struct link_phase *p)
{
    const struct link_delay *d = &p->delay;

    put(t, "delay");
    put_time(t, d->ns);
    if (d->jitter_ns == 0)
        return;
    put_time(t, d->jitter_ns);
    if (d->corr_pct > 0)
        put_percent(t, d->corr_pct);
    if (d->scatter.spread != LINK_UNIFORM)
        put_scatter(t, &d->scatter);
    if (d->ordered)
        put(t, "ordered");
}

static void put_loss(struct text *t, const struct link_phase *p)
{
    const struct link_loss *l = &p->loss;
    int count = l->model == LINK_LOSS_STATE     ? 5
                : l->model == LINK_LOSS_GEMODEL ? 4
                                                : 0;

    if (!count) {
        put_chance(t, "loss", &l->random);
        return;
    }
    put(t, "loss %s", l->model == LINK_LOSS_STATE ? "state" : "gemodel");
    for (int i = 0; i < count; i++)
        put_percent(t, l->pct[i]);
}

static void put_corrupt(struct text *t, const struct link_phase *p)
{
    put_chance(t, "corrupt", &p->corrupt);
}

static void put_duplicate(struct text *t, const struct link_phase *p)
{
    put_chance(t, "duplicate", &p->duplicate);
}

static void put_reorder(struct text *t, const struct link_phase *p)
{
    put_chance(t, "reorder", &p->reorder.chance);
    if (p->reorder.gap > 1)
        put(t, "gap %" PRIu32, p->reorder.gap);
}

static void put_rate(struct text *t, const struct link_phase *p)
{
    const struct link_rate *r = &p->rate;
    char room[VALUE_ROOM];

    if (r->trace) {
        put(t, "rate trace %s", r->trace->path);
        return;
    }
    if (r->bps == 0) {
        put(t, "rate unlimited");
        return;
    }
    value_print_rate(room, r->bps);
    put(t, "rate %s", room);
    if (r->packet_overhead || r->cell_bytes)
        put(t, "%" PRId32, r->packet_overhead);
    if (r->cell_bytes)
        put(t, "%" PRIu32, r->cell_bytes);
    if (r->cell_overhead)
        put(t, "%" PRId32, r->cell_overhead);
}

/* What may differ from phase to phase. */
static void (*const parts[])(struct text *, const struct link_phase *) = {
    put_delay, put_loss, put_corrupt, put_duplicate, put_reorder, put_rate,
};

#define PARTS (sizeof parts / sizeof *parts)

/* Where they stand. */
static const struct {
    size_t at, size;
} places[PARTS] = {
#define X(name)                                                                \
    {                                                                          \
        offsetof(struct link_phase, name),                                     \
            sizeof((struct link_phase *)0)->name                               \
    }
    X(delay), X(loss), X(corrupt), X(duplicate), X(reorder), X(rate),
#undef X
};

static bool same_part(size_t i, const struct link_phase *a,
                      const struct link_phase *b)
{
    /* A path is the only part without a bound, and equal paths are one. */
    char one[300] = "", other[300] = "";
    struct text first = {one, sizeof one, 0}, second = {other, sizeof other, 0};

    if (memcmp((const char *)a + places[i].at, (const char *)b + places[i].at,
               places[i].size) == 0)
        return true;
    if (a->delay.scatter.table != b->delay.scatter.table && i == 0)
        return false;
    if (a->rate.trace != b->rate.trace && i == PARTS - 1)
        return false;
    parts[i](&first, a);
    parts[i](&second, b);
    return strcmp(one, other) == 0;
}

bool spec_phase_same(const struct link_phase *a, const struct link_phase *b)
{
    for (size_t i = 0; i < PARTS; i++)
        if (!same_part(i, a, b))
            return false;
    return true;
}

static void put_change(struct text *t, const struct link_phase *p,
                       const struct link_phase *before)
{
    for (size_t i = 0; i < PARTS; i++)
        if (!same_part(i, p, before))
            parts[i](t, p);
}

static void put_slot(struct text *t, const struct link_slot *s)
{
    put(t, "slot");
    if (s->scattered) {
        put_scatter(t, &s->scatter);
        put_time(t, s->delay_ns);
        put_time(t, s->jitter_ns);
    } else {
        put_time(t, s->min_ns);
        if (s->max_ns > s->min_ns)
            put_time(t, s->max_ns);
    }
    if (s->packets)
        put(t, "packets %" PRIu32, s->packets);
    if (s->bytes)
        put(t, "bytes %" PRIu64, s->bytes);
}

static void put_queue(struct text *t, const struct link_queue *q)
{
    static const char *const names[] = {
#define X(name, text) text,
        LINK_DISCIPLINES(X)
#undef X
    };
    char target[VALUE_ROOM], interval[VALUE_ROOM];

    put(t, "queue %s", names[q->discipline]);
    if (q->packets)
        put(t, "packets=%" PRIu32, q->packets);
    if (q->bytes)
        put(t, "bytes=%" PRIu64, q->bytes);
    if (q->discipline != LINK_QUEUE_CODEL)
        return;
    value_print_time(target, q->target_ns);
    value_print_time(interval, q->interval_ns);
    put(t, "target=%s interval=%s", target, interval);
}

static void put_drops(struct text *t, const struct link_params *p)
{
    for (size_t i = 0; i < p->drop_count; i++) {
        const struct link_range *d = &p->drop[i];
        if (d->first == d->last)
            put(t, "drop packet %" PRIu64, d->first);
        else
            put(t, "drop packets %" PRIu64 "-%" PRIu64, d->first, d->last);
    }
    for (size_t i = 0; i < p->predicate_count; i++) {
        put(t, "drop %s", p->predicate[i].what);
        if (p->predicate[i].numbered)
            put(t, "%" PRIu32, p->predicate[i].number);
    }
}

size_t spec_print(const struct link_params *p, char *out, size_t size)
{
    static const struct link_phase none;
    struct text t = {out, size, 0};

    if (size)
        out[0] = 0;
    put_change(&t, &p->base, &none);
    if (p->rated && p->base.rate.bps == 0 && !p->base.rate.trace)
        put(&t, "rate unlimited");
    if (p->ecn)
        put(&t, "ecn");
    if (p->limit)
        put(&t, "limit %" PRIu32, p->limit);
    if (p->slot.on)
        put_slot(&t, &p->slot);
    if (p->seeded)
        put(&t, "seed %" PRIu64, p->seed);
    if (p->queue.discipline != LINK_QUEUE_NONE)
        put_queue(&t, &p->queue);
    put_drops(&t, p);
    for (size_t i = 0; i < p->change_count; i++) {
        put(&t, "at");
        put_time(&t, p->change[i].from_ns);
        put_change(&t, &p->change[i], i ? &p->change[i - 1] : &p->base);
        if (p->change[i].outage_ns) {
            put(&t, "outage");
            put_time(&t, p->change[i].outage_ns);
        }
    }
    return t.len;
}
