/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround capability`: must asking cost a round trip for each recipient? A
 * table of strategies, for so many recipients and classes of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cmd/capability.h"
#include "bench/cmd/cmd.h"
#include "bench/cmd/flags.h"
#include "bench/cmd/json_out.h"

/* clang-format off */
static const char *const of_scenario[] = {
    "world", "road", "port", "tcp", "offer", "uplink", "downlink", "body",
    "think",
    "answers", "asking", "ttl", "filters", "forms", "capabilities", "seed",
    NULL
};
static const struct flag own_flags[] = {
    {"recipients", "N,...", "a table for each (default 1,3,10)"},
    {"classes", "C,...", "likewise: kinds of recipients (default 1,2,4)"},
    {"strategy", "NAME,...", "those that are compared (default all)"},
    {"ways", "WAY,...", "data, bdat, early, early-bdat (default data)"},
    {"rtt", "TIME,...", "the round trip: a table for each (default 200ms)"},
    {"repeat", "N", "how often each is run (default 1)"},
    {"out", "DIR", "keep rows, host and plots in this new folder"},
    {"json", "[FILE]", "print JSON, or write it to a file"},
    {"dry-run", NULL, "say what would be run"},
    {NULL, NULL, NULL},
};
/* clang-format on */

static void help(FILE *to)
{
    fputs("usage: turnaround capability [FLAG]...\n\n"
          "Sends a message, of which there are several forms, to recipients\n"
          "who can take different ones, by each strategy: what it costs, who\n"
          "gets the best form for him, and how often what is said next hangs\n"
          "on what a reply contains.\n\nWhat varies:\n",
          to);
    flags_print(to, own_flags);
    fputs("\nWhat is the same for all:\n", to);
    flags_print_scenario(to, of_scenario);
    inquiry_help(to);
    fputs(
        "\nExamples:\n"
        "  turnaround capability --world ideal\n"
        "  turnaround capability --world ideal --recipients 50 --classes 3 \\\n"
        "      --strategy S1v,S2,S3 --ways data,bdat,early,early-bdat\n"
        "  turnaround capability --recipients 10 --classes 4 --answers "
        "tells,refused\n"
        "  turnaround capability --world ns3 --rtt 10ms,100ms,1s --out "
        "asking\n\n"
        "Exit status: 0 counted, nobody lost; 1 a count is not that of the\n"
        "closed form; 2 usage; 3 could not be run, or INVALID; 127 --world\n"
        "ns3 without its plug-in.\n",
        to);
}

static void given(void *arg, const char *name, const char *value)
{
    struct capability *c = arg;
    const struct flag_text texts[] = {{"recipients", &c->recipients},
                                      {"classes", &c->classes},
                                      {"strategy", &c->strategies},
                                      {"ways", &c->ways},
                                      {"rtt", &c->rtts},
                                      {"repeat", &c->repeats},
                                      {"out", &c->out},
                                      {NULL, NULL}};

    if (flag_kept(texts, name, value))
        return;
    if (strcmp(name, "dry-run") == 0)
        c->dry_run = true;
    if (strcmp(name, "json") == 0) {
        c->json = true;
        c->json_file = value;
    }
}

static int run(struct capability *c, const char *command)
{
    int status = capability_run(c, command);

    if (status == EXIT_USAGE || c->dry_run)
        return status;
    if (c->json && json_out("capability", c->json_file, stdout,
                            results_to_json(&c->results)) < 0)
        status = EXIT_INVALID;
    if (!c->json || c->json_file)
        capability_print(c, stdout);
    return status;
}

int capability_main(int argc, char **argv)
{
    struct capability c = {.recipients = "1,3,10",
                           .classes = "1,2,4",
                           .ways = "data",
                           .rtts = "200ms",
                           .repeats = "1"};
    char *command = command_line(argc, argv);
    int first, status = EXIT_USAGE;

    scenario_init(&c.base);
    first = flags_parse(argc, argv, &c.base, of_scenario, own_flags, given, &c);
    if (first == 0) {
        help(stdout);
        status = EXIT_GOOD;
    } else if (first > 0 && first < argc) {
        fprintf(stderr,
                "capability: found \"%s\", wanted flags alone; see `turnaround "
                "capability --help`\n",
                argv[first]);
    } else if (first > 0) {
        status = run(&c, command);
    }
    capability_release(&c);
    free(command);
    return status;
}
