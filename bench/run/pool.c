/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker for each row. */
#include "bench/run/pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/run/crew.h"
#include "bench/run/width.h"

/* Cells of the kernel world for each core: they sleep most of the time. Four
 * leave the road's lateness where it is alone (see docs/method.md), as long as
 * ferries may have SCHED_FIFO; else they are in each other's way sooner. That
 * is where one begins: beyond the widest, more wait for no more. */
enum { KERNEL_CELLS_A_CORE = 4, ORDINARY_CELLS_A_CORE = 2, WIDEST_A_CORE = 12 };

struct pool {
    const struct pool_how *how;
    struct job *job;
    size_t count, done;
    struct crew *crew;
    struct width width;
    bool alone; /* in this pass */
};

static bool may_have_fifo(void)
{
    struct rlimit limit;

    if (geteuid() == 0)
        return true;
    return getrlimit(RLIMIT_RTPRIO, &limit) == 0 && limit.rlim_cur > 0;
}

size_t pool_width(enum world w)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (cores < 1)
        cores = 1;
    if (w != WORLD_KERNEL)
        return (size_t)cores;
    return (size_t)cores *
           (may_have_fifo() ? KERNEL_CELLS_A_CORE : ORDINARY_CELLS_A_CORE);
}

size_t pool_widest(enum world w)
{
    size_t cores = pool_width(WORLD_IDEAL);

    return w == WORLD_KERNEL ? cores * WIDEST_A_CORE : cores;
}

static void run_job(struct job *j)
{
    const struct world_options o = {.captures = j->captures,
                                    .captures_name = j->captures_name,
                                    .attempts = 1};

    j->done = world_run(&j->scenario, j->repeat, &o, &j->row, j->why) == 0;
}

/* The row, then whether it was done, and why not. */
static void work(void *job, FILE *to)
{
    struct job *j = job;
    json_t *all;

    run_job(j);
    all = json_pack("{s:o, s:b, s:o}", "row", row_to_json(&j->row), "done",
                    (int)j->done, "why", json_text(j->why));
    if (all)
        json_dumpf(all, to, JSON_COMPACT);
}

static void take_row(struct job *j, const char *text, size_t len)
{
    json_t *all = json_loadb(text, len, 0, NULL);
    const char *why = json_string_value(json_object_get(all, "why"));
    char wrong[200];

    row_init(&j->row);
    if (!all) {
        snprintf(j->why, sizeof j->why, "the row's process died");
    } else {
        snprintf(j->why, sizeof j->why, "%s", why ? why : "");
        row_release(&j->row);
        j->done = row_from_json(&j->row, json_object_get(all, "row"), wrong,
                                sizeof wrong) == 0 &&
                  json_is_true(json_object_get(all, "done"));
    }
    json_decref(all);
}

static size_t take(void *pool, void *job, const char *said, size_t len,
                   bool over)
{
    struct pool *p = pool;
    struct job *j = job;

    if (!over)
        return 0;
    take_row(j, said, len);
    p->done++;
    if (j->done && j->scenario.world == WORLD_KERNEL)
        width_told(&p->width, strain_of(&j->row));
    if (j->row.attempts != ROW_NO_COUNT)
        j->row.attempts = ++j->runs;
    if (p->how->progress)
        p->how->progress(p->how->arg, j, p->done);
    return len;
}

static int wait_for_some(struct pool *p)
{
    return crew_wait(p->crew, -1, take, p) < 0 && errno != EINTR ? -1 : 0;
}

/* One pass over those of the jobs that are marked. */
static int pass(struct pool *p, const bool *wanted)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < p->count; i++) {
        if (!wanted[i])
            continue;
        while (result == 0 &&
               crew_busy(p->crew) >= (p->alone ? 1 : p->width.now))
            result = wait_for_some(p);
        if (result == 0)
            result = crew_start(p->crew, work, &p->job[i], &p->job[i]);
    }
    while (result == 0 && crew_busy(p->crew) > 0)
        result = wait_for_some(p);
    return result;
}

static bool counts(const struct job *j)
{
    return j->done && j->row.valid == FLAG_TRUE;
}

static void forget(struct job *j)
{
    row_release(&j->row);
    j->done = false;
}

/* Marks what does not count, and makes it ready for another try. */
static size_t mark_again(struct pool *p, bool *wanted)
{
    size_t marked = 0, stolen = 0;

    for (size_t i = 0; i < p->count; i++) {
        wanted[i] = p->job[i].done && !counts(&p->job[i]);
        if (!wanted[i])
            continue;
        stolen += strain_of(&p->job[i].row).stolen;
        forget(&p->job[i]);
        marked++;
        p->done--;
    }
    p->alone = p->how->alone || 2 * stolen < marked;
    return marked;
}

static int run_all(struct pool *p, bool *wanted)
{
    int result;

    for (size_t i = 0; i < p->count; i++) {
        forget(&p->job[i]);
        wanted[i] = true;
    }
    result = pass(p, wanted);
    for (int i = 0; i < p->how->tries && result == 0; i++)
        if (mark_again(p, wanted) > 0)
            result = pass(p, wanted);
    return result;
}

int pool_run(struct job *job, size_t count, const struct pool_how *how)
{
    struct pool p = {.how = how,
                     .job = job,
                     .count = count,
                     .crew = crew_new(),
                     .alone = how->alone};
    bool *wanted = malloc(count + 1);
    int result = -1;

    width_init(&p.width, pool_width(how->world), pool_widest(how->world));
    if (wanted && p.crew)
        result = run_all(&p, wanted);
    free(wanted);
    crew_free(p.crew, NULL);
    return result;
}
