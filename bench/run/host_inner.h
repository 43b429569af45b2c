/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of a host share: host.c tells machines what their
 * sockets and alarms do, host_ask.c carries out what they ask for. */
#ifndef BENCH_RUN_HOST_INNER_H
#define BENCH_RUN_HOST_INNER_H

#include <time.h>

#include "bench/run/alarm.h"
#include "bench/run/channel.h"
#include "bench/run/host.h"

enum { READ_ROOM = 64 * 1024 };

struct actor {         /* a machine and what is its own */
    enum watched what; /* WATCH_DATAGRAMS: for datagram_fd */
    struct alarm alarm;
    struct machine *machine;
    struct channel *channels;
    const struct listener *listener; /* NULL: not of a listener */
    host_handed *handed;
    void *handed_arg;
    int datagram_fd; /* -1: none */
    bool started;    /* by host_start(), and not finished */
    struct actor *next, *prev;
    struct actor *next_done; /* of those that finished, and are not told yet */
};

struct listener {
    enum watched what; /* WATCH_LISTENER */
    int fd;
    struct host_acceptor acceptor;
    bool resting; /* until there is a descriptor for its next peer */
    struct listener *next;
};

struct host {
    int epoll;
    int64_t now_ns;
    struct alarms alarms;
    struct actor *actors;
    struct listener *listeners;
    size_t unfinished; /* machines of host_start() */
    enum watched stop; /* WATCH_STOP: for a descriptor of the caller's */
    bool stopped;
    struct actor *done; /* finished machines of host_start() */
    host_finished *finished;
    void *finished_arg;
    host_full *full;
    void *full_arg;
    bool resting, vacant;   /* a listener is; a descriptor was given back */
    struct channel *dead;   /* to be freed behind the events at hand */
    struct channel *saying; /* whose bytes are gathered */
    bool saying_asks; /* ... for an answer: host_handed */
    struct gather gather;
    char in[READ_ROOM];
};

int64_t host_clock_ns(clockid_t);

struct actor *host_add_actor(struct host *, struct machine *); /* or NULL */
void host_drop_actor(struct host *, struct actor *);

/* Takes over `fd`, unless it returns NULL. `events`: to watch for at first. */
struct channel *host_add_channel(struct host *, struct actor *, int fd,
                                 int number, uint32_t events);
void host_watch(struct host *, struct channel *);

/* The stream is over. Its machine is told once it has nothing more to ask. */
void host_reset_channel(struct host *, struct channel *, int error);

void host_no_delay(int fd);

int host_datagram_socket(struct host *, struct actor *, struct endpoint at);

/* Closes what both sides have closed, half-closes what is all written. */
void host_close_when_said(struct host *, struct channel *);

size_t host_tell(struct host *, struct actor *, struct told);
void host_ask_all(struct host *, struct actor *); /* until NOTHING */

#endif
