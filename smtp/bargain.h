/* SPDX-License-Identifier: BSD-2-Clause */
/* What recipients can take, and what they are sent: a message that there is in
 * several forms, and the classes that the answers make of its recipients. A
 * class is a mail to all who get the same form. Nobody is lost: whoever is in
 * no class has been refused by his own answer. */
#ifndef SMTP_BARGAIN_H
#define SMTP_BARGAIN_H

#include "smtp/conneg.h"
#include "smtp/mail.h"
#include "smtp/strategy.h"

enum { BARGAIN_FORMS = 32, BARGAIN_ADDRESS = 255, BARGAIN_KNOWN = 512 };

struct form {
    const char *name;
    struct feature features;    /* a collection: what it is made of */
    struct span stuffed, plain; /* as in struct mail; borrowed */
};

/* Answers that may be used again (`ttl`, for that long). Embedded by the
 * caller; zeroes are empty. When it is full, the oldest goes. */
struct bargain_memory {
    size_t learnt; /* in all */
    struct known {
        char address[BARGAIN_ADDRESS]; /* "": a free place */
        uint32_t ttl_s;
        int64_t learnt_ns; /* NEVER_NS: when the next session begins */
        char filter[512];  /* canonical */
    } at[BARGAIN_KNOWN];
};

struct bargain { /* all borrowed */
    const struct strategy *strategy;
    enum conneg_spelling spelling; /* where RCPT asks */
    const struct form *forms; /* the best first; the last goes to whoever is
                               * not known to take another */
    size_t form_count;        /* at least one */
    struct bargain_memory *memory; /* NULL: none */
    size_t mail_room; /* mails that a session's mail may be made into: as many
                       * as there are forms, or as it has recipients where
                       * each has a session; in place */
};

/* What the extension that it asks by is called in EHLO: OFFER_... */
uint32_t bargain_needs(const struct bargain *);

/* The form for a recipient; `form_count` where none fits, or he was refused. */
size_t bargain_form(const struct bargain *, const struct recipient *);

/* An answer has come: its code, and what its lines came to. */
void bargain_hear(const struct bargain *, struct recipient *, int code,
                  struct conneg *, int64_t now_ns);

/* What is remembered of these. Returns how many of them are known. */
size_t bargain_recall(const struct bargain *, struct mail *, int64_t now_ns);

/* Makes mails of mails[0], one for each class, in the room behind it: its own
 * recipients come first by class, then in the order they had; those who get
 * nothing stand behind all. Where a transaction is open, `said` tells, and is
 * told, how many of the first class are in it; `mixed` that it has some of
 * others too and cannot stand. Returns the number of classes. */
struct classes {
    size_t count;
    size_t said;
    bool mixed;
};

struct classes bargain_sort(const struct bargain *, struct mail *mails,
                            bool open);

/* As it was before: one mail, to all, nobody asked. */
void bargain_undo(struct mail *mails, struct recipient *to, size_t count);

/* What became of `all` recipients of these mails, most of whom are in one of
 * them: written into their fates, and counted. Every recipient is counted
 * once, or it stops: nobody is lost, and nobody gets two copies. */
struct reckoning {
    size_t accepted, deferred, bounced; /* the sum is `count` */
};

struct reckoning bargain_reckon(const struct mail *mails, size_t mail_count,
                                struct recipient *all, size_t count);

#endif
