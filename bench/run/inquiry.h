/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of a scenario that is about what recipients can take: whether and
 * how they are asked, and what is answered. */
#ifndef BENCH_RUN_INQUIRY_H
#define BENCH_RUN_INQUIRY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "smtp/ability.h"

#define INQUIRY_WHY 600

enum {
    INQUIRY_ANSWERS = 64,      /* before they begin again */
    INQUIRY_RECIPIENTS = 1000, /* a server takes no more at a time */
    INQUIRY_MATES = 256        /* sessions at once; others wait their turn */
};

struct scenario;
struct parameter;
struct feature;
struct span;
struct strategy;

struct inquiry {
    int strategy; /* STRATEGY_... and 1; 0: nobody is asked */
    int64_t classes;
    int spelling;                    /* SPELLING_..., smtp/conneg.h */
    char *answers, *filters, *forms; /* owned; NULL: not given */
    int64_t ttl_ns;
};

/* As scenario_set(), for its parameters. */
int inquiry_set(struct inquiry *, const struct parameter *, const char *value,
                char why[INQUIRY_WHY]);
void inquiry_print(FILE *, const struct inquiry *, const struct parameter *);
void inquiry_release(struct inquiry *);
void inquiry_copy(struct inquiry *to, const struct inquiry *from);

/* Part of scenario_finish(). */
int inquiry_finish(struct scenario *, char why[INQUIRY_WHY]);

/* NULL: nobody is asked. */
const struct strategy *inquiry_strategy(const struct inquiry *);

/* The answers' words as kinds; how many. 0 and `why`: one of them is none. */
size_t inquiry_answers(const char *text, enum ability_kind to[INQUIRY_ANSWERS],
                       char why[INQUIRY_WHY]);

/* Cuts off the first expression, blanks around it left out. False and `why`:
 * it is none. At the end `rest` is "". */
bool inquiry_expression(const char **rest, struct feature *, struct span *text,
                        char why[INQUIRY_WHY]);

/* What the words of --strategy and --answers mean, for --help. */
void inquiry_help(FILE *);

#endif
