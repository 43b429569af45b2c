/* SPDX-License-Identifier: BSD-2-Clause */
/* The cookie of TCP Fast Open (RFC 7413, 3): a connection before those that are
 * measured, so that this kernel knows the server's. */
#ifndef BENCH_RUN_COOKIE_H
#define BENCH_RUN_COOKIE_H

#include "smtp/machine.h"

/* Opens a connection that asks for it, says nothing, and returns once both
 * sides have closed; `local` is our end of it. It waits for the peer no longer
 * than `patience_ns` at a time. -1: errno. */
int cookie_fetch(struct endpoint at, int64_t patience_ns,
                 struct endpoint *local);

#endif
