/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stream sends, and when it sends it again. */
#include "sim/ns3_stream.hh"

#include <algorithm>
#include <cerrno>

namespace turnaround
{

using namespace ns3;

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

} // namespace turnaround
