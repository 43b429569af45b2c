/* SPDX-License-Identifier: BSD-2-Clause */
/* Each direction is a point-to-point channel of ns-3's between two nodes. Our
 * packets stay outside; what crosses the channel is as long, and empty. ns-3's
 * CSMA would be one packet long, and its devices for descriptors read no TUN
 * and lose frames under load, so they are not used. */
#include "sim/ns3_road.hh"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <new>

#include <ns3/core-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>

namespace turnaround
{

using namespace ns3;

constexpr uint32_t pppHeader = 2;                /* that the device adds */
constexpr uint64_t unlimited = 1000000000000000; /* bit/s */
constexpr uint16_t ipv4 = 0x0800;                /* for PPP; any packet */

/* With nothing to do the real-time simulator would not hear a thread that has
 * something for it. */
constexpr int64_t idleMs = 100;

class Way
{
  public:
    void set(const ns3_road_config *, ns3_way);
    void enter(uint64_t id, uint32_t bytes);

  private:
    struct Guest {
        uint64_t id;
        Time entered;
    };

    bool arrived(Ptr<NetDevice>, Ptr<const Packet>, uint16_t, const Address &);
    void out(Guest, link_rule);
    void makeChannel(const ns3_lane &);
    Time scatter();

    const ns3_road_config *m_config = nullptr;
    const ns3_lane *m_lane = nullptr;
    ns3_way m_way = NS3_UP;
    Ptr<PointToPointNetDevice> m_near;
    Ptr<RateErrorModel> m_loss;
    Ptr<RandomVariableStream> m_jitter;
    int64_t m_least = 0;        /* of the delay, which the channel has */
    Time m_last;                /* when the one before left */
    std::deque<Guest> m_guests; /* on the channel, in their order */
    uint32_t m_inside = 0;
};

} // namespace turnaround

struct ns3_road {
    ns3_road_config config;
    turnaround::Way way[NS3_WAYS];
};

