/* SPDX-License-Identifier: BSD-2-Clause */
/* Talkers that follow a script, and a wire that joins two machines and cuts as
 * it is told, for the tests of smtp/tls. */
#ifndef TESTS_TLS_WIRE_H
#define TESTS_TLS_WIRE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/machine.h"

#define SECOND INT64_C(1000000000)

struct text { /* owned */
    char *at;
    size_t len;
};

static inline void text_add(struct text *t, const char *at, size_t len)
{
    t->at = realloc(t->at, t->len + len + 1);
    if (len > 0)
        memcpy(t->at + t->len, at, len);
    t->len += len;
    t->at[t->len] = '\0';
}

static inline struct span whole(const char *text)
{
    return (struct span){text, text ? strlen(text) : 0};
}

enum act { SAY, SECURE, AHEAD, CLOSE, ABORT };

/* When `after` has been heard (NULL: at once), says `say` and acts. */
struct line {
    const char *after;
    struct span say;
    enum act act;
};

struct talker {
    struct machine machine;
    const struct line *line; /* to the one without `say` or act */
    size_t lines;
    bool client;
    size_t bite; /* takes so many bytes between its alarms; 0: all */
    bool early;  /* says its first line with ASK_OPEN */

    size_t at, searched;
    struct text heard;
    bool open_due, open, wake_due, asked_secure, close_due, abort_due;
    bool bitten;
    int opened, ended, reset, refused, error;
    bool secure, riding;
    struct told last;
    struct span say, say_done;
};

static inline bool talker_may(const struct talker *t)
{
    const struct line *l = t->at < t->lines ? &t->line[t->at] : NULL;

    if (!l || !t->open || t->asked_secure)
        return false;
    return !l->after || (t->heard.len > t->searched &&
                         strstr(t->heard.at + t->searched, l->after));
}

/* Behind the words that make it begin TLS it takes nothing. */
static inline size_t talker_take(struct talker *t, struct span in)
{
    const struct line *l = t->at < t->lines ? &t->line[t->at] : NULL;
    size_t before = t->heard.len;
    char *found;

    if (t->bite > 0 && t->bitten)
        return 0;
    if (t->asked_secure)
        return 0;
    if (t->bite > 0) {
        t->bitten = t->wake_due = true;
        in.len = in.len < t->bite ? in.len : t->bite;
    }
    text_add(&t->heard, in.at, in.len);
    if (!l || l->act != SECURE || !l->after)
        return in.len;
    found = strstr(t->heard.at + t->searched, l->after);
    if (found) {
        t->heard.len = (size_t)(found - t->heard.at) + strlen(l->after);
        t->heard.at[t->heard.len] = '\0';
    }
    return t->heard.len - before;
}

static inline size_t talker_tell(struct machine *m, const struct told *told)
{
    struct talker *t = (struct talker *)m;

    t->last = *told;
    switch (told->kind) {
    case TOLD_START:
        t->open_due = t->client;
        break;
    case TOLD_OPENED:
        t->opened++;
        t->open = true;
        t->secure = told->secure;
        t->riding = told->riding;
        t->asked_secure = false;
        break;
    case TOLD_BYTES:
        return talker_take(t, told->bytes);
    case TOLD_END:
        t->ended++;
        break;
    case TOLD_RESET:
        t->reset++;
        t->error = told->error;
        break;
    case TOLD_REFUSED:
        t->refused++;
        t->error = told->error;
        break;
    case TOLD_WAKE:
        t->bitten = false;
        break;
    case TOLD_DATAGRAM:
        break;
    }
    return 0;
}

static inline struct ask talker_act(struct talker *t, enum act act)
{
    if (act == SECURE)
        t->asked_secure = true;
    return act == SECURE || act == AHEAD ? (struct ask){.kind = ASK_OPEN,
                                                        .secure = true,
                                                        .ahead = act == AHEAD}
           : act == CLOSE                ? (struct ask){.kind = ASK_HALF_CLOSE}
                                         : (struct ask){.kind = ASK_ABORT};
}

