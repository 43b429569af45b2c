/* SPDX-License-Identifier: BSD-2-Clause */
/* Two threads: one reads the ports and tells ns-3 of each packet when it has
 * been read; in the other ns-3 says when it leaves, and there it is sent. */
#include "bench/run/ns3_road.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "netem/capture.h"
#include "netem/clock.h"
#include "netem/port.h"
#include "netem/road.h"
#include "netem/urgent.h"
#include "sim/ns3.h"

#define CAPTURE_ROOM (64 << 20)
#define GRACE_NAP_MS 2   /* between looks whether the road is empty */
#define CLOCK_NAP_MS 500 /* between looks at the clocks, with nothing to do */

struct traveller {
    int64_t in_ns; /* CLOCK_MONOTONIC */
    uint32_t len;
    uint8_t head[PORT_ROOM + 2]; /* the port's, and the packet is aligned */
    uint8_t ip[];
};

struct crossing {
    const struct ferry_config *config;
    struct road_tally *tally;
    const struct port *port[2]; /* the client's, the server's */
    struct ns3_road *road;
    struct capture_desk *desk;
    struct capture *file[2]; /* of each end */
    struct clock_pair clock; /* the reader's; its first sample is for all */
    int control;
    pthread_t reader;
    bool reading;
    atomic_long inside; /* on the road, or between the threads */
};

static struct road_way *way_of(struct crossing *c, enum ns3_way w)
{
    return &c->tally->way[0][w == NS3_UP ? FERRY_UP : FERRY_DOWN];
}

static int refuse(struct crossing *c, const char *step)
{
    if (c->tally->error)
        return -1;
    c->tally->error = errno ? errno : EIO;
    snprintf(c->tally->why, sizeof c->tally->why, "road ns3: %s: %s", step,
             strerror(c->tally->error));
    return -1;
}

/* The kernel's stamp, as far as the clock was not set in between. */
static int64_t arrival(const struct crossing *c, int64_t stamp_ns)
{
    int64_t now_ns = clock_read_ns(CLOCK_MONOTONIC);
    int64_t at_ns = stamp_ns - c->clock.offset_ns;

    return stamp_ns == 0 || c->clock.stepped || at_ns > now_ns ? now_ns : at_ns;
}

static struct traveller *traveller_new(size_t room)
{
    return malloc(sizeof(struct traveller) + room);
}

/* Counted by the one thread that reads: in, and what cannot go on. */
static void board(struct crossing *c, enum ns3_way w, struct traveller *t,
                  const struct port_packet *p)
{
    struct ferry_way *count = &way_of(c, w)->count;

    t->len = p->len;
    t->in_ns = arrival(c, p->stamp_ns);
    count->packets_in++;
    count->bytes_in += p->len;
    if (p->len > c->port[w]->mtu) {
        count->oversized++;
        free(t);
        return;
    }
    atomic_fetch_add(&c->inside, 1);
    ns3_road_put(c->road, w, (uint64_t)(uintptr_t)t, t->len);
}

/* One packet at a time, so that each is told of as soon as it is read. */
static bool read_one(struct crossing *c, enum ns3_way w)
{
    size_t room = c->port[w]->mtu + 1u;
    struct traveller *t = traveller_new(room);
    struct port_packet p;

    if (!t) {
        way_of(c, w)->count.overflow++;
        return false;
    }
    p.at = t->ip;
    if (port_read(c->port[w], &p, 1, room) != 1) {
        free(t);
        return false;
    }
    if (p.len == 0)
        free(t);
    else
        board(c, w, t, &p);
    return true;
}

static void read_all(struct crossing *c)
{
    clock_sample(&c->clock);
    for (int w = NS3_UP; w <= NS3_DOWN; w++)
        while (read_one(c, (enum ns3_way)w))
            continue;
}

/* A byte asks us to let the road empty itself, the end of file tells that
 * nobody is left to ask. Returns when to stop; INT64_MAX: go on. */
static int64_t hear_control(struct crossing *c)
{
    char byte;
    ssize_t n = read(c->control, &byte, 1);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return INT64_MAX;
    return n <= 0 ? 0 : clock_read_ns(CLOCK_MONOTONIC) + c->config->grace_ns;
}

static void *read_ports(void *crossing)
{
    struct crossing *c = crossing;
    struct pollfd p[3] = {{.fd = c->port[0]->fd, .events = POLLIN},
                          {.fd = c->port[1]->fd, .events = POLLIN},
                          {.fd = c->control, .events = POLLIN}};
    int64_t stop_ns = INT64_MAX;

    while (clock_read_ns(CLOCK_MONOTONIC) < stop_ns) {
        bool stopping = stop_ns != INT64_MAX;
        int n =
            poll(p, stopping ? 2 : 3, stopping ? GRACE_NAP_MS : CLOCK_NAP_MS);

        if (n < 0 && errno != EINTR)
            break;
        read_all(c);
        if (!stopping && n > 0 && p[2].revents)
            stop_ns = hear_control(c);
        if (stopping && n == 0 && atomic_load(&c->inside) == 0)
            break;
    }
    ns3_road_stop(c->road);
    return NULL;
}

static void note(struct crossing *c, int end, int64_t at_ns,
                 const struct traveller *t)
{
    if (c->file[end])
        capture_put(c->file[end], at_ns + c->clock.base_ns, t->ip, t->len);
}

static void in(void *crossing, enum ns3_way w, uint64_t id)
{
    const struct traveller *t = (const void *)(uintptr_t)id;

    note(crossing, w == NS3_UP ? 0 : 1, t->in_ns, t);
}

/* Whoever it wakes may answer before the call has returned: so it is captured
 * at the time before. */
