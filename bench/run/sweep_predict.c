/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of runs is a drawn one, so its beginning is a fair sample. What is
 * virtual is tried as it would be run, by as many workers at once: that one
 * core is slower when the other is busy, and what a row costs besides its
 * session, is in the time then. */
#include "bench/run/sweep_predict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "bench/run/pool.h"
#include "bench/run/sweep_crew.h"
#include "bench/run/virtual.h"
#include "bench/run/world.h"
#include "bench/tell/infer.h"

enum {
    KERNEL_SAMPLE = 200,
    BATCH = 100, /* of a worker, so that its process costs little of it */
    FIRST = 10,  /* the first batch of each, which may be of slow ones */
    MEDIANS_TRIED = 20,
};
#define SAMPLE_NS INT64_C(500000000)

/* Making and clearing away a lab, two processes and a ferry, and the floors of
 * the row; `bench/speed-sweep` measures it. */
#define KERNEL_COST_S 0.07

struct trial {
    const struct sweep *sweep;
    struct sweep_prediction *to;
    struct sweep_crew *crew;
    uint64_t taken, virtual, kernel; /* of the order's beginning */
    uint64_t told;                   /* virtual ones that ended */
    int64_t took_ns;                 /* of a worker's time, all of these */
    int64_t scenario_ns, kernel_ns;  /* of this process's time */
};

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void add_kernel(const struct scenario *s, struct trial *t)
{
    struct tally tally = {.closed_ns = -1};
    int64_t from = now_ns();
    struct cast cast;
    double took_s;

    if (cast_init(&cast, s) == 0) {
        virtual_deliver(&cast, VIRTUAL_FULL, &tally);
        cast_release(&cast);
    }
    t->kernel++;
    took_s = KERNEL_COST_S +
             (tally.closed_ns > 0 ? (double)tally.closed_ns / 1e9 : 0);
    t->to->kernel_s += took_s;
    t->to->longest_s = fmax(t->to->longest_s, took_s);
    t->kernel_ns += now_ns() - from;
}

/* Takes the next run. Is it for a worker? */
static bool take(struct trial *t)
{
    const struct sweep *s = t->sweep;
    uint64_t cell = sweep_run_at(s, t->taken++) / (uint64_t)s->repeat;
    int64_t from = now_ns();
    struct scenario one;
    char why[SWEEP_WHY];
    bool meant = sweep_scenario(s, cell, 1, &one, why) == 0;
    bool virtual = meant && one.world != WORLD_KERNEL;

    t->scenario_ns += now_ns() - from;
    t->virtual += virtual;
    if (meant && !virtual)
        add_kernel(&one, t);
    scenario_release(&one);
    return virtual;
}

static bool is_over(const struct trial *t)
{
    return t->taken == t->sweep->mine || t->kernel == KERNEL_SAMPLE;
}

static void hear(void *arg, const struct sweep_news *n)
{
    struct trial *t = arg;

    t->told++;
    t->took_ns += n->took_ns;
}

static void set_to_work(struct trial *t)
{
    size_t most = t->told > 0 ? BATCH : FIRST;
    uint64_t at[BATCH];

    while (sweep_crew_busy(t->crew) < t->to->cores && !is_over(t)) {
        size_t n = 0;

        while (n < most && !is_over(t))
            if (take(t))
                at[n++] = t->taken - 1;
        if (n > 0 && sweep_crew_start(t->crew, at, n) < 0)
            return;
    }
}

/* Runs the beginning of the sweep for a while, or all of it. Returns how long
 * the virtual ones took. */
static double run_beginning(struct trial *t)
{
    int64_t from = now_ns();

    for (;;) {
        set_to_work(t);
        if (sweep_crew_busy(t->crew) == 0)
            break;
        if (sweep_crew_wait(t->crew, 100, hear, t) < 0 && errno != EINTR)
            break;
        if (now_ns() - from - t->kernel_ns >= SAMPLE_NS)
            break;
    }
    return (double)(now_ns() - from - t->kernel_ns) / 1e9;
}

/* The medians at the end: a thousand resamples of each cell. */
static double summary_s(const struct sweep *s)
{
    size_t rows = (size_t)(s->repeat < 1000 ? s->repeat : 1000);
    double groups = fmin((double)s->cells, (double)s->mine);
    double *sample = calloc(rows, sizeof *sample);
    int64_t from;

    if (!sample || rows < 2) {
        free(sample);
        return 0;
    }
    for (size_t i = 0; i < rows; i++)
        sample[i] = (double)(i * 7919 % rows);
    from = now_ns();
    for (int i = 0; i < MEDIANS_TRIED; i++)
        infer_median(sample, rows, 1);
    free(sample);
    return (double)(now_ns() - from) / 1e9 / MEDIANS_TRIED * groups;
}

/* Every cell is looked at before the first is run. */
static double look_s(const struct trial *t)
{
    const struct sweep *s = t->sweep;
    double cells = (double)(s->shards == 1 ? s->cells : s->mine);

    return (double)t->scenario_ns / 1e9 / (double)t->taken * cells;
}

void sweep_predict(const struct sweep *s, size_t at_once,
                   struct sweep_prediction *p)
{
    struct trial t = {.sweep = s, .to = p, .crew = sweep_crew_new(s, NULL)};
    double ran_s, each, wall_s = 0;

    *p = (struct sweep_prediction){.cores = pool_width(WORLD_IDEAL),
                                   .wide = pool_width(WORLD_KERNEL)};
    if (at_once > 0)
        p->cores = p->wide = at_once;
    if (!t.crew)
        return;
    ran_s = run_beginning(&t);
    sweep_crew_free(t.crew);
    p->sampled = t.kernel + t.told;
    each = (double)s->mine / (double)t.taken;
    if (t.told > 0) {
        double runs = (double)t.virtual * each / (double)t.told;

        p->virtual_s = (double)t.took_ns / 1e9 * runs;
        wall_s = ran_s * runs;
    }
    p->kernel_s *= each;
    p->wall_s = look_s(&t) + wall_s + summary_s(s) +
                fmax(p->kernel_s / (double)p->wide, p->longest_s);
}
