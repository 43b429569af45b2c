/* SPDX-License-Identifier: BSD-2-Clause */
/* The strategies, a row each, and what they cost. */
#include "smtp/strategy.h"

#include <string.h>

#include "smtp/wire.h"

/* clang-format off */
static const struct strategy strategies[] = {
    [STRATEGY_S0] = {"S0", "S0",
        "one form for all, and nobody is asked",
        ASKING_NOT, false, SHARING_SESSION, false, false, false},
    [STRATEGY_S1] = {"S1", "S1",
        "XRCAP for each, in lock-step: the naive way",
        ASKING_BEFORE, false, SHARING_SESSION, false, false, true},
    [STRATEGY_S1_VRFY] = {"S1v", "S1'",
        "VRFY before each RCPT: last in its group (RFC 2920, 3.1)",
        ASKING_TURNS, true, SHARING_SESSION, false, false, false},
    [STRATEGY_S1_XRCAP] = {"S1x", "S1'x",
        "XRCAP before each RCPT, not declared fit for groups",
        ASKING_TURNS, false, SHARING_SESSION, false, false, false},
    [STRATEGY_S2] = {"S2", "S2",
        "a group of XRCAPs and one RCPT (K. Moore)",
        ASKING_BATCH, false, SHARING_SESSION, false, false, false},
    [STRATEGY_S3] = {"S3", "S3",
        "RCPT asks too; RSET and MAIL where classes differ",
        ASKING_RCPT, false, SHARING_SESSION, false, false, false},
    [STRATEGY_S3_SESSIONS] = {"S3s", "S3'",
        "RCPT asks too; a session for each class (RFC 4141, 3.2)",
        ASKING_RCPT, false, SHARING_CLASS, false, false, false},
    [STRATEGY_S3_PARALLEL] = {"S3sp", "S3'p",
        "the same, those sessions at once",
        ASKING_RCPT, false, SHARING_CLASS, false, true, false},
    [STRATEGY_S3B] = {"S3b", "S3b",
        "RCPT asks too; one copy that all can take (conneg-03, A)",
        ASKING_RCPT, false, SHARING_SESSION, true, false, false},
    [STRATEGY_S4] = {"S4", "S4",
        "a session for each recipient, one after the other",
        ASKING_RCPT, false, SHARING_NONE, false, false, false},
    [STRATEGY_S4_PARALLEL] = {"S4p", "S4p",
        "the same, all at once",
        ASKING_RCPT, false, SHARING_NONE, false, true, false},
    [STRATEGY_S4_LOCKSTEP] = {"S4l", "S4l",
        "a session for each recipient, by XRCAP in lock-step",
        ASKING_BEFORE, false, SHARING_NONE, false, false, true},
    [STRATEGY_S4_LOCKSTEP_PARALLEL] = {"S4lp", "S4lp",
        "the same, all at once",
        ASKING_BEFORE, false, SHARING_NONE, false, true, true},
};
/* clang-format on */

const struct strategy *strategy_of(enum strategy_id id)
{
    return &strategies[id];
}

enum strategy_id strategy_named(const char *name)
{
    int id = 0;

    while (id < STRATEGY_COUNT &&
           !span_is(span_of(name), strategies[id].name) &&
           !span_is(span_of(name), strategies[id].mark))
        id++;
    return (enum strategy_id)id;
}

/* One session: its prologue, `asked` recipients, and the transactions behind
 * it, `rcpts` in all. */
struct part {
    enum asking asking;
    size_t asked, rcpts, classes;
};

/* Every command is waited for: what is said, is counted. Where the questions
 * ride on RCPT and one class comes of them, its transaction stands. */
static size_t lockstep_waits(struct manner m, struct part p)
{
    bool rcpt = p.asking == ASKING_RCPT;
    bool open = p.asking != ASKING_NOT && p.asking != ASKING_BEFORE;
    size_t bodies = p.classes * (m.bdat ? 1 : 2);
    size_t waits = 2 + p.asked + bodies + 1;

    if (p.classes == 0)
        return waits + open;
    if (rcpt && p.classes == 1)
        return waits + 1;
    return waits + p.classes + p.rcpts + (rcpt ? 2 : 0);
}

static size_t waits_of(struct manner m, struct part p)
{
    size_t waits = manner_is_early(m)   ? 1 /* QUIT's is the last */
                   : manner_is_quick(m) ? 2
                                        : 3;

    if (m.mode == MODE_LOCKSTEP)
        return lockstep_waits(m, p);
    if (p.asking == ASKING_TURNS)
        waits += p.asked;
    else if (p.asking != ASKING_NOT)
        waits++;
    if (p.classes > 1 && manner_waits(m, STEP_RSET))
        waits += p.classes - 1;
    return waits + p.classes * manner_waits(m, STEP_BODY);
}

static size_t decisions_of(struct manner m, struct part p)
{
    size_t made = manner_is_early(m) ? 0 : 1;

    if (p.asking == ASKING_TURNS)
        made += p.asked;
    else if (p.asking != ASKING_NOT)
        made++;
    return made + p.classes * manner_waits(m, STEP_BODY);
}

/* A session more, or `times` of them that are alike. */
static void add(struct strategy_cost *c, struct manner m, struct part p,
                size_t times, bool parallel)
{
    size_t waits = waits_of(m, p);
    size_t chain = parallel && times > 0 ? 1 : times;

    c->turnarounds += waits * times;
    c->decisions += decisions_of(m, p) * times;
    c->connections += times;
    c->round_trips += (waits + 1) * chain;
}

static struct strategy_cost cost_apart(const struct strategy *s,
                                       struct manner m, struct strategy_case k)
{
    const struct part taken = {s->asking, 1, 1, 1},
                      refused = {s->asking, 1, 0, 0};
    struct strategy_cost c = {0};

    add(&c, m, taken, k.willing, s->parallel);
    if (s->parallel && k.willing > 0) {
        size_t longest = c.round_trips;

        add(&c, m, refused, k.recipients - k.willing, true);
        c.round_trips = longest;
    } else {
        add(&c, m, refused, k.recipients - k.willing, s->parallel);
    }
    return c;
}

/* The recipients of the classes' sessions count in lock-step alone, and there
 * they count one by one: as many sessions, and the rest on top. */
static void add_classes(struct strategy_cost *c, const struct strategy *s,
                        struct manner m, struct strategy_case k)
{
    const struct part one = {ASKING_NOT, 0, 1, 1};

    add(c, m, one, k.classes, s->parallel);
    if (m.mode == MODE_LOCKSTEP) {
        c->turnarounds += k.willing - k.classes;
        if (!s->parallel)
            c->round_trips += k.willing - k.classes;
    }
}

struct strategy_cost strategy_cost(const struct strategy *s, struct manner m,
                                   struct strategy_case k)
{
    struct part all = {s->asking, k.recipients, k.willing, k.classes};
    struct strategy_cost c = {0};

    if (s->sharing == SHARING_NONE)
        return cost_apart(s, m, k);
    if (s->asking == ASKING_NOT)
        all.asked = 0;
    if (s->sharing == SHARING_CLASS && k.classes > 1)
        all.classes = all.rcpts = 0;
    add(&c, m, all, 1, false);
    if (all.classes < k.classes)
        add_classes(&c, s, m, k);
    return c;
}
