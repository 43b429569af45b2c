/* SPDX-License-Identifier: BSD-2-Clause */
/* Each shard is read twice: to find it good, and to copy it. */
#include "bench/run/sweep_merge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct shard {
    const char *dir;
    struct sweep sweep;
    bool read;
    char *header;  /* owned: of its rows.csv */
    char *version; /* owned: of the program that ran it */
};

struct merging {
    struct shard *shard; /* in the order of shards */
    size_t count;
    const char *first; /* folder that was named */
    struct merged *out;
    struct store store; /* of the whole */
    struct sweep whole;
};

static FILE *open_rows(const char *dir, char why[SWEEP_WHY])
{
    char *path = folder_path(dir, "rows.csv");
    FILE *csv = fopen(path, "re");

    if (!csv)
        snprintf(why, SWEEP_WHY, "%.500s: %s", path, strerror(errno));
    free(path);
    return csv;
}

static bool same_sweep(const struct sweep *a, const struct sweep *b)
{
    json_t *x = sweep_to_json(a), *y = sweep_to_json(b);
    bool same = json_equal(x, y);

    json_decref(x);
    json_decref(y);
    return same;
}

/* The shard's place, which must be free. */
static int place(struct merging *m, const char *dir, struct sweep *s,
                 const struct sweep *first, char why[SWEEP_WHY])
{
    struct shard *to = NULL;

    if (s->shards == first->shards)
        to = &m->shard[s->shard - 1];
    if (!same_sweep(s, first))
        snprintf(why, SWEEP_WHY,
                 "%.400s is no shard of the same sweep as the first folder: "
                 "see sweep.json in both",
                 dir);
    else if (!to)
        snprintf(why, SWEEP_WHY,
                 "%.400s is shard %llu of %llu, and %.400s is shard %llu of "
                 "%llu: the same sweep, cut into another number; wanted all "
                 "of one cut",
                 dir, (unsigned long long)s->shard,
                 (unsigned long long)s->shards, m->first,
                 (unsigned long long)first->shard,
                 (unsigned long long)first->shards);
    else if (to->read)
        snprintf(why, SWEEP_WHY,
                 "%.400s and %.400s are both shard %llu of %llu", to->dir, dir,
                 (unsigned long long)s->shard, (unsigned long long)s->shards);
    else {
        to->dir = dir;
        to->sweep = *s;
        to->read = true;
        return 0;
    }
    return -1;
}

static int check_all_there(const struct merging *m, char why[SWEEP_WHY])
{
    size_t missing = 0, used = 0;

    for (size_t i = 0; i < m->count; i++) {
        if (m->shard[i].read)
            continue;
        if (++missing <= 20 && used < SWEEP_WHY)
            used +=
                (size_t)snprintf(why + used, SWEEP_WHY - used, "%s%zu",
                                 missing > 1 ? ", " : "missing: shard ", i + 1);
    }
    if (missing > 0 && used < SWEEP_WHY)
        snprintf(why + used, SWEEP_WHY - used, "%s of %zu",
                 missing > 20 ? " and more" : "", m->count);
    return missing > 0 ? -1 : 0;
}

static int place_all(struct merging *m, char *const *dir, size_t count,
                     char why[SWEEP_WHY])
{
    struct sweep first;
    int result;

    for (size_t i = 0; i < count; i++) {
        struct sweep s;

        if (store_read(dir[i], &s, why) != 0)
            return -1;
        if (i == 0) {
            m->count = s.shards;
            m->shard = calloc(m->count, sizeof *m->shard);
            if (!m->shard)
                abort();
        }
        result = place(m, dir[i], &s, i == 0 ? &s : &first, why);
        if (result < 0) {
            sweep_release(&s);
            return -1;
        }
        if (i == 0)
            first = s;
    }
    return check_all_there(m, why);
}

struct checking {
    struct merging *m;
    const struct shard *shard;
    struct store seen; /* for its marks alone */
};

