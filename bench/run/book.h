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
    ENTRY_SAVING,  /* a pair of rows: what the second saves against the first */
    ENTRY_DIFFERENCE, /* the same, told in round trips, whoever is faster */
    ENTRY_REACH,      /* rows in pairs: the first delivers, the second cannot */
    ENTRY_OPENING,    /* so many round trips go to the congestion window */
    ENTRY_ENDING,     /* what becomes of the mail */
    ENTRY_DIALOGUE,   /* no rows: a dialogue, byte for byte */
    ENTRY_CHECK,      /* no rows: a machine on its own is asked */
    ENTRY_TOPOLOGY    /* no rows: deliveries among hosts that differ */
};

/* True: it is so. What was seen goes to `seen`; false: and `why`. */
typedef bool entry_check(const void *arg, char seen[48], char why[240]);

struct entry { /* a line, and what decides it */
    struct claim_line line;
    enum entry_kind kind;
    const struct dialogue *dialogue; /* of that kind, */
    const struct mx_claim *topology; /* of that kind */
    entry_check *check;              /* likewise */
    const void *arg;                 /* for it */
    const char *remark;              /* under which definition it holds */
    bool refuted;  /* what is expected is not what the source says */
    bool captured; /* `reproduce` keeps a row's packets, to draw them */
    /* Why it FAILS: a time in the kernel world is off, which the machine may
     * have done; or anything else. */
    bool late, wrong;
};

struct book_job {
    size_t entry;
    size_t turnarounds; /* expected */
    int opening;        /* likewise, of that kind */
    const char *ending; /* likewise: how it begins */
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
    int tries;   /* how often what does not count is run again */
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

/* Plans nothing for a world but the ideal one. */
void book_leave_out(struct book *, enum world);

/* As if this host had all worlds, or the ideal one alone: for lists. */
void book_pretend(struct book *, bool all);

/* Plans the chapters; `names` NULL or empty: all. -1 and book->why: there is
 * none of that name, or it cannot be planned. */
int book_plan(struct book *, char *const *names, size_t count);

/* Runs all jobs. -1: errno. */
int book_run(struct book *, pool_progress *, void *arg);

/* Fills the lines from the rows. */
void book_judge(struct book *);

/* Decides a line by its rows: bench/run/verdict.c. */
void book_judge_entry(struct book *, size_t entry);

/* Plays a line's dialogue in each world and decides it: bench/run/plays.c. */
void book_play(struct book *, size_t entry);

/* Whether a line has no rows; and all such, so many at a time. -1: errno. Both:
 * bench/run/plays_crew.c. */
bool book_is_play(enum entry_kind);
int book_play_all(struct book *, size_t parallel);

/* The first row of a line in the world nearest to people: the kernel's, else
 * ns3's, else the ideal one. NULL: it has none. */
const struct job *book_first(const struct book *, size_t entry);

/* What the chapters use. A new line; its number. */
size_t book_entry(struct book *, enum entry_kind, const char *says,
                  const char *expected);

/* A row for it in each world, of "key=value key=value...": parameters of
 * bench/run/scenario. Counts must be `turnarounds`. */
void book_add(struct book *, size_t entry, size_t turnarounds,
              const char *settings);

/* The same without one world, which refuses such rows or need not see them. */
void book_add_but(struct book *, size_t entry, size_t turnarounds,
                  const char *settings, enum world without);

/* The same in one world alone. */
void book_add_in(struct book *, size_t entry, size_t turnarounds,
                 const char *settings, enum world);

/* A row that must end so, in each world; its plan has these turnarounds, which
 * are not judged. */
void book_add_ending(struct book *, size_t entry, size_t turnarounds,
                     const char *settings, const char *ending);

/* A row whose congestion window opens so often, in each world but the ideal
 * one, which has none. */
void book_add_opening(struct book *, size_t entry, size_t turnarounds,
                      int round_trips, const char *settings);

/* A line that a machine on its own decides. */
size_t book_check(struct book *, const char *says, const char *expected,
                  entry_check *, const void *arg);

/* Says of a line under which definition it holds; or, `refuted`, that what is
 * expected of it is not what the source says, and why. */
void book_remark(struct book *, size_t entry, bool refuted, const char *text);

/* Keeps the packets of a line's first row. */
void book_capture(struct book *, size_t entry);

struct measured { /* lines of a run; all zero: of none */
    const struct claim_line *line;
    size_t count;
};

/* The whole book as a page of Markdown: what was planned, and what became of
 * it. */
void book_print_markdown(const struct book *, const struct measured *, FILE *);

/* Where each claim of the documents stands: in which chapter, or why in none.
 */
struct claim_place {
    const char *source, *says;
    const char *chapter; /* NULL: in none */
    const char *why;     /* ... since; or what else is to be said; or NULL */
};
extern const struct claim_place claim_places[]; /* ends with a NULL source */

#endif
