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

/* --- what the machine wants -------------------------------------------- */

void Stream::say(span bytes, bool lasting)
{
    if (m_endWanted || bytes.len == 0)
        return;
    handed += bytes.len;
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

/* --- what happens to it ------------------------------------------------- */

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

void Stream::DoForwardUp(Ptr<Packet> packet, const Address &from,
                         const Address &to)
{
    Ptr<Stream> keep(this);
    TcpHeader h;

    packet->PeekHeader(h);
    if (!intercept(packet, h, from, to))
        TcpSocketBase::DoForwardUp(packet, from, to);
    notice();
}

/* Segments that ns-3 would treat wrongly. Returns whether it was one. */
bool Stream::intercept(Ptr<Packet> packet, const TcpHeader &h,
                       const Address &from, const Address &to)
{
    const uint8_t all =
        TcpHeader::SYN | TcpHeader::ACK | TcpHeader::FIN | TcpHeader::RST;
    const uint8_t synAck = TcpHeader::SYN | TcpHeader::ACK;
    uint8_t flags = h.GetFlags() & all;

    if (m_state.Get() == LISTEN)
        return flags != TcpHeader::SYN ? heardStray(h, from, to)
                                       : heardSyn(h, from, to);
    if (flags & TcpHeader::RST) {
        heardReset(h);
        return true;
    }
    /* The last ACK of the handshake was lost: RFC 9293, 3.10.7.4. */
    if (flags == synAck && m_state.Get() >= ESTABLISHED) {
        SendEmptyPacket(TcpHeader::ACK);
        return true;
    }
    /* The answer to a repeated SYN must not use up the tries of our own. */
    if (flags == TcpHeader::SYN && m_state.Get() == SYN_RCVD &&
        m_synCount < m_synRetries)
        m_synCount++;
    return heardClosing(packet, h);
}

/* Behind our own FIN ns-3 takes any ACK for that of the FIN, and forgets what
 * is still on its way; to the peer's FIN, repeated, it does not answer. */
bool Stream::heardClosing(Ptr<Packet> packet, const TcpHeader &h)
{
    TcpStates_t state = m_state.Get();
    bool fin = h.GetFlags() & TcpHeader::FIN;
    bool ack = h.GetFlags() & TcpHeader::ACK;
    bool allAcked = h.GetAckNumber() > m_tcb->m_highTxMark.Get();
    bool repeated =
        fin && (state == CLOSE_WAIT || state == LAST_ACK || state == TIME_WAIT);
    bool early = ack && !allAcked && (state == LAST_ACK || state == CLOSING);

    if (!repeated && !early)
        return false;
    if (ack && state != TIME_WAIT) {
        TcpHeader own;
        packet->RemoveHeader(own);
        EstimateRtt(h);
        UpdateWindowSize(h);
        ReceivedAck(packet, h);
        if (allAcked && state == LAST_ACK) {
            CloseAndNotify();
            return true;
        }
    }
    if (repeated)
        SendEmptyPacket(TcpHeader::ACK);
    if (m_state.Get() == LAST_ACK && !m_retxEvent.IsRunning())
        m_retxEvent = Simulator::Schedule(m_rto.Get(), &Stream::SendEmptyPacket,
                                          this, TcpHeader::FIN);
    return true;
}

void Stream::reset(const TcpHeader &heard, TcpHeader h, const Address &from,
                   const Address &to)
{
    h.SetSourcePort(heard.GetDestinationPort());
    h.SetDestinationPort(heard.GetSourcePort());
    m_tcp->SendPacket(Create<Packet>(), h, to, from);
}

/* By a host that does not want it a SYN is answered as by a closed port. */
bool Stream::heardSyn(const TcpHeader &syn, const Address &from,
                      const Address &to)
{
    TcpHeader h;

    if (m_watcher->admit(this, endpointOf(from)))
        return false;
    h.SetFlags(TcpHeader::RST | TcpHeader::ACK);
    h.SetAckNumber(syn.GetSequenceNumber() + SequenceNumber32(1));
    reset(syn, h, from, to);
    return true;
}

/* What belongs to no connection is reset: RFC 9293, 3.10.7.2. ns-3 is silent.
 */
bool Stream::heardStray(const TcpHeader &stray, const Address &from,
                        const Address &to)
{
    TcpHeader h;

    h.SetFlags(TcpHeader::RST);
    h.SetSequenceNumber(stray.GetAckNumber());
    if (stray.GetFlags() & TcpHeader::ACK &&
        !(stray.GetFlags() & TcpHeader::RST))
        reset(stray, h, from, to);
    return true;
}

/* ns-3 hears no RST that carries an ACK, as that of a closed port does. */
void Stream::heardReset(const TcpHeader &h)
{
    if (m_state.Get() == SYN_SENT) {
        if (h.GetFlags() & TcpHeader::ACK &&
            h.GetAckNumber() == m_tcb->m_nextTxSequence.Get() + 1)
            fail(ECONNREFUSED);
    } else if (m_state.Get() != CLOSED && m_state.Get() != TIME_WAIT) {
        fail(ECONNRESET);
    } else {
        drop();
    }
}

/* --- time ---------------------------------------------------------------- */

/* A SYN's entry in the history has no length, so ns-3 never notes that it was
 * sent again. */
bool Stream::synRepeated() const
{
    return m_history.front().count == 0 && m_synCount + 1 < m_synRetries;
}

/* How long the segment took that this acknowledges: by when it was sent; for
 * one that was sent again by the stamp that comes back (RFC 7323, 4). */
Time Stream::sample(const TcpHeader &h) const
{
    SequenceNumber32 ack = h.GetAckNumber();

    if (m_history.empty())
        return Time(0);
    const RttHistory &first = m_history.front();
    if (ack < first.seq + SequenceNumber32(first.count))
        return Time(0);
    if (!first.retx && !synRepeated())
        return Simulator::Now() - first.time;
    if (!m_timestampEnabled || !h.HasOption(TcpOption::TS))
        return Time(0);
    Ptr<const TcpOptionTS> stamp =
        DynamicCast<const TcpOptionTS>(h.GetOption(TcpOption::TS));
    return MilliSeconds(m_watcher->now() / 1000000 - stamp->GetEcho());
}

/* ns-3 would measure by time stamps alone, in milliseconds. Its floor of the
 * RTO is one number; Linux's rises with the smoothed RTT. */
void Stream::EstimateRtt(const TcpHeader &h)
{
    Time took = sample(h);

    while (!m_history.empty() &&
           m_history.front().seq + SequenceNumber32(m_history.front().count) <=
               h.GetAckNumber())
        m_history.pop_front();
    if (!took.IsStrictlyPositive())
        return;
    m_rtt->Measurement(took);
    m_minRto = NanoSeconds(m_settings->least_rto_ns);
    if (m_settings->least_spread_ns > 0)
        m_minRto =
            m_rtt->GetEstimate() + NanoSeconds(m_settings->least_spread_ns);
    m_rto = Max(m_rtt->GetEstimate() +
                    Max(m_clockGranularity, m_rtt->GetVariation() * 4),
                m_minRto);
    m_tcb->m_lastRtt = m_rtt->GetEstimate();
    m_tcb->m_minRtt = Min(m_tcb->m_lastRtt.Get(), m_tcb->m_minRtt);
}

/* An ACK that rides on data counts as one too: else the peer's next stamp is
 * not the one that we send back. */
uint32_t Stream::SendDataPacket(SequenceNumber32 seq, uint32_t most,
                                bool withAck)
{
    uint32_t size = TcpSocketBase::SendDataPacket(seq, most, withAck);

    if (withAck)
        m_highTxAck =
            std::max(m_highTxAck, m_tcb->m_rxBuffer->NextRxSequence());
    return size;
}

/* ns-3 repeats a FIN for ever. Where its SYNs are used up it lets the endpoint
 * go. */
void Stream::SendEmptyPacket(uint8_t flags)
{
    bool had = hasEndpoint();

    if (flags & TcpHeader::FIN && m_fins++ > m_settings->retries) {
        fail(ETIMEDOUT);
        notice();
        return;
    }
    TcpSocketBase::SendEmptyPacket(flags);
    if (flags & TcpHeader::SYN && had && !hasEndpoint()) {
        m_error = ETIMEDOUT;
        notice();
    }
}

/* ns-3 doubles the RTO to 60 s at most, and from there even downwards. */
void Stream::ReTxTimeout()
{
    Ptr<Stream> keep(this);
    Time next = Min(m_rto.Get() * 2, NanoSeconds(m_settings->most_rto_ns));
    bool had = hasEndpoint();

    TcpSocketBase::ReTxTimeout();
    if (had && !hasEndpoint()) {
        fail(ETIMEDOUT);
        notice();
    } else if (m_retxEvent.IsRunning() && m_txBuffer->Size() > 0) {
        m_retxEvent.Cancel();
        m_rto = next;
        m_retxEvent = Simulator::Schedule(next, &Stream::ReTxTimeout, this);
    }
}

/* --- what goes out -------------------------------------------------------- */

/* The trace source hands out the very header that is sent next. An MSS option
 * (RFC 9293, 3.7.1), PSH at the end of what was said, and stamps that count
 * from the session's beginning make its segments like Linux's. */
void Stream::dress(Ptr<const Packet> packet, const TcpHeader &sent,
                   Ptr<const TcpSocketBase> socket)
{
    const Stream *s = static_cast<const Stream *>(PeekPointer(socket));
    TcpHeader &h = const_cast<TcpHeader &>(sent);

    if (h.HasOption(TcpOption::TS)) {
        Ptr<TcpOption> stamp = ConstCast<TcpOption>(h.GetOption(TcpOption::TS));
        DynamicCast<TcpOptionTS>(stamp)->SetTimestamp(
            static_cast<uint32_t>(s->m_watcher->now() / 1000000));
    }
    if (h.GetFlags() & TcpHeader::SYN) {
        Ptr<TcpOptionMSS> mss = CreateObject<TcpOptionMSS>();
        mss->SetMSS(static_cast<uint16_t>(s->GetSegSize() + 12));
        h.AppendOption(mss);
    }
    if (packet->GetSize() > 0 &&
        h.GetSequenceNumber() + SequenceNumber32(packet->GetSize()) ==
            s->m_txBuffer->TailSequence())
        h.SetFlags(h.GetFlags() | TcpHeader::PSH);
}

/* --- addresses ------------------------------------------------------------ */

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
