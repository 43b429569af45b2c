/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file as mail conversations: how often the client stood and
 * waited, when, and for what.
 *
 * A turnaround is counted where the capture was taken at the client. A wait
 * ends at the first server segment with new payload whose ACK covers all that
 * was sent so far, provided that something was sent, or the connection was
 * opened, since the last wait ended. Further:
 *  - "Sent so far" is the log of what the client handed to its transport,
 *    where the caller has one (trace_open_handed()). Otherwise it is the bytes
 *    seen, and a client seen to stop inside a command line, a DATA body, a
 *    BDAT chunk or a TLS record does not wait: its transport does.
 *  - New is new by sequence number. Keep-alives, pure ACKs, retransmissions,
 *    TLS alerts and NewSessionTickets are nothing new. TLS 1.3 hides the kind
 *    of a record: see tls.h for how the two are told from speech.
 *  - The server's FIN or RST ends a wait too, and so does the client's own
 *    (not inside a unit as above) once it has heard nothing for
 * TRACE_PATIENCE_NS.
 *  - A wait still open at the end of the capture counts. One whose answer is
 *    met with RST, because the client had closed behind its last command,
 *    does not.
 *  - A conversation whose beginning is missing is counted from where it is
 *    seen; what its first server payload answers is a wait.
 *  - Where the capture holds the client's side alone, its ACKs tell that the
 *    server spoke; where it holds the server's alone, the ACKs of the server
 *    tell that the client did. Such counts are estimates: see `one_sided`.
 *
 * Times are int64_t nanoseconds; UNKNOWN_NS where the capture does not tell. */
#ifndef BENCH_READ_TRACE_H
#define BENCH_READ_TRACE_H

#include "bench/read/facts.h"
#include "bench/read/keylog.h"
#include "bench/read/ledger.h"
#include "smtp/machine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TRACE_WHY 400
#define UNKNOWN_NS INT64_MIN

/* A client that closes sooner than this behind its last bytes did not stay
 * for the answer; one that closes later had its own deadline. */
#define TRACE_PATIENCE_NS 100000000

/* What a client had handed to the transport, as it grew: `offset` payload
 * bytes since the stream was opened, from `at_ns` (CLOCK_REALTIME) on. Sorted
 * by time. */
struct handed {
    int64_t at_ns;
    uint64_t offset;
};

/* The log of one stream. Streams of one client endpoint stand in the order in
 * which they were opened. A conversation with a log is mail, whatever it
 * says. */
struct handed_log {
    struct endpoint client;
    const struct handed *entry; /* borrowed */
    size_t count;
};

/* What the caller knows beside the capture; all borrowed. */
struct trace_given {
    const struct handed_log *log;
    size_t logs;
    struct keylog *keys; /* of TLS; also takes those that a file brings. NULL:
                            what is said inside TLS stays unread */
};

/* Everything the client sent between two waits. */
struct flight {
    int64_t at_ns;    /* its first segment, since the conversation's first */
    uint64_t bytes;   /* of TCP payload */
    const char *says; /* "MAIL RCPTx3 DATA"; "body"; "TLS"; never NULL */
};

/* Times since the conversation's first packet. */
struct wait {
    int64_t begin_ns;  /* the last byte sent (handed over), or the opening */
    int64_t heard_ns;  /* the segment that ended it; UNKNOWN_NS: none did */
    int64_t end_ns;    /* the next byte sent (handed over), or the last reply */
    bool in_tls;       /* inside a TLS handshake */
    const char *asked; /* "connect", or what was sent; never NULL */
    const char *answered; /* "220"; "250x4 354"; "TLS"; "FIN"; never NULL */
};

enum trace_side { SIDE_BOTH, SIDE_CLIENT, SIDE_SERVER };

/* Where the capture was taken, as the round trips on both sides of it tell;
 * unknown where they are too short, or one of them was not seen. */
enum trace_stands { AT_UNKNOWN, AT_CLIENT, AT_MIDDLE, AT_SERVER };

