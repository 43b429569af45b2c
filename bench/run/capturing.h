/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture of a virtual world, made in memory: nanosecond pcap of bare IP
 * (DLT_RAW), as the ferry writes it, with the log of what was handed over. */
#ifndef BENCH_RUN_CAPTURING_H
#define BENCH_RUN_CAPTURING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/read/trace.h"
#include "smtp/machine.h"

struct capturing { /* all zero at first */
    FILE *to;
    void *pcap, *dumper;
    char *text;
    size_t size;
    struct capturing_handed {
        int stream;
        struct endpoint local;
        struct handed handed;
    } * handed;
    size_t handed_count, handed_room;
    bool failed; /* no memory: nothing of it counts */
};

/* -1: errno. */
int capturing_begin(struct capturing *);
void capturing_packet(struct capturing *, int64_t now_ns, const uint8_t *ip,
                      size_t len);
void capturing_handed(struct capturing *, int stream, struct endpoint local,
                      uint64_t offset, int64_t at_ns);

/* No more is to come. -1: errno. */
int capturing_end(struct capturing *);

/* Writes it to a file. -1: errno. */
int capturing_keep(const struct capturing *, const char *path);

/* Turnarounds of all conversations in it. -1 and `why`. */
int capturing_count(const struct capturing *, size_t *turnarounds,
                    char why[TRACE_WHY]);
void capturing_release(struct capturing *);

#endif
