/* SPDX-License-Identifier: BSD-2-Clause */
/* A mode as data: the steps of a session, and which of them wait until
 * everything said so far has been answered. Replies come in the order of the
 * commands (RFC 2920, 3.2 rule 1), so "has heard the reply it needs" and "has
 * heard everything" are the same, and one bit for each kind of step says it
 * all. A session is a walk over the steps
 *
 *     GREETING EHLO [STARTTLS AGAIN] [AUTH ANSWER...]
 *     MAIL RCPT... [DATA] BODY
 *     { RSET NEXT RCPT... [DATA] BODY }... QUIT END
 *
 * and a flight is every step up to the next one that waits. Where recipients
 * are asked what they can take (smtp/strategy.h), one of
 *
 *     ASK... SORT MAIL RCPT...        MAIL ASK RCPT ASK RCPT... SORT RCPT...
 *     MAIL ASK... RCPT SORT RCPT...   MAIL RCPT... SORT [RSET NEXT RCPT...]
 *
 * comes before the first body: at SORT all answers are in, nothing is said,
 * and the messages are made of them (smtp/bargain.h). */
#ifndef SMTP_PLAN_H
#define SMTP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define STEPS(X)                                                               \
    X(GREETING, "greeting") /* the server speaks first */                      \
    X(EHLO,     "EHLO")     /* or HELO, where EHLO is unknown */               \
    X(STARTTLS, "STARTTLS") /* nothing may follow it but the handshake */      \
    X(AGAIN,    "EHLO")     /* through TLS: RFC 3207, 4.2 */                   \
    X(AUTH,     "AUTH")     /* with its initial response, if any */            \
    X(ANSWER,   "AUTH")     /* to a challenge */                               \
    X(MAIL,     "MAIL")     /* of the first message */                         \
    X(ASK,      "question") /* VRFY or XRCAP, of one recipient */              \
    X(RCPT,     "RCPT")                                                        \
    X(SORT,     "answers")  /* says nothing */                                 \
    X(DATA,     "DATA")     /* passed over where the body goes by BDAT */      \
    X(BODY,     "body")     /* up to the dot, or BDAT LAST and its octets */   \
    X(RSET,     "RSET")     /* said only where a transaction was left open */  \
    X(NEXT,     "MAIL")     /* of a further message */                         \
    X(QUIT,     "QUIT")                                                        \
    X(END,      "end")

#define X(name, text) STEP_##name,
enum step { STEPS(X) };
#undef X

#define MODES(X)                                                               \
    X(LOCKSTEP,         "lockstep")                                            \
    X(PIPELINING,       "pipelining")                                          \
    X(CHUNKING,         "chunking")                                            \
    X(CHUNKING_LAST,    "chunking-last")                                       \
    X(CHUNKING_COLLECT, "chunking-collect")                                    \
    X(EARLY,            "early")                                               \
    X(BSMTP,            "bsmtp")                                               \
    X(QUICKSTART_A,     "quickstart-a")                                        \
    X(QUICKSTART_B,     "quickstart-b")                                        \
    X(QMTP,             "qmtp")                                                \
    X(PIPELINING_PROBE, "pipelining-probe")

#define X(name, text) MODE_##name,
enum mode_id { MODES(X) MODE_COUNT };
#undef X

#define SECURITIES(X)                                                          \
    X(NONE, "none") X(STARTTLS, "starttls") X(IMPLICIT, "implicit")

#define X(name, text) SECURITY_##name,
enum security { SECURITIES(X) SECURITY_COUNT };
#undef X
/* clang-format on */

/* When recipients are asked: the four walks above, in their order. */
enum asking {
    ASKING_NOT,
    ASKING_BEFORE,
    ASKING_TURNS, /* each RCPT needs the answer to its question */
    ASKING_BATCH,
    ASKING_RCPT /* RCPT is the question */
};

