/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's side of the sandbox: it starts the first process, passes
 * signals on, and hears how it ended. */
#include "bench/run/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/sandbox_inner.h"

struct guard { /* private to this file */
    const struct sandbox_config *config;
    struct sandbox_post *post;
    int orders[2]; /* the first process reads [0] */
    int signals;
    sigset_t mask; /* before us */
    pid_t group;   /* that had the terminal; 0: not ours */
};

void sandbox_refuse(struct sandbox_post *post, enum sandbox_how how, int error,
                    const char *format, ...)
{
    va_list args;
    size_t n;

    post->end.how = how;
    post->end.error = error;
    va_start(args, format);
    vsnprintf(post->end.why, SANDBOX_WHY, format, args);
    va_end(args);
    n = strlen(post->end.why);
    if (error)
        snprintf(post->end.why + n, SANDBOX_WHY - n, ": %s", strerror(error));
}

static void fail(struct guard *g, const char *what)
{
    sandbox_refuse(g->post, SANDBOX_FAILED, errno, "%s", what);
}

static int take_signals(struct guard *g)
{
    static const int ours[] = {SIGCHLD, SIGTERM, SIGHUP, SIGINT,
                               SIGQUIT, SIGUSR1, SIGUSR2};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        sigaddset(&set, ours[i]);
    if (sigprocmask(SIG_BLOCK, &set, &g->mask) == -1)
        return -1;
    g->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return g->signals;
}

/* Late ones are for nobody. */
static void leave_signals(struct guard *g)
{
    struct signalfd_siginfo s;

    while (read(g->signals, &s, sizeof s) == sizeof s)
        continue;
    close(g->signals);
    sigprocmask(SIG_SETMASK, &g->mask, NULL);
}

/* What the terminal's keys send has reached the command already. */
static void hear_signals(struct guard *g)
{
    struct signalfd_siginfo s;

    while (read(g->signals, &s, sizeof s) == sizeof s) {
        unsigned char order = (unsigned char)s.ssi_signo;

        if (s.ssi_code == SI_KERNEL)
            order |= SANDBOX_BY_KEY;
        if (s.ssi_signo != SIGCHLD && write(g->orders[1], &order, 1) != 1)
            return;
    }
}

/* It is our own child although another one makes it, who has gone where we
 * must not be: clone(2), CLONE_PARENT. */
static void go_ahead(struct guard *g)
{
    const struct sandbox_config *c = g->config;
    enum lab_side side = c->server.argv ? LAB_SERVER : LAB_CLIENT;
    long pid;

    close(g->orders[1]);
    if (lab_enter(c->lab, side) == -1) {
        fail(g, "enter the lab");
        _exit(1);
    }
    pid =
        syscall(SYS_clone, CLONE_PARENT | CLONE_NEWPID | CLONE_NEWNS | SIGCHLD,
                0, 0, 0, 0);
    if (pid == 0)
        sandbox_first(c, g->post, g->orders[0], &g->mask);
    if (pid == -1)
        fail(g, "PID and mount namespaces: clone");
    g->post->first = (pid_t)pid;
    _exit(0);
}

static int start_first(struct guard *g)
{
    pid_t pid;

    if (pipe2(g->orders, O_CLOEXEC) == -1) {
        fail(g, "pipe");
        return -1;
    }
    pid = fork();
    if (pid == 0)
        go_ahead(g);
    if (pid == -1)
        fail(g, "fork");
    while (pid > 0 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
        continue;
    close(g->orders[0]);
    return g->post->first > 0 ? 0 : -1;
}

static bool has_ended(const struct guard *g)
{
    return waitpid(g->post->first, NULL, WNOHANG) == g->post->first;
}

static void attend(struct guard *g)
{
    struct pollfd p[] = {{g->signals, POLLIN, 0},
                         {g->config->watch, POLLIN, 0}};

    while (!has_ended(g)) {
        if (poll(p, 2, -1) == -1 && errno != EINTR)
            break;
        hear_signals(g);
        if (p[1].revents == 0)
            continue;
        sandbox_refuse(g->post, SANDBOX_INTERRUPTED, 0, "the road ended");
        kill(g->post->first, SIGKILL);
        p[1].fd = -1;
        p[1].revents = 0;
    }
}

static void note_terminal(struct guard *g)
{
    pid_t group = tcgetpgrp(STDIN_FILENO);

    g->group = group == getpgrp() ? group : 0;
}

/* A shell as the command leaves the terminal to its own group, which is gone
 * with it. */
static void restore_terminal(const struct guard *g)
{
    sigset_t set, before;

    if (g->group == 0)
        return;
    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    sigprocmask(SIG_BLOCK, &set, &before);
    tcsetpgrp(STDIN_FILENO, g->group);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

void sandbox_run(const struct sandbox_config *config, struct sandbox_end *end)
{
    struct guard g = {.config = config};

    *end = (struct sandbox_end){.how = SANDBOX_FAILED, .why = "no memory"};
    g.post = mmap(NULL, sizeof *g.post, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (g.post == MAP_FAILED)
        return;
    sandbox_refuse(g.post, SANDBOX_FAILED, 0,
                   "the first process of the PID namespace died");
    note_terminal(&g);
    if (take_signals(&g) == -1) {
        fail(&g, "signalfd");
    } else {
        if (start_first(&g) == 0)
            attend(&g);
        close(g.orders[1]);
        leave_signals(&g);
    }
    restore_terminal(&g);
    *end = g.post->end;
    munmap(g.post, sizeof *g.post);
}
