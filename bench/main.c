/* SPDX-License-Identifier: BSD-2-Clause */
/* The program: one table of subcommands, from which dispatch, usage and the
 * shell's completion follow. */
#include "bench/cmd/cmd.h"
#include "bench/tell/version.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int help_main(int argc, char **argv);

/* clang-format off */
static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"run",       run_main,       "count the waits of a scenario, and time them"},
    {"analyze",   analyze_main,   "count the waits in a capture, and time them"},
    {"sweep",     sweep_main,     "vary anything, see the curve; many runs at once"},
    {"merge",     merge_main,     "put the shards of a sweep together"},
    {"compare",   compare_main,   "is one result faster than another, how surely?"},
    {"link",      link_main,      "run any program on the road"},
    {"serve",     serve_main,     "our server on its own"},
    {"send",      send_main,      "our client on its own, one session or many"},
    {"reproduce", reproduce_main, "run the book of claims: does it hold?"},
    {"plot",      plot_main,      "draw the plots of a results folder"},
    {"report",    report_main,    "tell a results folder on one page"},
    {"bench",     bench_main,     "how exact and how fast the road is on this host"},
    {"mx",        mx_main,        "which host next: policies against hosts that differ"},
    {"capability", capability_main, "what asking costs: strategies against recipients that differ"},
    {"doctor",    doctor_main,    "what this host allows, and what to do about it"},
    {"help",      help_main,      "this text; `help COMMAND`: that command's"},
};
/* clang-format on */

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void usage(FILE *to)
{
    fputs("usage: turnaround COMMAND [ARGUMENT]...\n\n"
          "Counts how often an SMTP client stands and waits, and measures\n"
          "what each wait costs over a road of any length.\n\n",
          to);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(to, "    %-10s %s\n", commands[i].name, commands[i].help);
    fputs("\n`turnaround COMMAND --help` tells a command's flags, with "
          "examples;\n`turnaround --version` which program this is.\n",
          to);
}

static const struct command *command_find(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int smallest(int a, int b, int c)
{
    return a < b ? (a < c ? a : c) : (b < c ? b : c);
}

/* How many letters must be put in, taken out or changed to make one word of
 * the other (Levenshtein); long words differ by a lot. */
static int word_distance(const char *a, const char *b)
{
    enum { LONG = 32 };
    int row[LONG + 1];
    int len = (int)strnlen(b, LONG + 1);

    if (len > LONG || strnlen(a, LONG + 1) > LONG)
        return LONG;
    for (int j = 0; j <= len; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int corner = row[0];

        row[0] = i;
        for (int j = 1; j <= len; j++) {
            int change = corner + (a[i - 1] != b[j - 1]);

            corner = row[j];
            row[j] = smallest(change, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[len];
}

/* Of a short word hardly anything is left where three letters change: a third
 * of the longer word may, or the beginning is right. */
static bool alike(const char *name, const char *command)
{
    size_t a = strlen(name), b = strlen(command), longer = a > b ? a : b;

    return (size_t)word_distance(name, command) * 3 <= longer ||
           (a >= 2 && strncmp(name, command, a) == 0);
}

static int unknown(const char *name)
{
    const struct command *nearest = &commands[0];

    for (int i = 1; i < COMMANDS; i++)
        if (alike(name, commands[i].name) &&
            (!alike(name, nearest->name) ||
             word_distance(name, commands[i].name) <
                 word_distance(name, nearest->name)))
            nearest = &commands[i];
    fprintf(stderr, "turnaround: there is no command '%s'", name);
    if (alike(name, nearest->name))
        fprintf(stderr, "; did you mean '%s'?", nearest->name);
    fputs("\n`turnaround help` lists them.\n", stderr);
    return EXIT_USAGE;
}

static int help_main(int argc, char **argv)
{
    const struct command *c;
    char *ask[] = {NULL, "--help", NULL};

    if (argc < 2 || strcmp(argv[1], "help") == 0 ||
        strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return EXIT_GOOD;
    }
    if (strcmp(argv[1], "--names") == 0) { /* for the shell's completion */
        for (int i = 0; i < COMMANDS; i++)
            puts(commands[i].name);
        return EXIT_GOOD;
    }
    c = command_find(argv[1]);
    if (!c)
        return unknown(argv[1]);
    ask[0] = argv[1];
    return c->run(2, ask);
}

int main(int argc, char **argv)
{
    const struct command *c;

    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help_main(1, argv);
    if (strcmp(argv[1], "--version") == 0) {
        printf("turnaround %s\n", turnaround_version());
        return EXIT_GOOD;
    }
    c = command_find(argv[1]);
    return c ? c->run(argc - 1, argv + 1) : unknown(argv[1]);
}
