/* SPDX-License-Identifier: BSD-2-Clause */
/* One epoll that tells machines what their sockets and alarms do. */
#include "bench/run/host.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/run/host_inner.h"

enum { LISTEN_BACKLOG = 4096, EVENTS = 256 };

int64_t host_clock_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int64_t host_now_ns(void)
{
    return host_clock_ns(CLOCK_MONOTONIC);
}

struct host *host_new(void)
{
    struct host *h = calloc(1, sizeof *h);

    if (!h)
        return NULL;
    h->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (h->epoll < 0) {
        free(h);
        return NULL;
    }
    return h;
}

static void bury(struct host *h)
{
    while (h->dead) {
        struct channel *s = h->dead;

        h->dead = s->next;
        channel_release(s);
    }
}

void host_free(struct host *h)
{
    if (!h)
        return;
    while (h->actors) {
        struct actor *a = h->actors;

        while (a->channels) {
            struct channel *s = a->channels;

            a->channels = s->next;
            channel_release(s);
        }
        if (a->listener)
            a->listener->acceptor.gone(a->listener->acceptor.arg, a->machine);
        host_drop_actor(h, a);
    }
    while (h->listeners) {
        struct listener *l = h->listeners;

        h->listeners = l->next;
        close(l->fd);
        free(l);
    }
    bury(h);
    alarms_release(&h->alarms);
    close(h->epoll);
    free(h);
}

static bool finished(const struct actor *a)
{
    return !a->channels && a->alarm.place == 0;
}

/* Carries out what follows from what a machine was told. A machine that is
 * finished is let go: a listener's is given back. */
static void attend(struct host *h, struct actor *a)
{
    host_ask_all(h, a);
    if (!finished(a))
        return;
    if (a->listener) {
        a->listener->acceptor.gone(a->listener->acceptor.arg, a->machine);
        host_drop_actor(h, a);
    } else if (a->started) {
        a->started = false;
        h->unfinished--;
        a->next_done = h->done;
        h->done = a;
    }
}

/* Lets go of what has finished, and tells whoever wants to know. */
static void reap(struct host *h)
{
    while (h->done) {
        struct actor *a = h->done;
        struct machine *m = a->machine;

        h->done = a->next_done;
        host_drop_actor(h, a);
        if (h->finished)
            h->finished(h->finished_arg, m);
    }
}

void host_on_finished(struct host *h, host_finished *told, void *arg)
{
    h->finished = told;
    h->finished_arg = arg;
}

/* Offers bytes to the machine until it takes no more; the rest is kept. */
static void offer(struct host *h, struct channel *s, struct span in)
{
    size_t taken = 1;

    while (s->fd >= 0 && in.len > 0 && taken > 0) {
        taken = host_tell(h, s->actor,
                          (struct told){.kind = TOLD_BYTES,
                                        .stream = s->number,
                                        .bytes = in});
        in = (struct span){in.at + taken, in.len - taken};
        host_ask_all(h, s->actor);
    }
    if (s->fd >= 0 && in.len > 0 && channel_keep(s, in) < 0)
        host_reset_channel(h, s, ENOMEM);
}

static void tell_end(struct host *h, struct channel *s)
{
    if (s->fd < 0 || !s->end_heard || s->end_told || s->untaken.len > 0)
        return;
    s->end_told = true;
    host_tell(h, s->actor,
              (struct told){.kind = TOLD_END, .stream = s->number});
}

/* What was kept is offered again once the machine may want it. */
static void offer_kept(struct host *h, struct channel *s)
{
    struct buffer kept = s->untaken;

    if (s->fd < 0 || kept.len == 0)
        return;
    s->untaken = (struct buffer){0};
    offer(h, s, (struct span){kept.at + kept.from, kept.len - kept.from});
    free(kept.at);
    tell_end(h, s);
}

static void read_channel(struct host *h, struct channel *s)
{
    ssize_t n = recv(s->fd, h->in, sizeof h->in, MSG_DONTWAIT);

    if (n > 0) {
        offer(h, s, (struct span){h->in, (size_t)n});
    } else if (n == 0) {
        s->end_heard = true;
        tell_end(h, s);
    } else if (errno != EAGAIN && errno != EINTR) {
        host_reset_channel(h, s, errno);
    }
}

