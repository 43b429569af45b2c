/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parser of netem/spec reads with: words, values, and refusals that
 * point at them. */
#ifndef NETEM_SPEC_READ_H
#define NETEM_SPEC_READ_H

#include "netem/spec.h"

struct spec_word {
    const char *at;
    size_t len; /* 0: the text has ended */
};

enum spec_seen { /* words that may come once in a phase, or once at all */
                 SEEN_DELAY,
                 SEEN_DISTRIBUTION,
                 SEEN_ORDERED,
                 SEEN_LOSS,
                 SEEN_CORRUPT,
                 SEEN_DUPLICATE,
                 SEEN_REORDER,
                 SEEN_GAP,
                 SEEN_RATE,
                 SEEN_OUTAGE,
                 SEEN_ECN,
                 SEEN_LIMIT,
                 SEEN_SLOT,
                 SEEN_SEED,
                 SEEN_QUEUE,
                 SEEN_MANY /* and how many there are before it */
};

struct spec_reader {
    const char *text, *at; /* `at` is behind `word` */
    struct spec_word word; /* the next one */
    const char *name;      /* the word whose values are being read */
    struct link_params *params;
    struct link_phase *phase;         /* being filled */
    struct spec_word seen[SEEN_MANY]; /* in this phase; at NULL: not yet */
    struct spec_word since;           /* `at` of this phase */
    struct spec_error *error;
    spec_fetch *fetch;
    void *fetch_arg;
};

void spec_read_start(struct spec_reader *, const char *text);
struct spec_word spec_read_word(struct spec_reader *);
bool spec_word_is(const struct spec_word *, const char *);

/* Whether it is the first of all. */
bool spec_word_first(const struct spec_reader *, const struct spec_word *);

/* Whether a value comes next, and not another word. */
bool spec_value_next(const struct spec_reader *);

/* All that follow return -1 and fill the error where they refuse. */
int spec_refuse(struct spec_reader *, const struct spec_word *,
                const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Refuses a word as `NAME: "found", wrong; accepted: ...`. */
int spec_refuse_value(struct spec_reader *, const struct spec_word *,
                      const char *wrong, const char *accepted);

int spec_take_time(struct spec_reader *, int64_t *);
int spec_take_rate(struct spec_reader *, uint64_t *);
int spec_take_percent(struct spec_reader *, double *);
int spec_take_chance(struct spec_reader *, struct link_chance *);
int spec_take_count(struct spec_reader *, int64_t least, int64_t most,
                    int64_t *);

/* A distribution by name or file; a trace by file. */
int spec_take_scatter(struct spec_reader *, struct link_scatter *);
int spec_take_trace(struct spec_reader *, const struct link_trace **);

/* Room for one more in a list of `count` items. */
void *spec_more(void *list, size_t count, size_t size);

#endif
