/* SPDX-License-Identifier: BSD-2-Clause */
/* The probes that open TCP connections: how much goes through, how long a
 * connection and a transfer take, and whether twenty of them at once take the
 * same time as one alone. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/probe_site.h"
#include "bench/tell/stats.h"
#include "netem/clock.h"

enum { PORT = 9, CHUNK = 1 << 20, TRANSFERS_MAX = 64 };

/* At first TCP fills whatever queues there are, and pays for it. */
#define BULK_WARM_NS 1000000000
#define BULK_NS 1000000000
#define ANSWER_S 5

static struct sockaddr_in place(struct in_addr ip)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr = ip};
}

static void give(int fd, size_t bytes)
{
    static char chunk[CHUNK];

    while (bytes > 0) {
        ssize_t n = send(fd, chunk, bytes < CHUNK ? bytes : CHUNK, 0);
        if (n <= 0)
            break;
        bytes -= (size_t)n;
    }
    close(fd);
}

static void be_server(struct probe_site *site, size_t bytes, int ready)
{
    struct sockaddr_in any = place((struct in_addr){0});
    int listener, yes = 1;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (probe_site_enter(site, LAB_SERVER) == -1)
        _exit(1);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&any, sizeof any) == -1 ||
        listen(listener, 8) == -1 || write(ready, "r", 1) != 1)
        _exit(1);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd != -1)
            give(fd, bytes);
    }
}

static pid_t start_server(struct probe_site *site, size_t bytes)
{
    int ready[2];
    char c;
    pid_t pid;

    if (pipe(ready) == -1)
        return -1;
    pid = fork();
    if (pid == 0)
        be_server(site, bytes, ready[1]);
    close(ready[1]);
    if (read(ready[0], &c, 1) != 1)
        errno = ECONNREFUSED;
    close(ready[0]);
    return pid;
}

static void stop_server(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
        ;
}

static int call(const struct probe_site *site)
{
    struct sockaddr_in to = place(site->server);
    struct timeval patience = {ANSWER_S, 0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd == -1)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

/* MSG_TRUNC throws away what was received (tcp(7)): it need not be copied. */
static ssize_t receive(int fd)
{
    return recv(fd, NULL, CHUNK, MSG_TRUNC);
}

static int pull(const struct probe_site *site, struct probe_outcome *o)
{
    int fd = call(site);
    int64_t from = clock_read_ns(CLOCK_MONOTONIC) + BULK_WARM_NS, now = from;
    uint64_t bytes = 0;
    ssize_t n = 1;

    if (fd == -1)
        return probe_refuse(o, "connect: %s", strerror(errno));
    while (n > 0 && now < from + BULK_NS) {
        n = receive(fd);
        now = clock_read_ns(CLOCK_MONOTONIC);
        if (now > from)
            bytes += n > 0 ? (uint64_t)n : 0;
    }
    close(fd);
    if (n <= 0)
        return probe_refuse(o, "the stream ended: %s", strerror(errno));
    probe_figure(o, "gbps", (double)bytes * 8 / (double)(now - from));
    return 0;
}

/* Both ways, for acknowledgements are packets too. */
static void tell_bulk(const struct ferry_report *r, struct probe_outcome *o)
{
    double packets = (double)r->way[FERRY_UP].packets_out +
                     (double)r->way[FERRY_DOWN].packets_out;
    double lost =
        (double)r->way[FERRY_UP].overflow + (double)r->way[FERRY_DOWN].overflow;

    if (packets > 0)
        probe_figure(o, "cpu_us", (double)r->cpu_ns / 1e3 / packets);
    probe_figure(o, "lost", lost);
}

int probe_bulk(const struct probe *p, struct probe_outcome *o)
{
    struct ferry_report r = {.valid = true};
    struct probe_site site;
    int result = probe_site_open(&site, p, o);
    pid_t server = 0;

    if (result == 0) {
        server = start_server(&site, SIZE_MAX);
        result = probe_site_enter(&site, LAB_CLIENT);
    }
    if (result == 0)
        result = pull(&site, o);
    stop_server(server);
    probe_site_close(&site, &r);
    if (result == 0)
        tell_bulk(&r, o);
    ferry_report_release(&r);
    return result;
}

struct transfers { /* of one experiment, shared with who asked for it */
    unsigned done;
    double connect_ms[TRANSFERS_MAX], whole_ms[TRANSFERS_MAX];
    struct probe_outcome outcome;
};

static int transfer(const struct probe_site *site, struct transfers *t,
                    size_t bytes)
{
    int64_t from = clock_read_ns(CLOCK_MONOTONIC), to;
    int fd = call(site);
    ssize_t n = 1;

    if (fd == -1)
        return probe_refuse(&t->outcome, "connect: %s", strerror(errno));
    to = clock_read_ns(CLOCK_MONOTONIC);
    t->connect_ms[t->done] = (double)(to - from) / 1e6;
    for (size_t left = bytes; left > 0 && n > 0; left -= (size_t)n)
        n = receive(fd);
    to = clock_read_ns(CLOCK_MONOTONIC);
    close(fd);
    if (n <= 0)
        return probe_refuse(&t->outcome, "the stream ended: %s",
                            strerror(errno));
    t->whole_ms[t->done++] = (double)(to - from) / 1e6;
    return 0;
}

/* One experiment. The first transfer finds everything cold and is left out.
 * `start` holds it back until the others are ready too. */
static int experiment(const struct probe *p, struct transfers *t, int ready,
                      int start)
{
    struct probe_site site;
    int result = probe_site_open(&site, p, &t->outcome);
    pid_t server = 0;
    char c;

    if (result == 0) {
        server = start_server(&site, p->bytes);
        result = probe_site_enter(&site, LAB_CLIENT);
    }
    if (result == 0)
        result = transfer(&site, t, p->bytes);
    t->done = 0;
    if (write(ready, "r", 1) != 1 || read(start, &c, 1) < 0)
        result = -1;
    for (unsigned i = 0; i < p->count && result == 0; i++)
        result = transfer(&site, t, p->bytes);
    stop_server(server);
    probe_site_close(&site, NULL);
    return result;
}

static void be_experiment(const struct probe *p, struct transfers *t,
                          int ready[2], int start[2])
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    close(ready[0]);
    close(start[1]); /* its end is the signal to start */
    _exit(experiment(p, t, ready[1], start[0]) != 0);
}

