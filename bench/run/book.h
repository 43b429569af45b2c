/* SPDX-License-Identifier: BSD-2-Clause */
/* The book of claims: which rows settle a claim, and whether they do. */
#ifndef BENCH_RUN_BOOK_H
#define BENCH_RUN_BOOK_H

#include "bench/run/dialogue.h"
#include "bench/run/pool.h"
#include "bench/tell/claims.h"
#include "sim/ns3.h"

struct book;
struct mx_claim;

struct chapter {
    const char *name, *source;
    const char *says; /* one sentence, for people */
    void (*plan)(struct book *);
};

extern const struct chapter chapters[]; /* ends with a NULL name */

enum entry_kind {
    ENTRY_COUNT,   /* turnarounds as expected in every row */
    ENTRY_TIMED,   /* and times by the formula */
    ENTRY_WAITING, /* and waiting above one half just where the formula says */
    ENTRY_SAVING,  /* rows in pairs: what the second saves against the first */
    ENTRY_REACH,   /* rows in pairs: the first delivers, the second cannot */
    ENTRY_DIALOGUE, /* no rows: a dialogue, byte for byte */
    ENTRY_TOPOLOGY  /* no rows: deliveries among hosts that differ */
};

struct entry { /* a line, and what decides it */
    struct claim_line line;
    enum entry_kind kind;
    const struct dialogue *dialogue; /* of that kind, */
    const struct mx_claim *topology; /* of that kind */
};

struct book_job {
    size_t entry;
    size_t turnarounds; /* expected */
};

struct book {
    const struct chapter *chapter; /* being planned */
    bool kernel;                   /* this host can run it */
    char kernel_why[KERNEL_WHY];   /* where it cannot */
    bool ns3;                      /* its plug-in is there */
    char ns3_why[NS3_WHY];         /* where it is not */
    struct entry *entry;
    size_t entries, entry_room;
    struct job *job;
    struct book_job *about; /* one for each job */
    size_t jobs, job_room;
    bool failed; /* out of memory, or a scenario that has no meaning */
    char why[SCENARIO_WHY];
};

/* A time in the kernel world is the median of so many rows. */
enum { BOOK_REPEATS = 3 };

/* In both virtual worlds times must be (1 + W) RTT to the nanosecond on roads
 * of any rate, where bodies fit into TCP's first window. In the kernel world
 * they may be off by this share of it, on roads long enough that the wake-ups
 * of a shared machine do not matter; on shorter ones the worst is told and not
 * judged. Counts must be equal everywhere. */
#define BOOK_TOLERANCE 0.01
#define BOOK_TIMED_FROM_MS 200

void book_init(struct book *);
void book_release(struct book *);

/* Plans the chapters; `names` NULL or empty: all. -1 and book->why: there is
 * none of that name, or it cannot be planned. */
int book_plan(struct book *, char *const *names, size_t count);

/* Runs all jobs. -1: errno. */
int book_run(struct book *, pool_progress *, void *arg);

/* Fills the lines from the rows. */
void book_judge(struct book *);

/* Decides a line by its rows: bench/run/verdict.c. */
void book_judge_entry(struct book *, size_t entry);

/* Plays a line's dialogue in each world and decides it. */
void book_play(struct book *, size_t entry);

/* What the chapters use. A new line; its number. */
size_t book_entry(struct book *, enum entry_kind, const char *says,
                  const char *expected);

/* A row for it in each world, of "key=value key=value...": parameters of
 * bench/run/scenario. Counts must be `turnarounds`. */
void book_add(struct book *, size_t entry, size_t turnarounds,
              const char *settings);

/* The same in one world alone. */
void book_add_in(struct book *, size_t entry, size_t turnarounds,
                 const char *settings, enum world);

#endif
