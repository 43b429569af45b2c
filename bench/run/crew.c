/* SPDX-License-Identifier: BSD-2-Clause */
/* Fork, work, tell by a pipe. */
#include "bench/run/crew.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 65536 };

struct worker {
    pid_t pid;
    int pipe;
    void *who;
    char *text; /* what has come and is not yet taken */
    size_t len, room;
};

struct crew {
    struct worker *worker;
    size_t workers, room;
    struct pollfd *fds;
};

struct crew *crew_new(void)
{
    return calloc(1, sizeof(struct crew));
}

size_t crew_busy(const struct crew *c)
{
    return c->workers;
}

static int make_room(struct crew *c)
{
    struct worker *workers;
    struct pollfd *fds;

    if (c->workers < c->room)
        return 0;
    workers = reallocarray(c->worker, c->room + 16, sizeof *workers);
    c->worker = workers ? workers : c->worker;
    fds = reallocarray(c->fds, c->room + 16, sizeof *fds);
    c->fds = fds ? fds : c->fds;
    if (!workers || !fds)
        return -1;
    c->room += 16;
    return 0;
}

/* Others' pipes must not outlive them in here. */
static void live(const struct crew *c, crew_work *work, void *of_work,
                 int ends[2])
{
    FILE *to = fdopen(ends[1], "w");

    close(ends[0]);
    for (size_t i = 0; i < c->workers; i++)
        close(c->worker[i].pipe);
    if (to)
        work(of_work, to);
    _exit(to && fclose(to) == 0 ? 0 : 1);
}

int crew_start(struct crew *c, crew_work *work, void *of_work, void *who)
{
    struct worker w = {.who = who};
    pid_t parent = getpid();
    int ends[2];

    if (make_room(c) < 0 || pipe(ends) < 0)
        return -1;
    fflush(NULL); /* or the worker would print it again */
    w.pid = fork();
    if (w.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        live(c, work, of_work, ends);
    }
    close(ends[1]);
    if (w.pid < 0) {
        close(ends[0]);
        return -1;
    }
    w.pipe = ends[0];
    c->worker[c->workers++] = w;
    return 0;
}

/* Reads what a worker says; false at its end. */
static bool listen_to(struct worker *w)
{
    ssize_t n;

    if (w->room - w->len < BLOCK) {
        char *bigger = realloc(w->text, w->room + 2 * BLOCK);

        if (!bigger)
            return false;
        w->text = bigger;
        w->room += 2 * BLOCK;
    }
    n = read(w->pipe, w->text + w->len, w->room - w->len);
    if (n > 0)
        w->len += (size_t)n;
    return n > 0 || (n < 0 && errno == EINTR);
}

static void dismiss(struct crew *c, size_t i)
{
    struct worker *w = &c->worker[i];

    close(w->pipe);
    while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    free(w->text);
    *w = c->worker[--c->workers];
}

static void hear_one(struct crew *c, size_t i, crew_hear *hear, void *arg)
{
    struct worker *w = &c->worker[i];
    bool over = !listen_to(w);
    size_t taken = hear(arg, w->who, w->text, w->len, over);

    assert(taken <= w->len);
    w->len -= taken;
    if (taken > 0)
        memmove(w->text, w->text + taken, w->len);
    if (over)
        dismiss(c, i);
}

int crew_wait(struct crew *c, int timeout_ms, crew_hear *hear, void *arg)
{
    for (size_t i = 0; i < c->workers; i++)
        c->fds[i] = (struct pollfd){.fd = c->worker[i].pipe, .events = POLLIN};
    if (poll(c->fds, c->workers, timeout_ms) < 0)
        return -1;
    for (size_t i = c->workers; i-- > 0;)
        if (c->fds[i].revents)
            hear_one(c, i, hear, arg);
    return 0;
}

void crew_free(struct crew *c, crew_forget *forget)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->workers; i++)
        kill(c->worker[i].pid, SIGKILL);
    while (c->workers > 0) {
        if (forget)
            forget(c->worker[0].who);
        dismiss(c, 0);
    }
    free(c->worker);
    free(c->fds);
    free(c);
}
