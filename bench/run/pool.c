/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers, each with a pipe for its row. */
#include "bench/run/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Cells of the kernel world for each core: they sleep most of the time. Four
 * leave the road's lateness where it is alone (see docs/method.md), as long as
 * ferries may have SCHED_FIFO; else they are in each other's way sooner. */
enum { KERNEL_CELLS_A_CORE = 4, ORDINARY_CELLS_A_CORE = 2 };

/* How often what does not count is run again behind all others, alone. */
enum { PASSES_ALONE = 2 };

struct worker {
    struct job *job;
    pid_t pid;
    int pipe;
    char *text; /* the row as JSON, so far */
    size_t len, room;
};

struct pool {
    struct job *job;
    size_t count, next, done;
    struct worker *worker;
    size_t workers, parallel;
    pool_progress *progress;
    void *arg;
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

static void run_job(struct job *j)
{
    const struct world_options o = {.captures = j->captures,
                                    .captures_name = j->captures_name};

    j->done = world_run(&j->scenario, j->repeat, &o, &j->row, j->why) == 0;
}

/* The worker's whole life: the row, then whether it was done, and why not. */
static void work(struct job *j, int to)
{
    json_t *all;
    FILE *out;

    run_job(j);
    all = json_pack("{s:o, s:b, s:o}", "row", row_to_json(&j->row), "done",
                    (int)j->done, "why", json_text(j->why));
    out = fdopen(to, "w");
    if (all && out && json_dumpf(all, out, JSON_COMPACT) == 0)
        fflush(out);
    _exit(0);
}

static int start(struct pool *p, struct job *j)
{
    struct worker *w = &p->worker[p->workers];
    pid_t parent = getpid();
    int ends[2];

    if (pipe(ends) < 0)
        return -1;
    fflush(NULL); /* or the worker would print it again */
    *w = (struct worker){.job = j, .pipe = ends[0], .pid = fork()};
    if (w->pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    if (w->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        close(ends[0]);
        work(j, ends[1]);
    }
    close(ends[1]);
    p->workers++;
    return 0;
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

static void finish(struct pool *p, size_t i)
{
    struct worker *w = &p->worker[i];

    close(w->pipe);
    while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    take_row(w->job, w->text, w->len);
    free(w->text);
    p->done++;
    if (p->progress)
        p->progress(p->arg, w->job, p->done);
    *w = p->worker[--p->workers];
}

/* Reads what a worker says; false at its end. */
static bool hear(struct worker *w)
{
    ssize_t n;

    if (w->room - w->len < 4096) {
        char *bigger = realloc(w->text, w->room + 16384);

        if (!bigger)
            return false;
        w->text = bigger;
        w->room += 16384;
    }
    n = read(w->pipe, w->text + w->len, w->room - w->len);
    if (n > 0)
        w->len += (size_t)n;
    return n > 0 || (n < 0 && errno == EINTR);
}

static void hear_all(struct pool *p, struct pollfd *fds)
{
    for (size_t i = 0; i < p->workers; i++)
        fds[i] = (struct pollfd){.fd = p->worker[i].pipe, .events = POLLIN};
    if (poll(fds, p->workers, -1) < 0)
        return;
    for (size_t i = p->workers; i-- > 0;)
        if (fds[i].revents && !hear(&p->worker[i]))
            finish(p, i);
}

/* One pass over those of the jobs that are marked. */
static int pass(struct pool *p, const bool *wanted)
{
    struct pollfd *fds = calloc(p->parallel, sizeof *fds);
    int result = fds ? 0 : -1;

    p->next = 0;
    while (result == 0 && (p->next < p->count || p->workers > 0)) {
        while (p->next < p->count && p->workers < p->parallel && result == 0) {
            struct job *j = &p->job[p->next];

            if (wanted[p->next++])
                result = start(p, j);
        }
        if (p->workers > 0)
            hear_all(p, fds);
    }
    while (p->workers > 0)
        finish(p, 0);
    free(fds);
    return result;
}

static bool counts(const struct job *j)
{
    return j->done && j->row.valid == FLAG_TRUE;
}

/* Marks what does not count, and makes it ready for another try, alone. */
static size_t mark_again(struct pool *p, bool *wanted)
{
    size_t marked = 0;

    for (size_t i = 0; i < p->count; i++) {
        wanted[i] = p->job[i].done && !counts(&p->job[i]);
        if (!wanted[i])
            continue;
        row_release(&p->job[i].row);
        row_init(&p->job[i].row);
        p->job[i].done = false;
        marked++;
        p->done--;
    }
    return marked;
}

int pool_run(struct job *job, size_t count, size_t parallel,
             pool_progress *progress, void *arg)
{
    struct pool p = {.job = job,
                     .count = count,
                     .parallel = parallel,
                     .progress = progress,
                     .arg = arg};
    bool *wanted = malloc(count + 1);
    int result;

    p.worker = calloc(parallel, sizeof *p.worker);
    for (size_t i = 0; i < count; i++)
        row_init(&job[i].row);
    if (!wanted || !p.worker) {
        free(wanted);
        free(p.worker);
        errno = ENOMEM;
        return -1;
    }
    memset(wanted, true, count);
    result = pass(&p, wanted);
    for (int i = 0; i < PASSES_ALONE && result == 0 && parallel > 1; i++) {
        p.parallel = 1;
        if (mark_again(&p, wanted) > 0)
            result = pass(&p, wanted);
    }
    free(wanted);
    free(p.worker);
    return result;
}
