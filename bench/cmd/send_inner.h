/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of `turnaround send` share: send_flags.c is what it is told,
 * send.c what it does. */
#ifndef BENCH_CMD_SEND_INNER_H
#define BENCH_CMD_SEND_INNER_H

#include "bench/cmd/flags.h"
#include "bench/cmd/secure_flags.h"
#include "bench/run/cast.h"

enum { SEND_RECIPIENTS = 1000 };

struct sending {
    struct scenario scenario;
    struct cast cast; /* messages and recipients that are made up */
    struct endpoint server;
    const char *from, *file, *name, *offers, *json_file;
    const char *to[SEND_RECIPIENTS];
    size_t to_count;
    int64_t connections, sessions;
    double rate;
    bool json, refused, addressed;
    struct recipient given_to[SEND_RECIPIENTS];
    char *text, *stuffed, *plain; /* of --file */
    struct offer_memory memory;
    struct secure_flags secure;
    struct scenario wanted; /* its TLS and AUTH; nothing of it is owned */
    struct login login;
    char host[256]; /* as --server names it */

    /* What came of it. */
    size_t fates[MAIL_UNCERTAIN + 1], ended, turnarounds, opened;
    size_t recipients[RECIPIENT_BOUNCED + 1]; /* by what became of them */
    double *accepted_ms;
    size_t accepted_count;
    int64_t began_ns, ended_ns;
    int status;        /* of the first connection that went wrong */
    char outcome[300]; /* of it */
};

/* The flags of `send`; what they say goes into a struct sending, by
 * send_given(), which says what is wrong and notes it in `refused`. */
extern const char *const send_of_scenario[];
extern const struct flag send_flags[];
void send_given(void *sending, const char *name, const char *value);

void send_complain(struct sending *, const char *name, const char *why);
void send_help(FILE *);

#endif
