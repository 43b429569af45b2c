/* SPDX-License-Identifier: BSD-2-Clause */
/* The roads and the hosts of a topology, of real packets. */
#include "bench/run/mx_lab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/run/bound.h"
#include "bench/run/host.h"
#include "bench/run/meaning.h"
#include "netem/clock.h"

#define RATE_BPS UINT64_C(100000000) /* of a road that has none: 100mbit */

static bool drop_all(void *arg, enum ferry_direction way, const uint8_t *ip,
                     size_t len)
{
    (void)arg, (void)way, (void)ip, (void)len;
    return true;
}

static void choose_drop(struct ferry_link *link, struct mx_place *p,
                        bool silent)
{
    if (silent) {
        link->drop = drop_all;
    } else if (p->up.predicate_count + p->down.predicate_count > 0) {
        p->meaning = meaning_new(&p->up, &p->down);
        link->drop = meaning_drop;
        link->drop_arg = p->meaning;
    }
}

static void print_address(char text[MX_ADDRESS_TEXT], const struct endpoint *e)
{
    const uint8_t *b = e->ip;
    size_t len = 0;

    if (e->family == 4) {
        snprintf(text, MX_ADDRESS_TEXT, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
        return;
    }
    for (int i = 0; i < 16; i += 2)
        len += (size_t)snprintf(text + len, MX_ADDRESS_TEXT - len, "%s%x",
                                i ? ":" : "", b[i] << 8 | b[i + 1]);
}

/* The client's ends are 198.51.100.0/24 and up (RFC 5737), and 2001:db8:c::/48
 * (RFC 3849), one for each link. */
static void add_place(struct mx_lab *r, const char *who,
                      const struct endpoint *at,
                      const struct topology_road *road, bool silent)
{
    size_t i = r->places++;
    struct mx_place *p = &r->place[i];
    struct lab_end *client = &r->link[i].client, *server = &r->link[i].server;

    p->up = road->up;
    p->down = road->down;
    if (!p->up.rated)
        p->up.base.rate.bps = RATE_BPS;
    if (!p->down.rated)
        p->down.base.rate.bps = RATE_BPS;
    print_address(p->server, at);
    if (at->family == 4) {
        snprintf(p->client, MX_ADDRESS_TEXT, "198.51.%zu.%zu",
                 100 + (i + 1) / 250, (i + 1) % 250 + 1);
        client->ip4 = p->client;
        server->ip4 = p->server;
    } else {
        snprintf(p->client, MX_ADDRESS_TEXT, "2001:db8:c::%zx", i + 1);
        client->ip6 = p->client;
        server->ip6 = p->server;
    }
    r->road[i] = (struct ferry_link){
        .up = &p->up, .down = &p->down, .seed = r->play->part->seed + i};
    choose_drop(&r->road[i], p, silent);
    if (r->captures &&
        asprintf(&p->pcap, "%s/%s-%s.pcap", r->captures, who, p->server) < 0)
        p->pcap = NULL;
    r->road[i].client_pcap = p->pcap;
}

static void add_places(struct mx_lab *r)
{
    const struct topology *t = r->play->part->topology;

    add_place(r, "dns", &t->dns_at, &t->dns_road, false);
    for (size_t i = 0; i < t->hosts; i++)
        for (size_t k = 0; k < t->host[i].address_count; k++)
            add_place(r, t->host[i].name, &t->host[i].address[k],
                      &t->host[i].road, t->host[i].state == HOST_SILENT);
}

static int make_road(struct mx_lab *r, char why[MX_WHY])
{
    struct lab_config lab = lab_config_default();
    struct ferry_config ferry = {.links = r->road, .links_count = r->places};

    lab.port = r->play->part->port;
    lab.links = r->link;
    lab.links_count = r->places;
    r->lab = lab_new(&lab, why);
    if (r->lab)
        r->ferry = ferry_start(r->lab, &ferry, why);
    return r->ferry ? 0 : -1;
}

static void note_questions(struct mx_lab *r)
{
    r->shared->questions = r->play->zone.questions;
}

static struct machine *enter(void *door, struct endpoint client)
{
    struct mx_door *d = door;
    struct mx_shared *s = ((struct mx_lab *)d->run)->shared;
    struct machine *m = mx_accept(door, client);

    if (m && s->visits < MX_VISITS)
        s->visit[s->visits] =
            (struct mx_visit){.host = d->host,
                              .at_ns = clock_read_ns(CLOCK_MONOTONIC),
                              .session = m};
    s->visits += m != NULL;
    return m;
}

static void leave(void *door, struct machine *m)
{
    struct mx_door *d = door;
    struct mx_lab *r = d->run;
    const struct server *server = mx_server_of(d, m);

    for (size_t i = 0; i < r->shared->visits && i < MX_VISITS; i++) {
        struct mx_visit *v = &r->shared->visit[i];

        if (v->session != m || v->over)
            continue;
        v->mails = server->mails;
        v->recipients = server->recipients;
        v->over = true;
    }
    mx_gone(door, m);
    note_questions(r);
    r->shared->taken = r->play->taken;
    r->shared->takers = r->play->takers;
    r->shared->sides = bound_share_since(r->before);
}

/* The resolver, overheard. */
static size_t tell_resolver(struct machine *m, const struct told *t)
{
    struct mx_resolver *x = (struct mx_resolver *)m;
    size_t taken = machine_tell(&x->lab->play->zone.machine, t);

    note_questions(x->lab);
    return taken;
}

static struct ask ask_resolver(struct machine *m)
{
    return machine_ask(&((struct mx_resolver *)m)->lab->play->zone.machine);
}

static int listen_all(struct mx_lab *r, struct host *h)
{
    const struct topology *t = r->play->part->topology;
    struct host_acceptor dns = {r->play, mx_accept_dns, mx_gone_dns};
    struct endpoint at = t->dns_at;

    r->resolver = (struct mx_resolver){{tell_resolver, ask_resolver}, r};
    if (host_datagrams(h, at, &r->resolver.machine) < 0 ||
        host_listen(h, &at, &dns) < 0)
        return -1;
    for (size_t i = 0; i < t->hosts; i++) {
        struct host_acceptor door = {&r->play->door[i], enter, leave};

        r->play->door[i].run = r;
        for (size_t k = 0; k < t->host[i].address_count; k++) {
            at = t->host[i].address[k];
            if (t->host[i].state == HOST_UP && host_listen(h, &at, &door) < 0)
                return -1;
        }
    }
    return 0;
}

static void serve(void *lab, int ready)
{
    struct mx_lab *r = lab;
    struct host *h = NULL;

    if (lab_enter(r->lab, LAB_SERVER) == 0 && (h = host_new()) &&
        listen_all(r, h) == 0 && write(ready, "!", 1) == 1) {
        r->before = bound_share();
        host_run(h, NEVER_NS);
    }
    r->shared->server_errno = errno;
    _exit(1);
}

static int start_server(struct mx_lab *r, char why[MX_WHY])
{
    int started = bound_start(&r->server, serve, r);

    if (started < 0)
        snprintf(why, MX_WHY, "server process: %s", strerror(errno));
    else if (started > 0)
        snprintf(why, MX_WHY, "the hosts could not listen: %s",
                 strerror(r->shared->server_errno));
    return started == 0 ? 0 : -1;
}

struct mx_lab *mx_lab_new(const struct mx_part *part, const char *captures,
                          char why[MX_WHY])
{
    struct mx_lab *r = calloc(1, sizeof *r);
    void *shared = mmap(NULL, sizeof *r->shared, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (r) {
        r->play = mx_play_new(part);
        r->shared = shared == MAP_FAILED ? NULL : shared;
        r->captures = captures;
    }
    if (r && r->play && r->shared) {
        add_places(r);
        return r;
    }
    snprintf(why, MX_WHY, "memory: %s", strerror(errno));
    mx_lab_free(r);
    return NULL;
}

int mx_lab_start(struct mx_lab *r, char why[MX_WHY])
{
    return make_road(r, why) < 0 ? -1 : start_server(r, why);
}

void mx_lab_stop(struct mx_lab *r, struct ferry_report *road)
{
    if (r->ferry)
        ferry_stop(r->ferry, road);
    r->ferry = NULL;
    bound_end(&r->server);
}

void mx_lab_free(struct mx_lab *r)
{
    if (!r)
        return;
    lab_free(r->lab);
    if (r->shared)
        munmap(r->shared, sizeof *r->shared);
    for (size_t i = 0; i < r->places; i++) {
        free(r->place[i].pcap);
        meaning_free(r->place[i].meaning);
    }
    mx_play_free(r->play);
    free(r);
}
