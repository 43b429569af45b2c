/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab of one experiment: three network namespaces (client, server, road)
 * and the links between them, made in a few milliseconds and gone with the
 * last descriptor or process that holds them. Every link has one device in
 * the client's namespace and one in the server's; their other ends lie in the
 * road, where a ferry carries the packets. Nothing has a name outside, so
 * kill -9 leaves nothing. No program is run and no shell. */
#ifndef NETEM_LAB_H
#define NETEM_LAB_H

#include <stdbool.h>
#include <stddef.h>

#include "netem/port.h"

#define LAB_WHY 400 /* room for any refusal of lab_new() or ferry_start() */
#define LAB_LINKS_MAX 1000

enum lab_side { LAB_CLIENT, LAB_SERVER, LAB_ROAD, LAB_SIDES };

struct lab_end {
    const char *name;      /* of the device; NULL: c0, c1, ... or s0, s1, ... */
    const char *ip4, *ip6; /* of this link alone, without a prefix length;
                              NULL: none */
};

struct lab_link {
    struct lab_end client, server;
    unsigned mtu; /* 0: 1500 */
};

/* What the kernel's TCP is pinned to, on both sides. 0, NULL and -1 where
 * noted leave a setting as the kernel has it; it is recorded all the same. */
struct lab_tcp {
    const char *congestion; /* by route; NULL: cubic where the kernel has it */
    int initcwnd, initrwnd; /* by route, in segments; 0: the kernel's */
    int fastopen;           /* RFC 7413: 0, or 3 for both sides */
    int ecn;                /* tcp_ecn: 0, 1 or 2 */
    bool slow_start_after_idle, timestamps, sack, window_scaling;
    bool metrics_save;         /* remember RTT and cwnd of a peer */
    const char *rmem, *wmem;   /* "min default max" in bytes; NULL */
    const char *ports;         /* ip_local_port_range; NULL */
    int syn_retries, retries2; /* -1: the kernel's */
};

struct lab_config {
    enum port_kind port;
    const struct lab_link *links; /* borrowed for the call */
    size_t links_count;           /* 1 to LAB_LINKS_MAX */
    struct lab_tcp tcp;
    /* Networks that a side (client, server) reaches over the first link, beyond
     * its other end, such as "198.18.0.0/15"; ends with NULL. NULL: none. */
    const char *const *beyond[2];
    /* The server's side is where the caller is now: he must be root of that
     * namespace. It gets the links' ends, and forwards packets from now on;
     * nothing else of it is changed. */
    bool server_here;
    /* There will be no ferry: the kernel itself forwards packets in the road,
     * between u0 and d0, u1 and d1, ... (towards client and server). Only by
     * PORT_VETH; there are no ports then. */
    bool joined;
    /* The far ends keep their offloads: what crosses the road are the packets
     * that TCP makes, up to 64 KB, with checksums yet to be computed. Fast, and
     * not what a wire carries. Only by PORT_VETH, and not `joined`. */
    bool gso;
    bool map_root; /* in a user namespace of our own: be root there, so that
                      programs run by exec keep the powers; else keep the uid */
};

struct lab_setting {   /* one thing that was set, as read back */
    const char *where; /* client, server, road or host */
    const char *name, *value;
};

struct lab; /* owned by whoever called lab_new() */

/* No links; TCP as the experiments want it. */
struct lab_config lab_config_default(void);

/* Makes a lab, from a process with one thread. The caller stays where it is.
 * NULL: refused; errno is kept and `why` says which step and what helps. */
struct lab *lab_new(const struct lab_config *, char why[LAB_WHY]);

/* Moves the calling process (one thread) into a side. It may go on to
 * another side or lab, but an ordinary user cannot come back to where he
 * was: fork first. -1: errno. */
int lab_enter(struct lab *, enum lab_side);

/* Gives up the caller's hold. What other processes still use stays until
 * they end. NULL is allowed. */
void lab_free(struct lab *);

size_t lab_links(const struct lab *);

/* The road's end of link `i` towards `side` (client or server). Borrowed. */
const struct port *lab_port(const struct lab *, size_t i, enum lab_side side);

/* What was set and has been read back, for host.json. Borrowed. */
const struct lab_setting *lab_settings(const struct lab *, size_t *count);

/* Counters of the devices of all links, both ends: packets that the kernel
 * itself lost before or behind the road. -1: errno. */
int lab_lost(const struct lab *, enum lab_side, unsigned long long *packets);

/* A counter of a side's kernel, such as "TcpExt", "TCPSynRetrans"; see the
 * kernel's Documentation/networking/snmp_counter.rst. -1: errno; ENOENT: it
 * has none of that name. */
int lab_counter(struct lab *, enum lab_side, const char *group,
                const char *name, unsigned long long *value);

/* What this host allows; every trial runs in a child of its own. */
struct lab_probe {
    bool root, netns, userns, veth, packet, tun, fifo;
    int netns_errno, userns_errno, veth_errno, packet_errno, tun_errno,
        fifo_errno;
    char congestion[256]; /* what the kernel has, parted by blanks */
    char help[1024];      /* a line for each thing that is missing */
};
struct lab_probe lab_probe(void);

#endif
