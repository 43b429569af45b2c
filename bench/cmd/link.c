/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround link`: any program on the road. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/flags.h"
#include "bench/cmd/link_report.h"
#include "bench/run/meaning.h"
#include "bench/tell/folder.h"
#include "netem/preset.h"
#include "netem/spec.h"
#include "netem/value.h"

enum { EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 }; /* as env(1) */

/* A road of the kernel world has a rate: without one TCP's times are bimodal.
 * Whoever wants none says `rate unlimited`. */
#define RATE_BPS UINT64_C(100000000)
#define MTU_LEAST 1280 /* of IPv6, RFC 8200, 5 */
#define MTU_MOST 65535

/* clang-format off */
static const struct flag flags[] = {
    {"downlink",    "WORDS", "the way back; as the way up where it is not given"},
    {"server",      "PROG ARG... --", "a server at the other end; last flag"},
    {"server-ready", "PORT|now",
     "when COMMAND begins: PORT listens, or at once; by default when any TCP "
     "socket listens or any UDP socket is bound"},
    {"pcap",        "FILE", "capture of all packets at the client's end"},
    {"pcap-server", "FILE", "the same at the other end"},
    {"packet-log",  "FILE", "CSV: when each packet came and left, by what rule"},
    {"road",        "ferry|qdisc|none",
     "ours; the kernel's own netem, by tc; or no delay at all"},
    {"port",        "veth|tun", "how the road meets the kernel"},
    {"seed",        "N",     "decides every random choice (default 1)"},
    {"mtu",         "N",     "bytes, from 1280 to 65535 (default 1500)"},
    {"congestion",  "NAME",  "TCP's congestion control (default cubic)"},
    {"initcwnd",    "N",     "TCP's initial window, in segments"},
    {"fastopen",    NULL,    "allow TCP Fast Open on both sides"},
    {"gso",         NULL,    "packets as large as TCP makes them, up to 64 KB: "
                             "fast, for a delay alone; no rate then"},
    {"json",        "[FILE]", "the report as JSON, to standard error or a file"},
    {"quiet",       NULL,    "no report"},
    {"strict",      NULL,    "exit 3 where the road is INVALID, though COMMAND "
                             "was well"},
    {"list",        NULL,    "list the roads that have a name, and what `drop` "
     "knows"},
    {NULL, NULL, NULL},
};
/* clang-format on */

struct link_command {
    struct link_run run;
    struct link_params up, down; /* released by the end of it */
    bool up_read, down_read;
    char *words;          /* owned */
    const char *downlink; /* NULL: as the way up */
    const char *json_file;
    bool json, quiet, strict, list, help;
};

static void help(FILE *to)
{
    fputs("usage: turnaround link WORDS [FLAG]... -- COMMAND [ARG]...\n"
          "       turnaround link WORDS [FLAG]... --server PROG [ARG]... -- "
          "COMMAND [ARG]...\n\n"
          "Runs COMMAND at one end of a road, whose delay, rate, loss and so "
          "on WORDS\n"
          "tell as for tc-netem, each way. At the other end there is PROG; or "
          "nothing,\n"
          "but the kernel answers pings; or, inside another link, that one: "
          "roads add up.\n\n",
          to);
    flags_print(to, flags);
    fputs(
        "\nIn the environment of both: TURNAROUND_SERVER (192.0.2.2), "
        "TURNAROUND_SERVER6\n"
        "(2001:db8::2), TURNAROUND_CLIENT, TURNAROUND_CLIENT6, "
        "TURNAROUND_LINK (WORDS).\n\n"
        "Examples:\n"
        "  turnaround link 'delay 100ms rate 10mbit' -- ping -c 3 "
        "192.0.2.2\n"
        "  turnaround link geo -- bash\n"
        "  turnaround link 'delay 20ms loss 1%' --pcap c.pcap \\\n"
        "      --server python3 -m http.server -- curl http://192.0.2.2:8000\n"
        "  turnaround link 'delay 50ms' --downlink 'delay 50ms drop reply "
        "354' \\\n"
        "      --server smtp-sink 0.0.0.0:25 9 -- smtp-source 192.0.2.2\n\n"
        "Exit status: COMMAND's, 128+N where signal N ended it; 126 it "
        "cannot be\n"
        "executed, 127 it was not found, or there is no netem for --road "
        "qdisc; 2 usage;\n3 the road or the server failed.\n",
        to);
}

static int list(void)
{
    const char *what, *means;

    puts("Roads by name, for WORDS to begin with; delays are one-way:");
    for (const struct preset *p = presets; p->name; p++)
        printf("  %-17s %s\n%20s%s\n%20sSource: %s\n", p->name, p->words, "",
               p->about, "", p->source);
    puts("\nWhat `drop WORD [N]` knows, beside `drop packet N`; within each\n"
         "TCP connection, the first one where there is no N:");
    for (int i = 0; (what = meaning_word(i, &means)); i++)
        printf("  %-17s %s\n", what, means);
    return EXIT_GOOD;
}

static int refuse(const char *flag, const char *value, const char *wanted)
{
    fprintf(stderr, "link: --%s: found \"%s\", wanted %s\n", flag, value,
            wanted);
    return -1;
}

static int take_count(const char *flag, const char *value, int64_t least,
                      int64_t most, int64_t *to)
{
    char wanted[80];

    if (!value_count(value, strlen(value), least, most, to))
        return 0;
    snprintf(wanted, sizeof wanted, "a whole number from %lld to %lld",
             (long long)least, (long long)most);
    return refuse(flag, value, wanted);
}

static int take_port(struct link_command *c, const char *value)
{
    for (int kind = PORT_VETH; kind <= PORT_TUN; kind++)
        if (strcmp(value, port_kind_name((enum port_kind)kind)) == 0) {
            c->run.port = (enum port_kind)kind;
            return 0;
        }
    return refuse("port", value, "veth or tun");
}

static int take_road(struct link_command *c, const char *value)
{
    static const char *const names[] = {"ferry", "qdisc", "none"};

    for (int road = LINK_FERRY; road <= LINK_BARE; road++)
        if (strcmp(value, names[road]) == 0) {
            c->run.road = (enum link_road)road;
            return 0;
        }
    return refuse("road", value, "ferry, qdisc or none");
}

static int take_ready(struct link_command *c, const char *value)
{
    int64_t n = SANDBOX_AT_ONCE;

    if (strcmp(value, "now") != 0 &&
        value_count(value, strlen(value), 1, 65535, &n))
        return refuse("server-ready", value, "a TCP port, or now");
    c->run.ready = (int)n;
    return 0;
}

static int take_number(struct link_command *c, const char *name,
                       const char *value)
{
    int64_t n;

    if (strcmp(name, "seed") == 0) {
        if (take_count(name, value, 0, INT64_MAX, &n) < 0)
            return -1;
        c->run.seed = (uint64_t)n;
    } else if (strcmp(name, "mtu") == 0) {
        if (take_count(name, value, MTU_LEAST, MTU_MOST, &n) < 0)
            return -1;
        c->run.mtu = (unsigned)n;
    } else {
        if (take_count(name, value, 1, 65535, &n) < 0)
            return -1;
        c->run.initcwnd = (int)n;
    }
    return 0;
}

static int take_flag(struct link_command *c, const char *name,
                     const char *value)
{
    const struct {
        const char *name;
        const char **text;
        bool *on;
    } simple[] = {{"downlink", &c->downlink, NULL},
                  {"pcap", &c->run.pcap, NULL},
                  {"pcap-server", &c->run.server_pcap, NULL},
                  {"packet-log", &c->run.packet_log, NULL},
                  {"congestion", &c->run.congestion, NULL},
                  {"json", &c->json_file, &c->json},
                  {"fastopen", NULL, &c->run.fastopen},
                  {"gso", NULL, &c->run.gso},
                  {"quiet", NULL, &c->quiet},
                  {"strict", NULL, &c->strict},
                  {"list", NULL, &c->list}};

    for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++) {
        if (strcmp(name, simple[i].name) != 0)
            continue;
        if (simple[i].text)
            *simple[i].text = value;
        if (simple[i].on)
            *simple[i].on = true;
        return 0;
    }
    if (strcmp(name, "port") == 0)
        return take_port(c, value);
    if (strcmp(name, "road") == 0)
        return take_road(c, value);
    if (strcmp(name, "server-ready") == 0)
        return take_ready(c, value);
    return take_number(c, name, value);
}

/* Parts the line: ours, then the server's behind --server, then the command's,
 * each ended by "--". Returns how many are ours; -1: what is missing was said.
 */
static int part_line(struct link_command *c, int argc, char **argv)
{
    int ours = 1, i;

    while (ours < argc && strcmp(argv[ours], "--") != 0 &&
           strcmp(argv[ours], "--server") != 0)
        ours++;
    i = ours;
    if (i < argc && strcmp(argv[i], "--server") == 0) {
        c->run.server = &argv[++i];
        while (i < argc && strcmp(argv[i], "--") != 0)
            i++;
        if (&argv[i] == c->run.server || i == argc) {
            fprintf(stderr,
                    "link: --server: found %s, wanted PROG ARG... -- "
                    "COMMAND ARG...\n",
                    i == argc ? "no -- behind it" : "no program");
            return -1;
        }
        argv[i] = NULL;
    }
    if (i < argc && i + 1 < argc)
        c->run.command = &argv[i + 1];
    if (i < argc)
        argv[i] = NULL;
    return ours;
}

static void fill_options(struct option *o)
{
    for (int i = 0; flags[i].name; i++)
        *o++ = (struct option){flags[i].name,
                               !flags[i].value            ? no_argument
                               : flags[i].value[0] == '[' ? optional_argument
                                                          : required_argument,
                               NULL, 1000 + i};
    *o++ = (struct option){"help", no_argument, NULL, 'h'};
    *o = (struct option){0};
}

/* All that is no flag is the road's: `link delay 100ms -- ...` will do. */
static int read_line(struct link_command *c, int argc, char **argv)
{
    struct option options[sizeof flags / sizeof flags[0] + 2];
    size_t size = 1;
    int one;

    fill_options(options);
    optind = 0;
    while ((one = getopt_long(argc, argv, "hq", options, NULL)) != -1) {
        if (one == 'h')
            c->help = true;
        else if (one == 'q')
            c->quiet = true;
        else if (one < 1000)
            fprintf(stderr, "link: see `turnaround link --help`\n");
        if (one == '?' ||
            (one >= 1000 && take_flag(c, flags[one - 1000].name, optarg) < 0))
            return -1;
    }
    for (int i = optind; i < argc; i++)
        size += strlen(argv[i]) + 1;
    c->words = calloc(1, size);
    if (!c->words)
        abort();
    for (int i = optind; i < argc; i++) {
        strcat(c->words, i > optind ? " " : "");
        strcat(c->words, argv[i]);
    }
    return 0;
}

static int read_words(const char *flag, const char *words, bool gso,
                      struct link_params *p, bool *is_read)
{
    char pointed[SPEC_TEXT * 2 + 2048], why[MEANING_WHY];
    struct spec_error e;

    if (spec_parse(words, p, &e) < 0) {
        spec_point(pointed, sizeof pointed, words, &e);
        fprintf(stderr, "link: %s%s\n", flag, pointed);
        return -1;
    }
    *is_read = true;
    if (meaning_check(p, why) < 0) {
        e.column = meaning_fault(p);
        snprintf(e.text, sizeof e.text, "%.*s", SPEC_TEXT - 1, why);
        spec_point(pointed, sizeof pointed, words, &e);
        fprintf(stderr, "link: %s%s\n", flag, pointed);
        return -1;
    }
    if (!p->rated && !gso)
        p->base.rate.bps = RATE_BPS;
    if (p->limit == 0)
        p->limit = link_limit_packets(p); /* so that it is told */
    return 0;
}

/* What goes with the ferry alone. */
static int check_road(const struct link_command *c)
{
    const char *name = c->run.road == LINK_BARE ? "none" : "qdisc";

    if (c->run.road == LINK_FERRY)
        return 0;
    if (c->run.port != PORT_VETH)
        fprintf(stderr, "link: --port tun goes with --road ferry, not %s\n",
                name);
    else if (c->run.gso)
        fprintf(stderr, "link: --gso goes with --road ferry, not %s\n", name);
    else if (c->run.packet_log)
        fprintf(stderr, "link: --packet-log goes with --road ferry, not %s\n",
                name);
    else if (c->run.road == LINK_BARE && (*c->words || c->downlink))
        fprintf(stderr, "link: --road none takes no words: found \"%s\"\n",
                *c->words ? c->words : c->downlink);
    else
        return 0;
    return -1;
}

/* One of its packets would be as long on the way as 44 of a wire's. */
static int check_gso(const struct link_command *c)
{
    const char *up = link_lacks_gso(&c->up), *down = link_lacks_gso(&c->down);

    if (c->run.port != PORT_VETH)
        fprintf(stderr, "link: --gso goes with --port veth\n");
    else if (up || down)
        fprintf(stderr,
                "link: --gso goes with a delay alone: found \"%s\" in %s\n",
                up ? up : down, up || !c->downlink ? "WORDS" : "--downlink");
    else
        return 0;
    return -1;
}

static int prepare(struct link_command *c)
{
    if (check_road(c) < 0)
        return -1;
    if (!c->run.command) {
        fprintf(stderr, "link: there is no -- COMMAND; see `turnaround link "
                        "--help`\n");
        return -1;
    }
    if (*c->words == '\0' && c->run.road != LINK_BARE) {
        fprintf(stderr, "link: there are no WORDS for the road, such as 'delay "
                        "100ms' or geo; see `turnaround link --list`\n");
        return -1;
    }
    if (c->run.ready != SANDBOX_ANY && !c->run.server) {
        fprintf(stderr, "link: --server-ready: there is no --server\n");
        return -1;
    }
    if (read_words("", c->words, c->run.gso, &c->up, &c->up_read) < 0 ||
        read_words(c->downlink ? "--downlink: " : "",
                   c->downlink ? c->downlink : c->words, c->run.gso, &c->down,
                   &c->down_read) < 0)
        return -1;
    if (c->run.gso && check_gso(c) < 0)
        return -1;
    c->run.up = &c->up;
    c->run.down = &c->down;
    c->run.words = c->words;
    return 0;
}

