/* SPDX-License-Identifier: BSD-2-Clause */
/* What was said, as a person writes it: "MAIL RCPTx3 DATA". */
#ifndef BENCH_READ_WORDS_H
#define BENCH_READ_WORDS_H

#include <stddef.h>

enum { WORD = 12, WORDS = 2048 };

struct word {
    char text[WORD];
    unsigned times;
};

struct words { /* private; all zero is empty */
    struct word *word;
    size_t count, room;
};

void words_release(struct words *);
void words_clear(struct words *);

/* Adds a word; behind an equal one it counts as its repeat, unless repeats of
 * it tell nothing ("body", "TLS"). Beyond WORDS items the rest is "...". */
void words_add(struct words *, const char *word);

/* Moves all that `from` holds to the end of `to`. */
void words_move(struct words *to, struct words *from);

/* Caller frees; NULL: no memory. */
char *words_text(const struct words *);

#endif
