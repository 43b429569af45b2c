/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/run/probe_shots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netem/clock.h"

enum { PORT = 9, BATCH = 64, HEADS = 28, BUFFER = 32 << 20, BYTES_MAX = 1472 };

/* How often a volley looks for arrivals: its socket must hold so many. */
#define COLLECT_NS 4000000

static void enlarge(int fd)
{
    int bytes = BUFFER;

    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes))
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

static int open_in(struct shots *s, struct probe_site *site)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int yes = 1;

    if (probe_site_enter(site, LAB_SERVER) == -1)
        return -1;
    s->in = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->in == -1)
        return -1;
    enlarge(s->in);
    if (setsockopt(s->in, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes) == -1)
        return -1;
    return bind(s->in, (struct sockaddr *)&any, sizeof any);
}

static int open_out(struct shots *s, struct probe_site *site)
{
    if (probe_site_enter(site, LAB_CLIENT) == -1)
        return -1;
    s->out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s->out != -1)
        enlarge(s->out);
    return s->out == -1 ? -1 : 0;
}

int shots_open(struct shots *s, struct probe_site *site, const struct probe *p,
               struct probe_outcome *o)
{
    unsigned burst = p->burst ? p->burst : 1;

    *s = (struct shots){.out = -1, .in = -1, .links = site->links};
    s->bytes = (p->bytes ? p->bytes : 100) - HEADS;
    s->room = (size_t)p->count * burst;
    s->at = calloc(s->room, sizeof *s->at);
    s->to = calloc(s->links, sizeof *s->to);
    if (!s->at || !s->to)
        abort();
    memset(s->at, 0, s->room * sizeof *s->at);
    for (unsigned i = 0; i < s->links; i++)
        s->to[i] = (struct sockaddr_in){.sin_family = AF_INET,
                                        .sin_port = htons(PORT),
                                        .sin_addr = probe_site_server(site, i)};
    if (open_in(s, site) == 0 && open_out(s, site) == 0)
        return 0;
    return probe_refuse(o, "sockets: %s", strerror(errno));
}

void shots_close(struct shots *s)
{
    if (s->in != -1)
        close(s->in);
    if (s->out != -1)
        close(s->out);
    free(s->at);
    free(s->to);
}

static void fire_one(struct shots *s)
{
    static uint64_t payload[BYTES_MAX / 8];
    struct sockaddr_in *to = &s->to[s->sent % s->links];
    struct shot *shot = &s->at[s->sent];

    payload[0] = s->sent++;
    shot->sent_ns = clock_read_ns(CLOCK_REALTIME);
    sendto(s->out, payload, s->bytes, 0, (struct sockaddr *)to, sizeof *to);
    shot->took_ns = clock_read_ns(CLOCK_REALTIME) - shot->sent_ns;
}

static void fire_many(struct shots *s, unsigned n)
{
    static uint64_t payload[BATCH][BYTES_MAX / 8];
    struct mmsghdr m[BATCH];
    struct iovec v[BATCH];
    int64_t now = clock_read_ns(CLOCK_REALTIME);

    for (unsigned i = 0; i < n; i++) {
        payload[i][0] = s->sent;
        s->at[s->sent].sent_ns = now;
        v[i] = (struct iovec){payload[i], s->bytes};
        m[i].msg_hdr = (struct msghdr){.msg_name = &s->to[s->sent++ % s->links],
                                       .msg_namelen = sizeof *s->to,
                                       .msg_iov = &v[i],
                                       .msg_iovlen = 1};
    }
    sendmmsg(s->out, m, n, 0);
    now = clock_read_ns(CLOCK_REALTIME) - now;
    for (unsigned i = 1; i <= n; i++)
        s->at[s->sent - i].took_ns = now;
}

void shots_fire(struct shots *s, unsigned count)
{
    while (count > 0) {
        unsigned n = count < BATCH ? count : BATCH;
        if (n == 1)
            fire_one(s);
        else
            fire_many(s, n);
        count -= n;
    }
}

static int64_t stamp_of(struct msghdr *m)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    struct timespec t;

    if (!c || c->cmsg_type != SCM_TIMESTAMPNS)
        return 0;
    memcpy(&t, CMSG_DATA(c), sizeof t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int collect_batch(struct shots *s)
{
    uint64_t number[BATCH];
    _Alignas(struct cmsghdr) char stamp[BATCH][64];
    struct mmsghdr m[BATCH];
    struct iovec v[BATCH];
    int n;

    for (int i = 0; i < BATCH; i++) {
        v[i] = (struct iovec){&number[i], sizeof number[i]};
        m[i].msg_hdr = (struct msghdr){.msg_iov = &v[i],
                                       .msg_iovlen = 1,
                                       .msg_control = stamp[i],
                                       .msg_controllen = sizeof stamp[i]};
    }
    n = recvmmsg(s->in, m, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++) {
        s->last_ns = stamp_of(&m[i].msg_hdr);
        if (s->came++ == 0)
            s->first_ns = s->last_ns;
        if (number[i] < s->sent)
            s->at[number[i]].came_ns = s->last_ns;
    }
    return n;
}

void shots_collect(struct shots *s)
{
    while (collect_batch(s) == BATCH)
        ;
}

static void sleep_until(int64_t ns)
{
    struct timespec t = {ns / 1000000000, ns % 1000000000};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

void shots_await(struct shots *s, int64_t ns)
{
    int64_t until = clock_read_ns(CLOCK_MONOTONIC) + ns;

    while (s->came < s->sent && clock_read_ns(CLOCK_MONOTONIC) < until) {
        sleep_until(clock_read_ns(CLOCK_MONOTONIC) + COLLECT_NS);
        shots_collect(s);
    }
}

/* Without the scatter of a quarter of the gap, what is sent and what is due
 * would always meet, the delay being a multiple of the gap. */
void shots_volley(struct shots *s, const struct probe *p)
{
    int64_t at = clock_read_ns(CLOCK_MONOTONIC), collected = at;
    uint64_t chance = 1;

    for (unsigned i = 0; i < p->count; i++) {
        chance = chance * 6364136223846793005u + 1442695040888963407u;
        at += p->gap_ns;
        sleep_until(at + (int64_t)(chance >> 33) % (p->gap_ns / 4 + 1));
        shots_fire(s, p->burst ? p->burst : 1);
        if (at - collected < COLLECT_NS)
            continue;
        shots_collect(s);
        collected = at;
    }
}
