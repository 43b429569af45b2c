/* SPDX-License-Identifier: BSD-2-Clause */
/* turnaround analyze: what a capture says about the mail in it. */
#include "bench/cmd/cmd.h"
#include "bench/read/trace.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A person reads so many rows of one conversation; -v shows all. */
enum { ROWS_SHOWN = 24 };

struct analysis {
    const char *path;
    bool all;          /* conversations without mail, and every flight */
    FILE *text, *json; /* NULL: not wanted */
    size_t shown;
};

static const char usage_text[] =
    "usage: turnaround analyze [-v] [--json[=FILE]] FILE.pcap\n"
    "\n"
    "Finds every TCP conversation in a capture (pcap or pcapng; - is the\n"
    "standard input), knows mail by its content, not by its port, and tells\n"
    "how often its client stood and waited for the server, when, and for\n"
    "what. The count is that of RFC 2920, section 4: the greeting and a wait\n"
    "inside a TLS handshake count, the TCP handshake does not. It is exact\n"
    "for a capture taken at the client.\n"
    "\n"
    "  -v, --verbose  list conversations without mail too, and every flight\n"
    "  --json         print JSON instead; times in ms, unknown ones are null\n"
    "  --json=FILE    write the JSON to FILE beside the text\n"
    "  -h, --help     this text\n"
    "\n"
    "Examples:\n"
    "  turnaround analyze session.pcap\n"
    "  turnaround analyze --json session.pcap | jq '.conversations[0]'\n"
    "  tcpdump -w - port 25 | turnaround analyze -\n"
    "\n"
    "Exit status: 0 the file was read; 2 usage; 3 the file cannot be read, or\n"
    "not to its end: what was read is printed, and the JSON says truncated.\n";

static void add_ms(json_t *o, const char *key, int64_t ns)
{
    json_object_set_new(
        o, key, ns == UNKNOWN_NS ? json_null() : json_real((double)ns / 1e6));
}

static void add_count(json_t *o, const char *key, uint64_t n)
{
    json_object_set_new(o, key, json_integer((json_int_t)n));
}