static inline struct ask talker_ask(struct machine *m)
{
    struct talker *t = (struct talker *)m;

    if (t->open_due) {
        struct ask a = {.kind = ASK_OPEN, .peer = {.family = 4, .port = 25}};

        t->open_due = false;
        if (t->early)
            a.bytes = t->line[t->at++].say;
        return a;
    }
    if (t->close_due) {
        t->close_due = false;
        return talker_act(t, t->line[t->at - 1].act);
    }
    if (talker_may(t)) {
        const struct line *l = &t->line[t->at++];

        t->searched = t->heard.len;
        t->close_due = l->act != SAY;
        if (l->say.len > 0)
            return (struct ask){
                .kind = ASK_SEND, .bytes = l->say, .lasting = l->say.len > 999};
        if (t->close_due)
            return talker_ask(m);
    }
    if (t->wake_due) {
        t->wake_due = false;
        return (struct ask){.kind = ASK_WAKE, .at_ns = t->last.now_ns + SECOND};
    }
    return (struct ask){.kind = ASK_NOTHING};
}

static inline void talker_init(struct talker *t, bool client,
                               const struct line *line, size_t lines)
{
    *t = (struct talker){.machine = {talker_tell, talker_ask},
                         .line = line,
                         .lines = lines,
                         .client = client};
}

enum { UP, DOWN }; /* from the client, from the server */

struct wire {
    struct machine *end[2]; /* client, server */
    size_t step;            /* bytes at a time; 0: by chance */
    int64_t now_ns, alarm_ns[2];
    struct text said[2]; /* all that was said */
    size_t came[2];      /* how much of it was taken */
    bool fin[2], fin_told[2], stuck[2], gone;
    size_t in_syn;
    int64_t fin_ns[2]; /* when it was said */
    int flights[2];    /* rounds in which anything came */
    size_t cut[2];     /* behind so many bytes the stream ends; 0: never */
    size_t flip[2];    /* the byte there comes as another; 0: none does */
    struct {
        size_t at; /* put in behind so many bytes; 0: nothing is */
        const char *what;
    } put[2];
    unsigned chance;
};

static inline void wire_hear(struct wire *, int, struct told);

static inline void wire_open(struct wire *w, struct ask a)
{
    text_add(&w->said[UP], a.bytes.at, a.bytes.len);
    w->in_syn = a.bytes.len;
    wire_hear(w, DOWN, (struct told){.kind = TOLD_OPENED});
    wire_hear(w, UP, (struct told){.kind = TOLD_OPENED});
}

/* `side` is where they are said: UP is the client. */
static inline void wire_ask(struct wire *w, int side)
{
    struct ask a;

    while ((a = machine_ask(w->end[side])).kind != ASK_NOTHING) {
        if (a.secure || (a.kind == ASK_SEND && w->fin[side]))
            ck_abort_msg("asks the world for what it must not");
        if (a.kind == ASK_OPEN)
            wire_open(w, a);
        else if (a.kind == ASK_WAKE)
            w->alarm_ns[side] = a.at_ns;
        else if (a.kind == ASK_ABORT)
            w->gone = true;
        else if (a.kind == ASK_HALF_CLOSE)
            w->fin[side] = true, w->fin_ns[side] = w->now_ns;
        if (a.kind != ASK_SEND)
            continue;
        text_add(&w->said[side], a.bytes.at, a.bytes.len);
        if (w->put[side].at && w->said[side].len >= w->put[side].at) {
            text_add(&w->said[side], w->put[side].what,
                     strlen(w->put[side].what));
            w->put[side].at = 0;
        }
        w->stuck[side] = false;
    }
}

static inline void wire_hear(struct wire *w, int side, struct told t)
{
    t.now_ns = w->now_ns;
    machine_tell(w->end[side], &t);
    w->stuck[side] = false;
    wire_ask(w, side);
}

