/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection that is made for its cookie alone. */
#include "bench/run/cookie.h"

#include <errno.h>
#include <sys/time.h>
#include <unistd.h>

#include "bench/run/channel.h"

static int set_patience(int fd, int64_t ns)
{
    const struct timeval t = {ns / 1000000000, ns % 1000000000 / 1000};

    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) < 0)
        return -1;
    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

/* The send of nothing connects. */
static int converse(int fd, struct endpoint at, struct endpoint *local)
{
    struct sockaddr_storage to;
    socklen_t len = endpoint_to_sockaddr(at, &to);
    char heard[512];
    ssize_t n;

    if (sendto(fd, "", 0, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&to,
               len) < 0)
        return -1;
    len = sizeof to;
    if (getsockname(fd, (struct sockaddr *)&to, &len) < 0 ||
        shutdown(fd, SHUT_WR) < 0)
        return -1;
    *local = endpoint_from_sockaddr(&to);
    do
        n = recv(fd, heard, sizeof heard, 0);
    while (n > 0);
    return (int)n;
}

int cookie_fetch(struct endpoint at, int64_t patience_ns,
                 struct endpoint *local)
{
    int fd = socket(at.family == 6 ? AF_INET6 : AF_INET,
                    SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result, error;

    if (fd < 0)
        return -1;
    result = set_patience(fd, patience_ns);
    if (result == 0)
        result = converse(fd, at, local);
    error = errno;
    close(fd);
    errno = error;
    return result;
}
