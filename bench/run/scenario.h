/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be run: the one schema of parameters. Flags fill this struct and
 * so do scenario files; every key is also the flag of that name. */
#ifndef BENCH_RUN_SCENARIO_H
#define BENCH_RUN_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/run/terms.h"
#include "netem/link.h"
#include "netem/port.h"
#include "smtp/plan.h"

#define SCENARIO_WHY INQUIRY_WHY

/* clang-format off */
#define WORLDS(X) X(IDEAL, "ideal") X(NS3, "ns3") X(KERNEL, "kernel")
#define ROADS(X)                                                               \
    X(FERRY, "ferry") X(NS3, "ns3") X(QDISC, "qdisc") X(NONE, "none")
#define TCPS(X) X(LINUX, "linux") X(RFC, "rfc") X(PATIENT, "patient")
#define OFFERINGS(X) X(COLD, "cold") X(WARM, "warm")
#define TLS_USES(X)                                                            \
    X(NONE, "none") X(STARTTLS, "starttls") X(IMPLICIT, "implicit")            \
    X(OPPORTUNISTIC, "opportunistic")
#define TLS_RELEASES(X) X(13, "1.3") X(12, "1.2")
#define TLS_SESSIONS(X) X(FULL, "full") X(RESUMED, "resumed") X(0RTT, "0rtt")
#define AUTHS(X)                                                               \
    X(NONE, "none") X(PLAIN, "plain") X(LOGIN, "login")                        \
    X(PLAIN_LATER, "plain,no-initial") X(LOGIN_LATER, "login,no-initial")

#define X(name, text) WORLD_##name,
enum world { WORLDS(X) WORLD_COUNT };
#undef X
#define X(name, text) ROAD_##name,
enum road { ROADS(X) ROAD_COUNT };
#undef X
#define X(name, text) TCP_##name,
enum tcp_timers { TCPS(X) TCP_COUNT };
#undef X
#define X(name, text) OFFERING_##name,
enum offering { OFFERINGS(X) OFFERING_COUNT };
#undef X
#define X(name, text) TLS_USE_##name,
enum tls_use { TLS_USES(X) TLS_USE_COUNT };
#undef X
#define X(name, text) TLS_RELEASE_##name,
enum tls_release { TLS_RELEASES(X) TLS_RELEASE_COUNT };
#undef X
#define X(name, text) TLS_SESSION_##name,
enum tls_session { TLS_SESSIONS(X) TLS_SESSION_COUNT };
#undef X
#define X(name, text) AUTH_##name,
enum auth_use { AUTHS(X) AUTH_COUNT };
#undef X
/* clang-format on */

/* What the server offers unless told otherwise. */
#define SCENARIO_CAPABILITIES                                                  \
    (OFFER_PIPELINING | OFFER_CHUNKING | OFFER_PIPECONNECT | OFFER_8BITMIME)

struct scenario {
    enum mode_id mode;
    enum body_by { BODY_BY_MODE, BODY_BY_DATA, BODY_BY_BDAT } body_by;
    enum offering offer;
    enum world world;
    enum road road;
    enum port_kind port;
    enum tcp_timers tcp;     /* of the ns3 world */
    int64_t rtt_ns;          /* -1: not given */
    char *uplink, *downlink; /* the link's words; owned; NULL: not given */
    int64_t recipients, messages, body_bytes;
    bool helo;
    enum tls_use tls;
    enum tls_release tls_version;
    enum tls_session tls_session;
    bool tls_early_banner;
    bool tfo; /* TCP Fast Open, with a cookie: RFC 7413 */
    enum auth_use auth;
    struct inquiry ask; /* what recipients can take */
    struct terms terms; /* what a server takes at a time, and of whom */
    int64_t listen_ns;  /* to what is said of BSMTP */
    int64_t think_ns, greeting_delay_ns;
    uint32_t flaws, capabilities;
    uint32_t extensions; /* OFFER_...: what MAIL says, where it is offered */
    char *dsn_words;     /* owned; NULL: not given */
    int64_t cut_octets; /* of text, behind which a connection is cut; 0: none */
    int64_t size_max;   /* of SIZE; 0: none given */
    bool rfc_timeouts;  /* to the letter, whatever the road takes */
    int64_t timeout_ns; /* for each reply; 0: RFC 5321's own */
    char *timeout_words; /* of some replies; owned; NULL: not given */
    int64_t seed, repeat;
    bool ipv6;

    /* Made by scenario_finish(). */
    struct link_params up, down; /* owned */
    struct manner manner;
    bool finished;
};

enum parameter_kind {
    PARAMETER_MODE,
    PARAMETER_BODY_BY,
    PARAMETER_OFFER,
    PARAMETER_WORLD,
    PARAMETER_ROAD,
    PARAMETER_PORT,
    PARAMETER_TCP,
    PARAMETER_TLS,
    PARAMETER_TLS_VERSION,
    PARAMETER_TLS_SESSION,
    PARAMETER_AUTH,
    PARAMETER_TIME,
    PARAMETER_COUNT,
    PARAMETER_BYTES,
    PARAMETER_WORDS,    /* of a link */
    PARAMETER_DSN,      /* of RFC 3461 */
    PARAMETER_LIMITS,   /* of RFC 9422 */
    PARAMETER_TIMEOUTS, /* of steps */
    PARAMETER_FLAWS,
    PARAMETER_CAPABILITIES,
    PARAMETER_STRATEGY,
    PARAMETER_SPELLING,
    PARAMETER_ANSWERS,
    PARAMETER_FEATURES, /* expressions of RFC 2533 */
    PARAMETER_SWITCH
};

struct parameter {
    const char *name; /* the key, and the flag */
    enum parameter_kind kind;
    const char *value; /* what it takes, for people; NULL: nothing */
    const char *help;
    size_t offset;       /* in struct scenario */
    int64_t least, most; /* of a count, of bytes, or of a time in ns */
};

extern const struct parameter parameters[]; /* ends with a NULL name */

void scenario_init(struct scenario *); /* the defaults */
void scenario_release(struct scenario *);
void scenario_copy(struct scenario *to, const struct scenario *from);

/* Sets a parameter from text. -1 and `why`: what was found, and what would be
 * accepted. */
int scenario_set(struct scenario *, const struct parameter *, const char *value,
                 char why[SCENARIO_WHY]);
const struct parameter *parameter_named(const char *); /* NULL: none */

/* Fills in what follows from what was given, and refuses what has no meaning.
 * To be called once, behind the last scenario_set(). */
int scenario_finish(struct scenario *, char why[SCENARIO_WHY]);

/* The turnarounds that a finished one should take, by its plan, where nothing
 * goes wrong and the server offers what is wanted. */
size_t scenario_turnarounds(const struct scenario *);

/* The flags that make this scenario again: those that differ from the
 * defaults. Caller frees. NULL: ENOMEM. */
char *scenario_flags(const struct scenario *);

/* What of a road the ideal world has not: it has delay and rate, and nothing
 * else. NULL: it has all of it. */
const char *scenario_not_ideal(const struct link_params *);

const char *world_name(enum world);

/* WORLD_COUNT: there is none of that name. */
enum world world_named(const char *name, size_t len);
const char *road_name(enum road);
const char *tcp_name(enum tcp_timers);
const char *offering_name(enum offering);
const char *tls_use_name(enum tls_use);
const char *tls_session_name(enum tls_session);
const char *auth_use_name(enum auth_use);

#endif
