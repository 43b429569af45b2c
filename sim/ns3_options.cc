/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of TCP headers, made faster. ns-3 looks the type of each option
 * of each segment that it reads up, by its number and then by its name, and
 * that is an eighth of what a session costs. The loader binds ns-3's own calls
 * to the first definition that it finds, and a plug-in stands before the
 * libraries that it needs: so this one is taken for ns-3's. Where it is not,
 * all is the same, but slower. */
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
