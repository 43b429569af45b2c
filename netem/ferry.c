/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's side of a ferry: starting its process, stopping it, and making
 * the report from what it left in shared memory. */
#include "netem/ferry.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netem/clock.h"
#include "netem/fds.h"
#include "netem/road.h"

#define PATIENCE_MS 30000 /* with a ferry that was told to stop */

struct ferry {
    const struct lab *lab;
    pid_t pid;
    int control;
    int grace_ms;
    struct road_tally *tally;
    size_t tally_bytes;
    unsigned long long lost[FERRY_WAYS]; /* by the devices, before it began */
    int64_t began_ns, steal_ns;
};

/* Time that the host took from this machine's CPUs: proc(5), /proc/stat. */
static int64_t read_steal_ns(void)
{
    unsigned long long steal = 0;
    FILE *f = fopen("/proc/stat", "re");

    if (!f)
        return 0;
    if (fscanf(f, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal) != 1)
        steal = 0;
    fclose(f);
    return (int64_t)steal * (1000000000 / sysconf(_SC_CLK_TCK));
}

/* A client's device loses what goes up, a server's what goes down. */
static void read_lost(const struct ferry *f, unsigned long long lost[])
{
    lost[FERRY_UP] = lost[FERRY_DOWN] = 0;
    lab_lost(f->lab, LAB_CLIENT, &lost[FERRY_UP]);
    lab_lost(f->lab, LAB_SERVER, &lost[FERRY_DOWN]);
}

static void keep_ports(const struct lab *lab, int control)
{
    size_t n = 2 * lab_links(lab) + 4;
    int *fds = calloc(n, sizeof *fds);

    if (!fds)
        return;
    for (size_t i = 0; i < lab_links(lab); i++) {
        fds[2 * i] = lab_port(lab, i, LAB_CLIENT)->fd;
        fds[2 * i + 1] = lab_port(lab, i, LAB_SERVER)->fd;
    }
    fds[n - 4] = control;
    for (int i = 0; i < 3; i++)
        fds[n - 1 - (size_t)i] = i;
    fds_keep(fds, n);
    free(fds);
}

/* In a session of its own it has a scheduling group of its own, so that load
 * beside it costs it less (sched(7), autogroup). */
static void be_ferry(const struct ferry *f, const struct ferry_config *config,
                     int control, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    setsid();
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_NAME, "ferry");
    keep_ports(f->lab, control);
    (config->engine ? config->engine : road_run)(f->lab, config, control,
                                                 f->tally);
    _exit(f->tally->error != 0);
}

static int start(struct ferry *f, const struct ferry_config *config)
{
    pid_t parent = getpid();
    int pair[2];
    char ready;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
        return -1;
    f->control = pair[0];
    f->pid = fork();
    if (f->pid == 0)
        be_ferry(f, config, pair[1], parent);
    close(pair[1]);
    if (f->pid == -1)
        return -1;
    while (recv(f->control, &ready, 1, 0) == -1 && errno == EINTR)
        ;
    return 0;
}

static struct road_tally *map_tally(struct ferry *f, size_t links)
{
    struct road_tally *t;

    f->tally_bytes = sizeof *t + links * sizeof t->way[0];
    t = mmap(NULL, f->tally_bytes, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t == MAP_FAILED)
        return NULL;
    t->links_count = links;
    return t;
}

static void wait_for(struct ferry *f, int *status, struct rusage *usage)
{
    if (f->pid <= 0)
        return;
    while (wait4(f->pid, status, 0, usage) == -1 && errno == EINTR)
        ;
}

static void free_ferry(struct ferry *f)
{
    if (f->control != -1)
        close(f->control);
    if (f->tally)
        munmap(f->tally, f->tally_bytes);
    free(f);
}

static struct ferry *refuse_start(struct ferry *f, char why[LAB_WHY])
{
    int error = errno, status = 0;
    struct rusage usage;

    snprintf(why, LAB_WHY, "ferry: %s", strerror(error));
    if (f->control != -1)
        shutdown(f->control, SHUT_RDWR);
    wait_for(f, &status, &usage);
    if (f->tally && f->tally->error) {
        error = f->tally->error;
        snprintf(why, LAB_WHY, "%s", f->tally->why);
    } else if (f->pid > 0) {
        error = ECHILD;
        snprintf(why, LAB_WHY, "ferry: it died (wait status %#x)",
                 (unsigned)status);
    }
    free_ferry(f);
    errno = error;
    return NULL;
}

struct ferry *ferry_start(struct lab *lab, const struct ferry_config *config,
                          char why[LAB_WHY])
{
    struct ferry *f = calloc(1, sizeof *f);
    struct pollfd p;

    assert(config->links_count == lab_links(lab));
    why[0] = 0;
    if (!f)
        return NULL;
    f->lab = lab;
    f->control = -1;
    f->grace_ms = (int)(config->grace_ns / 1000000);
    f->tally = map_tally(f, config->links_count);
    read_lost(f, f->lost);
    f->steal_ns = read_steal_ns();
    f->began_ns = clock_read_ns(CLOCK_MONOTONIC);
    if (!f->tally || start(f, config) == -1)
        return refuse_start(f, why);
    /* It said that it is ready and is still there, or the end of file. */
    p = (struct pollfd){.fd = f->control, .events = POLLIN};
    if (f->tally->error || poll(&p, 1, 0) == 1)
        return refuse_start(f, why);
    return f;
}

int ferry_watch(const struct ferry *f)
{
    return f->control;
}

