/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of rtnetlink that a lab needs; see rtnetlink(7). */
#include "netem/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM 1024 /* for the longest request that we build */

struct request {
    _Alignas(struct nlmsghdr) char bytes[ROOM];
};

static struct nlmsghdr *begin(struct request *r, uint16_t type, uint16_t flags)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(r->bytes);

    h->nlmsg_type = type;
    h->nlmsg_flags = NLM_F_REQUEST | flags;
    h->nlmsg_seq = 1;
    return h;
}

/* Sends a request and hears the answer to its end: the acknowledgement, the
 * last part of a dump, or the error, which mnl_cb_run() puts in errno. */
static int talk(int fd, const struct nlmsghdr *h, mnl_cb_t heard, void *data)
{
    _Alignas(struct nlmsghdr) char answer[32768];
    int more = MNL_CB_OK;

    if (send(fd, h, h->nlmsg_len, 0) == -1)
        return -1;
    while (more > MNL_CB_STOP) {
        ssize_t n = recv(fd, answer, sizeof answer, 0);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return -1;
        more = mnl_cb_run(answer, (size_t)n, h->nlmsg_seq, 0, heard, data);
    }
    return more;
}

static int order(int fd, struct nlmsghdr *h)
{
    h->nlmsg_flags |= NLM_F_ACK;
    return talk(fd, h, NULL, NULL);
}

int netlink_open(void)
{
    struct sockaddr_nl any = {.nl_family = AF_NETLINK};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd == -1)
        return -1;
    if (bind(fd, (struct sockaddr *)&any, sizeof any) == -1) {
        int kept = errno;
        close(fd);
        errno = kept;
        return -1;
    }
    return fd;
}

int netlink_add_veth(int fd, const struct netlink_veth *v)
{
    struct request r;
    struct nlmsghdr *h = begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    struct nlattr *info, *data, *peer;

    mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(h, IFLA_IFNAME, v->near);
    mnl_attr_put_u32(h, IFLA_MTU, v->mtu);
    if (v->near_mac)
        mnl_attr_put(h, IFLA_ADDRESS, 6, v->near_mac);
    info = mnl_attr_nest_start(h, IFLA_LINKINFO);
    mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
    data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
    peer = mnl_attr_nest_start(h, VETH_INFO_PEER);
    mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(h, IFLA_IFNAME, v->far);
    mnl_attr_put_u32(h, IFLA_MTU, v->mtu);
    mnl_attr_put_u32(h, IFLA_NET_NS_FD, (uint32_t)v->far_ns);
    mnl_attr_put(h, IFLA_ADDRESS, 6, v->far_mac);
    mnl_attr_nest_end(h, peer);
    mnl_attr_nest_end(h, data);
    mnl_attr_nest_end(h, info);
    return order(fd, h);
}

/* Without this the kernel makes a link-local address as the device comes up,
 * and announces it. EOPNOTSUPP: this kernel has no IPv6 to be kept quiet. */
static int no_own_address(int fd, unsigned device)
{
    struct request r;
    struct nlmsghdr *h = begin(&r, RTM_NEWLINK, 0);
    struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof *i);
    struct nlattr *families = mnl_attr_nest_start(h, IFLA_AF_SPEC);
    struct nlattr *inet6 = mnl_attr_nest_start(h, AF_INET6);

    i->ifi_index = (int)device;
    mnl_attr_put_u8(h, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    mnl_attr_nest_end(h, inet6);
    mnl_attr_nest_end(h, families);
    if (order(fd, h) == -1 && errno != EOPNOTSUPP && errno != EAFNOSUPPORT)
        return -1;
    return 0;
}

static int set_flags(int fd, unsigned device, unsigned flags, unsigned change,
                     unsigned txqueuelen)
{
    struct request r;
    struct nlmsghdr *h = begin(&r, RTM_NEWLINK, 0);
    struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof *i);

    i->ifi_index = (int)device;
    i->ifi_flags = flags;
    i->ifi_change = change;
    if (txqueuelen > 0)
        mnl_attr_put_u32(h, IFLA_TXQLEN, txqueuelen);
    return order(fd, h);
}

int netlink_turn_on(int fd, unsigned device, unsigned txqueuelen)
{
    if (no_own_address(fd, device) == -1)
        return -1;
    return set_flags(fd, device, IFF_NOARP | IFF_UP,
                     IFF_NOARP | IFF_MULTICAST | IFF_UP, txqueuelen);
}

int netlink_turn_on_loopback(int fd)
{
    return set_flags(fd, 1, IFF_UP, IFF_UP, 0); /* it is always the first */
}

static unsigned bytes_of(int family)
{
    return family == AF_INET ? 4 : 16;
}

