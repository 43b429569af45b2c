/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of a link. The outermost one joins 192.0.2.1 (client) to
 * 192.0.2.2 (server). Links made inside it take theirs from 198.18.0.0/15 (RFC
 * 2544), each a part of what its parent has, so that every namespace knows the
 * way to all others by one route; IPv6 addresses end in the same 32 bits.
 *
 * A part gives its first inner link the half that begins with a 0 bit, its
 * second one the quarter that begins with 10, and so on: 15 links deep, or 15
 * side by side, or anything between. What is all ones stays its own. */
#ifndef BENCH_RUN_LINK_PLACE_H
#define BENCH_RUN_LINK_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#define PLACE_TEXT 48

struct link_place { /* where a link lies */
    bool inner;
    uint32_t first; /* of its part, in host order */
    unsigned bits;  /* of `first` that are fixed */
    char client4[PLACE_TEXT], client6[PLACE_TEXT];
    char end4[PLACE_TEXT], end6[PLACE_TEXT]; /* the other end's */
    char part4[PLACE_TEXT], part6[PLACE_TEXT];
    char device[16]; /* of the other end */
};

/* The outermost. */
void link_place_outer(struct link_place *);

/* The `i`-th link (from 0) inside one that has `part4`, as "198.18.0.0/15".
 * -1: that is no part, or there is no room left. */
int link_place_inner(struct link_place *, const char *part4, unsigned i);

/* What lies beyond the other end of an inner link; ends with NULL. */
extern const char *const link_place_world[];

#endif
