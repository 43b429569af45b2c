/* SPDX-License-Identifier: BSD-2-Clause */
/* Locking, healing, appending. */
#include "bench/run/sweep_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/tell/version.h"

#define SYNC_EVERY_NS INT64_C(1000000000)

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int open_in(const char *dir, const char *name, int flags)
{
    char *path = folder_path(dir, name);
    int fd = open(path, flags | O_CLOEXEC, 0666);

    free(path);
    return fd;
}

/* A lock of fcntl()'s: gone with the process, not inherited by its workers,
 * and kept across machines by NFS. */
static int lock(struct store *s, char why[SWEEP_WHY])
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    s->lock = open_in(s->dir, "lock", O_RDWR | O_CREAT);
    if (s->lock < 0)
        return folder_failed(s->dir, "lock", why, SWEEP_WHY);
    if (fcntl(s->lock, F_SETLK, &whole) == 0)
        return 0;
    if (errno != EACCES && errno != EAGAIN)
        return folder_failed(s->dir, "lock", why, SWEEP_WHY);
    whole.l_pid = 0;
    fcntl(s->lock, F_GETLK, &whole);
    snprintf(why, SWEEP_WHY,
             "%.500s: another sweep is writing there (process %ld): wait for "
             "it, or name another folder",
             s->dir, (long)whole.l_pid);
    return -1;
}

static json_t *manifest(const struct sweep *s)
{
    return json_pack("{s:i, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "schema",
                     SCHEMA, "version", turnaround_version(), "sweep",
                     sweep_to_json(s), "shard", (json_int_t)s->shard, "shards",
                     (json_int_t)s->shards, "cells", (json_int_t)s->cells,
                     "repeat", (json_int_t)s->repeat, "seed",
                     (json_int_t)s->seed, "runs", (json_int_t)s->runs);
}

/* The whole or nothing: to a name beside it, then renamed. */
static int write_manifest(const struct store *st, const struct sweep *s,
                          char why[SWEEP_WHY])
{
    char *beside = folder_path(st->dir, ".new.sweep.json");
    char *path = folder_path(st->dir, "sweep.json");
    json_t *all = manifest(s);
    FILE *to = fopen(beside, "we");
    int result = to && all ? 0 : -1;

    if (to) {
        result = all ? json_dumpf(all, to, JSON_MANNER) : -1;
        putc('\n', to);
        if (fflush(to) || ferror(to) || fsync(fileno(to)))
            result = -1;
        if (fclose(to) || result || rename(beside, path))
            result = -1;
    }
    if (result) {
        folder_failed(st->dir, "sweep.json", why, SWEEP_WHY);
        unlink(beside);
    }
    json_decref(all);
    free(beside);
    free(path);
    return result;
}

static int take_manifest(const json_t *all, const char *path, struct sweep *s,
                         char why[SWEEP_WHY])
{
    json_t *schema = json_object_get(all, "schema");
    char wrong[SWEEP_WHY];

    if (!json_is_integer(schema) || json_integer_value(schema) != SCHEMA) {
        snprintf(why, SWEEP_WHY,
                 "%.500s: schema: %" JSON_INTEGER_FORMAT
                 " found; this program reads %d",
                 path, json_integer_value(schema), SCHEMA);
        return -1;
    }
    s->any_size = true;
    s->shard = (uint64_t)json_integer_value(json_object_get(all, "shard"));
    s->shards = (uint64_t)json_integer_value(json_object_get(all, "shards"));
    if (s->shard < 1 || s->shard > s->shards || s->shards > 1000000) {
        snprintf(why, SWEEP_WHY, "%.500s: shard, shards: wanted 1 to 1000000",
                 path);
        return -1;
    }
    if (sweep_from_json(s, json_object_get(all, "sweep"), wrong) == 0 &&
        sweep_finish(s, wrong) == 0)
        return 0;
    snprintf(why, SWEEP_WHY, "%.300s: %.650s", path, wrong);
    return -1;
}

