/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting and timing a client's waits. */
#include "smtp/wait.h"

void waits_begin(struct waits *w, int64_t now_ns)
{
    if (w->waiting)
        return;
    w->waiting = true;
    w->counted = false;
    w->from_ns = now_ns;
}

void waits_since(struct waits *w, int64_t from_ns)
{
    waits_begin(w, from_ns);
    w->from_ns = from_ns;
}

void waits_ride(struct waits *w, int64_t now_ns)
{
    waits_begin(w, now_ns);
    w->counted = true;
}

void waits_count(struct waits *w)
{
    if (!w->waiting || w->counted)
        return;
    w->turnarounds++;
    w->counted = true;
}

void waits_charge(struct waits *w, enum step step, int64_t now_ns)
{
    if (w->waiting)
        w->ns[step] += now_ns - w->from_ns;
    w->from_ns = now_ns;
}

void waits_end(struct waits *w)
{
    w->waiting = false;
}
