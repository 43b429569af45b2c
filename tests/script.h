/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines that write down what they are told, and do as a script says; they
 * hold a world to the contract. */
#ifndef TESTS_SCRIPT_H
#define TESTS_SCRIPT_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "smtp/machine.h"

/* A machine that does, when it is told a thing for the n-th time, all steps of
 * its script that wait for that, and writes down what it was told and when. */
struct cue {
    enum told_kind when;
    int nth; /* from 1 */
    struct ask ask;
};

struct actor {
    struct machine machine;
    const struct cue *script;
    size_t steps;
    int told[8];
    enum told_kind last;
    size_t next; /* of the script, for what was told last */
    bool asking;
    size_t takes;         /* at most so many bytes at a time; 0: all */
    bool timeless, brief; /* no times, no sizes in the log */
    size_t bytes;
    char log[4000];
    struct endpoint peer;
};

static inline void actor_note(struct actor *a, const struct told *t,
                              size_t taken)
{
    static const char *const names[] = {"start", "opened", "refused",  "bytes",
                                        "end",   "reset",  "datagram", "wake"};
    bool quiet = (t->kind == TOLD_START && (a->timeless || t->now_ns == 0)) ||
                 (a->brief && t->kind == TOLD_BYTES && a->told[TOLD_BYTES]);
    FILE *to = fmemopen(a->log + strlen(a->log), sizeof a->log / 2, "w");

    if (!quiet)
        fprintf(to, "%s%s", *a->log ? " " : "", names[t->kind]);
    if (!quiet && !a->timeless)
        fprintf(to, "@%lld", (long long)t->now_ns);
    if (!quiet && t->bytes.len > 0 && !a->brief)
        fprintf(to, ":%zu", taken);
    if (t->error)
        fprintf(to, ":%s",
                t->error == ECONNREFUSED  ? "refused"
                : t->error == ENETUNREACH ? "unreachable"
                : t->error == ECONNRESET  ? "reset"
                                          : strerror(t->error));
    fclose(to);
}

static inline size_t actor_tell(struct machine *m, const struct told *t)
{
    struct actor *a = (struct actor *)m;
    size_t taken = t->bytes.len;

    ck_assert_msg(!a->asking, "told while it was asked");
    if (a->takes > 0 && taken > a->takes)
        taken = a->takes;
    actor_note(a, t, taken);
    if (t->kind == TOLD_OPENED || t->kind == TOLD_DATAGRAM)
        a->peer = t->peer;
    a->bytes += taken;
    a->told[t->kind]++;
    a->last = t->kind;
    a->next = 0;
    a->asking = true;
    return taken;
}

static inline struct ask actor_ask(struct machine *m)
{
    struct actor *a = (struct actor *)m;

    while (a->asking && a->next < a->steps) {
        const struct cue *s = &a->script[a->next++];

        if (s->when == a->last && s->nth == a->told[a->last])
            return s->ask;
    }
    a->asking = false;
    return (struct ask){.kind = ASK_NOTHING};
}

static inline struct actor actor(const struct cue *script, size_t steps)
{
    return (struct actor){
        .machine = {actor_tell, actor_ask}, .script = script, .steps = steps};
}

#define SCRIPT(...)                                                            \
    (const struct cue[]){__VA_ARGS__},                                         \
        sizeof((const struct cue[]){__VA_ARGS__}) / sizeof(struct cue)

static char bytes[300000];

#define OPEN(at)                                                               \
    {                                                                          \
        .kind = ASK_OPEN, .peer = (at)                                         \
    }
#define SEND(n)                                                                \
    {                                                                          \
        .kind = ASK_SEND, .bytes = { bytes, (n) }                              \
    }
#define CLOSE                                                                  \
    {                                                                          \
        .kind = ASK_HALF_CLOSE                                                 \
    }
#define ABORT                                                                  \
    {                                                                          \
        .kind = ASK_ABORT                                                      \
    }
#define WAKE(ns)                                                               \
    {                                                                          \
        .kind = ASK_WAKE, .at_ns = (ns)                                        \
    }
#define DATAGRAM(to, n)                                                        \
    {                                                                          \
        .kind = ASK_DATAGRAM, .peer = (to), .bytes = { bytes, (n) }            \
    }
#define START(...)                                                             \
    {                                                                          \
        TOLD_START, 1, __VA_ARGS__                                             \
    }
#define ON(what, ...)                                                          \
    {                                                                          \
        TOLD_##what, 1, __VA_ARGS__                                            \
    }

#endif
