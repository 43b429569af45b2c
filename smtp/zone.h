/* SPDX-License-Identifier: BSD-2-Clause */
/* A resolver that knows all there is: records given as data, served by UDP and
 * TCP as machines. It answers as a recursive resolver does, with the aliases
 * that lead to a name and the addresses of mail exchangers beside it; cuts
 * what is too long for a datagram; and fails where it was told to. */
#ifndef SMTP_ZONE_H
#define SMTP_ZONE_H

#include "smtp/dns.h"

/* clang-format off */
#define ZONE_FAULTS(X)                                                         \
    X(HEALTHY,  "healthy")  /* no fault: an exception from those below it */   \
    X(SERVFAIL, "servfail") /* "I could not find out" */                       \
    X(REFUSED,  "refused")  /* "I will not tell you" */                        \
    X(SILENT,   "silent")   /* no answer, by UDP or TCP */                     \
    X(TRUNCATE, "truncate") /* by UDP nothing but the advice to use TCP */

#define X(name, word) ZONE_##name,
enum zone_fault_kind { ZONE_FAULTS(X) };
#undef X
/* clang-format on */

struct zone_fault {
    const char *name; /* of the question; NULL: any */
    unsigned type;    /* 0: any */
    enum zone_fault_kind kind;
    size_t times; /* the first so many questions it fits; 0: all */
};

struct zone_config {
    const struct dns_record *records; /* borrowed; names are names */
    size_t record_count;
    const struct zone_fault *faults; /* borrowed; the first that fits is it */
    size_t fault_count;              /* at most ZONE_FAULTS_MAX */
    int64_t delay_ns;                /* before each answer */
    uint32_t loss_ppm;               /* of datagrams, either way */
    uint64_t seed;                   /* for the loss */
    uint16_t udp_octets;             /* the longest datagram; 0: DNS_MODERN */
    bool bare;                       /* nothing beside the answer */
};

enum {
    ZONE_FAULTS_MAX = 32,
    ZONE_WAITING = 64, /* questions that wait for their answers */
    ZONE_LINKS = 16    /* of a chain of aliases that are told */
};

struct zone_query { /* private */
    struct endpoint peer;
    int64_t due_ns;
    uint16_t id, udp_octets;
    unsigned type;
    char name[DNS_TEXT];
};

struct zone_queue { /* private */
    struct zone_query at[ZONE_WAITING];
    size_t first, count;
    int64_t now_ns, alarm_ns;
};

struct zone {
    struct machine machine; /* hears datagrams, and answers them */

    /* What came of it: read-only for others. */
    size_t questions; /* by UDP and TCP, lost ones left out */
    size_t lost, truncated;

    /* Private from here on. */
    const struct zone_config *config;
    size_t fitted[ZONE_FAULTS_MAX]; /* how often each fault has fitted */
    uint64_t seed;
    struct zone_queue queue;
    struct dns_message reply;
    char out[DNS_MODERN * 4];
};

/* `config` and all it points to are borrowed until the zone is done with. */
void zone_init(struct zone *, const struct zone_config *);

/* A stream of questions: RFC 7766. */
struct zone_stream {
    struct machine machine; /* stream 0 */

    /* Private from here on. */
    struct zone *zone;
    struct zone_queue queue;
    bool open, ended, half_closed;
    size_t in_len;
    char in[DNS_PLAIN + 2], out[65535 + 2];
};

void zone_stream_init(struct zone_stream *, struct zone *);

const char *zone_fault_name(enum zone_fault_kind);

#endif
