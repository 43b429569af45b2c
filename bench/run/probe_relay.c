/* SPDX-License-Identifier: BSD-2-Clause */
/* A process that hands packets from port to port and does nothing else: what
 * the kernel's part of a road costs, which no road can be better than. */
#include "bench/run/probe_site.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MTU 1500
#define ROOM (MTU + 100)

struct relay_tally {
    uint64_t in, out;
};

static void hand_over(const struct port *from, const struct port *to,
                      struct relay_tally *t)
{
    static uint8_t slot[PORT_BATCH][PORT_ROOM + 2 + ROOM];
    struct port_packet p[PORT_BATCH];
    int n, kept = 0;

    do {
        for (int i = 0; i < PORT_BATCH; i++)
            p[i].at = slot[i] + PORT_ROOM + 2;
        n = port_read(from, p, PORT_BATCH, ROOM);
        kept = 0;
        for (int i = 0; i < n; i++)
            if (p[i].len > 0 && p[i].len <= MTU)
                p[kept++] = p[i];
        t->in += (uint64_t)kept;
        if (kept > 0 && (kept = port_write(to, p, kept)) > 0)
            t->out += (uint64_t)kept;
    } while (n == PORT_BATCH);
}

static void be_relay(const struct lab *lab, struct relay_tally *t)
{
    const struct port *port[2] = {lab_port(lab, 0, LAB_CLIENT),
                                  lab_port(lab, 0, LAB_SERVER)};
    struct pollfd wait_for[2] = {{.fd = port[0]->fd, .events = POLLIN},
                                 {.fd = port[1]->fd, .events = POLLIN}};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    for (;;) {
        poll(wait_for, 2, -1);
        for (int i = 0; i < 2; i++)
            if (wait_for[i].revents & POLLIN)
                hand_over(port[i], port[!i], &t[i]);
    }
}

int probe_relay_open(struct probe_site *s, struct probe_outcome *o)
{
    s->relayed = mmap(NULL, 2 * sizeof *s->relayed, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s->relayed == MAP_FAILED) {
        s->relayed = NULL;
        return probe_refuse(o, "shared memory: %s", strerror(errno));
    }
    s->relay = fork();
    if (s->relay == 0)
        be_relay(s->lab, s->relayed);
    return s->relay > 0 ? 0 : probe_refuse(o, "fork: %s", strerror(errno));
}

static int64_t to_ns(struct timeval t)
{
    return t.tv_sec * 1000000000LL + t.tv_usec * 1000LL;
}

void probe_relay_close(struct probe_site *s, struct ferry_report *r)
{
    struct rusage usage = {0};

    if (s->relay <= 0)
        return;
    kill(s->relay, SIGKILL);
    while (wait4(s->relay, NULL, 0, &usage) == -1 && errno == EINTR)
        ;
    s->relay = 0;
    if (r) {
        *r = (struct ferry_report){.valid = true};
        r->cpu_ns = to_ns(usage.ru_utime) + to_ns(usage.ru_stime);
        r->way[FERRY_UP].packets_in = s->relayed->in;
        r->way[FERRY_UP].packets_out = s->relayed->out;
    }
    munmap(s->relayed, 2 * sizeof *s->relayed);
}
