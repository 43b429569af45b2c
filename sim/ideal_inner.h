/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of the ideal world share: ideal.c tells machines what
 * happens, ideal_ask.c carries out what they ask for. */
#ifndef SIM_IDEAL_INNER_H
#define SIM_IDEAL_INNER_H

#include "sim/agenda.h"
#include "sim/ideal.h"

enum side { CLIENT, SERVER };

struct actor {
    struct machine *machine;
    int64_t alarm_ns;
    const struct ideal_host *host; /* NULL: the client */
    size_t connection;             /* of a session; the client has many */
};

struct connection {
    const struct ideal_host *host; /* NULL: there is none at that address */
    int stream; /* the client's number for it; the server's is 0 */
    struct endpoint client_at;
    bool fast; /* RFC 7413: the server is there from the SYN on */
    struct end {
        size_t actor;
        enum { AWAITED, OPEN, OVER } state;
        bool closing;      /* its machine wants to half-close ... */
        bool closed;       /* ... and has */
        bool ended;        /* its machine was told of the other's half-close */
        bool end_held;     /* the end came, behind `held` */
        struct bytes held; /* came, and is not yet taken */
        struct bytes saying; /* said in this instant */
    } end[2];
};

enum event_kind {
    SYN,     /* at the server */
    SYN_ACK, /* at the client */
    REFUSAL, /* at the client, with an error */
    ACK,     /* of the handshake, at the server */
    PART,    /* bytes */
    FIN,
    RST,
    DATAGRAM,
    ALARM
};

struct ideal {
    const struct ideal_config *config;
    struct agenda agenda;
    struct actor *actors; /* the client, the hosts' for datagrams, sessions */
    size_t actor_count, actor_room;
    struct connection *connections;
    size_t connection_count, connection_room;
    int64_t *free_ns; /* of each host: up, down: when the pipe is free */
    int64_t now_ns;
    bool failed; /* no memory */
};

void *ideal_grow(struct ideal *, void *array, size_t *room, size_t count,
                 size_t size);
void ideal_add_bytes(struct ideal *, struct bytes *, struct span);
void ideal_send(struct ideal *, size_t connection, enum event_kind,
                enum side to);
enum side ideal_side(const struct ideal *, size_t actor);

/* Asks a machine until it wants nothing, and carries out what it asks for. */
void ideal_ask_all(struct ideal *, size_t actor);

/* A stream that both sides have closed is over. */
void ideal_close_if_done(struct end *);

#endif
