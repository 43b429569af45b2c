/* SPDX-License-Identifier: BSD-2-Clause */
/* Where packets enter and leave the road; see packet(7) and the kernel's
 * Documentation/networking/tuntap.rst. */
#include "netem/port.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define STAMP_ROOM CMSG_SPACE(sizeof(struct timespec))
_Static_assert(PORT_ROOM == ETHER_HDR_LEN + sizeof(struct virtio_net_hdr),
               "room for both headers");

#define BUFFER_BYTES (32 << 20) /* of a socket, where the host allows it */

/* The kernel grants up to rmem_max to anybody, more only to CAP_NET_ADMIN in
 * the first user namespace; what it does not grant is no failure. */
static void enlarge_buffers(int fd)
{
    int bytes = BUFFER_BYTES;

    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == -1)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) == -1)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

/* Hears only what arrives, sends past the queueing discipline, and has the
 * kernel stamp arrivals, so that our own waking up late costs nothing. */
static int prepare(int fd, const char *name, bool gso)
{
    struct sockaddr_ll on = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL)};
    struct ifreq device = {0};
    int yes = 1;

    snprintf(device.ifr_name, sizeof device.ifr_name, "%s", name);
    if (ioctl(fd, SIOCGIFINDEX, &device) == -1)
        return -1;
    on.sll_ifindex = device.ifr_ifindex;
    enlarge_buffers(fd);
    if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) ||
        setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes) ||
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes))
        return -1;
    if (gso && setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof yes))
        return -1;
    return bind(fd, (struct sockaddr *)&on, sizeof on);
}

static int close_keeping_errno(int fd)
{
    int kept = errno;

    close(fd);
    errno = kept;
    return -1;
}

int port_open_veth(struct port *p, const char *name, unsigned mtu, bool gso)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd == -1)
        return -1;
    if (prepare(fd, name, gso) == -1)
        return close_keeping_errno(fd);
    p->kind = PORT_VETH;
    p->fd = fd;
    p->mtu = mtu;
    p->most = gso ? PORT_MOST : mtu;
    p->gso = gso;
    return 0;
}

int port_open_tun(struct port *p, const char *name, unsigned mtu)
{
    struct ifreq r = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

    if (fd == -1)
        return -1;
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    if (ioctl(fd, TUNSETIFF, &r) == -1)
        return close_keeping_errno(fd);
    p->kind = PORT_TUN;
    p->fd = fd;
    p->mtu = p->most = mtu;
    p->gso = false;
    return 0;
}

void port_close(struct port *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

static bool is_ip(const uint8_t *ip, uint32_t len)
{
    return (len >= 20 && ip[0] >> 4 == 4) || (len >= 40 && ip[0] >> 4 == 6);
}

static int64_t stamp_of(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        struct timespec t;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&t, CMSG_DATA(c), sizeof t);
        return t.tv_sec * 1000000000LL + t.tv_nsec;
    }
    return 0;
}

/* Of the headers before an IP packet. */
static size_t headers(const struct port *port)
{
    return port->gso ? PORT_ROOM : ETHER_HDR_LEN;
}

static void unwrap(struct port_packet *p, struct mmsghdr *m, size_t before)
{
    bool whole = m->msg_len > before;
    const uint8_t *type = p->at - 2;
    int ethertype = type[0] << 8 | type[1];

    p->len = whole ? m->msg_len - (uint32_t)before : 0;
    p->stamp_ns = stamp_of(&m->msg_hdr);
    if (ethertype != ETH_P_IP && ethertype != ETH_P_IPV6)
        p->len = 0;
    if (!is_ip(p->at, p->len))
        p->len = 0;
}

/* A ring (PACKET_RX_RING) would save a fifth of the work, but to make one the
 * kernel waits until every CPU has forgotten the socket as it was: 8 to 16 ms
 * for each port, which every experiment would pay, and 200 links 400 times. */
static int read_veth(const struct port *port, struct port_packet *p, int n,
                     size_t room)
{
    struct mmsghdr m[PORT_BATCH];
    struct iovec at[PORT_BATCH];
    _Alignas(struct cmsghdr) char stamps[PORT_BATCH][STAMP_ROOM];
    size_t before = headers(port);
    int got;

    for (int i = 0; i < n; i++) {
        at[i] = (struct iovec){p[i].at - before, room + before};
        m[i].msg_hdr = (struct msghdr){.msg_iov = &at[i],
                                       .msg_iovlen = 1,
                                       .msg_control = stamps[i],
                                       .msg_controllen = STAMP_ROOM};
    }
    got = recvmmsg(port->fd, m, (unsigned)n, MSG_DONTWAIT | MSG_TRUNC, NULL);
    if (got == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    for (int i = 0; i < got; i++)
        unwrap(&p[i], &m[i], before);
    return got;
}

static int read_tun(const struct port *port, struct port_packet *p, int n,
                    size_t room)
{
    for (int i = 0; i < n; i++) {
        ssize_t len = read(port->fd, p[i].at, room);
        if (len == -1 && (errno == EAGAIN || errno == EINTR))
            return i;
        if (len == -1)
            return i > 0 ? i : -1;
        p[i].stamp_ns = 0;
        p[i].len = is_ip(p[i].at, (uint32_t)len) ? (uint32_t)len : 0;
    }
    return n;
}

int port_read(const struct port *port, struct port_packet *p, int n,
              size_t room)
{
    assert(n > 0 && n <= PORT_BATCH && room > port->most);
    return port->kind == PORT_VETH ? read_veth(port, p, n, room)
                                   : read_tun(port, p, n, room);
}

static void wrap(const struct port *port, const struct port_packet *p)
{
    struct ether_header h;

    memcpy(h.ether_dhost, port->mac, sizeof h.ether_dhost);
    memcpy(h.ether_shost, port->mac, sizeof h.ether_shost);
    h.ether_type = htons(p->at[0] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6);
    memcpy(p->at - sizeof h, &h, sizeof h);
}

static int write_veth(const struct port *port, struct port_packet *p, int n)
{
    struct mmsghdr m[PORT_BATCH];
    struct iovec at[PORT_BATCH];
    size_t before = headers(port);

    for (int i = 0; i < n; i++) {
        wrap(port, &p[i]);
        at[i] = (struct iovec){p[i].at - before, p[i].len + before};
        m[i].msg_hdr = (struct msghdr){.msg_iov = &at[i], .msg_iovlen = 1};
    }
    return sendmmsg(port->fd, m, (unsigned)n, MSG_DONTWAIT);
}

static int write_tun(const struct port *port, struct port_packet *p, int n)
{
    for (int i = 0; i < n; i++)
        if (write(port->fd, p[i].at, p[i].len) == -1)
            return i > 0 ? i : -1;
    return n;
}

int port_write(const struct port *port, struct port_packet *p, int n)
{
    assert(n > 0 && n <= PORT_BATCH);
    return port->kind == PORT_VETH ? write_veth(port, p, n)
                                   : write_tun(port, p, n);
}

unsigned port_overflow(const struct port *port)
{
    struct tpacket_stats s = {0};
    socklen_t len = sizeof s;

    if (port->kind != PORT_VETH)
        return 0;
    if (getsockopt(port->fd, SOL_PACKET, PACKET_STATISTICS, &s, &len) == -1)
        return 0;
    return s.tp_drops;
}

const char *port_kind_name(enum port_kind kind)
{
#define X(name, word) word,
    static const char *const names[] = {PORT_KINDS(X)};
#undef X

    assert((size_t)kind < sizeof names / sizeof names[0]);
    return names[kind];
}
