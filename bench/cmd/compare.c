/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround compare`: is B faster or slower than A, by how much, how surely?
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/json_out.h"
#include "bench/run/scenario.h"
#include "bench/tell/compare.h"
#include "bench/tell/folder.h"
#include "netem/value.h"

static const char usage[] =
    "usage: turnaround compare A B [FLAG]...\n"
    "\n"
    "Compares the times of two results folders, group by group of rows with\n"
    "the same parameters: faster, slower or no difference, by how much (the\n"
    "ratio of medians of closed_ms, with a 95 % interval by the bootstrap), "
    "and\n"
    "how surely (Mann and Whitney's test, corrected by Benjamini and Hochberg\n"
    "for the number of groups). It is no difference only where it is surely\n"
    "below the threshold; what the rows do not tell is undecided, and how "
    "many\n"
    "would. Then the same over all groups. INVALID rows, and what was not\n"
    "delivered, do not count.\n"
    "\n"
    "  --except NAME,...  parameters that may differ, such as mode\n"
    "  --threshold N%     what is nearer is no difference (default 1%)\n"
    "  --seed N           decides the bootstrap's draws (default 1)\n"
    "  --json             print JSON\n"
    "  --help             this text\n"
    "\n"
    "Examples:\n"
    "  turnaround compare results/before results/after\n"
    "  turnaround compare lockstep early --except mode,offer\n"
    "\n"
    "Exit status: 0 B was found slower nowhere; 1 B is slower somewhere, or "
    "over\n"
    "all groups; 2 usage; 3 no group is in both, or nothing could be "
    "decided.\n";

enum { EXCEPT_MAX = 32 };

struct request {
    const char *except[EXCEPT_MAX + 1];
    char *names; /* owned: what `except` points into */
    double threshold;
    int64_t seed;
    bool json;
};

static int take_except(struct request *q, const char *list)
{
    size_t count = 0;

    free(q->names);
    q->names = strdup(list);
    if (!q->names)
        abort();
    for (char *at = strtok(q->names, ","); at; at = strtok(NULL, ",")) {
        if (count == EXCEPT_MAX) {
            fprintf(stderr, "compare: --except: more than %d names\n",
                    EXCEPT_MAX);
            return -1;
        }
        if (!parameter_named(at)) {
            fprintf(stderr,
                    "compare: --except: %s: no such parameter; wanted those "
                    "of `turnaround run`, such as mode,offer\n",
                    at);
            return -1;
        }
        q->except[count++] = at;
    }
    q->except[count] = NULL;
    return 0;
}

static int take(struct request *q, int c)
{
    if (c == 'e')
        return take_except(q, optarg);
    if (c == 'j')
        q->json = true;
    if (c == 't' && value_percent(optarg, strlen(optarg), &q->threshold)) {
        fprintf(stderr, "compare: --threshold: found \"%s\", wanted %s\n",
                optarg, VALUE_PERCENT);
        return -1;
    }
    if (c == 's' &&
        value_count(optarg, strlen(optarg), 0, INT64_MAX, &q->seed)) {
        fprintf(stderr,
                "compare: --seed: found \"%s\", wanted a whole number\n",
                optarg);
        return -1;
    }
    return c == '?' ? -1 : 0;
}

/* Returns an exit status, or -1 to go on. */
static int parse(struct request *q, int argc, char **argv)
{
    static const struct option options[] = {
        {"except", required_argument, NULL, 'e'},
        {"threshold", required_argument, NULL, 't'},
        {"seed", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {0}};
    int c;

    optind = 0;
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c == 'h') {
            fputs(usage, stdout);
            return EXIT_GOOD;
        }
        if (take(q, c) < 0)
            return EXIT_USAGE;
    }
    if (argc - optind == 2)
        return -1;
    fputs("compare: wanted two results folders; `turnaround compare --help` "
          "tells more\n",
          stderr);
    return EXIT_USAGE;
}

static int status_of(const struct comparison *c, size_t count,
                     const struct comparison *whole)
{
    size_t of[COMPARE_UNDECIDED + 1] = {0};

    of[whole->verdict]++;
    for (size_t i = 0; i < count; i++)
        of[c[i].verdict]++;
    if (of[COMPARE_SLOWER] > 0)
        return EXIT_CHECK_FAILED;
    return count + 1 > of[COMPARE_UNDECIDED] ? EXIT_GOOD : EXIT_INVALID;
}

static void print(const struct comparison *c, size_t count,
                  const struct comparison *whole, size_t a, size_t b)
{
    size_t of[COMPARE_UNDECIDED + 1] = {0};

    compare_print(stdout, c, count);
    if (whole->groups > 1)
        compare_print_whole(stdout, whole);
    for (size_t i = 0; i < count; i++)
        of[c[i].verdict]++;
    printf("%zu faster, %zu slower, %zu without a difference, %zu undecided",
           of[COMPARE_FASTER], of[COMPARE_SLOWER], of[COMPARE_SAME],
           of[COMPARE_UNDECIDED]);
    if (count < a || count < b)
        printf("; only in A: %zu, only in B: %zu", a - count, b - count);
    putchar('\n');
}

static int compare(const struct request *q, const struct results *a,
                   const struct results *b)
{
    struct summary of_a, of_b;
    struct comparison *c, whole;
    size_t count;
    int status;

    summary_make(&of_a, &a->rows, q->except, (uint64_t)q->seed);
    summary_make(&of_b, &b->rows, q->except, (uint64_t)q->seed);
    count =
        compare_make(&of_a, &of_b, q->threshold / 100, (uint64_t)q->seed, &c);
    whole = compare_whole(c, count, q->threshold / 100, (uint64_t)q->seed);
    status = status_of(c, count, &whole);
    if (q->json) {
        json_t *all = json_pack("{s:i, s:o, s:o}", "schema", SCHEMA, "groups",
                                compare_to_json(c, count), "whole",
                                compare_whole_to_json(&whole));

        if (json_out("compare", NULL, stdout, all) < 0)
            status = EXIT_INVALID;
    } else {
        print(c, count, &whole, of_a.count, of_b.count);
    }
    if (count == 0)
        fputs("compare: no group of rows has the same parameters in both; "
              "--except NAME lets one differ\n",
              stderr);
    free(c);
    summary_release(&of_a);
    summary_release(&of_b);
    return status;
}

int compare_main(int argc, char **argv)
{
    struct request q = {.threshold = 1, .seed = 1};
    char note[512], why[700];
    struct results r[2];
    int status = parse(&q, argc, argv), opened = 0;

    for (; status < 0 && opened < 2; opened++) {
        if (results_open(&r[opened], argv[optind + opened], note, sizeof note,
                         why, sizeof why) < 0) {
            fprintf(stderr, "compare: %s\n", why);
            status = EXIT_INVALID;
            break;
        }
        if (*note)
            fprintf(stderr, "compare: %s\n", note);
    }
    if (status < 0)
        status = compare(&q, &r[0], &r[1]);
    while (opened-- > 0)
        results_release(&r[opened]);
    free(q.names);
    return status;
}
