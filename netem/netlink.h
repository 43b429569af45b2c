/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of rtnetlink that a lab needs, over libmnl's message builders. A
 * socket speaks for the namespace in which it was opened. */
#ifndef NETEM_NETLINK_H
#define NETEM_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

struct netlink_veth {
    const char *near, *far;
    int far_ns; /* a descriptor of the namespace of `far` */
    unsigned mtu;
    const uint8_t *far_mac;
    const uint8_t *near_mac; /* NULL: the kernel's choice */
};

struct netlink_route { /* to what is on the link, or beyond it */
    unsigned device;
    int family;
    const void *to, *from; /* addresses; `from` is to be our source, or NULL */
    unsigned bits;         /* of `to` that count; 0: all of them */
    char congestion[16];   /* "": the kernel's */
    unsigned initcwnd, initrwnd; /* 0: the kernel's */
};

struct netlink_lost { /* the sums of all devices */
    unsigned long long packets;
};

/* All return -1 with errno where the kernel refused. */
int netlink_open(void);
int netlink_add_veth(int fd, const struct netlink_veth *);
/* Gives a device its queue length, keeps it from talking by itself (no ARP,
 * no multicast, no address of its own making), and turns it on. */
int netlink_turn_on(int fd, unsigned device, unsigned txqueuelen);
int netlink_turn_on_loopback(int fd);
int netlink_add_address(int fd, unsigned device, int family, const void *ip);
int netlink_add_route(int fd, const struct netlink_route *);
/* Reads back congestion, initcwnd and initrwnd of the route to `r->to`. */
int netlink_get_route(int fd, struct netlink_route *r);
int netlink_get_lost(int fd, struct netlink_lost *);

#endif
