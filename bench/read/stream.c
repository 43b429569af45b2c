/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* No receiver's window is wider (RFC 7323, 2.3: 1 GiB); farther away is
 * another connection's number, or made up. */
enum { WIDEST = 1 << 30 };

struct stream_piece {
    struct stream_piece *next;
    uint64_t offset;
    uint32_t len, have;
    uint8_t at[];
};

void stream_init(struct stream *s, size_t *room)
{
    memset(s, 0, sizeof *s);
    s->room = room;
}

static size_t piece_cost(const struct stream_piece *p)
{
    return sizeof *p + p->have;
}

/* Takes the first held piece off the list; the caller frees it. */
static struct stream_piece *unlink_first(struct stream *s)
{
    struct stream_piece *p = s->held;

    s->held = p->next;
    if (!s->held)
        s->last = NULL;
    s->held_bytes -= piece_cost(p);
    s->held_pieces--;
    *s->room += piece_cost(p);
    return p;
}

void stream_release(struct stream *s)
{
    while (s->held)
        free(unlink_first(s));
}

void stream_start(struct stream *s, uint32_t seq)
{
    if (s->started)
        return;
    s->started = true;
    s->base = seq;
}

int64_t stream_offset(const struct stream *s, uint32_t seq)
{
    return (int64_t)s->high + (int32_t)(seq - (s->base + (uint32_t)s->high));
}

static bool plausible(const struct stream *s, int64_t offset)
{
    return offset + WIDEST > (int64_t)s->next &&
           offset < (int64_t)s->high + WIDEST;
}

uint64_t stream_fresh(const struct stream *s, int64_t offset, uint32_t len)
{
    uint64_t from = offset > (int64_t)s->next ? (uint64_t)offset : s->next;
    uint64_t end = (uint64_t)(offset + len), fresh = 0;
    const struct stream_piece *p = s->held;

    if (!plausible(s, offset) || offset + (int64_t)len <= (int64_t)from)
        return 0;
    if (from >= s->high)
        return end - from;
    for (; p && from < end; p = p->next) {
        if (p->offset >= end)
            break;
        if (from < p->offset)
            fresh += p->offset - from;
        if (from < p->offset + p->len)
            from = p->offset + p->len;
    }
    return fresh + (from < end ? end - from : 0);
}

static void tell(struct stream *s, const uint8_t *at, uint32_t have,
                 uint32_t len, stream_tell_fn *fn, void *arg)
{
    s->next += len;
    if (s->high < s->next)
        s->high = s->next;
    if (have)
        fn(arg, at, have);
    if (len > have)
        fn(arg, NULL, len - have);
}

/* Tells the held pieces that have become next in line, and bridges holes
 * before those that the peer has acknowledged. */
static void tell_held(struct stream *s, stream_tell_fn *fn, void *arg)
{
    bool full = s->full || s->held_bytes > STREAM_HELD ||
                s->held_pieces > STREAM_PIECES;

    while (s->held && (s->held->offset == s->next ||
                       s->held->offset <= s->acked || full)) {
        struct stream_piece *p = unlink_first(s);
        uint64_t hole = p->offset - s->next;

        if (hole) {
            s->next = p->offset;
            fn(arg, NULL, hole);
        }
        tell(s, p->at, p->have, p->len, fn, arg);
        free(p);
    }
    s->full = false;
}

/* Holds a piece behind `before` (NULL: first of all). NULL: no room. */
static struct stream_piece *hold(struct stream *s, struct stream_piece *before,
                                 uint64_t offset, const uint8_t *at,
                                 uint32_t have, uint32_t len)
{
    struct stream_piece **link = before ? &before->next : &s->held;
    struct stream_piece *p =
        sizeof *p + have > *s->room ? NULL : malloc(sizeof *p + have);

    if (!p) {
        s->full = true;
        return NULL;
    }
    *p = (struct stream_piece){*link, offset, len, have};
    if (have)
        memcpy(p->at, at, have);
    *link = p;
    if (!p->next)
        s->last = p;
    s->held_bytes += piece_cost(p);
    s->held_pieces++;
    *s->room -= piece_cost(p);
    if (s->high < offset + len)
        s->high = offset + len;
    return p;
}

/* Holds what is new of a segment that came too early. */
static void hold_new(struct stream *s, uint64_t offset, const uint8_t *at,
                     uint32_t have, uint32_t len)
{
    uint64_t from = offset, end = offset + len;
    struct stream_piece *before =
        s->last && s->last->offset <= from ? s->last : NULL;

    if (before && from < before->offset + before->len)
        from = before->offset + before->len;
    while (from < end) {
        struct stream_piece *p = before ? before->next : s->held;
        uint64_t skip = from - offset;
        uint64_t to = p && p->offset < end ? p->offset : end;

        if (p && p->offset <= from) {
            if (from < p->offset + p->len)
                from = p->offset + p->len;
            before = p;
            continue;
        }
        before = hold(s, before, from, skip < have ? at + skip : NULL,
                      (uint32_t)(have <= skip              ? 0
                                 : have < skip + to - from ? have - skip
                                                           : to - from),
                      (uint32_t)(to - from));
        if (!before)
            return;
        from = to;
    }
}

void stream_take(struct stream *s, int64_t offset, const uint8_t *at,
                 uint32_t have, uint32_t len, stream_tell_fn *fn, void *arg)
{
    assert(s->started && have <= len);
    if (!plausible(s, offset) || offset + (int64_t)len <= (int64_t)s->next)
        return;
    if (offset < (int64_t)s->next) {
        uint32_t old = (uint32_t)((int64_t)s->next - offset);

        at = have > old ? at + old : NULL;
        have = have > old ? have - old : 0;
        len -= old;
        offset = (int64_t)s->next;
    }
    if (offset == (int64_t)s->next && !s->held) {
        tell(s, at, have, len, fn, arg);
        return;
    }
    hold_new(s, (uint64_t)offset, at, have, len);
    tell_held(s, fn, arg);
}

void stream_acked(struct stream *s, int64_t offset, stream_tell_fn *fn,
                  void *arg)
{
    if (!plausible(s, offset) || offset <= (int64_t)s->acked)
        return;
    s->acked = (uint64_t)offset;
    tell_held(s, fn, arg);
}
