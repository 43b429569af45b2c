/* SPDX-License-Identifier: BSD-2-Clause */
/* What a sweep set in a row: its column `varied`, such as
 * "mode=early rtt=200ms uplink='rate 1mbit'". Also the command that makes a
 * row, but for what makes repetitions differ: the question it answers. */
#ifndef BENCH_TELL_VARIED_H
#define BENCH_TELL_VARIED_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/tell/result.h"

enum { VARIED_NAME = 100, VARIED_VALUE = 600, VARIED_UNIT = 16 };

struct varied { /* one of them */
    char name[VARIED_NAME], value[VARIED_VALUE];
};

/* The one at `*at`, which moves on; false: there is no more. */
bool varied_next(const char **at, struct varied *);

/* A value by its name; false: it is not there. */
bool varied_get(const char *varied, const char *name, struct varied *);

/* All but those of these names (NULL: none), in the same form. */
void varied_without(const char *varied, const char *a, const char *b,
                    char *room, size_t room_size);

/* A value that is a number with a unit, in the unit that it is drawn in: times
 * in ms, rates in Mbit/s, octets; NaN where it is no number. */
double varied_number(const char *value, char unit[VARIED_UNIT]);

/* A row's command without `turnaround run`, seed, repeat, and the flags of the
 * names in `except` (which ends with NULL; NULL: none): rows of the same answer
 * the same question. */
void varied_question(const struct row *, const char *const *except, char *room,
                     size_t room_size);

#endif
