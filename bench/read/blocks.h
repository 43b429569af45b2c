/* SPDX-License-Identifier: BSD-2-Clause */
/* The blocks of a pcapng file (draft-ietf-opsawg-pcapng). libpcap refuses one
 * whose interfaces have different link types, which is what a capture on
 * several interfaces at once is; here each packet has its own. */
#ifndef BENCH_READ_BLOCKS_H
#define BENCH_READ_BLOCKS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { BLOCKS_WHY = 200 };

struct blocks;

/* A packet; or, where `secrets` is not NULL, lines of a key log. */
struct blocks_packet {
    const char *secrets; /* until the next call */
    size_t secrets_len;
    int link; /* DLT_* */
    int64_t s, ns;
    const uint8_t *frame; /* until the next call */
    size_t caplen, len;
};

/* Of an open file, which stays the caller's. NULL: no memory. */
struct blocks *blocks_new(FILE *);
void blocks_free(struct blocks *);

/* 1: a packet, or secrets. 0: the end. -1 and `why`: it is cut short, or
 * nothing whole stands behind the damage. Other damage is skipped. */
int blocks_next(struct blocks *, struct blocks_packet *, char why[BLOCKS_WHY]);

/* The link type of an interface that cannot be read, and its number, from 0;
 * -1: all can be, or none was met. */
int blocks_unread(const struct blocks *, size_t *interface);
/* How often something was skipped that is no block, or contradicts itself, and
 * how many bytes in all. */
uint64_t blocks_damages(const struct blocks *, uint64_t *bytes);

size_t blocks_interfaces(const struct blocks *);

#endif
