/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/chart.h"

#include <stdlib.h>
#include <string.h>

static int64_t half(int64_t trip_ns)
{
    return trip_ns == UNKNOWN_NS ? 0 : trip_ns / 2;
}

int64_t chart_before(const struct conversation *c)
{
    return c->stands == AT_MIDDLE || c->stands == AT_SERVER ? half(c->down_ns)
                                                            : 0;
}

/* Something of the client that passes the capture at `at_ns`. */
static struct chart_arrow up(const struct conversation *c, int64_t at_ns,
                             int64_t until_ns)
{
    return (struct chart_arrow){
        .up = true,
        .leaves_ns = at_ns,
        .lands_ns = at_ns + chart_before(c) + half(c->up_ns),
        .until_ns = until_ns > at_ns ? until_ns : at_ns,
    };
}

static struct chart_arrow down(const struct conversation *c, int64_t at_ns)
{
    int64_t leaves_ns = at_ns + chart_before(c) - half(c->up_ns);

    return (struct chart_arrow){
        .leaves_ns = leaves_ns,
        .lands_ns = at_ns + 2 * chart_before(c),
        .until_ns = leaves_ns,
    };
}

static void add_flights(struct chart *ch)
{
    const struct conversation *c = ch->of;
    size_t w = 0;

    for (size_t i = 0; i < c->flight_count; i++) {
        const struct flight *f = &c->flights[i];
        int64_t next_ns =
            i + 1 < c->flight_count ? c->flights[i + 1].at_ns : INT64_MAX;
        struct chart_arrow *a = &ch->arrow[ch->count];

        while (w < c->wait_count && c->waits[w].begin_ns < f->at_ns)
            w++;
        *a = up(c, f->at_ns,
                w < c->wait_count && c->waits[w].begin_ns < next_ns
                    ? c->waits[w].begin_ns
                    : f->at_ns);
        a->says = f->says;
        a->bytes = f->bytes;
        if (f->at_ns == 0 && c->from_start)
            strcpy(a->prefix, "SYN ");
        ch->count++;
    }
}

static void add_replies(struct chart *ch)
{
    const struct conversation *c = ch->of;

    for (size_t i = 0; i < c->wait_count; i++) {
        if (c->waits[i].heard_ns == UNKNOWN_NS)
            continue;
        ch->arrow[ch->count] = down(c, c->waits[i].heard_ns);
        ch->arrow[ch->count].says = c->waits[i].answered;
        ch->arrow[ch->count++].wait = i + 1;
    }
}

static void add_handshake(struct chart *ch)
{
    const struct conversation *c = ch->of;

    if (!c->from_start || (c->flight_count && c->flights[0].at_ns == 0))
        return;
    ch->arrow[ch->count] = up(c, 0, 0);
    ch->arrow[ch->count++].says = "SYN";
    if (c->tcp_handshake_ns == UNKNOWN_NS || c->tcp_handshake_ns == 0)
        return;
    ch->arrow[ch->count] = down(c, c->tcp_handshake_ns);
    ch->arrow[ch->count++].says = "SYN-ACK";
}

static int in_order(const void *a, const void *b)
{
    const struct chart_arrow *x = a, *y = b;

    if (x->leaves_ns != y->leaves_ns)
        return x->leaves_ns < y->leaves_ns ? -1 : 1;
    return x->lands_ns != y->lands_ns ? (x->lands_ns < y->lands_ns ? -1 : 1)
                                      : (y->up > x->up) - (y->up < x->up);
}

int chart_init(struct chart *ch, const struct conversation *c)
{
    *ch = (struct chart){.of = c};
    ch->arrow = calloc(c->flight_count + c->wait_count + 2, sizeof *ch->arrow);
    if (!ch->arrow)
        return -1;
    add_handshake(ch);
    add_flights(ch);
    add_replies(ch);
    qsort(ch->arrow, ch->count, sizeof *ch->arrow, in_order);
    return 0;
}

void chart_release(struct chart *ch)
{
    free(ch->arrow);
    *ch = (struct chart){0};
}
