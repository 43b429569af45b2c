/* SPDX-License-Identifier: BSD-2-Clause */
/* From a table to getopt_long() and back to a help text. */
#include "bench/cmd/flags.h"

#include <assert.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { FLAGS_MAX = 80, OF_SCENARIO = 1000, OWN = 2000, HELP = 3000 };

static int argument_of(const char *value)
{
    if (!value)
        return no_argument;
    return value[0] == '[' ? optional_argument : required_argument;
}

static bool taken(const char *const *of_scenario, const char *name)
{
    if (!of_scenario)
        return true;
    while (*of_scenario && strcmp(*of_scenario, name) != 0)
        of_scenario++;
    return *of_scenario != NULL;
}

static void fill_options(struct option o[FLAGS_MAX],
                         const char *const *of_scenario, const struct flag *own)
{
    const struct option *end = o + FLAGS_MAX;

    for (int i = 0; parameters[i].name; i++)
        if (taken(of_scenario, parameters[i].name))
            *o++ = (struct option){parameters[i].name,
                                   argument_of(parameters[i].value), NULL,
                                   OF_SCENARIO + i};
    for (int i = 0; own[i].name; i++)
        *o++ = (struct option){own[i].name, argument_of(own[i].value), NULL,
                               OWN + i};
    *o++ = (struct option){"help", no_argument, NULL, HELP};
    assert(o < end);
    *o = (struct option){0};
}

int flags_parse(int argc, char **argv, struct scenario *s,
                const char *const *of_scenario, const struct flag *own,
                flag_given *given, void *arg)
{
    struct option options[FLAGS_MAX];
    char why[SCENARIO_WHY];
    int c;

    fill_options(options, of_scenario, own);
    optind = 0;
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c == HELP || c == 'h')
            return 0;
        if (c >= OWN) {
            given(arg, own[c - OWN].name, optarg);
        } else if (c < OF_SCENARIO) {
            fprintf(stderr, "%s: see `turnaround %s --help`\n", argv[0],
                    argv[0]);
            return -1;
        } else if (scenario_set(s, &parameters[c - OF_SCENARIO], optarg, why) <
                   0) {
            fprintf(stderr, "%s: %s\n", argv[0], why);
            return -1;
        }
    }
    return optind;
}

bool flag_kept(const struct flag_text *text, const char *name,
               const char *value)
{
    while (text->name && strcmp(text->name, name) != 0)
        text++;
    if (text->name)
        *text->to = value;
    return text->name != NULL;
}

enum { LEFT = 28, WIDTH = 79 };

/* Text in a column of its own, broken at blanks. */
static void print_wrapped(FILE *to, const char *text)
{
    const size_t room = WIDTH - LEFT;

    while (strlen(text) > room) {
        size_t len = room;

        while (len > 0 && text[len] != ' ')
            len--;
        if (len == 0)
            break;
        fprintf(to, "%.*s\n%*s", (int)len, text, LEFT, "");
        text += len + 1;
    }
    fprintf(to, "%s\n", text);
}

static void print_one(FILE *to, const char *name, const char *value,
                      const char *help)
{
    char left[64];

    snprintf(left, sizeof left, "--%s%s%s", name,
             !value            ? ""
             : value[0] == '[' ? "[="
                               : " ",
             !value            ? ""
             : value[0] == '[' ? value + 1
                               : value);
    fprintf(to, "  %-*s", LEFT - 2, left);
    if (strlen(left) >= LEFT - 2)
        fprintf(to, "\n%*s", LEFT, "");
    print_wrapped(to, help);
}

void flags_print(FILE *to, const struct flag *own)
{
    for (int i = 0; own[i].name; i++)
        print_one(to, own[i].name, own[i].value, own[i].help);
    print_one(to, "help", NULL, "this text");
}

void flags_print_scenario(FILE *to, const char *const *of_scenario)
{
    for (int i = 0; parameters[i].name; i++)
        if (taken(of_scenario, parameters[i].name))
            print_one(to, parameters[i].name, parameters[i].value,
                      parameters[i].help);
}
