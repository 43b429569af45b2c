/* SPDX-License-Identifier: BSD-2-Clause */
/* One end of one link: its device, its port, its addresses and routes. */
#include "netem/lab_end.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "netem/netlink.h"

/* At 500 a TUN drops bursts that TCP means to send. */
#define TXQUEUELEN 10000

/* One end of one link. */
struct end {
    struct lab_site *site;
    const struct lab_config *config;
    enum lab_side side;
    size_t link;
    const struct lab_end *own, *other;
    char name[IFNAMSIZ];
    unsigned mtu, index;
};

static struct end end_of(struct lab_site *site, const struct lab_config *config,
                         size_t i, enum lab_side side)
{
    const struct lab_link *l = &config->links[i];
    struct end e = {.site = site, .config = config, .side = side, .link = i};

    e.own = side == LAB_CLIENT ? &l->client : &l->server;
    e.other = side == LAB_CLIENT ? &l->server : &l->client;
    e.mtu = l->mtu ? l->mtu : 1500;
    if (e.own->name)
        snprintf(e.name, sizeof e.name, "%s", e.own->name);
    else
        snprintf(e.name, sizeof e.name, "%c%zu", side == LAB_CLIENT ? 'c' : 's',
                 i);
    return e;
}

static struct port *port_of(const struct end *e)
{
    return &e->site->ports[2 * e->link + (e->side == LAB_SERVER)];
}

/* Both far ends of a link have this address: with ARP off the kernel sends
 * frames to its own, and the other end takes them for its own too. */
static void choose_mac(const struct end *e, uint8_t mac[ETHER_ADDR_LEN])
{
    const uint8_t local[] = {2, 't', 'a', 0, e->link >> 8 & 255, e->link & 255};

    memcpy(mac, local, ETHER_ADDR_LEN);
}

/* The road's own device of this end. */
static void name_near(const struct end *e, char near[IFNAMSIZ])
{
    snprintf(near, IFNAMSIZ, "%c%zu", e->side == LAB_CLIENT ? 'u' : 'd',
             e->link);
}

static int near_index(const struct end *e, unsigned *index)
{
    struct ifreq r = {0};

    name_near(e, r.ifr_name);
    if (ioctl(e->site->control[LAB_ROAD], SIOCGIFINDEX, &r) == -1)
        return -1;
    *index = (unsigned)r.ifr_ifindex;
    return 0;
}

static int make_veth(struct end *e)
{
    struct lab_site *site = e->site;
    int road = site->netlink[LAB_ROAD];
    char near[IFNAMSIZ];
    struct port *port = port_of(e);
    struct netlink_veth v = {.near = near,
                             .far = e->name,
                             .far_ns = site->ns[e->side],
                             .mtu = e->mtu,
                             .far_mac = port->mac};
    unsigned index;

    name_near(e, near);
    choose_mac(e, port->mac);
    if (e->config->joined) /* else the kernel would take packets as its own */
        v.near_mac = port->mac;
    if (netlink_add_veth(road, &v) == -1)
        return lab_refuse(site, "link %zu: make the veth pair %s-%s", e->link,
                          near, e->name);
    if (near_index(e, &index) == -1 ||
        netlink_turn_on(road, index, TXQUEUELEN) == -1)
        return lab_refuse(site, "link %zu: turn on %s", e->link, near);
    if (!e->config->joined &&
        port_open_veth(port, near, e->mtu, e->config->gso) == -1)
        return lab_refuse(site, "link %zu: AF_PACKET socket on %s", e->link,
                          near);
    return 0;
}

/* A TUN lies where /dev/net/tun was opened, so we go there and back. */
static int make_tun(struct end *e)
{
    struct lab_site *site = e->site;
    int ok;

    if (setns(site->ns[e->side], CLONE_NEWNET) == -1)
        return lab_refuse(site, "enter the %s", lab_side_name(e->side));
    ok = port_open_tun(port_of(e), e->name, e->mtu);
    if (ok == -1)
        lab_refuse(site, "link %zu: open /dev/net/tun for %s", e->link,
                   e->name);
    if (ok == -1 && site->error == ENOENT)
        lab_help(site, "modprobe tun, or use veth");
    if (ok == -1 && (site->error == EACCES || site->error == EPERM))
        lab_help(site, "the device node is not for this user: run as root, "
                       "or use veth, which needs no node");
    if (setns(site->ns[LAB_ROAD], CLONE_NEWNET) == -1)
        return lab_refuse(site, "enter the road");
    return ok;
}

