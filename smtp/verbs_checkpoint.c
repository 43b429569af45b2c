/* SPDX-License-Identifier: BSD-2-Clause */
/* Transactions that go on in another session (RFC 1845), and the connection
 * that is cut so that they must. Octets are counted without the dots that
 * stuffing adds; a transaction goes on at the beginning of a line. */
#include <string.h>

#include "smtp/verbs_inner.h"

/* Another transaction comes: what a sink that keeps nothing by itself has of
 * the one before is no mail. */
static void drop_broken(struct server *s, struct checkpoint *c)
{
    const struct mail_sink *sink = s->config->sink;

    for (int i = 0; i < CHECKPOINT_SLOTS && sink && !s->config->keeper; i++)
        if (c->at[i].state == TRANSACTION_BROKEN) {
            sink->end(sink->arg, false);
            c->at[i].state = TRANSACTION_NONE;
        }
}

static void begin(struct server *s, struct checkpoint *c)
{
    void *kept = NULL;

    drop_broken(s, c);
    if (s->transid.len > 0)
        s->transaction = checkpoint_open(c, s->transid, s->client, &kept);
    s->checkpointed = s->transaction;
    if (kept)
        s->config->keeper->drop(kept);
}

/* A transaction that is remembered for its end alone has been heard of. */
static void leave(struct server *s)
{
    if (s->transaction && s->transaction->state != TRANSACTION_BROKEN)
        s->transaction->state = TRANSACTION_NONE;
    s->transaction = NULL;
}

bool verbs_resume(struct server *s)
{
    struct checkpoint *c = s->config->checkpoint;
    struct transaction *t;

    if (!c)
        return false;
    leave(s);
    t = s->transid.len > 0 ? checkpoint_find(c, s->transid, s->client) : NULL;
    if (!t) {
        begin(s, c);
        return false;
    }
    s->transaction = t;
    s->checkpointed = true;
    s->taken_before = t->state == TRANSACTION_TAKEN;
    s->accepted = t->recipients;
    s->last_rcpt_ok = true;
    s->text_len = t->octets;
    s->line_end = t->line;
    s->known_len = t->octets - t->line;
    t->state = TRANSACTION_OPEN;
    if (t->kept)
        s->config->keeper->resume(s->config->sink->arg, t->kept);
    t->kept = NULL;
    verbs_reply(s, HELD, "355 %llu is the transaction offset",
                (unsigned long long)t->line);
    return true;
}

static struct span cut(struct server *s, struct span part)
{
    struct checkpoint *c = s->config->checkpoint;

    if (c->cut || c->cut_octets == 0 || s->text_len + part.len < c->cut_octets)
        return part;
    c->cut = s->abort = true;
    part.len = (size_t)(c->cut_octets - s->text_len);
    return part;
}

struct span verbs_new_text(struct server *s, struct span part)
{
    size_t known = part.len;

    if (!s->config->checkpoint)
        return part;
    if (known > s->known_len)
        known = (size_t)s->known_len;
    s->known_len -= known;
    part.at += known;
    part.len -= known;
    if (s->abort) /* it was cut already */
        part.len = 0;
    part = cut(s, part);
    for (size_t i = part.len; i > 0; i--)
        if (part.at[i - 1] == '\n') {
            s->line_end = s->text_len + i;
            break;
        }
    return part;
}

void verbs_taken(struct server *s)
{
    struct transaction *t = s->transaction;

    t->state = TRANSACTION_TAKEN;
    t->recipients = s->accepted;
    t->octets = t->line = s->text_len;
}

void verbs_heard(struct server *s)
{
    leave(s);
}

bool verbs_keep(struct server *s)
{
    const struct mail_sink *sink = s->config->sink;
    struct transaction *t = s->transaction;

    s->transaction = NULL;
    if (!t || t->state != TRANSACTION_OPEN)
        return false;
    if (!s->checkpointed || !s->mail_open || s->accepted == 0 ||
        s->state != SERVER_TEXT) {
        t->state = TRANSACTION_NONE;
        return false;
    }
    t->state = s->taken_before ? TRANSACTION_TAKEN : TRANSACTION_BROKEN;
    t->recipients = s->accepted;
    t->octets = s->text_len;
    t->line = s->line_end;
    if (!s->taken_before && sink && s->config->keeper)
        t->kept = s->config->keeper->keep(sink->arg);
    return !s->taken_before;
}
