/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/packet.h"

#include <pcap/dlt.h>
#include <string.h>

enum { /* EtherTypes */
       TYPE_IPV4 = 0x0800,
       TYPE_IPV6 = 0x86dd,
       TYPE_VLAN = 0x8100,
       TYPE_QINQ = 0x88a8,
       TYPE_OLD_QINQ = 0x9100,
       TYPE_PPPOE = 0x8864,
};

enum { /* IP protocol numbers and IPv6 extension headers */
       IP_HOP_BY_HOP = 0,
       IP_TCP = 6,
       IP_ROUTING = 43,
       IP_FRAGMENT = 44,
       IP_AH = 51,
       IP_OPTIONS = 60,
       IP_MOBILITY = 135,
};

enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057 };

/* No sender's offload makes a larger segment (Linux: GSO_MAX_SIZE is 512 KiB);
 * a frame that claims more is made up. */
enum { LARGEST = 1 << 20 };

/* What is left of a frame: bytes in the capture and bytes on the wire. */
struct rest {
    const uint8_t *at;
    size_t have, wire;
};

static bool rest_skip(struct rest *r, size_t n)
{
    if (n > r->have)
        return false;
    r->at += n;
    r->have -= n;
    r->wire -= n;
    return true;
}

/* Forgets what stands behind the first `n` bytes: an Ethernet frame's
 * padding. */
