/* SPDX-License-Identifier: BSD-2-Clause */
/* Flags of a command that takes a scenario: those of bench/run/scenario's
 * table, and the command's own. */
#ifndef BENCH_CMD_FLAGS_H
#define BENCH_CMD_FLAGS_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/run/scenario.h"

struct flag { /* a command's own */
    const char *name;
    const char *value; /* what it takes, for people; NULL: nothing; in [ ]
                          where it may be left out: "[FILE]" */
    const char *help;
};

/* Called for each of the command's own flags; `value` NULL: none given. */
typedef void flag_given(void *arg, const char *name, const char *value);

/* One whose value is kept as it was given: its name, and where. */
struct flag_text {
    const char *name, **to;
};

/* Whether the list, which ends with a NULL name, has the flag: then its value
 * is kept. */
bool flag_kept(const struct flag_text *, const char *name, const char *value);

/* Reads the command line into the scenario. `of_scenario` names the parameters
 * that the command takes and ends with NULL; NULL: all of them. Returns the
 * index of the first argument that is no flag; -1: an error, which was
 * printed; 0: --help was asked for. `own` ends with a NULL name. */
int flags_parse(int argc, char **argv, struct scenario *,
                const char *const *of_scenario, const struct flag *own,
                flag_given *, void *arg);

/* Lists flags, a line each. */
void flags_print(FILE *, const struct flag *own);
void flags_print_scenario(FILE *, const char *const *of_scenario);

#endif
