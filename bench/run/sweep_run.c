/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is next, who goes on, who is tried again. */
#include "bench/run/sweep_run.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/pool.h"
#include "bench/run/sweep_crew.h"
#include "bench/run/width.h"

enum {
    PASSES_ALONE = 2, /* how often what does not count is tried again */
    BATCH_MAX = 512,  /* runs of a worker in virtual time */
    HOPELESS = 4,     /* of the first runs, all of which cannot be run */
    TOLD_EVERY_MS = 100,
};
#define BATCH_NS INT64_C(200000000)

volatile int sweep_stop;

struct runner {
    const struct sweep *sweep;
    struct store *store;
    const struct sweep_order *order;
    struct sweep_outcome *out;
    struct sweep_crew *crew;
    struct width width;
    bool kernel; /* the kernel world's pass; else the virtual worlds' */
    bool last;   /* what does not count now is kept as it is */
    int64_t begun_ns, told_ns, took_ns;
    uint64_t took;   /* runs that took_ns is of */
    uint64_t *again; /* places of what did not count */
    size_t agains, again_room;
    uint64_t retrying, given_up; /* of what did not count */
    char *lines; /* to be appended at once, with the places they are for */
    size_t lines_len, lines_room;
    uint64_t *placed;
    size_t places, placed_room;
    uint64_t undone;
    bool failed;
    char why[SWEEP_WHY];
};

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void fail(struct runner *r, const char *why)
{
    if (!r->failed)
        snprintf(r->why, sizeof r->why, "%s", why);
    r->failed = true;
}

static void *grown(void *array, size_t *room, size_t need, size_t size)
{
    if (need <= *room)
        return array;
    *room = 2 * need;
    array = reallocarray(array, *room, size);
    if (!array)
        abort();
    return array;
}

static void keep(struct runner *r, const struct sweep_news *n)
{
    r->lines = grown(r->lines, &r->lines_room, r->lines_len + n->len, 1);
    memcpy(r->lines + r->lines_len, n->line, n->len);
    r->lines_len += n->len;
    r->placed =
        grown(r->placed, &r->placed_room, r->places + 1, sizeof *r->placed);
    r->placed[r->places++] = n->at;
    r->out->last.undelivered += !n->delivered;
}

static void try_again(struct runner *r, uint64_t at)
{
    r->again = grown(r->again, &r->again_room, r->agains + 1, sizeof *r->again);
    r->again[r->agains++] = at;
}

static void hear(void *arg, const struct sweep_news *n)
{
    struct runner *r = arg;
    bool counts = n->done && n->valid;

    r->out->ran++;
    r->out->summed_s += (double)n->took_ns / 1e9;
    r->took_ns += n->took_ns;
    r->took++;
    if (r->kernel && n->done)
        width_told(&r->width, n->strain);
    if (!counts && !*r->out->why)
        snprintf(r->out->why, sizeof r->out->why, "%s", n->why);
    r->undone += !n->done;
    r->retrying -= r->retrying > 0;
    r->out->unsupported |= n->unsupported;
    if (n->unsupported || (r->undone == r->took && r->undone >= HOPELESS))
        fail(r, n->why);
    else if (counts || (r->last && n->len > 0)) {
        keep(r, n);
        r->given_up += !counts;
    } else {
        try_again(r, n->at);
    }
}

static int append(struct runner *r)
{
    char why[SWEEP_WHY];

    if (r->places == 0)
        return 0;
    if (store_append(r->store, r->lines, r->lines_len, why) < 0 ||
        store_sync(r->store, false, why) < 0) {
        fail(r, why);
        return -1;
    }
    for (size_t i = 0; i < r->places; i++)
        store_mark(r->store, r->placed[i]);
    r->places = r->lines_len = 0;
    return 0;
}

static void tell(struct runner *r, bool now)
{
    struct sweep_progress *p = &r->out->last;
    int64_t ns = now_ns();

    if (!now && ns - r->told_ns < TOLD_EVERY_MS * INT64_C(1000000))
        return;
    r->told_ns = ns;
    p->done = r->store->have;
    p->total = r->sweep->mine;
    p->at_once = sweep_crew_busy(r->crew);
    p->seconds = (double)(ns - r->begun_ns) / 1e9;
    p->left_s = r->out->ran < 2 ? NAN
                                : p->seconds / (double)r->out->ran *
                                      (double)(p->total - p->done);
    p->invalid = r->agains + r->retrying + r->given_up;
    if (r->order->told)
        r->order->told(r->order->arg, p);
}

static size_t width_now(const struct runner *r)
{
    if (r->last || r->out->last.again)
        return 1;
    if (r->order->at_once > 0)
        return r->order->at_once;
    return r->kernel ? r->width.now : pool_width(WORLD_IDEAL);
}

/* As many runs as a worker is busy with for a while, so that a process for
 * each does not cost more than they do. */
static size_t batch_now(const struct runner *r)
{
    int64_t each = r->took > 0 ? r->took_ns / (int64_t)r->took : BATCH_NS;

    if (r->kernel || r->out->last.again)
        return 1;
    if (each < BATCH_NS / BATCH_MAX)
        return BATCH_MAX;
    return (size_t)(BATCH_NS / each) + 1;
}

