/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of a TCP connection, put in order by sequence number. Knows
 * which bytes are new; holds what came too early; bridges what the capture
 * has lost. Offsets count payload bytes from the start of the stream (or from
 * where the capture joins it) and do not wrap. */
#ifndef BENCH_READ_STREAM_H
#define BENCH_READ_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream_piece;

struct stream { /* private but for these */
    bool started;
    uint64_t next;  /* told in order up to here */
    uint64_t high;  /* the end of what was seen, whatever its order */
    uint64_t acked; /* the peer has it, seen or not */
    uint32_t base;  /* the sequence number of offset 0 */
    bool full;      /* no room for a piece: holes are to be given up */
    size_t held_bytes, held_pieces;
    struct stream_piece *held, *last; /* behind `next`, in order, disjoint */
    size_t *room; /* what all streams together may still hold */
};

/* What a stream may hold for a missing segment: more than a window. */
enum { STREAM_HELD = 16 << 20, STREAM_PIECES = 1 << 15 };

/* Told in order; `at` is NULL for `len` bytes that are not in the capture. */
typedef void stream_tell_fn(void *arg, const uint8_t *at, size_t len);

/* `room` is borrowed, and shared among streams. */
void stream_init(struct stream *, size_t *room);
void stream_release(struct stream *);

/* Fixes offset 0; only the first call has an effect. */
void stream_start(struct stream *, uint32_t seq);

/* The offset of a sequence number near what was seen; negative for one from
 * before the start. */
int64_t stream_offset(const struct stream *, uint32_t seq);

/* How many of these bytes were not seen before. */
uint64_t stream_fresh(const struct stream *, int64_t offset, uint32_t len);

/* Takes a segment of which `have` bytes are at hand, and tells what is now in
 * order. */
void stream_take(struct stream *, int64_t offset, const uint8_t *,
                 uint32_t have, uint32_t len, stream_tell_fn *, void *arg);

/* The peer acknowledged up to `offset`: a hole before it that is followed by
 * bytes at hand will not be filled. */
void stream_acked(struct stream *, int64_t offset, stream_tell_fn *, void *arg);

#endif