static void send_on(struct crossing *c, enum ns3_way w, struct traveller *t,
                    int64_t due_ns)
{
    struct road_way *way = way_of(c, w);
    struct port_packet p = {.at = t->ip, .len = t->len};
    int64_t out_ns = clock_read_ns(CLOCK_MONOTONIC);
    int n;

    while ((n = port_write(c->port[w == NS3_UP], &p, 1)) < 0 && errno == EINTR)
        continue;
    if (n != 1) {
        way->count.unsent++;
        return;
    }
    note(c, w == NS3_UP ? 1 : 0, out_ns, t);
    way->count.packets_out++;
    way->count.bytes_out += t->len;
    way->count.by_rule[LINK_DELIVERED]++;
    grade_add(&way->late, clock_read_ns(CLOCK_MONOTONIC) - due_ns);
}

static void out(void *crossing, enum ns3_way w, uint64_t id, int64_t stay_ns,
                enum link_rule rule)
{
    struct traveller *t = (void *)(uintptr_t)id;
    struct crossing *c = crossing;

    if (rule == LINK_DELIVERED)
        send_on(c, w, t, t->in_ns + stay_ns);
    else
        way_of(c, w)->count.by_rule[rule]++;
    atomic_fetch_sub(&c->inside, 1);
    free(t);
}

/* From here on packets count; what came before is nobody's. */
static void ready(void *crossing)
{
    struct crossing *c = crossing;
    struct traveller *t = traveller_new(c->port[0]->mtu + 1u);
    struct port_packet p;

    for (int i = 0; t && i < 2; i++) {
        p.at = t->ip;
        while (port_read(c->port[i], &p, 1, c->port[0]->mtu + 1u) == 1)
            continue;
        port_overflow(c->port[i]);
    }
    free(t);
    clock_sample(&c->clock);
    errno = pthread_create(&c->reader, NULL, read_ports, c);
    c->reading = errno == 0;
    if (!c->reading || write(c->control, "r", 1) != 1) {
        refuse(c, "the thread that reads");
        ns3_road_stop(c->road);
    }
}

static struct ns3_lane lane_of(const struct link_params *l)
{
    const struct link_phase *p = &l->base;

    return (struct ns3_lane){
        .delay_ns = p->delay.ns,
        .jitter_ns = p->delay.jitter_ns,
        .normal = p->delay.scatter.spread == LINK_NORMAL,
        .rate_bps = p->rate.bps,
        .loss_share =
            p->loss.model == LINK_LOSS_RANDOM ? p->loss.random.pct / 100 : 0,
        .queue_packets = l->queue.packets,
        .queue_bytes =
            l->queue.bytes < UINT32_MAX ? (uint32_t)l->queue.bytes : UINT32_MAX,
        .limit = link_limit_packets(l),
    };
}

static int open_files(struct crossing *c)
{
    const struct ferry_link *l = &c->config->links[0];
    const char *path[2] = {l->client_pcap, l->server_pcap};
    uint32_t snaplen =
        c->config->snaplen ? c->config->snaplen : CAPTURE_SNAPLEN;

    if (!path[0] && !path[1])
        return 0;
    c->desk = capture_desk_new(CAPTURE_ROOM);
    if (!c->desk)
        return refuse(c, "the thread that writes captures");
    for (int i = 0; i < 2; i++) {
        char why[CAPTURE_WHY];

        if (!path[i])
            continue;
        c->file[i] = capture_open(c->desk, path[i], snaplen, why);
        if (!c->file[i])
            return refuse(c, why);
    }
    return 0;
}

static int set_up(struct crossing *c)
{
    const struct ferry_link *l = &c->config->links[0];
    struct ns3_road_config road = {
        .lane = {lane_of(l->up), lane_of(l->down)},
        .seed = (uint32_t)(l->seed % UINT32_MAX) + 1,
        .arg = c,
        .in = in,
        .out = out,
        .ready = ready,
    };

    assert(c->config->links_count == 1);
    c->road = ns3_road_new(&road);
    if (!c->road)
        return refuse(c, "ns-3");
    return open_files(c);
}

/* What neither left nor was dropped is still on the road. */
static void count_rest(struct crossing *c, enum ns3_way w)
{
    struct ferry_way *n = &way_of(c, w)->count;
    uint64_t gone = n->unsent + n->oversized;

    for (int rule = 0; rule < LINK_RULE_COUNT; rule++)
        gone += n->by_rule[rule];
    n->discarded = n->packets_in - gone;
    n->overflow += port_overflow(c->port[w]);
}

static void finish(struct crossing *c)
{
    char why[CAPTURE_WHY];
    int64_t lost = 0;

    if (c->reading)
        pthread_join(c->reader, NULL);
    for (int w = NS3_UP; w <= NS3_DOWN; w++)
        count_rest(c, (enum ns3_way)w);
    if (c->desk)
        lost = capture_desk_close(c->desk, why);
    if (lost < 0)
        refuse(c, why);
    c->tally->capture_lost = lost > 0 ? (uint64_t)lost : 0;
    c->tally->clock_steps = c->clock.steps;
    if (c->road)
        ns3_road_free(c->road);
    c->tally->finished = true;
}

void ns3_road_carry(const struct lab *lab, const struct ferry_config *config,
                    int control, struct road_tally *tally)
{
    struct crossing c = {
        .config = config,
        .tally = tally,
        .port = {lab_port(lab, 0, LAB_CLIENT), lab_port(lab, 0, LAB_SERVER)},
        .control = control};

    clock_sample(&c.clock);
    if (set_up(&c) == 0) {
        prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
        tally->fifo = urgent_become(!config->no_fifo);
        ns3_road_run(c.road);
    }
    finish(&c);
}
