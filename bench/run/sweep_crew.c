/* SPDX-License-Identifier: BSD-2-Clause */
/* Fork, run, tell by a pipe. What goes through the pipe is plain memory, since
 * both ends are one program. */
#include "bench/run/sweep_crew.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/tell/csv.h"

struct telling { /* what goes before a line */
    struct crew_news news;
    size_t len;
};

struct worker {
    pid_t pid;
    int pipe;
    uint64_t *at; /* owned: its runs */
    size_t count, heard;
    char *text; /* what has come and is not yet told */
    size_t len, room;
};

struct crew {
    const struct sweep *sweep;
    const char *captures;
    struct worker *worker;
    size_t workers, room;
    struct pollfd *fds;
};

struct crew *crew_new(const struct sweep *s, const char *captures)
{
    struct crew *c = calloc(1, sizeof *c);

    if (c)
        *c = (struct crew){.sweep = s, .captures = captures};
    return c;
}

size_t crew_busy(const struct crew *c)
{
    return c->workers;
}

double crew_strain(const struct row *r)
{
    double way_us = fmax(r->one_way_up_ms, r->one_way_down_ms) * 1e3;
    double road = fmax(WORLD_LATE_NS / 1e3, way_us * WORLD_LATE_SHARE);
    double hosts =
        fmax(WORLD_HOSTS_LATE_NS / 1e6, r->closed_ms * WORLD_HOSTS_LATE_SHARE);
    double of_road = r->road_late_p99_us / road;
    double of_hosts = r->hosts_late_ms / hosts;

    return fmax(isnan(of_road) ? 0 : of_road, isnan(of_hosts) ? 0 : of_hosts);
}

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The folder of a run's captures, made; -1 and `why`. */
static int make_captures(const struct crew *c, uint64_t cell, int64_t repeat,
                         char path[1024], char name[80], char why[KERNEL_WHY])
{
    snprintf(name, 80, "captures/%llu-%lld", (unsigned long long)cell + 1,
             (long long)repeat);
    snprintf(path, 1024, "%.700s/captures", c->captures);
    if (mkdir(path, 0777) == 0 || errno == EEXIST) {
        snprintf(path, 1024, "%.700s/%s", c->captures, name);
        if (mkdir(path, 0777) == 0 || errno == EEXIST)
            return 0;
    }
    snprintf(why, KERNEL_WHY, "%.500s: %.80s", path, strerror(errno));
    return -1;
}

static int run_world(const struct crew *c, const struct scenario *s,
                     uint64_t cell, int64_t repeat, struct row *row,
                     char why[KERNEL_WHY])
{
    char path[1024], name[80], keys[1024];
    struct world_options o = {0};

    if (c->captures && s->world != WORLD_IDEAL) {
        if (make_captures(c, cell, repeat, path, name, why) < 0) {
            row_init(row);
            return -1;
        }
        o.captures = path;
        o.captures_name = name;
        snprintf(keys, sizeof keys, "%.1000s/keys.log", c->captures);
        o.keylog = s->tls ? keys : NULL;
    }
    return world_run(s, 1, &o, row, why);
}

/* The row of a run, with what places it in its sweep. */
static int run_row(const struct crew *c, uint64_t at, struct row *row,
                   char why[SWEEP_WHY])
{
    const struct sweep *s = c->sweep;
    uint64_t run = sweep_run_at(s, at), cell = run / (uint64_t)s->repeat;
    int64_t repeat = (int64_t)(run % (uint64_t)s->repeat) + 1;
    char wrong[KERNEL_WHY] = "";
    struct scenario scenario;
    char *varied = sweep_varied(s, cell);
    int result = sweep_scenario(s, cell, repeat, &scenario, why);

    if (result == 0) {
        result = run_world(c, &scenario, cell, repeat, row, wrong);
        snprintf(why, SWEEP_WHY, "%s", wrong);
    } else {
        row_init(row);
    }
    row->cell = (int64_t)cell + 1;
    row->repeat = repeat;
    if (result < 0) {
        row->valid = FLAG_FALSE;
        row_text(&row->invalid_because, "%s", why);
    }
    row_text(&row->varied, "%s", varied ? varied : "");
    free(varied);
    scenario_release(&scenario);
    return result;
}

static void fill_news(struct crew_news *n, const struct row *row, int result,
                      int error)
{
    n->done = result == 0;
    n->unsupported = result < 0 && error == ENOSYS;
    n->valid = row->valid == FLAG_TRUE;
    n->delivered = row->outcome && strncmp(row->outcome, "delivered", 9) == 0;
    n->attempts = row->attempts > 0 ? (int)row->attempts : 1;
    n->strain = crew_strain(row);
    if (n->done && row->invalid_because)
        snprintf(n->why, sizeof n->why, "%s", row->invalid_because);
}

