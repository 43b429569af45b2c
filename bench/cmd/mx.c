/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround mx`: policies against a topology. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/flags.h"
#include "bench/cmd/json_out.h"
#include "bench/cmd/mx_folder.h"
#include "bench/cmd/mx_guest.h"
#include "bench/cmd/mx_rows.h"
#include "bench/tell/folder.h"

/* clang-format off */
static const char *const of_scenario[] = {NULL};
static const struct flag own_flags[] = {
    {"mode",     "MODE,...",       "instead of the file's; `all` for all"},
    {"policy",   "POLICY,...",     "instead of the file's; `all` for all"},
    {"world",    "ideal|ns3|kernel", "the ideal world is the default"},
    {"port",     "veth|tun",       "how the ferry meets the kernel"},
    {"patience", "TIME,...",       "for a sibling: a row for each"},
    {"rtt",      "TIME,...",       "of every road: a row for each"},
    {"seed",     "N",              "instead of the file's"},
    {"repeat",   "N",              "seeds for each row; instead of the file's"},
    {"out",      "DIR",            "keep rows, plots and pictures there"},
    {"path",     NULL,             "also the way that the first seed took"},
    {"json",     "[FILE]",         "print JSON, or write it to a file"},
    {NULL, NULL, NULL},
};
/* clang-format on */

struct mx_command {
    struct mx_sweep sweep;
    const char *out, *modes, *policies, *patience, *rtts, *seed, *repeat;
    const char *json_file;
    char **command; /* behind `--`; NULL: none */
    bool json, path;
    char why[MX_WHY]; /* the first flag that is wrong */
};

static void help(FILE *to)
{
    fputs(
        "usage: turnaround mx SCENARIO.yaml [FLAG]...\n"
        "       turnaround mx SCENARIO.yaml [FLAG]... -- COMMAND [ARG]...\n\n"
        "Sends mail to a domain whose hosts differ, by each policy and mode,\n"
        "and tells what each costs: DNS questions, hosts, connections,\n"
        "turnarounds (in sum, and the longest chain), bytes, time; whether\n"
        "the extension was used, and what became of the mail. The file is\n"
        "told in docs/topologies.md; `-` reads it from standard input.\n\n"
        "COMMAND is run instead of our own client, in the kernel world: among\n"
        "the hosts, by the scenario's DNS, which its /etc/resolv.conf names.\n"
        "What each host saw of it is told on standard error.\n\n",
        to);
    flags_print(to, own_flags);
    fputs("\nPolicies:\n", to);
    for (int i = 0; i < POLICY_COUNT; i++) {
        const struct policy *p = policy_of((enum policy_id)i);

        fprintf(to, "  %s  %-9s %s\n", p->name, p->word, p->what);
    }
    fputs(
        "\nExamples:\n"
        "  turnaround mx docs/examples/two-primaries.yaml\n"
        "  turnaround mx docs/examples/two-primaries.yaml --policy P0,P3 \\\n"
        "      --mode lockstep,pipelining,early --repeat 100\n"
        "  turnaround mx docs/examples/silent-sibling.yaml --policy P3 \\\n"
        "      --patience 0s,5s,10s,20s,30s,60s\n"
        "  turnaround mx docs/examples/two-primaries.yaml --policy P1 \\\n"
        "      --world kernel --path --json\n"
        "  turnaround mx docs/examples/two-primaries.yaml -- \\\n"
        "      swaks -s smtp1.foo.example -t user@foo.example\n\n"
        "Exit status: 0 all accounted for; 2 usage, or a file that is wrong;\n"
        "3 could not be run, or INVALID. COMMAND's own status is passed on\n"
        "(126, 127: it could not be executed, was not found).\n",
        to);
}

static void given(void *arg, const char *name, const char *value)
{
    struct mx_command *c = arg;
    const struct flag_text texts[] = {
        {"mode", &c->modes},        {"policy", &c->policies},
        {"patience", &c->patience}, {"rtt", &c->rtts},
        {"seed", &c->seed},         {"repeat", &c->repeat},
        {"out", &c->out},           {NULL, NULL}};

    if (flag_kept(texts, name, value))
        return;
    if (strcmp(name, "path") == 0)
        c->path = true;
    if (strcmp(name, "json") == 0) {
        c->json = true;
        c->json_file = value;
    }
    if (strcmp(name, "world") == 0 &&
        mx_sweep_world(&c->sweep, value, c->why) < 0)
        return;
    if (strcmp(name, "port") == 0)
        mx_sweep_port(&c->sweep, value, c->why);
}

/* The flags that change what the file says. */
static int apply(struct mx_command *c)
{
    struct mx_sweep *s = &c->sweep;

    if (*c->why)
        return -1;
    if (c->modes && mx_sweep_modes(s, c->modes, c->why) < 0)
        return -1;
    if (c->policies && mx_sweep_policies(s, c->policies, c->why) < 0)
        return -1;
    if (mx_sweep_times(s, "patience", c->patience, c->why) < 0 ||
        mx_sweep_times(s, "rtt", c->rtts, c->why) < 0)
        return -1;
    if (c->seed && mx_sweep_count(s, "seed", c->seed, c->why) < 0)
        return -1;
    return c->repeat ? mx_sweep_count(s, "repeat", c->repeat, c->why) : 0;
}

static int run_guest(const struct mx_command *c)
{
    return mx_guest_main(&(struct mx_guest_ask){.topology = c->sweep.topology,
                                                .port = c->sweep.port,
                                                .command = c->command,
                                                .out = c->out,
                                                .json = c->json,
                                                .json_file = c->json_file});
}

/* Rows up to an error are kept, and told. */
static int run_rows(struct mx_command *c, const char *command)
{
    struct mx_sweep *s = &c->sweep;
    struct mx_folder folder;
    const time_t now = time(NULL);
    int result = EXIT_GOOD;
    bool failed;

    strftime(s->started, sizeof s->started, "%FT%TZ", gmtime(&now));
    if (c->out && mx_folder_create(&folder, c->out, s, c->why) < 0) {
        fprintf(stderr, "mx: %s\n", c->why);
        return EXIT_INVALID;
    }
    s->csv = c->out ? folder.csv : NULL;
    failed = mx_sweep_run(s, c->why) < 0;
    if (failed) {
        fprintf(stderr, "mx: %s\n", c->why);
        result = EXIT_INVALID;
    }
    if (c->out && mx_folder_end(&folder, s, command, failed ? c->why : NULL,
                                c->why) < 0) {
        fprintf(stderr, "mx: %s\n", c->why);
        result = EXIT_INVALID;
    }
    return result;
}

static int run(struct mx_command *c, const char *command)
{
    int result;

    if (mx_check(c->sweep.topology, c->sweep.world, c->why) < 0) {
        fprintf(stderr, "mx: %s\n", c->why);
        return EXIT_USAGE;
    }
    result = run_rows(c, command);
    if (!c->json || c->json_file)
        mx_rows_print(&c->sweep, c->path, stdout);
    if (c->json && json_out("mx", c->json_file, stdout,
                            mx_rows_json(&c->sweep, command)) < 0)
        result = EXIT_INVALID;
    return mx_sweep_valid(&c->sweep) ? result : EXIT_INVALID;
}

static int start(struct mx_command *c, const char *file, const char *command)
{
    int result = EXIT_USAGE;

    c->sweep.topology = topology_load(file, c->why);
    if (c->sweep.topology && apply(c) == 0)
        result = c->command ? run_guest(c) : run(c, command);
    else
        fprintf(stderr, "mx: %s\n", c->why);
    mx_sweep_release(&c->sweep);
    topology_free(c->sweep.topology);
    return result;
}

int mx_main(int argc, char **argv)
{
    struct mx_command c = {.sweep.world = WORLD_IDEAL};
    char *command = command_line(argc, argv);
    struct scenario none;
    int first, result = EXIT_USAGE;

    scenario_init(&none);
    first = flags_parse(argc, argv, &none, of_scenario, own_flags, given, &c);
    if (first == 0) {
        help(stdout);
        result = EXIT_GOOD;
    } else if (first > 0 && strcmp(argv[first - 1], "--") == 0 &&
               first + 1 < argc) {
        c.command = argv + first + 1;
        result = start(&c, argv[first], command);
    } else if (first > 0 && first + 1 != argc) {
        fprintf(stderr, "mx: %s; see `turnaround mx --help`\n",
                first == argc ? "which SCENARIO.yaml?" : "one file at a time");
    } else if (first > 0) {
        result = start(&c, argv[first], command);
    }
    scenario_release(&none);
    free(command);
    return result;
}