static int ethtool(const struct end *e, uint32_t command, uint32_t *value)
{
    struct ethtool_value v = {.cmd = command, .data = *value};
    struct ifreq r = {.ifr_data = (char *)&v};

    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", e->name);
    if (ioctl(e->site->control[e->side], SIOCETHTOOL, &r) == -1)
        return -1;
    *value = v.data;
    return 0;
}

/* What crosses the road must be what would cross a wire: whole checksums, no
 * packet above the MTU. */
static int turn_off_offloads(const struct end *e)
{
    /* clang-format off */
    static const struct {
        uint32_t set, get;
        const char *name;
    } offload[] = {
        {ETHTOOL_STXCSUM, ETHTOOL_GTXCSUM, "tx checksum offload"},
        {ETHTOOL_STSO,    ETHTOOL_GTSO,    "tso"},
        {ETHTOOL_SGSO,    ETHTOOL_GGSO,    "gso"},
        {ETHTOOL_SGRO,    ETHTOOL_GGRO,    "gro"},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof offload / sizeof offload[0]; i++) {
        uint32_t off = 0;
        if (ethtool(e, offload[i].set, &off) == -1 && errno != EOPNOTSUPP)
            return lab_refuse(e->site, "%s: turn off %s", e->name,
                              offload[i].name);
        if (ethtool(e, offload[i].get, &off) == -1 && errno != EOPNOTSUPP)
            return lab_refuse(e->site, "%s: ask for %s", e->name,
                              offload[i].name);
        if (off) {
            errno = EINVAL;
            return lab_refuse(e->site, "%s: %s stayed on", e->name,
                              offload[i].name);
        }
    }
    return 0;
}

/* Finds the device and sets its MTU, which a TUN is not born with. */
static int set_mtu(struct end *e)
{
    struct ifreq r = {.ifr_mtu = (int)e->mtu};
    struct lab_site *site = e->site;

    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", e->name);
    if (ioctl(site->control[e->side], SIOCSIFMTU, &r) == -1)
        return lab_refuse(site, "%s: set MTU %u", e->name, e->mtu);
    if (ioctl(site->control[e->side], SIOCGIFINDEX, &r) == -1)
        return lab_refuse(site, "%s: find the device", e->name);
    e->index = (unsigned)r.ifr_ifindex;
    return 0;
}

static int address(const struct end *e, int family, const char *text,
                   uint8_t bytes[16])
{
    if (inet_pton(family, text, bytes) == 1)
        return 0;
    errno = EINVAL;
    return lab_refuse(e->site, "link %zu: \"%s\" is no IPv%c address", e->link,
                      text, family == AF_INET ? '4' : '6');
}

/* Reads a route back. What all links have is recorded once. */
static int check_route(const struct end *e, const struct netlink_route *set,
                       const char *to)
{
    struct netlink_route got = *set;
    struct pins *pins = &e->site->pins;
    char name[56], value[80];

    if (netlink_get_route(e->site->netlink[e->side], &got) == -1)
        return lab_refuse(e->site, "%s: read back the route to %s", e->name,
                          to);
    if (strcmp(set->congestion, got.congestion) != 0 ||
        set->initcwnd != got.initcwnd || set->initrwnd != got.initrwnd) {
        errno = EINVAL;
        return lab_refuse(
            e->site,
            "%s: the route to %s was given congctl \"%s\" initcwnd "
            "%u initrwnd %u, but has \"%s\" %u %u",
            e->name, to, set->congestion, set->initcwnd, set->initrwnd,
            got.congestion, got.initcwnd, got.initrwnd);
    }
    if (e->link > 0 || set->bits > 0)
        return 0;
    snprintf(name, sizeof name, "route/ipv%c",
             set->family == AF_INET ? '4' : '6');
    snprintf(value, sizeof value, "congctl %s initcwnd %u initrwnd %u mtu %u",
             got.congestion[0] ? got.congestion : "default", got.initcwnd,
             got.initrwnd, e->mtu);
    pin_note(pins, lab_side_name(e->side), name, value);
    return 0;
}

static int explain_route(struct lab_site *site)
{
    char known[256] = "this kernel has ";
    size_t n = strlen(known);

    if (site->error == EEXIST)
        return lab_help(site, "each link needs addresses of its own");
    if (site->error != EINVAL)
        return -1;
    lab_congestions(known + n, sizeof known - n);
    return lab_help(site, known);
}

static int add_route(const struct end *e, const struct netlink_route *r,
                     const char *to)
{
    if (netlink_add_route(e->site->netlink[e->side], r) == 0)
        return check_route(e, r, to);
    lab_refuse(e->site, "%s: add a route to %s with congctl \"%s\"", e->name,
               to, r->congestion);
    return explain_route(e->site);
}

static int family_of(const char *net)
{
    return strchr(net, ':') ? AF_INET6 : AF_INET;
}

