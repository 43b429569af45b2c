/* SPDX-License-Identifier: BSD-2-Clause */
/* What machines are told in the ns3 world. They are never called from inside
 * TCP: what happens to a stream is told by an event of its own in the same
 * instant, behind all packets that came in it. */
#include "sim/ns3_world.hh"

#include <cerrno>

namespace turnaround
{

using namespace ns3;

/* Linux keeps a connection that nobody owns no longer than this, and four RTOs
 * for what is on its way. */
constexpr int64_t lingerSeconds = 60;

World::World(Site &site, const ns3_link_calls *calls, const ns3_config *config)
    : m_site(site), m_calls(calls), m_config(config),
      m_epoch(Simulator::Now().GetNanoSeconds()),
      m_eventsBefore(Simulator::GetEventCount())
{
    for (size_t i = 0; i < site.roads.size(); i++) {
        const ns3_host *h = config->hosts;

        while (!sameAddress(h->at, site.roads[i]->at))
            h++;
        site.roads[i]->up.begin(calls, h->up, h->seed, this);
        site.roads[i]->down.begin(calls, h->down, h->seed, this);
    }
}

World::~World()
{
    end();
}

int64_t World::now() const
{
    return Simulator::Now().GetNanoSeconds() - m_epoch;
}

/* Behind the headers of IP and of TCP with a time stamp. */
uint32_t World::segment(int family) const
{
    return m_config->mtu_bytes - (family == 6 ? 72 : 52);
}

bool World::looks() const
{
    return m_config->packet || m_config->drop;
}

/* Of hosts with one address the first stands for all. */
void World::pass(size_t road, int side, const uint8_t *ip, size_t len)
{
    size_t host = 0;

    isLate();
    if (!m_config->packet || m_over)
        return;
    while (!sameAddress(m_config->hosts[host].at, m_site.roads[road]->at))
        host++;
    m_config->packet(m_config->arg, host, side, now(), ip, len);
}

bool World::mustDrop(ns3_way way, const uint8_t *ip, size_t len)
{
    return m_config->drop && m_config->drop(m_config->arg, way, ip, len);
}

/* Past the limit nothing more is told. */
bool World::isLate()
{
    if (now() > m_config->limit_ns && !m_late) {
        m_late = true;
        Simulator::Stop();
    }
    return m_late;
}

size_t World::tell(size_t actor, told t)
{
    if (isLate() || !m_actors[actor].machine)
        return 0;
    t.now_ns = m_last = now();
    return machine_tell(m_actors[actor].machine, &t);
}

/* An event of this instant, behind those that are there already. */
void World::wake(size_t actor)
{
    EventId &e = m_actors[actor].attending;

    if (!e.IsRunning() && !m_over)
        e = Simulator::ScheduleNow(&World::attend, this, actor);
}

void World::stir(Stream *s)
{
    if (s->actor != SIZE_MAX && !s->over)
        wake(s->actor);
}

/* Offers what came until the machine takes no more, then the end. */
void World::offer(size_t actor, Ptr<Stream> s)
{
    size_t taken = 1;

    while (!s->over && !s->held.empty() && taken > 0 && !m_late) {
        told t{};
        t.kind = TOLD_BYTES;
        t.stream = s->number;
        t.bytes = {s->held.data(), s->held.size()};
        taken = tell(actor, t);
        s->held.erase(0, taken);
        askAll(actor);
    }
    if (!s->over && s->held.empty() && s->ended() && !s->endTold) {
        told t{};
        t.kind = TOLD_END;
        t.stream = s->number;
        s->endTold = true;
        tell(actor, t);
        askAll(actor);
    }
}

void World::tellOpened(size_t actor, Ptr<Stream> s)
{
    told t{};

    t.kind = TOLD_OPENED;
    t.stream = s->number;
    t.peer = s->peer;
    s->openTold = true;
    tell(actor, t);
    askAll(actor);
}

/* A session that ended before it was open never was; a machine is told of a
 * stream that it asked for. */
void World::tellLoss(size_t actor, Ptr<Stream> s)
{
    told t{};

    t.kind = s->openTold ? TOLD_RESET : TOLD_REFUSED;
    t.stream = s->number;
    t.error = s->error();
    leave(actor, s);
    if (s->openTold || !m_actors[actor].accepted)
        tell(actor, t);
    askAll(actor);
}

/* Tells what has happened to a stream, in its order. What came before a reset
 * is still heard, as Linux has it. */
void World::attendTo(size_t actor, Ptr<Stream> s)
{
    if (!s->over && s->wasUp() && !s->openTold)
        tellOpened(actor, s);
    if (!s->over && s->openTold) {
        s->read();
        offer(actor, s);
    }
    if (!s->over && s->error())
        tellLoss(actor, s);
    leaveIfDone(actor, s);
}

void World::tellDatagrams(size_t actor)
{
    Actor &a = m_actors[actor];

    while (!a.unreachable.empty()) {
        told t{};
        t.kind = TOLD_REFUSED;
        t.stream = a.unreachable.front();
        t.error = ENETUNREACH;
        a.unreachable.erase(a.unreachable.begin());
        tell(actor, t);
        askAll(actor);
    }
    while (!a.datagrams.empty()) {
        auto d = std::move(a.datagrams.front());
        told t{};
        a.datagrams.pop_front();
        t.kind = TOLD_DATAGRAM;
        t.peer = d.first;
        t.bytes = {d.second.data(), d.second.size()};
        tell(actor, t);
        askAll(actor);
    }
}

void World::attend(size_t actor)
{
    /* A copy: machines open and end streams meanwhile. */
    auto streams = m_actors[actor].streams;

    for (Ptr<Stream> s : streams)
        attendTo(actor, s);
    tellDatagrams(actor);
    dismissIfFinished(actor);
}

void World::ring(size_t actor)
{
    Actor &a = m_actors[actor];
    told t{};

    a.alarmNs = NEVER_NS;
    t.kind = TOLD_WAKE;
    tell(actor, t);
    askAll(actor);
    attend(actor);
}

/* What accept() made goes back to it. */
void World::dismissIfFinished(size_t actor)
{
    Actor &a = m_actors[actor];

    if (!a.accepted || !a.machine || !a.streams.empty() ||
        a.alarmNs != NEVER_NS)
        return;
    struct machine *m = a.machine;
    const ns3_host &h = m_config->hosts[a.host];
    a.machine = nullptr;
    if (h.gone)
        h.gone(h.arg, m);
}

bool World::admit(Stream *listener, endpoint client)
{
    const ns3_host &h = m_config->hosts[listener->host];

    m_admitted = m_over ? nullptr : h.accept(h.arg, client);
    m_admittedPeer = client;
    return m_admitted != nullptr;
}

void World::forked(Ptr<Stream> s)
{
    size_t actor = addActor(m_admitted, s->host);
    told t{};

    m_admitted = nullptr;
    m_actors[actor].accepted = true;
    m_actors[actor].streams.push_back(s);
    m_streams.push_back(s);
    s->actor = actor;
    s->peer = m_admittedPeer;
    s->local = m_config->hosts[s->host].at;
    t.kind = TOLD_START;
    tell(actor, t);
    askAll(actor);
}

size_t World::addActor(struct machine *m, size_t host)
{
    m_actors.emplace_back();
    m_actors.back().machine = m;
    m_actors.back().host = host;
    return m_actors.size() - 1;
}

void World::listenAt(size_t host)
{
    const ns3_host &h = m_config->hosts[host];
    Ptr<Stream> s;

    if (!h.accept)
        return;
    s = Stream::make(this, m_config->tcp,
                     m_site.roads[m_site.roadTo(h.at)]->node,
                     segment(h.at.family));
    s->host = host;
    m_streams.push_back(s);
    s->listen(addressOf(h.at));
}

/* The client is the first actor, but the last to be told to start. */
void World::begin(struct machine *client)
{
    told t{};

    addActor(client, SIZE_MAX);
    for (size_t i = 0; i < m_config->host_count; i++) {
        const ns3_host &h = m_config->hosts[i];

        listenAt(i);
        if (h.datagrams)
            datagramSocket(addActor(h.datagrams, i), h.at.family, h.at.port);
    }
    t.kind = TOLD_START;
    for (size_t i = m_actors.size(); i-- > 0;) {
        tell(i, t);
        askAll(i);
    }
}

/* Every connection is let go, and every machine of accept() given back. */
void World::end()
{
    m_over = true;
    for (Ptr<Stream> s : m_streams)
        s->drop();
    for (auto &s : m_sockets) {
        s.first->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
        s.first->Close();
    }
    m_sockets.clear();
    for (size_t i = 0; i < m_actors.size(); i++) {
        Actor &a = m_actors[i];

        Simulator::Remove(a.alarm);
        Simulator::Remove(a.attending);
        a.streams.clear();
        a.alarmNs = NEVER_NS;
        dismissIfFinished(i);
    }
    for (auto &r : m_site.roads) {
        r->up.end();
        r->down.end();
    }
}

void World::report(ns3_report *r) const
{
    *r = {};
    for (const auto &road : m_site.roads)
        for (const Lane *l : {&road->up, &road->down}) {
            r->packets_in += l->packetsIn;
            r->corrupted += l->corrupted;
            for (int i = 0; i < LINK_RULE_COUNT; i++)
                r->dropped_by[i] += l->droppedBy[i];
        }
    r->events = Simulator::GetEventCount() - m_eventsBefore;
}

int64_t World::run(struct machine *client, ns3_report *r)
{
    m_site.spoilt = true; /* until it has come to its end */
    begin(client);
    Simulator::Run();
    report(r);
    end();
    if (m_late) {
        errno = ETIME;
        return -1;
    }
    m_site.spoilt = false;
    return m_last;
}

/* A stream is over for its machine. What TCP still has to say it says, for a
 * while. */
void World::leave(size_t actor, Ptr<Stream> s)
{
    auto &streams = m_actors[actor].streams;

    s->over = true;
    s->held.clear();
    for (size_t i = 0; i < streams.size(); i++)
        if (streams[i] == s) {
            streams.erase(streams.begin() + static_cast<long>(i));
            break;
        }
    if (!s->isClosed())
        Simulator::Schedule(Seconds(lingerSeconds) + s->rto() * 4,
                            &Stream::drop, s);
}

/* A stream that both sides have closed is over. */
void World::leaveIfDone(size_t actor, Ptr<Stream> s)
{
    if (!s->over && s->endSaid() && s->endTold)
        leave(actor, s);
}

} // namespace turnaround
