/* SPDX-License-Identifier: BSD-2-Clause */
/* A client, be it a session or a delivery, and servers for the streams that it
 * opens, over a wire that cuts what is said at random. */
#ifndef TESTS_DUET_H
#define TESTS_DUET_H

#include "smtp/server.h"
#include "tests/marionette.h"

enum { DUET_SESSIONS = 4 };

struct duet {
    struct marionette client, server;
    const struct server_config *config;
    struct server session[DUET_SESSIONS];
    size_t sessions;
    size_t heard[2]; /* how much of what each has said is through */
    unsigned seed;
    size_t most; /* bytes at a time; 0: whatever comes */
};

static inline size_t duet_random(struct duet *d, size_t below)
{
    return (size_t)rand_r(&d->seed) % below;
}

/* The client wants a new stream: the one before is over for both. */
static inline void duet_connect(struct duet *d)
{
    MUST(d->sessions < DUET_SESSIONS);
    if (d->sessions > 0) {
        marionette_lose(&d->server, TOLD_RESET, 104);
        marionette_run_out(&d->server);
        marionette_release(&d->server);
    }
    server_init(&d->session[d->sessions], d->config);
    marionette_init(&d->server, &d->session[d->sessions++].machine);
    d->server.now_ns = d->client.now_ns;
    d->heard[0] = d->client.said.len;
    d->heard[1] = 0;
    marionette_start(&d->server);
    marionette_opened(&d->server);
    marionette_opened(&d->client);
}

/* Some bytes go by. False: there are none on the wire. */
static inline bool duet_carry(struct duet *d, struct marionette *from,
                              struct marionette *to, size_t *heard)
{
    size_t left = from->said.len - *heard;
    size_t n = d->most && left > d->most ? 1 + duet_random(d, d->most) : left;

    if (left == 0 || !to->open)
        return false;
    if (to->held.len > 0 && to->held.len > 100000)
        return false;
    *heard += n;
    marionette_hear(to, from->said.at + *heard - n, n, SIZE_MAX);
    return true;
}

/* What has been half-closed or aborted is told when all before it is. */
static inline bool duet_close(struct marionette *from, struct marionette *to,
                              size_t heard)
{
    if (!to->open || to->ended || heard < from->said.len || to->held.len > 0)
        return false;
    if (from->aborted)
        marionette_lose(to, TOLD_RESET, 104);
    else if (from->half_closed)
        marionette_end(to);
    else
        return false;
    return true;
}

static inline void duet_wait(struct duet *d)
{
    struct marionette *first =
        d->client.alarm_ns < d->server.alarm_ns ? &d->client : &d->server;

    marionette_wake(first);
    d->client.now_ns = d->server.now_ns = first->now_ns;
}

/* Runs until nothing is left to happen. */
static inline void duet_run(struct duet *d, struct machine *client)
{
    marionette_init(&d->client, client);
    marionette_init(&d->server, NULL);
    marionette_start(&d->client);
    for (int i = 0;; i++) {
        bool first = duet_random(d, 2), any;

        MUST(i < 10000000);
        if (d->client.connecting)
            duet_connect(d);
        any = first && duet_carry(d, &d->client, &d->server, &d->heard[0]);
        any |= duet_carry(d, &d->server, &d->client, &d->heard[1]);
        any |= !first && duet_carry(d, &d->client, &d->server, &d->heard[0]);
        any |= duet_close(&d->client, &d->server, d->heard[0]);
        any |= duet_close(&d->server, &d->client, d->heard[1]);
        if (any || d->client.connecting)
            continue;
        if (d->client.alarm_ns == NEVER_NS && d->server.alarm_ns == NEVER_NS)
            return;
        duet_wait(d);
    }
}

static inline void duet_release(struct duet *d)
{
    marionette_release(&d->client);
    marionette_release(&d->server);
}

#endif