static void finish_connect(struct host *h, struct channel *s, uint32_t events)
{
    int error = 0;
    socklen_t len = sizeof error;

    if (events & (EPOLLERR | EPOLLHUP))
        getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error) {
        host_reset_channel(h, s, error);
        return;
    }
    s->connecting = false;
    host_tell(h, s->actor,
              (struct told){.kind = TOLD_OPENED,
                            .stream = s->number,
                            .peer = s->peer,
                            .fast = channel_opened_fast(s)});
    if (channel_write_on(s) < 0)
        host_reset_channel(h, s, errno);
}

static void channel_event(struct host *h, struct channel *s, uint32_t events)
{
    struct actor *a = s->actor;

    if (s->fd < 0)
        return;
    if (s->connecting) {
        finish_connect(h, s, events);
    } else {
        if (events & (EPOLLIN | EPOLLERR | EPOLLHUP) && s->untaken.len == 0 &&
            !s->end_heard)
            read_channel(h, s);
        if (s->fd >= 0 && events & EPOLLOUT && channel_write_on(s) < 0)
            host_reset_channel(h, s, errno);
        if (s->fd >= 0 && events & EPOLLERR) /* seen by no read */
            host_reset_channel(h, s, ECONNRESET);
    }
    offer_kept(h, s);
    attend(h, a);
}

/* A machine's first word. */
static void start(struct host *h, struct actor *a)
{
    host_tell(h, a, (struct told){.kind = TOLD_START});
    host_ask_all(h, a);
}

static void accept_one(struct host *h, struct listener *l, int fd,
                       const struct sockaddr_storage *from)
{
    struct endpoint peer = endpoint_from_sockaddr(from);
    struct machine *m = l->acceptor.accept(l->acceptor.arg, peer);
    struct actor *a = m ? host_add_actor(h, m) : NULL;
    struct channel *s = a ? host_add_channel(h, a, fd, 0, EPOLLIN) : NULL;

    if (!s) {
        if (a)
            host_drop_actor(h, a);
        if (m)
            l->acceptor.gone(l->acceptor.arg, m);
        close(fd);
        return;
    }
    a->listener = l;
    s->accepted = true;
    start(h, a);
    host_tell(h, a, (struct told){.kind = TOLD_OPENED, .peer = peer});
    attend(h, a);
}

static void watch_listener(struct host *h, struct listener *l, bool resting)
{
    struct epoll_event e = {.events = resting ? 0 : EPOLLIN, .data.ptr = l};

    l->resting = resting;
    epoll_ctl(h->epoll, EPOLL_CTL_MOD, l->fd, &e);
}

/* Without a descriptor for it a peer would be told of again and again. */
static void rest(struct host *h, struct listener *l, int error)
{
    if (h->full)
        h->full(h->full_arg, error);
    watch_listener(h, l, true);
    h->resting = true;
    h->vacant = false;
}

static void wake_listeners(struct host *h)
{
    h->resting = false;
    for (struct listener *l = h->listeners; l; l = l->next)
        if (l->resting)
            watch_listener(h, l, false);
}

void host_on_full(struct host *h, host_full *told, void *arg)
{
    h->full = told;
    h->full_arg = arg;
}

size_t host_raise_limit(void)
{
    struct rlimit r = {0};

    getrlimit(RLIMIT_NOFILE, &r);
    r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
    getrlimit(RLIMIT_NOFILE, &r);
    return r.rlim_cur;
}

static void listener_event(struct host *h, struct listener *l)
{
    for (int i = 0; i < EVENTS; i++) {
        struct sockaddr_storage from;
        socklen_t len = sizeof from;
        int fd = accept4(l->fd, (struct sockaddr *)&from, &len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                rest(h, l, errno);
            return;
        }
        accept_one(h, l, fd, &from);
    }
}

static void datagram_event(struct host *h, struct actor *a)
{
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    ssize_t n = recvfrom(a->datagram_fd, h->in, sizeof h->in, MSG_DONTWAIT,
                         (struct sockaddr *)&from, &len);

    if (n < 0)
        return;
    host_tell(h, a,
              (struct told){.kind = TOLD_DATAGRAM,
                            .peer = endpoint_from_sockaddr(&from),
                            .bytes = {h->in, (size_t)n}});
    attend(h, a);
}

static void socket_event(struct host *h, const struct epoll_event *e)
{
    switch (*(enum watched *)e->data.ptr) {
    case WATCH_LISTENER:
        listener_event(h, e->data.ptr);
        break;
    case WATCH_CHANNEL:
        channel_event(h, e->data.ptr, e->events);
        break;
    case WATCH_DATAGRAMS:
        datagram_event(h, e->data.ptr);
        break;
    case WATCH_STOP:
        h->stopped = true;
        break;
    }
}