int store_read(const char *dir, struct sweep *s, char why[SWEEP_WHY])
{
    char *path = folder_path(dir, "sweep.json");
    FILE *from = fopen(path, "re");
    json_error_t at;
    json_t *all = from ? json_loadf(from, 0, &at) : NULL;
    int result = -1;

    sweep_init(s);
    if (!from && errno == ENOENT) {
        snprintf(why, SWEEP_WHY, "%.500s: there is no sweep in it", dir);
        result = 1;
    } else if (!from) {
        folder_failed(dir, "sweep.json", why, SWEEP_WHY);
    } else if (!all) {
        snprintf(why, SWEEP_WHY, "%.500s:%d: %s", path, at.line, at.text);
    } else {
        result = take_manifest(all, path, s, why);
    }
    if (result != 0)
        sweep_release(s);
    json_decref(all);
    if (from)
        fclose(from);
    free(path);
    return result;
}

/* 0: the folder has the same sweep; 1: none. */
static int compare(const char *dir, const struct sweep *s, char why[SWEEP_WHY])
{
    struct sweep there;
    json_t *a, *b;
    int result = store_read(dir, &there, why);

    if (result != 0)
        return result;
    a = sweep_to_json(s);
    b = sweep_to_json(&there);
    if (!json_equal(a, b) || s->shard != there.shard ||
        s->shards != there.shards) {
        snprintf(why, SWEEP_WHY,
                 "%.500s holds another sweep (its sweep.json tells which): "
                 "name another folder, or give no parameters with --resume",
                 dir);
        result = -1;
    }
    json_decref(a);
    json_decref(b);
    sweep_release(&there);
    return result;
}

bool store_has(const struct store *s, uint64_t at)
{
    return s->done[at / 8] >> at % 8 & 1;
}

void store_mark(struct store *s, uint64_t at)
{
    s->have += !store_has(s, at);
    s->done[at / 8] |= (unsigned char)(1 << at % 8);
}

int store_run_of(const struct sweep *s, const struct row *r, uint64_t *run,
                 char *why, size_t why_size)
{
    if (r->cell == ROW_NO_COUNT || r->cell < 1 ||
        (uint64_t)r->cell > s->cells || r->repeat < 1 ||
        r->repeat > s->repeat) {
        snprintf(why, why_size,
                 "cell, repeat: %lld, %lld is none of this sweep's, which has "
                 "%llu cells, %lld times",
                 (long long)r->cell, (long long)r->repeat,
                 (unsigned long long)s->cells, (long long)s->repeat);
        return -1;
    }
    *run = (uint64_t)(r->cell - 1) * (uint64_t)s->repeat +
           (uint64_t)(r->repeat - 1);
    return 0;
}

int store_append(struct store *st, const char *lines, size_t len,
                 char why[SWEEP_WHY])
{
    ssize_t n;

    do
        n = write(st->csv, lines, len);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)len) {
        st->whole += n;
        st->unsynced = true;
        return 0;
    }
    if (n >= 0)
        errno = ENOSPC;
    folder_failed(st->dir, "rows.csv", why, SWEEP_WHY);
    if (n > 0 && ftruncate(st->csv, st->whole) < 0)
        folder_failed(st->dir, "rows.csv: a torn line could not be cut off",
                      why, SWEEP_WHY);
    return -1;
}

int store_sync(struct store *st, bool now, char why[SWEEP_WHY])
{
    if (!st->unsynced || (!now && now_ns() - st->synced_ns < SYNC_EVERY_NS))
        return 0;
    if (fdatasync(st->csv) < 0)
        return folder_failed(st->dir, "rows.csv", why, SWEEP_WHY);
    st->synced_ns = now_ns();
    st->unsynced = false;
    return 0;
}

static const char *const names[] = {"sweep.json", "rows.csv", "result.json"};

enum { NAMES = sizeof names / sizeof names[0] };

