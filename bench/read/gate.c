/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/gate.h"

#include <string.h>

/* "wait 5 (QUIT -> 221, 100.3 ms from 507.1 ms on)". */
static void name_wait(const struct conversation *c, size_t i, char *out,
                      size_t size)
{
    const struct wait *w = &c->waits[i];

    snprintf(out, size, "wait %zu (%.120s -> %.60s, %.1f ms from %.1f ms on)",
             i + 1, w->asked, w->answered,
             (double)(w->end_ns - w->begin_ns) / 1e6,
             (double)w->begin_ns / 1e6);
}

static size_t longest_wait(const struct conversation *c)
{
    size_t longest = 0;

    for (size_t i = 1; i < c->wait_count; i++)
        if (c->waits[i].end_ns - c->waits[i].begin_ns >
            c->waits[longest].end_ns - c->waits[longest].begin_ns)
            longest = i;
    return longest;
}

static enum gate_verdict judge_time(const struct gate *g,
                                    const struct conversation *c,
                                    const char *names, char why[GATE_WHY])
{
    double rtts = (double)c->closed_ns / (double)c->rtt_ns;
    char wait[300] = "none was kept";

    if (c->closed_ns == UNKNOWN_NS || c->rtt_ns <= 0) {
        snprintf(why, GATE_WHY,
                 "%s: its round trips cannot be counted: the capture does not "
                 "hold its %s",
                 names, c->closed_ns == UNKNOWN_NS ? "SYN" : "round trip");
        return GATE_UNKNOWN;
    }
    if (rtts <= g->rtts)
        return GATE_HOLDS;
    if (c->wait_count)
        name_wait(c, longest_wait(c), wait, sizeof wait);
    snprintf(why, GATE_WHY,
             "%s: %.2f RTT to the last reply, allowed %g; the longest: %s",
             names, rtts, g->rtts, wait);
    return GATE_BROKEN;
}

enum gate_verdict gate_judge(const struct gate *g, const struct conversation *c,
                             char why[GATE_WHY])
{
    char client[ENDPOINT_TEXT], server[ENDPOINT_TEXT];
    char names[2 * ENDPOINT_TEXT + 8], wait[300] = "not kept";

    snprintf(names, sizeof names, "%s -> %s", endpoint_text(&c->client, client),
             endpoint_text(&c->server, server));
    if (g->limits_turnarounds && c->turnarounds > g->turnarounds) {
        if (g->turnarounds < c->wait_count)
            name_wait(c, g->turnarounds, wait, sizeof wait);
        snprintf(why, GATE_WHY,
                 "%s: %zu turnarounds%s, allowed %zu; the first too many: %s",
                 names, c->turnarounds,
                 c->one_sided == SIDE_BOTH ? "" : " (an estimate)",
                 g->turnarounds, wait);
        return GATE_BROKEN;
    }
    return g->limits_rtts ? judge_time(g, c, names, why) : GATE_HOLDS;
}
