/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of `turnaround serve` share: serve_flags.c is what it is told,
 * serve.c what it does. */
#ifndef BENCH_CMD_SERVE_INNER_H
#define BENCH_CMD_SERVE_INNER_H

#include "bench/cmd/flags.h"
#include "bench/cmd/secure_flags.h"
#include "smtp/server.h"

enum { SERVE_VERDICTS = 64 };

struct serving {
    struct scenario scenario; /* holds the parameters that are its own too */
    struct server_config config;
    struct endpoint at;
    struct verdict verdict[SERVE_VERDICTS];
    struct verdict content[SERVE_VERDICTS]; /* of --refuse-content */
    size_t content_count;
    struct policies policies;
    struct checkpoint checkpoint;
    const char *mailbox, *log_file;
    bool anywhere, logging, refused, full;
    bool qmtp; /* what is spoken; else SMTP */
    bool qhlo_ids;
    struct secure_flags secure;
    FILE *log;
    size_t sessions, mails, recipients;
};

/* The flags of `serve`; what they say goes into a struct serving, by
 * serve_given(), which says what is wrong and notes it in `refused`. */
extern const char *const serve_of_scenario[];
extern const struct flag serve_flags[];
void serve_given(void *serving, const char *name, const char *value);

void serve_help(FILE *);

/* Makes the server's configuration of what was given. False: it was refused,
 * and said why. */
bool serve_ready(struct serving *);

#endif
