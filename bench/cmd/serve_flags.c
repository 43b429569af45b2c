/* SPDX-License-Identifier: BSD-2-Clause */
/* What `turnaround serve` is told. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bench/cmd/serve_inner.h"
#include "bench/run/address.h"
#include "bench/run/mailbox.h"

/* clang-format off */
const char *const serve_of_scenario[] = {
    "capabilities", "flaw", "think", "greeting-delay", "tls", "tls-version",
    "tls-session", "tls-early-banner", "limits", "cut-body", NULL};

const struct flag serve_flags[] = {
    {"listen",  "ADDR:PORT", "where to listen; by default 127.0.0.1:2525, and "
                             "nothing but loopback unless --anywhere is given"},
    {"protocol", "smtp|lmtp|qmtp", "what is spoken (default smtp)"},
    {"qhlo-ids", NULL,       "QUICKSTART is offered, and of profile B: QHLO "
                             "wants the ID that the greeting names"},
    {"anywhere", NULL,       "--listen may name an address that others reach"},
    {"name",    "NAME",      "what the server calls itself"},
    {"size",    "BYTES",     "largest message taken, offered as SIZE"},
    {"refuse",  "ADDR=REPLY", "a recipient's own reply, such as "
                              "joe@example.test=550 no; may be repeated"},
    {"refuse-content", "ADDR=REPLY", "the same behind a body, where each "
                              "recipient has a reply (LMTP, PRDR); else he "
                              "wants a transaction of his own"},
    {"mailbox", "DIR",       "keep mail in this Maildir; else it is counted "
                             "and thrown away"},
    {"user",    "NAME:PASSWORD", "who may say AUTH; or @FILE with a line for "
                             "each; may be repeated"},
    {"require-auth", NULL,   "no mail without AUTH"},
    {"tls-cert", "FILE",     "our certificate and its issuers, as PEM; else one "
                             "is made that nobody trusts"},
    {"tls-key", "FILE",      "its key, as PEM"},
    {"tls-ca",  "FILE",      "ask clients for certificates by these, as PEM"},
    {"tls-insecure", NULL,   "... and take any"},
    {"keylog",  "FILE",      "add TLS keys to this file, in NSS's format"},
    {"idle",    "TIME",      "patience with a silent client (default 5m)"},
    {"log",     "[FILE]",    "a line of JSON for each session, to a file or "
                             "to the standard output"},
    {NULL, NULL, NULL},
};
/* clang-format on */

void serve_help(FILE *to)
{
    fputs("usage: turnaround serve [FLAG]...\n\n"
          "Our SMTP server on its own, until it is interrupted.\n\n",
          to);
    flags_print_scenario(to, serve_of_scenario);
    flags_print(to, serve_flags);
    fputs("\nFlaws:\n", to);
    for (int i = 0; i < FLAW_COUNT; i++)
        fprintf(to, "  %-16s %s\n", flaw_name(i), flaw_what(i));
    fputs("\nExamples:\n"
          "  turnaround serve\n"
          "  turnaround serve --listen 127.0.0.1:2501 --capabilities "
          "PIPELINING --log\n"
          "  turnaround serve --flaw flush-on-error --refuse "
          "'joe@example.test=550 no such user'\n"
          "  turnaround serve --mailbox /tmp/mail --think 20ms\n"
          "  turnaround serve --protocol lmtp --listen 127.0.0.1:2424 \\\n"
          "      --refuse-content 'joe@example.test=550 not with this "
          "content'\n\n"
          "Exit status: 0 interrupted; 2 usage; 3 it could not serve.\n",
          to);
}

static void complain(struct serving *s, const char *name, const char *why)
{
    fprintf(stderr, "serve: --%s: %s\n", name, why);
    s->refused = true;
}

static void take_address(struct serving *s, const char *value)
{
    char why[ADDRESS_WHY];

    if (address_parse(value, 2525, &s->at, why) < 0)
        complain(s, "listen", why);
}

static bool is_reply(const char *text)
{
    return strspn(text, "0123456789") == 3 && *text >= '2' && *text <= '5' &&
           (text[3] == ' ' || text[3] == '\0') && strlen(text) < 500 &&
           !strpbrk(text, "\r\n");
}

static void take_verdict(struct serving *s, const char *name, char *value,
                         struct verdict to[SERVE_VERDICTS], size_t *count)
{
    char *equals = strrchr(value, '=');

