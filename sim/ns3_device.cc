/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of ns-3's nodes over our links. */
#include "sim/ns3_device.hh"

#include <algorithm>

namespace turnaround
{

using namespace ns3;

NS_OBJECT_ENSURE_REGISTERED(Device);

constexpr uint16_t ipv4 = 0x0800, ipv6 = 0x86dd; /* EtherType */
constexpr uint8_t hops = 64;                     /* RFC 1340's, and Linux's */

struct Lane::Parcel {
    Ptr<Packet> packet;
    uint16_t protocol;
};

Lane::~Lane()
{
    end();
}

void Lane::attach(size_t road, ns3_way way, Device *far)
{
    m_road = road;
    m_way = way;
    m_far = far;
}

void Lane::begin(const ns3_link_calls *calls, const link_params *params,
                 uint64_t seed, Overseer *overseer)
{
    end();
    m_calls = calls;
    m_overseer = overseer;
    /* As the ferry has it: each direction draws its own from the one seed. */
    m_link = calls->make(params, 2 * seed + (m_way == NS3_DOWN));
    calls->start(m_link, 0);
    packetsIn = corrupted = 0;
    std::fill_n(droppedBy, int(LINK_RULE_COUNT), 0);
}

void Lane::end()
{
    link_packet p;

    if (!m_link)
        return;
    Simulator::Remove(m_event);
    m_eventNs = INT64_MAX;
    while (m_calls->take(m_link, INT64_MAX - 1, &p))
        if (!p.copied)
            delete reinterpret_cast<Parcel *>(p.id);
    m_calls->free(m_link);
    m_link = nullptr;
}

void Lane::tell(int side, Ptr<const Packet> packet)
{
    m_bytes.resize(packet->GetSize());
    packet->CopyData(m_bytes.data(), packet->GetSize());
    m_overseer->pass(m_road, side, m_bytes.data(), m_bytes.size());
}

void Lane::put(Ptr<Packet> packet, uint16_t protocol)
{
    bool drop = false;
    uint8_t head[2];

    if (!m_link)
        return; /* no session: nodes of ns-3's look for IPv6 routers */
    packetsIn++;
    if (m_overseer->looks()) {
        tell(m_way == NS3_UP ? 0 : 1, packet);
        drop = m_overseer->mustDrop(m_way, m_bytes.data(), m_bytes.size());
    }
    packet->CopyData(head, sizeof head);
    /* RFC 3168, 5: the ECN bits of IPv4's second byte, or of IPv6's. */
    int ecn = (protocol == ipv4 ? head[1] : head[1] >> 4) & 3;
    m_calls->put(m_link, m_overseer->roadTime(),
                 reinterpret_cast<uint64_t>(new Parcel{packet, protocol}),
                 packet->GetSize(), ecn != 0, drop);
    arm();
}

/* No packet is at both ends at one time: the shortest road is one nanosecond
 * long. */
void Lane::arm()
{
    int64_t now = m_overseer->roadTime();
    int64_t next = m_calls->next_ns(m_link);

    if (next == INT64_MAX)
        return;
    next = std::max(next, now + 1);
    if (next >= m_eventNs)
        return;
    Simulator::Remove(m_event);
    m_eventNs = next;
    m_event = Simulator::Schedule(NanoSeconds(next - now), &Lane::due, this);
}

void Lane::due()
{
    link_packet p;

    m_eventNs = INT64_MAX;
    while (m_link && m_calls->take(m_link, m_overseer->roadTime(), &p))
        leave(p);
    if (m_link)
        arm();
}

/* The second copy of a duplicate still needs the parcel. */
void Lane::leave(const link_packet &p)
{
    Parcel *parcel = reinterpret_cast<Parcel *>(p.id);
    Parcel one = *parcel;

    if (p.copied)
        one.packet = one.packet->Copy();
    else
        delete parcel;
    droppedBy[p.rule]++;
    if (p.rule == LINK_DELIVERED)
        arrive(one, p);
}

/* A flipped bit is found by a checksum at the far end, and ns-3 is spared it:
 * it would look at the header first. Of IPv6's header the version, the class,
 * the flow label and the hop limit have no checksum; without them a packet is
 * as good. */
void Lane::arrive(const Parcel &one, const link_packet &p)
{
    Ptr<Packet> packet = one.packet;
    bool found = one.protocol == ipv4 || p.corrupt_bit < 0 ||
                 (p.corrupt_bit >= 32 && p.corrupt_bit / 8 != 7);

    if (p.ce && one.protocol == ipv4) {
        Ipv4Header h;
        h.EnableChecksum();
        packet->RemoveHeader(h);
        h.SetEcn(Ipv4Header::ECN_CE);
        packet->AddHeader(h);
    } else if (p.ce) {
        Ipv6Header h;
        packet->RemoveHeader(h);
        h.SetEcn(Ipv6Header::ECN_CE);
        packet->AddHeader(h);
    }
    if (m_overseer->looks()) {
        m_bytes.resize(packet->GetSize());
        packet->CopyData(m_bytes.data(), packet->GetSize());
        if (p.corrupt_bit >= 0)
            m_bytes[p.corrupt_bit / 8] ^= 0x80 >> p.corrupt_bit % 8;
        m_overseer->pass(m_road, m_way == NS3_UP ? 1 : 0, m_bytes.data(),
                         m_bytes.size());
    }
    if (p.corrupt_bit >= 0 && found)
        corrupted++;
    else
        m_far->receive(packet, one.protocol);
}

TypeId Device::GetTypeId()
{
    static TypeId tid = TypeId("turnaround::Device")
                            .SetParent<NetDevice>()
                            .AddConstructor<Device>();
    return tid;
}

/* TCP's way around IP. Between two nodes with one road there is nothing for IP
 * to decide, and all that it does is a sixth of what a session costs. So
 * segments have their headers put on and taken off here, as ns-3's IP would do
 * it; datagrams, and what IP itself says, go through it. */

void Device::hand(Ptr<Ipv4Interface> at)
{
    m_ip4 = at;
    m_tcp = m_node->GetObject<TcpL4Protocol>();
}

void Device::hand(Ptr<Ipv6Interface> at)
{
    m_ip6 = at;
    m_tcp = m_node->GetObject<TcpL4Protocol>();
}

void Device::put(Ptr<NetDevice> device, Ptr<Packet> packet, uint16_t protocol)
{
    Ptr<Device> d = DynamicCast<Device>(device);

    if (d && d->m_out)
        d->m_out->put(packet, protocol);
}

/* An IPv4 packet that is not cut needs no number (RFC 6864, 4.1): without one
 * a session's packets do not depend on those before it. */
void Device::send4(Ptr<Packet> packet, Ipv4Address from, Ipv4Address to,
                   uint8_t protocol, Ptr<Ipv4Route> route)
{
    Ipv4Header h;

    if (!route)
        return;
    h.EnableChecksum();
    h.SetSource(from);
    h.SetDestination(to);
    h.SetProtocol(protocol);
    h.SetPayloadSize(packet->GetSize());
    h.SetTtl(hops);
    h.SetDontFragment();
    packet->AddHeader(h);
    put(route->GetOutputDevice(), packet, ipv4);
}

void Device::send6(Ptr<Packet> packet, Ipv6Address from, Ipv6Address to,
                   uint8_t protocol, Ptr<Ipv6Route> route)
{
    Ipv6Header h;

    if (!route)
        return;
    h.SetSource(from);
    h.SetDestination(to);
    h.SetNextHeader(protocol);
    h.SetPayloadLength(static_cast<uint16_t>(packet->GetSize()));
    h.SetHopLimit(hops);
    packet->AddHeader(h);
    put(route->GetOutputDevice(), packet, ipv6);
}

/* RFC 791, 3.1, and RFC 8200, 3: where the header says what is in a packet. */
bool Device::isStream(Ptr<const Packet> packet, uint16_t protocol) const
{
    uint8_t head[10] = {};

    packet->CopyData(head, sizeof head);
    if (protocol == ipv4)
        return m_ip4 && head[9] == TcpL4Protocol::PROT_NUMBER;
    return m_ip6 && head[6] == TcpL4Protocol::PROT_NUMBER;
}

void Device::receive(Ptr<Packet> packet, uint16_t protocol)
{
    if (!isStream(packet, protocol)) {
        m_up(this, packet, protocol, m_address);
    } else if (protocol == ipv4) {
        Ipv4Header h;
        packet->RemoveHeader(h);
        m_tcp->Receive(packet, h, m_ip4);
    } else {
        Ipv6Header h;
        packet->RemoveHeader(h);
        m_tcp->Receive(packet, h, m_ip6);
    }
}

/* Numbers are taken off here, too: see send4(). */
bool Device::Send(Ptr<Packet> packet, const Address &, uint16_t protocol)
{
    if (packet->GetSize() > m_mtu || !m_out)
        return false;
    if (protocol == ipv4) {
        Ipv4Header h;
        h.EnableChecksum();
        packet->RemoveHeader(h);
        if (h.IsLastFragment() && h.GetFragmentOffset() == 0) {
            h.SetIdentification(0);
            h.SetDontFragment();
        }
        packet->AddHeader(h);
    }
    m_out->put(packet, protocol);
    return true;
}

bool Device::SendFrom(Ptr<Packet>, const Address &, const Address &, uint16_t)
{
    return false;
}

bool Device::SetMtu(uint16_t mtu)
{
    m_mtu = mtu;
    return true;
}

Address Device::GetMulticast(Ipv4Address) const
{
    return m_address;
}

Address Device::GetMulticast(Ipv6Address) const
{
    return m_address;
}

void Device::DoDispose()
{
    m_out = nullptr;
    m_node = nullptr;
    m_tcp = nullptr;
    m_ip4 = nullptr;
    m_ip6 = nullptr;
    m_up.Nullify();
    NetDevice::DoDispose();
}

} // namespace turnaround
