/* SPDX-License-Identifier: BSD-2-Clause */
/* One session's run: machines, their streams, datagrams and alarms. */
#ifndef SIM_NS3_WORLD_HH
#define SIM_NS3_WORLD_HH

#include <deque>
#include <vector>

#include "sim/ns3_site.hh"
#include "sim/ns3_stream.hh"

namespace turnaround
{

/* A machine and what is its own. */
struct Actor {
    struct machine *machine = nullptr;     /* null: it is gone */
    size_t host = SIZE_MAX;                /* SIZE_MAX: the client */
    bool accepted = false;                 /* by its host's accept() */
    std::vector<ns3::Ptr<Stream>> streams; /* those that are not over */
    ns3::Ptr<ns3::Socket> socket[2];       /* of datagrams: IPv4, IPv6 */
    int64_t alarmNs = NEVER_NS;
    ns3::EventId alarm, attending;
    std::deque<std::pair<endpoint, std::string>> datagrams; /* untold */
    std::vector<int> unreachable; /* streams to nowhere, untold */
};

class World : public Watcher, public Overseer
{
  public:
    World(Site &, const ns3_link_calls *, const ns3_config *);
    ~World() override;
    World(const World &) = delete;
    World &operator=(const World &) = delete;

    /* As ns3_run(). */
    int64_t run(struct machine *client, ns3_report *);

    int64_t now() const override;
    void stir(Stream *) override;
    bool admit(Stream *listener, endpoint client) override;
    void forked(ns3::Ptr<Stream>) override;
    int64_t roadTime() const override
    {
        return now();
    }
    void pass(size_t road, int side, const uint8_t *, size_t) override;
    bool looks() const override;
    bool mustDrop(ns3_way, const uint8_t *, size_t) override;

  private:
    size_t addActor(struct machine *, size_t host);
    void begin(struct machine *client);
    void end();
    void listenAt(size_t host);
    void report(ns3_report *) const;
    uint32_t segment(int family) const;
    bool isLate();

    size_t tell(size_t actor, told);
    void wake(size_t actor);
    void attend(size_t actor);
    void attendTo(size_t actor, ns3::Ptr<Stream>);
    void tellOpened(size_t actor, ns3::Ptr<Stream>);
    void tellLoss(size_t actor, ns3::Ptr<Stream>);
    void offer(size_t actor, ns3::Ptr<Stream>);
    void tellDatagrams(size_t actor);
    void ring(size_t actor);
    void dismissIfFinished(size_t actor);

    void askAll(size_t actor);
    void serve(size_t actor, const ask &);
    void openStream(size_t actor, const ask &);
    void sendDatagram(size_t actor, const ask &);
    void setAlarm(size_t actor, int64_t at);
    void sendSaid(size_t actor, ns3::Ptr<Stream>);
    void leave(size_t actor, ns3::Ptr<Stream>);
    void leaveIfDone(size_t actor, ns3::Ptr<Stream>);
    ns3::Ptr<Stream> streamOf(size_t actor, int number);
    ns3::Ptr<ns3::Socket> datagramSocket(size_t actor, int family,
                                         uint16_t port);
    void heardDatagrams(ns3::Ptr<ns3::Socket>);

    Site &m_site;
    const ns3_link_calls *m_calls;
    const ns3_config *m_config;
    int64_t m_epoch, m_last = 0; /* when a machine was last told something */
    uint64_t m_eventsBefore;
    std::deque<Actor> m_actors;              /* the client is the first */
    std::vector<ns3::Ptr<Stream>> m_streams; /* all, until the end */
    std::vector<std::pair<ns3::Ptr<ns3::Socket>, size_t>> m_sockets;
    struct machine *m_admitted = nullptr;
    endpoint m_admittedPeer{};
    uint16_t m_nextPort = 49152;
    bool m_late = false, m_over = false;
};

} // namespace turnaround

#endif
