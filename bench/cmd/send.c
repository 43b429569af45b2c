/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround send`: our client on its own, against a server of others. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/json_out.h"
#include "bench/cmd/send_inner.h"
#include "bench/run/address.h"
#include "bench/run/host.h"
#include "bench/run/mailer.h"
#include "bench/run/offers.h"
#include "bench/tell/folder.h"
#include "bench/tell/stats.h"

enum { FILE_MAX = 1 << 30 };

static int read_file(struct sending *s, struct span *text)
{
    FILE *f = fopen(s->file, "re");
    long size = f && fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;

    if (size >= 0 && size <= FILE_MAX && fseek(f, 0, SEEK_SET) == 0)
        s->text = malloc((size_t)size + 1);
    if (!s->text || fread(s->text, 1, (size_t)size, f) != (size_t)size) {
        fprintf(stderr, "send: %s: %s\n", s->file,
                size > FILE_MAX ? "larger than 1 GiB" : strerror(errno));
        if (f)
            fclose(f);
        return -1;
    }
    fclose(f);
    *text = (struct span){s->text, (size_t)size};
    return 0;
}

static int use_file(struct sending *s, struct mail *m)
{
    struct span text;

    if (read_file(s, &text) < 0)
        return -1;
    s->stuffed = malloc(wire_stuff(NULL, text));
    s->plain = malloc(wire_crlf(NULL, text) + 1);
    if (!s->stuffed || !s->plain)
        return -1;
    m->stuffed = (struct span){s->stuffed, wire_stuff(s->stuffed, text)};
    m->plain = (struct span){s->plain, wire_crlf(s->plain, text)};
    return 0;
}

static void use_security(struct sending *s, struct client_config *k)
{
    const enum tls_use tls = s->wanted.tls;
    const enum auth_use auth = s->wanted.auth;

    if (tls != TLS_USE_NONE) {
        k->tls =
            tls == TLS_USE_IMPLICIT ? SECURITY_IMPLICIT : SECURITY_STARTTLS;
        k->opportunistic = tls == TLS_USE_OPPORTUNISTIC;
        s->cast.sending.tls = &s->secure.machine;
    }
    if (auth == AUTH_NONE)
        return;
    s->login = (struct login){
        auth == AUTH_PLAIN || auth == AUTH_PLAIN_LATER ? MECHANISM_PLAIN
                                                       : MECHANISM_LOGIN,
        auth == AUTH_PLAIN_LATER || auth == AUTH_LOGIN_LATER,
        s->secure.user[0].user, s->secure.user[0].password};
    k->login = &s->login;
}

/* Everything that is sent alike over each connection. */
static int make_mails(struct sending *s)
{
    struct client_config *k = &s->cast.sending.session;
    size_t rooms;

    for (size_t i = 0; i < s->to_count; i++)
        s->given_to[i].address = s->to[i];
    if (s->file && use_file(s, &k->mails[0]) < 0)
        return -1;
    for (size_t i = 0; i < k->mail_count; i++) {
        struct mail *m = &k->mails[i];

        m->from = s->from;
        m->stuffed = k->mails[0].stuffed;
        m->plain = k->mails[0].plain;
        if (s->to_count > 0) {
            m->to = s->given_to;
            m->recipients = s->to_count;
        }
    }
    rooms = k->mail_count * k->mails[0].recipients;
    k->mail_room = rooms < UINT32_MAX ? (uint32_t)rooms : UINT32_MAX;
    k->name = s->name;
    use_security(s, k);
    s->cast.sending.peer = s->server;
    s->cast.sending.memory =
        s->offers || s->connections > 1 ? &s->memory : NULL;
    return 0;
}

static bool said_of_recipient(const struct mail *m, int code)
{
    for (size_t i = 0; i < m->recipients; i++)
        if (m->to[i].code == code && code / 100 != 2)
            return true;
    return false;
}

static bool any_accepted(const struct mail *m)
{
    for (size_t i = 0; i < m->recipients; i++)
        if (m->to[i].code / 100 == 2)
            return true;
    return false;
}

/* swaks's exit statuses, by the command whose reply decided. */
static int status_of(const struct client *c, const struct mail *m, bool sent)
{
    if (c->end == CLIENT_TIMED_OUT)
        return EXIT_TIMED_OUT;
    if (c->end == CLIENT_REJECTED && c->end_step == STEP_GREETING)
        return 21;
    if (c->end == CLIENT_REJECTED && c->end_step == STEP_EHLO)
        return 22;
    if (c->end == CLIENT_REJECTED && c->end_step == STEP_AGAIN)
        return 32;
    if (c->end == CLIENT_NO_AUTH)
        return 28;
    if (c->end == CLIENT_NO_STARTTLS || c->end == CLIENT_INSECURE)
        return 29;
    if (m->code == 0)
        return EXIT_INVALID;
    if (sent && !c->used.bdat && (c->config->lmtp || m->prdr))
        return 26;
    if (any_accepted(m))
        return sent ? 26 : 25;
    return said_of_recipient(m, m->code) ? 24 : 23;
}

static void judge(struct sending *s, const struct delivery *d,
                  const struct mail *m, size_t mails)
{
    const struct client *c = &d->client;
    size_t messages = s->cast.sending.session.mail_count;

    for (size_t i = 0; i < mails; i++)
        for (size_t k = 0; k < m[i].recipients; k++)
            s->recipients[mail_recipient(&m[i], k)]++;
    for (size_t i = 0; i < messages; i++) {
        s->fates[m[i].fate]++;
        if (m[i].fate == MAIL_DELIVERED || s->status)
            continue;
        s->status = status_of(c, &m[i], i < d->mails_sent);
        snprintf(s->outcome, sizeof s->outcome, "%s%s%.0d: %s%s%s%s%.160s",
                 mail_fate_name(m[i].fate), m[i].code ? " " : "", m[i].code,
                 client_end_name(c->end), c->end_step == STEP_END ? "" : " at ",
                 c->end_step == STEP_END ? "" : step_name(c->end_step),
                 c->end == CLIENT_INSECURE ? ": " : "",
                 c->end == CLIENT_INSECURE ? delivery_tls_why(d) : "");
    }
}

static void done(void *arg, const struct delivery *d, const struct mail *m,
                 size_t mails)
{
    struct sending *s = arg;

    s->ended++;
    s->turnarounds += d->turnarounds;
    s->opened += d->connections;
    if (d->accepted_ns != NEVER_NS)
        s->accepted_ms[s->accepted_count++] =
            (double)(d->accepted_ns - d->started_ns) / 1e6;
    judge(s, d, m, mails);
}

static json_t *number(double n)
{
    return n == n ? json_real(n) : json_null();
}

static json_t *to_json(const struct sending *s, double seconds, double p50,
                       double p95)
{
    return json_pack(
        "{s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, "
        "s:o, s:o, s:i}",
        "schema", 1, "command", "send", "connections", (json_int_t)s->opened,
        "delivered", (json_int_t)s->fates[MAIL_DELIVERED], "deferred",
        (json_int_t)s->fates[MAIL_DEFERRED], "refused",
        (json_int_t)s->fates[MAIL_REFUSED], "uncertain",
        (json_int_t)s->fates[MAIL_UNCERTAIN], "recipients_accepted",
        (json_int_t)s->recipients[RECIPIENT_ACCEPTED], "recipients_deferred",
        (json_int_t)s->recipients[RECIPIENT_DEFERRED], "recipients_refused",
        (json_int_t)s->recipients[RECIPIENT_BOUNCED], "turnarounds",
        (json_int_t)s->turnarounds, "seconds", number(seconds),
        "accepted_p50_ms", number(p50), "accepted_p95_ms", number(p95),
        "outcome", *s->outcome ? json_string(s->outcome) : json_null(),
        "status", s->status);
}

static void print_text(const struct sending *s, double seconds, double p50,
                       double p95)
{
    size_t messages = 0;

    for (int f = 0; f <= MAIL_UNCERTAIN; f++)
        messages += s->fates[f];
    printf("%zu of %zu messages delivered over %zu connection%s, "
           "%zu turnaround%s\n",
           s->fates[MAIL_DELIVERED], messages, s->opened,
           s->opened == 1 ? "" : "s", s->turnarounds,
           s->turnarounds == 1 ? "" : "s");
    if (s->accepted_count > 0)
        printf("accepted after %.3f ms (median), %.3f ms (95 %%); %.3f s in "
               "all, %.0f messages/s\n",
               p50, p95, seconds, (double)s->fates[MAIL_DELIVERED] / seconds);
    if (s->recipients[RECIPIENT_DEFERRED] + s->recipients[RECIPIENT_BOUNCED])
        printf("recipients: %zu accepted, %zu deferred, %zu refused\n",
               s->recipients[RECIPIENT_ACCEPTED],
               s->recipients[RECIPIENT_DEFERRED],
               s->recipients[RECIPIENT_BOUNCED]);
    if (*s->outcome)
        printf("the first that was not delivered: %s\n", s->outcome);
}

static int tell(struct sending *s)
{
    double seconds = (double)(s->ended_ns - s->began_ns) / 1e9;
    double p50, p95;

    samples_sort(s->accepted_ms, s->accepted_count);
    p50 = samples_quantile(s->accepted_ms, s->accepted_count, 0.5);
    p95 = samples_quantile(s->accepted_ms, s->accepted_count, 0.95);
    if (s->json) {
        if (json_out("send", s->json_file, stdout,
                     to_json(s, seconds, p50, p95)) < 0)
            return EXIT_INVALID;
    } else {
        print_text(s, seconds, p50, p95);
    }
    return s->status;
}

/* A session is a descriptor; so many are the program's own. */
static bool enough_descriptors(const struct sending *s)
{
    const size_t own = 16, limit = host_raise_limit();

    if ((size_t)s->sessions + own <= limit)
        return true;
    fprintf(stderr,
            "send: --sessions: found %lld, but this process may have no more "
            "than %zu at a time: ulimit -Hn is %zu\n",
            (long long)s->sessions, limit > own ? limit - own : 0, limit);
    return false;
}

static int send_all(struct sending *s)
{
    struct mailer_config config = {s->cast.sending, (size_t)s->connections,
                                   (size_t)s->sessions, s->rate};
    char why[OFFERS_WHY];

    if (!enough_descriptors(s))
        return EXIT_INVALID;
    s->accepted_ms = malloc((size_t)s->connections * sizeof(double));
    if (!s->accepted_ms) {
        fputs("send: out of memory\n", stderr);
        return EXIT_INVALID;
    }
    if (s->offers && offers_load(&s->memory, s->offers, why) < 0) {
        fprintf(stderr, "send: --offers: %s\n", why);
        return EXIT_INVALID;
    }
    s->began_ns = host_now_ns();
    if (mailer_run(&config, done, s) < 0) {
        fprintf(stderr, "send: %s\n", strerror(errno));
        return EXIT_INVALID;
    }
    s->ended_ns = host_now_ns();
    if (s->offers && offers_save(&s->memory, s->offers, why) < 0) {
        fprintf(stderr, "send: --offers: %s\n", why);
        return EXIT_INVALID;
    }
    return tell(s);
}

static void check_auth(struct sending *s)
{
    bool clear = s->scenario.tls == TLS_USE_NONE;

    if (s->scenario.auth && s->secure.users == 0)
        send_complain(s, "auth",
                      "--user is needed too: NAME:PASSWORD, or @FILE");
    if (s->scenario.auth && clear && !s->secure.insecure &&
        !address_is_loopback(s->server))
        send_complain(
            s, "auth",
            "the password would go in the clear: wanted --tls starttls or "
            "implicit, or --tls-insecure");
}

/* The cast makes the messages alone: TLS is not a lab's, but the world's. */
static int make_secure(struct sending *s)
{
    char why[SECURE_WHY];

    s->wanted = s->scenario;
    s->scenario.tls = TLS_USE_NONE;
    s->scenario.tls_session = TLS_SESSION_FULL;
    s->scenario.auth = AUTH_NONE;
    if (s->wanted.tls == TLS_USE_NONE ||
        secure_flags_client(&s->secure, &s->wanted, s->host, why) == 0)
        return 0;
    fprintf(stderr, "send: %s\n", why);
    return -1;
}

/* RFC 8314, 7.3; QMTP has 209, and through TLS the 6209 of s/qmail. */
static uint16_t usual_port(const struct scenario *s)
{
    bool tls = s->tls == TLS_USE_IMPLICIT;

    if (manner_is_qmtp(s->manner))
        return tls ? 6209 : QMTP_PORT;
    return tls ? 465 : 25;
}

static int prepare(struct sending *s)
{
    char why[SCENARIO_WHY];

    if (!s->addressed)
        send_complain(s, "server", "is needed: HOST or HOST:PORT");
    if (strlen(s->name) > 255 || strpbrk(s->name, " \t\r\n") || !*s->name)
        send_complain(s, "name", "wanted a host name");
    if (s->sessions > s->connections)
        s->sessions = s->connections;
    s->scenario.world = WORLD_IDEAL;
    s->scenario.offer = OFFERING_COLD; /* what is known is in --offers */
    if (scenario_finish(&s->scenario, why) < 0) {
        fprintf(stderr, "send: %s\n", why);
        s->refused = true;
    }
    if (s->server.port == 0)
        s->server.port = usual_port(&s->scenario);
    if (s->scenario.terms.lmtp && s->server.port == 25)
        send_complain(
            s, "server",
            "port 25 is not for LMTP (RFC 2033, 5): wanted HOST:PORT");
    check_auth(s);
    if (s->refused)
        return EXIT_USAGE;
    if (make_secure(s) < 0)
        return EXIT_INVALID;
    if (cast_init(&s->cast, &s->scenario) < 0 || make_mails(s) < 0)
        return EXIT_INVALID;
    return EXIT_GOOD;
}

int send_main(int argc, char **argv)
{
    struct sending *s = calloc(1, sizeof *s);
    int first, result = EXIT_USAGE;

    if (!s)
        return EXIT_INVALID;
    s->connections = s->sessions = 1;
    secure_flags_init(&s->secure);
    s->from = "sender@client.example";
    s->name = "client.example";
    scenario_init(&s->scenario);
    first = flags_parse(argc, argv, &s->scenario, send_of_scenario, send_flags,
                        send_given, s);
    if (first == 0) {
        send_help(stdout);
        result = EXIT_GOOD;
    } else if (first > 0 && first < argc) {
        fprintf(stderr, "send: \"%s\" is no flag\n", argv[first]);
    } else if (first > 0) {
        result = prepare(s);
        if (result == EXIT_GOOD)
            result = send_all(s);
    }
    cast_release(&s->cast);
    scenario_release(&s->scenario);
    secure_flags_release(&s->secure);
    free(s->text);
    free(s->stuffed);
    free(s->plain);
    free(s->accepted_ms);
    free(s);
    return result;
}
