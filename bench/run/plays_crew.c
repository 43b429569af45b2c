/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines without rows, several at a time: each in a process of its own, which
 * sends its line back whole. Most wait for real time to pass. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/book.h"
#include "bench/run/mx_claim.h"

/* A line that takes longer decides nothing, and holds nobody up. */
enum { PLAY_MOST_S = 90 };

struct player {
    pid_t pid;
    int pipe;
    size_t entry;
};

struct crew {
    struct book *book;
    struct player *player;
    size_t players, next;
};

bool book_is_play(enum entry_kind kind)
{
    return kind == ENTRY_DIALOGUE || kind == ENTRY_CHECK ||
           kind == ENTRY_TOPOLOGY;
}

static void check(struct entry *e)
{
    char why[240] = "";

    if (!e->check(e->arg, e->line.ideal, why)) {
        e->line.verdict = CLAIM_FAILS;
        snprintf(e->line.note, sizeof e->line.note, "%s", why);
    } else if (e->remark) {
        snprintf(e->line.note, sizeof e->line.note, "%s", e->remark);
    }
}

static void play(struct book *b, size_t n)
{
    struct entry *e = &b->entry[n];

    if (e->kind == ENTRY_DIALOGUE)
        book_play(b, n);
    else if (e->kind == ENTRY_CHECK)
        check(e);
    else
        mx_claim_play(e->topology, b->ns3, b->kernel, &e->line);
}

/* A line fits into a pipe, and is written at once. */
static int start(struct crew *c, size_t n)
{
    struct player *p = &c->player[c->players];
    pid_t parent = getpid();
    int ends[2];

    if (pipe(ends) < 0)
        return -1;
    fflush(NULL); /* or the player would print it again */
    *p = (struct player){.pipe = ends[0], .entry = n, .pid = fork()};
    if (p->pid == 0) {
        const struct claim_line *l = &c->book->entry[n].line;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        alarm(PLAY_MOST_S);
        play(c->book, n);
        _exit(write(ends[1], l, sizeof *l) == (ssize_t)sizeof *l ? 0 : 1);
    }
    close(ends[1]);
    if (p->pid < 0) {
        close(ends[0]);
        return -1;
    }
    c->players++;
    return 0;
}

/* The line of a player that has said it, or has died. */
static void take(struct crew *c, size_t i)
{
    struct player *p = &c->player[i];
    struct claim_line told, *l = &c->book->entry[p->entry].line;
    ssize_t n;

    while ((n = read(p->pipe, &told, sizeof told)) < 0 && errno == EINTR)
        ;
    if (n == (ssize_t)sizeof told) {
        *l = told;
    } else {
        l->verdict = CLAIM_UNDECIDED;
        snprintf(l->note, sizeof l->note,
                 "its process died, or took more than %d s", PLAY_MOST_S);
    }
    close(p->pipe);
    waitpid(p->pid, NULL, 0);
    *p = c->player[--c->players];
}

static int wait_for_one(struct crew *c)
{
    struct pollfd *fd = calloc(c->players, sizeof *fd);
    int ready;

    if (!fd)
        return -1;
    for (size_t i = 0; i < c->players; i++)
        fd[i] = (struct pollfd){.fd = c->player[i].pipe, .events = POLLIN};
    while ((ready = poll(fd, c->players, -1)) < 0 && errno == EINTR)
        ;
    for (size_t i = c->players; i-- > 0 && ready > 0;)
        if (fd[i].revents)
            take(c, i);
    free(fd);
    return ready < 0 ? -1 : 0;
}

static bool next_play(struct crew *c)
{
    while (c->next < c->book->entries &&
           !book_is_play(c->book->entry[c->next].kind))
        c->next++;
    return c->next < c->book->entries;
}

int book_play_all(struct book *b, size_t parallel)
{
    struct crew c = {.book = b, .player = calloc(parallel, sizeof *c.player)};
    int result = c.player ? 0 : -1;

    while (result == 0 && (next_play(&c) || c.players > 0)) {
        if (next_play(&c) && c.players < parallel)
            result = start(&c, c.next++);
        else
            result = wait_for_one(&c);
    }
    while (c.players > 0)
        take(&c, 0);
    free(c.player);
    return result;
}
