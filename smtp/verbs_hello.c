/* SPDX-License-Identifier: BSD-2-Clause */
/* How a session is opened: HELO, EHLO and LHLO, and BSMTP. */
#include "smtp/verbs_inner.h"

static void meet(struct server *s, struct span name)
{
    verbs_end_mail(s, false);
    s->known_by_name = true;
    s->wrong_id = s->batch = false;
    s->client = checkpoint_client(name);
}

void verbs_helo(struct server *s, struct span rest)
{
    if (rest.len == 0) {
        verbs_reply(s, AT_ONCE, "501 who are you?");
        return;
    }
    meet(s, rest);
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

/* The keywords follow the name, a line each: RFC 5321, 4.1.1.1. */
void verbs_ehlo(struct server *s, struct span rest)
{
    if (s->config->flaws & (FLAW_HELO_ONLY | FLAW_PIX)) {
        verbs_reply(s, AT_ONCE, "500 command unrecognized");
        return;
    }
    if (rest.len == 0 || verbs_offered(s) == 0) {
        verbs_helo(s, rest);
        return;
    }
    meet(s, rest);
    verbs_reply(s, BARE, "250-%s", s->config->name);
    verbs_list(s, 250);
}