namespace turnaround
{

static Ptr<PointToPointNetDevice> addDevice(const ns3_lane &l,
                                            Ptr<PointToPointChannel> channel)
{
    Ptr<Node> node = CreateObject<Node>();
    Ptr<PointToPointNetDevice> d = CreateObject<PointToPointNetDevice>();
    auto queue = CreateObject<DropTailQueue<Packet>>();

    if (l.queue_bytes)
        queue->SetMaxSize(QueueSize(QueueSizeUnit::BYTES, l.queue_bytes));
    else
        queue->SetMaxSize(
            QueueSize(QueueSizeUnit::PACKETS,
                      l.queue_packets ? l.queue_packets : UINT32_MAX / 2));
    d->SetAddress(Mac48Address::Allocate());
    d->SetDataRate(DataRate(l.rate_bps ? l.rate_bps : unlimited));
    d->SetMtu(65535);
    d->SetQueue(queue);
    node->AddDevice(d);
    d->Attach(channel);
    return d;
}

void Way::makeChannel(const ns3_lane &l)
{
    auto channel = CreateObject<PointToPointChannel>();

    channel->SetAttribute("Delay", TimeValue(NanoSeconds(m_least)));
    m_near = addDevice(l, channel);
    addDevice(l, channel)
        ->SetReceiveCallback(MakeCallback(&Way::arrived, this));
}

/* The channel takes what every packet takes; what scatters comes behind it. */
void Way::set(const ns3_road_config *c, ns3_way way)
{
    const ns3_lane &l = c->lane[way];
    int64_t width = l.normal ? 4 * l.jitter_ns : l.jitter_ns;

    m_config = c;
    m_lane = &l;
    m_way = way;
    m_least = std::max<int64_t>(l.delay_ns - width, 0);
    makeChannel(l);
    if (l.loss_share > 0) {
        m_loss = CreateObject<RateErrorModel>();
        m_loss->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
        m_loss->SetRate(l.loss_share);
        m_loss->AssignStreams(way);
    }
    if (l.jitter_ns > 0 && l.normal)
        m_jitter = CreateObject<NormalRandomVariable>();
    else if (l.jitter_ns > 0)
        m_jitter = CreateObject<UniformRandomVariable>();
    if (m_jitter)
        m_jitter->SetStream(NS3_WAYS + way);
}

Time Way::scatter()
{
    double spread = static_cast<double>(m_lane->jitter_ns), at = 0;

    if (auto n = DynamicCast<NormalRandomVariable>(m_jitter))
        at = n->GetValue(0, spread * spread, 4 * spread);
    else if (auto u = DynamicCast<UniformRandomVariable>(m_jitter))
        at = u->GetValue(-spread, spread);
    return NanoSeconds(
        std::max<int64_t>(m_lane->delay_ns + static_cast<int64_t>(at), 0) -
        m_least);
}

void Way::out(Guest g, link_rule rule)
{
    m_inside--;
    m_config->out(m_config->arg, m_way, g.id,
                  (Simulator::Now() - g.entered).GetNanoSeconds(), rule);
}

/* Loss comes before the queue and its limit, as in netem. */
void Way::enter(uint64_t id, uint32_t bytes)
{
    Guest g{id, Simulator::Now()};

    m_config->in(m_config->arg, m_way, id);
    Ptr<Packet> p = Create<Packet>(std::max(bytes, pppHeader) - pppHeader);

    m_inside++;
    if (m_loss && m_loss->IsCorrupt(p)) {
        out(g, LINK_LOSS);
        return;
    }
    m_guests.push_back(g);
    if ((m_lane->limit && m_inside > m_lane->limit) ||
        !m_near->Send(p, m_near->GetBroadcast(), ipv4)) {
        m_guests.pop_back();
        out(g, LINK_LIMIT);
    }
}

/* There is always a rate, and a rate keeps packets in order. */
bool Way::arrived(Ptr<NetDevice>, Ptr<const Packet>, uint16_t, const Address &)
{
    Guest g = m_guests.front();
    Time at = Max(Simulator::Now() + (m_jitter ? scatter() : Time(0)), m_last);

    m_guests.pop_front();
    m_last = at;
    if (at <= Simulator::Now())
        out(g, LINK_DELIVERED);
    else
        Simulator::Schedule(at - Simulator::Now(), &Way::out, this, g,
                            LINK_DELIVERED);
    return true;
}

static void idle()
{
    Simulator::Schedule(MilliSeconds(idleMs), &idle);
}

struct ns3_road *roadNew(const ns3_road_config *config)
{
    struct ns3_road *r = nullptr;

    try {
        Simulator::Destroy();
        GlobalValue::Bind("SimulatorImplementationType",
                          StringValue("ns3::RealtimeSimulatorImpl"));
        RngSeedManager::SetSeed(std::max<uint32_t>(config->seed, 1));
        r = new struct ns3_road;
        r->config = *config;
        for (ns3_way w : {NS3_UP, NS3_DOWN})
            r->way[w].set(&r->config, w);
    } catch (const std::bad_alloc &) {
        delete r;
        errno = ENOMEM;
        return nullptr;
    }
    return r;
}

/* The clock begins in Run(): only then may another thread put packets. */
void roadRun(struct ns3_road *r)
{
    idle();
    Simulator::Schedule(MilliSeconds(1), r->config.ready, r->config.arg);
    Simulator::Run();
}

static void enter(struct ns3_road *r, ns3_way way, uint64_t id, uint32_t bytes)
{
    r->way[way].enter(id, bytes);
}

void roadPut(struct ns3_road *r, ns3_way way, uint64_t id, uint32_t bytes)
{
    Simulator::ScheduleWithContext(Simulator::NO_CONTEXT, Time(0), &enter, r,
                                   way, id, bytes);
}

void roadStop(struct ns3_road *)
{
    Simulator::ScheduleWithContext(Simulator::NO_CONTEXT, Time(0),
                                   &Simulator::Stop);
}

void roadFree(struct ns3_road *r)
{
    delete r;
    Simulator::Destroy();
}

} // namespace turnaround
