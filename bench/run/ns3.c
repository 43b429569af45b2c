/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts the cast on in the ns3 world. */
#include "bench/run/ns3.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/capturing.h"
#include "bench/run/meaning.h"

/* A year: whatever hangs by then hangs for ever. */
#define LIMIT_NS (INT64_C(366) * 24 * 3600 * 1000000000)

struct play {
    struct cast *cast;
    const char *captures; /* NULL: only the client's end, for the count */
    struct capturing end[2];
    struct meaning *meaning;
    struct ns3_run *out;
    size_t syns;
};

struct ns3_tcp ns3_tcp_of(const struct scenario *s)
{
    switch (s->tcp) {
    case TCP_RFC:
        return ns3_tcp_rfc;
    case TCP_PATIENT:
        return ns3_tcp_patient(s->up.base.delay.ns + s->down.base.delay.ns);
    case TCP_LINUX:
    case TCP_COUNT:
        break;
    }
    return ns3_tcp_linux;
}

static struct machine *enter(void *play, struct endpoint peer)
{
    return cast_accept(((struct play *)play)->cast, peer);
}

static void gone(void *play, struct machine *m)
{
    cast_gone(((struct play *)play)->cast, m);
}

static void handed(void *play, int stream, struct endpoint local,
                   uint64_t offset, int64_t at_ns)
{
    struct play *p = play;

    capturing_handed(&p->end[0], stream, local, offset, at_ns);
}

/* Whether the packet is a SYN as that side sends it: the client without an
 * ACK, the server with one. RFC 9293, 3.1: the flags are byte 13. */
static bool is_syn(const uint8_t *ip, size_t len, int side)
{
    size_t header = ip[0] >> 4 == 4 ? (ip[0] & 15) * 4u : 40;
    uint8_t protocol = ip[0] >> 4 == 4 ? ip[9] : ip[6];

    return protocol == 6 && len >= header + 20 &&
           (ip[header + 13] & 0x12) == (side == 0 ? 0x02 : 0x12);
}

static void packet(void *play, size_t host, int side, int64_t now_ns,
                   const uint8_t *ip, size_t len)
{
    struct play *p = play;

    (void)host;
    if (side == 0 || p->captures)
        capturing_packet(&p->end[side], now_ns, ip, len);
    p->syns += is_syn(ip, len, side);
}

static bool drop(void *play, enum ns3_way way, const uint8_t *ip, size_t len)
{
    struct play *p = play;

    return meaning_drop(p->meaning, way == NS3_UP ? FERRY_UP : FERRY_DOWN, ip,
                        len);
}

static int run(struct play *p, int64_t repeat, struct machine *m,
               char why[NS3_RUN_WHY])
{
    const struct scenario *s = p->cast->scenario;
    const struct ns3_tcp tcp = ns3_tcp_of(s);
    const struct ns3_host host = {.at = p->cast->server_at,
                                  .up = &s->up,
                                  .down = &s->down,
                                  .seed = (uint64_t)(s->seed + repeat - 1),
                                  .accept = enter,
                                  .gone = gone,
                                  .arg = p};
    struct ns3_config world = {.hosts = &host,
                               .host_count = 1,
                               .tcp = &tcp,
                               .limit_ns = LIMIT_NS,
                               .arg = p,
                               .handed = handed,
                               .packet = packet};

    if (s->up.predicate_count + s->down.predicate_count > 0) {
        p->meaning = meaning_new(&s->up, &s->down);
        world.drop = drop;
    }
    why[0] = '\0';
    if (ns3_run(&world, m, &p->out->road, why) >= 0)
        return 0;
    if (!*why)
        snprintf(why, NS3_RUN_WHY, "the ns3 world: %s", strerror(errno));
    return -1;
}

static int keep(struct play *p, char why[NS3_RUN_WHY])
{
    static const char *const names[2] = {"client.pcap", "server.pcap"};
    char path[PATH_MAX];

    for (int i = 0; i < 2 && p->captures; i++) {
        snprintf(path, sizeof path, "%s/%s", p->captures, names[i]);
        if (capturing_keep(&p->end[i], path) < 0) {
            snprintf(why, NS3_RUN_WHY, "%.500s: %s", path, strerror(errno));
            return -1;
        }
    }
    return 0;
}

static int finish(struct play *p, const struct delivery *d,
                  char why[NS3_RUN_WHY])
{
    struct ns3_run *r = p->out;

    if (capturing_end(&p->end[0]) < 0 || capturing_end(&p->end[1]) < 0) {
        snprintf(why, NS3_RUN_WHY, "the capture: %s", strerror(errno));
        return -1;
    }
    cast_tally(p->cast, d, &r->tally);
    r->syn_retransmissions =
        (int64_t)(p->syns - r->tally.connections - p->cast->sessions);
    r->counted =
        capturing_count(&p->end[0], &r->turnarounds_in_capture, r->why) == 0;
    return keep(p, why);
}

int ns3_deliver(struct cast *c, int64_t repeat, const char *captures,
                struct ns3_run *out, char why[NS3_RUN_WHY])
{
    struct delivery *d = malloc(sizeof *d);
    struct play p = {.cast = c, .captures = captures, .out = out};
    int result = ns3_load(why);
    bool begun = false;

    *out = (struct ns3_run){0};
    if (result == 0 && (!d || capturing_begin(&p.end[0]) < 0 ||
                        capturing_begin(&p.end[1]) < 0)) {
        snprintf(why, NS3_RUN_WHY, "memory: %s", strerror(errno));
        result = -1;
    } else if (result == 0) {
        delivery_init(d, &c->sending);
        begun = true;
        result = run(&p, repeat, &d->machine, why);
    }
    if (result == 0)
        result = finish(&p, d, why);
    if (begun)
        delivery_release(d);
    meaning_free(p.meaning);
    capturing_release(&p.end[0]);
    capturing_release(&p.end[1]);
    free(d);
    return result;
}
