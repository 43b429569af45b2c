/* SPDX-License-Identifier: BSD-2-Clause */
/* A world of hosts that answer at once, or fail at once, for the tests of
 * routes: one attempt, or all of them, and what a client did meanwhile. */
#ifndef TESTS_ROUTE_PLAY_H
#define TESTS_ROUTE_PLAY_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "smtp/policy.h"
#include "smtp/route.h"

#define HOUR (INT64_C(3600) * 1000000000)
#define FOO OFFER_SMTPUTF8
#define BAR OFFER_DSN

enum state { UP, DOWN, SHUT /* 5yz in the greeting */, SPENDS, NEVER_ANSWERS };

struct host {
    const char *name;
    uint16_t preference;
    uint32_t has;
    enum state state;
    enum candidate_check check;
};

struct story { /* what a client did */
    size_t connects, leaves, requeues, most_open;
    char path[400]; /* the hosts it went to; '*' marks the one used */
    struct route_act end;
    bool used;
    uint32_t used_has;
    int64_t now_ns, used_ns;
};

static inline struct route_config config(enum policy_id policy)
{
    struct route_config c;

    route_defaults(&c);
    c.policy = policy;
    return c;
}

static inline size_t candidates(const struct host *h, size_t n,
                                struct candidate *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] =
            (struct candidate){.at = {{192, 0, 2, (uint8_t)(i + 1)}, 4, 25},
                               .preference = h[i].preference,
                               .host = h[i].name,
                               .check = h[i].check};
    return n;
}

static inline void note(struct story *s, const char *what)
{
    size_t len = strlen(s->path);

    snprintf(s->path + len, sizeof s->path - len, "%s%s",
             len > 0 && *what != '*' ? " " : "", what);
}

static inline const struct host *host_of(const struct host *h,
                                         const struct route *r, size_t k)
{
    return &h[r->candidate[k].at.ip[3] - 1];
}

static inline void connect_to(struct story *s, struct route *r,
                              const struct host *h, size_t k)
{
    const struct host *x = host_of(h, r, k);
    size_t open = 0;

    s->connects++;
    note(s, x->name);
    route_opening(r, k, s->now_ns);
    for (size_t i = 0; i < r->count; i++)
        open += r->candidate[i].open;
    s->most_open = open > s->most_open ? open : s->most_open;
    if (x->state == DOWN || x->state == SHUT)
        route_failed(r, k, x->state == SHUT);
    else if (x->state != NEVER_ANSWERS)
        route_learnt(r, k, x->has, s->now_ns);
}

static inline void use(struct story *s, struct route *r, const struct host *h,
                       size_t k)
{
    const struct host *x = host_of(h, r, k);

    route_using(r, k);
    note(s, "*");
    if (x->state == SPENDS) {
        route_spent(r, k);
        return;
    }
    s->used = true;
    s->used_has = x->has;
    s->used_ns = s->now_ns;
}

/* One attempt, from `r` as it is, up to its end. */
static inline void attempt(struct story *s, struct route *r,
                           const struct host *h)
{
    for (int acts = 0;; acts++) {
        struct route_act a = route_next(r, s->now_ns);

        ck_assert_int_lt(acts, 1000);
        s->end = a;
        if (a.kind == ROUTE_CONNECT)
            connect_to(s, r, h, a.k);
        else if (a.kind == ROUTE_USE)
            use(s, r, h, a.k);
        else if (a.kind == ROUTE_LEAVE)
            s->leaves++, route_left(r, a.k);
        else if (a.kind == ROUTE_WAIT && a.at_ns != NEVER_NS)
            s->now_ns = a.at_ns;
        else
            return;
    }
}

/* From the first attempt to the last. */
static inline struct story play(const struct route_config *c,
                                const struct host *h, size_t n, uint64_t seed)
{
    struct candidate found[ROUTE_CANDIDATES];
    struct story s = {.now_ns = 5};
    struct route r;

    candidates(h, n, found);
    for (;;) {
        route_init(&r, c, found, n, seed + s.requeues * 1000003, 5);
        attempt(&s, &r, h);
        if (s.end.kind != ROUTE_REQUEUE)
            return s;
        ck_assert_int_gt(s.end.at_ns, s.now_ns);
        s.now_ns = s.end.at_ns;
        s.requeues++;
    }
}

static inline void expect_path(const struct route_config *c,
                               const struct host *h, size_t n, const char *path)
{
    struct story s = play(c, h, n, 1);

    ck_assert_str_eq(s.path, path);
}

#endif
