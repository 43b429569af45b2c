/* SPDX-License-Identifier: BSD-2-Clause */
/* A host that is not the same for everybody, or not for ever: which server a
 * session meets there. Greylisting turns to acceptance (RFC 6647), postscreen
 * announces less to those it does not know, a pool hides several servers
 * behind one address, a host is upgraded. */
#ifndef SMTP_GUISE_H
#define SMTP_GUISE_H

#include "smtp/server.h"

enum { GUISE_CLIENTS = 64 }; /* whose history is known */

struct guise {
    const struct server_config *config; /* borrowed */
    const struct server_config *secure; /* from STARTTLS on; borrowed; NULL:
                                         * the same */
    /* It is met while either of these holds, the last one always: */
    size_t sessions; /* by the first so many sessions of a client, */
    int64_t for_ns;  /* for so long from the first session of all on */
};

struct guise_host {
    const struct guise *guises; /* borrowed; the first that holds is it */
    size_t guise_count;         /* at least one */
    bool pooled; /* its sessions meet its guises in turn, whoever calls */

    /* What came of it: read-only for others. All zero at first. */
    size_t sessions;

    /* Private. */
    int64_t first_ns;
    struct guise_client {
        struct endpoint at; /* without its port */
        size_t sessions;
    } client[GUISE_CLIENTS];
};

/* A session at such a host: a machine around that server. */
struct guise_session {
    struct machine machine; /* tell and ask it as any machine */
    struct server server;   /* from START on */

    /* Private. */
    struct guise_host *host;
    const struct guise *guise;
    struct endpoint client;
};

/* The host is borrowed until the session is over, and written to. */
void guise_init(struct guise_session *, struct guise_host *,
                struct endpoint client);

#endif
