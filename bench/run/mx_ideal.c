/* SPDX-License-Identifier: BSD-2-Clause */
/* A topology in the ideal world. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/mx_inner.h"
#include "sim/ideal.h"

/* A year: whatever hangs by then hangs for ever. */
#define LIMIT_NS (INT64_C(366) * 24 * 3600 * 1000000000)

enum { PLACES = TOPOLOGY_HOSTS * MX_ADDRESSES + 1 };

struct site { /* who answers at an address; sessions are kept to the end */
    struct machine *(*accept)(void *, struct endpoint);
    void (*gone)(void *, struct machine *);
    void *arg;
    struct machine **session;
    size_t count, room;
};

struct stage {
    struct machine machine; /* between the dispatch and the world */
    struct mx_play *play;
    int64_t now_ns;
    size_t places;
    struct ideal_host host[PLACES];
    struct site site[PLACES];
};

static struct machine *enter(void *arg, struct endpoint client)
{
    struct site *s = arg;
    struct machine *m = s->accept(s->arg, client);

    if (m && s->count == s->room) {
        size_t room = s->room ? s->room * 2 : 8;
        struct machine **bigger = realloc(s->session, room * sizeof(*bigger));

        if (!bigger) {
            s->gone(s->arg, m);
            return NULL;
        }
        s->session = bigger;
        s->room = room;
    }
    if (m)
        s->session[s->count++] = m;
    return m;
}

static void clear(struct stage *s)
{
    for (size_t i = 0; i < s->places; i++) {
        struct site *site = &s->site[i];

        while (site->count > 0)
            site->gone(site->arg, site->session[--site->count]);
        free(site->session);
    }
}

static struct ideal_host *add_place(struct stage *s, struct endpoint at,
                                    const struct topology_road *r)
{
    struct ideal_host *h = &s->host[s->places];

    *h = (struct ideal_host){
        .at = at,
        .up = {r->up.base.delay.ns, r->up.base.rate.bps},
        .down = {r->down.base.delay.ns, r->down.base.rate.bps},
        .accept = enter,
        .arg = &s->site[s->places++]};
    return h;
}

static void add_host(struct stage *s, size_t i)
{
    const struct topology_host *h = &s->play->part->topology->host[i];

    for (size_t k = 0; k < h->address_count; k++) {
        struct site *site = &s->site[s->places];
        struct ideal_host *place = add_place(s, h->address[k], &h->road);

        *site = (struct site){
            .accept = mx_accept, .gone = mx_gone, .arg = &s->play->door[i]};
        place->silent = h->state == HOST_SILENT;
        if (h->state == HOST_REFUSING)
            place->accept = NULL;
    }
}

static void add_dns(struct stage *s)
{
    const struct topology *t = s->play->part->topology;
    struct site *site = &s->site[s->places];

    add_place(s, t->dns_at, &t->dns_road)->datagrams = &s->play->zone.machine;
    *site = (struct site){
        .accept = mx_accept_dns, .gone = mx_gone_dns, .arg = s->play};
}

/* The dispatch, overheard. */
static size_t stage_tell(struct machine *m, const struct told *t)
{
    struct stage *s = (struct stage *)m;

    s->now_ns = t->now_ns;
    return machine_tell(&s->play->dispatch.machine, t);
}

static struct ask stage_ask(struct machine *m)
{
    struct stage *s = (struct stage *)m;
    struct ask a = machine_ask(&s->play->dispatch.machine);

    if (a.kind == ASK_OPEN)
        mx_note_step(s->play, a.peer, s->now_ns);
    return a;
}

int mx_ideal(const struct mx_part *part, struct mx_tally *tally,
             char why[MX_WHY])
{
    struct stage *s = calloc(1, sizeof *s);
    struct ideal_config world = {.limit_ns = LIMIT_NS};
    int result = -1;

    if (s && (s->play = mx_play_new(part))) {
        s->machine = (struct machine){stage_tell, stage_ask};
        for (size_t i = 0; i < part->topology->hosts; i++)
            add_host(s, i);
        add_dns(s);
        world.hosts = s->host;
        world.host_count = s->places;
        result = ideal_run(&world, &s->machine) < 0 ? -1 : 0;
        clear(s);
    }
    if (result < 0)
        snprintf(why, MX_WHY, "the ideal world: %s", strerror(errno));
    else
        mx_sum_up(s->play, tally);
    if (s)
        mx_play_free(s->play);
    free(s);
    return result;
}
