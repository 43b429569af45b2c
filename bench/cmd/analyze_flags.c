/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/cmd/analyze_flags.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
    "usage: turnaround analyze [FLAG...] FILE.pcap\n"
    "       turnaround analyze [FLAG...] -i IFACE [FILTER]\n"
    "       turnaround analyze [FLAG...] --postfix-log FILE | --exim-log FILE\n"
    "\n"
    "Finds every TCP conversation in a capture (pcap or pcapng; - is the\n"
    "standard input), knows mail by its content, not by its port, and tells\n"
    "how often its client stood and waited for the server, when, for what,\n"
    "and where the time went. The count is that of RFC 2920, section 4: the\n"
    "greeting and a wait inside a TLS handshake count, the TCP handshake does\n"
    "not. It is exact for a capture taken at the client.\n"
    "\n"
    "  -v, --verbose  list conversations without mail too, and every flight\n"
    "  -q, --quiet    print nothing but errors and what breaks a limit\n"
    "  --json         print JSON instead; times in ms, unknown ones are null\n"
    "  --json=FILE    write the JSON to FILE beside the text\n"
    "  --csv FILE     write where the time went to FILE, a line an entry\n"
    "  --server-capture FILE  the same conversations captured at their "
    "servers:\n"
    "                 tells a server's think time from the road's delays\n"
    "  --keylog FILE  the secrets of TLS sessions, as programs write them to\n"
    "                 SSLKEYLOGFILE: what is said inside is then read too "
    "(TLS\n"
    "                 1.2 and 1.3, AES-GCM and ChaCha20-Poly1305). Secrets in "
    "a\n"
    "                 pcapng file are used without being asked for\n"
    "  --what-if      what every mode that the server's EHLO permits would "
    "have\n"
    "                 cost, by the machines of `turnaround run` in the ideal\n"
    "                 world with the round trip and think times that were "
    "seen\n"
    "  --conversation N  only this conversation, counted as they are listed\n"
    "  -h, --help     this text\n"
    "\n"
    "Pictures: a ladder, time downwards, of what was said and waited for.\n"
    "  --sequence FILE.svg  draw a conversation (the first one, unless\n"
    "                 --conversation chooses)\n"
    "  --ascii        print ladders of 72 columns instead of the text\n"
    "\n"
    "Live, instead of a file, where that is permitted:\n"
    "  -i, --interface IFACE  listen there until Ctrl-C (`any`: everywhere); "
    "an\n"
    "                 argument is libpcap's filter, such as 'port 25'\n"
    "  -c, --count N  end behind so many packets\n"
    "  --seconds X    end after so long\n"
    "\n"
    "Logs, instead of a capture: per host, what modes could save there.\n"
    "  --postfix-log FILE  from delays=a/b/c/d of smtp; - is standard input\n"
    "  --exim-log FILE     from the main log's L, K, X=, DT= and PS=\n"
    "\n"
    "Limits, for tests: what breaks one is named, and the exit status is 1.\n"
    "  --max-turnarounds N  no conversation may wait more often\n"
    "  --max-rtts X         none may take longer, in its round trips, from "
    "the\n"
    "                       first SYN to the last reply\n"
    "\n"
    "Examples:\n"
    "  turnaround analyze session.pcap\n"
    "  turnaround analyze --json session.pcap | jq '.conversations[0]'\n"
    "  tcpdump -w - port 25 | turnaround analyze -\n"
    "  turnaround analyze -q --max-turnarounds 4 --max-rtts 5.2 session.pcap\n"
    "  turnaround analyze --sequence session.svg --conversation 2 "
    "session.pcap\n"
    "  turnaround analyze -i eth0 --seconds 60 'port 25'\n"
    "  turnaround analyze --postfix-log /var/log/mail.log\n"
    "  turnaround analyze --server-capture server.pcap client.pcap\n"
    "\n"
    "Exit status: 0 the file was read, and no limit was broken; 1 a limit "
    "was;\n"
    "2 usage; 3 the file cannot be read, or not to its end: what was read is\n"
    "printed, and the JSON says truncated; or a limit was given and nothing "
    "in\n"
    "the capture can be held against it.\n";

void analyze_flags_help(void)
{
    fputs(usage_text, stdout);
}

enum kind {
    FLAG_SWITCH,
    FLAG_WORD,
    FLAG_COUNT, /* from 1 */
    FLAG_JSON,
    FLAG_SECONDS,
    FLAG_TURNAROUNDS,
    FLAG_RTTS
};

