/* SPDX-License-Identifier: BSD-2-Clause */
/* What the ns3 world does when its machines ask for it. */
#include "sim/ns3_world.hh"

#include <algorithm>

namespace turnaround
{

using namespace ns3;

Ptr<Stream> World::streamOf(size_t actor, int number)
{
    for (Ptr<Stream> s : m_actors[actor].streams)
        if (s->number == number)
            return s;
    return nullptr;
}

/* Bytes that came with the open follow the handshake: ns-3 has no RFC 7413. */
void World::openStream(size_t actor, const ask &a)
{
    size_t road = m_site.roadTo(a.peer);

    if (road == SIZE_MAX) {
        m_actors[actor].unreachable.push_back(a.stream);
        wake(actor);
        return;
    }
    Ptr<Stream> s = Stream::make(this, m_config->tcp, m_site.client,
                                 segment(a.peer.family));
    s->actor = actor;
    s->number = a.stream;
    s->peer = a.peer;
    s->local = clientAddress(a.peer.family, m_nextPort++);
    m_streams.push_back(s);
    m_actors[actor].streams.push_back(s);
    s->connect(addressOf(s->local), addressOf(a.peer));
    s->say(a.bytes, a.lasting, false);
}

Ptr<Socket> World::datagramSocket(size_t actor, int family, uint16_t port)
{
    Actor &a = m_actors[actor];
    Ptr<Socket> &s = a.socket[family == 6];
    endpoint at = clientAddress(family, port);

    if (s)
        return s;
    Ptr<Node> node = m_site.client;
    if (a.host != SIZE_MAX) {
        at = m_config->hosts[a.host].at;
        node = m_site.roads[m_site.roadTo(at)]->node;
    }
    s = Socket::CreateSocket(node, UdpSocketFactory::GetTypeId());
    s->Bind(addressOf(at));
    s->SetRecvCallback(MakeCallback(&World::heardDatagrams, this));
    m_sockets.emplace_back(s, actor);
    return s;
}

void World::heardDatagrams(Ptr<Socket> socket)
{
    size_t actor = 0;
    Address from;

    for (auto &s : m_sockets)
        if (s.first == socket)
            actor = s.second;
    while (Ptr<Packet> p = socket->RecvFrom(from)) {
        std::string bytes(p->GetSize(), '\0');

        p->CopyData(reinterpret_cast<uint8_t *>(&bytes[0]), p->GetSize());
        m_actors[actor].datagrams.emplace_back(endpointOf(from),
                                               std::move(bytes));
    }
    wake(actor);
}

/* To where nobody is it is lost, as it would be. */
void World::sendDatagram(size_t actor, const ask &a)
{
    Ptr<Packet> p = Create<Packet>(
        reinterpret_cast<const uint8_t *>(a.bytes.at), a.bytes.len);
    bool client = m_actors[actor].host == SIZE_MAX;

    if (a.peer.family != 4 && a.peer.family != 6)
        return;
    datagramSocket(actor, a.peer.family, client ? 49152 : 0)
        ->SendTo(p, 0, addressOf(a.peer));
}

void World::setAlarm(size_t actor, int64_t at)
{
    Actor &a = m_actors[actor];

    Simulator::Remove(a.alarm);
    a.alarmNs = at;
    if (at != NEVER_NS)
        a.alarm =
            Simulator::Schedule(NanoSeconds(std::max<int64_t>(at - now(), 0)),
                                &World::ring, this, actor);
}

void World::serve(size_t actor, const ask &a)
{
    Ptr<Stream> s = streamOf(actor, a.stream);

    switch (a.kind) {
    case ASK_OPEN:
        openStream(actor, a);
        break;
    case ASK_SEND:
        if (s)
            s->say(a.bytes, a.lasting, a.quiet);
        break;
    case ASK_HALF_CLOSE:
        if (s)
            s->wantEnd();
        break;
    case ASK_ABORT:
        if (s) {
            s->abort();
            leave(actor, s);
        }
        break;
    case ASK_DATAGRAM:
        sendDatagram(actor, a);
        break;
    case ASK_WAKE:
        setAlarm(actor, a.at_ns);
        break;
    case ASK_NOTHING:
        break;
    }
}

/* What a machine has said in this instant goes to TCP in one go, and its end
 * behind it. In the capture the packets of this instant that came stand before
 * those that go, hence the stamp of what was handed over. */
void World::sendSaid(size_t actor, Ptr<Stream> s)
{
    bool client = m_actors[actor].host == SIZE_MAX;

    if (client && m_config->handed && s->handed > s->logged && s->asks)
        m_config->handed(m_config->arg, s->number, s->local, s->handed,
                         now() + 1);
    s->logged = s->handed;
    s->asks = false;
    s->push();
    leaveIfDone(actor, s);
}

void World::askAll(size_t actor)
{
    ask a;

    if (!m_actors[actor].machine || m_late)
        return;
    do {
        a = machine_ask(m_actors[actor].machine);
        serve(actor, a);
    } while (a.kind != ASK_NOTHING);
    auto streams = m_actors[actor].streams;
    for (Ptr<Stream> s : streams)
        sendSaid(actor, s);
}

} // namespace turnaround