struct mode {
    const char *name;
    const char *what;   /* one line for people, with its source */
    unsigned by_data;   /* 1 << STEP_...: the steps that wait, by DATA */
    unsigned by_bdat;   /* the same where the body goes by BDAT */
    uint32_t needs;     /* OFFER_...: without them another mode is used */
    uint32_t early_by;  /* what a remembered offer must have besides, for a
                         * mode that begins from one */
    bool sends_by_data; /* the ways in which it can send a body */
    bool sends_by_bdat;
    const char *hello; /* the verb that opens the session; NULL: EHLO. One that
                        * is by arrangement needs no offer, and MAIL waits for
                        * its reply for a time, but not for ever. */
    bool auth_rides;   /* AUTH that is one command goes in a group, anywhere */
    bool probes;       /* RSET is said before each further message */
    bool quick; /* the greeting tells what is offered, and QHLO stands for
                 * EHLO: draft-fanf-smtp-quickstart-a-00 and -b-00 */
    bool qmtp;  /* is no SMTP, and has none of its steps but the body and
                 * the replies to it: smtp/qmtp_client.h */
};

const struct mode *mode_of(enum mode_id);

/* MODE_COUNT: there is none of that name. */
enum mode_id mode_named(const char *);

/* How a session is carried out: a mode, and the way of its bodies. */
struct manner {
    enum mode_id mode;
    bool bdat;
};

/* What a session has before its first message. */
struct prelude {
    enum security tls;
    unsigned auth; /* lines that AUTH takes, from the client; 0: no AUTH */
    bool joint;    /* the hello is STARTTLS too, and is not said again */
    bool answered; /* the hello by arrangement, while the client listened */
    bool qtls;     /* QTLS for STARTTLS: nothing is said before it, and no reply
                    * waited for but the greeting inside TLS */
};

/* How the client waits inside a TLS handshake. */
struct handshake {
    size_t waits;
    bool rides; /* what the server says next comes with its last flight */
};

/* By what came of a handshake; `half_rtt`: the server speaks before it has
 * heard the client's Finished; `said_early`: the client's first flight behind
 * it went as 0-RTT data, and was taken. */
struct handshake handshake_of(bool tls13, bool resumed, bool half_rtt,
                              bool said_early);

bool manner_waits(struct manner, enum step);

/* The same in a session with this prelude: MAIL behind AUTH waits for its end,
 * unless AUTH rides. */
bool manner_waits_in(struct manner, struct prelude, enum step);

/* What is left of a manner before anything is known of the server. */
struct manner manner_cold(struct manner);

/* What is left of it against an offer (OFFER_... bits): pipelining without
 * PIPELINING is lock-step, BDAT without CHUNKING is DATA. */
struct manner manner_offered(struct manner, uint32_t has);

/* Whether a manner can begin from a remembered offer, or needs none: what it
 * says first waits for nothing. */
bool manner_is_early(struct manner);

/* Whether it opens the session by a verb that both sides have agreed upon. */
bool manner_is_arranged(struct manner);

/* Whether the greeting is a reply to EHLO as well. */
bool manner_is_quick(struct manner);

/* Whether it is of QMTP. */
bool manner_is_qmtp(struct manner);

/* A place in the walk: `recipient` counts within `mail`, and at ANSWER it is
 * the answer that counts. */
struct place {
    enum step step;
    size_t mail, recipient;
};

/* The place behind `at`; `recipients` are those of the mail it is in. */
struct place place_next(struct place at, bool bdat, struct prelude,
                        size_t mails, size_t recipients);

/* Up to SORT, where recipients are asked: the place behind `at`, behind which
 * place_next() sees `next`; and which steps wait for that. What comes behind
 * SORT is for the answers to say. */
struct place place_asking(struct place at, struct place next, enum asking,
                          size_t recipients);
bool asking_waits(enum asking, enum step);

/* The place behind the transaction that `at` is in. */
struct place place_after_mail(struct place at, size_t mails);

/* The length of the longest chain of waits, for `mails` messages of
 * `recipients` each, when every reply is positive and the client stays for
 * the reply to QUIT: the turnarounds that a session should take. */
size_t plan_turnarounds(struct manner, size_t mails, size_t recipients);
size_t plan_turnarounds_behind(struct prelude, struct handshake, struct manner,
                               size_t mails, size_t recipients);

/* The same where a session carries so many messages at most, and a message
 * goes in so many transactions: the sum over all sessions, and how many. */
struct portions {
    size_t session; /* transactions in a session; 0: any number */
    size_t parts;   /* transactions of a message; at least one */
};

size_t plan_sessions(struct portions, size_t mails);
size_t plan_turnarounds_shared(struct prelude, struct handshake, struct manner,
                               struct portions, size_t mails,
                               size_t recipients);

const char *step_name(enum step);
const char *security_name(enum security);

#endif
