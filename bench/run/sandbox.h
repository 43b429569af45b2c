/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs in the namespaces of a lab: a command at the client's side, perhaps
 * a server at the other, and a first process of a PID namespace above them,
 * which ends with us, however we end, and takes all of them along. Programs
 * are started by argv; there is no shell.
 *
 * The command keeps standard input, output and error, and its place in the
 * terminal's process group, so that keys reach it as if we were not there. The
 * server has none of the terminal: it reads nothing, and what it prints goes
 * to standard error. An ordinary user stays himself in both, with all powers
 * over the namespaces but none over the host. */
#ifndef BENCH_RUN_SANDBOX_H
#define BENCH_RUN_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netem/lab.h"

#define SANDBOX_WHY 400

/* When a server counts as ready. */
enum { SANDBOX_ANY = 0, SANDBOX_AT_ONCE = -1 };

struct sandbox_word { /* of the environment; value NULL: to be taken out */
    const char *name, *value;
};

struct sandbox_program {
    char **argv;                     /* ends with NULL; NULL: none */
    const struct sandbox_word *word; /* ends with a NULL name */
};

struct sandbox_config { /* all borrowed for the call */
    struct lab *lab;
    struct sandbox_program command, server;
    const char *resolver; /* what /etc/resolv.conf holds for them; NULL: what
                             it holds for us */
    int ready; /* a TCP port; SANDBOX_ANY: any socket that listens (TCP) or is
                  bound (UDP); SANDBOX_AT_ONCE */
    int64_t patience_ns; /* with a server that is not ready */
    int watch;           /* once it is readable all is ended */
};

struct sandbox_end {
    enum sandbox_how {
        SANDBOX_RAN,         /* the command ended: see `status` */
        SANDBOX_NO_COMMAND,  /* it could not be executed: see `error` */
        SANDBOX_NO_SERVER,   /* nor could the server, or it was not ready */
        SANDBOX_INTERRUPTED, /* `watch` was readable */
        SANDBOX_FAILED       /* the sandbox could not be made, or died */
    } how;
    int status;            /* of the command, as wait(2) has it */
    int error;             /* errno */
    char why[SANDBOX_WHY]; /* of all but SANDBOX_RAN */
    bool server_gone;      /* the server ended before the command */
};

/* Runs them until the command has ended. From a process with one thread, which
 * stays where it is. Signals that ask us to end are passed to the command. */
void sandbox_run(const struct sandbox_config *, struct sandbox_end *);

#endif