struct conversation {
    struct endpoint client, server;
    bool mail;                 /* its content, or its log, says so */
    bool perhaps_mail;         /* TLS from its first byte, to port 465 */
    bool from_start;           /* the SYN was captured */
    bool handed;               /* counted by the caller's log */
    enum trace_side one_sided; /* the only side that was captured */
    uint32_t first_seq;        /* of the client's SYN, where it was captured */
    int64_t start_ns;          /* the first packet, CLOCK_REALTIME */
    uint64_t packets, retransmissions;
    uint64_t client_bytes, server_bytes; /* payload, each byte once */
    uint64_t missing_bytes;              /* sent, but not in the capture */
    char banner[128]; /* the text of the greeting's first line, or "" */

    size_t turnarounds;
    size_t turnarounds_tls; /* of those, inside a TLS handshake */
    int64_t rtt_ns;         /* SYN to SYN-ACK at the client; else estimated */
    bool rtt_estimated;
    int64_t tcp_handshake_ns; /* waited for it: 0 where the SYN took data */
    int64_t accepted_ns;      /* from the first SYN to the 250 that takes
                                 responsibility for the last message */
    int64_t closed_ns;        /* from the first SYN to the last reply */

    const struct flight *flights; /* at most TRACE_KEPT of each are kept; the */
    size_t flight_count;          /* counts above go on */
    const struct wait *waits;
    size_t wait_count;

    struct facts facts;
    enum trace_stands stands;
    int64_t up_ns, down_ns; /* the least round trips from the capture to the
                               server, and to the client; UNKNOWN_NS */

    /* The ledger, for account_make(): from the first packet to the last. */
    int64_t total_ns;
    const struct share *shares;
    size_t share_count;
    const int64_t (*booked)[CAUSE_COUNT]; /* [PHASE_COUNT]; or NULL */
};
enum { TRACE_KEPT = 65536 };

/* What was in the file beside conversations. */
struct trace_sum {
    uint64_t packets;       /* all */
    uint64_t other;         /* no TCP over IP */
    uint64_t fragments;     /* skipped */
    uint64_t broken;        /* skipped */
    uint64_t conversations; /* TCP, with and without mail */
    uint64_t mail;
    uint64_t perhaps_mail;  /* TLS from its first byte, to port 465 */
    uint64_t damages;       /* stretches of the file that are no packets, */
    uint64_t damaged_bytes; /* which were skipped, and their bytes */
    bool truncated;         /* the file ends inside a packet, or in damage:
                               what stands before was read */
};

/* Reads a file (`-`: the standard input) and calls `each` for every
 * conversation, in the order of their first packets as far as memory allows: it
 * is bounded by the conversations that are open at once, not by the file. What
 * `each` is given lives until it returns. -1 and `why`: the file cannot be
 * read, or not to its end; then sum->truncated says that what was readable has
 * been told. What is given may be NULL. */
typedef void trace_each_fn(void *arg, const struct conversation *);
int trace_each(const char *path, const struct trace_given *,
               trace_each_fn *each, void *arg, struct trace_sum *sum,
               char why[TRACE_WHY]);

/* The same of an open file, which is closed; `name` is for messages. */
int trace_each_file(FILE *, const char *name, const struct trace_given *,
                    trace_each_fn *each, void *arg, struct trace_sum *sum,
                    char why[TRACE_WHY]);

/* The same, kept: all conversations that are mail, in the order of their
 * first packets; or, of trace_open_all(), whatever they are. NULL and `why`:
 * unreadable, or not to its end. Logs are needed only for the call. */
struct trace;
struct trace *trace_open(const char *path, char why[TRACE_WHY]);
struct trace *trace_open_handed(const char *path, const struct handed_log *,
                                size_t logs, char why[TRACE_WHY]);
struct trace *trace_open_keyed(const char *path, struct keylog *,
                               char why[TRACE_WHY]);
struct trace *trace_open_all(const char *path, struct keylog *,
                             char why[TRACE_WHY]);
size_t trace_count(const struct trace *);
const struct conversation *trace_get(const struct trace *, size_t);
const struct trace_sum *trace_sum(const struct trace *);
void trace_free(struct trace *); /* NULL is fine */

#define ENDPOINT_TEXT 64 /* "[ADDR]:PORT" for IPv6 */
const char *endpoint_text(const struct endpoint *, char out[ENDPOINT_TEXT]);

#endif
