/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround send`: our client on its own, against a server of others. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/flags.h"
#include "bench/run/address.h"
#include "bench/run/cast.h"
#include "bench/run/host.h"
#include "bench/run/mailer.h"
#include "bench/run/offers.h"
#include "bench/tell/folder.h"
#include "bench/tell/stats.h"

/* clang-format off */
static const char *const of_scenario[] = {
    "mode", "body-by", "messages", "recipients", "body", "helo", "timeout",
    NULL};

static const struct flag own_flags[] = {
    {"server",      "HOST[:PORT]", "the server; port 25 unless told otherwise"},
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
    {"offers",      "FILE",     "remember what servers offer, for --mode early"},
    {"json",        "[FILE]",   "print JSON, or write it to a file"},
    {NULL, NULL, NULL},
};
/* clang-format on */

enum { RECIPIENTS = 1000, FILE_MAX = 1 << 30 };

struct sending {
    struct scenario scenario;
    struct cast cast; /* messages and recipients that are made up */
    struct endpoint server;
    const char *from, *file, *name, *offers, *json_file;
    const char *to[RECIPIENTS];
    size_t to_count;
    int64_t connections, sessions;
    double rate;
    bool json, refused, addressed;
    struct recipient given_to[RECIPIENTS];
    char *text, *stuffed, *plain; /* of --file */
    struct offer_memory memory;

    /* What came of it. */
    size_t fates[MAIL_UNCERTAIN + 1], ended, turnarounds, opened;
    double *accepted_ms;
    size_t accepted_count;
    int64_t began_ns, ended_ns;
    int status;        /* of the first connection that went wrong */
    char outcome[300]; /* of it */
};

static void help(FILE *to)
{
    fputs("usage: turnaround send --server HOST[:PORT] [FLAG]...\n\n"
          "Our SMTP client on its own: sends messages to one server, over one\n"
          "connection or many, and says how often it waited and how long.\n\n",
          to);
    flags_print_scenario(to, of_scenario);
    flags_print(to, own_flags);
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
          "26 the message.\n",
          to);
}

/* --- flags -------------------------------------------------------------- */

static void complain(struct sending *s, const char *name, const char *why)
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
        complain(s, name, "wanted an address, without < > and blanks");
    return value;
}

static void take_recipient(struct sending *s, const char *value)
{
    if (s->to_count == RECIPIENTS)
        complain(s, "to", "1000 of them are enough");
    else
        s->to[s->to_count++] = take_path(s, "to", value);
}

static void take_number(struct sending *s, const char *name, const char *value,
                        int64_t most, int64_t *n)
{
    char *end;
    long long got = strtoll(value, &end, 10);

    if (*value < '0' || *value > '9' || *end || got < 1 || got > most)
        complain(s, name, "wanted a whole number, at least 1");
    *n = got;
}

static void take_server(struct sending *s, const char *value)
{
    char why[ADDRESS_WHY];

    s->addressed = true;
    if (address_parse(value, 25, &s->server, why) < 0)
        complain(s, "server", why);
}

static void take_rate(struct sending *s, const char *value)
{
    char *end;

    s->rate = strtod(value, &end);
    if (end == value || *end || !(s->rate > 0 && s->rate < 1e7))
        complain(s, "rate", "wanted connections a second, above 0");
}

static void given(void *arg, const char *name, const char *value)
{
    struct sending *s = arg;

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

/* --- the message -------------------------------------------------------- */

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

/* Everything that is sent alike over each connection. */
static int make_mails(struct sending *s)
{
    struct client_config *k = &s->cast.sending.session;

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
    k->name = s->name;
    s->cast.sending.peer = s->server;
    s->cast.sending.memory =
        s->offers || s->connections > 1 ? &s->memory : NULL;
    return 0;
}

/* --- what came of it ---------------------------------------------------- */

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
    if (m->code == 0)
        return EXIT_INVALID;
    if (any_accepted(m))
        return sent ? 26 : 25;
    return said_of_recipient(m, m->code) ? 24 : 23;
}

static void judge(struct sending *s, const struct delivery *d,
                  const struct mail *m, size_t mails)
{
    const struct client *c = &d->client;

    for (size_t i = 0; i < mails; i++) {
        s->fates[m[i].fate]++;
        if (m[i].fate == MAIL_DELIVERED || s->status)
            continue;
        s->status = status_of(c, &m[i], i < c->mails_sent);
        snprintf(s->outcome, sizeof s->outcome, "%s%s%.0d: %s%s%s",
                 mail_fate_name(m[i].fate), m[i].code ? " " : "", m[i].code,
                 client_end_name(c->end), c->end_step == STEP_END ? "" : " at ",
                 c->end_step == STEP_END ? "" : step_name(c->end_step));
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

static int print_json(const struct sending *s, double seconds, double p50,
                      double p95)
{
    json_t *all = json_pack(
        "{s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:i}",
        "schema", 1, "command", "send", "connections", (json_int_t)s->opened,
        "delivered", (json_int_t)s->fates[MAIL_DELIVERED], "deferred",
        (json_int_t)s->fates[MAIL_DEFERRED], "refused",
        (json_int_t)s->fates[MAIL_REFUSED], "uncertain",
        (json_int_t)s->fates[MAIL_UNCERTAIN], "turnarounds",
        (json_int_t)s->turnarounds, "seconds", number(seconds),
        "accepted_p50_ms", number(p50), "accepted_p95_ms", number(p95),
        "outcome", *s->outcome ? json_string(s->outcome) : json_null(),
        "status", s->status);
    int result = s->json_file
                     ? json_dump_file(all, s->json_file, JSON_MANNER)
                     : json_dumpf(all, stdout, JSON_MANNER);

    if (!s->json_file)
        putchar('\n');
    json_decref(all);
    return result;
}

static void print_text(const struct sending *s, double seconds, double p50,
                       double p95)
{
    size_t messages = 0;

    for (int f = 0; f <= MAIL_UNCERTAIN; f++)
        messages += s->fates[f];
    printf("%zu of %zu messages delivered over %zu connection%s, "
           "%zu turnarounds\n",
           s->fates[MAIL_DELIVERED], messages, s->opened,
           s->opened == 1 ? "" : "s", s->turnarounds);
    if (s->accepted_count > 0)
        printf("accepted after %.3f ms (median), %.3f ms (95 %%); %.3f s in "
               "all, %.0f messages/s\n",
               p50, p95, seconds, (double)s->fates[MAIL_DELIVERED] / seconds);
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
        if (print_json(s, seconds, p50, p95) < 0)
            return EXIT_INVALID;
    } else {
        print_text(s, seconds, p50, p95);
    }
    return s->status;
}

static int send_all(struct sending *s)
{
    struct mailer_config config = {s->cast.sending, (size_t)s->connections,
                                   (size_t)s->sessions, s->rate};
    char why[OFFERS_WHY];

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

static int prepare(struct sending *s)
{
    char why[SCENARIO_WHY];

    if (!s->addressed)
        complain(s, "server", "is needed: HOST or HOST:PORT");
    if (strlen(s->name) > 255 || strpbrk(s->name, " \t\r\n") || !*s->name)
        complain(s, "name", "wanted a host name");
    if (s->sessions > s->connections)
        s->sessions = s->connections;
    s->scenario.world = WORLD_IDEAL;
    s->scenario.offer = OFFERING_COLD; /* what is known is in --offers */
    if (scenario_finish(&s->scenario, why) < 0) {
        fprintf(stderr, "send: %s\n", why);
        s->refused = true;
    }
    if (s->refused)
        return EXIT_USAGE;
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
    s->from = "sender@client.example";
    s->name = "client.example";
    scenario_init(&s->scenario);
    first =
        flags_parse(argc, argv, &s->scenario, of_scenario, own_flags, given, s);
    if (first == 0) {
        help(stdout);
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
    free(s->text);
    free(s->stuffed);
    free(s->plain);
    free(s->accepted_ms);
    free(s);
    return result;
}
