/* SPDX-License-Identifier: BSD-2-Clause */
/* The client half of one SMTP session, as a pure machine on stream 0. What it
 * may say when is the plan's business (smtp/plan.h); this is the rest: it
 * matches replies to commands by counting (RFC 2920, 3.1), checks every one,
 * and never says more than the server's offer allows. It allocates nothing.
 *
 * It counts its turnarounds at its outermost byte interface: a wait begins
 * when nothing is left that it may say and a reply is owed to it, and counts
 * when the first byte of an answer comes, or the connection or the client's
 * patience ends instead. */
#ifndef SMTP_CLIENT_H
#define SMTP_CLIENT_H

#include "smtp/auth.h"
#include "smtp/bargain.h"
#include "smtp/dsn.h"
#include "smtp/machine.h"
#include "smtp/mail.h"
#include "smtp/offer.h"
#include "smtp/plan.h"
#include "smtp/qmtp.h"
#include "smtp/wait.h"
#include "smtp/wire.h"

/* clang-format off */
#define CLIENT_ENDS(X)                                                         \
    X(NOT_YET,     "not ended")                                                \
    X(FINISHED,    "finished")                                                 \
    X(UNREACHABLE, "connection refused")                                       \
    X(REJECTED,    "rejected")        /* by the greeting, EHLO, or a 421 */    \
    X(STALE,       "stale offer")     /* try again, knowing nothing */         \
    X(LOST,        "connection lost") /* closed or reset in mid-session */     \
    X(TIMED_OUT,   "timed out")                                                \
    X(NONSENSE,    "not understood")  /* no reply, or one that nobody owed */  \
    X(NO_STARTTLS, "no STARTTLS")     /* not offered, or refused */            \
    X(INSECURE,    "TLS failed")      /* or was tampered with: CVE-2011-0411 */\
    X(NO_AUTH,     "not authenticated") /* not offered, or refused */          \
    X(LEFT,        "left")            /* client_dismiss(), before EHLO */

#define X(name, text) CLIENT_##name,
enum client_end { CLIENT_ENDS(X) };
#undef X
/* clang-format on */

/* How long a client waits. */
struct patience {
    int64_t connect_ns;         /* for ASK_OPEN */
    int64_t secure_ns;          /* further, where that includes TLS */
    int64_t reply_ns[STEP_END]; /* for the reply to a step */
};

struct client_config {
    struct manner manner;                  /* the one wanted */
    const char *name;                      /* what EHLO says; borrowed */
    bool helo;                             /* HELO, and no extension */
    bool lmtp;                             /* LHLO: RFC 2033 */
    const struct offer *remembered;        /* NULL: none; borrowed */
    const struct offer *remembered_secure; /* what it said through TLS */
    enum security tls;  /* unless NONE, its machine is within a tls_machine */
    bool opportunistic; /* in clear where STARTTLS is not to be had */
    const struct login *login; /* NULL: no AUTH; borrowed */
    uint32_t extensions; /* OFFER_...: what MAIL says of them, where offered */
    const struct dsn *dsn; /* said where DSN is offered; NULL: none; borrowed */
    bool consult;          /* stop behind EHLO: client_proceed(), _dismiss() */
    bool fast_open; /* RFC 7413: an early client's commands ride in the SYN;
                     * a body does not, since a SYN may be replayed */
    const struct patience *patience; /* borrowed */
    int64_t listen_ns;  /* for an arranged hello's reply, before all is said */
    struct mail *mails; /* borrowed */
    size_t mail_count;  /* at least one */
    uint32_t mail_room; /* behind them, for those that dividing one makes by
                         * LIMITS or 452, in all; 0: none is divided */
    uint32_t mails_max; /* in a session; 0: any number */
    const struct bargain *bargain; /* of the one mail; NULL: none; borrowed */
};

/* RFC 5321, 4.5.3.2; 30 s to connect, 60 s for a TLS handshake. */
extern const struct patience client_patience;
void client_default_timeouts(struct client_config *);

struct client {
    struct machine machine; /* tell and ask it as any machine */

