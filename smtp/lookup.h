/* SPDX-License-Identifier: BSD-2-Clause */
/* One question to the DNS until it is answered: a machine. It asks its servers
 * in turn by UDP, by TCP what was truncated (RFC 7766), goes after aliases, and
 * gives up in the end. An answer counts only from the server that was asked,
 * with the number and the question that it was asked. */
#ifndef SMTP_LOOKUP_H
#define SMTP_LOOKUP_H

#include "smtp/dns.h"

enum {
    LOOKUP_ALIASES = 10,       /* RFC 1034, 5.3.3, wants a bound */
    LOOKUP_MESSAGE = 16 * 1024 /* the longest answer that is taken by TCP */
};

/* clang-format off */
#define LOOKUP_ENDS(X)                                                         \
    X(NOT_YET,   "not answered yet")                                           \
    X(FOUND,     "found")                                                      \
    X(NO_DATA,   "no record of that type")                                     \
    X(NO_NAME,   "no such name")             /* NXDOMAIN */                    \
    X(LOOP,      "an endless chain of aliases")                                \
    X(FAILED,    "the servers could not tell")  /* SERVFAIL and its like */    \
    X(TIMED_OUT, "no server answered")

#define X(name, text) LOOKUP_##name,
enum lookup_end { LOOKUP_ENDS(X) };
#undef X
/* clang-format on */

struct lookup_config {
    const struct endpoint *servers; /* borrowed */
    size_t server_count;            /* at least one */
    int rounds;                     /* over all servers; at least one */
    int64_t timeout_ns;             /* of each try, by UDP or TCP */
    uint16_t udp_octets;            /* by EDNS; 0: none, DNS_PLAIN */
    bool tcp;                       /* never by UDP */
};

/* 2 rounds of 5 s, as in resolv.conf(5); EDNS. The servers are to be set. */
void lookup_defaults(struct lookup_config *);

struct lookup {
    struct machine machine; /* tell and ask it as any machine */

    /* What came of it: read-only for others. */
    enum lookup_end end;
    struct dns_message answer; /* where something was FOUND */
    const char *name;          /* whose records they are, behind all aliases */
    size_t questions;          /* sent, repeated ones too */
    size_t streams;            /* opened */
    size_t aliases;
    uint64_t bytes_out, bytes_in;
    int64_t started_ns, ended_ns;

    /* Private from here on. */
    const struct lookup_config *config;
    unsigned type;
    char now[DNS_TEXT]; /* asked for at present */
    uint64_t seed;
    uint16_t id;
    size_t tries; /* begun, for this name */
    int *next_stream, stream;
    enum { LOOKUP_IDLE, LOOKUP_UDP, LOOKUP_OPENING, LOOKUP_TCP } state;
    bool failed; /* a server has answered, but not what was asked */
    enum { SAY_DATAGRAM = 1, SAY_OPEN = 2, SAY_BYTES = 4, SAY_ABORT = 8 } want;
    int64_t now_ns, deadline_ns, alarm_ns;
    int abort_stream;
    size_t in_len;
    char out[DNS_PLAIN + 2], in[LOOKUP_MESSAGE + 2];
};

/* `next_stream` is the counter from which it takes the numbers of its streams,
 * shared by all machines that the same world knows as one. All that is pointed
 * to is borrowed until the lookup is over. `name` must be one. */
void lookup_init(struct lookup *, const struct lookup_config *,
                 const char *name, enum dns_type, uint64_t seed,
                 int *next_stream);

/* Whether asking again later may help. */
bool lookup_is_temporary(enum lookup_end);

const char *lookup_end_name(enum lookup_end);

#endif
