/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger: every nanosecond of a conversation, from its first packet to
 * its last, under one phase and one cause. The entries add up exactly, since a
 * cursor runs through the packets and books what it passes.
 *
 * Where the capture stands splits the round trip: `up` lies between it and the
 * server, `down` between the client and it; at the client `down` is nothing.
 * Both are the least that was seen. Then
 *  - from what the client said to what the server answered, the first `up` is
 *    propagation. The rest is the server's, at most: where no capture at the
 *    server tells how long it took, a road that was slower for once looks the
 *    same. What is acknowledged late by more than a delayed ACK, behind more
 *    than two segments, is the road's queue;
 *  - from there to what the client says next, the first `down` is propagation
 *    and the rest is the client's;
 *  - a client that stops inside a flight and goes on when an ACK comes was
 *    held by its transport: by Nagle's algorithm (RFC 9293, 3.7.4) where a
 *    small segment had to be acknowledged first, by the receiver's window
 *    where that was full, by the pace of the road where ACKs come in a
 *    stream, else by the congestion window (RFC 5681);
 *  - what passes before a segment is sent again is the loss's, unless the
 *    ACK comes too early to be that of the copy (RFC 3522).
 * A wait is booked under the phase of the first reply that is owed. */
#ifndef BENCH_READ_LEDGER_H
#define BENCH_READ_LEDGER_H

#include "bench/read/packet.h"
#include "bench/read/phase.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct talk;
struct conversation;

/* A time that was passed by the cursor. Which cause it has follows from the
 * round trip, which is known at the end. */
enum share_kind {
    SHARE_HANDSHAKE, /* SYN to SYN-ACK */
    SHARE_THIRD,     /* SYN-ACK to ACK */
    SHARE_SERVER,    /* the client waits for the server */
    SHARE_CLIENT,    /* the client has heard */
    SHARE_END,       /* behind the last word */
    SHARE_BOOKED,    /* its cause is known */
};

struct share {
    int64_t begin_ns, end_ns;       /* since the first packet */
    int64_t from_ns;                /* what was asked, or heard, came by then */
    int64_t acked_ns;               /* and was acknowledged, or UNKNOWN_NS */
    uint64_t server_at, server_end; /* what the server said, in its stream */
    uint8_t kind, phase, cause;
    bool many;   /* more than two segments were asked with */
    bool corked; /* a body's reply came in one segment with QUIT's */
};

/* Beyond so many, shares are booked by the round trip known so far. */
enum { LEDGER_SHARES = 4096 };

struct ledger { /* private; all zero is a start */
    bool begun;
    enum ledger_last {
        LAST_SYN,
        LAST_OPEN,
        LAST_CLIENT,
        LAST_SERVER,
        LAST_END
    } last; /* what the cursor passed last */

    /* Times since the first packet; UNKNOWN_NS where it did not happen. */
    int64_t cursor_ns, ask_ns, spoke_ns;
    int64_t again_ns;     /* a segment was sent again */
    int64_t hole_ns;      /* the server's bytes have a hole since */
    int64_t ack_ns;       /* the last ACK of something new */
    int64_t covered_ns;   /* the first that left nothing outstanding */
    int64_t duplicate_ns; /* the first duplicate ACK since */
    int64_t opened_ns;    /* the client's own window, which had been shut */
    int64_t up_ns, down_ns;
    int64_t last_trip_ns; /* the SYN-ACK behind the last of several SYNs */

    uint64_t sent, acked, heard, told; /* as of the last packet */
    uint64_t asked_bytes;              /* since the server last spoke */
    uint32_t mss, last_len, window;
    uint8_t scale[2];
    bool scaled[2], window_known, was_full, client_shut, again_fast;
    bool inside, saw_end, leaving;
    enum phase owed, said;
    struct share *share;
    size_t count, room;
    int64_t (*booked)[CAUSE_COUNT]; /* [PHASE_COUNT], of shares let go */
};

/* Behind talk_packet()'s own work. */
void ledger_packet(struct talk *, bool from_client, const struct packet *,
                   int64_t at_ns); /* of the clock */
void ledger_finish(struct talk *);
void ledger_release(struct ledger *);

/* The whole. */
struct account {
    int64_t ns[PHASE_COUNT][CAUSE_COUNT];
    int64_t total_ns;
    bool bounded; /* "server" is at most: no capture at the server told */
};

/* `at_server`: the same conversation captured at the server; or NULL. */
void account_make(struct account *, const struct conversation *,
                  const struct conversation *at_server);
int64_t account_phase(const struct account *, enum phase);
int64_t account_cause(const struct account *, enum cause);

/* What one share is made of, where the round trip is so. `think_ns`: what a
 * capture at the server says; or UNKNOWN_NS. */
void share_settle(const struct share *, int64_t up_ns, int64_t down_ns,
                  int64_t think_ns, int64_t sum[CAUSE_COUNT]);

#endif
