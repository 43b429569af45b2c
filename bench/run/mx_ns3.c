/* SPDX-License-Identifier: BSD-2-Clause */
/* A topology in the ns3 world: a node for each address and one for the
 * resolver, each by a road of its own, over ns-3's TCP and UDP. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/meaning.h"
#include "bench/run/mx_inner.h"
#include "sim/ns3.h"

/* A year: whatever hangs by then hangs for ever. */
#define LIMIT_NS (INT64_C(366) * 24 * 3600 * 1000000000)

/* Linux sends a SYN again after a second: on roads from here on TCP is as
 * patient as the road is long. */
#define LONG_NS INT64_C(900000000)

enum { PLACES = TOPOLOGY_HOSTS * MX_ADDRESSES + 1 };

struct land {
    struct machine machine; /* between the dispatch and the world */
    struct mx_play *play;
    int64_t now_ns;
    size_t places;
    struct ns3_host host[PLACES];
    bool silent[PLACES];
    struct meaning *meaning[PLACES]; /* owned; of the words' drops, or NULL */
    struct endpoint real[PLACES];    /* what the topology calls host[i].at */
};

static bool same_ip(const struct endpoint *a, const struct endpoint *b)
{
    return a->family == b->family &&
           memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

static bool is_taken(const struct topology *t, const struct endpoint *e)
{
    for (size_t i = 0; i < t->hosts; i++)
        for (size_t k = 0; k < t->host[i].address_count; k++)
            if (same_ip(&t->host[i].address[k], e))
                return true;
    return same_ip(&t->dns_at, e);
}

/* A host must not have the client's own address in this world: it gets one of
 * 203.0.113.0/24 or of 2001:db8:cb00:7100::/64 instead (RFC 5737, RFC 3849),
 * which nobody but the simulator sees. */
static struct endpoint inner_address(const struct land *l, struct endpoint at)
{
    bool old = at.family == 4;
    struct endpoint own = {.family = at.family}, e = at;

    inet_pton(old ? AF_INET : AF_INET6, old ? NS3_CLIENT_4 : NS3_CLIENT_6,
              own.ip);
    if (!same_ip(&at, &own))
        return at;
    inet_pton(old ? AF_INET : AF_INET6,
              old ? "203.0.113.1" : "2001:db8:cb00:7100::1", e.ip);
    while (is_taken(l->play->part->topology, &e))
        e.ip[old ? 3 : 15]++;
    return e;
}

static struct endpoint to_inner(const struct land *l, struct endpoint e)
{
    for (size_t i = 0; i < l->places; i++)
        if (same_ip(&l->real[i], &e))
            memcpy(e.ip, l->host[i].at.ip, sizeof e.ip);
    return e;
}

static struct endpoint to_real(const struct land *l, struct endpoint e)
{
    for (size_t i = 0; i < l->places; i++)
        if (same_ip(&l->host[i].at, &e)) {
            memcpy(e.ip, l->real[i].ip, sizeof e.ip);
            break;
        }
    return e;
}

static struct ns3_host *add_place(struct land *l, struct endpoint at,
                                  const struct topology_road *r)
{
    size_t i = l->places;
    struct ns3_host *h = &l->host[i];

    *h = (struct ns3_host){.at = inner_address(l, at),
                           .up = &r->up,
                           .down = &r->down,
                           .seed = l->play->part->seed + i};
    if (r->up.predicate_count + r->down.predicate_count > 0)
        l->meaning[i] = meaning_new(&r->up, &r->down);
    l->real[i] = at;
    l->places++;
    return h;
}

static void add_host(struct land *l, size_t i)
{
    const struct topology_host *h = &l->play->part->topology->host[i];

    for (size_t k = 0; k < h->address_count; k++) {
        struct ns3_host *place = add_place(l, h->address[k], &h->road);

        place->arg = &l->play->door[i];
        place->gone = mx_gone;
        place->accept = h->state == HOST_UP ? mx_accept : NULL;
        l->silent[place - l->host] = h->state == HOST_SILENT;
    }
}

static void add_dns(struct land *l)
{
    const struct topology *t = l->play->part->topology;
    struct ns3_host *place = add_place(l, t->dns_at, &t->dns_road);

    place->datagrams = &l->play->zone.machine;
    place->accept = mx_accept_dns;
    place->gone = mx_gone_dns;
    place->arg = l->play;
}

/* The place at the far end of a packet's road; PLACES: there is none. The
 * source is at byte 12 of IPv4's header (RFC 791), at byte 8 of IPv6's (RFC
 * 8200), and the destination behind it. */
static size_t place_of(const struct land *l, enum ns3_way way,
                       const uint8_t *ip, size_t len)
{
    struct endpoint far = {.family = len > 0 && ip[0] >> 4 == 6 ? 6 : 4};
    size_t octets = far.family == 6 ? 16 : 4;
    size_t at = (far.family == 6 ? 8 : 12) + (way == NS3_UP ? octets : 0), i;

    if (len < at + octets)
        return PLACES;
    memcpy(far.ip, ip + at, octets);
    for (i = 0; i < l->places && !same_ip(&l->host[i].at, &far); i++)
        continue;
    return i < l->places ? i : PLACES;
}

/* What goes to a black hole is gone, and what the words of a road drop. */
static bool drop(void *arg, enum ns3_way way, const uint8_t *ip, size_t len)
{
    const struct land *l = arg;
    size_t i = place_of(l, way, ip, len);

    if (i == PLACES)
        return false;
    if (l->silent[i])
        return way == NS3_UP;
    return l->meaning[i] &&
           meaning_drop(l->meaning[i], way == NS3_UP ? FERRY_UP : FERRY_DOWN,
                        ip, len);
}

static size_t land_tell(struct machine *m, const struct told *t)
{
    struct land *l = (struct land *)m;
    struct told real = *t;

    l->now_ns = t->now_ns;
    real.peer = to_real(l, t->peer);
    return machine_tell(&l->play->dispatch.machine, &real);
}

static struct ask land_ask(struct machine *m)
{
    struct land *l = (struct land *)m;
    struct ask a = machine_ask(&l->play->dispatch.machine);

    if (a.kind == ASK_OPEN)
        mx_note_step(l->play, a.peer, l->now_ns);
    a.peer = to_inner(l, a.peer);
    return a;
}

static struct ns3_tcp tcp_of(const struct topology *t)
{
    int64_t most_ns = t->dns_road.rtt_ns;

    for (size_t i = 0; i < t->hosts; i++)
        if (t->host[i].road.rtt_ns > most_ns)
            most_ns = t->host[i].road.rtt_ns;
    return most_ns < LONG_NS ? ns3_tcp_linux : ns3_tcp_patient(most_ns);
}

static int run(struct land *l, char why[MX_WHY])
{
    const struct topology *t = l->play->part->topology;
    const struct ns3_tcp tcp = tcp_of(t);
    struct ns3_report report;
    struct ns3_config world = {
        .hosts = l->host, .tcp = &tcp, .limit_ns = LIMIT_NS, .arg = l};

    l->machine = (struct machine){land_tell, land_ask};
    for (size_t i = 0; i < t->hosts; i++)
        add_host(l, i);
    add_dns(l);
    world.host_count = l->places;
    for (size_t i = 0; i < l->places; i++)
        if (l->silent[i] || l->meaning[i])
            world.drop = drop;
    why[0] = '\0';
    if (ns3_run(&world, &l->machine, &report, why) >= 0)
        return 0;
    if (!*why)
        snprintf(why, MX_WHY, "the ns3 world: %s", strerror(errno));
    return -1;
}

int mx_ns3(const struct mx_part *part, struct mx_tally *tally, char why[MX_WHY])
{
    struct land *l = calloc(1, sizeof *l);
    int result = ns3_load(why);

    if (result == 0 && (!l || !(l->play = mx_play_new(part)))) {
        snprintf(why, MX_WHY, "memory: %s", strerror(errno));
        result = -1;
    }
    if (result == 0)
        result = run(l, why);
    if (result == 0)
        mx_sum_up(l->play, tally);
    for (size_t i = 0; l && i < l->places; i++)
        meaning_free(l->meaning[i]);
    if (l)
        mx_play_free(l->play);
    free(l);
    return result;
}
