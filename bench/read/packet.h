/* SPDX-License-Identifier: BSD-2-Clause */
/* One captured frame -> one TCP segment. Pure; trusts nothing. */
#ifndef BENCH_READ_PACKET_H
#define BENCH_READ_PACKET_H

#include "smtp/machine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum packet_kind {
    PACKET_TCP,
    PACKET_OTHER,    /* whole as far as one can tell, but no TCP over IP */
    PACKET_FRAGMENT, /* of IP: not put together */
    PACKET_BROKEN,   /* contradicts itself, or cut before the TCP ports */
};

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

struct packet {
    struct endpoint from, to;
    uint32_t seq, ack; /* `ack` has meaning where flags & TCP_ACK */
    uint8_t flags;
    bool stamped;    /* with TCP timestamps */
    bool scaled;     /* a SYN: windows will be shifted by `scale` */
    uint8_t scale;   /* at most 14 (RFC 7323, 2.3) */
    uint16_t mss;    /* a SYN's; 0: not given */
    uint16_t window; /* as it stands there */
    uint32_t stamp, echo;
    const uint8_t *payload; /* borrowed from the frame */
    uint32_t len;           /* of the payload on the wire */
    uint32_t have;          /* of it in the capture: less where cut short */
};

/* Whether frames of this libpcap link type (DLT_*) can be read. */
bool packet_link_known(int link);

/* Link types in files are numbered otherwise where systems disagree. */
int packet_link_of(uint32_t linktype);

/* `caplen` bytes of a frame that was `wirelen` long. */
enum packet_kind packet_read(int link, const uint8_t *frame, size_t caplen,
                             size_t wirelen, struct packet *);

#endif
