/* SPDX-License-Identifier: BSD-2-Clause */
/* What the worlds of bench/run/mx share: the machines, made ready. */
#ifndef BENCH_RUN_MX_INNER_H
#define BENCH_RUN_MX_INNER_H

#include "bench/run/mx.h"
#include "bench/run/mx_tls.h"

struct mx_play {
    const struct mx_part *part;
    struct dispatch_config sending;
    struct offer_memory memory, offers;
    struct zone_config zone_config;
    struct zone zone;
    struct mx_door { /* a host's */
        struct mx_play *play;
        size_t host;
        struct guise_host guise;
        void *run; /* of the kernel world */
    } door[TOPOLOGY_HOSTS];
    struct dispatch dispatch;
    size_t taken;    /* recipients, by hosts whose sessions are over, ... */
    uint32_t takers; /* ... which are these, a bit for each */
    size_t steps;
    uint8_t step[MX_STEPS];
    int64_t step_ns[MX_STEPS];

    /* Private. */
    char *text, *stuffed, *addresses;
    struct mail *mail;
    struct recipient *to;
};

/* NULL: ENOMEM. */
struct mx_play *mx_play_new(const struct mx_part *);
void mx_play_free(struct mx_play *);

/* Sessions of a door: as struct host_acceptor has them. */
struct machine *mx_accept(void *door, struct endpoint client);
void mx_gone(void *door, struct machine *);
struct machine *mx_accept_dns(void *play, struct endpoint client);
void mx_gone_dns(void *play, struct machine *);

/* The server within what mx_accept() made. */
const struct server *mx_server_of(const struct mx_door *, struct machine *);

/* Tells of a connection that the dispatch asks for. */
void mx_note_step(struct mx_play *, struct endpoint to, int64_t now_ns);

void mx_sum_up(const struct mx_play *, struct mx_tally *);

#endif
