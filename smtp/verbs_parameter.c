/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands behind the paths of MAIL and RCPT, a row each. */
#include "smtp/dsn.h"
#include "smtp/verbs_inner.h"

/* RFC 3207, 4.2: STARTTLS is not offered through TLS; REQUIRETLS is not
 * offered without (RFC 8689, 2); PRDR wants two others (draft-hall-prdr-00, 2),
 * and LMTP has no need of it. */
uint32_t verbs_offered(const struct server *s)
{
    const uint32_t along = OFFER_PIPELINING | OFFER_ENHANCEDSTATUSCODES;
    uint32_t has = s->config->offer.has & ~(uint32_t)OFFER_AUTH;

    if ((has & along) != along || s->config->lmtp)
        has &= ~(uint32_t)OFFER_PRDR;
    if (!limits_any(&s->config->offer.limits) &&
        !(s->config->flaws & FLAW_ODD_LIMITS))
        has &= ~(uint32_t)OFFER_LIMITS;
    if (s->config->lmtp) /* RFC 1845 knows no replies of recipients, QHLO is
                          * not LHLO */
        has &= ~(uint32_t)(OFFER_CHECKPOINT | OFFER_QUICKSTART);
    if (s->secure)
        has &= ~(uint32_t)OFFER_STARTTLS;
    else if (s->config->can_secure)
        has &= ~(uint32_t)OFFER_REQUIRETLS;
    return verbs_may_auth(s) ? has | OFFER_AUTH : has;
}

bool verbs_too_big(const struct server *s, uint64_t size)
{
    return s->config->offer.size_max > 0 && size > s->config->offer.size_max;
}

static bool is_body_type(struct span value)
{
    return span_is(value, "7BIT") || span_is(value, "8BITMIME");
}

/* RFC 1870 judges a size by its own code. */
static bool is_size(struct span value)
{
    uint64_t octets;

    return wire_number(value, &octets);
}

/* clang-format off */
static const struct parameter {
    const char *keyword;
    enum verb verb;
    uint32_t offer;              /* must be offered */
    bool (*fits)(struct span);   /* its value; NULL: it is judged elsewhere */
    const char *syntax;
} parameters[] = {
    {"SIZE",     VERB_MAIL, OFFER_SIZE,     is_size, "SIZE=octets"},
    {"BODY",     VERB_MAIL, OFFER_8BITMIME, is_body_type,
     "BODY=7BIT or BODY=8BITMIME"}, /* RFC 6152 */
    {"SMTPUTF8", VERB_MAIL, OFFER_SMTPUTF8, NULL, NULL}, /* RFC 6531 */
    {"REQUIRETLS", VERB_MAIL, OFFER_REQUIRETLS, NULL, NULL}, /* RFC 8689 */
    {"AUTH",     VERB_MAIL, OFFER_AUTH,     NULL, NULL}, /* RFC 4954, 5 */
    {"TRANSID",  VERB_MAIL, OFFER_CHECKPOINT, checkpoint_is_id,
     "TRANSID=<local@domain>, of 80 characters at most"}, /* RFC 1845 */
    {"PRDR",     VERB_MAIL, OFFER_PRDR,     NULL, NULL}, /* draft-hall-prdr */
    {"FOOBAR",   VERB_MAIL, OFFER_FOOBAR,   NULL, NULL},
    {"BARFOO",   VERB_MAIL, OFFER_BARFOO,   NULL, NULL},
    {"RET",      VERB_MAIL, OFFER_DSN,      dsn_is_ret, "RET=FULL or RET=HDRS"},
    {"ENVID",    VERB_MAIL, OFFER_DSN,      dsn_is_envid,
     "ENVID=xtext, of 100 characters at most"},
    {"CONPERM",  VERB_MAIL, OFFER_CONPERM,  NULL, NULL}, /* RFC 4141 */
    {"CONNEG",   VERB_RCPT, OFFER_CONNEG,   NULL, NULL},
    {"CAPS",     VERB_RCPT, OFFER_CAPABILITIES, NULL, NULL},
    {"NOTIFY",   VERB_RCPT, OFFER_DSN,      dsn_is_notify,
     "NOTIFY=NEVER or a list of SUCCESS,FAILURE,DELAY"},
    {"ORCPT",    VERB_RCPT, OFFER_DSN,      dsn_is_orcpt, "ORCPT=type;xtext"},
};
/* clang-format on */

enum { PARAMETERS = sizeof parameters / sizeof parameters[0] };

/* PARAMETERS: it is not known here. */
static size_t find(const struct server *s, enum verb verb, struct span keyword)
{
    size_t i = 0;

    while (i < PARAMETERS && (parameters[i].verb != verb ||
                              !span_is(keyword, parameters[i].keyword)))
        i++;
    return i < PARAMETERS && verbs_offered(s) & parameters[i].offer
               ? i
               : PARAMETERS;
}

static bool of_conversion(struct span keyword)
{
    return span_is(keyword, "CONPERM") || span_is(keyword, "CONNEG") ||
           span_is(keyword, "CAPS");
}

static uint64_t size_of(struct esmtp_parameter p)
{
    uint64_t octets = 0;

    return span_is(p.keyword, "SIZE") && wire_number(p.value, &octets) ? octets
                                                                       : 0;
}

/* RFC 5321, 4.1.1.11: 555 for a parameter that is not known; RFC 1870, 6.1:
 * 552 for a size that is too large; RFC 3461, 4: one of a kind. */
static bool fits(struct server *s, enum verb verb, struct esmtp_parameter p,
                 size_t i, uint32_t seen)
{
    if (!p.ok)
        verbs_reply(s, HELD, "501 syntax: keyword=value behind the path");
    else if (i == PARAMETERS && of_conversion(p.keyword))
        verbs_reply(s, HELD, "504 not supported"); /* RFC 4141, 3 and 4 */
    else if (i == PARAMETERS)
        verbs_reply(s, HELD, "555 %s parameter %.*s not known", verb_name(verb),
                    p.keyword.len < 40 ? (int)p.keyword.len : 40, p.keyword.at);
    else if (seen >> i & 1)
        verbs_reply(s, HELD, "501 syntax: %s twice", parameters[i].keyword);
    else if (parameters[i].fits && !parameters[i].fits(p.value))
        verbs_reply(s, HELD, "501 syntax: %s", parameters[i].syntax);
    else if (verb == VERB_RCPT && !verbs_asks(s, p))
        verbs_reply(s, HELD, "501 syntax: CONNEG[=REQUIRED|OPTIONAL] or CAPS");
    else if (verbs_too_big(s, size_of(p)))
        verbs_reply(s, HELD, "552 message size exceeds %llu",
                    (unsigned long long)s->config->offer.size_max);
    else
        return true;
    return false;
}

bool verbs_parameters(struct server *s, enum verb verb, struct span rest)
{
    uint32_t seen = 0;
    bool all = true;

    while (rest.len > 0 && all) {
        struct esmtp_parameter p = wire_parameter(&rest);
        size_t i = p.ok ? find(s, verb, p.keyword) : PARAMETERS;

        all = fits(s, verb, p, i, seen);
        if (p.ok && span_is(p.keyword, "TRANSID"))
            s->transid = p.value;
        s->prdr |= p.ok && span_is(p.keyword, "PRDR");
        seen |= i < PARAMETERS ? 1u << i : 0;
    }
    return all;
}
