/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes through a worker's pipe is plain memory, since both ends are one
 * program: of each run a struct telling, and its line of rows.csv. */
#include "bench/run/sweep_crew.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "bench/run/crew.h"
#include "bench/run/width.h"
#include "bench/tell/csv.h"

struct telling { /* what goes before a line */
    struct sweep_news news;
    size_t len;
};

struct watch { /* the runs that a worker was set to */
    const struct sweep_crew *crew;
    size_t count, heard;
    uint64_t at[];
};

struct sweep_crew {
    const struct sweep *sweep;
    const char *captures;
    struct crew *crew;
};

struct sweep_crew *sweep_crew_new(const struct sweep *s, const char *captures)
{
    struct sweep_crew *c = malloc(sizeof *c);

    if (!c)
        return NULL;
    *c = (struct sweep_crew){
        .sweep = s, .captures = captures, .crew = crew_new()};
    if (c->crew)
        return c;
    free(c);
    return NULL;
}

size_t sweep_crew_busy(const struct sweep_crew *c)
{
    return crew_busy(c->crew);
}

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The folder of a run's captures, made; -1 and `why`. */
static int make_captures(const struct sweep_crew *c, uint64_t cell,
                         int64_t repeat, char path[1024], char name[80],
                         char why[KERNEL_WHY])
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

static int run_world(const struct sweep_crew *c, const struct scenario *s,
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
static int run_row(const struct sweep_crew *c, uint64_t at, struct row *row,
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

static void fill_news(struct sweep_news *n, const struct row *row, int result,
                      int error)
{
    n->done = result == 0;
    n->unsupported = result < 0 && error == ENOSYS;
    n->valid = row->valid == FLAG_TRUE;
    n->delivered = row->outcome && strncmp(row->outcome, "delivered", 9) == 0;
    n->strain = strain_of(row);
    if (n->done && row->invalid_because)
        snprintf(n->why, sizeof n->why, "%s", row->invalid_because);
}

/* -1: nobody listens any more. */
static int tell(FILE *to, const struct sweep_crew *c, uint64_t at)
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

static void work(void *watch, FILE *to)
{
    const struct watch *w = watch;

    signal(SIGINT, SIG_IGN); /* the terminal's; the parent ends us */
    for (size_t i = 0; i < w->count; i++)
        if (tell(to, w->crew, w->at[i]) < 0)
            return;
}

void sweep_crew_warm_up(const struct sweep *s, uint64_t at)
{
    const struct sweep_crew c = {.sweep = s};
    char why[SWEEP_WHY];
    struct row row;

    run_row(&c, at, &row, why);
    row_release(&row);
}

int sweep_crew_start(struct sweep_crew *c, const uint64_t *at, size_t count)
{
    struct watch *w = malloc(sizeof *w + count * sizeof *at);

    if (!w)
        return -1;
    *w = (struct watch){.crew = c, .count = count};
    memcpy(w->at, at, count * sizeof *at);
    if (crew_start(c->crew, work, w, w) == 0)
        return 0;
    free(w);
    return -1;
}

struct hearing {
    sweep_hear *hear;
    void *arg;
};

/* What a worker has not told of at its end was not done. */
static void tell_lost(struct watch *w, const struct hearing *h)
{
    for (; w->heard < w->count; w->heard++) {
        struct sweep_news n = {.at = w->at[w->heard]};

        snprintf(n.why, sizeof n.why, "the run's process died");
        h->hear(h->arg, &n);
    }
    free(w);
}

/* Tells of all that has come whole. */
static size_t hear_worker(void *hearing, void *watch, const char *said,
                          size_t len, bool over)
{
    const struct hearing *h = hearing;
    struct watch *w = watch;
    size_t used = 0;
    struct telling told;

    while (len - used >= sizeof told) {
        memcpy(&told, said + used, sizeof told);
        if (len - used - sizeof told < told.len)
            break;
        told.news.line = said + used + sizeof told;
        told.news.len = told.len;
        used += sizeof told + told.len;
        w->heard++;
        h->hear(h->arg, &told.news);
    }
    if (over)
        tell_lost(w, h);
    return used;
}

int sweep_crew_wait(struct sweep_crew *c, int timeout_ms, sweep_hear *hear,
                    void *arg)
{
    return crew_wait(c->crew, timeout_ms, hear_worker,
                     &(struct hearing){hear, arg});
}

void sweep_crew_free(struct sweep_crew *c)
{
    if (c)
        crew_free(c->crew, free);
    free(c);
}