#define AT(field) offsetof(struct analyze_flags, field)
static const struct flag_row {
    const char *name;
    char letter;
    enum kind kind;
    size_t at;
} rows[] = {
    {"help", 'h', FLAG_SWITCH, AT(help)},
    {"verbose", 'v', FLAG_SWITCH, AT(verbose)},
    {"quiet", 'q', FLAG_SWITCH, AT(quiet)},
    {"json", 0, FLAG_JSON, 0},
    {"csv", 0, FLAG_WORD, AT(csv_name)},
    {"sequence", 0, FLAG_WORD, AT(sequence)},
    {"interface", 'i', FLAG_WORD, AT(interface)},
    {"count", 'c', FLAG_COUNT, AT(packets)},
    {"seconds", 0, FLAG_SECONDS, AT(seconds)},
    {"postfix-log", 0, FLAG_WORD, AT(postfix_log)},
    {"exim-log", 0, FLAG_WORD, AT(exim_log)},
    {"what-if", 0, FLAG_SWITCH, AT(what_if)},
    {"ascii", 0, FLAG_SWITCH, AT(ascii)},
    {"conversation", 0, FLAG_COUNT, AT(conversation)},
    {"keylog", 0, FLAG_WORD, AT(keylog)},
    {"server-capture", 0, FLAG_WORD, AT(server_capture)},
    {"max-turnarounds", 0, FLAG_TURNAROUNDS, 0},
    {"max-rtts", 0, FLAG_RTTS, 0},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static int refuse(const char *name, const char *value, const char *wanted)
{
    fprintf(stderr, "analyze: --%s: `%s` is no such value; %s is accepted\n",
            name, value, wanted);
    return -1;
}

static int read_count(const char *name, const char *value, size_t least,
                      size_t *out)
{
    char *end, wanted[64];
    unsigned long long n;

    errno = 0;
    n = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || errno || n < least ||
        n > 1000000000) {
        snprintf(wanted, sizeof wanted, "a whole number from %zu to 1e9",
                 least);
        return refuse(name, value, wanted);
    }
    *out = (size_t)n;
    return 0;
}

static int read_number(const char *name, const char *value, double *out)
{
    char *end;
    double x = strtod(value, &end);

    if (value[0] < '0' || value[0] > '9' || *end || !(x <= 1e9))
        return refuse(name, value, "a number from 0 to 1e9, such as 5.2,");
    *out = x;
    return 0;
}

static int take(struct analyze_flags *f, const struct flag_row *row,
                const char *value)
{
    char *field = (char *)f + row->at;

    switch (row->kind) {
    case FLAG_SWITCH:
        *(bool *)field = true;
        return 0;
    case FLAG_WORD:
        *(const char **)field = value;
        return 0;
    case FLAG_JSON:
        f->json = true;
        f->json_name = value;
        return 0;
    case FLAG_COUNT:
        return read_count(row->name, value, 1, (size_t *)field);
    case FLAG_TURNAROUNDS:
        f->gate.limits_turnarounds = true;
        return read_count(row->name, value, 0, &f->gate.turnarounds);
    case FLAG_RTTS:
        f->gate.limits_rtts = true;
        return read_number(row->name, value, &f->gate.rtts);
    case FLAG_SECONDS:
        return read_number(row->name, value, (double *)field);
    }
    return -1;
}

static int has_value(enum kind k)
{
    return k == FLAG_SWITCH ? no_argument
           : k == FLAG_JSON ? optional_argument
                            : required_argument;
}

static int read_all(struct analyze_flags *f, int argc, char **argv)
{
    enum { LONG = 256 };
    struct option options[ROWS + 1] = {{0}};
    char letters[2 * ROWS + 1];
    size_t n = 0;
    int c;

    for (int i = 0; i < ROWS; i++) {
        options[i] = (struct option){rows[i].name, has_value(rows[i].kind),
                                     NULL, LONG + i};
        if (!rows[i].letter)
            continue;
        letters[n++] = rows[i].letter;
        if (has_value(rows[i].kind) == required_argument)
            letters[n++] = ':';
    }
    letters[n] = 0;
    optind = 0; /* glibc: start anew */
    while ((c = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        int i = c - LONG;

        for (int r = 0; r < ROWS && c < LONG; r++)
            if (rows[r].letter == c)
                i = r;
        if (i < 0) {
            fputs("`turnaround analyze --help` lists the flags.\n", stderr);
            return -1;
        }
        if (take(f, &rows[i], optarg) < 0)
            return -1;
    }
    return 0;
}

int analyze_flags_read(struct analyze_flags *f, int argc, char **argv)
{
    *f = (struct analyze_flags){0};
    if (read_all(f, argc, argv) < 0)
        return -1;
    if (f->help)
        return 0;
    if (f->postfix_log || f->exim_log) {
        if (argc == optind && !(f->postfix_log && f->exim_log))
            return 0;
        fputs("analyze: one log, and no capture beside it\n", stderr);
        return -1;
    }
    if (f->interface && argc - optind <= 1) {
        f->path = argv[optind];
        return 0;
    }
    if (f->packets || f->seconds > 0) {
        fputs("analyze: --count and --seconds bound a capture on an "
              "interface: -i names it\n",
              stderr);
        return -1;
    }
    if (argc - optind != 1) {
        fprintf(stderr,
                "analyze: expected one capture file, got %d; "
                "`--help` shows examples\n",
                argc - optind);
        return -1;
    }
    f->path = argv[optind];
    return 0;
}
