/* SPDX-License-Identifier: BSD-2-Clause */
/* The world `ns3`: machines over ns-3's TCP and UDP in virtual time, and ns-3
 * as a road in real time. ns-3 is C++ and GPL-2.0, so all of it stands in a
 * plug-in, turnaround-ns3.so, which is loaded when it is first asked for; this
 * header is plain C and needs nothing of ns-3's.
 *
 * The link between client and host is our own (netem/link), as a network
 * device of ns-3's: so every word of tc-netem's works as in the other worlds,
 * and where the worlds differ it is their TCP that differs.
 *
 * The simulator is one for a process and for one thread. */
#ifndef SIM_NS3_H
#define SIM_NS3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netem/link.h"
#include "smtp/machine.h"

#define NS3_WHY 400

enum ns3_way { NS3_UP, NS3_DOWN, NS3_WAYS }; /* up: to the server */

/* What TCP is set to. Timers by RFC 6298 and RFC 9293, 3.8.3. */
struct ns3_tcp {
    const char *name;
    int64_t first_rto_ns;    /* of a SYN, and before anything is measured */
    int64_t least_rto_ns;    /* of the whole RTO, or, ... */
    int64_t least_spread_ns; /* ... as Linux has it, of what it adds to the
                                smoothed RTT */
    int64_t most_rto_ns;     /* where doubling ends; not for a SYN */
    unsigned syns, syn_acks; /* sent before giving up, the first included */
    unsigned retries;        /* of data */
    int64_t delayed_ack_ns;
    unsigned initial_window; /* segments; RFC 6928 */
};

/* Linux's own timers (tcp_syn_retries 6, tcp_synack_retries 5, tcp_retries2
 * 15, RTO from srtt + 200 ms to 120 s). */
extern const struct ns3_tcp ns3_tcp_linux;

/* RFC 6298's (RTO from 1 s to 60 s) and RFC 9293's (a SYN is tried for three
 * minutes at least). */
extern const struct ns3_tcp ns3_tcp_rfc;

/* As Linux, but with timers that suit a road of this length: nothing is sent
 * again while the answer may still come. */
struct ns3_tcp ns3_tcp_patient(int64_t rtt_ns);

struct ns3_host {
    struct endpoint at; /* where it listens, for streams and datagrams */
    const struct link_params *up, *down; /* to it and from it: those of one IP
                                            address share them */
    uint64_t seed;

    /* A machine for a new session; NULL refuses the connection; without the
     * function nothing listens there. */
    struct machine *(*accept)(void *arg, struct endpoint client);
    void (*gone)(void *arg, struct machine *); /* of accept(): it is finished,
                                     or all is over. May be NULL */
    struct machine *datagrams; /* hears and answers them; NULL: none does */
    void *arg;
};

struct ns3_config {
    const struct ns3_host *hosts;
    size_t host_count;
    const struct ns3_tcp *tcp; /* NULL: ns3_tcp_linux */
    uint32_t mtu_bytes;        /* 0: 1500 */
    int64_t limit_ns;          /* when to stop; NEVER_NS: none */

    void *arg; /* of what follows; any may be NULL */
    /* Told just before the client hands bytes to TCP: `offset` of its stream
     * have been. `at_ns` lies one ns behind the packets that came in the same
     * instant. */
    void (*handed)(void *arg, int stream, struct endpoint local,
                   uint64_t offset, int64_t at_ns);
    /* A packet passes the client's (SIDE 0) or the host's (1) end of a road. */
    void (*packet)(void *arg, size_t host, int side, int64_t now_ns,
                   const uint8_t *ip, size_t len);
    /* Whether this packet must be dropped (rule `exact`). */
    bool (*drop)(void *arg, enum ns3_way, const uint8_t *ip, size_t len);
};

struct ns3_report {
    uint64_t packets_in; /* to all roads */
    uint64_t dropped_by[LINK_RULE_COUNT];
    uint64_t corrupted; /* and thrown away at the far end by its checksum */
    uint64_t events;    /* of the simulator */
};

/* The client's addresses on every road, of the blocks that are for examples
 * (RFC 5737, RFC 3849), as in the lab. No host may have one of them. */
#define NS3_CLIENT_4 "192.0.2.1"
#define NS3_CLIENT_6 "2001:db8::1"

/* Finds and opens the plug-in: by TURNAROUND_NS3, next to the program, or in
 * ../lib/turnaround. Again it does nothing. -1: ENOSYS, and `why` tells what
 * is missing. */
int ns3_load(char why[NS3_WHY]);

/* "3.37", of the ns-3 that the plug-in runs with; NULL: it is not loaded. */
const char *ns3_version(void);

/* Runs `client` and the sessions it opens until nothing is left to happen, as
 * ideal_run() does, behind ns3_load(). Time starts at 0. Returns the time at
 * which a machine was last told something; -1: ETIME at the limit, ENOMEM, or
 * EINVAL and `why`. There is no TCP Fast Open here: bytes of an ASK_OPEN
 * follow the handshake. */
int64_t ns3_run(const struct ns3_config *, struct machine *client,
                struct ns3_report *, char why[NS3_WHY]);

/* Gives back the memory that is kept from one run to the next. */
void ns3_forget(void);

/* One direction of a road in real time, all of it done by ns-3's own models:
 * a drop-tail queue and a rate, an error model, a delay, random variables. */
struct ns3_lane {
    int64_t delay_ns, jitter_ns;
    bool normal;       /* how the jitter scatters: else evenly */
    uint64_t rate_bps; /* of IP bytes; 0: unlimited */
    double loss_share; /* 0 to 1 */
    uint32_t queue_packets, queue_bytes; /* that wait for the rate; 0: any */
    uint32_t limit;                      /* packets on the road altogether */
};

struct ns3_road_config {
    struct ns3_lane lane[NS3_WAYS];
    uint32_t seed;
    void *arg;
    /* In the simulator's thread: a packet comes in. */
    void (*in)(void *arg, enum ns3_way, uint64_t id);
    /* In the simulator's thread: it leaves the road `stay_ns` behind its
     * coming, or was dropped by `rule`. */
    void (*out)(void *arg, enum ns3_way, uint64_t id, int64_t stay_ns,
                enum link_rule rule);
    /* In the simulator's thread, once the road carries packets. */
    void (*ready)(void *arg);
};

struct ns3_road;

/* Behind ns3_load(). NULL: errno. One for a process. */
struct ns3_road *ns3_road_new(const struct ns3_road_config *);

/* Carries packets until ns3_road_stop(). The calling thread is the
 * simulator's. */
void ns3_road_run(struct ns3_road *);

/* From another thread, behind ready(): a packet of so many bytes came now. */
void ns3_road_put(struct ns3_road *, enum ns3_way, uint64_t id, uint32_t bytes);
void ns3_road_stop(struct ns3_road *);
void ns3_road_free(struct ns3_road *);

/* What of a link the road cannot do, in the link's words; NULL: it can. */
const char *ns3_road_lacks(const struct link_params *);

#endif
