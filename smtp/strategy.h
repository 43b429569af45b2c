/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways to learn what each recipient can take, and to send each what suits it,
 * as data that the walk of a session (smtp/plan.h) and a delivery read.
 *
 *     S0   MAIL RCPT* DATA // body QUIT //
 *     S1   XRCAP // XRCAP // ... MAIL // RCPT // ... DATA // body // ... QUIT
 * // S1'  MAIL VRFY // RCPT VRFY // ... RCPT DATA // body MAIL RCPT* DATA // S2
 * MAIL XRCAP* RCPT // RCPT* DATA // body MAIL RCPT* DATA // ... S3   MAIL (RCPT
 * CONNEG)* // [RSET MAIL RCPT*] DATA // body MAIL ... S3'  the same, but QUIT
 * // and a session for each class (RFC 4141, 3.2) S3b  the same, but one copy
 * that all can take S4   a session for each recipient
 *
 * where // is a wait. A class is the recipients who get the same form. */
#ifndef SMTP_STRATEGY_H
#define SMTP_STRATEGY_H

#include "smtp/plan.h"

/* clang-format off */
#define STRATEGIES(X)                                                          \
    X(S0) X(S1) X(S1_VRFY) X(S1_XRCAP) X(S2) X(S3) X(S3_SESSIONS)              \
    X(S3_PARALLEL) X(S3B) X(S4) X(S4_PARALLEL) X(S4_LOCKSTEP)                  \
    X(S4_LOCKSTEP_PARALLEL)

#define X(name) STRATEGY_##name,
enum strategy_id { STRATEGIES(X) STRATEGY_COUNT };
#undef X
/* clang-format on */

struct strategy {
    const char *name; /* fit for a shell */
    const char *mark; /* as in the list above */
    const char *what; /* one line for people, with its source */
    enum asking asking;
    bool vrfy; /* asks by VRFY, where it does not ask by XRCAP or in RCPT */
    enum sharing {
        SHARING_SESSION, /* all classes in one session */
        SHARING_CLASS,   /* further ones have a session each */
        SHARING_NONE     /* each recipient has a session */
    } sharing;
    bool common;   /* one form for all, if there is one */
    bool parallel; /* its sessions, where none needs another's answers */
    bool lockstep; /* has a meaning in that mode alone */
};

const struct strategy *strategy_of(enum strategy_id);

/* By name or mark, large letters or small. STRATEGY_COUNT: there is none. */
enum strategy_id strategy_named(const char *);

/* What there is to do. A class counts if at least one of its recipients is
 * accepted; `willing` are those whom the answers do not refuse. */
struct strategy_case {
    size_t recipients, willing, classes;
};

/* A decision point is a place where what is said next depends on what a reply
 * contains: the offer that EHLO brings, the answers that make the classes, and
 * the go-ahead for a body. That a refusal ends a transaction is none: any
 * reply may do that. */
struct strategy_cost {
    size_t turnarounds, connections, decisions;
    size_t round_trips; /* to the last reply: turnarounds and handshakes that
                         * had to follow one another, with sessions enough */
};

/* In closed form; `manner` is the one carried out. For chunking-collect it is
 * the most that it can be: whether the first body waits depends on who is in
 * the open transaction when the answers are in. */
struct strategy_cost strategy_cost(const struct strategy *, struct manner,
                                   struct strategy_case);

#endif
