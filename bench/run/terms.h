/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server takes at a time and of whom, and how a client divides what it
 * has by that: LMTP, content policies, limits, and messages to a connection. A
 * part of a scenario. */
#ifndef BENCH_RUN_TERMS_H
#define BENCH_RUN_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/run/inquiry.h"
#include "smtp/limits.h"
#include "smtp/plan.h"

struct scenario;

struct terms {
    bool lmtp;              /* RFC 2033 */
    int64_t policies;       /* of recipients, in turn; 1: they have one */
    int64_t offended;       /* of these: do not take the message */
    int64_t domains;        /* of recipients, in turn */
    int64_t per_connection; /* messages; 0: all */
    char *limit_words;      /* owned; NULL: not given */

    struct limits limits; /* made by terms_finish() */
};

enum {
    TERMS_RECIPIENTS = 1000, /* where what each gets depends on the others */
    TERMS_CONNECTIONS = 2000 /* of a session that is divided */
};

/* -1 and `why`: it has no meaning. */
int terms_finish(struct scenario *, char why[INQUIRY_WHY]);

/* As a finished scenario's plan has it, where LIMITS tells beforehand. */
struct portions terms_portions(const struct scenario *);

/* How many mails its messages may become, however that is found out. */
size_t terms_mails(const struct scenario *);

/* For a server; `arg` is the scenario. */
size_t terms_policy_of(void *scenario, struct span address);
const char *terms_verdict(void *scenario, size_t policy);

#endif
