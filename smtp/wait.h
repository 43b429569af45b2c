/* SPDX-License-Identifier: BSD-2-Clause */
/* Turnarounds as RFC 2920, section 4, counts them: how often a client that
 * has nothing left to say stands and waits for the server, and how long. */
#ifndef SMTP_WAIT_H
#define SMTP_WAIT_H

#include "smtp/plan.h"

struct waits {
    size_t turnarounds;
    int64_t ns[STEP_END]; /* time waited for the reply to each step */

    bool waiting, counted; /* private, as what follows */
    int64_t from_ns;
};

/* All has been said that may be, and a reply is owed. */
void waits_begin(struct waits *, int64_t now_ns);

/* The same, but the wait has been counted already, by whoever carried what the
 * client waits for next (TOLD_OPENED, `riding`). */
void waits_ride(struct waits *, int64_t now_ns);

/* A wait that goes on, or begins, began then: nothing was answered since. */
void waits_since(struct waits *, int64_t from_ns);

/* The first byte of an answer came, or the connection or the client's
 * patience ended: the wait counts, once. */
void waits_count(struct waits *);

/* The time since the last reply, or since all was said, went into waiting for
 * the reply to `step`, which has come or never will. */
void waits_charge(struct waits *, enum step step, int64_t now_ns);

/* Something more was said. */
void waits_end(struct waits *);

#endif
