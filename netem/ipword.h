/* SPDX-License-Identifier: BSD-2-Clause */
/* The ECN bits of an IP header: RFC 3168, 5; RFC 2474, 3. */
#ifndef NETEM_IPWORD_H
#define NETEM_IPWORD_H

#include <stdbool.h>
#include <stdint.h>

#define IPWORD_CE 3

static inline bool ipword_is_4(const uint8_t *ip)
{
    return ip[0] >> 4 == 4;
}

static inline int ipword_ecn(const uint8_t *ip)
{
    return (ipword_is_4(ip) ? ip[1] : ip[1] >> 4) & 3;
}

/* Both ECT(0) and ECT(1), and what is marked already. */
static inline bool ipword_is_ect(const uint8_t *ip)
{
    return ipword_ecn(ip) != 0;
}

/* IPv4's checksum is mended as RFC 1624, 3 has it; IPv6 has none. */
static inline void ipword_mark_ce(uint8_t *ip)
{
    unsigned before = ip[0] << 8 | ip[1], after, sum;

    if (!ipword_is_4(ip)) {
        ip[1] |= IPWORD_CE << 4;
        return;
    }
    ip[1] |= IPWORD_CE;
    after = ip[0] << 8 | ip[1];
    sum = (~(ip[10] << 8 | ip[11]) & 0xffff) + (~before & 0xffff) + after;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    ip[10] = ~sum >> 8 & 0xff;
    ip[11] = ~sum & 0xff;
}

#endif
