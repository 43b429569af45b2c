/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing one connection. */
#include "bench/run/channel.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int buffer_add(struct buffer *b, struct span more)
{
    size_t live = b->len - b->from;

    if (b->from > 0) {
        memmove(b->at, b->at + b->from, live);
        b->from = 0;
        b->len = live;
    }
    if (live + more.len > b->room) {
        size_t room = (live + more.len) * 2;
        char *bigger = realloc(b->at, room);

        if (!bigger)
            return -1;
        b->at = bigger;
        b->room = room;
    }
    memcpy(b->at + live, more.at, more.len);
    b->len = live + more.len;
    return 0;
}

void channel_drop(struct buffer *b, size_t len)
{
    b->from += len;
    if (b->from == b->len) {
        free(b->at);
        *b = (struct buffer){0};
    }
}

bool gather_add(struct gather *g, struct span s, bool lasting)
{
    struct iovec *last = g->pieces > 0 ? &g->piece[g->pieces - 1] : NULL;

    if (!lasting && s.len > sizeof g->copy - g->small)
        return false;
    if (!lasting) {
        s.at = memcpy(g->copy + g->small, s.at, s.len);
        g->small += s.len;
    }
    if (last && (char *)last->iov_base + last->iov_len == s.at) {
        last->iov_len += s.len;
    } else {
        if (g->pieces == CHANNEL_PIECES)
            return false;
        g->piece[g->pieces++] = (struct iovec){(void *)(uintptr_t)s.at, s.len};
    }
    g->bytes += s.len;
    return true;
}

void gather_clear(struct gather *g)
{
    g->pieces = 0;
    g->small = g->bytes = 0;
}

/* Keeps what writev() left of the pieces. */
static int keep_rest(struct channel *s, const struct gather *g, size_t written)
{
    for (int i = 0; i < g->pieces; i++) {
        struct iovec p = g->piece[i];
        size_t skip = written < p.iov_len ? written : p.iov_len;
        struct span rest = {(char *)p.iov_base + skip, p.iov_len - skip};

        written -= skip;
        if (rest.len > 0 && buffer_add(&s->unsaid, rest) < 0)
            return -1;
    }
    return 0;
}

int channel_write(struct channel *s, struct gather *g)
{
    ssize_t n = 0;
    int kept;

    if (!s->connecting && s->unsaid.len == 0) {
        struct msghdr m = {.msg_iov = g->piece,
                           .msg_iovlen = (size_t)g->pieces};

        n = sendmsg(s->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
    }
    kept = keep_rest(s, g, n > 0 ? (size_t)n : 0);
    gather_clear(g);
    return kept;
}

int channel_write_on(struct channel *s)
{
    while (s->unsaid.len > s->unsaid.from) {
        ssize_t n =
            send(s->fd, s->unsaid.at + s->unsaid.from,
                 s->unsaid.len - s->unsaid.from, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        channel_drop(&s->unsaid, (size_t)n);
    }
    return 0;
}

/* The kernel tells whether bytes in the SYN were acknowledged; of a SYN without
 * bytes, only that it had a cookie. */
bool channel_opened_fast(const struct channel *s)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    if (!s->fast || s->unsaid.len > 0 ||
        getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
        return false;
    return s->handed > 0 ? info.tcpi_options & TCPI_OPT_SYN_DATA
                         : info.tcpi_fastopen_client_fail == TFO_STATUS_UNSPEC;
}

int channel_keep(struct channel *s, struct span rest)
{
    return rest.len > 0 ? buffer_add(&s->untaken, rest) : 0;
}

int channel_say_later(struct channel *s, struct span bytes)
{
    return bytes.len > 0 ? buffer_add(&s->unsaid, bytes) : 0;
}

void channel_release(struct channel *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->unsaid.at);
    free(s->untaken.at);
    free(s);
}

socklen_t endpoint_to_sockaddr(struct endpoint e, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof *out);
    if (e.family == 6) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(e.port);
        memcpy(&v6->sin6_addr, e.ip, 16);
        return sizeof *v6;
    }
    v4->sin_family = AF_INET;
    v4->sin_port = htons(e.port);
    memcpy(&v4->sin_addr, e.ip, 4);
    return sizeof *v4;
}

struct endpoint endpoint_from_sockaddr(const struct sockaddr_storage *in)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)in;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)in;
    struct endpoint e = {.family = 4};

    if (in->ss_family == AF_INET6) {
        e.family = 6;
        e.port = ntohs(v6->sin6_port);
        memcpy(e.ip, &v6->sin6_addr, 16);
    } else {
        e.port = ntohs(v4->sin_port);
        memcpy(e.ip, &v4->sin_addr, 4);
    }
    return e;
}