/* -1: nobody listens any more. */
static int tell(FILE *to, const struct crew *c, uint64_t at)
{
    struct telling told = {.news = {.at = at}};
    int64_t from = now_ns();
    char *line = NULL;
    struct row row;
    int result = run_row(c, at, &row, told.news.why), error = errno;
    FILE *text = open_memstream(&line, &told.len);

    if (!text || csv_write_row(text, &row) < 0 || fclose(text) != 0)
        _exit(1);
    fill_news(&told.news, &row, result, error);
    told.news.took_ns = now_ns() - from;
    fwrite(&told, sizeof told, 1, to);
    fwrite(line, 1, told.len, to);
    free(line);
    row_release(&row);
    return fflush(to) == 0 ? 0 : -1;
}

static void work(const struct crew *c, const uint64_t *at, size_t count,
                 int pipe)
{
    FILE *to = fdopen(pipe, "w");

    signal(SIGINT, SIG_IGN); /* the terminal's; the parent ends us */
    for (size_t i = 0; to && i < count; i++)
        if (tell(to, c, at[i]) < 0)
            break;
    _exit(0);
}

void crew_warm_up(const struct sweep *s, uint64_t at)
{
    const struct crew c = {.sweep = s};
    char why[SWEEP_WHY];
    struct row row;

    run_row(&c, at, &row, why);
    row_release(&row);
}

static int make_room(struct crew *c)
{
    struct worker *workers;
    struct pollfd *fds;

    if (c->workers < c->room)
        return 0;
    workers = reallocarray(c->worker, c->room + 16, sizeof *workers);
    c->worker = workers ? workers : c->worker;
    fds = reallocarray(c->fds, c->room + 16, sizeof *fds);
    c->fds = fds ? fds : c->fds;
    if (!workers || !fds)
        return -1;
    c->room += 16;
    return 0;
}

static int start(struct crew *c, struct worker *w)
{
    pid_t parent = getpid();
    int ends[2];

    if (pipe(ends) < 0)
        return -1;
    fflush(NULL); /* or the worker would print it again */
    w->pid = fork();
    if (w->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        close(ends[0]);
        for (size_t i = 0; i < c->workers; i++)
            close(c->worker[i].pipe);
        work(c, w->at, w->count, ends[1]);
    }
    close(ends[1]);
    if (w->pid < 0)
        close(ends[0]);
    w->pipe = ends[0];
    return w->pid < 0 ? -1 : 0;
}

int crew_start(struct crew *c, const uint64_t *at, size_t count)
{
    struct worker w = {.count = count};

    w.at = calloc(count, sizeof *w.at);
    if (!w.at || make_room(c) < 0) {
        free(w.at);
        return -1;
    }
    memcpy(w.at, at, count * sizeof *at);
    if (start(c, &w) < 0) {
        free(w.at);
        return -1;
    }
    c->worker[c->workers++] = w;
    return 0;
}

/* Tells of all that has come whole. */
static void tell_all(struct worker *w, crew_hear *hear, void *arg)
{
    size_t used = 0;
    struct telling told;

    while (w->len - used >= sizeof told) {
        memcpy(&told, w->text + used, sizeof told);
        if (w->len - used - sizeof told < told.len)
            break;
        told.news.line = w->text + used + sizeof told;
        told.news.len = told.len;
        used += sizeof told + told.len;
        w->heard++;
        hear(arg, &told.news);
    }
    if (used > 0)
        memmove(w->text, w->text + used, w->len - used);
    w->len -= used;
}

/* Reads what a worker says; false at its end. */
static bool listen_to(struct worker *w)
{
    enum { BLOCK = 65536 };
    ssize_t n;

    if (w->room - w->len < BLOCK) {
        char *bigger = realloc(w->text, w->room + 2 * BLOCK);

        if (!bigger)
            return false;
        w->text = bigger;
        w->room += 2 * BLOCK;
    }
    n = read(w->pipe, w->text + w->len, w->room - w->len);
    if (n > 0)
        w->len += (size_t)n;
    return n > 0 || (n < 0 && errno == EINTR);
}

/* The end of a worker; what it has not told of was not done. */
static void dismiss(struct crew *c, size_t i, crew_hear *hear, void *arg)
{
    struct worker w = c->worker[i];

    close(w.pipe);
    while (waitpid(w.pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    c->worker[i] = c->worker[--c->workers];
    for (; hear && w.heard < w.count; w.heard++) {
        struct crew_news n = {.at = w.at[w.heard]};

        snprintf(n.why, sizeof n.why, "the run's process died");
        hear(arg, &n);
    }
    free(w.at);
    free(w.text);
}

int crew_wait(struct crew *c, int timeout_ms, crew_hear *hear, void *arg)
{
    for (size_t i = 0; i < c->workers; i++)
        c->fds[i] = (struct pollfd){.fd = c->worker[i].pipe, .events = POLLIN};
    if (poll(c->fds, c->workers, timeout_ms) < 0)
        return -1;
    for (size_t i = c->workers; i-- > 0;) {
        bool more = !c->fds[i].revents || listen_to(&c->worker[i]);

        tell_all(&c->worker[i], hear, arg);
        if (!more)
            dismiss(c, i, hear, arg);
    }
    return 0;
}

void crew_free(struct crew *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->workers; i++)
        kill(c->worker[i].pid, SIGKILL);
    while (c->workers > 0)
        dismiss(c, 0, NULL, NULL);
    free(c->worker);
    free(c->fds);
    free(c);
}
