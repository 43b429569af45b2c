/* SPDX-License-Identifier: BSD-2-Clause */
/* The server half of one SMTP session, as a pure machine on stream 0.
 *
 * Replies to MAIL, RCPT, RSET and to a body's end may be held while more input
 * lies ready, so that those of a group leave in one send; all others leave at
 * once, and nothing is held when the input is empty (RFC 2920, 3.2 rules 2, 5,
 * 7). Input is taken a command at a time: what lies behind a command that is
 * not yet carried out stays with the world, so nothing can be taken for a
 * command before its turn. It allocates nothing, but for what a recipient can
 * take (RFC 4141), until that is sent. */
#ifndef SMTP_SERVER_H
#define SMTP_SERVER_H

#include "smtp/ability.h"
#include "smtp/auth.h"
#include "smtp/checkpoint.h"
#include "smtp/flaw.h"
#include "smtp/machine.h"
#include "smtp/offer.h"
#include "smtp/wire.h"

/* A recipient with a reply of its own; all others are accepted. */
struct verdict {
    const char *address; /* as in RCPT TO:<address>; NULL: all */
    const char *reply;   /* "550 no such user": a code and a text, no CRLF */
};

/* Whose abilities are told; NULL where nothing is known of him. */
struct directory {
    void *arg;
    const struct ability *(*find)(void *arg, struct span address);
};

/* Whose policy for content is whose (below 65536), and what a policy says to
 * a message; NULL: it is taken. Where each recipient has a reply of its own
 * behind the body (RFC 2033; draft-hall-prdr-00) that is it; else those whose
 * policy is not that of the first wait for another transaction (452). */
struct policies {
    void *arg;
    size_t (*of)(void *arg, struct span address);
    const char *(*verdict)(void *arg, size_t policy); /* "550 no" */
};

/* Where accepted mail goes. All borrow their arguments for the call. */
struct mail_sink {
    void *arg;
    void (*from)(void *arg, struct span sender);
    void (*to)(void *arg, struct span recipient);
    void (*text)(void *arg, struct span part); /* unstuffed, CRLF */
    /* Keep it (true), and say whether it is kept; or forget it. A mail that
     * could not be kept is answered by 451. */
    bool (*end)(void *arg, bool accepted);
};

/* Where each session has a sink of its own, and transactions may go on in
 * others (RFC 1845): what there is of a mail is kept apart, taken up by another
 * session's sink, or dropped. `arg` is that of the sink. */
struct mail_keeper {
    void *(*keep)(void *arg);
    void (*resume)(void *arg, void *kept);
    void (*drop)(void *kept);
};

struct server_config {
    const char *name;          /* in the greeting; borrowed */
    const char *refusal;       /* "554 no mail here": its whole greeting,
                                * and it closes; NULL: 220 */
    struct offer offer;        /* what EHLO offers */
    uint32_t flaws;            /* FLAW_... */
    int64_t think_ns;          /* before each reply, greeting included */
    int64_t greeting_delay_ns; /* further, before the greeting */
    int64_t idle_timeout_ns;   /* RFC 5321, 4.5.3.2.7: at least 5 min. For a
                                * whole command, and for each 1 KiB of text */
    const struct verdict *verdicts; /* borrowed */
    size_t verdict_count;
    const struct directory *directory; /* NULL: of nobody; borrowed */
    const struct policies *policies;   /* NULL: of nobody; borrowed */
    bool lmtp;                         /* RFC 2033; see server_speak_lmtp() */
    bool can_secure; /* its machine is within a tls_machine, and STARTTLS is
                      * carried out where it is offered */
    const struct auth_account *accounts; /* for AUTH; borrowed */
    size_t account_count;
    bool auth_required;            /* no MAIL without */
    struct checkpoint *checkpoint; /* NULL: of none; borrowed, written to; one
                                    * with a server */
    const struct mail_sink *sink;  /* NULL: mail is counted and dropped */
    const struct mail_keeper *keeper; /* NULL: one sink has it until end() */
    uint64_t qhlo_key; /* of QUICKSTART's IDs: profile B; 0: profile A */
};

/* RFC 5321, 4.5.3.2.7; PIPELINING, CHUNKING, PIPECONNECT, 8BITMIME. */
void server_defaults(struct server_config *, const char *name);

/* LHLO, and the two extensions that RFC 2033, 5 wants of each server. */
void server_speak_lmtp(struct server_config *);

