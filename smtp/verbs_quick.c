/* SPDX-License-Identifier: BSD-2-Clause */
/* QUICKSTART, as the server does it, and the list of what is offered that its
 * greeting has in common with EHLO's reply. In profile B an ID stands for that
 * list, and for what the client was told by it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "smtp/seed.h"
#include "smtp/verbs_inner.h"

static void reply_auth(struct server *s, int code, char more)
{
    verbs_reply(s, BARE, "%d%cAUTH %s %s", code, more,
                mechanism_name(MECHANISM_PLAIN),
                mechanism_name(MECHANISM_LOGIN));
}

/* Another one for each client, and through TLS; nobody can know it who has not
 * been greeted, or whose greetings were not heard (-b-00). */
static void write_id(const struct server *s, char id[QHLO_ID])
{
    uint64_t state = s->config->qhlo_key ^ s->secure;

    for (size_t i = 0; i < sizeof s->peer.ip; i++) {
        state ^= s->peer.ip[i];
        state = seed_next(&state);
    }
    snprintf(id, QHLO_ID, "%016" PRIx64, seed_next(&state));
}

static void reply_quickstart(struct server *s, int code, char more)
{
    char id[QHLO_ID] = "";

    if (s->config->qhlo_key)
        write_id(s, id);
    verbs_reply(s, BARE, "%d%cQUICKSTART%s%s", code, more, *id ? " " : "", id);
}

static void reply_limits(struct server *s, int code, char more)
{
    char words[LIMITS_ROOM];

    if (s->config->flaws & FLAW_ODD_LIMITS)
        snprintf(words, sizeof words, " MAILMAX=0 RCPTMAX=1e9 RCPTDOMAINMAX=");
    else
        limits_say(&s->config->offer.limits, words);
    verbs_reply(s, BARE, "%d%cLIMITS%s", code, more, words);
}

void verbs_list(struct server *s, int code)
{
    const struct offer *o = &s->config->offer;
    uint32_t left = verbs_offered(s);

    for (int i = 0; i < OFFER_COUNT; i++) {
        char more;

        if (!(left >> i & 1))
            continue;
        left &= ~(1u << i);
        more = left ? '-' : ' ';
        if (1u << i == OFFER_SIZE && o->size_max > 0)
            verbs_reply(s, BARE, "%d%cSIZE %llu", code, more,
                        (unsigned long long)o->size_max);
        else if (1u << i == OFFER_AUTH)
            reply_auth(s, code, more);
        else if (1u << i == OFFER_QUICKSTART)
            reply_quickstart(s, code, more);
        else if (1u << i == OFFER_LIMITS)
            reply_limits(s, code, more);
        else
            verbs_reply(s, BARE, "%d%c%s", code, more, offer_name(i));
    }
}

/* Before TLS the greeting has told what is offered; behind STARTTLS nothing
 * has, so that the refusal does. */
static void refuse_id(struct server *s)
{
    s->wrong_id = true;
    if (s->secure) {
        verbs_reply(s, BARE, "520-%s wrong ID", s->config->name);
        verbs_list(s, 520);
    } else {
        verbs_reply(s, AT_ONCE, "504 wrong ID");
    }
}

void verbs_qhlo(struct server *s, struct span rest)
{
    struct span name = span_word(&rest), id = span_word(&rest);
    char right[QHLO_ID] = "";

    if (name.len == 0 || rest.len > 0) {
        verbs_reply(s, AT_ONCE, "501 syntax: QHLO domain [ID]");
        return;
    }
    verbs_end_mail(s, false);
    s->known_by_name = s->batch = false;
    if (s->config->qhlo_key)
        write_id(s, right);
    if (id.len != strlen(right) ||
        (id.len > 0 && memcmp(id.at, right, id.len) != 0)) {
        refuse_id(s);
        return;
    }
    s->known_by_name = true;
    s->wrong_id = false;
    s->client = checkpoint_client(name);
    verbs_reply(s, BARE, "250 %s takes QHLO", s->config->name);
}

/* It is not answered, but by the greeting inside TLS. */
void verbs_qtls(struct server *s, struct span rest)
{
    if (s->secure) {
        verbs_reply(s, AT_ONCE, "503 this is TLS");
    } else if (rest.len > 0) {
        verbs_reply(s, AT_ONCE, "501 QTLS takes no parameter");
    } else if (!s->config->can_secure) {
        verbs_reply(s, AT_ONCE, "454 TLS is not available");
    } else {
        s->state = SERVER_SECURING;
        s->idle_ns = NEVER_NS; /* the tls_machine times the handshake */
        s->tls_due = s->greet_due = true;
    }
}
