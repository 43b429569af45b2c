/* SPDX-License-Identifier: BSD-2-Clause */
/* How a session is opened: HELO, EHLO and LHLO, and BSMTP. */
#include <stdio.h>

#include "smtp/verbs_inner.h"

void verbs_helo(struct server *s, struct span rest)
{
    if (rest.len == 0) {
        verbs_reply(s, AT_ONCE, "501 who are you?");
        return;
    }
    verbs_end_mail(s, false);
    s->known_by_name = true;
    s->client = checkpoint_client(rest);
    s->batch = false;
    verbs_reply(s, BARE, "250 %s", s->config->name);
}

/* In jest, but not entirely: ietf-smtp, 2018-09-03. With STARTTLS behind the
 * name it is that too, and is not said again. As in RFC 2442, 2, a failure of
 * one command does not put the others out of step. */
void verbs_bsmtp(struct server *s, struct span rest)
{
    struct span name = span_word(&rest), more = span_word(&rest);

    if (name.len == 0 || rest.len > 0 ||
        (more.len > 0 && !span_is(more, "STARTTLS"))) {
        verbs_reply(s, AT_ONCE, "501 syntax: BSMTP domain [STARTTLS]");
        return;
    }
    if (more.len > 0) {
        verbs_starttls(s, (struct span){NULL, 0});
        s->batch = s->tls_due;
        return;
    }
    verbs_end_mail(s, false);
    s->known_by_name = s->batch = true;
    verbs_reply(s, BARE, "250 %s", s->config->name);
}

static void reply_auth(struct server *s, bool last)
{
    verbs_reply(s, BARE, "250%cAUTH %s %s", last ? ' ' : '-',
                mechanism_name(MECHANISM_PLAIN),
                mechanism_name(MECHANISM_LOGIN));
}

static void reply_limits(struct server *s, bool last)
{
    char words[LIMITS_ROOM];

    if (s->config->flaws & FLAW_ODD_LIMITS)
        snprintf(words, sizeof words, " MAILMAX=0 RCPTMAX=1e9 RCPTDOMAINMAX=");
    else
        limits_say(&s->config->offer.limits, words);
    verbs_reply(s, BARE, "250%cLIMITS%s", last ? ' ' : '-', words);
}

/* The keywords follow the name, a line each: RFC 5321, 4.1.1.1. */
void verbs_ehlo(struct server *s, struct span rest)
{
    const struct offer *o = &s->config->offer;
    uint32_t left = verbs_offered(s);

    if (s->config->flaws & (FLAW_HELO_ONLY | FLAW_PIX)) {
        verbs_reply(s, AT_ONCE, "500 command unrecognized");
        return;
    }
    if (rest.len == 0 || left == 0) {
        verbs_helo(s, rest);
        return;
    }
    verbs_end_mail(s, false);
    s->known_by_name = true;
    s->client = checkpoint_client(rest);
    s->batch = false;
    verbs_reply(s, BARE, "250-%s", s->config->name);
    for (int i = 0; i < OFFER_COUNT; i++) {
        if (!(left >> i & 1))
            continue;
        left &= ~(1u << i);
        if (1u << i == OFFER_SIZE && o->size_max > 0)
            verbs_reply(s, BARE, "250%cSIZE %llu", left ? '-' : ' ',
                        (unsigned long long)o->size_max);
        else if (1u << i == OFFER_AUTH)
            reply_auth(s, left == 0);
        else if (1u << i == OFFER_LIMITS)
            reply_limits(s, left == 0);
        else
            verbs_reply(s, BARE, "250%c%s", left ? '-' : ' ', offer_name(i));
    }
}
