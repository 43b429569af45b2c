/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes with what, and into how many parts it comes. */
#include "bench/run/terms.h"

#include <stdio.h>
#include <string.h>

#include "bench/run/abilities.h"
#include "bench/run/scenario.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Which of them was asked for; NULL: none. */
static const char *any_of(const struct terms *t)
{
    return t->lmtp             ? "lmtp"
           : t->policies > 1   ? "policies"
           : t->offended       ? "offended"
           : t->limit_words    ? "limits"
           : t->per_connection ? "per-connection"
                               : NULL;
}

static const char *lmtp_nonsense(const struct scenario *s)
{
    if (!s->terms.lmtp)
        return NULL;
    if (s->helo)
        return "--lmtp opens a session by LHLO: --helo has no meaning with it";
    if (!(s->capabilities & OFFER_PIPELINING))
        return "--capabilities: LMTP always has PIPELINING (RFC 2033, 5): "
               "wanted it among them with --lmtp";
    if (mode_of(s->mode)->quick)
        return "--lmtp opens a session by LHLO, which QHLO does not stand for: "
               "--mode quickstart-a and -b have no meaning with it";
    if (s->extensions & OFFER_PRDR)
        return "--extensions PRDR has no meaning with --lmtp, where each "
               "recipient has a reply anyway";
    if (s->extensions & OFFER_CHECKPOINT)
        return "--extensions CHECKPOINT has no meaning with --lmtp: RFC 1845 "
               "remembers no replies of recipients";
    return NULL;
}

static const char *nonsense(const struct scenario *s)
{
    const struct terms *t = &s->terms;
    const char *lmtp = lmtp_nonsense(s);

    if (lmtp)
        return lmtp;
    if ((s->extensions & (OFFER_PRDR | OFFER_CHECKPOINT)) ==
        (OFFER_PRDR | OFFER_CHECKPOINT))
        return "--extensions: PRDR and CHECKPOINT do not go together: RFC "
               "1845 remembers no replies of recipients";
    if (t->offended > t->policies)
        return "--offended: wanted as many as --policies at most";
    if (s->recipients > TERMS_RECIPIENTS && (t->policies > 1 || t->limit_words))
        return "--limits and --policies: wanted --recipients up to 1000";
    return NULL;
}

/* What asks recipients makes mails of its own, and what hears no offer is told
 * of no limit. */
static int check_company(const struct scenario *s, char why[INQUIRY_WHY])
{
    const struct terms *t = &s->terms;
    const char *with = any_of(t), *mode = mode_of(s->mode)->name;
    bool arranged = manner_is_arranged(s->manner);

    if (with && s->ask.strategy) {
        snprintf(why, INQUIRY_WHY,
                 "--%s and --strategy do not go together: both divide a "
                 "message",
                 with);
        return -1;
    }
    if (with && strcmp(with, "per-connection") != 0 &&
        (arranged || manner_is_qmtp(s->manner))) {
        snprintf(why, INQUIRY_WHY,
                 "--%s has no meaning with --mode %s, which is %s", with, mode,
                 arranged ? "told nothing of it" : "no SMTP");
        return -1;
    }
    return 0;
}

static int check_connections(const struct scenario *s, char why[INQUIRY_WHY])
{
    const struct terms *t = &s->terms;
    size_t mails = terms_mails(s), most = (size_t)t->per_connection;
    size_t max = t->limits.mail_max;

    if (most == 0 || (max > 0 && max < most))
        most = max;
    if (most == 0 || mails <= most * TERMS_CONNECTIONS)
        return 0;
    snprintf(why, INQUIRY_WHY,
             "%zu messages, %zu in a connection: wanted %d connections at most",
             mails, most, TERMS_CONNECTIONS);
    return -1;
}

int terms_finish(struct scenario *s, char why[INQUIRY_WHY])
{
    const char *wrong = nonsense(s);
    char inner[LIMITS_WHY];

    if (wrong) {
        snprintf(why, INQUIRY_WHY, "%s", wrong);
        return -1;
    }
    if (s->terms.limit_words) /* they were judged when set */
        limits_parse(&s->terms.limits, s->terms.limit_words, inner);
    return check_company(s, why) < 0 ? -1 : check_connections(s, why);
}

struct portions terms_portions(const struct scenario *s)
{
    const struct terms *t = &s->terms;
    struct portions p = {(size_t)t->per_connection, 1};
    size_t max = t->limits.mail_max;

    if (!(s->capabilities & OFFER_LIMITS) || s->helo)
        return p;
    p.parts =
        limits_parts(&t->limits, (size_t)s->recipients, (size_t)t->domains);
    if (max > 0 && (p.session == 0 || max < p.session))
        p.session = max;
    return p;
}

size_t terms_mails(const struct scenario *s)
{
    const struct terms *t = &s->terms;
    size_t n = (size_t)s->recipients, parts = 1;
    struct limits server = {.rcpt_max = SERVER_RECIPIENTS};

    parts = limits_parts(&server, n, 1);
    if (limits_any(&t->limits))
        parts = limits_parts(&t->limits, n, (size_t)t->domains);
    if (t->policies > 1 || t->limits.rcpt_domain_max > 0)
        parts = n; /* as they come */
    return least((size_t)s->messages * least(parts, n), UINT32_MAX);
}

size_t terms_policy_of(void *scenario, struct span address)
{
    const struct scenario *s = scenario;

    return abilities_recipient(address) % (size_t)s->terms.policies;
}

const char *terms_verdict(void *scenario, size_t policy)
{
    const struct scenario *s = scenario;

    return policy < (size_t)s->terms.offended
               ? "550 5.7.1 not with this content"
               : NULL;
}
