/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to a domain, from the first question to the DNS until every one is
 * accepted or bounced, or no more attempts are allowed: a machine. It finds the
 * exchangers (smtp/mx.h), lets a route choose among them (smtp/route.h), and
 * carries that out with as many deliveries to one host (smtp/delivery.h) as it
 * takes. What was refused for now is tried again later, and only that.
 *
 * Every recipient of every message is accounted for: accepted, deferred or
 * bounced, and the sum is the number that there was. */
#ifndef SMTP_DISPATCH_H
#define SMTP_DISPATCH_H

#include "smtp/delivery.h"
#include "smtp/mx.h"
#include "smtp/route.h"

enum {
    DISPATCH_SESSIONS = 8, /* at a time; further ones wait for their turn */
    DISPATCH_STREAMS = 4   /* of one of these */
};

/* clang-format off */
#define DISPATCH_ENDS(X)                                                       \
    X(NOT_YET,   "not ended")                                                  \
    X(DELIVERED, "delivered")                                                  \
    X(DEGRADED,  "degraded")  /* delivered, without what was preferred */      \
    X(DEFERRED,  "deferred")  /* no more attempts were allowed */              \
    X(BOUNCED,   "bounced")   /* one recipient at least */

#define X(name, text) DISPATCH_##name,
enum dispatch_end { DISPATCH_ENDS(X) };
#undef X
/* clang-format on */

struct host_check { /* how a host stands to MTA-STS or DANE */
    const char *host;
    enum candidate_check check;
};

struct dispatch_config {
    struct client_config session; /* its mails, its manner, its patience */
    struct route_config route;

    /* The domain, whose exchangers are looked up; or, where it is NULL, the
     * candidates themselves. All borrowed. */
    const char *domain;
    const struct mx_config *mx;
    const struct candidate *candidates;
    size_t candidate_count;

    const struct host_check *checks; /* of hosts not listed: passed */
    size_t check_count;
    struct offer_memory *memory;          /* of early pipelining; NULL: none */
    const struct tls_machine_config *tls; /* whose name is the host's, of each;
                                           * NULL only for SECURITY_NONE */
    struct offer_memory *offers;          /* all that EHLO told; NULL: none */
    size_t attempts;                      /* 0: as many as it takes */
    uint64_t seed;
};

struct dispatch {
    struct machine machine; /* tell and ask it as any machine */

    /* What came of it: read-only for others. */
    enum dispatch_end end;
    enum route_why why; /* where it was not delivered, or was queued */
    enum mx_end found;  /* of the last attempt */
    int code;           /* of the last reply that refused; 0: none */
    size_t recipients;  /* of all messages: the sum of these three */
    size_t accepted, deferred, bounced;
    size_t attempts, questions, hosts, connections;
    size_t turnarounds;   /* of all sessions */
    size_t longest_chain; /* of those that had to follow one another */
    uint64_t bytes_out, bytes_in, dns_bytes;
    uint32_t used;      /* what was wanted, and had, in the session that
                         * took mail last */
    bool worse;         /* mail was taken by a worse preference */
    int64_t started_ns; /* as in struct client, up to here */
    int64_t dns_ns;     /* time in which only the DNS was waited for */
    int64_t accepted_ns, closed_ns; /* NEVER_NS: not yet */
    int64_t next_ns;        /* of DEFERRED: when the next attempt were due */
    enum mode_id mode_used; /* by that session */
    bool bdat_used;

    /* Private from here on. */
    const struct dispatch_config *config;
    struct client_config session; /* the mails that are left */
    enum { DISPATCH_IDLE, DISPATCH_LOOKING, DISPATCH_ROUTING } phase;
    uint64_t seed;
    int next_stream;
    int64_t now_ns, alarm_ns, own_ns, mx_alarm_ns;
    uint16_t best; /* preference */
    size_t chain;  /* turnarounds behind what is known now */
    bool degraded;
    struct endpoint met[ROUTE_CANDIDATES]; /* the hosts contacted */
    struct route route;
    struct mx mx;
    struct candidate found_at[MX_HOSTS * MX_ADDRESSES];
    struct dispatch_slot {
        enum {
            SLOT_FREE,
            SLOT_ASKING, /* up to the reply to EHLO */
            SLOT_HELD,
            SLOT_USED,
            SLOT_LEAVING
        } phase;
        bool straight; /* it was not stopped behind EHLO */
        size_t k;      /* its candidate */
        size_t chain;  /* turnarounds that others had before it */
        int stream[DISPATCH_STREAMS];
        int64_t alarm_ns;
        struct delivery_config config;
        struct tls_machine_config tls;
        struct delivery delivery;
    } slot[DISPATCH_SESSIONS];
};

/* `config` and all it points to are borrowed until the dispatch is over. The
 * order of the messages and of their recipients may change; their fates and
 * the recipients' tell what became of them. */
void dispatch_init(struct dispatch *, const struct dispatch_config *);
void dispatch_release(struct dispatch *); /* where there was TLS */

const char *dispatch_end_name(enum dispatch_end);

#endif
