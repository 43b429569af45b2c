/* SPDX-License-Identifier: BSD-2-Clause */
/* The plug-in's door: plain C functions, past which no exception goes. */
#include "sim/ns3_plugin.h"

#include <cerrno>
#include <cstdio>
#include <new>

#include <ns3/core-module.h>

#include "sim/ns3_road.hh"
#include "sim/ns3_world.hh"

namespace turnaround
{

/* Not destroyed at exit: ns-3's own statics may be gone by then. */
static Site *site;

static void forget()
{
    delete site;
    site = nullptr;
}

/* The simulator counts nanoseconds from the making of its first node in 63
 * bits: before half of them are used up it begins anew. */
constexpr int64_t oldNs = INT64_MAX / 2;

/* One address for each node; -1: two hosts of one address have two roads. */
static int addresses(const ns3_config &c, std::vector<endpoint> &out)
{
    for (size_t i = 0; i < c.host_count; i++) {
        const ns3_host &h = c.hosts[i];
        size_t first = 0;

        while (!sameAddress(c.hosts[first].at, h.at))
            first++;
        if (first == i)
            out.push_back(h.at);
        else if (c.hosts[first].up != h.up || c.hosts[first].down != h.down)
            return -1;
        if (sameAddress(h.at, clientAddress(h.at.family, 0)))
            return -1;
    }
    return 0;
}

static int64_t refuse(char why[NS3_WHY], int error, const char *text)
{
    std::snprintf(why, NS3_WHY, "%s", text);
    errno = error;
    return -1;
}

static int64_t run(const ns3_link_calls *calls, const ns3_config *config,
                   struct machine *client, ns3_report *report,
                   char why[NS3_WHY])
{
    uint32_t mtu = config->mtu_bytes;
    std::vector<endpoint> hosts;

    if (mtu < 1280 || mtu > 65535) /* RFC 8200, 5 */
        return refuse(why, EINVAL, "the MTU must lie between 1280 and 65535");
    if (addresses(*config, hosts) < 0)
        return refuse(why, EINVAL,
                      "hosts of one address must share one road, and none "
                      "may have the client's");
    try {
        if (!site || !site->suits(hosts, static_cast<uint16_t>(mtu)) ||
            ns3::Simulator::Now().GetNanoSeconds() > oldNs) {
            forget();
            site = new Site(hosts, static_cast<uint16_t>(mtu));
        }
        return World(*site, calls, config).run(client, report);
    } catch (const std::bad_alloc &) {
        return refuse(why, ENOMEM, "out of memory");
    }
}

static const char *version()
{
    static const std::string v = ns3::Version::ShortVersion();

    return v.c_str();
}

} // namespace turnaround

extern "C" const struct ns3_plugin turnaround_ns3;
const struct ns3_plugin turnaround_ns3 = {
    NS3_PLUGIN_ABI,      turnaround::version,  turnaround::run,
    turnaround::forget,  turnaround::roadNew,  turnaround::roadRun,
    turnaround::roadPut, turnaround::roadStop, turnaround::roadFree,
};
