/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround merge`: the shards of a sweep, put together. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/draw_out.h"
#include "bench/cmd/sweep_tell.h"
#include "bench/run/sweep_merge.h"

static const char usage[] =
    "usage: turnaround merge DIR... --out DIR [--no-plots]\n"
    "\n"
    "Puts the shards of a sweep together into a new folder, as if it had been\n"
    "run in one. They must be all of one sweep: each shard once, none "
    "missing,\n"
    "and every run of each.\n"
    "\n"
    "  --out DIR    the new folder\n"
    "  --no-plots   draw none\n"
    "  --help       this text\n"
    "\n"
    "Examples:\n"
    "  turnaround sweep -L mode lockstep,early -P rtt 10ms 600ms -D 10ms \\\n"
    "      --shard 1/2 --out one                # and 2/2 on another machine\n"
    "  turnaround merge one two --out both\n"
    "\n"
    "Exit status, as of the sweep in one: 0 merged, every row counts and was\n"
    "delivered; 1 some were not delivered; 2 usage; 3 some are INVALID, they "
    "do\n"
    "not belong together, something is missing, or the folder could not be\n"
    "written.\n";

struct request {
    const char *out;
    bool plots;
};

/* Returns an exit status, or -1 to go on. */
static int parse(struct request *q, int argc, char **argv)
{
    static const struct option options[] = {
        {"out", required_argument, NULL, 'o'},
        {"no-plots", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},
        {0}};
    int c;

    optind = 0;
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c == 'h') {
            fputs(usage, stdout);
            return EXIT_GOOD;
        }
        if (c == 'o')
            q->out = optarg;
        else if (c == 'n')
            q->plots = false;
        else
            return EXIT_USAGE;
    }
    if (q->out && optind < argc)
        return -1;
    fprintf(stderr, "merge: wanted %s; `turnaround merge --help` tells more\n",
            q->out ? "the folders of the shards" : "--out DIR, a new folder");
    return EXIT_USAGE;
}

static void count(const struct request *q, const struct merged *m)
{
    printf("%llu rows of %llu cells in %s", (unsigned long long)m->rows,
           (unsigned long long)m->cells, q->out);
    if (m->invalid > 0)
        printf(", %llu INVALID", (unsigned long long)m->invalid);
    if (m->undelivered > 0)
        printf(", %llu not delivered", (unsigned long long)m->undelivered);
    if (m->skipped > 0)
        printf("; %llu runs without meaning left out",
               (unsigned long long)m->skipped);
    printf("%s\n", m->mixed ? "; run by more than one version: see their "
                              "sweep.json"
                            : "");
}

/* Summary and plots of what was merged, where it fits into memory. */
static int tell(const struct request *q, const struct merged *m)
{
    char note[512], why[SWEEP_WHY];
    struct results r;
    struct summary s;
    int status = m->invalid > 0       ? EXIT_INVALID
                 : m->undelivered > 0 ? EXIT_CHECK_FAILED
                                      : EXIT_GOOD;

    count(q, m);
    if (m->rows > SWEEP_RUNS_MAX) {
        printf("no summary and no plots: more than %d rows\n", SWEEP_RUNS_MAX);
        return status;
    }
    if (results_open(&r, q->out, note, sizeof note, why, sizeof why) < 0) {
        fprintf(stderr, "merge: %s\n", why);
        return EXIT_INVALID;
    }
    summary_make(&s, &r.rows, NULL, (uint64_t)r.seed);
    if (sweep_summary_file(&s, q->out, "merge") < 0)
        status = EXIT_INVALID;
    summary_release(&s);
    if (q->plots && draw_out(&r, q->out, "merge") < 0)
        status = EXIT_INVALID;
    results_release(&r);
    return status;
}

int merge_main(int argc, char **argv)
{
    struct request q = {.plots = true};
    char why[SWEEP_WHY], *command;
    struct merged merged;
    int status = parse(&q, argc, argv);

    if (status >= 0)
        return status;
    command = command_line(argc, argv);
    if (sweep_merge(argv + optind, (size_t)(argc - optind), q.out, command,
                    &merged, why) < 0) {
        fprintf(stderr, "merge: %s\n", why);
        status = EXIT_INVALID;
    } else {
        status = tell(&q, &merged);
    }
    free(command);
    return status;
}
