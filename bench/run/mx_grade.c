/* SPDX-License-Identifier: BSD-2-Clause */
/* Which runs of a topology count. */
#include "bench/run/mx_grade.h"

#include <stdio.h>

#include "bench/run/world.h"

static int64_t greater(int64_t a, double b)
{
    return (double)a > b ? a : (int64_t)b;
}

/* The tolerances of bench/run/world, for the shortest of the roads. "" where
 * they are kept. */
static void grade(const struct topology *of, const struct mx_tally *t,
                  const struct ferry_report *road, char why[MX_LATE])
{
    int64_t way_ns = of->dns_road.rtt_ns / 2, late_ns = 0, most_ns;

    *why = '\0';
    for (size_t i = 0; i < of->hosts; i++)
        if (of->host[i].road.rtt_ns / 2 < way_ns)
            way_ns = of->host[i].road.rtt_ns / 2;
    for (int i = 0; i < FERRY_WAYS; i++)
        if (road->way[i].late_p99_ns > late_ns)
            late_ns = road->way[i].late_p99_ns;
    most_ns = greater(WORLD_LATE_NS, WORLD_LATE_SHARE * (double)way_ns);
    if (!road->valid)
        snprintf(why, MX_LATE, "%.190s", road->why);
    else if (late_ns > most_ns)
        snprintf(why, MX_LATE, "the road's packets were %.3f ms late (p99)",
                 (double)late_ns / 1e6);
    most_ns = greater(WORLD_HOSTS_LATE_NS,
                      WORLD_HOSTS_LATE_SHARE * (double)t->closed_ns);
    if (!*why && t->sides.waited_ns > most_ns)
        snprintf(why, MX_LATE,
                 "client and hosts waited %.3f ms for a processor",
                 (double)t->sides.waited_ns / 1e6);
}

int mx_in_world(enum world world, const struct mx_part *part,
                struct mx_tally *t, char late[MX_LATE], char why[MX_WHY])
{
    struct ferry_report road;

    *late = '\0';
    if (world == WORLD_IDEAL)
        return mx_ideal(part, t, why);
    if (world == WORLD_NS3)
        return mx_ns3(part, t, why);
    for (int i = 0; i < WORLD_ATTEMPTS; i++) {
        if (mx_kernel(part, t, &road, why) < 0)
            return -1;
        grade(part->topology, t, &road, late);
        ferry_report_release(&road);
        if (!*late)
            break;
    }
    return 0;
}
