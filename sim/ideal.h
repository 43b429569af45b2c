/* SPDX-License-Identifier: BSD-2-Clause */
/* The ideal world: machines over perfect pipes in virtual time. One handshake,
 * then delay and rate alone: no window, no loss, no acknowledgement. It is the
 * floor under every other world: what the protocol costs and nothing else.
 *
 * A pipe with a rate cuts at the MSS and sends headers too, the handshake's
 * included, as the lab's kernel does: SYN and SYN-ACK of 60 bytes over IPv4
 * (80 over IPv6), 52 (72) for every other packet. Without a rate all that is
 * sent in one instant arrives in one.
 *
 * TCP Fast Open (RFC 7413) needs no cookie here. So much rides in a SYN as
 * Linux puts there: 1420 bytes over IPv4, 1400 over IPv6. */
#ifndef SIM_IDEAL_H
#define SIM_IDEAL_H

#include "smtp/machine.h"

struct ideal_road {
    int64_t delay_ns;  /* one way */
    uint64_t rate_bps; /* of IP bytes; 0: unlimited */
};

struct ideal_host {
    struct endpoint at; /* where it listens, for streams and datagrams */
    struct ideal_road up, down; /* to it, and from it */

    /* A machine for a new session, which stays the host's; NULL refuses the
     * connection. */
    struct machine *(*accept)(void *arg, struct endpoint client);
    struct machine *datagrams; /* hears and answers them; NULL: none does */
    void *arg;
    bool silent; /* a black hole: what comes there is never answered */
};

struct ideal_config {
    const struct ideal_host *hosts;
    size_t host_count;
    uint32_t mtu_bytes; /* 0: 1500 */
    int64_t limit_ns;   /* virtual time at which to stop; NEVER_NS: none */
};

/* Runs `client` and the sessions it opens until nothing is left to happen.
 * Returns the virtual time of the last event; -1 with errno ETIME where the
 * limit came first, or ENOMEM. Time starts at 0. */
int64_t ideal_run(const struct ideal_config *, struct machine *client);

#endif
