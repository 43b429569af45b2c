/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets and the clock drive machines over this kernel's TCP and UDP: one
 * epoll, one thread, any number of machines, on either side. A group of sends
 * leaves in one writev() with TCP_NODELAY; a stream is read while it is
 * written to; what a machine does not take is left to the kernel's window. */
#ifndef BENCH_RUN_HOST_H
#define BENCH_RUN_HOST_H

#include "smtp/machine.h"

struct host; /* owned by whoever called host_new() */

/* Told just before bytes are handed to the kernel: after this, `offset` bytes
 * of the stream have been. `local` is our end of it, `at_ns` CLOCK_REALTIME.
 * With TCP Fast Open it is told too, with the port 0 where none is known. */
typedef void host_handed(void *arg, int stream, struct endpoint local,
                         uint64_t offset, int64_t at_ns);

struct host_acceptor { /* a listener's sessions */
    void *arg;
    /* A machine for a new session; NULL closes the connection. */
    struct machine *(*accept)(void *arg, struct endpoint peer);
    void (*gone)(void *arg, struct machine *); /* its stream is over */
};

struct host *host_new(void);   /* NULL: errno */
void host_free(struct host *); /* closes everything; NULL is fine */

/* Lets this process have as many descriptors as it may; returns how many. */
size_t host_raise_limit(void);

/* Tells when a peer cannot be accepted for want of a descriptor (EMFILE,
 * ENFILE): all peers wait until a stream is over. */
typedef void host_full(void *arg, int error);
void host_on_full(struct host *, host_full *, void *arg);

/* Listens at `at`; the port comes back in it where it was 0. -1: errno. */
int host_listen(struct host *, struct endpoint *at,
                const struct host_acceptor *);

/* Datagrams to `at` are told to `m`, which must outlive the host. */
int host_datagrams(struct host *, struct endpoint at, struct machine *m);

/* Adds a machine that opens its own streams, and tells it to start.
 * `handed` may be NULL. -1: errno. */
int host_start(struct host *, struct machine *, host_handed *, void *arg);

/* Tells when a machine of host_start() is finished, between the events of
 * host_run(): it may be freed, and others started. */
typedef void host_finished(void *arg, struct machine *);
void host_on_finished(struct host *, host_finished *, void *arg);

/* Once `fd` is readable, host_run() returns 0. Borrowed. -1: errno. */
int host_stop_on(struct host *, int fd);

/* Runs until every machine of host_start() is finished; where there is none,
 * until the deadline (CLOCK_MONOTONIC; NEVER_NS). Returns 0, or -1 with errno,
 * ETIME at the deadline. */
int host_run(struct host *, int64_t deadline_ns);

int64_t host_now_ns(void); /* CLOCK_MONOTONIC */

#endif