    /* What came of it: read-only for others. */
    enum client_end end;
    enum step end_step;     /* whose reply was owed when it ended */
    int code;               /* of the reply that ended it; 0: none */
    struct manner used;     /* as it was in fact carried out */
    struct prelude prelude; /* likewise */
    bool early;             /* a remembered offer was used ... */
    bool early_clear;       /* ... or had been, up to STARTTLS */
    bool secure;            /* through TLS, from here on */
    bool fast;              /* the handshake took no time: TOLD_OPENED */
    bool authenticated;
    bool offer_known;   /* EHLO was answered, the last one said */
    struct offer offer; /* by this */
    bool clear_known;   /* before STARTTLS: */
    struct offer clear_offer;
    struct waits waits;
    size_t mails_sent;             /* bodies handed over whole */
    size_t mail_count;             /* as configured, or as answers made it */
    size_t all;                    /* with those for other sessions */
    size_t left;                   /* of a bargain: classes for others */
    size_t decisions;              /* as in smtp/strategy.h */
    int64_t started_ns, opened_ns; /* NEVER_NS: not yet, as below */
    int64_t accepted_ns;           /* the last 250 that took responsibility */
    int64_t closed_ns;             /* the last reply */
    uint64_t bytes_out, bytes_in;

    /* Private from here on. */
    const struct client_config *config;
    struct endpoint peer;
    const struct offer *known; /* of those remembered: the one that applies */
    struct place say, hear; /* the step to say next, and whose reply is due */
    size_t owed;            /* replies outstanding */
    size_t accepted;        /* recipients of the transaction being heard */
    enum client_each {      /* of the replies to a body: smtp/client_each.c */
                       EACH_NOT,
                       EACH_RECIPIENT, /* that of recipient `verdict` is due, */
                       EACH_MESSAGE    /* or that of the message, behind all of
                                          them */
    } each;
    uint32_t verdict;
    uint32_t taken;        /* recipients, by replies of their own */
    bool prdr_said;        /* at all */
    bool beside;           /* a body was answered while more was due */
    uint32_t certain;      /* mails whose replies cannot have been others' */
    uint32_t most;         /* mails in this session; 0: any number */
    struct recipient *to;  /* of a bargain: all, */
    size_t recipients;     /* and how many */
    enum asking asking;    /* up to SORT; then no more */
    size_t joined;         /* the form of those who are in */
    struct conneg *answer; /* as it comes in; owned; NULL: none does */
    bool fallen_back;      /* from the hello by arrangement to EHLO */
    bool unwelcome;        /* the hello by arrangement was refused, too late */
    bool opening; /* what is said now may ride in the SYN, or follows it */
    bool opened, quit_said, half_closed, helo;
    bool securing; /* STARTTLS was accepted, and TLS does not stand yet */
    bool ahead;    /* TLS is spoken behind STARTTLS already, and is to be heard
                    * behind its reply */
    bool turned_back; /* QHLO's ID was wrong: nothing behind it is done */
    bool bdat_announced, go_ahead; /* the body may follow */
    bool in_transaction, reset_due;
    bool transid_said;   /* of the transaction being heard */
    uint64_t offset;     /* of 355: so much of the text is there */
    bool on_trial;       /* config->consult, until client_proceed() */
    int reply_code;      /* of the reply whose lines are coming in; 0: none */
    int64_t listened_ns; /* the end of listening to an arranged hello's reply */
    int64_t now_ns, deadline_ns, alarm_ns;
    enum client_want {
        WANT_OPEN = 1,
        WANT_HALF_CLOSE = 2,
        WANT_ABORT = 4,
        WANT_TLS = 8
    } want;
    size_t out_len;
    char out[944]; /* the longest command has some 800: MAIL with all of DSN */
    struct wire_line line;
    struct qmtp_replies replies; /* in place of lines */
};

/* `config` and all it points to are borrowed until the session is over. By its
 * manner the session is of SMTP, or of QMTP (smtp/qmtp_client.h). */
void client_init(struct client *, const struct client_config *,
                 struct endpoint peer);

/* Lets go of an answer that is not whole; for a bargain's sessions, where they
 * are over or dropped. */
void client_forget(struct client *);

/* EHLO was answered, and will not be said again. */
bool client_knows_offer(const struct client *);

/* With `consult`: EHLO was answered, and all waits for one of these two. Until
 * the first is called the session does not touch the mails. Who calls them
 * asks the machine next. */
bool client_is_held(const struct client *);
void client_proceed(struct client *);
void client_dismiss(struct client *, int64_t now_ns); /* at any time before */

const char *client_end_name(enum client_end);

#endif
