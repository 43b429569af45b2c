/* SPDX-License-Identifier: BSD-2-Clause */
/* How addresses are parted among links inside links. */
#include "bench/run/link_place.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define WHOLE UINT32_C(0xc6120000) /* 198.18.0.0/15 */
#define WHOLE_BITS 15
#define OWN_BITS 2 /* that a part keeps for its two ends */

const char *const link_place_world[] = {
    "192.0.2.0/24", "2001:db8::/64", "198.18.0.0/15", "2001:db8:12::/64", NULL};

static void print4(char text[PLACE_TEXT], uint32_t ip)
{
    snprintf(text, PLACE_TEXT, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255,
             ip >> 8 & 255, ip & 255);
}

static void print6(char text[PLACE_TEXT], uint32_t ip)
{
    snprintf(text, PLACE_TEXT, "2001:db8:12::%x:%x", ip >> 16, ip & 0xffff);
}

static void print_part(struct link_place *p)
{
    size_t n;

    print4(p->part4, p->first);
    n = strlen(p->part4);
    snprintf(p->part4 + n, PLACE_TEXT - n, "/%u", p->bits);
    print6(p->part6, p->first);
    n = strlen(p->part6);
    snprintf(p->part6 + n, PLACE_TEXT - n, "/%u", 96 + p->bits);
}

void link_place_outer(struct link_place *p)
{
    *p = (struct link_place){.first = WHOLE,
                             .bits = WHOLE_BITS,
                             .client4 = "192.0.2.1",
                             .client6 = "2001:db8::1",
                             .end4 = "192.0.2.2",
                             .end6 = "2001:db8::2",
                             .device = "s0"};
    print_part(p);
}

static int read_part(struct link_place *p, const char *text)
{
    struct in_addr a;
    char ip[PLACE_TEXT];
    unsigned bits;
    int n = 0;

    if (sscanf(text, "%47[0-9.]/%u%n", ip, &bits, &n) != 2 || text[n] ||
        inet_pton(AF_INET, ip, &a) != 1 || bits < WHOLE_BITS || bits > 32)
        return -1;
    p->first = ntohl(a.s_addr);
    p->bits = bits;
    return 0;
}

int link_place_inner(struct link_place *p, const char *part4, unsigned i)
{
    uint32_t last;

    *p = (struct link_place){.inner = true};
    if (read_part(p, part4) < 0 || p->bits + i + 1 > 32 - OWN_BITS)
        return -1;
    for (unsigned bit = 0; bit < i; bit++)
        p->first |= UINT32_C(1) << (31 - p->bits - bit);
    p->bits += i + 1;
    last = p->first | (UINT32_MAX >> p->bits);
    print4(p->client4, last);
    print6(p->client6, last);
    print4(p->end4, last - 1);
    print6(p->end6, last - 1);
    snprintf(p->device, sizeof p->device, "s%u", i);
    print_part(p);
    return 0;
}
