/* SPDX-License-Identifier: BSD-2-Clause */
/* The dialogues that RFC 2920, section 4, prints (as RFC 1854 and 2197 before
 * it), and one with the reply of RFC 4141, 9.2, as casts: what was said there
 * must be said again, byte for byte. */
#ifndef BENCH_RUN_DIALOGUE_H
#define BENCH_RUN_DIALOGUE_H

#include "bench/run/cast.h"

struct dialogue {
    const char *name, *says; /* for people */
    size_t turnarounds;
    enum mode_id mode;
    bool helo;
    uint32_t flaws;
    const char *server, *client, *from;
    const char *to[4]; /* ends with NULL */
    struct verdict verdicts[2];
    size_t verdict_count;
    const char *filter, *form; /* what the recipient can take, and what there
                                * is (smtp/bargain.h); NULL: nobody is asked */
    const char *body;
    const char *text; /* "C: " and "S: " lines, as the client sees them */
};

extern const struct dialogue dialogues[];
extern const size_t dialogue_count;
extern const struct dialogue conneg_dialogue;

/* As cast_init(), with the dialogue's words. The scenario, which gives the
 * road, must have the dialogue's mode. */
int dialogue_cast(struct cast *, const struct scenario *,
                  const struct dialogue *);

/* How many bytes each side says. */
size_t dialogue_bytes(const struct dialogue *, char side);

/* Plays it in the ideal world. 0: every byte was as printed; -1 and `why`: the
 * first line that was not. */
int dialogue_replay(const struct dialogue *, const struct scenario *,
                    struct tally *, char why[SCENARIO_WHY]);

#endif