static void rest_trim(struct rest *r, size_t n)
{
    r->wire = n;
    if (r->have > n)
        r->have = n;
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* The largest segment (RFC 9293, 3.7.1), the window's scale and timestamps
 * (RFC 7323, 2.2 and 3.2). */
static void read_options(const uint8_t *p, size_t len, struct packet *out)
{
    for (size_t i = 0; i < len && p[i] != 0;) {
        size_t size = p[i] == 1 ? 1 : i + 1 < len ? p[i + 1] : 0;

        if (size == 0 || size > len - i || (p[i] != 1 && size < 2))
            return;
        if (p[i] == 8 && size == 10) {
            out->stamped = true;
            out->stamp = get32(p + i + 2);
            out->echo = get32(p + i + 6);
        } else if (p[i] == 2 && size == 4) {
            out->mss = (uint16_t)get16(p + i + 2);
        } else if (p[i] == 3 && size == 3) {
            out->scaled = true;
            out->scale = p[i + 2] > 14 ? 14 : p[i + 2];
        }
        i += size;
    }
}

static enum packet_kind read_tcp(struct rest r, struct packet *out)
{
    size_t header;

    if (r.have < 14)
        return PACKET_BROKEN;
    header = (size_t)(r.at[12] >> 4) * 4;
    if (header < 20 || header > r.wire)
        return PACKET_BROKEN;
    out->from.port = (uint16_t)get16(r.at);
    out->to.port = (uint16_t)get16(r.at + 2);
    out->seq = get32(r.at + 4);
    out->ack = get32(r.at + 8);
    out->flags = r.at[13];
    out->len = (uint32_t)(r.wire - header);
    if (r.have >= 16)
        out->window = (uint16_t)get16(r.at + 14);
    if (r.have > 20)
        read_options(r.at + 20, (r.have < header ? r.have : header) - 20, out);
    if (r.have > header) {
        out->payload = r.at + header;
        out->have = (uint32_t)(r.have - header);
    }
    return PACKET_TCP;
}

static void set_ip(struct endpoint *e, int family, const uint8_t *ip)
{
    e->family = (uint8_t)family;
    memcpy(e->ip, ip, family == 4 ? 4 : 16);
}

static enum packet_kind read_ipv4(struct rest r, struct packet *out)
{
    size_t header, total;

    if (r.have < 20)
        return PACKET_BROKEN;
    header = (size_t)(r.at[0] & 15) * 4;
    total = get16(r.at + 2);
    /* Segments that the card will cut are captured with no length at all. */
    if (total == 0)
        total = r.wire;
    if (r.at[0] >> 4 != 4 || header < 20 || total < header || total > r.wire)
        return PACKET_BROKEN;
    if (get16(r.at + 6) & 0x3fff)
        return PACKET_FRAGMENT;
    if (r.at[9] != IP_TCP)
        return PACKET_OTHER;
    set_ip(&out->from, 4, r.at + 12);
    set_ip(&out->to, 4, r.at + 16);
    rest_trim(&r, total);
    return rest_skip(&r, header) ? read_tcp(r, out) : PACKET_BROKEN;
}

/* Walks the extension headers (RFC 8200, 4) up to TCP. */
static enum packet_kind read_behind_ipv6(struct rest r, int next,
                                         struct packet *out)
{
    while (next != IP_TCP) {
        size_t size;

        if (next != IP_HOP_BY_HOP && next != IP_ROUTING && next != IP_AH &&
            next != IP_FRAGMENT && next != IP_OPTIONS && next != IP_MOBILITY)
            return PACKET_OTHER;
        if (r.have < 8)
            return PACKET_BROKEN;
        if (next == IP_FRAGMENT && get16(r.at + 2) & 0xfff9)
            return PACKET_FRAGMENT;
        size = next == IP_FRAGMENT ? 8
               : next == IP_AH     ? ((size_t)r.at[1] + 2) * 4
                                   : ((size_t)r.at[1] + 1) * 8;
        next = r.at[0];
        if (!rest_skip(&r, size))
            return PACKET_BROKEN;
    }
    return read_tcp(r, out);
}

static enum packet_kind read_ipv6(struct rest r, struct packet *out)
{
    size_t len;
    int next;

    if (r.have < 40 || r.at[0] >> 4 != 6)
        return PACKET_BROKEN;
    len = get16(r.at + 4);
    next = r.at[6];
    set_ip(&out->from, 6, r.at + 8);
    set_ip(&out->to, 6, r.at + 24);
    rest_skip(&r, 40);
    if (len == 0 && next != IP_HOP_BY_HOP)
        len = r.wire; /* as for IPv4 */
    if (len == 0)
        return PACKET_OTHER; /* a jumbogram (RFC 2675) */
    if (len > r.wire)
        return PACKET_BROKEN;
    rest_trim(&r, len);
    return read_behind_ipv6(r, next, out);
}

static enum packet_kind read_ip(struct rest r, struct packet *out)
{
    if (r.have == 0)
        return PACKET_BROKEN;
    return r.at[0] >> 4 == 4   ? read_ipv4(r, out)
           : r.at[0] >> 4 == 6 ? read_ipv6(r, out)
                               : PACKET_BROKEN;
}

static enum packet_kind read_ppp(struct rest r, struct packet *out)
{
    unsigned protocol;

    /* Address and control, unless they were negotiated away; so may be the
     * first byte of the protocol (RFC 1661, 6.5-6.6). */
    if (r.have >= 2 && r.at[0] == 0xff && r.at[1] == 0x03)
        rest_skip(&r, 2);
    if (r.have < 2)
        return PACKET_BROKEN;
    protocol = r.at[0] & 1 ? r.at[0] : get16(r.at);
    rest_skip(&r, r.at[0] & 1 ? 1 : 2);
    return protocol == PPP_IPV4   ? read_ipv4(r, out)
           : protocol == PPP_IPV6 ? read_ipv6(r, out)
                                  : PACKET_OTHER;
}

/* Behind an EtherType. */
static enum packet_kind read_type(struct rest r, unsigned type,
                                  struct packet *out)
{
    while (type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_OLD_QINQ) {
        if (r.have < 4)
            return PACKET_BROKEN;
        type = get16(r.at + 2);
        rest_skip(&r, 4);
    }
    if (type == TYPE_PPPOE) /* RFC 2516, 4 */
        return rest_skip(&r, 6) ? read_ppp(r, out) : PACKET_BROKEN;
    return type == TYPE_IPV4   ? read_ipv4(r, out)
           : type == TYPE_IPV6 ? read_ipv6(r, out)
                               : PACKET_OTHER;
}

/* A header of `size` bytes that holds an EtherType at `at`. */
static enum packet_kind read_typed(struct rest r, size_t at, size_t size,
                                   struct packet *out)
{
    unsigned type;

    if (r.have < size)
        return PACKET_BROKEN;
    type = get16(r.at + at);
    rest_skip(&r, size);
    return read_type(r, type, out);
}

/* Four bytes of an address family, in the byte order of whoever captured;
 * its number for IPv6 differs by system, and the packet itself tells. */
static enum packet_kind read_loopback(struct rest r, struct packet *out)
{
    return rest_skip(&r, 4) ? read_ip(r, out) : PACKET_BROKEN;
}

int packet_link_of(uint32_t linktype)
{
    return linktype == 101   ? DLT_RAW
           : linktype == 108 ? DLT_LOOP
                             : (int)linktype;
}

bool packet_link_known(int link)
{
    switch (link) {
    case DLT_EN10MB:
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
    case DLT_NULL:
    case DLT_LOOP:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_PPP:
    case DLT_PPP_SERIAL:
    case DLT_PPP_ETHER:
        return true;
    default:
        return false;
    }
}

enum packet_kind packet_read(int link, const uint8_t *frame, size_t caplen,
                             size_t wirelen, struct packet *out)
{
    struct rest r = {frame, caplen, wirelen < caplen ? caplen : wirelen};

    memset(out, 0, sizeof *out);
    if (wirelen > LARGEST || caplen > LARGEST)
        return PACKET_BROKEN;
    switch (link) {
    case DLT_EN10MB:
        return read_typed(r, 12, 14, out);
    case DLT_LINUX_SLL:
        return read_typed(r, 14, 16, out);
    case DLT_LINUX_SLL2:
        return read_typed(r, 0, 20, out);
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
        return read_ip(r, out);
    case DLT_NULL:
    case DLT_LOOP:
        return read_loopback(r, out);
    case DLT_PPP:
    case DLT_PPP_SERIAL:
        return read_ppp(r, out);
    case DLT_PPP_ETHER:
        return rest_skip(&r, 6) ? read_ppp(r, out) : PACKET_BROKEN;
    default:
        return PACKET_OTHER;
    }
}