/* One that does not listen is killed. */
static void tell_to_stop(struct ferry *f)
{
    struct pollfd p = {.fd = f->control, .events = POLLIN};
    int64_t by =
        clock_read_ns(CLOCK_MONOTONIC) / 1000000 + f->grace_ms + PATIENCE_MS;

    send(f->control, "s", 1, MSG_NOSIGNAL);
    for (;;) {
        int64_t left = by - clock_read_ns(CLOCK_MONOTONIC) / 1000000;
        if (poll(&p, 1, left > 0 ? (int)left : 0) == 1)
            return;
        if (left <= 0)
            break;
    }
    kill(f->pid, SIGKILL);
}

static void add_way(struct ferry_way *sum, const struct ferry_way *w)
{
    sum->packets_in += w->packets_in;
    sum->bytes_in += w->bytes_in;
    sum->packets_out += w->packets_out;
    sum->bytes_out += w->bytes_out;
    for (int rule = 0; rule < LINK_RULE_COUNT; rule++)
        sum->by_rule[rule] += w->by_rule[rule];
    sum->delayed += w->delayed;
    sum->duplicated += w->duplicated;
    sum->reordered += w->reordered;
    sum->corrupted += w->corrupted;
    sum->marked += w->marked;
    sum->discarded += w->discarded;
    sum->overflow += w->overflow;
    sum->unsent += w->unsent;
    sum->oversized += w->oversized;
}

static void grade(struct ferry_way *w, const struct grade *late)
{
    w->late_p50_ns = grade_quantile(late, 0.5);
    w->late_p99_ns = grade_quantile(late, 0.99);
    w->late_max_ns = late->max_ns;
}

static void sum_up(const struct ferry *f, struct ferry_report *r, int way)
{
    const struct road_tally *t = f->tally;
    struct grade *all = calloc(1, sizeof *all);

    for (size_t i = 0; i < t->links_count; i++) {
        const struct road_way *w = &t->way[i][way];
        add_way(&r->way[way], &w->count);
        if (all)
            grade_merge(all, &w->late);
        if (!r->link)
            continue;
        r->link[i][way] = w->count;
        grade(&r->link[i][way], &w->late);
    }
    if (all)
        grade(&r->way[way], all);
    free(all);
}

/* The first reason is the one to be told. */
static void spoil(struct ferry_report *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void spoil(struct ferry_report *r, const char *format, ...)
{
    va_list args;

    if (!r->valid)
        return;
    r->valid = false;
    va_start(args, format);
    vsnprintf(r->why, sizeof r->why, format, args);
    va_end(args);
}

/* Every packet that came in, and every copy made of one, must be accounted
 * for by name. */
static void check_way(struct ferry_report *r, int way)
{
    const struct ferry_way *w = &r->way[way];
    const char *name = way == FERRY_UP ? "up" : "down";
    unsigned long long in = w->packets_in + w->duplicated, out;

    out = w->unsent + w->oversized + w->discarded;
    for (int rule = 0; rule < LINK_RULE_COUNT; rule++)
        out += w->by_rule[rule];
    if (in != out)
        spoil(r,
              "the road %s took in %llu packets (copies included) but can "
              "account for %llu",
              name, in, out);
    if (w->overflow)
        spoil(r, "%llu packets %s were lost before the road could read them",
              (unsigned long long)w->overflow, name);
    if (w->unsent)
        spoil(r, "the kernel did not take %llu packets %s from the road",
              (unsigned long long)w->unsent, name);
    if (w->oversized)
        spoil(r, "%llu packets %s were larger than the MTU: an offload is on",
              (unsigned long long)w->oversized, name);
}

static void judge(const struct ferry *f, struct ferry_report *r, int status)
{
    r->valid = true;
    r->failed = r->died || f->tally->error;
    if (r->died)
        spoil(r, "the ferry died (wait status %#x)", (unsigned)status);
    if (f->tally->error)
        spoil(r, "%s", f->tally->why);
    check_way(r, FERRY_UP);
    check_way(r, FERRY_DOWN);
    if (r->capture_lost)
        spoil(r, "%llu packets are missing in the capture files",
              (unsigned long long)r->capture_lost);
    if (r->clock_steps)
        spoil(r, "the clock was set %llu times",
              (unsigned long long)r->clock_steps);
}

static int64_t cpu_ns(const struct rusage *u)
{
    return (u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1000000000LL +
           (u->ru_utime.tv_usec + u->ru_stime.tv_usec) * 1000LL;
}

void ferry_stop(struct ferry *f, struct ferry_report *r)
{
    struct rusage usage = {0};
    unsigned long long lost[FERRY_WAYS];
    int status = 0;

    *r = (struct ferry_report){.links_count = f->tally->links_count};
    tell_to_stop(f);
    wait_for(f, &status, &usage);
    r->died = !f->tally->finished;
    r->fifo = f->tally->fifo;
    r->capture_lost = f->tally->capture_lost;
    r->clock_steps = f->tally->clock_steps;
    r->wall_ns = clock_read_ns(CLOCK_MONOTONIC) - f->began_ns;
    r->cpu_ns = cpu_ns(&usage);
    r->steal_ns = read_steal_ns() - f->steal_ns;
    r->link = calloc(r->links_count, sizeof *r->link);
    read_lost(f, lost);
    for (int way = 0; way < FERRY_WAYS; way++) {
        sum_up(f, r, way);
        r->way[way].overflow += lost[way] - f->lost[way];
    }
    judge(f, r, status);
    free_ferry(f);
}

void ferry_report_release(struct ferry_report *r)
{
    free(r->link);
    r->link = NULL;
    r->links_count = 0;
}