/* The same way, but to a network, "ADDRESS/BITS". */
static int join_beyond(const struct end *e, struct netlink_route r,
                       const char *net)
{
    size_t len = strcspn(net, "/");
    char text[INET6_ADDRSTRLEN];
    uint8_t to[16];

    snprintf(text, sizeof text, "%.*s", (int)len, net);
    if (address(e, r.family, text, to) == -1)
        return -1;
    r.to = to;
    r.bits = net[len] ? (unsigned)strtoul(net + len + 1, NULL, 10) : 0;
    return add_route(e, &r, net);
}

/* Where the kernel forwards: the way from the road to this end, and to what is
 * beyond it, which is what the other end reaches beyond us. */
static int join_road(const struct end *e, int family, const char *own)
{
    struct end road = *e;
    uint8_t to[16];
    struct netlink_route r = {.family = family, .to = to};
    enum lab_side other = e->side == LAB_CLIENT ? LAB_SERVER : LAB_CLIENT;

    road.side = LAB_ROAD;
    name_near(e, road.name);
    if (near_index(e, &r.device) == -1)
        return lab_refuse(e->site, "%s: find the device", road.name);
    if (address(e, family, own, to) == -1 || add_route(&road, &r, own) == -1)
        return -1;
    for (const char *const *net = e->config->beyond[other];
         e->link == 0 && net && *net; net++)
        if (family_of(*net) == family && join_beyond(&road, r, *net) == -1)
            return -1;
    return 0;
}

static int join(const struct end *e, int family, const char *own,
                const char *other, const char *congestion)
{
    uint8_t from[16], to[16];
    int fd = e->site->netlink[e->side];
    struct netlink_route r = {.device = e->index,
                              .family = family,
                              .to = to,
                              .from = from,
                              .initcwnd = (unsigned)e->config->tcp.initcwnd,
                              .initrwnd = (unsigned)e->config->tcp.initrwnd};

    if (!own || !other)
        return 0;
    if (address(e, family, own, from) == -1 ||
        address(e, family, other, to) == -1)
        return -1;
    snprintf(r.congestion, sizeof r.congestion, "%s", congestion);
    if (netlink_add_address(fd, e->index, family, from) == -1)
        return lab_refuse(e->site, "%s: add address %s", e->name, own);
    if (add_route(e, &r, other) == -1)
        return -1;
    for (const char *const *net = e->config->beyond[e->side];
         e->link == 0 && net && *net; net++)
        if (family_of(*net) == family && join_beyond(e, r, *net) == -1)
            return -1;
    return e->config->joined ? join_road(e, family, own) : 0;
}

/* Reads back what all links have; it is recorded once. */
static int check_device(const struct end *e)
{
    struct ifreq r = {0};
    int fd = e->site->control[e->side], mtu;
    char value[80];

    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", e->name);
    if (ioctl(fd, SIOCGIFMTU, &r) == -1)
        return lab_refuse(e->site, "%s: read back the MTU", e->name);
    mtu = r.ifr_mtu;
    if (ioctl(fd, SIOCGIFTXQLEN, &r) == -1)
        return lab_refuse(e->site, "%s: read back txqueuelen", e->name);
    if (mtu != (int)e->mtu || r.ifr_qlen != TXQUEUELEN) {
        errno = EINVAL;
        return lab_refuse(e->site,
                          "%s was given mtu %u txqueuelen %d, but has %d %d",
                          e->name, e->mtu, TXQUEUELEN, mtu, r.ifr_qlen);
    }
    snprintf(value, sizeof value, "mtu %d txqueuelen %d, %s", mtu, r.ifr_qlen,
             e->config->gso ? "with all offloads"
                            : "without tx checksum, tso, gso, gro");
    if (e->link == 0)
        pin_note(&e->site->pins, lab_side_name(e->side), "device", value);
    return 0;
}

int lab_end_make(struct lab_site *site, const struct lab_config *config,
                 size_t i, enum lab_side side, const char *congestion)
{
    struct end e = end_of(site, config, i, side);
    bool tun = config->port == PORT_TUN;

    if ((tun ? make_tun(&e) : make_veth(&e)) == -1)
        return -1;
    if (set_mtu(&e) == -1 || (!config->gso && turn_off_offloads(&e) == -1))
        return -1;
    if (netlink_turn_on(site->netlink[side], e.index, TXQUEUELEN) == -1)
        return lab_refuse(site, "%s: turn on", e.name);
    if (check_device(&e) == -1)
        return -1;
    if (join(&e, AF_INET, e.own->ip4, e.other->ip4, congestion) == -1)
        return -1;
    return join(&e, AF_INET6, e.own->ip6, e.other->ip6, congestion);
}
