/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to more recipients than a server takes at a time, and more messages
 * than it takes in a session: by what LIMITS has said beforehand (RFC 9422),
 * or by 452 where it comes (RFC 5321, 4.5.3.1.10). A message that is divided
 * makes a mail of its own of what does not fit, behind all others. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "smtp/client_inner.h"

static struct span domain_of(const struct recipient *r)
{
    return limits_domain(span_of(r->address));
}

static int by_domain(const void *a, const void *b)
{
    struct span x = domain_of(a), y = domain_of(b);

    return strcasecmp(x.at, y.at); /* both end with their addresses */
}

/* How many recipients of a mail go into a transaction. */
static size_t fitting(const struct mail *m, const struct limits *l)
{
    size_t domains = 1, most = l->rcpt_max ? l->rcpt_max : m->recipients;

    for (size_t i = 1; i < m->recipients; i++) {
        domains += l->rcpt_domain_max && by_domain(&m->to[i - 1], &m->to[i]);
        if (i == most || (l->rcpt_domain_max && domains > l->rcpt_domain_max))
            return i;
    }
    return m->recipients;
}

/* A mail of those behind the first `keep`. The same TRANSID would be the same
 * transaction. */
static void divide(struct client *c, struct mail *m, size_t keep)
{
    struct mail *rest = &c->config->mails[c->all++];

    *rest = *m;
    rest->to += keep;
    rest->recipients -= keep;
    rest->fate = MAIL_PENDING;
    rest->code = 0;
    rest->transid = NULL;
    rest->prdr = false;
    for (size_t i = 0; i < rest->recipients; i++)
        rest->to[i].code = 0;
    m->recipients = keep;
}

static bool has_room(const struct client *c)
{
    return c->all < c->config->mail_room;
}

/* So many of all go in this session; the others are for further ones. */
static void cap(struct client *c)
{
    c->mail_count = c->most && c->most < c->all ? c->most : c->all;
}

void client_divide(struct client *c, const struct limits *l)
{
    if (c->config->mail_room == 0 || !limits_any(l))
        return;
    for (size_t i = 0; i < c->all; i++) {
        struct mail *m = &c->config->mails[i];
        size_t keep;

        if (l->rcpt_domain_max)
            qsort(m->to, m->recipients, sizeof *m->to, by_domain);
        keep = fitting(m, l);
        if (keep < m->recipients && has_room(c))
            divide(c, m, keep);
    }
    if (l->mail_max && (c->most == 0 || l->mail_max < c->most))
        c->most = l->mail_max;
    cap(c);
}

/* By what is remembered, where mail is what is said by that. */
void client_divide_early(struct client *c, const struct offer *known)
{
    bool mail = c->secure || c->prelude.tls != SECURITY_STARTTLS;

    if (c->early && known && mail && known->has & OFFER_LIMITS)
        client_divide(c, &known->limits);
}

void client_cap(struct client *c)
{
    c->all = c->config->mail_count;
    c->most = c->config->mails_max;
    if (c->most)
        cap(c);
}

/* Those that were put off stand behind the others, in the order they had.
 * Returns how many others there are. */
static size_t part_off(struct mail *m)
{
    size_t keep = 0;

    for (size_t i = 0; i < m->recipients; i++) {
        struct recipient r = m->to[i];

        if (r.code == 452)
            continue;
        memmove(&m->to[keep + 1], &m->to[keep], (i - keep) * sizeof r);
        m->to[keep++] = r;
    }
    return keep;
}

/* Where nothing is said behind the first 452, those that are left are not even
 * tried; else it is looked at once all are answered. */
void client_heard_452(struct client *c, struct mail *m)
{
    bool alone =
        c->owed == 1 && c->say.step == STEP_RCPT && c->say.mail == c->hear.mail;
    size_t was = c->all, keep = c->hear.recipient;

    if (c->accepted == 0 || !has_room(c) ||
        (alone ? m->to[keep].code != 452
               : c->hear.recipient + 1 < m->recipients))
        return;
    if (!alone)
        keep = part_off(m);
    if (keep == m->recipients)
        return;
    divide(c, m, keep);
    if (alone)
        c->say = (struct place){c->used.bdat ? STEP_BODY : STEP_DATA,
                                c->say.mail, 0};
    if (c->quit_said || c->mail_count < was)
        return; /* another session carries it */
    cap(c);
    if (c->say.step == STEP_QUIT && c->mail_count > was)
        c->say = place_after_mail((struct place){STEP_BODY, was - 1, 0},
                                  c->mail_count);
}