/* What a server calls itself may be no UTF-8: other bytes become '?'. */
static json_t *text_json(const char *text)
{
    json_t *s = json_string(text);
    char plain[128];
    size_t i = 0;

    if (s)
        return s;
    for (; i < sizeof plain - 1 && text[i]; i++)
        plain[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    plain[i] = 0;
    return json_string(plain);
}

static json_t *flights_json(const struct conversation *c)
{
    json_t *list = json_array();

    for (size_t i = 0; i < c->flight_count; i++) {
        json_t *o = json_object();

        add_ms(o, "at_ms", c->flights[i].at_ns);
        add_count(o, "bytes", c->flights[i].bytes);
        json_object_set_new(o, "says", text_json(c->flights[i].says));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *waits_json(const struct conversation *c)
{
    json_t *list = json_array();

    for (size_t i = 0; i < c->wait_count; i++) {
        const struct wait *w = &c->waits[i];
        json_t *o = json_object();

        add_ms(o, "begin_ms", w->begin_ns);
        add_ms(o, "heard_ms", w->heard_ns);
        add_ms(o, "end_ms", w->end_ns);
        json_object_set_new(o, "asked", text_json(w->asked));
        json_object_set_new(o, "answered", text_json(w->answered));
        json_object_set_new(o, "tls", json_boolean(w->in_tls));
        json_array_append_new(list, o);
    }
    return list;
}

static const char *side_name(enum trace_side side)
{
    return side == SIDE_CLIENT ? "client" : "server";
}

static json_t *conversation_json(const struct conversation *c)
{
    char text[ENDPOINT_TEXT];
    json_t *o = json_object();

    json_object_set_new(o, "client",
                        json_string(endpoint_text(&c->client, text)));
    json_object_set_new(o, "server",
                        json_string(endpoint_text(&c->server, text)));
    json_object_set_new(o, "mail", json_boolean(c->mail));
    add_count(o, "turnarounds", c->turnarounds);
    add_count(o, "turnarounds_tls", c->turnarounds_tls);
    add_ms(o, "rtt_ms", c->rtt_ns);
    json_object_set_new(o, "rtt_estimated", json_boolean(c->rtt_estimated));
    add_ms(o, "tcp_handshake_ms", c->tcp_handshake_ns);
    add_ms(o, "accepted_ms", c->accepted_ns);
    add_ms(o, "closed_ms", c->closed_ns);
    json_object_set_new(o, "start_s", json_real((double)c->start_ns / 1e9));
    json_object_set_new(o, "banner",
                        c->banner[0] ? text_json(c->banner) : json_null());
    json_object_set_new(o, "one_sided",
                        c->one_sided == SIDE_BOTH
                            ? json_null()
                            : json_string(side_name(c->one_sided)));
    json_object_set_new(o, "from_start", json_boolean(c->from_start));
    add_count(o, "packets", c->packets);
    add_count(o, "retransmissions", c->retransmissions);
    add_count(o, "client_bytes", c->client_bytes);
    add_count(o, "server_bytes", c->server_bytes);
    add_count(o, "missing_bytes", c->missing_bytes);
    json_object_set_new(o, "flights", flights_json(c));
    json_object_set_new(o, "waits", waits_json(c));
    return o;
}

static void print_json(const struct analysis *a, const struct conversation *c)
{
    json_t *o = conversation_json(c);

    fputs(a->shown ? ",\n" : "\n", a->json);
    json_dumpf(o, a->json, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(o);
}

/* The rest of the one object, behind its list of conversations. */
static void end_json(FILE *to, const char *path, const struct trace_sum *sum,
                     const char *error)
{
    json_t *o = json_object();
    char *text;

    json_object_set_new(o, "file", text_json(path));
    add_count(o, "packets", sum->packets);
    add_count(o, "packets_without_tcp", sum->other);
    add_count(o, "packets_fragmented", sum->fragments);
    add_count(o, "packets_broken", sum->broken);
    add_count(o, "conversations_without_mail", sum->conversations - sum->mail);
    add_count(o, "conversations_perhaps_mail", sum->perhaps_mail);
    json_object_set_new(o, "truncated", json_boolean(sum->truncated));
    json_object_set_new(o, "error", error ? text_json(error) : json_null());
    text = json_dumps(o, JSON_COMPACT);
    fprintf(to, "],\n%s\n", text ? text + 1 : "}");
    free(text);
    json_decref(o);
}

/* In round trips only where the road, not the host, is what is measured. */
static void print_time(FILE *to, const char *what, int64_t ns, int64_t rtt_ns)
{
    if (ns == UNKNOWN_NS)
        fprintf(to, "   %s unknown", what);
    else if (rtt_ns >= 1000000)
        fprintf(to, "   %s %.1f ms = %.2f RTT", what, (double)ns / 1e6,
                (double)ns / (double)rtt_ns);
    else
        fprintf(to, "   %s %.3f ms", what, (double)ns / 1e6);
}

static void print_head(FILE *to, const struct conversation *c)
{
    char client[ENDPOINT_TEXT], server[ENDPOINT_TEXT];

    fprintf(to, "%s -> %s%s%s\n", endpoint_text(&c->client, client),
            endpoint_text(&c->server, server), c->banner[0] ? "   " : "",
            c->banner);
    fprintf(to, "  %zu turnaround%s", c->turnarounds,
            c->turnarounds == 1 ? "" : "s");
    if (c->turnarounds_tls)
        fprintf(to, " (%zu in TLS)", c->turnarounds_tls);
    if (c->rtt_ns == UNKNOWN_NS)
        fputs("   RTT unknown", to);
    else
        fprintf(to, "   RTT %.*f ms%s", c->rtt_ns < 1000000 ? 3 : 1,
                (double)c->rtt_ns / 1e6,
                c->rtt_estimated ? " (estimated)" : "");
    print_time(to, "TCP handshake", c->tcp_handshake_ns, c->rtt_ns);
    print_time(to, "accepted", c->accepted_ns, c->rtt_ns);
    print_time(to, "closed", c->closed_ns, c->rtt_ns);
    fputc('\n', to);
    if (!c->from_start)
        fputs("  its beginning is not in the capture\n", to);
    if (c->one_sided != SIDE_BOTH)
        fprintf(to,
                "  only the %s's packets are in the capture: the count is "
                "an estimate\n",
                side_name(c->one_sided));
    if (c->missing_bytes)
        fprintf(to, "  %llu bytes are not in the capture\n",
                (unsigned long long)c->missing_bytes);
}

static void print_row(FILE *to, const struct flight *f, const struct wait *w,
                      size_t number)
{
    if (f)
        fprintf(to, "  %10.1f %9llu", (double)f->at_ns / 1e6,
                (unsigned long long)f->bytes);
    else
        fprintf(to, "  %10.1f %9s", (double)w->begin_ns / 1e6, "-");
    if (w)
        fprintf(to, " %4zu %9.1f  %s -> %s%s\n", number,
                (double)(w->end_ns - w->begin_ns) / 1e6, f ? f->says : w->asked,
                w->answered, w->in_tls ? " (TLS handshake)" : "");
    else
        fprintf(to, " %4s %9s  %s\n", "", "", f->says);
}

static void print_rows(FILE *to, const struct conversation *c, size_t most)
{
    size_t f = 0, w = 0, row = 0;
    size_t rows = 0;

    fprintf(to, "  %10s %9s %4s %9s  %s\n", "at ms", "bytes", "wait", "for ms",
            "client says -> server answers");
    while (f < c->flight_count || w < c->wait_count) {
        const struct flight *flight =
            f < c->flight_count ? &c->flights[f] : NULL;
        const struct wait *wait = w < c->wait_count ? &c->waits[w] : NULL;

        /* A wait belongs to the flight that it follows. */
        if (flight && wait && flight->at_ns > wait->begin_ns)
            flight = NULL;
        else if (flight && wait && f + 1 < c->flight_count &&
                 c->flights[f + 1].at_ns <= wait->begin_ns)
            wait = NULL;
        f += flight != NULL;
        w += wait != NULL;
        if (++row <= most)
            print_row(to, flight, wait, w);
        rows++;
    }
    if (rows > most)
        fprintf(to, "  ... and %zu more; -v shows them\n", rows - most);
}

static void print_one(void *arg, const struct conversation *c)
{
    struct analysis *a = arg;

    if (!c->mail && !a->all)
        return;
    if (a->json)
        print_json(a, c);
    if (a->text) {
        print_head(a->text, c);
        print_rows(a->text, c, a->all ? SIZE_MAX : ROWS_SHOWN);
        fputc('\n', a->text);
    }
    a->shown++;
}

static void print_sum(FILE *to, const struct trace_sum *s)
{
    fprintf(to, "%llu mail conversation%s, %llu without mail, in %llu packets",
            (unsigned long long)s->mail, s->mail == 1 ? "" : "s",
            (unsigned long long)(s->conversations - s->mail),
            (unsigned long long)s->packets);
    if (s->other)
        fprintf(to, "; %llu packets are no TCP", (unsigned long long)s->other);
    if (s->fragments)
        fprintf(to, "; %llu fragments were skipped",
                (unsigned long long)s->fragments);
    if (s->broken)
        fprintf(to, "; %llu broken packets were skipped",
                (unsigned long long)s->broken);
    fputs(".\n", to);
    if (s->perhaps_mail)
        fprintf(to,
                "%llu of those without mail speak TLS from their first byte, "
                "to port 465: -v lists them.\n",
                (unsigned long long)s->perhaps_mail);
}

/* What could not be written is known at the end. */
static int close_output(FILE *f, const char *name)
{
    int bad = ferror(f);

    if (f == stdout ? fflush(f) : fclose(f))
        bad = 1;
    if (bad)
        fprintf(stderr, "turnaround analyze: %s: %s\n", name, strerror(errno));
    return bad ? EXIT_INVALID : EXIT_GOOD;
}

static int analyze(struct analysis *a, const char *json_name)
{
    char why[TRACE_WHY];
    struct trace_sum sum;
    int status = EXIT_GOOD, written = EXIT_GOOD;
    bool read;

    if (a->json)
        fputs("{\"schema\":1,\"command\":\"analyze\",\"conversations\":[",
              a->json);
    read = trace_each(a->path, NULL, 0, print_one, a, &sum, why) == 0;
    if (a->json)
        end_json(a->json, a->path, &sum, read ? NULL : why);
    if (a->text && (read || sum.truncated))
        print_sum(a->text, &sum);
    if (!read) {
        fflush(stdout); /* so that the message stands behind what was read */
        fprintf(stderr, "turnaround analyze: %s\n", why);
        status = EXIT_INVALID;
    }
    if (a->json)
        written = close_output(a->json, json_name);
    if (a->text && written == EXIT_GOOD)
        written = close_output(a->text, "standard output");
    return written == EXIT_GOOD ? status : written;
}

static int open_outputs(struct analysis *a, bool json, const char *json_name)
{
    a->text = json && !json_name ? NULL : stdout;
    a->json = json && !json_name ? stdout : NULL;
    if (json_name) {
        a->json = fopen(json_name, "w");
        if (!a->json) {
            fprintf(stderr, "turnaround analyze: %s: %s\n", json_name,
                    strerror(errno));
            return EXIT_INVALID;
        }
    }
    return EXIT_GOOD;
}

/* Reads the flags. Returns an exit status, or -1 to go on. */
static int read_flags(int argc, char **argv, struct analysis *a, bool *json,
                      const char **json_name)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'},
        {"json", optional_argument, NULL, 'j'},
        {"verbose", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    int c;

    optind = 0; /* glibc: start anew */
    while ((c = getopt_long(argc, argv, "hv", options, NULL)) != -1) {
        switch (c) {
        case 'h':
            fputs(usage_text, stdout);
            return EXIT_GOOD;
        case 'j':
            *json = true;
            *json_name = optarg;
            break;
        case 'v':
            a->all = true;
            break;
        default:
            fputs("`turnaround analyze --help` lists the flags.\n", stderr);
            return EXIT_USAGE;
        }
    }
    return -1;
}

int analyze_main(int argc, char **argv)
{
    struct analysis a = {0};
    const char *json_name = NULL;
    bool json = false;
    int status = read_flags(argc, argv, &a, &json, &json_name);

    if (status >= 0)
        return status;
    if (argc - optind != 1) {
        fprintf(stderr,
                "turnaround analyze: expected one capture file, got %d; "
                "`--help` shows examples\n",
                argc - optind);
        return EXIT_USAGE;
    }
    a.path = argv[optind];
    status = open_outputs(&a, json, json_name);
    return status == EXIT_GOOD
               ? analyze(&a, json_name ? json_name : "standard output")
               : status;
}