enum {
    SERVER_RECIPIENTS = 1000, /* in a transaction: RFC 5321, 4.5.3.1.8 */
    SERVER_OUT = 1900         /* replies held at most: some twenty-five, and
                               * room for the longest but one */
};

/* Of a server of either protocol: so much of a message buys a client patience
 * anew, as a whole command does; not each octet, or a few an hour would keep a
 * session for good. And a client that does not close behind our end gets so
 * long. */
enum { SERVER_PROGRESS = 1024 };
#define SERVER_LINGER_NS INT64_C(10000000000)

struct server {
    struct machine machine; /* tell and ask it as any machine */

    /* What came of it: read-only for others. */
    size_t mails, recipients; /* accepted */
    uint64_t text_bytes;      /* of accepted mails, unstuffed */
    size_t replies;
    bool early_talker; /* input came before the greeting */
    bool secure;       /* through TLS */
    bool authenticated;

    /* Private from here on. */
    const struct server_config *config;
    enum server_state {
        SERVER_COMMAND,  /* reads commands */
        SERVER_TEXT,     /* reads what follows DATA */
        SERVER_CHUNK,    /* reads the octets of a BDAT */
        SERVER_ANSWER,   /* reads what answers AUTH's challenge */
        SERVER_SECURING, /* takes nothing: TLS comes */
        SERVER_LEAVING   /* reads nothing more */
    } state;
    enum server_task {
        TASK_NONE,
        TASK_GREET,
        TASK_COMMAND, /* the line is whole */
        TASK_ANSWER,  /* likewise */
        TASK_TEXT_END,
        TASK_CHUNK_END,
        TASK_VERDICT /* a reply to a body, of several */
    } task;          /* waits for its time: nothing is read until it is done */
    bool open, greeted, ended;
    bool batch; /* BSMTP: whatever is syntax is taken, and DATA goes ahead */
    bool known_by_name, mail_open, last_rcpt_ok;
    bool chunking, chunk_last, chunk_void; /* void: read and thrown away */
    bool input_left; /* the world keeps bytes that we did not take */
    bool urgent;     /* a reply that must not be held is in `out` */
    bool drop_input; /* a flaw loses the rest of what came */
    bool half_close, half_closed, abort;
    bool tls_due;   /* to be asked for, behind the reply to STARTTLS */
    bool greet_due; /* anew, behind QTLS */
    bool wrong_id;  /* QHLO was refused: STARTTLS is, too */
    enum mechanism mechanism; /* of the AUTH that is going on */
    char user[AUTH_WORD + 1]; /* as LOGIN has named it; "" is not yet */
    size_t accepted;          /* recipients of the open transaction */
    const char *success; /* the enhanced code of a 2yz to this command; NULL:
                          * the one of all */
    int asked;           /* by RCPT: SPELLING_..., or -1 */
    size_t flood_left;   /* lines of a reply that is still to come */
    uint64_t chunk_left; /* octets of the chunk still to come */
    uint64_t chunk_len, text_len;    /* of the open transaction */
    uint64_t line_end;               /* of text: behind its last whole line */
    uint64_t known_len;              /* of text: what comes again */
    uint64_t client;                 /* what EHLO said: checkpoint_client() */
    struct span transid;             /* of the MAIL that is carried out */
    struct transaction *transaction; /* of config->checkpoint; or NULL */
    bool checkpointed, taken_before;
    struct endpoint peer;
    size_t begun;              /* transactions */
    bool prdr;                 /* of the MAIL that is carried out, and of */
    bool each;                 /* the open transaction: each has a reply */
    struct envelope *envelope; /* of it; owned; NULL: none */
    struct verdicts {       /* that are still to be said: smtp/verbs_each.c */
        size_t left, at;    /* replies; and whose is next */
        bool overall;       /* the last is that of the message */
        const char *of_all; /* the one to whoever his policy lets have it */
        const char *overall_reply;
    } verdicts;
    struct unstuff unstuff;
    size_t progress; /* octets of text since patience was last renewed */
    int64_t now_ns, task_ns, idle_ns, alarm_ns;
    size_t out_len;
    size_t dripped;  /* of these, octets that have left by themselves */
    int64_t gate_ns; /* nothing leaves before */
    bool out_taken;  /* by the last ask: to be cleared */
    char out[SERVER_OUT];
    struct {
        char *at; /* owned; NULL: none */
        size_t len;
        bool taken;
    } long_reply; /* behind `out` */
    struct wire_line line;
};

/* `config` and all it points to are borrowed until the session is over. */
void server_init(struct server *, const struct server_config *);

#endif
