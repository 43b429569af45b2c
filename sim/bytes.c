/* SPDX-License-Identifier: BSD-2-Clause */
/* A buffer that grows. */
#include "sim/bytes.h"

#include <stdlib.h>
#include <string.h>

int bytes_add(struct bytes *b, struct span more)
{
    if (more.len == 0)
        return 0;
    if (more.len > b->room - b->len) {
        size_t room = b->len + more.len < 256 ? 256 : (b->len + more.len) * 2;
        char *bigger = realloc(b->at, room);

        if (!bigger)
            return -1;
        b->at = bigger;
        b->room = room;
    }
    memcpy(b->at + b->len, more.at, more.len);
    b->len += more.len;
    return 0;
}

void bytes_drop(struct bytes *b, size_t len)
{
    b->len -= len;
    if (len > 0)
        memmove(b->at, b->at + len, b->len);
}

void bytes_free(struct bytes *b)
{
    free(b->at);
    *b = (struct bytes){0};
}
