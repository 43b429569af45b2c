/* SPDX-License-Identifier: BSD-2-Clause */
/* A message on its way, and what became of it. */
#ifndef SMTP_MAIL_H
#define SMTP_MAIL_H

#include "smtp/machine.h"

/* clang-format off */
#define MAIL_FATES(X)                                                          \
    X(PENDING,   "pending")   /* not decided yet */                            \
    X(DELIVERED, "delivered") /* the server has taken responsibility */        \
    X(REFUSED,   "refused")   /* 5yz: it never will */                         \
    X(DEFERRED,  "deferred")  /* 4yz, or the session ended before the end */   \
    X(UNCERTAIN, "uncertain") /* all was sent, and no answer came */

#define X(name, text) MAIL_##name,
enum mail_fate { MAIL_FATES(X) };
#undef X
/* clang-format on */

struct recipient {
    const char *address; /* borrowed; at most 254 octets, no CR, LF, <, > */
    int code;            /* written: the reply to its RCPT, or that which
                          * refused it before; or its own behind the body
                          * (RFC 2033; draft-hall-prdr-00); 0: none */
    bool taken; /* written: by a reply of its own, whatever the session's
                 * end: the server has taken responsibility */
    enum recipient_fate {
        RECIPIENT_PENDING,
        RECIPIENT_ACCEPTED,
        RECIPIENT_DEFERRED,
        RECIPIENT_BOUNCED
    } fate; /* written by a dispatch (smtp/dispatch.h), or a reckoning */

    /* What it can take: smtp/bargain.h. */
    enum recipient_answer {
        ANSWER_NONE,    /* was not asked, or not heard */
        ANSWER_FORMS,   /* one of `forms` */
        ANSWER_UNKNOWN, /* it cannot be told, or not be understood */
        ANSWER_UNFIT,   /* nothing that there is */
        ANSWER_REFUSED  /* it is refused, by `code` */
    } answer;
    uint32_t forms; /* 1 << each */
};

struct mail {
    const char *from;     /* as an address; "" is the null sender */
    struct recipient *to; /* borrowed, written to */
    size_t recipients;    /* at least one */
    struct span stuffed;  /* the text for DATA, from wire_stuff(); borrowed */
    struct span plain;    /* the text for BDAT, from wire_crlf(); borrowed */
    enum mail_fate fate;  /* written */
    int code;             /* written: the reply that decided it; 0: none */
    const char *transid;  /* <local@domain>, for RFC 1845, not the same as any
                           * other's; NULL: none; borrowed */
    uint32_t number;      /* of the message, where one may be divided */
    bool cut;             /* written: the session was lost behind 354; the
                           * server may know how far it came */
    bool oversized;       /* written: is above the server's SIZE, and so was
                           * refused (552) without asking */
    bool repeated;        /* written: was sent whole before, in a session that
                           * told nothing of it: whoever has it may have two */
    bool prdr;            /* written: MAIL has asked for a reply to each
                           * recipient: draft-hall-prdr-00 */
    size_t form;          /* of those of a bargain; 0: the only one */
    size_t settled;       /* of a dispatch: recipients behind these that are
                           * accepted or bounced already */
};

/* Decides, unless it is decided already, by the reply that did it. */
void mail_decide(struct mail *, int code);

/* No recipient was accepted: a 4yz among the replies decides, since a later
 * try may mend it, or else the first. */
void mail_decide_by_recipients(struct mail *);

/* The session ended with code `code` (0: without one), and nobody will decide
 * any more. What was sent whole is uncertain; what was not, was not
 * delivered. */
void mail_settle(struct mail *, bool sent, int code);

/* Whether a recipient has got it, as far as is known. */
enum recipient_fate mail_recipient(const struct mail *, size_t recipient);

/* Of messages some of which are divided into mails behind them all, a message
 * comes to what the first of its mails comes to that is not delivered. What
 * mail_recipient() says stays as it is. */
void mail_join(struct mail *mails, size_t count);

/* Makes it ready for another try, which may repeat what was uncertain. */
void mail_retry(struct mail *);

const char *mail_fate_name(enum mail_fate);

#endif
