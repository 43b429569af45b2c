/* SPDX-License-Identifier: BSD-2-Clause */
/* Which host next: the order of RFC 5321, 5.1, and what a policy makes of hosts
 * that differ. Nothing but decisions: its caller connects, asks, leaves and
 * tells what came of it; the route says what to do next.
 *
 * Once a host has answered EHLO, hosts of a worse preference are out of bounds
 * for this attempt, unless the policy searches ALL: the rule that Klensin read
 * in RFC 2821 (ietf-smtp, May 2007). A host that fails an enforced check
 * (RFC 8461, 5.1; RFC 7672, 2.2) has not been reached at all. */
#ifndef SMTP_ROUTE_H
#define SMTP_ROUTE_H

#include "smtp/offer.h"
#include "smtp/policy.h"

enum { ROUTE_CANDIDATES = 64 };

/* What a message wants of a host, as OFFER_... bits. */
struct route_need {
    uint32_t required;    /* not delivered without */
    uint32_t preferred;   /* degraded without */
    uint32_t performance; /* as good without, but slower: never a reason to
                           * leave a host, ... */
    bool chase;           /* ... unless one does so all the same */
};

struct route_config {
    enum policy_id policy;
    struct route_need need;
    bool enforce;        /* MTA-STS or DANE */
    const char *own;     /* our own name among the exchangers: what is not
                          * better goes; NULL: none; borrowed */
    size_t most;         /* addresses that are tried; 0: all */
    int64_t patience_ns; /* for a sibling, while there is a host to go back
                          * to; NEVER_NS: as long as connecting may take */
    int64_t retry_ns;    /* from one attempt to the next */
    int64_t fallback_ns; /* in the queue: from then on without what is only
                          * preferred (RFC 5321, 2.2.3) */
    int64_t bounce_ns;   /* in the queue: from then on no more */
};

/* P0, nothing wanted, 30 s of patience; 30 min, 1 day, 5 days: RFC 5321,
 * 2.2.3 and 4.5.4.1. */
void route_defaults(struct route_config *);

struct candidate { /* an address of an exchanger */
    struct endpoint at;
    uint16_t preference;
    const char *host; /* its exchanger; borrowed */
    enum candidate_check {
        CHECK_PASSES,
        CHECK_FAILS_BY_NAME, /* known before connecting */
        CHECK_FAILS          /* known once connected */
    } check;
    bool remembered; /* `has` is from an earlier day */
    uint32_t has;    /* OFFER_...: remembered, or as EHLO told it */

    /* Kept by the functions below. */
    enum candidate_state {
        CANDIDATE_NEW,
        CANDIDATE_OPENING,
        CANDIDATE_KNOWN, /* EHLO was answered */
        CANDIDATE_SPENT, /* the mail was refused for now, or the session lost */
        CANDIDATE_FAILED, /* there was no session */
        CANDIDATE_BARRED  /* it fails an enforced check */
    } state;
    bool answered;  /* EHLO, in this attempt: it has been reached */
    bool open;      /* there is a session, or one on its way */
    bool in_use;    /* which has the mail */
    bool permanent; /* the failure: trying again will not help */
    int64_t since_ns;
};

struct route {
    const struct route_config *config;
    size_t count;
    struct candidate candidate[ROUTE_CANDIDATES]; /* in the order of trying */
    int64_t queued_ns;                            /* when it all began */
    size_t left_out; /* candidates for which there was no room */
    bool is_last;    /* we are the best exchanger ourselves */
};

/* Orders hosts for an attempt: the best preference first, equal ones shuffled
 * by the seed, a host's addresses as they come; an address twice counts once.
 * `mine` are the candidates as found, and are not changed. */
void route_init(struct route *, const struct route_config *,
                const struct candidate *mine, size_t count, uint64_t seed,
                int64_t queued_ns);

/* clang-format off */
#define ROUTE_ACTS(X)                                                          \
    X(WAIT)    /* until something is told, or `at_ns` comes */                 \
    X(CONNECT) /* to candidate `k`: route_opening() */                         \
    X(LEAVE)   /* the session, or the try, with `k`: route_left() */           \
    X(USE)     /* the session with `k` for the mail: route_using() */          \
    X(REQUEUE) /* the next attempt is at `at_ns` */                            \
    X(BOUNCE)  /* no more attempts */

#define ROUTE_WHYS(X)                                                          \
    X(NONE,      "")                                                           \
    X(LACKING,   "no host has what the message requires")                      \
    X(HOPING,    "no host has what the message prefers, yet")                  \
    X(NOBODY,    "no host could be reached")                                   \
    X(REFUSED,   "every host refuses mail for good")                           \
    X(TEMPORARY, "the mail was refused for now")                               \
    X(BARRED,    "every host fails its check")                                 \
    X(LOOPS,     "mail for this domain loops back to us")                      \
    X(DNS,       "no exchanger was found")                                     \
    X(EXPIRED,   "it was too long in the queue")

#define X(name) ROUTE_##name,
enum route_act_kind { ROUTE_ACTS(X) };
#undef X
#define X(name, text) WHY_##name,
enum route_why { ROUTE_WHYS(X) };
#undef X
/* clang-format on */

struct route_act {
    enum route_act_kind kind;
    size_t k;
    int64_t at_ns;
    enum route_why why; /* of REQUEUE and BOUNCE */
};

/* What to do now. The same answer comes until something is told. */
struct route_act route_next(const struct route *, int64_t now_ns);

/* What to do where no host could be found for now, or none took the mail: the
 * next attempt, or none any more. */
struct route_act route_requeue(const struct route_config *, int64_t queued_ns,
                               int64_t now_ns, enum route_why);

void route_opening(struct route *, size_t k, int64_t now_ns);
void route_learnt(struct route *, size_t k, uint32_t has, int64_t now_ns);
void route_failed(struct route *, size_t k, bool permanent);
void route_left(struct route *, size_t k);
void route_using(struct route *, size_t k);
void route_spent(struct route *, size_t k);

/* What hosts are left for, and what of it `has` does not have. */
uint32_t route_wants(const struct route_config *);
uint32_t route_lacks(const struct route_config *, uint32_t has);

const char *route_why_text(enum route_why);

#endif
