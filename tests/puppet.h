/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine that does what a test says, and remembers all it was told. */
#ifndef TESTS_PUPPET_H
#define TESTS_PUPPET_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/machine.h"

enum { PUPPET_LOG = 256, PUPPET_ASKS = 64, PUPPET_BYTES = 4096 };

struct puppet {
    struct machine machine;
    /* Told what was told; asks by puppet_ask(). May be NULL. */
    void (*react)(struct puppet *, const struct told *);
    size_t take_at_most;         /* of BYTES at a time; 0: all */
    struct told log[PUPPET_LOG]; /* without bytes */
    size_t told;
    char heard[PUPPET_BYTES]; /* on all streams */
    size_t heard_len;
    uint64_t heard_bytes;
    struct ask asks[PUPPET_ASKS];
    size_t asks_first, asks_count;
    int calls; /* for the test's own use */
};

static inline void puppet_ask(struct puppet *p, struct ask a)
{
    ck_assert_uint_lt(p->asks_count, PUPPET_ASKS);
    p->asks[(p->asks_first + p->asks_count++) % PUPPET_ASKS] = a;
}

static inline void puppet_say(struct puppet *p, int stream, const char *text)
{
    puppet_ask(p, (struct ask){.kind = ASK_SEND,
                               .stream = stream,
                               .bytes = {text, strlen(text)},
                               .lasting = true});
}

static inline void puppet_do(struct puppet *p, enum ask_kind kind, int stream)
{
    puppet_ask(p, (struct ask){.kind = kind, .stream = stream});
}

static inline void puppet_open(struct puppet *p, int stream, struct endpoint to)
{
    puppet_ask(p, (struct ask){.kind = ASK_OPEN, .stream = stream, .peer = to});
}

static inline size_t puppet_tell(struct machine *m, const struct told *t)
{
    struct puppet *p = (struct puppet *)m;
    size_t taken = t->bytes.len;

    if (p->take_at_most && taken > p->take_at_most)
        taken = p->take_at_most;
    ck_assert_uint_lt(p->told, PUPPET_LOG);
    p->log[p->told] = *t;
    p->log[p->told].bytes = (struct span){NULL, taken};
    p->told++;
    p->heard_bytes += taken;
    for (size_t i = 0; i < taken && p->heard_len < PUPPET_BYTES; i++)
        p->heard[p->heard_len++] = t->bytes.at[i];
    if (p->react)
        p->react(p, t);
    return taken;
}

static inline struct ask puppet_next(struct machine *m)
{
    struct puppet *p = (struct puppet *)m;
    struct ask a = {.kind = ASK_NOTHING};

    if (p->asks_count == 0)
        return a;
    a = p->asks[p->asks_first];
    p->asks_first = (p->asks_first + 1) % PUPPET_ASKS;
    p->asks_count--;
    return a;
}

static inline void puppet_init(struct puppet *p,
                               void (*react)(struct puppet *,
                                             const struct told *))
{
    memset(p, 0, sizeof *p);
    p->machine = (struct machine){puppet_tell, puppet_next};
    p->react = react;
}

/* Entry `i` of the log must be this. */
static inline void puppet_was_told(const struct puppet *p, size_t i,
                                   enum told_kind kind, int stream, int error,
                                   int64_t at_ns)
{
    ck_assert_uint_gt(p->told, i);
    ck_assert_int_eq(p->log[i].kind, kind);
    ck_assert_int_eq(p->log[i].stream, stream);
    ck_assert_int_eq(p->log[i].error, error);
    ck_assert_int_eq(p->log[i].now_ns, at_ns);
}

#endif
