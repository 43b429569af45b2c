/* SPDX-License-Identifier: BSD-2-Clause */
/* ns-3's TCP as a machine's stream. */
#include "sim/ns3_stream.hh"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace turnaround
{

using namespace ns3;

NS_OBJECT_ENSURE_REGISTERED(Stream);

/* What Linux's tcp_rmem and tcp_wmem let a socket grow to. */
constexpr uint32_t receiveBuffer = 6 << 20, sendBuffer = 4 << 20;

/* Half of TIME_WAIT, which Linux lets last a minute. */
constexpr double segmentLifetime = 30;

/* RFC 9293, 3.4.1: first sequence numbers tick every four microseconds; here
 * within a part of the circle that has ns-3's zeros behind it. */
constexpr int64_t clockNs = 4000;
constexpr uint32_t clockMask = 0x3fffffff;

/* Data that TCP has not got is cut into packets of this size for it. */
constexpr uint32_t portion = 65536;

TypeId Stream::GetTypeId()
{
    static TypeId tid = TypeId("turnaround::Stream")
                            .SetParent<TcpSocketBase>()
                            .AddConstructor<Stream>();
    return tid;
}

Stream::Stream(const Stream &listener)
    : TcpSocketBase(listener), host(listener.host),
      m_watcher(listener.m_watcher), m_settings(listener.m_settings)
{
}

/* Setting attributes by their names is most of what an object of ns-3's costs,
 * so new ones are copies of a pattern. */
static Ptr<Stream> makePattern()
{
    Ptr<Stream> s = CreateObject<Stream>();

    s->SetRtt(CreateObject<RttMeanDeviation>());
    s->SetCongestionControlAlgorithm(CreateObject<TcpCubic>());
    s->SetRecoveryAlgorithm(CreateObject<TcpPrrRecovery>());
    return s;
}

Ptr<Stream> Stream::make(Watcher *watcher, const ns3_tcp *settings,
                         Ptr<Node> node, uint32_t segment)
{
    static const Ptr<Stream> &pattern = *new Ptr<Stream>(makePattern());
    Ptr<Stream> s = CopyObject(pattern);

    s->set(watcher, settings, node, segment);
    return s;
}

/* The values of Linux, which the lab's kernel has too. ns-3's defaults are
 * others: MSS 536, RTO from 1 s, a delayed ACK of 200 ms. */
void Stream::set(Watcher *watcher, const ns3_tcp *settings, Ptr<Node> node,
                 uint32_t segment)
{
    m_watcher = watcher;
    m_settings = settings;
    SetNode(node);
    SetTcp(node->GetObject<TcpL4Protocol>());
    SetSegSize(segment);
    SetInitialCwnd(settings->initial_window);
    SetSndBufSize(sendBuffer);
    SetRcvBufSize(receiveBuffer);
    SetTcpNoDelay(true);
    SetSynRetries(settings->syns);
    SetDataRetries(settings->retries);
    SetConnTimeout(NanoSeconds(settings->first_rto_ns));
    SetDelAckTimeout(NanoSeconds(settings->delayed_ack_ns));
    m_minRto =
        NanoSeconds(std::max(settings->least_rto_ns, settings->first_rto_ns));
    m_msl = segmentLifetime;
    m_txTrace.ConnectWithoutContext(MakeCallback(&Stream::dress));
}

bool Stream::listen(const Address &at)
{
    return Bind(at) == 0 && Listen() == 0;
}

bool Stream::connect(const Address &from, const Address &to)
{
    return Bind(from) == 0 && Connect(to) == 0;
}

bool Stream::hasEndpoint() const
{
    return m_endPoint != nullptr || m_endPoint6 != nullptr;
}

bool Stream::isUp() const
{
    return m_state.Get() >= ESTABLISHED;
}

bool Stream::isClosed() const
{
    return m_state.Get() == CLOSED || !hasEndpoint();
}

bool Stream::ended() const
{
    return m_tcb->m_rxBuffer->Finished() && m_tcb->m_rxBuffer->Size() == 0;
}

void Stream::say(span bytes, bool lasting, bool quiet)
{
    if (m_endWanted || bytes.len == 0)
        return;
    handed += bytes.len;
    asks |= !quiet;
    m_unsaid.emplace_back();
    Piece &p = m_unsaid.back();
    if (!lasting)
        p.own.assign(bytes.at, bytes.len);
    p.bytes = lasting ? bytes : span{p.own.data(), bytes.len};
}

/* Gives TCP as much of what was said as it has room for. */
bool Stream::fill()
{
    bool any = false;

    while (!m_unsaid.empty() && GetTxAvailable() > 0) {
        Piece &p = m_unsaid.front();
        uint32_t n = std::min<size_t>({p.bytes.len, GetTxAvailable(), portion});

        if (Send(Create<Packet>(reinterpret_cast<const uint8_t *>(p.bytes.at),
                                n),
                 0) < 0)
            break;
        any = true;
        p.bytes = {p.bytes.at + n, p.bytes.len - n};
        if (p.bytes.len == 0)
            m_unsaid.pop_front();
    }
    return any;
}

/* ns-3 sends one nanosecond later what an application gives it; we, at once.
 * It half-closes by Close(): its ShutdownSend() forgets the FIN where data are
 * unacknowledged. It would reset, as Linux does, where something is unread. */
void Stream::push()
{
    if (!isUp() || isClosed())
        return;
    if (fill()) {
        m_sendPendingDataEvent.Cancel();
        SendPendingData(m_connected);
    }
    if (m_endWanted && !m_endSaid && m_unsaid.empty()) {
        m_endSaid = true;
        read();
        Close();
        m_watcher->stir(this);
    }
}

void Stream::wantEnd()
{
    m_endWanted = true;
}

void Stream::abort()
{
    m_unsaid.clear();
    if (isUp() && !isClosed())
        SendEmptyPacket(TcpHeader::RST);
    drop();
}

void Stream::drop()
{
    m_state = CLOSED;
    m_sendPendingDataEvent.Cancel();
    DeallocateEndPoint();
}

void Stream::read()
{
    uint32_t n = m_tcb->m_rxBuffer->Available();

    if (n == 0)
        return;
    Ptr<Packet> p = Recv(n, 0);
    size_t had = held.size();
    held.resize(had + p->GetSize());
    p->CopyData(reinterpret_cast<uint8_t *>(&held[had]), p->GetSize());
}

void Stream::fail(int error)
{
    m_wasUp = m_wasUp || isUp();
    m_error = error;
    drop();
}

/* News for the world: the handshake is done, bytes or an end have come, or
 * all is lost. What TCP has room for now goes on. */
void Stream::notice()
{
    m_wasUp = m_wasUp || isUp();
    if (m_error || (isUp() && (!openTold || m_tcb->m_rxBuffer->Available() ||
                               (m_tcb->m_rxBuffer->Finished() && !endTold))))
        m_watcher->stir(this);
    if (openTold && !m_unsaid.empty())
        push();
}

/* With ns-3's one first number for all, an ACK for a connection that has died
 * would open the next. */
Ptr<TcpSocketBase> Stream::Fork()
{
    Ptr<Stream> child = CopyObject(Ptr<Stream>(this));
    SequenceNumber32 first(static_cast<uint32_t>(m_watcher->now() / clockNs) &
                           clockMask);

    child->m_synRetries = m_settings->syn_acks;
    child->m_tcb->m_nextTxSequence = first;
    child->m_tcb->m_highTxMark = first;
    child->m_txBuffer->SetHeadSequence(first);
    m_watcher->forked(child);
    return child;
}

/* Of a SYN that came twice in one instant the second finds the first one's
 * connection there already. */
void Stream::CompleteFork(Ptr<Packet> p, const TcpHeader &h,
                          const Address &from, const Address &to)
{
    if (m_error)
        return;
    TcpSocketBase::CompleteFork(p, h, from, to);
    if (!hasEndpoint()) {
        fail(ECONNABORTED);
        notice();
    }
}

endpoint endpointOf(const Address &a)
{
    endpoint e{};

    if (InetSocketAddress::IsMatchingType(a)) {
        InetSocketAddress at = InetSocketAddress::ConvertFrom(a);
        e.family = 4;
        at.GetIpv4().Serialize(e.ip);
        e.port = at.GetPort();
    } else {
        Inet6SocketAddress at = Inet6SocketAddress::ConvertFrom(a);
        e.family = 6;
        at.GetIpv6().Serialize(e.ip);
        e.port = at.GetPort();
    }
    return e;
}

Address addressOf(const endpoint &e)
{
    if (e.family == 4)
        return InetSocketAddress(Ipv4Address::Deserialize(e.ip), e.port);
    return Inet6SocketAddress(Ipv6Address::Deserialize(e.ip), e.port);
}

} // namespace turnaround