/* All at once; returns how many went well. */
static unsigned experiments(const struct probe *p, struct transfers *t,
                            unsigned n)
{
    int ready[2], start[2], status;
    unsigned good = 0;
    char c;

    if (pipe(ready) == -1 || pipe(start) == -1)
        return 0;
    for (unsigned i = 0; i < n; i++)
        if (fork() == 0)
            be_experiment(p, &t[i], ready, start);
    close(ready[1]);
    for (unsigned i = 0; i < n && read(ready[0], &c, 1) == 1; i++)
        ;
    close(start[1]);
    while (wait(&status) > 0)
        good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
    close(ready[0]);
    close(start[0]);
    return good;
}

/* Deviations are from the median of the experiment, that is, of the link. */
static double deviation_pct(const struct transfers *t, unsigned n)
{
    double sum = 0;
    unsigned count = 0;

    for (unsigned i = 0; i < n; i++) {
        double copy[TRANSFERS_MAX], middle;
        memcpy(copy, t[i].whole_ms, sizeof copy);
        middle = samples_median(copy, t[i].done);
        for (unsigned k = 0; k < t[i].done; k++, count++) {
            double off = 100 * (t[i].whole_ms[k] / middle - 1);
            sum += off * off;
        }
    }
    return count > n ? sqrt(sum / (count - n)) : NAN;
}

static void tell_transfers(struct transfers *t, unsigned n,
                           struct probe_outcome *o)
{
    double deviation = deviation_pct(t, n), low, high;
    double *middle = calloc(n, sizeof *middle);
    double *connect = calloc(n, sizeof *connect);

    if (!middle || !connect)
        abort();
    for (unsigned i = 0; i < n; i++) {
        connect[i] = samples_median(t[i].connect_ms, t[i].done);
        middle[i] = samples_median(t[i].whole_ms, t[i].done);
    }
    probe_figure(o, "connect_ms", samples_median(connect, n));
    probe_figure(o, "median_ms", samples_median(middle, n));
    low = middle[0]; /* sorted by now */
    high = middle[n - 1];
    probe_figure(o, "least_ms", low);
    probe_figure(o, "most_ms", high);
    probe_figure(o, "sd_pct", deviation);
    free(middle);
    free(connect);
}

int probe_transfers(const struct probe *p, struct probe_outcome *o)
{
    unsigned n = p->parallel ? p->parallel : 1, good;
    size_t size = n * sizeof(struct transfers);
    struct transfers *t = mmap(NULL, size, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int result = 0;

    if (t == MAP_FAILED)
        return probe_refuse(o, "shared memory: %s", strerror(errno));
    good = experiments(p, t, n);
    for (unsigned i = 0; i < n && good < n; i++)
        if (t[i].outcome.why[0])
            *o = t[i].outcome;
    if (good < n)
        result = o->why[0] ? -1 : probe_refuse(o, "an experiment died");
    else
        tell_transfers(t, n, o);
    munmap(t, size);
    return result;
}

static double since_ms(int64_t from_ns)
{
    return (double)(clock_read_ns(CLOCK_MONOTONIC) - from_ns) / 1e6;
}

int probe_labs(const struct probe *p, struct probe_outcome *o)
{
    static const struct lab_link link = {
        {NULL, "192.0.2.1", NULL}, {NULL, "198.51.100.1", NULL}, 0};
    double made[TRANSFERS_MAX], unmade[TRANSFERS_MAX], both[TRANSFERS_MAX];
    struct lab_config c = lab_config_default();
    char why[LAB_WHY];

    c.port = p->road == PROBE_TUN ? PORT_TUN : PORT_VETH;
    c.links = &link;
    c.links_count = 1;
    for (unsigned i = 0; i < p->count; i++) {
        int64_t from = clock_read_ns(CLOCK_MONOTONIC);
        struct lab *lab = lab_new(&c, why);
        if (!lab) {
            o->skipped = errno == EPERM || errno == EACCES || errno == ENOENT;
            return probe_refuse(o, "%s", why);
        }
        made[i] = since_ms(from);
        lab_free(lab);
        both[i] = since_ms(from);
        unmade[i] = both[i] - made[i];
    }
    probe_figure(o, "made_ms", samples_median(made, p->count));
    probe_figure(o, "unmade_ms", samples_median(unmade, p->count));
    probe_figure(o, "both_ms", samples_median(both, p->count));
    return 0;
}
