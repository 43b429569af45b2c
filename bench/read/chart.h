/* SPDX-License-Identifier: BSD-2-Clause */
/* A conversation as a ladder: time runs downwards between the client's
 * lifeline and the server's, flights and replies cross from one to the
 * other. */
#ifndef BENCH_READ_CHART_H
#define BENCH_READ_CHART_H

#include "bench/read/trace.h"

#include <stdio.h>

struct chart_arrow {
    bool up;                     /* from the client to the server */
    int64_t leaves_ns, lands_ns; /* its first byte, since the first packet */
    int64_t until_ns;            /* its last byte leaves */
    uint64_t bytes;              /* 0: not told */
    char prefix[8];              /* "SYN " where the bytes ride in it */
    const char *says;            /* borrowed from the conversation */
    size_t wait;                 /* it ends this wait, from 1; 0: none */
};

struct chart {
    const struct conversation *of; /* borrowed */
    struct chart_arrow *arrow;     /* owned; in the order in which they leave */
    size_t count;
};

/* -1: no memory. */
int chart_init(struct chart *, const struct conversation *);
void chart_release(struct chart *);

/* The chart's time is the client's, whose first packet leaves it at 0: what
 * passes a capture elsewhere at T was sent at T too, by that clock. This is
 * the way between the two; a capture at the client, or one that does not tell,
 * has none. */
int64_t chart_before(const struct conversation *);

/* A picture, as SVG 1.1. */
void chart_svg(const struct chart *, FILE *);

/* Text of at most 72 columns, as RFCs have it: `rows` arrows at most, the
 * ones in the middle are left out. */
void chart_ascii(const struct chart *, FILE *, size_t rows);

#endif
