/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/window.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ROOM = 1 << 18 };

void window_init(struct window *w, FILE *from)
{
    struct stat s;
    int fd = fileno(from);

    *w = (struct window){.from = from};
    w->whole = fd >= 0 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode);
}

void window_release(struct window *w)
{
    free(w->bytes);
}

static bool make_room(struct window *w, size_t len)
{
    size_t room = w->room ? w->room : ROOM;
    uint8_t *more;

    if (w->kept) {
        memmove(w->bytes, w->bytes + w->kept, w->have - w->kept);
        w->at -= w->kept;
        w->have -= w->kept;
        w->kept = 0;
    }
    while (room - w->at < len)
        room *= 2;
    if (room == w->room)
        return true;
    more = realloc(w->bytes, room);
    if (!more) {
        w->poor = true;
        return false;
    }
    w->bytes = more;
    w->room = room;
    return true;
}

static const uint8_t *fill(struct window *w, size_t len)
{
    size_t want;

    if (w->room - w->at < len && !make_room(w, len))
        return NULL;
    want = (w->whole ? w->room : w->at + len) - w->have;
    w->have += fread(w->bytes + w->have, 1, want, w->from);
    return w->have - w->at < len ? NULL : w->bytes + w->at;
}

const uint8_t *window_look(struct window *w, size_t len)
{
    return w->have - w->at < len ? fill(w, len) : w->bytes + w->at;
}

void window_pass(struct window *w, size_t len)
{
    assert(len <= w->have - w->at);
    w->at += len;
}

void window_back(struct window *w, size_t len)
{
    assert(len <= w->at - w->kept);
    w->at -= len;
}

void window_let_go(struct window *w)
{
    w->kept = w->at;
}

size_t window_left(const struct window *w)
{
    return w->have - w->at;
}