struct queue { /* of places: all that the store lacks, or a list */
    const uint64_t *list;
    uint64_t next, count;
};

/* Is it this pass's? What has no meaning is left out, and is nobody's. */
static bool is_wanted(struct runner *r, uint64_t at)
{
    uint64_t cell = sweep_run_at(r->sweep, at) / (uint64_t)r->sweep->repeat;
    char why[SWEEP_WHY];
    struct scenario s;
    bool meant, wanted;

    if (store_has(r->store, at))
        return false;
    meant = sweep_scenario(r->sweep, cell, 1, &s, why) == 0;
    wanted = meant && (s.world == WORLD_KERNEL) == r->kernel;
    scenario_release(&s);
    if (!meant && !r->kernel) {
        store_mark(r->store, at);
        r->out->skipped++;
    }
    return wanted;
}

static size_t take(struct runner *r, struct queue *q, uint64_t *at, size_t most)
{
    size_t n = 0;

    for (; q->next < q->count && n < most; q->next++) {
        uint64_t place = q->list ? q->list[q->next] : q->next;

        if (is_wanted(r, place))
            at[n++] = place;
    }
    return n;
}

static void begin(struct runner *r, struct queue *q)
{
    uint64_t at[BATCH_MAX + 1];

    while (!r->failed && !sweep_stop &&
           sweep_crew_busy(r->crew) < width_now(r)) {
        size_t n = take(r, q, at, batch_now(r));

        if (n == 0)
            return;
        if (sweep_crew_start(r->crew, at, n) < 0)
            fail(r, strerror(errno));
        if (sweep_crew_busy(r->crew) > r->out->widest)
            r->out->widest = sweep_crew_busy(r->crew);
    }
}

/* Runs a queue to its end, or until it cannot go on. */
static void run_queue(struct runner *r, struct queue *q)
{
    for (;;) {
        begin(r, q);
        if (sweep_crew_busy(r->crew) == 0 || r->failed || sweep_stop)
            break;
        if (sweep_crew_wait(r->crew, 1000, hear, r) < 0 && errno != EINTR)
            fail(r, strerror(errno));
        append(r);
        tell(r, false);
    }
}

static void run_pass(struct runner *r, bool kernel)
{
    struct queue all = {.count = r->sweep->mine};

    r->kernel = kernel;
    r->took = r->undone = 0;
    r->took_ns = 0;
    run_queue(r, &all);
    for (int i = 1; i <= PASSES_ALONE && r->agains > 0 && !r->failed; i++) {
        struct queue some = {.list = r->again, .count = r->agains};

        r->out->last.again = true;
        r->last = i == PASSES_ALONE;
        r->again = NULL;
        r->retrying = r->agains;
        r->agains = r->again_room = 0;
        run_queue(r, &some);
        free((void *)some.list);
    }
    r->out->last.again = r->last = false;
}

static void warm_up(struct runner *r)
{
    for (int64_t i = 0; i < r->order->warm_up && !sweep_stop; i++)
        sweep_crew_warm_up(r->sweep, (uint64_t)i % r->sweep->mine);
}

int sweep_run(const struct sweep *s, struct store *st,
              const struct sweep_order *o, struct sweep_outcome *out,
              char why[SWEEP_WHY])
{
    struct runner r = {.sweep = s,
                       .store = st,
                       .order = o,
                       .out = out,
                       .crew = sweep_crew_new(s, o->captures)};

    *out = (struct sweep_outcome){.last = {.undelivered = st->undelivered}};
    if (!r.crew) {
        snprintf(why, SWEEP_WHY, "out of memory");
        return -1;
    }
    width_init(&r.width, pool_width(WORLD_KERNEL), pool_widest(WORLD_KERNEL));
    if (st->have < s->mine)
        warm_up(&r);
    r.begun_ns = now_ns();
    run_pass(&r, false);
    if (!r.failed && !sweep_stop)
        run_pass(&r, true);
    append(&r);
    tell(&r, true);
    out->stopped = sweep_stop;
    sweep_crew_free(r.crew);
    free(r.again);
    free(r.lines);
    free(r.placed);
    snprintf(why, SWEEP_WHY, "%s", r.why);
    return r.failed ? -1 : 0;
}

int sweep_look(const struct sweep *s, char why[SWEEP_WHY])
{
    bool looked[WORLD_COUNT][ROAD_COUNT] = {{false}}, all = s->shards == 1;
    uint64_t count = all ? s->cells : s->mine;
    char wrong[KERNEL_WHY];
    int result = 0;

    for (uint64_t i = 0; i < count && result == 0; i++) {
        uint64_t cell = all ? i : sweep_run_at(s, i) / (uint64_t)s->repeat;
        struct scenario one;

        errno = 0;
        result = sweep_scenario(s, cell, 1, &one, why);
        if (result < 0 && s->skip_meaningless)
            result = 0;
        else if (result == 0 && !looked[one.world][one.road] &&
                 (looked[one.world][one.road] = true) &&
                 (result = world_ready(&one, wrong)) < 0)
            snprintf(why, SWEEP_WHY, "%s", wrong);
        scenario_release(&one);
    }
    return result;
}
