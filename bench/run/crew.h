/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that each work on something and tell of it through a pipe. They
 * die with their parent. */
#ifndef BENCH_RUN_CREW_H
#define BENCH_RUN_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct crew;

struct crew *crew_new(void); /* NULL: out of memory */
/* Ends those who still work, and tells whom that was. NULL: nothing. */
typedef void crew_forget(void *who);
void crew_free(struct crew *, crew_forget *);

/* The whole life of a worker; what it writes is heard by its parent. */
typedef void crew_work(void *of_work, FILE *to);

/* Sets a worker to work. `who` is the caller's and tells whom he hears. -1:
 * errno, and nobody works on it. */
int crew_start(struct crew *, crew_work *, void *of_work, void *who);
size_t crew_busy(const struct crew *); /* workers */

/* Hears what a worker has said and nobody has taken, and says how much of it
 * he takes; `over`: the worker has ended, and is forgotten behind this. */
typedef size_t crew_hear(void *arg, void *who, const char *said, size_t len,
                         bool over);

/* Waits for somebody, at most `timeout_ms` (-1: any time), and hears all who
 * have said something; nobody is to be started meanwhile. -1: errno, EINTR
 * with a signal. */
int crew_wait(struct crew *, int timeout_ms, crew_hear *, void *arg);

#endif
