/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of scenarios share: scenarios of words, each "name=value". */
#ifndef TESTS_SCENARIO_HELP_H
#define TESTS_SCENARIO_HELP_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/scenario.h"

/* Sets what each word says. Where values have blanks, words are set apart by
 * something else. */
static inline void scenario_say(struct scenario *s, const char *words,
                                const char *between)
{
    char why[SCENARIO_WHY], copy[400], *rest, *word;

    ck_assert_uint_lt(strlen(words), sizeof copy);
    strcpy(copy, words);
    for (word = strtok_r(copy, between, &rest); word;
         word = strtok_r(NULL, between, &rest)) {
        char *value = strchr(word, '=');
        const struct parameter *p;

        ck_assert_msg(value != NULL, "no value in '%s'", word);
        *value++ = '\0';
        p = parameter_named(word);
        ck_assert_msg(p != NULL, "no parameter %s", word);
        ck_assert_msg(scenario_set(s, p, value, why) == 0, "%s", why);
    }
}

/* In the ideal world: what all tests have in common, and what one has. */
static inline void scenario_ideal(struct scenario *s, const char *common,
                                  const char *own)
{
    scenario_init(s);
    s->world = WORLD_IDEAL;
    scenario_say(s, common, " ");
    scenario_say(s, own, " ");
}

/* That was all, and it has a meaning. */
static inline void scenario_whole(struct scenario *s, const char *words)
{
    char why[SCENARIO_WHY];

    ck_assert_msg(scenario_finish(s, why) == 0, "%s: %s", words, why);
}

#endif
