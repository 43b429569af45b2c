/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround serve`: our server on its own, for clients of others. */
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/flags.h"
#include "bench/cmd/secure_flags.h"
#include "bench/read/trace.h"
#include "bench/run/address.h"
#include "bench/run/host.h"
#include "bench/run/mailbox.h"
#include "smtp/qmtp_server.h"

/* clang-format off */
static const char *const of_scenario[] = {
    "capabilities", "flaw", "think", "greeting-delay", "tls", "tls-version",
    "tls-session", "tls-early-banner", NULL};

static const struct flag own_flags[] = {
    {"listen",  "ADDR:PORT", "where to listen; by default 127.0.0.1:2525, and "
                             "nothing but loopback unless --anywhere is given"},
    {"protocol", "smtp|qmtp", "what is spoken (default smtp)"},
    {"anywhere", NULL,       "--listen may name an address that others reach"},
    {"name",    "NAME",      "what the server calls itself"},
    {"size",    "BYTES",     "largest message taken, offered as SIZE"},
    {"refuse",  "ADDR=REPLY", "a recipient's own reply, such as "
                              "joe@example.test=550 no; may be repeated"},
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

enum { VERDICTS = 64 };

struct serving {
    struct scenario scenario; /* holds the parameters that are its own too */
    struct server_config config;
    struct endpoint at;
    struct verdict verdict[VERDICTS];
    const char *mailbox, *log_file;
    bool anywhere, logging, refused, full;
    bool qmtp;
    struct secure_flags secure;
    FILE *log;
    size_t sessions, mails, recipients;
};

struct session { /* one accepted connection */
    union {      /* the machine is the first of either */
        struct server server;
        struct qmtp_server qmtp;
    };
    struct tls_machine *tls; /* what it is within; NULL: nothing */
    struct machine *outermost;
    struct endpoint peer;
    struct kept { /* only where there is a mailbox */
        struct mailbox mailbox;
        struct server_config config;
    } * kept;
};

static void help(FILE *to)
{
    fputs("usage: turnaround serve [FLAG]...\n\n"
          "Our SMTP server on its own, until it is interrupted.\n\n",
          to);
    flags_print_scenario(to, of_scenario);
    flags_print(to, own_flags);
    fputs("\nFlaws:\n", to);
    for (int i = 0; i < FLAW_COUNT; i++)
        fprintf(to, "  %-16s %s\n", flaw_name(i), flaw_what(i));
    fputs("\nExamples:\n"
          "  turnaround serve\n"
          "  turnaround serve --listen 127.0.0.1:2501 --capabilities "
          "PIPELINING --log\n"
          "  turnaround serve --flaw flush-on-error --refuse "
          "'joe@example.test=550 no such user'\n"
          "  turnaround serve --mailbox /tmp/mail --think 20ms\n\n"
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

static void take_verdict(struct serving *s, char *value)
{
    char *equals = strrchr(value, '=');

    if (!equals || !is_reply(equals + 1))
        complain(s, "refuse",
                 "wanted ADDRESS=REPLY, such as "
                 "joe@example.test=550 no such user");
    else if (s->config.verdict_count == VERDICTS)
        complain(s, "refuse", "64 of them are enough");
    else {
        *equals = '\0';
        s->verdict[s->config.verdict_count++] =
            (struct verdict){value, equals + 1};
    }
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
    if (!s->qmtp && strcmp(value, "smtp") != 0)
        complain(s, "protocol", "wanted smtp or qmtp");
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

static void given(void *arg, const char *name, const char *value)
{
    struct serving *s = arg;

    if (take_secure(s, name, value))
        return;
    if (strcmp(name, "listen") == 0)
        take_address(s, value);
    else if (strcmp(name, "protocol") == 0)
        take_protocol(s, value);
    else if (strcmp(name, "anywhere") == 0)
        s->anywhere = true;
    else if (strcmp(name, "name") == 0)
        s->config.name = value;
    else if (strcmp(name, "size") == 0)
        s->config.offer.size_max = (uint64_t)take_like(s, "body", name, value);
    else if (strcmp(name, "refuse") == 0)
        take_verdict(s, (char *)(uintptr_t)value);
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
                       : s->secure.users > 0                ? "user"
                       : s->config.auth_required            ? "require-auth"
                                                            : NULL;

    if (s->qmtp && with)
        complain(s, with, "has no meaning with --protocol qmtp");
}

static bool ready(struct serving *s)
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
    s->config.flaws = s->scenario.flaws;
    s->config.think_ns = s->scenario.think_ns;
    s->config.greeting_delay_ns = s->scenario.greeting_delay_ns;
    s->config.verdicts = s->verdict;
    check_qmtp(s);
    make_secure(s);
    return !s->refused;
}

struct secure_session { /* found by its machine, which is first */
    struct tls_machine tls;
    struct session *session;
};

static int put_within_tls(const struct serving *s, struct session *n)
{
    struct secure_session *t;

    n->tls = NULL;
    n->outermost = &n->server.machine;
    if (!s->config.can_secure)
        return 0;
    t = malloc(sizeof *t);
    if (!t)
        return -1;
    t->session = n;
    tls_machine_init(&t->tls, &s->secure.machine, &n->server.machine);
    n->tls = &t->tls;
    n->outermost = &t->tls.machine;
    return 0;
}

static struct session *session_of(const struct serving *s, struct machine *m)
{
    return s->config.can_secure ? ((struct secure_session *)m)->session
                                : (struct session *)m;
}

static struct machine *accept_session(void *arg, struct endpoint peer)
{
    struct serving *s = arg;
    struct session *n = malloc(sizeof *n);
    const struct server_config *config = &s->config;

    if (!n)
        return NULL;
    n->peer = peer;
    n->kept = s->mailbox ? malloc(sizeof *n->kept) : NULL;
    if (n->kept) {
        mailbox_init(&n->kept->mailbox, s->mailbox);
        n->kept->config = s->config;
        n->kept->config.sink = &n->kept->mailbox.sink;
        config = &n->kept->config;
    } else if (s->mailbox) {
        free(n);
        return NULL;
    }
    if (put_within_tls(s, n) < 0) {
        free(n->kept);
        free(n);
        return NULL;
    }
    if (s->qmtp)
        qmtp_server_init(&n->qmtp, config);
    else
        server_init(&n->server, config);
    return n->outermost;
}

/* What the session came to, whatever it spoke. */
struct came_to {
    size_t mails, recipients, replies;
    uint64_t text_bytes;
    bool secure, early_talker, authenticated;
};

static struct came_to came_to(const struct serving *s, const struct session *n)
{
    const struct server *v = &n->server;
    const struct qmtp_server *q = &n->qmtp;

    if (s->qmtp)
        return (struct came_to){.mails = q->mails,
                                .recipients = q->recipients,
                                .replies = q->replies,
                                .text_bytes = q->text_bytes,
                                .secure = q->secure};
    return (struct came_to){v->mails,        v->recipients, v->replies,
                            v->text_bytes,   v->secure,     v->early_talker,
                            v->authenticated};
}

/* "TLS 1.3", or why there is none; null where none was asked for. */
static json_t *describe_tls(const struct session *n, bool secure)
{
    const struct tls_engine *e = n->tls ? &n->tls->engine : NULL;

    if (!e || (!secure && !*e->why))
        return json_null();
    return json_string(*e->why ? e->why : tls_version_name(e->version));
}

static void log_session(struct serving *s, const struct session *n,
                        const struct came_to *v)
{
    char peer[ENDPOINT_TEXT];
    json_t *line = json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:b, s:b, s:o}", "client",
        endpoint_text(&n->peer, peer), "messages", (json_int_t)v->mails,
        "recipients", (json_int_t)v->recipients, "body_bytes",
        (json_int_t)v->text_bytes, "replies", (json_int_t)v->replies,
        "spoke_before_greeting", (int)v->early_talker, "authenticated",
        (int)v->authenticated, "tls", describe_tls(n, v->secure));

    json_dumpf(line, s->log, JSON_COMPACT);
    fputc('\n', s->log);
    fflush(s->log);
    json_decref(line);
}

static void end_session(void *arg, struct machine *m)
{
    struct serving *s = arg;
    struct session *n = session_of(s, m);
    struct came_to v = came_to(s, n);

    s->sessions++;
    s->mails += v.mails;
    s->recipients += v.recipients;
    if (s->log)
        log_session(s, n, &v);
    if (n->kept)
        mailbox_release(&n->kept->mailbox);
    free(n->kept);
    if (n->tls)
        tls_machine_release(n->tls);
    free(n->tls);
    free(n);
}

/* A descriptor that tells of Ctrl-C and of kill. */
static int interruptions(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Said once: the kernel keeps the clients in its queue meanwhile. */
static void tell_full(void *arg, int error)
{
    struct serving *s = arg;

    if (!s->full)
        fprintf(stderr,
                "serve: %s (ulimit -Hn is %zu): clients wait until "
                "others leave\n",
                strerror(error), host_raise_limit());
    s->full = true;
}

static int serve(struct serving *s)
{
    const struct host_acceptor acceptor = {s, accept_session, end_session};
    struct host *h = host_new();
    int stop = interruptions(), result = EXIT_INVALID;
    char at[ENDPOINT_TEXT];

    host_raise_limit();
    if (h)
        host_on_full(h, tell_full, s);
    if (h && stop >= 0 && host_stop_on(h, stop) == 0 &&
        host_listen(h, &s->at, &acceptor) == 0) {
        fprintf(stderr, "serve: listening on %s\n", endpoint_text(&s->at, at));
        if (host_run(h, NEVER_NS) == 0)
            result = EXIT_GOOD;
    }
    if (result != EXIT_GOOD)
        fprintf(stderr, "serve: %s: %s\n", endpoint_text(&s->at, at),
                strerror(errno));
    host_free(h);
    fprintf(stderr, "serve: %zu sessions, %zu messages to %zu recipients\n",
            s->sessions, s->mails, s->recipients);
    if (s->log && s->log_file)
        fclose(s->log);
    if (stop >= 0)
        close(stop);
    return result;
}

int serve_main(int argc, char **argv)
{
    struct serving s = {.at = {{127, 0, 0, 1}, 4, 2525}};
    int first, result = EXIT_USAGE;

    secure_flags_init(&s.secure);
    scenario_init(&s.scenario);
    server_defaults(&s.config, "server.example");
    first =
        flags_parse(argc, argv, &s.scenario, of_scenario, own_flags, given, &s);
    if (first == 0) {
        help(stdout);
        result = EXIT_GOOD;
    } else if (first > 0 && first < argc) {
        fprintf(stderr, "serve: \"%s\" is no flag\n", argv[first]);
    } else if (first > 0 && !s.refused && ready(&s)) {
        result = serve(&s);
    }
    secure_flags_release(&s.secure);
    scenario_release(&s.scenario);
    return result;
}
