/* SPDX-License-Identifier: BSD-2-Clause */
/* The nodes of a world: a client, and a host for each IP address, each with a
 * road of its own to the client. They take some milliseconds to make, so they
 * are kept from one session to the next; nothing of a session stays in them. */
#ifndef SIM_NS3_SITE_HH
#define SIM_NS3_SITE_HH

#include <memory>
#include <vector>

#include "sim/ns3_device.hh"

namespace turnaround
{

struct Road {
    Lane up, down;
    endpoint at; /* the host's; its port means nothing */
    ns3::Ptr<ns3::Node> node;
};

class Site
{
  public:
    Site(const std::vector<endpoint> &hosts, uint16_t mtu);
    ~Site();
    Site(const Site &) = delete;
    Site &operator=(const Site &) = delete;

    bool suits(const std::vector<endpoint> &hosts, uint16_t mtu) const;
    /* Its index; SIZE_MAX: none leads there. */
    size_t roadTo(const endpoint &) const;

    ns3::Ptr<ns3::Node> client;
    std::vector<std::unique_ptr<Road>> roads;
    bool spoilt = false; /* a session did not come to its end in it */

  private:
    void addRoad(const endpoint &host);

    uint16_t m_mtu;
};

bool sameAddress(const endpoint &, const endpoint &);
endpoint clientAddress(int family, uint16_t port);

} // namespace turnaround

#endif
