/* SPDX-License-Identifier: BSD-2-Clause */
/* Children that die with us, and what the scheduler says of them. */
#include "bench/run/bound.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void keep_awake(void)
{
    const struct sched_param p = {.sched_priority = 1};

    setsid(); /* a group of its own (autogroup) */
    prctl(PR_SET_TIMERSLACK, 1UL);
    sched_setscheduler(0, SCHED_FIFO, &p);
}

pid_t bound_fork(void)
{
    pid_t parent = getpid(), child = fork();

    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    keep_awake();
    signal(SIGINT, SIG_DFL);
    if (getppid() != parent)
        _exit(1);
    return 0;
}

int bound_start(pid_t *child, bound_begin *begin, void *arg)
{
    int ready[2], error;
    char word;
    ssize_t n;

    if (pipe(ready) < 0)
        return -1;
    *child = bound_fork();
    error = errno;
    if (*child == 0)
        begin(arg, ready[1]);
    close(ready[1]);
    n = *child > 0 ? read(ready[0], &word, 1) : 0;
    close(ready[0]);
    errno = error;
    return *child < 0 ? -1 : n != 1;
}

void bound_end(pid_t *child)
{
    if (*child <= 0)
        return;
    kill(*child, SIGKILL);
    while (waitpid(*child, NULL, 0) < 0 && errno == EINTR)
        continue;
    *child = 0;
}

/* schedstat tells the time run, too, but as of the last tick. */
struct bound_share bound_share(void)
{
    unsigned long long ran_ns, waited_ns = 0;
    struct timespec ran = {0};
    FILE *f = fopen("/proc/self/schedstat", "re");

    if (f && fscanf(f, "%llu %llu", &ran_ns, &waited_ns) != 2)
        waited_ns = 0;
    if (f)
        fclose(f);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ran);
    return (struct bound_share){.ran_ns = ran.tv_sec * INT64_C(1000000000) +
                                          ran.tv_nsec,
                                .waited_ns = (int64_t)waited_ns};
}

struct bound_share bound_share_since(struct bound_share before)
{
    struct bound_share now = bound_share();

    return (struct bound_share){.ran_ns = now.ran_ns - before.ran_ns,
                                .waited_ns = now.waited_ns - before.waited_ns};
}

struct bound_share bound_share_sum(struct bound_share a, struct bound_share b)
{
    return (struct bound_share){a.ran_ns + b.ran_ns, a.waited_ns + b.waited_ns};
}
