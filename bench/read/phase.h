/* SPDX-License-Identifier: BSD-2-Clause */
/* The names under which a ledger books time: the phase of the conversation,
 * and the cause. */
#ifndef BENCH_READ_PHASE_H
#define BENCH_READ_PHASE_H

/* clang-format off */
#define PHASES(X)                                                              \
    X(TCP,      "TCP handshake")                                               \
    X(TLS,      "TLS")         /* STARTTLS and the handshake behind it */      \
    X(GREETING, "greeting")                                                    \
    X(HELLO,    "EHLO")                                                        \
    X(AUTH,     "AUTH")                                                        \
    X(ENVELOPE, "envelope")    /* MAIL, RCPT, RSET, and a group from there */  \
    X(DATA,     "DATA")        /* where 354 alone is waited for */             \
    X(BODY,     "body")        /* while it is sent */                          \
    X(END,      "end of data") /* the reply to the dot, to BDAT LAST */        \
    X(QUIT,     "QUIT")                                                        \
    X(OPAQUE,   "inside TLS")  /* what is said there is hidden */              \
    X(OTHER,    "other")                                                       \
    X(CLOSE,    "close")       /* nothing is owed any more */

#define CAUSES(X)                                                              \
    X(PROPAGATION, "propagation")         /* the road's least round trip */    \
    X(SERVER,      "server")              /* between hearing and saying */     \
    X(CLIENT,      "client")              /* the same of the client */         \
    X(GREET_PAUSE, "greeting held back")  /* a policy, as postscreen's */      \
    X(CORK,        "QUIT corked")         /* both replies await a timer */     \
    X(NAGLE,       "Nagle, delayed ACK")  /* a small write waits for an ACK */ \
    X(WINDOW,      "zero window")         /* the receiver has no room left */  \
    X(CWND,        "congestion window")   /* slow start */                     \
    X(PACE,        "serialisation")       /* sent at the pace of the road */   \
    X(QUEUE,       "queueing")            /* the road, beyond its least */     \
    X(SYN_RETRY,   "SYN retry")           /* a SYN or SYN-ACK was lost */      \
    X(RTO,         "retransmission time-out")                                  \
    X(FAST,        "fast retransmit")                                          \
    X(UNSPLIT,     "road or server")      /* the round trip is unknown */

#define X(name, text) PHASE_##name,
enum phase { PHASES(X) PHASE_COUNT };
#undef X
#define X(name, text) CAUSE_##name,
enum cause { CAUSES(X) CAUSE_COUNT };
#undef X
/* clang-format on */

const char *phase_name(enum phase);
const char *cause_name(enum cause);

#endif