/* What became of COMMAND, as an exit status. */
static int status_of(const struct link_outcome *out)
{
    const struct sandbox_end *e = &out->end;

    if (e->how == SANDBOX_RAN)
        return WIFSIGNALED(e->status) ? 128 + WTERMSIG(e->status)
                                      : WEXITSTATUS(e->status);
    fprintf(stderr, "link: %s\n", e->why);
    if (e->how == SANDBOX_NO_COMMAND)
        return e->error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
    return EXIT_INVALID;
}

static int report(const struct link_command *c, const struct link_outcome *out,
                  const char *line)
{
    struct link_verdict v = link_judge(&c->run, out);
    int status = status_of(out);

    if (out->end.server_gone && out->end.how == SANDBOX_RAN)
        fprintf(stderr, "link: the server %s ended before COMMAND\n",
                c->run.server[0]);
    if (status == EXIT_GOOD && (out->road.failed || (c->strict && !v.valid)))
        status = EXIT_INVALID;
    if (!c->quiet && (!c->json || c->json_file))
        link_report_print(stderr, &c->run, out, &v);
    else if (c->quiet && out->road.failed)
        fprintf(stderr, "link: %s\n", out->road.why);
    if (c->json &&
        link_report_json(c->json_file, line, &c->run, out, &v, status) < 0)
        status = status == EXIT_GOOD ? EXIT_INVALID : status;
    return status;
}

static int run(struct link_command *c, const char *line)
{
    struct link_outcome out;
    char why[LINK_RUN_WHY];
    int status;

    if (link_run(&c->run, &out, why) < 0) {
        int error = errno;

        fprintf(stderr, "link: %s\n", why);
        return c->run.road != LINK_QDISC ? EXIT_INVALID
               : error == ENOSYS         ? EXIT_UNSUPPORTED
               : error == EINVAL         ? EXIT_USAGE
                                         : EXIT_INVALID;
    }
    status = report(c, &out, line);
    link_outcome_release(&out);
    return status;
}

int link_main(int argc, char **argv)
{
    struct link_command c = {.run = {.seed = 1}};
    char *line = command_line(argc, argv);
    int ours = part_line(&c, argc, argv), status = EXIT_USAGE;

    if (ours > 0 && read_line(&c, ours, argv) == 0) {
        if (c.help)
            help(stdout);
        if (c.help)
            status = EXIT_GOOD;
        else if (c.list)
            status = list();
        else if (prepare(&c) == 0)
            status = run(&c, line);
    }
    if (c.up_read)
        spec_release(&c.up);
    if (c.down_read)
        spec_release(&c.down);
    free(c.words);
    free(line);
    return status;
}
