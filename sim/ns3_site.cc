/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes, addresses and routes. */
#include "sim/ns3_site.hh"

#include <cstring>

#include <ns3/core-module.h>
#include <ns3/internet-module.h>

#include "sim/ns3_stream.hh"

namespace turnaround
{

using namespace ns3;

bool sameAddress(const endpoint &a, const endpoint &b)
{
    return a.family == b.family &&
           std::memcmp(a.ip, b.ip, a.family == 4 ? 4 : 16) == 0;
}

endpoint clientAddress(int family, uint16_t port)
{
    endpoint e{};

    e.family = static_cast<uint8_t>(family);
    e.port = port;
    if (family == 4)
        Ipv4Address(NS3_CLIENT_4).Serialize(e.ip);
    else
        Ipv6Address(NS3_CLIENT_6).Serialize(e.ip);
    return e;
}

/* The routes of a node, which never change: ns-3's tables are searched, and a
 * route is made, for each packet. */
class Routes : public Ipv4RoutingProtocol
{
  public:
    static TypeId GetTypeId();
    void add(Ipv4Address own, Ipv4Address other, Ptr<NetDevice>);

    Ptr<Ipv4Route> RouteOutput(Ptr<Packet>, const Ipv4Header &, Ptr<NetDevice>,
                               Socket::SocketErrno &) override;
    bool RouteInput(Ptr<const Packet>, const Ipv4Header &, Ptr<const NetDevice>,
                    UnicastForwardCallback, MulticastForwardCallback,
                    LocalDeliverCallback, ErrorCallback) override;
    void NotifyInterfaceUp(uint32_t) override
    {
    }
    void NotifyInterfaceDown(uint32_t) override
    {
    }
    void NotifyAddAddress(uint32_t, Ipv4InterfaceAddress) override
    {
    }
    void NotifyRemoveAddress(uint32_t, Ipv4InterfaceAddress) override
    {
    }
    void SetIpv4(Ptr<Ipv4> ip) override
    {
        m_ip = ip;
    }
    void PrintRoutingTable(Ptr<OutputStreamWrapper>, Time::Unit) const override
    {
    }

  protected:
    void DoDispose() override
    {
        m_ip = nullptr;
        m_routes.clear();
        Ipv4RoutingProtocol::DoDispose();
    }

