/* SPDX-License-Identifier: BSD-2-Clause */
/* More by a quarter, fewer by a third: quick to leave room, slow to take it.
 * One run in ten may be strained without meaning anything, since others use
 * the machine too. */
#include "bench/run/width.h"

#include <assert.h>
#include <math.h>

#include "bench/run/world.h"

static double known(double x)
{
    return isnan(x) ? 0 : x;
}

struct strain strain_of(const struct row *r)
{
    double way_us = fmax(r->one_way_up_ms, r->one_way_down_ms) * 1e3;
    double road_us = fmax(WORLD_LATE_NS / 1e3, way_us * WORLD_LATE_SHARE);
    double hosts_ms =
        fmax(WORLD_HOSTS_LATE_NS / 1e6, r->closed_ms * WORLD_HOSTS_LATE_SHARE);
    double late_ms =
        fmax(known(r->road_late_p99_us) / 1e3, known(r->hosts_late_ms));

    return (struct strain){.of_due = fmax(known(r->road_late_p99_us / road_us),
                                          known(r->hosts_late_ms / hosts_ms)),
                           .attempts = r->attempts > 0 ? (int)r->attempts : 1,
                           .stolen =
                               late_ms > 0 && known(r->steal_ms) >= late_ms};
}

void width_init(struct width *w, size_t begin, size_t most)
{
    assert(begin > 0 && begin <= most);
    *w = (struct width){.now = begin, .begin = begin, .most = most};
}

/* With fewer than two at once, lateness is no longer of our making. */
static size_t least(const struct width *w)
{
    if (2 * w->stolen > w->failed)
        return w->begin < w->now ? w->begin : w->now;
    return w->most < 2 ? w->most : 2;
}

static void change(struct width *w, size_t to)
{
    to = to > w->most ? w->most : to;
    w->now = to > least(w) ? to : least(w);
    w->seen = w->strained = w->failed = w->stolen = 0;
}

void width_told(struct width *w, struct strain s)
{
    bool failed = s.of_due > WIDTH_HARD || s.attempts > 1;
    size_t pardoned;

    w->seen++;
    w->strained += s.of_due > WIDTH_EASY;
    w->failed += failed;
    w->stolen += failed && s.stolen;
    pardoned = 1 + w->seen / 10;
    if (w->failed > pardoned)
        change(w, w->now - (w->now + 2) / 3);
    else if (w->seen >= w->now && w->seen >= 4)
        change(w, w->strained <= pardoned ? w->now + (w->now + 3) / 4 : w->now);
}
