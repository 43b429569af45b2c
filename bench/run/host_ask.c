/* SPDX-License-Identifier: BSD-2-Clause */
/* What a host does when its machines ask for it. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench/run/host_inner.h"

/* An accepted session whose peer does not read its replies has no more of its
 * commands read once this much is unsaid: nothing grows without bound. */
enum { UNSAID_MAX = 64 * 1024 };

struct actor *host_add_actor(struct host *h, struct machine *m)
{
    struct actor *a = calloc(1, sizeof *a);

    if (!a)
        return NULL;
    a->what = WATCH_DATAGRAMS;
    a->machine = m;
    a->datagram_fd = -1;
    a->next = h->actors;
    if (h->actors)
        h->actors->prev = a;
    h->actors = a;
    return a;
}

void host_drop_actor(struct host *h, struct actor *a)
{
    alarm_set(&h->alarms, &a->alarm, NEVER_NS);
    if (a->datagram_fd >= 0)
        close(a->datagram_fd);
    if (a->prev)
        a->prev->next = a->next;
    else
        h->actors = a->next;
    if (a->next)
        a->next->prev = a->prev;
    free(a);
}

static void watch(struct host *h, struct channel *s, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = s};

    if (s->fd < 0 || s->events == events)
        return;
    s->events = events;
    epoll_ctl(h->epoll, EPOLL_CTL_MOD, s->fd, &e);
}

/* Reading stops while a machine does not take what came, and while a peer
 * does not read what a listener's session says. */
void host_watch(struct host *h, struct channel *s)
{
    size_t unsaid = s->unsaid.len - s->unsaid.from;
    uint32_t events = 0;

    if (s->connecting || unsaid > 0)
        events |= EPOLLOUT;
    if (!s->connecting && !s->end_heard && s->untaken.len == 0 &&
        !(s->accepted && unsaid > UNSAID_MAX))
        events |= EPOLLIN;
    watch(h, s, events);
}

struct channel *host_add_channel(struct host *h, struct actor *a, int fd,
                                 int number, uint32_t events)
{
    struct channel *s = calloc(1, sizeof *s);
    struct epoll_event e = {.events = events, .data.ptr = s};

    if (!s || epoll_ctl(h->epoll, EPOLL_CTL_ADD, fd, &e) < 0) {
        free(s);
        return NULL;
    }
    *s = (struct channel){.what = WATCH_CHANNEL,
                          .fd = fd,
                          .number = number,
                          .events = events,
                          .actor = a,
                          .next = a->channels};
    if (a->channels)
        a->channels->prev = s;
    a->channels = s;
    return s;
}

/* The stream is over; its memory lives until the events at hand are done. */
static void end_channel(struct host *h, struct channel *s)
{
    if (s->fd < 0)
        return;
    close(s->fd);
    s->fd = -1;
    h->vacant = true;
    if (h->saying == s) {
        h->saying = NULL;
        gather_clear(&h->gather);
    }
    if (s->prev)
        s->prev->next = s->next;
    else
        s->actor->channels = s->next;
    if (s->next)
        s->next->prev = s->prev;
    s->next = h->dead;
    h->dead = s;
}

static struct channel *channel_of(const struct actor *a, int number)
{
    struct channel *s = a->channels;

    while (s && s->number != number)
        s = s->next;
    return s;
}

size_t host_tell(struct host *h, struct actor *a, struct told t)
{
    t.now_ns = h->now_ns;
    return machine_tell(a->machine, &t);
}

void host_reset_channel(struct host *h, struct channel *s, int error)
{
    s->error = error;
    s->untold = true;
    end_channel(h, s);
}

/* A machine hears of its streams' ends only between what it asks for. Tells
 * one, if there is one. */
static bool tell_reset(struct host *h, struct actor *a)
{
    struct channel *s = h->dead;

    while (s && !(s->untold && s->actor == a))
        s = s->next;
    if (!s)
        return false;
    s->untold = false;
    host_tell(h, a,
              (struct told){.kind = s->connecting ? TOLD_REFUSED : TOLD_RESET,
                            .stream = s->number,
                            .error = s->error});
    return true;
}

static struct endpoint local_of(int fd)
{
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof at;

    getsockname(fd, (struct sockaddr *)&at, &len);
    return endpoint_from_sockaddr(&at);
}

static void log_handed(struct channel *s, size_t bytes, bool asks)
{
    struct actor *a = s->actor;

    s->handed += bytes;
    if (a->handed && asks)
        a->handed(a->handed_arg, s->number, s->local, s->handed,
                  host_clock_ns(CLOCK_REALTIME));
}

/* What was gathered leaves: one group, one write. */
static void write_gathered(struct host *h)
{
    struct channel *s = h->saying;

    h->saying = NULL;
    if (!s || h->gather.bytes == 0)
        return;
    log_handed(s, h->gather.bytes, h->saying_asks);
    h->saying_asks = false;
    if (channel_write(s, &h->gather) < 0)
        host_reset_channel(h, s, errno);
}

static void say(struct host *h, struct actor *a, struct ask ask)
{
    struct channel *s = channel_of(a, ask.stream);

    if (h->saying && h->saying != s)
        write_gathered(h);
    if (!s || s->end_wanted || ask.bytes.len == 0)
        return;
    h->saying = s;
    h->saying_asks |= !ask.quiet;
    if (gather_add(&h->gather, ask.bytes, ask.lasting))
        return;
    write_gathered(h);
    if (s->fd < 0)
        return;
    h->saying = s;
    h->saying_asks = !ask.quiet;
    if (!gather_add(&h->gather, ask.bytes, ask.lasting)) {
        gather_add(&h->gather, ask.bytes, true); /* as it lies, at once */
        write_gathered(h);
    }
}

