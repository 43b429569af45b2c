/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rows a sweep's folder has, and making it whole where its writer was
 * killed in the middle of a line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/run/sweep_store.h"
#include "bench/tell/version.h"

struct span { /* of octets in rows.csv */
    size_t from, to;
};

struct healing {
    struct store *store;
    const struct sweep *sweep;
    struct span *invalid;
    size_t invalids;
};

static int take_row(void *arg, struct row *r, long line, size_t from, size_t to,
                    char *why, size_t why_size)
{
    struct healing *h = arg;
    struct span *more;
    uint64_t run;
    int64_t at = -1;
    int result = store_run_of(h->sweep, r, &run, why, why_size);

    (void)line;
    if (result == 0 && (at = sweep_at_of(h->sweep, run)) < 0) {
        snprintf(why, why_size, "the row is another shard's");
        result = -1;
    }
    if (result == 0 && store_has(h->store, (uint64_t)at)) {
        snprintf(why, why_size, "cell %lld, repetition %lld is there twice",
                 (long long)r->cell, (long long)r->repeat);
        result = -1;
    }
    if (result == 0 && r->valid != FLAG_TRUE) {
        more = reallocarray(h->invalid, h->invalids + 1, sizeof *more);
        if (!more)
            abort();
        h->invalid = more;
        h->invalid[h->invalids++] = (struct span){from, to};
    } else if (result == 0) {
        store_mark(h->store, (uint64_t)at);
        h->store->undelivered +=
            !r->outcome || strncmp(r->outcome, "delivered", 9) != 0;
    }
    row_release(r);
    return result;
}

/* The first line that this program writes; caller frees. */
static char *own_header(size_t *len)
{
    char *ours = NULL;
    FILE *to = open_memstream(&ours, len);

    if (!to || csv_write_header(to) < 0 || fclose(to) != 0)
        abort();
    return ours;
}

/* Columns must be those that this program writes. */
static int check_header(const struct store *st, const char *first,
                        char why[SWEEP_WHY])
{
    size_t len;
    char *ours = own_header(&len);
    bool same = strcmp(ours, first) == 0;

    free(ours);
    if (same)
        return 0;
    snprintf(why, SWEEP_WHY,
             "%.500s/rows.csv: its columns are those of turnaround %.80s: "
             "go on with that, or in another folder; this is %.80s",
             st->dir, st->results.version ? st->results.version : "",
             turnaround_version());
    return -1;
}

/* A file that ends within its first line has no rows to lose, if that is the
 * beginning of a header of ours. 1: it is; -1: what it is, nobody knows. */
static int check_torn_header(struct store *st, const char *first, size_t len,
                             char why[SWEEP_WHY])
{
    size_t whole;
    char *ours = own_header(&whole);
    bool torn = len < whole && memcmp(ours, first, len) == 0;

    free(ours);
    if (torn) {
        if (len > 0)
            snprintf(st->note, sizeof st->note,
                     "rows.csv: its header was torn, and no row was behind "
                     "it: it is begun anew");
        return 1;
    }
    snprintf(why, SWEEP_WHY,
             "%.500s/rows.csv: it is one line without an end, and no header "
             "of turnaround %.80s: \"%.40s\" found; move it away, and the "
             "sweep begins anew",
             st->dir, turnaround_version(), first);
    return -1;
}

/* 0: its header is whole, and ours; else as check_torn_header() has it. */
static int check_first_line(struct store *st, FILE *csv, char why[SWEEP_WHY])
{
    char *first = NULL;
    size_t room = 0;
    ssize_t len = getline(&first, &room, csv);
    int result;

    if (len < 0 && ferror(csv))
        result = folder_failed(st->dir, "rows.csv", why, SWEEP_WHY);
    else if (len > 0 && first[len - 1] == '\n')
        result = check_header(st, first, why);
    else
        result = check_torn_header(st, len > 0 ? first : "",
                                   len > 0 ? (size_t)len : 0, why);
    rewind(csv);
    free(first);
    return result;
}

static int copy_span(FILE *from, FILE *to, size_t at, size_t end)
{
    char block[65536];

    if (fseeko(from, (off_t)at, SEEK_SET) < 0)
        return -1;
    while (at < end) {
        size_t want = end - at < sizeof block ? end - at : sizeof block;

        if (fread(block, 1, want, from) != want ||
            fwrite(block, 1, want, to) != want)
            return -1;
        at += want;
    }
    return 0;
}

/* Writes the file anew without its INVALID rows, and takes its place. */
static int leave_out(struct store *st, FILE *csv, const struct healing *h,
                     char why[SWEEP_WHY])
{
    char *beside = folder_path(st->dir, ".new.rows.csv");
    char *path = folder_path(st->dir, "rows.csv");
    FILE *to = fopen(beside, "we");
    size_t at = 0;
    int result = to ? 0 : -1;

    for (size_t i = 0; i < h->invalids && result == 0; i++) {
        result = copy_span(csv, to, at, h->invalid[i].from);
        at = h->invalid[i].to;
    }
    if (result == 0)
        result = copy_span(csv, to, at, (size_t)st->whole);
    if (to && (fflush(to) || fsync(fileno(to))))
        result = -1;
    if (to && fclose(to))
        result = -1;
    if (result < 0 || rename(beside, path) < 0) {
        result = folder_failed(st->dir, "rows.csv", why, SWEEP_WHY);
        unlink(beside);
    }
    free(beside);
    free(path);
    return result;
}

static void tell_healing(struct store *st, off_t torn, size_t invalid)
{
    size_t used = 0;

    if (torn > 0)
        used = (size_t)snprintf(st->note, sizeof st->note,
                                "rows.csv: its last line was torn: %lld octets "
                                "are cut off, and the run is made again",
                                (long long)torn);
    if (invalid > 0 && used < sizeof st->note)
        snprintf(st->note + used, sizeof st->note - used,
                 "%srows.csv: %zu INVALID row%s taken out, to be run again",
                 used ? "\n" : "", invalid, invalid == 1 ? "" : "s");
}

/* Reads what is there, and makes it whole. */
static int heal(struct store *st, const struct sweep *s, FILE *csv,
                char why[SWEEP_WHY])
{
    struct healing h = {.store = st, .sweep = s};
    struct csv_end end;
    struct stat all;
    char *path = folder_path(st->dir, "rows.csv");
    int result = csv_each(csv, path, take_row, &h, &end, why, SWEEP_WHY);

    if (result == 0 && fstat(fileno(csv), &all) < 0)
        result = folder_failed(st->dir, "rows.csv", why, SWEEP_WHY);
    if (result == 0) {
        st->whole = (off_t)end.whole;
        tell_healing(st, all.st_size - st->whole, h.invalids);
        if (h.invalids > 0)
            result = leave_out(st, csv, &h, why);
        else if (end.torn && truncate(path, st->whole) < 0)
            result = folder_failed(st->dir, "rows.csv", why, SWEEP_WHY);
    }
    free(h.invalid);
    free(path);
    return result;
}

int store_heal(struct store *st, const struct sweep *s, char why[SWEEP_WHY])
{
    char *path = folder_path(st->dir, "rows.csv");
    FILE *csv = fopen(path, "re");
    int result;

    if (!csv && errno == ENOENT)
        result = 1;
    else if (!csv)
        result = folder_failed(st->dir, "rows.csv", why, SWEEP_WHY);
    else
        result = check_first_line(st, csv, why);
    if (result == 0)
        result = heal(st, s, csv, why);
    else if (result == 1 && csv)
        unlink(path);
    if (csv)
        fclose(csv);
    free(path);
    return result;
}
