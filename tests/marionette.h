/* SPDX-License-Identifier: BSD-2-Clause */
/* One machine on a string: a test tells it what happens, byte by byte if it
 * likes, and sees what it asks for. Holds the machine to the contract. */
#ifndef TESTS_MARIONETTE_H
#define TESTS_MARIONETTE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bytes.h"
#include "smtp/machine.h"

/* check's own assertions write down where they stand, each time; these are for
 * what is asserted a million times. */
#define MUST(what)                                                             \
    do {                                                                       \
        if (!(what))                                                           \
            ck_abort_msg("%s", #what);                                         \
    } while (0)

struct marionette {
    struct machine *machine;
    int64_t now_ns, alarm_ns;
    int stream;   /* the last one opened, or 0 */
    size_t opens; /* asked for */
    bool connecting, open, half_closed, aborted, ended;
    struct bytes said, held;
    size_t groups; /* of sends */
    struct endpoint peer;
};

static inline void marionette_init(struct marionette *p, struct machine *m)
{
    *p = (struct marionette){.machine = m, .alarm_ns = NEVER_NS};
}

static inline void marionette_release(struct marionette *p)
{
    bytes_free(&p->said);
    bytes_free(&p->held);
}

static inline void marionette_serve(struct marionette *p, const struct ask *a)
{
    switch (a->kind) {
    case ASK_OPEN:
        p->stream = a->stream;
        p->peer = a->peer;
        p->opens++;
        p->connecting = true;
        p->open = p->half_closed = p->aborted = p->ended = false;
        bytes_drop(&p->held, p->held.len);
        break;
    case ASK_SEND:
        MUST(p->open && !p->half_closed);
        MUST(a->stream == p->stream);
        MUST(bytes_add(&p->said, a->bytes) == 0);
        break;
    case ASK_HALF_CLOSE:
        MUST(!p->half_closed);
        p->half_closed = true;
        p->open = p->open && !p->ended;
        break;
    case ASK_ABORT:
        MUST(p->open || p->connecting);
        p->aborted = true;
        p->open = p->connecting = false;
        break;
    case ASK_WAKE:
        p->alarm_ns = a->at_ns;
        break;
    case ASK_DATAGRAM:
    case ASK_NOTHING:
        break;
    }
}

static inline void marionette_ask(struct marionette *p)
{
    size_t before = p->said.len;
    struct ask a;
    int patience = 100000;

    do {
        a = machine_ask(p->machine);
        marionette_serve(p, &a);
        MUST(patience-- > 0);
    } while (a.kind != ASK_NOTHING);
    p->groups += p->said.len > before;
}

static inline size_t marionette_tell(struct marionette *p, struct told t)
{
    size_t taken;

    t.now_ns = p->now_ns;
    t.stream = p->stream;
    taken = machine_tell(p->machine, &t);
    marionette_ask(p);
    return taken;
}

static inline void marionette_start(struct marionette *p)
{
    marionette_tell(p, (struct told){.kind = TOLD_START});
}

static inline void marionette_opened(struct marionette *p)
{
    p->open = true;
    p->connecting = false;
    marionette_tell(p, (struct told){.kind = TOLD_OPENED});
}

/* Offers what is held until no more is taken, as a world does; the bytes lie
 * in an allocation of just their size, so that a look behind them is seen. */
static inline void marionette_offer(struct marionette *p)
{
    size_t taken = 1;

    while (p->open && p->held.len > 0 && taken > 0) {
        size_t len = p->held.len, opens = p->opens;
        char *exact = memcpy(malloc(len), p->held.at, len);

        taken = marionette_tell(
            p, (struct told){.kind = TOLD_BYTES, .bytes = {exact, len}});
        free(exact);
        MUST(taken <= len);
        if (p->opens > opens)
            return; /* another stream, for which nothing is held */
        bytes_drop(&p->held, taken);
    }
}

/* Bytes come, at most `step` at a time. */
static inline void marionette_hear(struct marionette *p, const char *at,
                                   size_t len, size_t step)
{
    while (len > 0 && p->open) {
        size_t n = len < step ? len : step;

        MUST(bytes_add(&p->held, (struct span){at, n}) == 0);
        marionette_offer(p);
        at += n;
        len -= n;
    }
}

static inline void marionette_hear_text(struct marionette *p, const char *text)
{
    marionette_hear(p, text, strlen(text), SIZE_MAX);
}

static inline void marionette_end(struct marionette *p)
{
    if (!p->open || p->ended)
        return;
    p->ended = true;
    p->open = !p->half_closed;
    marionette_tell(p, (struct told){.kind = TOLD_END});
}

static inline void marionette_lose(struct marionette *p, enum told_kind kind,
                                   int error)
{
    if (!p->open && !p->connecting)
        return;
    p->open = p->connecting = false;
    marionette_tell(p, (struct told){.kind = kind, .error = error});
}

/* Time passes until the alarm rings. */
static inline void marionette_wake(struct marionette *p)
{
    MUST(p->alarm_ns != NEVER_NS);
    p->now_ns = p->alarm_ns > p->now_ns ? p->alarm_ns : p->now_ns;
    p->alarm_ns = NEVER_NS;
    marionette_tell(p, (struct told){.kind = TOLD_WAKE});
    marionette_offer(p);
}

/* Nobody says anything more: it has to come to an end by itself. */
static inline void marionette_run_out(struct marionette *p)
{
    for (int i = 0; p->alarm_ns != NEVER_NS; i++) {
        MUST(i < 100);
        marionette_wake(p);
    }
}

static inline void marionette_said(const struct marionette *p, const char *text,
                                   const char *name)
{
    ck_assert_msg(
        p->said.len == strlen(text) &&
            (p->said.len == 0 || memcmp(p->said.at, text, p->said.len) == 0),
        "%s:\nsaid\n%.*s\nexpected\n%s", name, (int)p->said.len,
        p->said.len ? p->said.at : "", text);
}

#endif
