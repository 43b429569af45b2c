/* SPDX-License-Identifier: BSD-2-Clause */
/* A queue of pieces of plaintext. */
#include "smtp/tls_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct tls_piece *new_piece(struct tls_queue *q)
{
    if (q->count == q->room) {
        size_t room = q->room ? 2 * q->room : 4;
        struct tls_piece *more = realloc(q->piece, room * sizeof *more);

        if (!more)
            return NULL;
        q->piece = more;
        q->room = room;
    }
    q->piece[q->count] = (struct tls_piece){0};
    return &q->piece[q->count++];
}

static struct tls_piece *piece_for_copy(struct tls_queue *q)
{
    struct tls_piece *last =
        tls_queue_is_empty(q) ? NULL : &q->piece[q->count - 1];

    return last && last->copy ? last : new_piece(q);
}

static int add_copy(struct tls_queue *q, struct span bytes)
{
    struct tls_piece *p = piece_for_copy(q);
    size_t gone, need;

    if (!p)
        return -1;
    gone = p->copy ? (size_t)(p->left.at - p->copy) : 0;
    need = gone + p->left.len + bytes.len;
    if (need > p->room) {
        char *more = realloc(p->copy, 2 * need);

        if (!more)
            return -1;
        p->copy = more;
        p->room = 2 * need;
    }
    memcpy(p->copy + gone + p->left.len, bytes.at, bytes.len);
    p->left = (struct span){p->copy + gone, p->left.len + bytes.len};
    return 0;
}

int tls_queue_add(struct tls_queue *q, struct span bytes, bool lasting)
{
    struct tls_piece *p;

    if (bytes.len == 0)
        return 0;
    if (!lasting)
        return add_copy(q, bytes);
    p = new_piece(q);
    if (!p)
        return -1;
    p->left = bytes;
    return 0;
}

struct span tls_queue_next(const struct tls_queue *q, char *buffer, size_t most)
{
    const struct tls_piece *p = &q->piece[q->from];
    size_t len = 0;

    if (p->left.len >= most || q->from + 1 == q->count)
        return (struct span){p->left.at,
                             p->left.len < most ? p->left.len : most};
    for (; p < q->piece + q->count && len < most; p++) {
        size_t n = p->left.len < most - len ? p->left.len : most - len;

        memcpy(buffer + len, p->left.at, n);
        len += n;
    }
    return (struct span){buffer, len};
}

void tls_queue_drop(struct tls_queue *q, size_t len)
{
    while (len > 0) {
        struct tls_piece *p = &q->piece[q->from];
        size_t n = len < p->left.len ? len : p->left.len;

        assert(q->from < q->count);
        p->left = (struct span){p->left.at + n, p->left.len - n};
        len -= n;
        if (p->left.len == 0) {
            free(p->copy);
            q->from++;
        }
    }
    if (tls_queue_is_empty(q))
        tls_queue_clear(q);
}

void tls_queue_clear(struct tls_queue *q)
{
    while (q->from < q->count)
        free(q->piece[q->from++].copy);
    free(q->piece);
    *q = (struct tls_queue){0};
}