  private:
    Ptr<Ipv4> m_ip;
    std::vector<Ptr<Ipv4Route>> m_routes; /* one for each neighbour */
};

NS_OBJECT_ENSURE_REGISTERED(Routes);

TypeId Routes::GetTypeId()
{
    static TypeId tid = TypeId("turnaround::Routes")
                            .SetParent<Ipv4RoutingProtocol>()
                            .AddConstructor<Routes>();
    return tid;
}

void Routes::add(Ipv4Address own, Ipv4Address other, Ptr<NetDevice> device)
{
    Ptr<Ipv4Route> r = Create<Ipv4Route>();

    r->SetSource(own);
    r->SetDestination(other);
    r->SetGateway(Ipv4Address::GetZero());
    r->SetOutputDevice(device);
    m_routes.push_back(r);
}

Ptr<Ipv4Route> Routes::RouteOutput(Ptr<Packet>, const Ipv4Header &h,
                                   Ptr<NetDevice>, Socket::SocketErrno &error)
{
    error = Socket::ERROR_NOTERROR;
    for (const Ptr<Ipv4Route> &r : m_routes)
        if (r->GetDestination() == h.GetDestination())
            return r;
    error = Socket::ERROR_NOROUTETOHOST;
    return nullptr;
}

bool Routes::RouteInput(Ptr<const Packet> packet, const Ipv4Header &h,
                        Ptr<const NetDevice> device, UnicastForwardCallback,
                        MulticastForwardCallback, LocalDeliverCallback deliver,
                        ErrorCallback)
{
    int32_t i = m_ip->GetInterfaceForDevice(device);

    if (i < 0 || !m_ip->IsDestinationAddress(h.GetDestination(), i))
        return false;
    deliver(packet, h, i);
    return true;
}

static Ptr<Node> makeNode()
{
    Ptr<Node> node = CreateObject<Node>();
    InternetStackHelper stack;

    stack.SetRoutingHelper(Ipv4StaticRoutingHelper());
    stack.SetRoutingHelper(Ipv6StaticRoutingHelper());
    stack.Install(node);
    node->GetObject<Ipv4>()->SetRoutingProtocol(CreateObject<Routes>());
    node->GetObject<TcpL4Protocol>()->SetDownTarget(
        MakeCallback(&Device::send4));
    node->GetObject<TcpL4Protocol>()->SetDownTarget6(
        MakeCallback(&Device::send6));
    /* Else nothing could be sent over IPv6 in the first second. */
    node->GetObject<Icmpv6L4Protocol>()->SetAttribute("DAD",
                                                      BooleanValue(false));
    return node;
}

/* The mask is wide, so that no host's address can be its broadcast address;
 * routes are by host alone. */
static void addAddress(Ptr<Node> node, Ptr<Device> device, const endpoint &own,
                       const endpoint &other)
{
    if (own.family == 4) {
        Ptr<Ipv4> ip = node->GetObject<Ipv4>();
        uint32_t i = ip->AddInterface(device);

        ip->AddAddress(i, Ipv4InterfaceAddress(Ipv4Address::Deserialize(own.ip),
                                               Ipv4Mask("128.0.0.0")));
        ip->SetMetric(i, 1);
        ip->SetUp(i);
        DynamicCast<Routes>(ip->GetRoutingProtocol())
            ->add(Ipv4Address::Deserialize(own.ip),
                  Ipv4Address::Deserialize(other.ip), device);
        device->hand(node->GetObject<Ipv4L3Protocol>()->GetInterface(i));
    } else {
        Ptr<Ipv6> ip = node->GetObject<Ipv6>();
        uint32_t i = ip->AddInterface(device);

        ip->AddAddress(
            i, Ipv6InterfaceAddress(Ipv6Address::Deserialize(own.ip), 64));
        ip->SetMetric(i, 1);
        ip->SetUp(i);
        Ipv6StaticRoutingHelper().GetStaticRouting(ip)->AddHostRouteTo(
            Ipv6Address::Deserialize(other.ip), i);
        device->hand(node->GetObject<Ipv6L3Protocol>()->GetInterface(i));
    }
}

void Site::addRoad(const endpoint &host)
{
    size_t i = roads.size();
    Ptr<Device> near = CreateObject<Device>(), far = CreateObject<Device>();
    endpoint own = clientAddress(host.family, 0);

    roads.push_back(std::make_unique<Road>());
    Road &r = *roads.back();
    r.at = host;
    r.node = makeNode();
    r.up.attach(i, NS3_UP, PeekPointer(far));
    r.down.attach(i, NS3_DOWN, PeekPointer(near));
    near->attach(&r.up);
    far->attach(&r.down);
    near->SetMtu(m_mtu);
    far->SetMtu(m_mtu);
    client->AddDevice(near);
    r.node->AddDevice(far);
    addAddress(client, near, own, host);
    addAddress(r.node, far, host, own);
}

/* Nodes come to life by events of their own. */
Site::Site(const std::vector<endpoint> &hosts, uint16_t mtu) : m_mtu(mtu)
{
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    RngSeedManager::SetSeed(1);
    client = makeNode();
    for (const endpoint &h : hosts)
        addRoad(h);
    Simulator::Run();
}

Site::~Site()
{
    for (auto &r : roads) {
        r->up.end();
        r->down.end();
    }
    Simulator::Destroy();
}

bool Site::suits(const std::vector<endpoint> &hosts, uint16_t mtu) const
{
    if (spoilt || mtu != m_mtu || hosts.size() != roads.size())
        return false;
    for (size_t i = 0; i < hosts.size(); i++)
        if (!sameAddress(hosts[i], roads[i]->at))
            return false;
    return true;
}

size_t Site::roadTo(const endpoint &to) const
{
    for (size_t i = 0; i < roads.size(); i++)
        if (sameAddress(roads[i]->at, to))
            return i;
    return SIZE_MAX;
}

} // namespace turnaround
