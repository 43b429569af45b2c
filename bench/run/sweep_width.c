/* SPDX-License-Identifier: BSD-2-Clause */
/* More by a quarter, fewer by a third: quick to leave room, slow to take it.
 * One run in ten may be strained without meaning anything, since others use
 * the machine too. */
#include "bench/run/sweep_width.h"

#include <assert.h>

void width_init(struct width *w, size_t begin, size_t most)
{
    assert(begin > 0 && begin <= most);
    *w = (struct width){.now = begin, .most = most};
}

/* With fewer than two at once, lateness is no longer of our making. */
static void change(struct width *w, size_t to)
{
    size_t least = w->most < 2 ? w->most : 2;

    to = to > w->most ? w->most : to;
    *w = (struct width){.now = to > least ? to : least, .most = w->most};
}

void width_told(struct width *w, double strain, int attempts)
{
    size_t pardoned;

    w->seen++;
    w->strained += strain > WIDTH_EASY;
    w->failed += strain > WIDTH_HARD || attempts > 1;
    pardoned = 1 + w->seen / 10;
    if (w->failed > pardoned)
        change(w, w->now - (w->now + 2) / 3);
    else if (w->seen >= w->now && w->seen >= 4)
        change(w, w->strained <= pardoned ? w->now + (w->now + 3) / 4 : w->now);
}
