/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a server's mail goes: a Maildir, or nowhere. */
#ifndef BENCH_RUN_MAILBOX_H
#define BENCH_RUN_MAILBOX_H

#include <stdio.h>

#include "smtp/server.h"

/* One for each session: `sink` is what the server's configuration takes. */
struct mailbox {
    struct mail_sink sink;

    /* Private. */
    const char *folder; /* borrowed */
    FILE *file;         /* the message that is coming in */
    FILE *ahead;        /* of its text: what came before its envelope */
    char name[128];
    bool failed;        /* it could not be written whole */
    bool short_of_text; /* nor could what came ahead */
};

/* Makes FOLDER with its tmp, new and cur. -1: errno. */
int mailbox_make(const char *folder);

void mailbox_init(struct mailbox *, const char *folder);
void mailbox_release(struct mailbox *); /* forgets what is not whole */

/* What a session leaves for another, and what none has taken up. */
extern const struct mail_keeper mailbox_keeper;
void mailbox_drop(void *kept);

#endif
