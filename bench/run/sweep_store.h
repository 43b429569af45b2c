/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder of a sweep: nothing in it is ever lost, or there twice.
 *
 *   sweep.json   what is swept, and which shard this is
 *   rows.csv     a line for each run, in the order they ended
 *   result.json  as of any results folder; its rows are in rows.csv
 *   lock         held by the process that writes
 *
 * Lines are appended by one write() of whole lines, and carried to the disk at
 * least once a second and at the end: what was written survives the death of
 * the program at any moment, and but for the last second that of the machine.
 * What a moment's death leaves is a torn last line, which is cut off. */
#ifndef BENCH_RUN_SWEEP_STORE_H
#define BENCH_RUN_SWEEP_STORE_H

#include "bench/run/sweep.h"
#include "bench/tell/folder.h"

enum { STORE_NOTE = 400 };

struct store {
    struct results results;
    unsigned char *done; /* a bit for each run of the shard, by its place */
    uint64_t have;       /* how many there are */
    uint64_t undelivered;
    char note[STORE_NOTE]; /* what was healed, for people; "": nothing */
    /* private */
    char *dir;
    int lock, csv;
    off_t whole; /* octets of whole lines */
    int64_t synced_ns;
    bool unsynced;
};

/* Begins a sweep in a new folder; or where `again`, goes on with the same one
 * in a folder that may hold it: INVALID rows are taken out of it, to be run
 * again. -1 and `why`; nothing is to be released then, nothing overwritten. */
int store_open(struct store *, const struct sweep *, const char *dir,
               const char *command, bool again, char why[SWEEP_WHY]);

/* Reads what is swept in a folder: sweep.json. 1: there is none. */
int store_read(const char *dir, struct sweep *, char why[SWEEP_WHY]);

bool store_has(const struct store *, uint64_t at);

/* Appends whole lines, as many runs as they are marked done by store_mark().
 * -1 and `why`: none of them is there. */
int store_append(struct store *, const char *lines, size_t len,
                 char why[SWEEP_WHY]);
void store_mark(struct store *, uint64_t at);
int store_sync(struct store *, bool now, char why[SWEEP_WHY]);

/* Writes result.json, finished unless `error` says otherwise. */
int store_end(struct store *, const char *error, char why[SWEEP_WHY]);
void store_release(struct store *);

/* Has a folder any results? */
bool store_is_there(const char *dir);

/* Takes away what a store has in a new folder that could not be written to its
 * end. False: somebody else is writing there. */
bool store_discard(const char *dir);

/* Marks what rows.csv has, cuts off a torn line, and takes INVALID rows out.
 * 1: it was not even a whole header of ours, and is gone. -1 and `why`, nothing
 * touched, where it is something else: bench/run/sweep_heal.c. */
int store_heal(struct store *, const struct sweep *, char why[SWEEP_WHY]);

/* Whether a row is one of a sweep's: its run in `run`. -1 and `why`. */
int store_run_of(const struct sweep *, const struct row *, uint64_t *run,
                 char *why, size_t why_size);

#endif
