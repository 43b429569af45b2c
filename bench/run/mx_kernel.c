/* SPDX-License-Identifier: BSD-2-Clause */
/* A topology in the kernel world: a lab with a link for each address and one
 * for the resolver, a ferry over all of them, a process for all hosts and one
 * for the client. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/host.h"
#include "bench/run/mx_inner.h"
#include "netem/lab.h"

enum { PLACES = TOPOLOGY_HOSTS * MX_ADDRESSES + 1, TEXT = 48 };

#define RATE_BPS UINT64_C(100000000) /* of a road that has none: 100mbit */

struct shared { /* by the processes of a run */
    struct mx_tally tally;
    size_t taken;
    int64_t server_late_ns;
    int client_errno, server_errno;
};

struct mx_run {
    struct machine machine; /* between the dispatch and the world */
    struct mx_play *play;
    struct shared *shared;
    struct lab *lab;
    struct ferry *ferry;
    int64_t now_ns;
    pid_t server, client;
    int64_t before_ns; /* each side's own: waited for a processor */
    size_t places;
    struct mx_place {
        struct link_params up, down; /* what they hold is the topology's */
        char client[TEXT], server[TEXT];
    } place[PLACES];
    struct lab_link link[PLACES];
    struct ferry_link road[PLACES];
};

/* --- the road ------------------------------------------------------------ */

static bool drop_all(void *arg, enum ferry_direction way, const uint8_t *ip,
                     size_t len)
{
    (void)arg, (void)way, (void)ip, (void)len;
    return true;
}

static void print_address(char text[TEXT], const struct endpoint *e)
{
    const uint8_t *b = e->ip;
    size_t len = 0;

    if (e->family == 4) {
        snprintf(text, TEXT, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
        return;
    }
    for (int i = 0; i < 16; i += 2)
        len += (size_t)snprintf(text + len, TEXT - len, "%s%x", i ? ":" : "",
                                b[i] << 8 | b[i + 1]);
}

/* The client's ends are 198.51.100.0/24 and up (RFC 5737), and 2001:db8:c::/48
 * (RFC 3849), one for each link. */
static void add_place(struct mx_run *r, const struct endpoint *at,
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
        snprintf(p->client, TEXT, "198.51.%zu.%zu", 100 + (i + 1) / 250,
                 (i + 1) % 250 + 1);
        client->ip4 = p->client;
        server->ip4 = p->server;
    } else {
        snprintf(p->client, TEXT, "2001:db8:c::%zx", i + 1);
        client->ip6 = p->client;
        server->ip6 = p->server;
    }
    r->road[i] = (struct ferry_link){.up = &p->up,
                                     .down = &p->down,
                                     .seed = r->play->part->seed + i,
                                     .drop = silent ? drop_all : NULL};
}

static void add_places(struct mx_run *r)
{
    const struct topology *t = r->play->part->topology;

    add_place(r, &t->dns_at, &t->dns_road, false);
    for (size_t i = 0; i < t->hosts; i++)
        for (size_t k = 0; k < t->host[i].address_count; k++)
            add_place(r, &t->host[i].address[k], &t->host[i].road,
                      t->host[i].state == HOST_SILENT);
}

static int make_road(struct mx_run *r, char why[MX_WHY])
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

/* --- the processes ------------------------------------------------------- */

static pid_t fork_bound(void)
{
    const struct sched_param priority = {.sched_priority = 1};
    pid_t parent = getpid(), child = fork();

    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid(); /* a scheduling group of its own, as in bench/run/kernel */
    prctl(PR_SET_TIMERSLACK, 1UL);
    sched_setscheduler(0, SCHED_FIFO, &priority);
    signal(SIGINT, SIG_DFL);
    if (getppid() != parent)
        _exit(1);
    return 0;
}

/* How long this process has had to wait for a processor although it could
 * run; 0 where the kernel does not tell. */
static int64_t waited_ns(void)
{
    unsigned long long ran, waited = 0;
    FILE *f = fopen("/proc/self/schedstat", "re");

    if (f && fscanf(f, "%llu %llu", &ran, &waited) != 2)
        waited = 0;
    if (f)
        fclose(f);
    return (int64_t)waited;
}

static void gone(void *door, struct machine *m)
{
    struct mx_door *d = door;
    struct mx_run *r = d->run;

    mx_gone(door, m);
    r->shared->taken = r->play->taken;
    r->shared->server_late_ns = waited_ns() - r->before_ns;
}

static int listen_all(struct mx_run *r, struct host *h)
{
    const struct topology *t = r->play->part->topology;
    struct host_acceptor dns = {r->play, mx_accept_dns, mx_gone_dns};
    struct endpoint at = t->dns_at;

    if (host_datagrams(h, at, &r->play->zone.machine) < 0 ||
        host_listen(h, &at, &dns) < 0)
        return -1;
    for (size_t i = 0; i < t->hosts; i++) {
        struct host_acceptor door = {&r->play->door[i], mx_accept, gone};

        r->play->door[i].run = r;
        for (size_t k = 0; k < t->host[i].address_count; k++) {
            at = t->host[i].address[k];
            if (t->host[i].state == HOST_UP && host_listen(h, &at, &door) < 0)
                return -1;
        }
    }
    return 0;
}