bool store_is_there(const char *dir)
{
    bool there = false;

    for (int i = 0; i < NAMES && !there; i++) {
        char *path = folder_path(dir, names[i]);

        there = access(path, F_OK) == 0;
        free(path);
    }
    return there;
}

bool store_discard(const char *dir)
{
    struct store st = {.lock = -1, .csv = -1, .dir = strdup(dir)};
    char why[SWEEP_WHY];
    bool ours = st.dir && lock(&st, why) == 0;

    for (int i = 0; i <= NAMES && ours; i++) {
        char *path = folder_path(dir, i < NAMES ? names[i] : "lock");

        unlink(path);
        free(path);
    }
    store_release(&st);
    return ours;
}

/* 0: it has the same sweep, or is empty and is given this one. */
static int settle(struct store *st, const struct sweep *s, bool again,
                  char why[SWEEP_WHY])
{
    int same = again ? compare(st->dir, s, why) : 1;

    if (same == 1 && store_is_there(st->dir)) {
        snprintf(why, SWEEP_WHY,
                 again ? "%.500s holds results of something else: name another "
                         "folder"
                       : "%.500s holds results already: go on with --resume, "
                         "or name another folder",
                 st->dir);
        return -1;
    }
    return same == 1 ? write_manifest(st, s, why) : same;
}

static int begin_rows(struct store *st, const struct sweep *s,
                      const char *command, bool again, char why[SWEEP_WHY])
{
    char *path = folder_path(st->dir, "result.json");
    bool begun = access(path, F_OK) == 0;
    int none = 1;

    free(path);
    if (again && begun &&
        results_again(&st->results, st->dir, command, s->seed, why, SWEEP_WHY) <
            0)
        return -1;
    if (again)
        none = store_heal(st, s, why);
    if (none == 1) {
        results_release(&st->results);
        if (results_create(&st->results, st->dir, command, s->seed, why,
                           SWEEP_WHY) < 0)
            return -1;
    } else if (none == 0 && !begun) {
        none = results_again(&st->results, st->dir, command, s->seed, why,
                             SWEEP_WHY);
    }
    st->results.rows_in_csv = true;
    return none < 0 ? -1 : 0;
}

static int open_rows(struct store *st, char why[SWEEP_WHY])
{
    int dir = open(st->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    st->csv = open_in(st->dir, "rows.csv", O_WRONLY | O_APPEND);
    if (st->csv < 0 || (st->whole = lseek(st->csv, 0, SEEK_END)) < 0 ||
        dir < 0 || fsync(st->csv) < 0 || fsync(dir) < 0)
        folder_failed(st->dir, "rows.csv", why, SWEEP_WHY);
    else
        st->synced_ns = now_ns();
    if (dir >= 0)
        close(dir);
    return st->synced_ns ? 0 : -1;
}

int store_open(struct store *st, const struct sweep *s, const char *dir,
               const char *command, bool again, char why[SWEEP_WHY])
{
    *st = (struct store){.lock = -1, .csv = -1, .dir = strdup(dir)};
    st->done = calloc(s->mine / 8 + 1, 1);
    if (!st->dir || !st->done)
        snprintf(why, SWEEP_WHY, "out of memory");
    else if (folder_ensure(dir, why, SWEEP_WHY) == 0 && lock(st, why) == 0 &&
             settle(st, s, again, why) == 0 &&
             begin_rows(st, s, command, again, why) == 0 &&
             open_rows(st, why) == 0)
        return 0;
    store_release(st);
    return -1;
}

int store_end(struct store *st, const char *error, char why[SWEEP_WHY])
{
    if (store_sync(st, true, why) < 0)
        return -1;
    return results_end(&st->results, error, why, SWEEP_WHY);
}

void store_release(struct store *st)
{
    results_release(&st->results);
    free(st->dir);
    free(st->done);
    if (st->csv >= 0)
        close(st->csv);
    if (st->lock >= 0)
        close(st->lock);
    *st = (struct store){.lock = -1, .csv = -1};
}