static int check_row(void *arg, struct row *r, long line, size_t from,
                     size_t to, char *why, size_t why_size)
{
    struct checking *c = arg;
    uint64_t run;
    int64_t at = -1;
    int result = store_run_of(&c->shard->sweep, r, &run, why, why_size);

    (void)line, (void)from, (void)to;
    if (result == 0 && ((at = sweep_at_of(&c->shard->sweep, run)) < 0 ||
                        store_has(&c->seen, (uint64_t)at))) {
        snprintf(why, why_size, "cell %lld, repetition %lld is %s",
                 (long long)r->cell, (long long)r->repeat,
                 at < 0 ? "another shard's" : "there twice");
        result = -1;
    }
    if (result == 0) {
        store_mark(&c->seen, (uint64_t)at);
        c->m->out->rows++;
        c->m->out->invalid += r->valid != FLAG_TRUE;
        c->m->out->undelivered +=
            !r->outcome || strncmp(r->outcome, "delivered", 9) != 0;
    }
    row_release(r);
    return result;
}

/* Runs that have no meaning have no row where they may be left out. */
static uint64_t count_missing(struct checking *c)
{
    const struct sweep *s = &c->shard->sweep;
    uint64_t missing = 0;

    for (uint64_t at = 0; at < s->mine; at++) {
        struct scenario one;
        char why[SWEEP_WHY];
        bool left_out;

        if (store_has(&c->seen, at))
            continue;
        left_out = s->skip_meaningless &&
                   sweep_scenario(s, sweep_run_at(s, at) / (uint64_t)s->repeat,
                                  1, &one, why) < 0;
        if (s->skip_meaningless)
            scenario_release(&one);
        missing += !left_out;
        c->m->out->skipped += left_out;
    }
    return missing;
}

static int check_shard(struct merging *m, struct shard *s, char why[SWEEP_WHY])
{
    struct checking c = {.m = m, .shard = s};
    char *path = folder_path(s->dir, "rows.csv");
    FILE *csv = open_rows(s->dir, why);
    struct csv_end end = {.torn = false};
    uint64_t missing;
    size_t room = 0;
    int result = csv ? 0 : -1;

    c.seen.done = calloc(s->sweep.mine / 8 + 1, 1);
    if (!c.seen.done)
        abort();
    if (result == 0 && getline(&s->header, &room, csv) < 0)
        s->header = strdup("");
    if (csv)
        rewind(csv);
    if (result == 0)
        result = csv_each(csv, path, check_row, &c, &end, why, SWEEP_WHY);
    if (result == 0 && ((missing = count_missing(&c)) > 0 || end.torn)) {
        snprintf(why, SWEEP_WHY,
                 "%.400s: %llu of its %llu runs are missing: go on with "
                 "`turnaround sweep --resume` first",
                 s->dir, (unsigned long long)missing,
                 (unsigned long long)s->sweep.mine);
        result = -1;
    }
    if (csv)
        fclose(csv);
    free(c.seen.done);
    free(path);
    return result;
}

/* What a shard's program called itself; "" where it does not say. */
static char *version_of(const char *dir)
{
    char *path = folder_path(dir, "sweep.json");
    json_t *all = json_load_file(path, 0, NULL);
    const char *version = json_string_value(json_object_get(all, "version"));
    char *copy = strdup(version ? version : "");

    json_decref(all);
    free(path);
    return copy;
}

static int check_shards(struct merging *m, char why[SWEEP_WHY])
{
    for (size_t i = 0; i < m->count; i++) {
        struct shard *s = &m->shard[i];

        if (check_shard(m, s, why) < 0)
            return -1;
        s->version = version_of(s->dir);
        if (strcmp(s->header, m->shard[0].header) != 0) {
            snprintf(why, SWEEP_WHY,
                     "%.400s: its columns are not those of %.400s: they were "
                     "run by turnaround %.40s and %.40s",
                     s->dir, m->shard[0].dir, s->version, m->shard[0].version);
            return -1;
        }
        m->out->mixed |= strcmp(s->version, m->shard[0].version) != 0;
    }
    return 0;
}