    if (!equals || !is_reply(equals + 1))
        complain(s, name,
                 "wanted ADDRESS=REPLY, such as "
                 "joe@example.test=550 no such user");
    else if (*count == SERVE_VERDICTS)
        complain(s, name, "64 of them are enough");
    else {
        *equals = '\0';
        to[(*count)++] = (struct verdict){value, equals + 1};
    }
}

/* Each of those with a reply of his own has a policy of his own; 0 is that of
 * all others. */
static size_t policy_of(void *serving, struct span address)
{
    const struct serving *s = serving;
    size_t i = 0;

    while (i < s->content_count && !span_is(address, s->content[i].address))
        i++;
    return i < s->content_count ? i + 1 : 0;
}

static const char *content_verdict(void *serving, size_t policy)
{
    const struct serving *s = serving;

    return policy > 0 ? s->content[policy - 1].reply : NULL;
}

/* Values that some parameter of the scenario reads too. */
static int64_t take_like(struct serving *s, const char *parameter,
                         const char *name, const char *value)
{
    const struct parameter *p = parameter_named(parameter);
    char why[SCENARIO_WHY];

    if (scenario_set(&s->scenario, p, value, why) < 0)
        complain(s, name, strchr(why, ':') + 2);
    return *(int64_t *)((char *)&s->scenario + p->offset);
}

static void take_protocol(struct serving *s, const char *value)
{
    s->qmtp = strcmp(value, "qmtp") == 0;
    s->config.lmtp = strcmp(value, "lmtp") == 0;
    if (!s->qmtp && !s->config.lmtp && strcmp(value, "smtp") != 0)
        complain(s, "protocol", "wanted smtp, lmtp or qmtp");
}

/* True: it was one of these. */
static bool take_secure(struct serving *s, const char *name, const char *value)
{
    struct secure_flags *f = &s->secure;
    char why[SECURE_WHY];

    if (strcmp(name, "user") == 0 && secure_flags_user(f, value, why) < 0)
        complain(s, name, why);
    else if (strcmp(name, "require-auth") == 0)
        s->config.auth_required = true;
    else if (strcmp(name, "tls-cert") == 0)
        f->cert = value;
    else if (strcmp(name, "tls-key") == 0)
        f->key = value;
    else if (strcmp(name, "tls-ca") == 0)
        f->ca = value;
    else if (strcmp(name, "tls-insecure") == 0)
        f->insecure = true;
    else if (strcmp(name, "keylog") == 0)
        f->keylog = value;
    else
        return strcmp(name, "user") == 0;
    return true;
}

void serve_given(void *arg, const char *name, const char *value)
{
    struct serving *s = arg;

    if (take_secure(s, name, value))
        return;
    if (strcmp(name, "listen") == 0)
        take_address(s, value);
    else if (strcmp(name, "protocol") == 0)
        take_protocol(s, value);
    else if (strcmp(name, "qhlo-ids") == 0)
        s->qhlo_ids = true;
    else if (strcmp(name, "anywhere") == 0)
        s->anywhere = true;
    else if (strcmp(name, "name") == 0)
        s->config.name = value;
    else if (strcmp(name, "size") == 0)
        s->config.offer.size_max = (uint64_t)take_like(s, "body", name, value);
    else if (strcmp(name, "refuse") == 0)
        take_verdict(s, name, (char *)(uintptr_t)value, s->verdict,
                     &s->config.verdict_count);
    else if (strcmp(name, "refuse-content") == 0)
        take_verdict(s, name, (char *)(uintptr_t)value, s->content,
                     &s->content_count);
    else if (strcmp(name, "mailbox") == 0)
        s->mailbox = value;
    else if (strcmp(name, "idle") == 0)
        s->config.idle_timeout_ns = take_like(s, "timeout", name, value);
    else {
        s->logging = true;
        s->log_file = value;
    }
}

static void make_secure(struct serving *s)
{
    const struct scenario *x = &s->scenario;
    char why[SECURE_WHY];

    s->config.accounts = s->secure.user;
    s->config.account_count = s->secure.users;
    if (s->config.auth_required && s->secure.users == 0)
        complain(s, "require-auth", "--user is needed too");
    if (x->tls == TLS_USE_OPPORTUNISTIC)
        complain(s, "tls", "wanted none, starttls or implicit");
    if (x->tls_version == TLS_RELEASE_12 &&
        (x->tls_session == TLS_SESSION_0RTT || x->tls_early_banner))
        complain(s, "tls-version", "TLS 1.2 has no 0-RTT, nor early banners");
    if (x->tls == TLS_USE_NONE || s->refused)
        return;
    s->config.can_secure = true;
    if (x->tls == TLS_USE_STARTTLS)
        s->config.offer.has |= OFFER_STARTTLS;
    if (secure_flags_server(&s->secure, x, s->config.name, why) == 0)
        return;
    fprintf(stderr, "serve: %s\n", why);
    s->refused = true;
}

