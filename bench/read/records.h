/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a pcap file (draft-ietf-opsawg-pcap). libpcap ends at the
 * first header that cannot be; here the next one that can is searched, so that
 * a damaged header costs what it stood for and not all that stands behind. */
#ifndef BENCH_READ_RECORDS_H
#define BENCH_READ_RECORDS_H

#include "bench/read/blocks.h"
#include "bench/read/window.h"

struct records {
    struct window window;
    size_t head; /* of a record's header */
    bool swapped;
    uint32_t per_second;
    int link;    /* DLT_* */
    size_t last; /* the length of the record before, without its header */
    uint64_t damages, damaged_bytes;
};

/* Of an open file, which stays the caller's. -1 and `why`: no pcap. */
int records_init(struct records *, FILE *, char why[BLOCKS_WHY]);
void records_release(struct records *);

/* 1: a packet. 0: the end. -1 and `why`: it is cut short, or nothing whole
 * stands behind the damage. */
int records_next(struct records *, struct blocks_packet *,
                 char why[BLOCKS_WHY]);

#endif