/* rows.csv but its header, in blocks of whole lines or parts of them: what is
 * half there when we die is a folder that says it is not finished. */
static int copy_rows(struct merging *m, const struct shard *s,
                     char why[SWEEP_WHY])
{
    char block[65536];
    FILE *csv = open_rows(s->dir, why);
    size_t n;
    int result = csv ? 0 : -1;

    if (csv && fseek(csv, (long)strlen(s->header), SEEK_SET) < 0)
        result = -1;
    while (result == 0 && (n = fread(block, 1, sizeof block, csv)) > 0)
        result = store_append(&m->store, block, n, why);
    if (csv && ferror(csv)) {
        snprintf(why, SWEEP_WHY, "%.400s/rows.csv: %s", s->dir,
                 strerror(errno));
        result = -1;
    }
    if (csv)
        fclose(csv);
    return result;
}

/* Each shard's host.json, by its number. */
static void copy_host(const char *out, const struct shard *s, size_t number)
{
    char *from = folder_path(s->dir, "host.json"),
         *folder = folder_path(out, "hosts");
    json_t *host = json_load_file(from, 0, NULL);
    char *to;

    mkdir(folder, 0777);
    if (asprintf(&to, "%s/%zu.json", folder, number) < 0)
        abort();
    if (host)
        json_dump_file(host, to, JSON_MANNER);
    json_decref(host);
    free(to);
    free(folder);
    free(from);
}

/* The whole, as the first shard tells it. */
static int make_whole(struct merging *m, char why[SWEEP_WHY])
{
    json_t *all = sweep_to_json(&m->shard[0].sweep);
    int result;

    sweep_init(&m->whole);
    m->whole.any_size = true;
    result = sweep_from_json(&m->whole, all, why);
    if (result == 0)
        result = sweep_finish(&m->whole, why);
    json_decref(all);
    return result;
}

/* What there is of a whole that could not be written, and the folder, if it
 * has nothing else. */
static void discard(const struct merging *m, const char *out)
{
    char *hosts = folder_path(out, "hosts"), name[40], *path;

    if (store_discard(out)) {
        for (size_t i = 1; i <= m->count; i++) {
            snprintf(name, sizeof name, "%zu.json", i);
            path = folder_path(hosts, name);
            unlink(path);
            free(path);
        }
        rmdir(hosts);
        rmdir(out);
    }
    free(hosts);
}

static int write_whole(struct merging *m, const char *out, const char *command,
                       char why[SWEEP_WHY])
{
    int result = store_open(&m->store, &m->whole, out, command, false, why);

    if (result == 0) {
        for (size_t i = 0; i < m->count && result == 0; i++) {
            result = copy_rows(m, &m->shard[i], why);
            copy_host(out, &m->shard[i], i + 1);
        }
        if (result == 0)
            result = store_end(&m->store, NULL, why);
        store_release(&m->store);
    }
    if (result < 0)
        discard(m, out);
    return result;
}

int sweep_merge(char *const *dir, size_t count, const char *out,
                const char *command, struct merged *told, char why[SWEEP_WHY])
{
    struct merging m = {.first = dir[0], .out = told};
    int result;

    *told = (struct merged){0};
    if (store_is_there(out)) { /* hours before it would be written to */
        snprintf(why, SWEEP_WHY,
                 "%.500s holds results already: name another folder, or "
                 "remove it",
                 out);
        return -1;
    }
    result = place_all(&m, dir, count, why);
    if (result == 0)
        result = check_shards(&m, why);
    if (result == 0)
        result = make_whole(&m, why);
    if (result == 0) {
        told->cells = m.whole.cells;
        result = write_whole(&m, out, command, why);
    }
    for (size_t i = 0; i < m.count && m.shard; i++) {
        if (m.shard[i].read)
            sweep_release(&m.shard[i].sweep);
        free(m.shard[i].header);
        free(m.shard[i].version);
    }
    free(m.shard);
    sweep_release(&m.whole);
    return result;
}