static inline size_t wire_step(struct wire *w, size_t left)
{
    size_t step = w->step;

    if (step == 0) {
        w->chance = w->chance * 1103515245 + 12345;
        step = 1 + (w->chance >> 16) % 400;
    }
    return step < left ? step : left;
}

/* Carries what `way` held when this began: up to `until`. */
static inline bool wire_carry(struct wire *w, int way, size_t until)
{
    int to = 1 - way;
    bool moved = false;

    while (w->came[way] < until && !w->stuck[to] && !w->gone) {
        size_t n = wire_step(w, until - w->came[way]);
        char *exact = malloc(n); /* so that ASan sees an overread */
        struct told t = {.kind = TOLD_BYTES, .now_ns = w->now_ns};
        size_t taken;

        memcpy(exact, w->said[way].at + w->came[way], n);
        if (w->flip[way] >= w->came[way] && w->flip[way] < w->came[way] + n &&
            w->flip[way] > 0)
            exact[w->flip[way] - w->came[way]] ^= 1;
        t.bytes = (struct span){exact, n};
        taken = machine_tell(w->end[to], &t);
        free(exact);
        if (taken > n) /* not by ck_assert, which reports it when it holds */
            ck_abort_msg("%zu of %zu bytes taken", taken, n);
        w->came[way] += taken;
        w->stuck[to] = taken == 0;
        moved |= taken > 0;
        wire_ask(w, to);
    }
    return moved;
}

static inline size_t wire_end(const struct wire *w, int way)
{
    size_t len = w->said[way].len;

    return w->cut[way] && w->cut[way] < len ? w->cut[way] : len;
}

static inline bool wire_fin(struct wire *w, int way)
{
    bool cut = w->cut[way] && w->said[way].len >= w->cut[way];

    if (w->fin_told[way] || w->gone || !(w->fin[way] || cut) ||
        w->came[way] < wire_end(w, way))
        return false;
    w->fin_told[way] = true;
    wire_hear(w, 1 - way, (struct told){.kind = TOLD_END});
    return true;
}

static inline bool wire_ring(struct wire *w)
{
    int side = w->alarm_ns[UP] <= w->alarm_ns[DOWN] ? UP : DOWN;

    if (w->alarm_ns[side] == NEVER_NS)
        return false;
    w->now_ns = w->alarm_ns[side];
    w->alarm_ns[side] = NEVER_NS;
    wire_hear(w, side, (struct told){.kind = TOLD_WAKE});
    return true;
}

/* Until nothing is left to happen. What is said in one round comes in the
 * next. */
static inline void wire_run(struct wire *w, struct machine *client,
                            struct machine *server)
{
    bool moved = true;

    w->end[UP] = client;
    w->end[DOWN] = server;
    w->alarm_ns[UP] = w->alarm_ns[DOWN] = NEVER_NS;
    wire_hear(w, UP, (struct told){.kind = TOLD_START});
    while (moved) {
        size_t until[2] = {wire_end(w, UP), wire_end(w, DOWN)};

        moved = false;
        for (int way = UP; way <= DOWN; way++) {
            bool came = wire_carry(w, way, until[way]);

            w->flights[way] += came;
            moved |= came;
        }
        for (int way = UP; way <= DOWN && !moved; way++)
            moved = wire_fin(w, way);
        if (!moved)
            moved = wire_ring(w);
    }
}

static inline void wire_release(struct wire *w)
{
    free(w->said[UP].at);
    free(w->said[DOWN].at);
}

/* How many records of application data one side has said. */
static inline size_t wire_records(const struct wire *w, int way, int type)
{
    const uint8_t *at = (const uint8_t *)w->said[way].at;
    size_t n = 0;

    for (size_t i = 0; i + 5 <= w->said[way].len;
         i += 5 + (size_t)(at[i + 3] << 8 | at[i + 4]))
        n += at[i] == type;
    return n;
}

#endif
