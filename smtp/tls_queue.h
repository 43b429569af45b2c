/* SPDX-License-Identifier: BSD-2-Clause */
/* Plaintext that waits to be sealed: short pieces copied, lasting ones pointed
 * at. */
#ifndef SMTP_TLS_QUEUE_H
#define SMTP_TLS_QUEUE_H

#include "smtp/machine.h"

struct tls_piece {
    struct span left;
    char *copy; /* NULL: what `left` points to lasts */
    size_t room;
};

struct tls_queue { /* private; all zero is empty */
    struct tls_piece *piece;
    size_t from, count, room; /* [from, count) are left */
};

/* -1: no memory. */
int tls_queue_add(struct tls_queue *, struct span, bool lasting);

/* The next bytes, at most `most`: where they lie, or else gathered in
 * `buffer`, which has room for so many. */
struct span tls_queue_next(const struct tls_queue *, char *buffer, size_t most);
void tls_queue_drop(struct tls_queue *, size_t);
void tls_queue_clear(struct tls_queue *);

static inline bool tls_queue_is_empty(const struct tls_queue *q)
{
    return q->from == q->count;
}

#endif
