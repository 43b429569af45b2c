/* SPDX-License-Identifier: BSD-2-Clause */
/* One TCP connection of a host: what was said and is not yet written, what
 * came and is not yet taken. */
#ifndef BENCH_RUN_CHANNEL_H
#define BENCH_RUN_CHANNEL_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "bench/run/host.h"

enum { CHANNEL_PIECES = 64, CHANNEL_SMALL = 64 * 1024 };

struct buffer { /* owned bytes: [from, len) are live */
    char *at;
    size_t from, len, room;
};

/* What a machine says in one go, before it is written: short pieces copied,
 * lasting ones pointed at. One for a host. */
struct gather {
    struct iovec piece[CHANNEL_PIECES];
    int pieces;
    size_t small, bytes;
    char copy[CHANNEL_SMALL];
};

/* What epoll's data point at begins with one of these. */
enum watched { WATCH_LISTENER, WATCH_CHANNEL, WATCH_DATAGRAMS, WATCH_STOP };

struct channel {
    enum watched what; /* WATCH_CHANNEL */
    int fd;            /* -1: over, to be freed behind the events at hand */
    int number;        /* the machine's */
    bool connecting, accepted;
    bool fast;                 /* opened by RFC 7413, or so we asked */
    bool end_heard, end_told;  /* the peer's half-close */
    bool end_wanted, end_said; /* ours */
    bool untold; /* it is over, and its machine is to be told `error` */
    int error;
    struct endpoint peer;
    struct buffer unsaid, untaken;
    uint64_t handed; /* bytes given to the kernel or to `unsaid` */
    uint32_t events; /* what epoll watches for */
    struct endpoint local;
    struct actor *actor;
    struct channel *next, *prev; /* of the actor */
};

/* Adds a span to what is said. false: there is no room; write first. */
bool gather_add(struct gather *, struct span, bool lasting);

void gather_clear(struct gather *);

/* Writes what was gathered, or keeps it. -1: errno; the connection is dead. */
int channel_write(struct channel *, struct gather *);

/* Writes what was kept. -1: errno. */
int channel_write_on(struct channel *);

/* Whether its handshake took no time (RFC 7413): the peer was there from the
 * SYN on, and all that was said until now has ridden in it. */
bool channel_opened_fast(const struct channel *);

/* Keeps what a machine has not taken, or what is to be written later.
 * -1: ENOMEM. */
int channel_keep(struct channel *, struct span);
int channel_say_later(struct channel *, struct span);

void channel_drop(struct buffer *, size_t);
void channel_release(struct channel *);

socklen_t endpoint_to_sockaddr(struct endpoint, struct sockaddr_storage *);
struct endpoint endpoint_from_sockaddr(const struct sockaddr_storage *);

#endif