/* What QMTP has not: no commands, no offer and no greeting; and a text that
 * came as 0-RTT data could be replayed. */
static void check_qmtp(struct serving *s)
{
    const struct scenario *x = &s->scenario;
    const char *with = x->capabilities != SCENARIO_CAPABILITIES ? "capabilities"
                       : x->flaws                               ? "flaw"
                       : x->greeting_delay_ns ? "greeting-delay"
                       : x->tls_early_banner  ? "tls-early-banner"
                       : x->tls != TLS_USE_NONE && x->tls != TLS_USE_IMPLICIT
                           ? "tls starttls"
                       : x->tls_session == TLS_SESSION_0RTT ? "tls-session 0rtt"
                       : s->qhlo_ids                        ? "qhlo-ids"
                       : s->secure.users > 0                ? "user"
                       : s->config.auth_required            ? "require-auth"
                       : x->terms.limit_words               ? "limits"
                       : x->cut_octets                      ? "cut-body"
                       : s->content_count > 0               ? "refuse-content"
                                                            : NULL;

    if (s->qmtp && with)
        complain(s, with, "has no meaning with --protocol qmtp");
}

/* A key that nobody knows, as long as the program runs. */
static void make_ids(struct serving *s)
{
    uint64_t *key = &s->config.qhlo_key;

    s->config.offer.has |= OFFER_QUICKSTART | OFFER_PIPELINING;
    if (getrandom(key, sizeof *key, 0) != sizeof *key)
        complain(s, "qhlo-ids", strerror(errno));
    *key |= *key == 0;
}

/* What it takes at a time, of whom, and how it answers. */
static void use_terms(struct serving *s)
{
    const char *words = s->scenario.terms.limit_words;
    char why[LIMITS_WHY];

    if (words) /* they were judged when set */
        limits_parse(&s->config.offer.limits, words, why);
    s->policies = (struct policies){s, policy_of, content_verdict};
    if (s->content_count > 0)
        s->config.policies = &s->policies;
    if (!s->config.lmtp)
        return;
    if (!(s->config.offer.has & OFFER_PIPELINING))
        complain(s, "capabilities",
                 "LMTP always has PIPELINING (RFC 2033, 5): wanted it among "
                 "them");
    if (s->qhlo_ids)
        complain(s, "qhlo-ids", "QHLO does not stand for LMTP's LHLO");
    if (s->at.port == 25)
        complain(s, "listen", "port 25 is not for LMTP: RFC 2033, 5");
    server_speak_lmtp(&s->config);
}

bool serve_ready(struct serving *s)
{
    const char *name = s->config.name;

    if (!address_is_loopback(s->at) && !s->anywhere)
        complain(s, "listen",
                 "others can reach this address: say --anywhere "
                 "if that is meant");
    if (!*name || strlen(name) > 255 || strpbrk(name, " \t\r\n"))
        complain(s, "name", "wanted a host name");
    if (s->mailbox && mailbox_make(s->mailbox) < 0)
        complain(s, "mailbox", strerror(errno));
    if (s->logging)
        s->log = s->log_file ? fopen(s->log_file, "ae") : stdout;
    if (s->logging && !s->log)
        complain(s, "log", strerror(errno));
    s->config.offer.has = s->scenario.capabilities;
    if (s->config.offer.size_max > 0)
        s->config.offer.has |= OFFER_SIZE;
    if (s->qhlo_ids)
        make_ids(s);
    s->config.flaws = s->scenario.flaws;
    s->config.think_ns = s->scenario.think_ns;
    s->config.greeting_delay_ns = s->scenario.greeting_delay_ns;
    s->config.verdicts = s->verdict;
    s->checkpoint.cut_octets = (uint64_t)s->scenario.cut_octets;
    if (s->checkpoint.cut_octets || s->config.offer.has & OFFER_CHECKPOINT)
        s->config.checkpoint = &s->checkpoint;
    use_terms(s);
    check_qmtp(s);
    make_secure(s);
    return !s->refused;
}
