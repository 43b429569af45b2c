/* SPDX-License-Identifier: BSD-2-Clause */
/* The machines that play a scenario, made ready: the messages and the client's
 * side of them, and the server's. Every world puts on the same cast. */
#ifndef BENCH_RUN_CAST_H
#define BENCH_RUN_CAST_H

#include "bench/run/abilities.h"
#include "bench/run/scenario.h"
#include "bench/run/secure.h"
#include "smtp/delivery.h"
#include "smtp/server.h"

struct cast {
    const struct scenario *scenario; /* borrowed */
    struct endpoint server_at;
    struct offer_memory memory;
    struct delivery_config sending;
    struct server_config receiving;
    struct secure secure; /* where the scenario wants TLS */

    /* What the server's sessions have come to, in sum. */
    size_t sessions, mails, recipients;

    /* Private. */
    struct dsn dsn;
    struct checkpoint checkpoint;
    struct policies policies;
    struct patience patience;
    char *transids;
    char *text, *stuffed, *addresses;
    size_t stuffed_len;
    struct mail *mail;
    struct recipient *to;
    struct abilities *abilities; /* of a strategy; NULL: none, as these: */
    struct bargain bargain;
    struct delivery_mate *mates;
};

/* The scenario must be finished, and outlive the cast, which must not be
 * moved. Where its offer is warm, or a TLS session is to be resumed, a session
 * in the ideal world, whose time does not count, has filled the memory. -1:
 * ENOMEM, or EPROTO where TLS cannot be had. */
int cast_init(struct cast *, const struct scenario *);
void cast_release(struct cast *);

/* What the server remembers of transactions that were cut is forgotten. */
void cast_forget(struct cast *);

/* The TLS keys of all sessions from here on go to this file. -1: errno. */
int cast_log_keys(struct cast *, const char *path);

/* What a delivery by this cast has come to: plain data, fit for a pipe. Times
 * run from the first SYN; -1 where there is none. */
struct tally {
    bool done;
    enum mode_id mode_used;
    bool bdat_used;
    struct prelude prelude;     /* as it was carried out */
    struct handshake handshake; /* of the last session, if it was secure */
    bool secure, authenticated;
    enum tls_version tls_version; /* where it was secure */
    enum tls_session tls_session;
    size_t handshakes_saved; /* of TCP, by TCP Fast Open */
    size_t connections, turnarounds, tls_turnarounds;
    int64_t tls_wait_ns;
    int64_t wait_ns[STEP_END], handshake_ns, accepted_ns, closed_ns;
    uint64_t bytes_out, bytes_in;
    size_t mails_accepted, recipients_accepted;
    size_t recipients_deferred, recipients_bounced; /* of a strategy, */
    size_t recipients_best; /* accepted, and got the best form for them, */
    size_t decisions;       /* and smtp/strategy.h */
    char outcome[160];      /* "delivered", or what became of it */
};

void cast_tally(const struct cast *, const struct delivery *, struct tally *);

/* Writes a message of exactly so many octets: a header, an empty line, and
 * lines of text, each ended by CRLF; what is too short for a header is a line.
 */
void cast_write_text(char *at, size_t size);

/* A machine of the server for a new session, and its return. */
struct machine *cast_accept(void *cast, struct endpoint peer);
void cast_gone(void *cast, struct machine *);

#endif
