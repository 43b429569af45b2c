/* SPDX-License-Identifier: BSD-2-Clause */
/* The replies that a client is owed, in order: replies answer commands by
 * count alone (RFC 2920, 3.1). */
#ifndef BENCH_READ_OWED_H
#define BENCH_READ_OWED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum owed_kind {
    OWED_NOTHING,
    OWED_GREETING,
    OWED_COMMAND, /* any that is not named here */
    OWED_HELLO,
    OWED_STARTTLS,
    OWED_AUTH,
    OWED_RSET,
    OWED_MAIL,
    OWED_RCPT,
    OWED_DATA,
    OWED_CHUNK, /* BDAT without LAST */
    OWED_END,   /* the dot, BDAT LAST, BURL LAST */
    OWED_QUIT,
};

enum { OWED_MOST = 1 << 16 }; /* beyond, replies are no longer matched */

struct owed {            /* private; all zero is empty */
    unsigned char *kind; /* a ring */
    size_t first, count, room;
    bool overrun;
    uint64_t pushed; /* in all */
};

void owed_release(struct owed *);
void owed_push(struct owed *, enum owed_kind);
enum owed_kind owed_first(const struct owed *);
enum owed_kind owed_pop(struct owed *);

/* Counted from the end: 0 is the last. There must be more than `back`. */
enum owed_kind owed_last(const struct owed *, size_t back);

/* Forgets the last that were pushed, all but the first `pushed` of them all. */
void owed_forget(struct owed *, uint64_t pushed);

/* Pops up to and with the first DATA. False: there is none. */
bool owed_pop_data(struct owed *);

#endif
