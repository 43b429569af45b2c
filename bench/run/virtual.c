/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts the cast on in the ideal world. */
#include "bench/run/virtual.h"

#include <stdlib.h>

#include "sim/ideal.h"

/* A year: whatever hangs by then hangs for ever. */
#define LIMIT_NS (INT64_C(366) * 24 * 3600 * 1000000000)

struct stage { /* what accept() makes is kept until the world has ended */
    struct cast *cast;
    struct machine **session;
    size_t count, room;
};

static struct machine *enter(void *stage, struct endpoint peer)
{
    struct stage *s = stage;
    struct machine *m = cast_accept(s->cast, peer);

    if (s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 4;
        struct machine **bigger = realloc(s->session, room * sizeof(*bigger));

        if (!bigger) {
            if (m)
                cast_gone(s->cast, m);
            return NULL;
        }
        s->session = bigger;
        s->room = room;
    }
    if (m)
        s->session[s->count++] = m;
    return m;
}

static struct ideal_road road(const struct link_params *l,
                              enum virtual_costs costs)
{
    struct ideal_road r = {l->base.delay.ns, l->base.rate.bps};

    if (costs == VIRTUAL_NO_RATE || costs == VIRTUAL_WARM_UP)
        r.rate_bps = 0;
    if (costs == VIRTUAL_WARM_UP)
        r.delay_ns = 0;
    return r;
}

int virtual_run(struct cast *c, struct machine *m, enum virtual_costs costs)
{
    struct stage stage = {.cast = c};
    struct ideal_host host = {.at = c->server_at,
                              .up = road(&c->scenario->up, costs),
                              .down = road(&c->scenario->down, costs),
                              .accept = enter,
                              .arg = &stage};
    struct ideal_config world = {&host, 1, 0, LIMIT_NS};
    int64_t think_ns = c->receiving.think_ns;
    int64_t greeting_ns = c->receiving.greeting_delay_ns, end_ns;
    /* Without it nobody talks early, and another session is played. */
    bool decides = c->receiving.flaws & FLAW_EARLY_TALKER;

    cast_forget(c);
    if (costs == VIRTUAL_WARM_UP)
        c->checkpoint.cut_octets = 0;
    if (costs != VIRTUAL_FULL)
        c->receiving.think_ns = 0;
    if (costs != VIRTUAL_FULL && !(decides && costs != VIRTUAL_WARM_UP))
        c->receiving.greeting_delay_ns = 0;
    end_ns = ideal_run(&world, m);
    c->receiving.think_ns = think_ns;
    c->receiving.greeting_delay_ns = greeting_ns;
    while (stage.count > 0)
        cast_gone(c, stage.session[--stage.count]);
    free(stage.session);
    cast_forget(c);
    return end_ns < 0 ? -1 : 0;
}

int virtual_deliver(struct cast *c, enum virtual_costs costs, struct tally *t)
{
    struct delivery *d = malloc(sizeof *d);
    int result = -1;

    if (!d)
        return -1;
    delivery_init(d, &c->sending);
    if (virtual_run(c, &d->machine, costs) == 0) {
        cast_tally(c, d, t);
        result = 0;
    }
    delivery_release(d);
    free(d);
    return result;
}
