/* SPDX-License-Identifier: BSD-2-Clause */
/* The first process of the PID namespace: pid_namespaces(7). It starts the
 * programs, buries whom they leave behind, and ends with the command. When it
 * ends the kernel kills all that are left. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/sandbox_inner.h"
#include "netem/clock.h"

#define MS INT64_C(1000000)
#define LOOK_NS (2 * MS)        /* between two looks whether it is ready */
#define FAREWELL_NS (1000 * MS) /* that a server has to end by itself */

struct first { /* private to this file */
    const struct sandbox_config *config;
    struct sandbox_post *post;
    const sigset_t *mask;
    int orders, children;
    pid_t command, server; /* 0: not there, or ended */
    bool over;             /* the command has ended */
};

/* /proc shows the PID namespace of whoever mounts it. Where a container covers
 * parts of it we may not have one of our own: then it keeps showing the outer
 * numbers. */
static void mount_proc(void)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0)
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ssize_t n = fd == -1 ? -1 : write(fd, text, strlen(text));

    if (fd != -1)
        close(fd);
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* A file of our own over /etc/resolv.conf, which nobody else sees. It lies in
 * a file system in memory that is gone with the last of us. */
static int mount_resolver(const char *text)
{
    int result = -1;

    if (mount("resolver", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              NULL) == -1)
        return -1;
    if (write_file("/proc/resolv.conf", text) == 0)
        result =
            mount("/proc/resolv.conf", "/etc/resolv.conf", NULL, MS_BIND, NULL);
    umount2("/proc", MNT_DETACH);
    return result;
}

static int watch_children(struct first *f)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    f->children = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return f->children;
}

/* The server has a session of its own, so that no key reaches it. */
static void leave_terminal(void)
{
    int none = open("/dev/null", O_RDONLY | O_CLOEXEC);

    setsid();
    if (none != -1)
        dup2(none, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
}

/* Becomes the program at its side; never comes back. */
static void go(const struct first *f, const struct sandbox_program *program,
               enum lab_side side, int tell)
{
    int error;

    if (program == &f->config->server)
        leave_terminal();
    if (lab_enter(f->config->lab, side) == 0)
        sandbox_become(program, f->mask, tell);
    error = errno;
    if (write(tell, &error, sizeof error) < 0)
        _exit(2);
    _exit(1);
}

/* A program that could not be executed tells its errno; end of file: it was. */
static pid_t start(struct first *f, const struct sandbox_program *program,
                   enum lab_side side, int *error)
{
    int tell[2];
    pid_t pid;

    *error = 0;
    if (pipe2(tell, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
        *error = errno;
        return -1;
    }
    if (pid == 0)
        go(f, program, side, tell[1]);
    close(tell[1]);
    while (read(tell[0], error, sizeof *error) == -1 && errno == EINTR)
        continue;
    close(tell[0]);
    return pid;
}

static void note_ended(struct first *f, pid_t pid, int status)
{
    if (pid == f->command) {
        f->command = 0;
        f->over = true;
        f->post->end.how = SANDBOX_RAN;
        f->post->end.status = status;
        f->post->end.why[0] = 0;
    }
    if (pid == f->server) {
        f->server = 0;
        f->post->end.server_gone = !f->over;
    }
}

static void bury(struct first *f)
{
    struct signalfd_siginfo s;
    int status;
    pid_t pid;

    while (read(f->children, &s, sizeof s) == sizeof s)
        continue;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        note_ended(f, pid, status);
}

/* Waits until children have ended, an order has come, or `until_ns`. */
static void wait_once(struct first *f, int64_t until_ns)
{
    struct pollfd p[] = {{f->children, POLLIN, 0}, {f->orders, POLLIN, 0}};
    int64_t left = until_ns - clock_read_ns(CLOCK_MONOTONIC);
    struct timespec t = {left / (1000 * MS), left % (1000 * MS)};
    unsigned char order;

    if (left < 0)
        t = (struct timespec){0, 0};
    if (ppoll(p, 2, until_ns == INT64_MAX ? NULL : &t, NULL) <= 0)
        return;
    if (p[0].revents)
        bury(f);
    if (!p[1].revents)
        return;
    if (read(f->orders, &order, 1) != 1)
        _exit(1); /* whoever started us is gone */
    if (f->command == 0)
        f->over = true;
    else if (!(order & SANDBOX_BY_KEY))
        kill(f->command, order);
}

static bool wait_until_ready(struct first *f)
{
    const struct sandbox_config *c = f->config;
    int64_t by = clock_read_ns(CLOCK_MONOTONIC) + c->patience_ns, now;
    const char *name = c->server.argv[0];

    while (c->ready != SANDBOX_AT_ONCE && !sandbox_is_ready(c->ready)) {
        now = clock_read_ns(CLOCK_MONOTONIC);
        wait_once(f, now + LOOK_NS);
        if (f->over) {
            sandbox_refuse(f->post, SANDBOX_NO_SERVER, 0,
                           "interrupted while the server %s got ready", name);
            return false;
        }
        if (f->server == 0) {
            sandbox_refuse(f->post, SANDBOX_NO_SERVER, 0,
                           "the server %s ended before it was ready", name);
            return false;
        }
        if (now >= by) {
            sandbox_refuse(f->post, SANDBOX_NO_SERVER, 0,
                           c->ready == SANDBOX_ANY
                               ? "the server %s has opened no socket in %.0f s"
                               : "the server %s has not opened its port in "
                                 "%.0f s",
                           name, (double)c->patience_ns / 1e9);
            return false;
        }
    }
    return true;
}

static bool start_server(struct first *f)
{
    const struct sandbox_program *p = &f->config->server;
    int error;

    if (!p->argv)
        return true;
    f->server = start(f, p, LAB_SERVER, &error);
    if (error) {
        sandbox_refuse(f->post, SANDBOX_NO_SERVER, error, "the server %s",
                       p->argv[0]);
        return false;
    }
    return wait_until_ready(f);
}

static bool start_command(struct first *f)
{
    const struct sandbox_program *p = &f->config->command;
    int error;

    f->command = start(f, p, LAB_CLIENT, &error);
    if (error == 0)
        return true;
    sandbox_refuse(f->post, SANDBOX_NO_COMMAND, error, "%s", p->argv[0]);
    return false;
}

/* So that it can write what it has counted. */
static void end_server(struct first *f)
{
    int64_t by = clock_read_ns(CLOCK_MONOTONIC) + FAREWELL_NS;

    if (f->server > 0)
        kill(-f->server, SIGTERM);
    while (f->server > 0 && clock_read_ns(CLOCK_MONOTONIC) < by)
        wait_once(f, by);
}

void sandbox_first(const struct sandbox_config *config,
                   struct sandbox_post *post, int orders, const sigset_t *mask)
{
    struct first f = {config, post, mask, orders, -1, 0, 0, false};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "link");
    if (watch_children(&f) == -1) {
        sandbox_refuse(post, SANDBOX_FAILED, errno, "signalfd");
        _exit(1);
    }
    mount_proc();
    if (config->resolver && mount_resolver(config->resolver) == -1) {
        sandbox_refuse(post, SANDBOX_FAILED, errno,
                       "/etc/resolv.conf of their own");
        _exit(1);
    }
    if (start_server(&f) && start_command(&f))
        while (!f.over)
            wait_once(&f, INT64_MAX);
    end_server(&f);
    _exit(0);
}