int netlink_add_address(int fd, unsigned device, int family, const void *ip)
{
    struct request r;
    struct nlmsghdr *h = begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    struct ifaddrmsg *a = mnl_nlmsg_put_extra_header(h, sizeof *a);

    a->ifa_family = (uint8_t)family;
    a->ifa_prefixlen = (uint8_t)(8 * bytes_of(family));
    a->ifa_scope = RT_SCOPE_UNIVERSE;
    a->ifa_index = device;
    mnl_attr_put(h, IFA_LOCAL, bytes_of(family), ip);
    mnl_attr_put(h, IFA_ADDRESS, bytes_of(family), ip);
    mnl_attr_put_u32(h, IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
    return order(fd, h);
}

int netlink_add_route(int fd, const struct netlink_route *route)
{
    struct request r;
    struct nlmsghdr *h = begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
    struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);
    struct nlattr *metrics;

    m->rtm_family = (uint8_t)route->family;
    m->rtm_dst_len =
        (uint8_t)(route->bits ? route->bits : 8 * bytes_of(route->family));
    m->rtm_table = RT_TABLE_MAIN;
    m->rtm_protocol = RTPROT_STATIC;
    m->rtm_scope = RT_SCOPE_LINK;
    m->rtm_type = RTN_UNICAST;
    mnl_attr_put(h, RTA_DST, bytes_of(route->family), route->to);
    if (route->from)
        mnl_attr_put(h, RTA_PREFSRC, bytes_of(route->family), route->from);
    mnl_attr_put_u32(h, RTA_OIF, route->device);
    metrics = mnl_attr_nest_start(h, RTA_METRICS);
    if (route->congestion[0])
        mnl_attr_put_strz(h, RTAX_CC_ALGO, route->congestion);
    if (route->initcwnd)
        mnl_attr_put_u32(h, RTAX_INITCWND, route->initcwnd);
    if (route->initrwnd)
        mnl_attr_put_u32(h, RTAX_INITRWND, route->initrwnd);
    mnl_attr_nest_end(h, metrics);
    return order(fd, h);
}

static int metric(const struct nlattr *a, void *data)
{
    struct netlink_route *route = data;

    switch (mnl_attr_get_type(a)) {
    case RTAX_CC_ALGO:
        snprintf(route->congestion, sizeof route->congestion, "%s",
                 mnl_attr_get_str(a));
        break;
    case RTAX_INITCWND:
        route->initcwnd = mnl_attr_get_u32(a);
        break;
    case RTAX_INITRWND:
        route->initrwnd = mnl_attr_get_u32(a);
        break;
    }
    return MNL_CB_OK;
}

static int route_part(const struct nlattr *a, void *data)
{
    if (mnl_attr_get_type(a) == RTA_METRICS)
        return mnl_attr_parse_nested(a, metric, data);
    return MNL_CB_OK;
}

/* A found route is the whole answer: no acknowledgement follows it. */
static int route_heard(const struct nlmsghdr *h, void *data)
{
    int ok = mnl_attr_parse(h, sizeof(struct rtmsg), route_part, data);

    return ok == MNL_CB_ERROR ? MNL_CB_ERROR : MNL_CB_STOP;
}

int netlink_get_route(int fd, struct netlink_route *route)
{
    struct request r;
    struct nlmsghdr *h = begin(&r, RTM_GETROUTE, 0);
    struct rtmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);

    m->rtm_family = (uint8_t)route->family;
    m->rtm_dst_len = (uint8_t)(8 * bytes_of(route->family));
    mnl_attr_put(h, RTA_DST, bytes_of(route->family), route->to);
    route->congestion[0] = 0;
    route->initcwnd = route->initrwnd = 0;
    return talk(fd, h, route_heard, route);
}

static int device_part(const struct nlattr *a, void *data)
{
    struct netlink_lost *lost = data;
    struct rtnl_link_stats64 s;

    if (mnl_attr_get_type(a) != IFLA_STATS64)
        return MNL_CB_OK;
    memset(&s, 0, sizeof s);
    memcpy(&s, mnl_attr_get_payload(a),
           mnl_attr_get_payload_len(a) < sizeof s ? mnl_attr_get_payload_len(a)
                                                  : sizeof s);
    lost->packets += s.tx_dropped + s.rx_dropped + s.tx_errors + s.rx_errors;
    return MNL_CB_OK;
}

static int device_heard(const struct nlmsghdr *h, void *data)
{
    return mnl_attr_parse(h, sizeof(struct ifinfomsg), device_part, data);
}

int netlink_get_lost(int fd, struct netlink_lost *lost)
{
    struct request r;
    struct nlmsghdr *h = begin(&r, RTM_GETLINK, NLM_F_DUMP);

    mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
    lost->packets = 0;
    return talk(fd, h, device_heard, lost);
}