static struct actor *actor_of(struct alarm *alarm)
{
    return (struct actor *)(void *)((char *)alarm -
                                    offsetof(struct actor, alarm));
}

static void ring(struct host *h)
{
    struct alarm *first;

    while ((first = alarm_first(&h->alarms)) && first->at_ns <= h->now_ns) {
        struct actor *a = actor_of(first);

        alarm_set(&h->alarms, first, NEVER_NS);
        host_tell(h, a, (struct told){.kind = TOLD_WAKE});
        host_ask_all(h, a);
        for (struct channel *s = a->channels, *next; s; s = next) {
            next = s->next;
            offer_kept(h, s);
        }
        attend(h, a);
    }
}

/* Sleeps to the nanosecond that is due, or until a socket does something. */
static int wait_for(struct host *h, struct epoll_event *e, int64_t deadline_ns)
{
    const struct alarm *first = alarm_first(&h->alarms);
    int64_t until_ns =
        first && first->at_ns < deadline_ns ? first->at_ns : deadline_ns;
    int64_t left_ns = until_ns - host_now_ns();
    struct timespec left = {left_ns / 1000000000, left_ns % 1000000000};

    if (left_ns < 0)
        left = (struct timespec){0};
    return epoll_pwait2(h->epoll, e, EVENTS,
                        until_ns == NEVER_NS ? NULL : &left, NULL);
}

int host_stop_on(struct host *h, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &h->stop};

    h->stop = WATCH_STOP;
    return epoll_ctl(h->epoll, EPOLL_CTL_ADD, fd, &e);
}

int host_run(struct host *h, int64_t deadline_ns)
{
    struct epoll_event e[EVENTS];
    bool for_machines = h->unfinished > 0 || h->done;

    for (;;) {
        int n;

        reap(h);
        if (h->stopped || (for_machines && h->unfinished == 0))
            return 0;
        n = wait_for(h, e, deadline_ns);

        if (n < 0 && errno != EINTR)
            return -1;
        h->now_ns = host_now_ns();
        for (int i = 0; i < n; i++)
            socket_event(h, &e[i]);
        ring(h);
        bury(h);
        if (h->resting && h->vacant)
            wake_listeners(h);
        if (h->now_ns >= deadline_ns && !(for_machines && h->unfinished == 0)) {
            errno = ETIME;
            return -1;
        }
    }
}

static int bound_listener(struct endpoint *at)
{
    const int yes = 1, fastopen_queue = 1024;
    struct sockaddr_storage to;
    socklen_t len = endpoint_to_sockaddr(*at, &to);
    int fd =
        socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &fastopen_queue,
               sizeof fastopen_queue);
    host_no_delay(fd); /* Linux hands it down to what is accepted */
    if (bind(fd, (struct sockaddr *)&to, len) < 0 ||
        listen(fd, LISTEN_BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&to, &len) < 0) {
        close(fd);
        return -1;
    }
    *at = endpoint_from_sockaddr(&to);
    return fd;
}

int host_listen(struct host *h, struct endpoint *at,
                const struct host_acceptor *acceptor)
{
    struct listener *l = calloc(1, sizeof *l);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = l};

    if (!l)
        return -1;
    *l = (struct listener){.what = WATCH_LISTENER,
                           .fd = bound_listener(at),
                           .acceptor = *acceptor,
                           .next = h->listeners};
    if (l->fd < 0 || epoll_ctl(h->epoll, EPOLL_CTL_ADD, l->fd, &e) < 0) {
        if (l->fd >= 0)
            close(l->fd);
        free(l);
        return -1;
    }
    h->listeners = l;
    return 0;
}

int host_datagrams(struct host *h, struct endpoint at, struct machine *m)
{
    struct actor *a = host_add_actor(h, m);

    if (!a || host_datagram_socket(h, a, at) < 0)
        return -1;
    h->now_ns = host_now_ns();
    start(h, a);
    return 0;
}

int host_start(struct host *h, struct machine *m, host_handed *handed,
               void *arg)
{
    struct actor *a = host_add_actor(h, m);

    if (!a)
        return -1;
    a->handed = handed;
    a->handed_arg = arg;
    a->started = true;
    h->unfinished++;
    h->now_ns = host_now_ns();
    start(h, a);
    attend(h, a);
    return 0;
}
