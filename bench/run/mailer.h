/* SPDX-License-Identifier: BSD-2-Clause */
/* Many deliveries to one server, so many at a time, over this kernel's TCP. */
#ifndef BENCH_RUN_MAILER_H
#define BENCH_RUN_MAILER_H

#include "smtp/delivery.h"

struct mailer_config {
    struct delivery_config delivery; /* its mails are a pattern: each
                                        connection has its own copy */
    size_t connections, parallel;
    double rate; /* connections a second; 0: as they come */
};

/* Called when a connection's delivery is over. Its times run from `started`.
 * `mails` has those that messages were divided into behind these. */
typedef void mailer_done(void *arg, const struct delivery *,
                         const struct mail *, size_t mails);

/* Runs them all. -1: errno. */
int mailer_run(const struct mailer_config *, mailer_done *, void *arg);

#endif
