/* SPDX-License-Identifier: BSD-2-Clause */
/* What `turnaround send` is told. */
#include <stdlib.h>
#include <string.h>

#include "bench/cmd/send_inner.h"
#include "bench/run/address.h"

/* clang-format off */
const char *const send_of_scenario[] = {
    "mode", "body-by", "messages", "recipients", "body", "helo", "tfo", "tls",
    "tls-version", "tls-session", "auth", "extensions", "dsn",
    "timeout", "timeouts", "lmtp", "per-connection", NULL};

const struct flag send_flags[] = {
    {"server",      "HOST[:PORT]", "the server; port 25, or 465 with "
                                   "--tls implicit, unless told otherwise; "
                                   "209 or 6209 with --mode qmtp"},
    {"from",        "ADDRESS",  "the sender; <> is the null sender"},
    {"to",          "ADDRESS",  "a recipient; may be repeated, up to 1000 "
                                "times; else --recipients are made up"},
    {"file",        "FILE",     "the message, with its header; else --body "
                                "octets are made up"},
    {"name",        "NAME",     "what EHLO says"},
    {"connections", "N",        "connections in all (default 1)"},
    {"sessions",    "N",        "at a time (default 1)"},
    {"rate",        "N",        "connections begun in a second (default: as "
                                "they come)"},
    {"user",        "NAME:PASSWORD", "for --auth; or @FILE, whose first line "
                                "says it"},
    {"tls-ca",      "FILE",     "whom to trust, as PEM; else the system's "
                                "authorities"},
    {"tls-name",    "NAME",     "whose certificate it must be; else the "
                                "server's"},
    {"tls-insecure", NULL,      "take any certificate, and say a password in "
                                "the clear"},
    {"tls-cert",    "FILE",     "our own certificate, as PEM, if asked for"},
    {"tls-key",     "FILE",     "its key, as PEM"},
    {"keylog",      "FILE",     "add TLS keys to this file, in NSS's format"},
    {"offers",      "FILE",     "remember what servers offer, for early"},
    {"json",        "[FILE]",   "print JSON, or write it to a file"},
    {NULL, NULL, NULL},
};
/* clang-format on */

void send_help(FILE *to)
{
    fputs("usage: turnaround send --server HOST[:PORT] [FLAG]...\n\n"
          "Our SMTP client on its own: sends messages to one server, over one\n"
          "connection or many, and says how often it waited and how long.\n\n",
          to);
    flags_print_scenario(to, send_of_scenario);
    flags_print(to, send_flags);
    fputs("\nExamples:\n"
          "  turnaround send --server 127.0.0.1:2525 --to joe@example.test\n"
          "  turnaround send --server [::1]:2525 --mode lockstep "
          "--recipients 20\n"
          "  turnaround send --server 127.0.0.1:2525 --connections 1000 "
          "--sessions 10\n"
          "  turnaround send --server mx.example:25 --mode early --offers "
          "offers.json\n\n"
          "Exit status: 0 all delivered; 2 usage; 3 no connection, or it was\n"
          "lost; 124 timed out; and as swaks by where the first that failed\n"
          "did: 21 greeting, 22 EHLO, 23 MAIL, 24 no recipient, 25 DATA,\n"
          "26 the message, 28 AUTH, 29 TLS, 32 EHLO behind STARTTLS.\n",
          to);
}

void send_complain(struct sending *s, const char *name, const char *why)
{
    fprintf(stderr, "send: --%s: %s\n", name, why);
    s->refused = true;
}

/* What goes between < and > must not be able to end it. */
static bool is_address(const char *a)
{
    return strlen(a) <= 254 && !strpbrk(a, "<>\r\n") && !strchr(a, ' ');
}

static const char *take_path(struct sending *s, const char *name,
                             const char *value)
{
    if (strcmp(value, "<>") == 0)
        return "";
    if (!is_address(value))
        send_complain(s, name, "wanted an address, without < > and blanks");
    return value;
}

static void take_recipient(struct sending *s, const char *value)
{
    if (s->to_count == SEND_RECIPIENTS)
        send_complain(s, "to", "1000 of them are enough");
    else
        s->to[s->to_count++] = take_path(s, "to", value);
}

static void take_number(struct sending *s, const char *name, const char *value,
                        int64_t most, int64_t *n)
{
    char *end;
    long long got = strtoll(value, &end, 10);

    if (*value < '0' || *value > '9' || *end || got < 1 || got > most)
        send_complain(s, name, "wanted a whole number, at least 1");
    *n = got;
}

static void take_server(struct sending *s, const char *value)
{
    char why[ADDRESS_WHY];

    s->addressed = true;
    if (address_parse(value, 0, &s->server, why) < 0)
        send_complain(s, "server", why);
    address_host(value, s->host, sizeof s->host);
}

/* True: it was one of these. */
static bool take_secure(struct sending *s, const char *name, const char *value)
{
    struct secure_flags *f = &s->secure;
    char why[SECURE_WHY];

    if (strcmp(name, "user") == 0 && secure_flags_user(f, value, why) < 0)
        send_complain(s, name, why);
    else if (strcmp(name, "tls-ca") == 0)
        f->ca = value;
    else if (strcmp(name, "tls-name") == 0)
        f->name = value;
    else if (strcmp(name, "tls-insecure") == 0)
        f->insecure = true;
    else if (strcmp(name, "tls-cert") == 0)
        f->cert = value;
    else if (strcmp(name, "tls-key") == 0)
        f->key = value;
    else if (strcmp(name, "keylog") == 0)
        f->keylog = value;
    else
        return strcmp(name, "user") == 0;
    return true;
}

static void take_rate(struct sending *s, const char *value)
{
    char *end;

    s->rate = strtod(value, &end);
    if (end == value || *end || !(s->rate > 0 && s->rate < 1e7))
        send_complain(s, "rate", "wanted connections a second, above 0");
}

void send_given(void *arg, const char *name, const char *value)
{
    struct sending *s = arg;

    if (take_secure(s, name, value))
        return;
    if (strcmp(name, "server") == 0)
        take_server(s, value);
    else if (strcmp(name, "from") == 0)
        s->from = take_path(s, name, value);
    else if (strcmp(name, "to") == 0)
        take_recipient(s, value);
    else if (strcmp(name, "file") == 0)
        s->file = value;
    else if (strcmp(name, "name") == 0)
        s->name = value;
    else if (strcmp(name, "connections") == 0)
        take_number(s, name, value, 100000000, &s->connections);
    else if (strcmp(name, "sessions") == 0)
        take_number(s, name, value, 100000, &s->sessions);
    else if (strcmp(name, "rate") == 0)
        take_rate(s, value);
    else if (strcmp(name, "offers") == 0)
        s->offers = value;
    else {
        s->json = true;
        s->json_file = value;
    }
}
