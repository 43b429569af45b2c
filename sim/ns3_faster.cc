/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of ns-3's, made faster: each looks something up by its name, for each
 * segment or for each connection, and together they are a fifth of what a
 * session would cost. The loader binds ns-3's own calls to the first
 * definition that it finds, and a plug-in stands before the libraries that it
 * needs: so these are taken for ns-3's. Where they are not, all is the same,
 * but slower. */
#include <ns3/internet-module.h>

using namespace ns3;

/* Options have no attributes, so there is nothing to construct. */
template <typename Option> static Ptr<TcpOption> fresh()
{
    return Ptr<TcpOption>(new Option, false);
}

/* One for all, where an option says nothing but its kind. */
template <typename Option> static Ptr<TcpOption> shared()
{
    static const Ptr<TcpOption> &one = *new Ptr<TcpOption>(fresh<Option>());

    return one;
}

/* ns-3's looks the type of each option of each segment up, by its number and
 * then by its name. */
Ptr<TcpOption> TcpOption::CreateOption(uint8_t kind)
{
    switch (kind) {
    case END:
        return shared<TcpOptionEnd>();
    case NOP:
        return shared<TcpOptionNOP>();
    case MSS:
        return fresh<TcpOptionMSS>();
    case WINSCALE:
        return fresh<TcpOptionWinScale>();
    case SACKPERMITTED:
        return fresh<TcpOptionSackPermitted>();
    case SACK:
        return fresh<TcpOptionSack>();
    case TS:
        return fresh<TcpOptionTS>();
    default:
        return fresh<TcpOptionUnknown>();
    }
}

/* A socket passes on what its TcpSocketState tells, by eleven callbacks found
 * by name. It is heard by nobody here, since no world connects anything to a
 * socket's own sources but `Tx`, which is not of them. */
bool ObjectBase::TraceConnectWithoutContext(std::string name,
                                            const CallbackBase &callback)
{
    if (dynamic_cast<TcpSocketState *>(this))
        return true;
    Ptr<const TraceSourceAccessor> source =
        GetInstanceTypeId().LookupTraceSourceByName(name);
    return source && source->ConnectWithoutContext(this, callback);
}

/* A global value, which ns-3 copies each time; a Site binds it to true. */
bool Node::ChecksumEnabled()
{
    return true;
}
