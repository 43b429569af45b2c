/* SPDX-License-Identifier: BSD-2-Clause */
/* One TCP connection, or a listener for them: ns-3's TcpSocketBase with its
 * faults cured (docs/ns3.md lists them), and with bytes, ends and errors as a
 * world's machines need them. */
#ifndef SIM_NS3_STREAM_HH
#define SIM_NS3_STREAM_HH

#include <deque>
#include <string>

#include <ns3/internet-module.h>

extern "C" {
#include "sim/ns3.h"
}

namespace turnaround
{

class Stream;

/* The world, as its streams see it. */
class Watcher
{
  public:
    virtual ~Watcher() = default;
    /* Time since the session began. */
    virtual int64_t now() const = 0;
    /* Something happened to the stream: attend to it in this instant. */
    virtual void stir(Stream *) = 0;
    /* A SYN came to a listener; false: refuse it. */
    virtual bool admit(Stream *listener, endpoint client) = 0;
    /* The connection that the SYN just admitted has begun. */
    virtual void forked(ns3::Ptr<Stream> child) = 0;
};

class Stream : public ns3::TcpSocketBase
{
  public:
    static ns3::TypeId GetTypeId();
    Stream() = default;
    Stream(const Stream &); /* as a listener's child, or a new one's pattern */
    ~Stream() override = default;

    /* Of the world's: `number` is the machine's for it, `host` the host that
     * it leads to, or that listens. */
    size_t actor = SIZE_MAX, host = 0;
    int number = 0;
    endpoint local{}, peer{};
    bool openTold = false, endTold = false, over = false;
    std::string held;                /* came, and is not yet taken */
    uint64_t handed = 0, logged = 0; /* bytes that the machine has said */
    bool asks = false; /* what was said since it was logged */

    /* A new one, on that node. */
    static ns3::Ptr<Stream> make(Watcher *, const ns3_tcp *,
                                 ns3::Ptr<ns3::Node>, uint32_t segment);
    bool listen(const ns3::Address &at);
    bool connect(const ns3::Address &from, const ns3::Address &to);

    /* To go with the next push(). */
    void say(span bytes, bool lasting, bool quiet);
    void push();    /* sends what was said, as far as TCP may */
    void wantEnd(); /* half-close behind what was said */
    void abort();   /* with RST, where anybody knows of us */
    void drop();    /* without a word */
    void read();    /* what TCP has, into `held` */

    bool isUp() const; /* the handshake is over */
    bool wasUp() const
    {
        return m_wasUp;
    }
    bool isClosed() const; /* TCP has forgotten it */
    bool ended() const;    /* the peer has half-closed, and all was read */
    bool endSaid() const
    {
        return m_endSaid;
    }
    int error() const
    {
        return m_error;
    }
    ns3::Time rto() const
    {
        return m_rto.Get();
    }

  protected:
    ns3::Ptr<ns3::TcpSocketBase> Fork() override;
    void CompleteFork(ns3::Ptr<ns3::Packet>, const ns3::TcpHeader &,
                      const ns3::Address &from,
                      const ns3::Address &to) override;
    void DoForwardUp(ns3::Ptr<ns3::Packet>, const ns3::Address &from,
                     const ns3::Address &to) override;
    void EstimateRtt(const ns3::TcpHeader &) override;
    uint32_t SendDataPacket(ns3::SequenceNumber32, uint32_t most,
                            bool withAck) override;
    void SendEmptyPacket(uint8_t flags) override;
    void ReTxTimeout() override;

  private:
    void set(Watcher *, const ns3_tcp *, ns3::Ptr<ns3::Node>, uint32_t segment);

    struct Piece { /* said, and not yet TCP's */
        std::string own;
        span bytes;
    };

    static void dress(ns3::Ptr<const ns3::Packet>, const ns3::TcpHeader &,
                      ns3::Ptr<const ns3::TcpSocketBase>);
    bool isOrdinary(ns3::Ptr<const ns3::Packet>) const;
    bool intercept(ns3::Ptr<ns3::Packet>, const ns3::TcpHeader &,
                   const ns3::Address &from, const ns3::Address &to);
    bool heardClosing(ns3::Ptr<ns3::Packet>, const ns3::TcpHeader &);
    bool heardSyn(const ns3::TcpHeader &, const ns3::Address &from,
                  const ns3::Address &to);
    bool heardStray(const ns3::TcpHeader &, const ns3::Address &from,
                    const ns3::Address &to);
    void reset(const ns3::TcpHeader &heard, ns3::TcpHeader,
               const ns3::Address &from, const ns3::Address &to);
    void heardReset(const ns3::TcpHeader &);
    ns3::Time sample(const ns3::TcpHeader &) const;
    bool hasEndpoint() const;
    bool synRepeated() const;
    void fail(int error);
    void notice();
    bool fill();

    Watcher *m_watcher = nullptr;
    const ns3_tcp *m_settings = nullptr;
    std::deque<Piece> m_unsaid;
    unsigned m_fins = 0;
    int m_error = 0;
    bool m_wasUp = false, m_endWanted = false, m_endSaid = false;
};

endpoint endpointOf(const ns3::Address &);
ns3::Address addressOf(const endpoint &);

} // namespace turnaround

#endif
