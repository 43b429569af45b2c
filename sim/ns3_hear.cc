/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stream hears: the segments that ns-3 would treat wrongly. */
#include "sim/ns3_stream.hh"

#include <cerrno>

namespace turnaround
{

using namespace ns3;

void Stream::DoForwardUp(Ptr<Packet> packet, const Address &from,
                         const Address &to)
{
    Ptr<Stream> keep(this);

    if (!isOrdinary(packet)) {
        TcpHeader h;
        packet->PeekHeader(h);
        if (intercept(packet, h, from, to)) {
            notice();
            return;
        }
    }
    TcpSocketBase::DoForwardUp(packet, from, to);
    notice();
}

/* Data and ACKs of an open connection, which most segments are, need no second
 * look. RFC 9293, 3.1: the flags are byte 13. */
bool Stream::isOrdinary(Ptr<const Packet> packet) const
{
    uint8_t head[14] = {};

    packet->CopyData(head, sizeof head);
    return m_state.Get() == ESTABLISHED &&
           !(head[13] & (TcpHeader::SYN | TcpHeader::RST));
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

} // namespace turnaround
