/* SPDX-License-Identifier: BSD-2-Clause */
/* What a conversation that was captured would have cost in other modes: our
 * machines run in the ideal world with the round trip, the think times, the
 * offer, the TLS, the AUTH and the sizes that were seen.
 *
 * Kept as they were: what the body's transport took beyond the road, and the
 * client's own time. Left out: what no mode needs (Nagle's algorithm, a corked
 * QUIT) and what is chance (losses). The mode that was in fact used is modelled
 * too: how far that is off tells how far the others may be. */
#ifndef BENCH_RUN_WHATIF_H
#define BENCH_RUN_WHATIF_H

#include "bench/read/ledger.h"
#include "bench/read/trace.h"
#include "smtp/plan.h"

enum { WHATIF_ROWS = 8, WHATIF_CHANGES = 4, WHATIF_WHY = 200 };

struct whatif_row {
    struct manner manner;
    const char *name; /* "early, BDAT" */
    size_t turnarounds;
    int64_t closed_ns; /* from the first SYN to the last reply */
    /* What one more message costs on the connection when it is kept open. */
    size_t more_turnarounds;
    int64_t more_ns;
    /* The same with TCP Fast Open, whose SYN takes along what the client says
     * first: that saves the handshake's round trip where it speaks first. */
    int64_t tfo_ns;
};

/* What else would have been different, in the mode that was used. */
struct whatif_change {
    const char *name; /* "TLS 1.3" */
    size_t turnarounds;
    int64_t closed_ns;
};

/* What TLS would allow where nothing inside it can be read, by its own
 * arithmetic; nothing is run. */
struct whatif_tls {
    size_t by_13;       /* turnarounds that TLS 1.3 saves */
    size_t by_implicit; /* ... that TLS from the first byte saves */
    size_t by_0rtt;     /* ... that 0-RTT saves, beside */
};

/* How much the figures are worth. */
enum whatif_sure { WHATIF_ROUGH, WHATIF_FAIR, WHATIF_GOOD };

struct whatif {
    char why_not[WHATIF_WHY]; /* nothing can be modelled; "": it can */
    struct whatif_row row[WHATIF_ROWS]; /* the modes that the offer permits */
    size_t rows;
    struct whatif_change change[WHATIF_CHANGES];
    size_t changes;
    bool offer_known; /* or else only what needs no offer is there */

    size_t turnarounds; /* as it was */
    int64_t closed_ns;  /* ... without what is left out */
    int64_t left_out_ns;
    const char *as_was; /* the mode used; NULL: none of ours */
    int64_t model_ns;   /* of that mode; UNKNOWN_NS */
    enum whatif_sure sure;
    char rests_on[400];

    int64_t rtt_ns, think_ns, greeting_ns; /* what went in; think: of all */
    size_t messages, recipients;           /* of one message */
    int64_t body_bytes;                    /* likewise */
    const char *secured; /* "STARTTLS, TLS 1.2"; NULL: no TLS was modelled */
    bool tls;            /* unread; and then only `tls_saves` is told */
    struct whatif_tls tls_saves;
};

/* -1: errno; the ideal world refused, or memory ran out. */
int whatif_run(struct whatif *, const struct conversation *,
               const struct account *);

#endif
