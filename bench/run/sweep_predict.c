/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of runs is a drawn one, so its beginning is a fair sample. */
#include "bench/run/sweep_predict.h"

#include <time.h>

#include "bench/run/pool.h"
#include "bench/run/virtual.h"
#include "bench/run/world.h"

enum { SAMPLE_MAX = 200 };
#define SAMPLE_NS INT64_C(1000000000)

/* Making and clearing away a lab, two processes and a ferry, and the floors of
 * the row; `bench/speed-sweep` measures it. */
#define KERNEL_COST_S 0.07

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void add_kernel(const struct scenario *s, struct sweep_prediction *p)
{
    struct tally t = {.closed_ns = -1};
    struct cast cast;

    if (cast_init(&cast, s) == 0) {
        virtual_deliver(&cast, VIRTUAL_FULL, &t);
        cast_release(&cast);
    }
    p->kernel_s +=
        KERNEL_COST_S + (t.closed_ns > 0 ? (double)t.closed_ns / 1e9 : 0);
}

static void add_virtual(const struct scenario *s, struct sweep_prediction *p)
{
    int64_t from = now_ns();
    char why[KERNEL_WHY];
    struct row row;

    world_run(s, 1, &(struct world_options){0}, &row, why);
    row_release(&row);
    p->virtual_s += (double)(now_ns() - from) / 1e9;
}

void sweep_predict(const struct sweep *s, size_t at_once,
                   struct sweep_prediction *p)
{
    int64_t until = now_ns() + SAMPLE_NS;
    double times;

    *p = (struct sweep_prediction){.cores = pool_width(WORLD_IDEAL),
                                   .wide = pool_width(WORLD_KERNEL)};
    if (at_once > 0)
        p->cores = p->wide = at_once;
    while (p->sampled < s->mine && p->sampled < SAMPLE_MAX &&
           now_ns() < until) {
        uint64_t run = sweep_run_at(s, p->sampled++);
        struct scenario one;
        char why[SWEEP_WHY];

        if (sweep_scenario(s, run / (uint64_t)s->repeat, 1, &one, why) == 0) {
            if (one.world == WORLD_KERNEL)
                add_kernel(&one, p);
            else
                add_virtual(&one, p);
        }
        scenario_release(&one);
    }
    times = (double)s->mine / (double)p->sampled;
    p->virtual_s *= times;
    p->kernel_s *= times;
    p->wall_s = p->virtual_s / (double)p->cores + p->kernel_s / (double)p->wide;
}
