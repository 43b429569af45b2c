/* SPDX-License-Identifier: BSD-2-Clause */
/* More by a quarter, fewer by a third: quick to leave room, slow to take it.
 * One run in ten may be strained without meaning anything, since others use
 * the machine too. */
#include "bench/run/width.h"

#include <assert.h>
#include <math.h>

#include "bench/run/world.h"

double row_strain(const struct row *r)
{
    double way_us = fmax(r->one_way_up_ms, r->one_way_down_ms) * 1e3;
    double road = fmax(WORLD_LATE_NS / 1e3, way_us * WORLD_LATE_SHARE);
    double hosts =
        fmax(WORLD_HOSTS_LATE_NS / 1e6, r->closed_ms * WORLD_HOSTS_LATE_SHARE);
    double of_road = r->road_late_p99_us / road;
    double of_hosts = r->hosts_late_ms / hosts;

    return fmax(isnan(of_road) ? 0 : of_road, isnan(of_hosts) ? 0 : of_hosts);
}

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
