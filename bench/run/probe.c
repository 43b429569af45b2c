/* SPDX-License-Identifier: BSD-2-Clause */
/* One probe, in a process that can be given up. */
#include "bench/run/probe.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 60

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

/* What the host took from this machine's CPUs, and all that they had: proc(5),
 * /proc/stat, in ticks. */
struct ticks {
    double stolen, all;
};

static struct ticks read_ticks(void)
{
    double t[8];
    struct ticks sum = {0};
    FILE *f = fopen("/proc/stat", "re");

    if (!f)
        return sum;
    if (fscanf(f, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2],
               &t[3], &t[4], &t[5], &t[6], &t[7]) == 8) {
        for (int i = 0; i < 8; i++)
            sum.all += t[i];
        sum.stolen = t[7];
    }
    fclose(f);
    return sum;
}

static void tell_stolen(struct probe_outcome *o, struct ticks from)
{
    struct ticks to = read_ticks();

    if (o->done && to.all > from.all)
        probe_figure(o, "steal_pct",
                     100 * (to.stolen - from.stolen) / (to.all - from.all));
}

void probe_do(const struct probe *p, struct probe_outcome *outcome)
{
    struct probe_outcome *o = mmap(NULL, sizeof *o, PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    struct ticks from = read_ticks();

    *outcome = (struct probe_outcome){0};
    if (o == MAP_FAILED) {
        probe_refuse(outcome, "shared memory: %s", strerror(errno));
        return;
    }
    do_shared(p, o);
    *outcome = *o;
    munmap(o, sizeof *o);
    tell_stolen(outcome, from);
}