static void serve(struct mx_run *r, int ready)
{
    struct host *h = NULL;

    if (lab_enter(r->lab, LAB_SERVER) == 0 && (h = host_new()) &&
        listen_all(r, h) == 0 && write(ready, "!", 1) == 1) {
        r->before_ns = waited_ns();
        host_run(h, NEVER_NS);
    }
    r->shared->server_errno = errno;
    _exit(1);
}

static size_t run_tell(struct machine *m, const struct told *t)
{
    struct mx_run *r = (struct mx_run *)m;

    r->now_ns = t->now_ns;
    return machine_tell(&r->play->dispatch.machine, t);
}

static struct ask run_ask(struct machine *m)
{
    struct mx_run *r = (struct mx_run *)m;
    struct ask a = machine_ask(&r->play->dispatch.machine);

    if (a.kind == ASK_OPEN)
        mx_note_step(r->play, a.peer, r->now_ns);
    return a;
}

static void dispatch(struct mx_run *r)
{
    struct host *h = NULL;

    r->machine = (struct machine){run_tell, run_ask};
    r->before_ns = waited_ns();
    if (lab_enter(r->lab, LAB_CLIENT) == 0 && (h = host_new()) &&
        host_start(h, &r->machine, NULL, NULL) == 0 &&
        host_run(h, NEVER_NS) == 0) {
        mx_sum_up(r->play, &r->shared->tally);
        r->shared->tally.sides_late_ns = waited_ns() - r->before_ns;
        _exit(0);
    }
    r->shared->client_errno = errno;
    _exit(1);
}

static int start_server(struct mx_run *r, char why[MX_WHY])
{
    int ready[2];
    char word;
    ssize_t n;

    if (pipe(ready) < 0 || (r->server = fork_bound()) < 0) {
        snprintf(why, MX_WHY, "server process: %s", strerror(errno));
        return -1;
    }
    if (r->server == 0)
        serve(r, ready[1]);
    close(ready[1]);
    n = read(ready[0], &word, 1);
    close(ready[0]);
    if (n == 1)
        return 0;
    snprintf(why, MX_WHY, "the hosts could not listen: %s",
             strerror(r->shared->server_errno));
    return -1;
}

static int run_client(struct mx_run *r, char why[MX_WHY])
{
    r->client = fork_bound();
    if (r->client == 0)
        dispatch(r);
    if (r->client < 0) {
        snprintf(why, MX_WHY, "client process: %s", strerror(errno));
        return -1;
    }
    while (waitpid(r->client, NULL, 0) < 0 && errno == EINTR)
        continue;
    r->client = 0;
    if (r->shared->tally.done)
        return 0;
    snprintf(why, MX_WHY, "the client ended early: %s",
             strerror(r->shared->client_errno));
    return -1;
}

static void end_process(pid_t *child)
{
    if (*child <= 0)
        return;
    kill(*child, SIGKILL);
    while (waitpid(*child, NULL, 0) < 0 && errno == EINTR)
        continue;
    *child = 0;
}

/* --- all of it ----------------------------------------------------------- */

static int prepare(struct mx_run *r, const struct mx_part *part,
                   char why[MX_WHY])
{
    r->play = mx_play_new(part);
    r->shared = mmap(NULL, sizeof *r->shared, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (r->shared == MAP_FAILED)
        r->shared = NULL;
    if (!r->play || !r->shared) {
        snprintf(why, MX_WHY, "memory: %s", strerror(errno));
        return -1;
    }
    r->play->sending.attempts = 1; /* the next would be half an hour later */
    add_places(r);
    return 0;
}

int mx_kernel(const struct mx_part *part, struct mx_tally *tally,
              struct ferry_report *road, char why[MX_WHY])
{
    struct mx_run *r = calloc(1, sizeof *r);
    int result = -1;

    *road = (struct ferry_report){0};
    if (!r) {
        snprintf(why, MX_WHY, "memory: %s", strerror(errno));
        return -1;
    }
    if (prepare(r, part, why) == 0 && make_road(r, why) == 0 &&
        start_server(r, why) == 0)
        result = run_client(r, why);
    end_process(&r->client);
    if (r->ferry)
        ferry_stop(r->ferry, road);
    end_process(&r->server);
    if (result == 0) {
        *tally = r->shared->tally;
        tally->taken = r->shared->taken;
        tally->sides_late_ns += r->shared->server_late_ns;
    } else {
        ferry_report_release(road);
    }
    lab_free(r->lab);
    if (r->shared)
        munmap(r->shared, sizeof *r->shared);
    mx_play_free(r->play);
    free(r);
    return result;
}
