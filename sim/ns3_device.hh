/* SPDX-License-Identifier: BSD-2-Clause */
/* A road as ns-3 sees it: two network devices, and between them one of our
 * links (netem/link) for each direction. */
#ifndef SIM_NS3_DEVICE_HH
#define SIM_NS3_DEVICE_HH

#include <vector>

#include <ns3/internet-module.h>
#include <ns3/network-module.h>

extern "C" {
#include "sim/ns3_plugin.h"
}

namespace turnaround
{

class Device;

/* Whoever runs the world, as its roads see it. */
class Overseer
{
  public:
    virtual ~Overseer() = default;
    /* Time since the session began. */
    virtual int64_t roadTime() const = 0;
    /* A packet passes an end of the road. */
    virtual void pass(size_t road, int side, const uint8_t *ip, size_t len) = 0;
    /* Whether pass() or mustDrop() want to see the packets' bytes. */
    virtual bool looks() const = 0;
    virtual bool mustDrop(ns3_way, const uint8_t *ip, size_t len) = 0;
};

/* One direction. It draws its chances anew for each session. */
class Lane
{
  public:
    Lane() = default;
    ~Lane();
    Lane(const Lane &) = delete;
    Lane &operator=(const Lane &) = delete;

    void attach(size_t road, ns3_way way, Device *far);
    void begin(const ns3_link_calls *, const link_params *, uint64_t seed,
               Overseer *);
    void end(); /* what is still on the road is lost */
    void put(ns3::Ptr<ns3::Packet>, uint16_t protocol);

    uint64_t packetsIn = 0, corrupted = 0;
    uint64_t droppedBy[LINK_RULE_COUNT] = {};

  private:
    struct Parcel;

    void arm();
    void due();
    void leave(const link_packet &);
    void arrive(const Parcel &, const link_packet &);
    void tell(int side, ns3::Ptr<const ns3::Packet>);

    const ns3_link_calls *m_calls = nullptr;
    struct link *m_link = nullptr;
    Overseer *m_overseer = nullptr;
    Device *m_far = nullptr;
    size_t m_road = 0;
    ns3_way m_way = NS3_UP;
    ns3::EventId m_event;
    int64_t m_eventNs = INT64_MAX;
    std::vector<uint8_t> m_bytes; /* of the packet at hand */
};

class Device : public ns3::NetDevice
{
  public:
    static ns3::TypeId GetTypeId();

    void attach(Lane *out)
    {
        m_out = out;
    }
    void receive(ns3::Ptr<ns3::Packet>, uint16_t protocol);

    /* Segments of TCP need not go through IP: these are for its ends. */
    void hand(ns3::Ptr<ns3::Ipv4Interface>);
    void hand(ns3::Ptr<ns3::Ipv6Interface>);
    static void send4(ns3::Ptr<ns3::Packet>, ns3::Ipv4Address from,
                      ns3::Ipv4Address to, uint8_t protocol,
                      ns3::Ptr<ns3::Ipv4Route>);
    static void send6(ns3::Ptr<ns3::Packet>, ns3::Ipv6Address from,
                      ns3::Ipv6Address to, uint8_t protocol,
                      ns3::Ptr<ns3::Ipv6Route>);

    bool Send(ns3::Ptr<ns3::Packet>, const ns3::Address &to,
              uint16_t protocol) override;
    bool SendFrom(ns3::Ptr<ns3::Packet>, const ns3::Address &from,
                  const ns3::Address &to, uint16_t protocol) override;

    void SetIfIndex(uint32_t index) override
    {
        m_index = index;
    }
    uint32_t GetIfIndex() const override
    {
        return m_index;
    }
    ns3::Ptr<ns3::Channel> GetChannel() const override
    {
        return nullptr;
    }
    void SetAddress(ns3::Address a) override
    {
        m_address = a;
    }
    ns3::Address GetAddress() const override
    {
        return m_address;
    }
    bool SetMtu(uint16_t mtu) override;
    uint16_t GetMtu() const override
    {
        return m_mtu;
    }
    bool IsLinkUp() const override
    {
        return true;
    }
    void AddLinkChangeCallback(ns3::Callback<void>) override
    {
    }
    bool IsBroadcast() const override
    {
        return false;
    }
    ns3::Address GetBroadcast() const override
    {
        return m_address;
    }
    bool IsMulticast() const override
    {
        return false;
    }
    ns3::Address GetMulticast(ns3::Ipv4Address) const override;
    ns3::Address GetMulticast(ns3::Ipv6Address) const override;
    bool IsBridge() const override
    {
        return false;
    }
    bool IsPointToPoint() const override
    {
        return true;
    }
    ns3::Ptr<ns3::Node> GetNode() const override
    {
        return m_node;
    }
    void SetNode(ns3::Ptr<ns3::Node> node) override
    {
        m_node = node;
    }
    bool NeedsArp() const override
    {
        return false;
    }
    void SetReceiveCallback(ReceiveCallback up) override
    {
        m_up = up;
    }
    void SetPromiscReceiveCallback(PromiscReceiveCallback) override
    {
    }
    bool SupportsSendFrom() const override
    {
        return false;
    }

  protected:
    void DoDispose() override;

  private:
    static void put(ns3::Ptr<ns3::NetDevice>, ns3::Ptr<ns3::Packet>,
                    uint16_t protocol);
    bool isStream(ns3::Ptr<const ns3::Packet>, uint16_t protocol) const;

    Lane *m_out = nullptr;
    ns3::Ptr<ns3::Node> m_node;
    ns3::Ptr<ns3::TcpL4Protocol> m_tcp;
    ns3::Ptr<ns3::Ipv4Interface> m_ip4;
    ns3::Ptr<ns3::Ipv6Interface> m_ip6;
    ns3::Address m_address = ns3::Mac48Address::Allocate();
    ReceiveCallback m_up;
    uint16_t m_mtu = 1500;
    uint32_t m_index = 0;
};

} // namespace turnaround

#endif
