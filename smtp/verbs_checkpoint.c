/* SPDX-License-Identifier: BSD-2-Clause */
/* Transactions that go on in another session (RFC 1845), and the connection
 * that is cut so that they must. Octets are counted without the dots that
 * stuffing adds; a transaction goes on at the beginning of a line. */
#include <string.h>

#include "smtp/verbs_inner.h"

/* Another transaction comes: what the sink has of the one before is no mail. */
static void drop_broken(struct server *s, struct checkpoint *c)
{
    const struct mail_sink *sink = s->config->sink;

    if (c->state == CHECKPOINT_BROKEN && sink && sink->end)
        sink->end(sink->arg, false);
    c->state = CHECKPOINT_NONE;
}

static void begin(struct server *s, struct checkpoint *c)
{
    drop_broken(s, c);
    s->checkpointed = s->transid.len > 0;
    if (!s->checkpointed)
        return;
    memcpy(c->id, s->transid.at, s->transid.len);
    c->id[s->transid.len] = '\0';
    c->client = s->client;
}

bool verbs_resume(struct server *s)
{
    struct checkpoint *c = s->config->checkpoint;

    if (!c)
        return false;
    if (s->transid.len == 0 || !checkpoint_knows(c, s->transid, s->client)) {
        begin(s, c);
        return false;
    }
    s->checkpointed = true;
    s->taken_before = c->state == CHECKPOINT_TAKEN;
    s->accepted = c->recipients;
    s->last_rcpt_ok = true;
    s->text_len = c->octets;
    s->line_end = c->line;
    s->known_len = c->octets - c->line;
    c->state = CHECKPOINT_NONE;
    verbs_reply(s, HELD, "355 %llu is the transaction offset",
                (unsigned long long)c->line);
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
    struct checkpoint *c = s->config->checkpoint;

    c->state = CHECKPOINT_TAKEN;
    c->recipients = s->accepted;
    c->octets = c->line = s->text_len;
}

void verbs_heard(struct server *s)
{
    struct checkpoint *c = s->config->checkpoint;

    if (c && c->state == CHECKPOINT_TAKEN)
        c->state = CHECKPOINT_NONE;
}

bool verbs_keep(struct server *s)
{
    struct checkpoint *c = s->config->checkpoint;

    if (!s->checkpointed || !s->mail_open || s->accepted == 0 ||
        s->state != SERVER_TEXT)
        return false;
    c->state = s->taken_before ? CHECKPOINT_TAKEN : CHECKPOINT_BROKEN;
    c->recipients = s->accepted;
    c->octets = s->text_len;
    c->line = s->line_end;
    return !s->taken_before;
}
