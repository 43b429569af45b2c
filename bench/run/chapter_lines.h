/* SPDX-License-Identifier: BSD-2-Clause */
/* Chapters as tables of lines. */
#ifndef BENCH_RUN_CHAPTER_LINES_H
#define BENCH_RUN_CHAPTER_LINES_H

#include "bench/run/book.h"

struct line {
    const char *says;
    const char *settings; /* of its only row, or of the first of a pair */
    enum entry_kind kind;
    const char *expected;
    size_t turnarounds;
    const char *second; /* settings of the second of a pair */
    size_t second_turnarounds;
    const char *ending;
    int opening;
    enum world without; /* that refuses such rows; the ideal one: none does */
    const char *remark;
    bool refuted, captured;
};

/* The rest of a line behind its settings; what is expected comes first, `w` are
 * turnarounds. Of a pair the longer one is the line's own, where its difference
 * is called a saving. */
#define COUNTED(text, w)                                                       \
    .kind = ENTRY_COUNT, .expected = (text), .turnarounds = (w)
#define TIMED(text, w)                                                         \
    .kind = ENTRY_TIMED, .expected = (text), .turnarounds = (w)
#define TAKES(w, rtts) TIMED(#w ", " #rtts " RTT", w)
#define ENDING(text, w, how)                                                   \
    .kind = ENTRY_ENDING, .expected = (text), .turnarounds = (w),              \
    .ending = (how)
#define OPENING(text, w, rtts)                                                 \
    .kind = ENTRY_OPENING, .expected = (text), .turnarounds = (w),             \
    .opening = (rtts)
#define PAIR(is, text, w, other, other_w)                                      \
    .kind = (is), .expected = (text), .turnarounds = (w), .second = (other),   \
    .second_turnarounds = (other_w)
#define SAVING(text, w, other, other_w)                                        \
    PAIR(ENTRY_SAVING, text, w, other, other_w)
#define DIFFERENCE(text, w, other, other_w)                                    \
    PAIR(ENTRY_DIFFERENCE, text, w, other, other_w)

#define LINES(table) (table), sizeof(table) / sizeof(table)[0]

/* Plans them. `before` are settings of all rows, over which a line's own
 * prevail; "": none. */
void lines_add(struct book *, const char *before, const struct line *, size_t);

/* A line that is played. */
void lines_add_dialogue(struct book *, const struct dialogue *);

#endif