/* Half-closes once all is written; closes once the peer has closed too. */
void host_close_when_said(struct host *h, struct channel *s)
{
    if (s->fd < 0)
        return;
    if (s->end_wanted && !s->end_said && !s->connecting && s->unsaid.len == 0) {
        if (!s->end_told) /* else close() says it */
            shutdown(s->fd, SHUT_WR);
        s->end_said = true;
    }
    if (s->end_said && s->end_told)
        end_channel(h, s);
    else
        host_watch(h, s);
}

static void abort_channel(struct host *h, struct channel *s)
{
    const struct linger at_once = {.l_onoff = 1};

    setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    end_channel(h, s);
}

void host_no_delay(int fd)
{
    const int yes = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/* By TCP Fast Open (RFC 7413) the connect rides on a send, be it of nothing;
 * where the kernel has no cookie it sends a bare SYN and the bytes have to
 * follow. */
static int connect_with(const struct channel *s,
                        const struct sockaddr_storage *to, socklen_t len,
                        struct span first, size_t *sent)
{
    ssize_t n;

    *sent = 0;
    if (!s->fast)
        return connect(s->fd, (const struct sockaddr *)to, len);
    n = sendto(s->fd, first.len > 0 ? first.at : "", first.len,
               MSG_FASTOPEN | MSG_NOSIGNAL, (const struct sockaddr *)to, len);
    if (n < 0)
        return -1;
    *sent = (size_t)n;
    return 0;
}

/* There is not even a socket for it. */
static void refuse_stream(struct host *h, struct actor *a, int number,
                          int error)
{
    struct channel *s = calloc(1, sizeof *s);

    if (!s) {
        host_tell(h, a,
                  (struct told){
                      .kind = TOLD_REFUSED, .stream = number, .error = ENOMEM});
        return;
    }
    *s = (struct channel){.fd = -1,
                          .number = number,
                          .connecting = true,
                          .untold = true,
                          .error = error,
                          .actor = a,
                          .next = h->dead};
    h->dead = s;
}

static void open_stream(struct host *h, struct actor *a, struct ask ask)
{
    struct sockaddr_storage to;
    socklen_t len = endpoint_to_sockaddr(ask.peer, &to);
    int fd =
        socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct channel *s =
        fd < 0 ? NULL : host_add_channel(h, a, fd, ask.stream, EPOLLOUT);
    size_t sent;

    if (!s) {
        refuse_stream(h, a, ask.stream, errno);
        if (fd >= 0)
            close(fd);
        return;
    }
    s->connecting = true;
    s->fast = ask.fast || ask.bytes.len > 0;
    s->peer = ask.peer;
    host_no_delay(fd);
    if (connect_with(s, &to, len, ask.bytes, &sent) < 0 &&
        errno != EINPROGRESS) {
        host_reset_channel(h, s, errno);
        return;
    }
    if (a->handed)
        s->local = local_of(fd);
    if (ask.bytes.len > 0) {
        log_handed(s, ask.bytes.len, true);
        if (channel_say_later(s, (struct span){ask.bytes.at + sent,
                                               ask.bytes.len - sent}) < 0) {
            host_reset_channel(h, s, ENOMEM);
            return;
        }
    }
    host_watch(h, s);
}

int host_datagram_socket(struct host *h, struct actor *a,
                         struct endpoint bind_to)
{
    struct sockaddr_storage at;
    socklen_t len = endpoint_to_sockaddr(bind_to, &at);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = a};
    int fd = socket(at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&at, len) < 0 ||
        epoll_ctl(h->epoll, EPOLL_CTL_ADD, fd, &e) < 0) {
        close(fd);
        return -1;
    }
    a->datagram_fd = fd;
    return 0;
}

static void send_datagram(struct host *h, struct actor *a, struct ask ask)
{
    const struct endpoint any = {.family = ask.peer.family};
    struct sockaddr_storage to;
    socklen_t len = endpoint_to_sockaddr(ask.peer, &to);

    if (a->datagram_fd < 0 && host_datagram_socket(h, a, any) < 0)
        return; /* lost, as a datagram may be; the machine's alarm tells it */
    sendto(a->datagram_fd, ask.bytes.at, ask.bytes.len,
           MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&to, len);
}

static void serve(struct host *h, struct actor *a, struct ask ask)
{
    struct channel *s = channel_of(a, ask.stream);

    switch (ask.kind) {
    case ASK_OPEN:
        open_stream(h, a, ask);
        break;
    case ASK_HALF_CLOSE:
        write_gathered(h);
        if (s) {
            s->end_wanted = true;
            host_close_when_said(h, s);
        }
        break;
    case ASK_ABORT:
        if (s)
            abort_channel(h, s);
        break;
    case ASK_DATAGRAM:
        send_datagram(h, a, ask);
        break;
    case ASK_WAKE:
        alarm_set(&h->alarms, &a->alarm, ask.at_ns);
        break;
    case ASK_SEND:
        say(h, a, ask);
        break;
    case ASK_NOTHING:
        write_gathered(h);
        break;
    }
}

static void ask_until_nothing(struct host *h, struct actor *a)
{
    struct ask ask;

    do {
        ask = machine_ask(a->machine);
        serve(h, a, ask);
    } while (ask.kind != ASK_NOTHING);
}

/* What is watched for changes with what was said. */
void host_ask_all(struct host *h, struct actor *a)
{
    do
        ask_until_nothing(h, a);
    while (tell_reset(h, a));
    for (struct channel *s = a->channels, *next; s; s = next) {
        next = s->next;
        host_close_when_said(h, s);
    }
}
