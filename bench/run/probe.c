/* SPDX-License-Identifier: BSD-2-Clause */
/* One probe, in a process that can be given up. */
#include "bench/run/probe.h"

#include <dirent.h>
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 60
#define DEBRIS_MS 500 /* for what a probe leaves behind, all of it killed */

int probe_refuse(struct probe_outcome *o, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(o->why, sizeof o->why, format, arguments);
    va_end(arguments);
    return -1;
}

void probe_figure(struct probe_outcome *o, const char *name, double value)
{
    if (o->count == PROBE_FIGURES)
        abort();
    snprintf(o->figure[o->count].name, sizeof o->figure[0].name, "%s", name);
    o->figure[o->count++].value = value;
}

/* A session of its own keeps what probes do apart from the ferry, which has
 * one too: they are not of one scheduling group (sched(7), autogroup). */
static void be_probe(const struct probe *p, struct probe_outcome *o,
                     pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    setsid();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_DFL);
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    alarm(PATIENCE_S);
    o->done = p->run(p, o) == 0;
    _exit(0);
}

static void do_shared(const struct probe *p, struct probe_outcome *o)
{
    pid_t parent = getpid(), pid = fork();
    int status = 0;

    if (pid == 0)
        be_probe(p, o, parent);
    if (pid == -1) {
        probe_refuse(o, "fork: %s", strerror(errno));
        return;
    }
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
        ;
    if (WIFSIGNALED(status)) {
        o->done = false;
        probe_refuse(o, "%s",
                     WTERMSIG(status) == SIGALRM ? "it took too long"
                                                 : "it was killed");
    }
}

/* What was left to others of this machine's CPUs: proc(5), /proc/stat, in
 * ticks; and what was ours, so that we know what others' work took. */
struct usage {
    double stolen, busy, all; /* ticks */
    double ours_s;            /* of processes that were waited for */
};

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* proc(5): a kernel thread is a child of the second process; and the first
 * word of its schedstat is what it has run. */
static double thread_s(const char *pid)
{
    char path[300];
    unsigned long long ns = 0;
    int parent = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    f = fopen(path, "re");
    if (f && fscanf(f, "%*d (%*[^)]) %*c %d", &parent) != 1)
        parent = 0;
    if (f)
        fclose(f);
    if (parent != 2)
        return 0;
    snprintf(path, sizeof path, "/proc/%s/schedstat", pid);
    f = fopen(path, "re");
    if (f && fscanf(f, "%llu", &ns) != 1)
        ns = 0;
    if (f)
        fclose(f);
    return (double)ns / 1e9;
}

/* Packets that come fast are carried by ksoftirqd, and namespaces that go are
 * cleared away by a kworker: such work is the probes'. */
static double kernel_threads_s(void)
{
    DIR *proc = opendir("/proc");
    double sum = 0;

    if (!proc)
        return 0;
    for (const struct dirent *e; (e = readdir(proc));)
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
            sum += thread_s(e->d_name);
    closedir(proc);
    return sum;
}

static struct usage read_usage(void)
{
    double t[8];
    struct usage u = {0};
    struct rusage children;
    FILE *f = fopen("/proc/stat", "re");

    if (!f)
        return u;
    if (fscanf(f, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2],
               &t[3], &t[4], &t[5], &t[6], &t[7]) == 8) {
        for (int i = 0; i < 8; i++)
            u.all += t[i];
        u.stolen = t[7];
        u.busy = t[0] + t[1] + t[2] + t[5] + t[6];
    }
    fclose(f);
    if (getrusage(RUSAGE_CHILDREN, &children) == 0)
        u.ours_s = seconds(children.ru_utime) + seconds(children.ru_stime);
    u.ours_s += kernel_threads_s();
    return u;
}

/* Descendants that lost their parent are ours, for their work is counted only
 * when somebody waits for them; nor shall they disturb the next probe. */
static void await_debris(void)
{
    const struct timespec nap = {0, 1000000};

    for (int ms = 0; ms < DEBRIS_MS; ms++) {
        pid_t pid;
        while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
            ;
        if (pid == -1)
            return;
        nanosleep(&nap, NULL);
    }
}

static void tell_disturbance(struct probe_outcome *o, const struct usage *from)
{
    struct usage to = read_usage();
    double all = to.all - from->all;
    double ours = (to.ours_s - from->ours_s) * (double)sysconf(_SC_CLK_TCK);
    double foreign = to.busy - from->busy - ours;

    if (o->skipped || all <= 0)
        return;
    o->steal_pct = 100 * (to.stolen - from->stolen) / all;
    o->foreign_pct = foreign > 0 ? 100 * foreign / all : 0;
    o->disturbed =
        o->steal_pct > PROBE_STEAL_PCT || o->foreign_pct > PROBE_FOREIGN_PCT;
}

void probe_do(const struct probe *p, struct probe_outcome *outcome)
{
    struct probe_outcome *o = mmap(NULL, sizeof *o, PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct usage from;

    *outcome = (struct probe_outcome){0};
    if (o == MAP_FAILED) {
        probe_refuse(outcome, "shared memory: %s", strerror(errno));
        return;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL);
    await_debris();
    from = read_usage();
    do_shared(p, o);
    await_debris();
    *outcome = *o;
    munmap(o, sizeof *o);
    tell_disturbance(outcome, &from);
}
