/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/owed.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void owed_release(struct owed *o)
{
    free(o->kind);
    *o = (struct owed){0};
}

static bool grow(struct owed *o)
{
    size_t room = o->room ? o->room * 2 : 16;
    size_t tail = o->room - o->first;
    unsigned char *more = room > OWED_MOST ? NULL : malloc(room);

    if (!more)
        return false;
    if (o->room) { /* it is full: unroll it */
        memcpy(more, o->kind + o->first, tail);
        memcpy(more + tail, o->kind, o->first);
    }
    free(o->kind);
    o->kind = more;
    o->room = room;
    o->first = 0;
    return true;
}

void owed_push(struct owed *o, enum owed_kind kind)
{
    o->pushed++;
    if (o->count == o->room && !o->overrun)
        o->overrun = !grow(o);
    if (o->overrun) {
        o->count = 0;
        return;
    }
    o->kind[(o->first + o->count++) % o->room] = (unsigned char)kind;
}

enum owed_kind owed_first(const struct owed *o)
{
    return o->count ? (enum owed_kind)o->kind[o->first] : OWED_NOTHING;
}

enum owed_kind owed_pop(struct owed *o)
{
    enum owed_kind kind = owed_first(o);

    if (o->count) {
        o->first = (o->first + 1) % o->room;
        o->count--;
    }
    return kind;
}

enum owed_kind owed_last(const struct owed *o, size_t back)
{
    assert(back < o->count);
    return (enum owed_kind)o->kind[(o->first + o->count - 1 - back) % o->room];
}

void owed_forget(struct owed *o, uint64_t pushed)
{
    while (o->pushed > pushed && o->count > 0) {
        o->pushed--;
        o->count--;
    }
}

bool owed_pop_data(struct owed *o)
{
    struct owed rest = *o;

    while (rest.count)
        if (owed_pop(&rest) == OWED_DATA) {
            *o = rest;
            return true;
        }
    return false;
}
