/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the sandbox share. */
#ifndef BENCH_RUN_SANDBOX_INNER_H
#define BENCH_RUN_SANDBOX_INNER_H

#include <signal.h>
#include <sys/types.h>

#include "bench/run/sandbox.h"

/* Lies in memory that all processes share. */
struct sandbox_post {
    pid_t first; /* the first process of the PID namespace, as we see it */
    struct sandbox_end end;
};

#define SANDBOX_BY_KEY 0x80 /* a command that runs has this signal already */

/* What the first process does; never comes back. Bytes that come by `orders`
 * are signals for the command; its end of file ends all. `mask` is the set of
 * blocked signals that programs are to be started with. */
void sandbox_first(const struct sandbox_config *, struct sandbox_post *,
                   int orders, const sigset_t *mask) __attribute__((noreturn));

/* Becomes `program`, or exits with the errno written to `tell`. */
void sandbox_become(const struct sandbox_program *, const sigset_t *mask,
                    int tell) __attribute__((noreturn));

/* Whether a server in this namespace is ready, as struct sandbox_config has
 * it. */
bool sandbox_is_ready(int ready);

/* Leaves the refusal where the caller finds it. */
void sandbox_refuse(struct sandbox_post *, enum sandbox_how, int error,
                    const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* An ordinary user has all capabilities in his own user namespace until he
 * runs a program: from here on that keeps them too, so that it can make a link
 * inside this one, or be tc. Where they are not to be had nothing changes. */
void sandbox_keep_powers(void);

#endif
