/* SPDX-License-Identifier: BSD-2-Clause */
/* Where packets enter and leave the road: the far end of a veth pair read and
 * written by AF_PACKET, or a TUN device. Either way the road sees bare IP. */
#ifndef NETEM_PORT_H
#define NETEM_PORT_H

#include <net/ethernet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define PORT_KINDS(X)                                                          \
    X(VETH, "veth")                                                            \
    X(TUN,  "tun")
#define X(name, word) PORT_##name,
enum port_kind { PORT_KINDS(X) };
#undef X
/* clang-format on */

#define PORT_BATCH 64   /* packets read or written at once */
#define PORT_MOST 65535 /* bytes of an IP packet, RFC 791 */

/* To be left free before an IP packet: for the Ethernet header, and before it
 * for what packet(7) calls PACKET_VNET_HDR. */
#define PORT_ROOM (ETHER_HDR_LEN + 10)

struct port { /* private; public only so that it can be copied */
    enum port_kind kind;
    int fd;
    unsigned mtu;
    unsigned most; /* bytes of a packet: the MTU, or with `gso` PORT_MOST */
    bool gso;
    uint8_t mac[ETHER_ADDR_LEN]; /* veth: of both far ends */
};

struct port_packet {
    uint8_t *at;  /* the IP packet; PORT_ROOM bytes before it are the port's,
                     and stay with the packet from reading to writing */
    uint32_t len; /* of the packet, even where it was cut */
    int64_t stamp_ns; /* CLOCK_REALTIME of its arrival; 0: not known */
};

/* In the road's namespace: the socket on device `name`. `gso`: packets come as
 * TCP made them, before segmentation, and leave like that. -1: errno. */
int port_open_veth(struct port *, const char *name, unsigned mtu, bool gso);

/* In the namespace where the device shall be: makes it. -1: errno. */
int port_open_tun(struct port *, const char *name, unsigned mtu);

void port_close(struct port *);

/* Reads up to `n` packets (at most PORT_BATCH) into the buffers that `at`
 * names, `room` bytes each. Returns how many; 0: nothing is there; -1:
 * errno. What is no IP packet has len 0. */
int port_read(const struct port *, struct port_packet *, int n, size_t room);

/* Writes up to `n` packets (at most PORT_BATCH). Returns how many were taken;
 * -1: the first was not, and errno says why. */
int port_write(const struct port *, struct port_packet *, int n);

/* Packets that the socket's buffer had no room for since the last call. */
unsigned port_overflow(const struct port *);

const char *port_kind_name(enum port_kind);

#endif
