/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround reproduce`: the book of claims, run and judged. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/cmd/cmd.h"
#include "bench/run/book.h"
#include "bench/run/draw.h"
#include "bench/run/pinned.h"
#include "bench/tell/folder.h"
#include "bench/tell/plot.h"
#include "bench/tell/report.h"

struct reproduce {
    struct book book;
    struct results results;
    char out[512];
    bool json;
    int terminal;   /* progress on one line */
    char lost[400]; /* why a row could not be kept; "": all were */
};

static void help(FILE *to)
{
    fputs("usage: turnaround reproduce [--list] [--out DIR] [--json] "
          "[CLAIM]...\n\n"
          "Runs the experiments behind the performance claims of RFC 1854,\n"
          "2197 and 2920 and of early pipelining, in every world that this\n"
          "host allows, and says of each claim whether it holds.\n\n"
          "  --list      the claims, without running anything\n"
          "  --out DIR   where the rows, plots and the report go; by default\n"
          "              a new folder in results/\n"
          "  --json      print the lines as JSON\n"
          "  --help      this text\n\nClaims:\n",
          to);
    for (const struct chapter *c = chapters; c->name; c++)
        fprintf(to, "  %-12s %s\n  %-12s %s\n", c->name, c->says, "",
                c->source);
    fputs("\nExamples:\n"
          "  turnaround reproduce\n"
          "  turnaround reproduce ladder dialogues\n\n"
          "Exit status: 0 all hold (what was skipped is said); 1 a claim\n"
          "fails; 2 usage; 3 it could not be run, or rows that a claim needs\n"
          "are INVALID.\n",
          to);
}

static int list(bool json)
{
    json_t *all = json_array();

    for (const struct chapter *c = chapters; c->name; c++) {
        if (!json)
            printf("%-12s %s (%s)\n", c->name, c->says, c->source);
        json_array_append_new(all,
                              json_pack("{s:s, s:s, s:s}", "claim", c->name,
                                        "says", c->says, "source", c->source));
    }
    if (json)
        json_dumpf(all, stdout, JSON_MANNER);
    if (json)
        putchar('\n');
    json_decref(all);
    return EXIT_GOOD;
}

/* results/reproduce-YYYYMMDD-HHMMSS, which is new. */
static void default_out(struct reproduce *r)
{
    time_t now = time(NULL);
    char stamp[32];

    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime(&now));
    snprintf(r->out, sizeof r->out, "results/reproduce-%s", stamp);
}

/* A row is kept as soon as it is known, so that nothing is lost when we are
 * killed; one that did not count stands before the one that took its place. */
static void progress(void *arg, const struct job *j, size_t done)
{
    struct reproduce *r = arg;
    struct row copy;

    row_copy(&copy, &j->row);
    if (results_add(&r->results, &copy, r->lost, sizeof r->lost) < 0)
        fprintf(stderr, "reproduce: %s\n", r->lost);
    if (r->terminal)
        fprintf(stderr, "\r%zu of %zu rows: %-60.60s", done, r->book.jobs,
                mode_of(j->scenario.mode)->name);
    else if (done % 100 == 0)
        fprintf(stderr, "%zu of %zu rows\n", done, r->book.jobs);
    if (r->terminal && done == r->book.jobs)
        fputs("\r\033[K", stderr);
}

static void draw_all(const struct reproduce *r)
{
    const unsigned pictures = 1u << PICTURE_SVG | 1u << PICTURE_PNG;
    char to[600];

    snprintf(to, sizeof to, "%s/plots", r->out);
    mkdir(to, 0777);
    for (size_t i = 0; i < plots_count; i++) {
        struct drawn d = draw_plot(&r->results, i, to, pictures);

        if (d.state == DRAWN_BY_HAND || d.state == DRAWN_FAILED)
            fprintf(stderr, "reproduce: %s: %s\n", plots[i].name, d.why);
    }
}

/* The lines of all entries, side by side. Caller frees. */
static struct claim_line *lines_of(const struct book *b)
{
    struct claim_line *line = calloc(b->entries + 1, sizeof *line);

    for (size_t i = 0; line && i < b->entries; i++)
        line[i] = b->entry[i].line;
    return line;
}

static int tell(struct reproduce *r, const struct claim_line *line)
{
    size_t n = r->book.entries;
    size_t held = claims_count(line, n, CLAIM_HOLDS);
    size_t failed = claims_count(line, n, CLAIM_FAILS);
    size_t undecided = claims_count(line, n, CLAIM_UNDECIDED);
    char report[600], why[300];

    snprintf(report, sizeof report, "%s/report.html", r->out);
    if (report_write(report, &r->results, line, n, why, sizeof why) < 0) {
        fprintf(stderr, "reproduce: %s\n", why);
        return EXIT_INVALID;
    }
    if (r->json) {
        json_t *all = json_pack("{s:i, s:s, s:o, s:s}", "schema", SCHEMA,
                                "command", "reproduce", "claims",
                                claims_to_json(line, n), "report", report);

        json_dumpf(all, stdout, JSON_MANNER);
        putchar('\n');
        json_decref(all);
    } else {
        claims_print(stdout, line, n);
        if (!r->book.ns3)
            printf("\nThe ns3 world was skipped: %s\n", r->book.ns3_why);
        if (!r->book.kernel)
            printf("\nThe kernel world was skipped: %s\n", r->book.kernel_why);
        printf("\n%zu claim%s, %zu fail", held, held == 1 ? " holds" : "s hold",
               failed);
        if (undecided > 0)
            printf(", %zu undecided: their rows are INVALID, most often since "
                   "the host is busy",
                   undecided);
        printf("%s\n", r->book.kernel && r->book.ns3
                           ? ""
                           : "; a world's part of all was skipped");
        printf("report: %s\n", report);
    }
    if (failed > 0)
        return EXIT_CHECK_FAILED;
    return undecided > 0 ? EXIT_INVALID : EXIT_GOOD;
}

static int run(struct reproduce *r, const char *command)
{
    struct claim_line *line;
    char why[KERNEL_WHY] = "out of memory";
    int result = EXIT_INVALID;

    if (results_create(&r->results, r->out, command, 1, why, sizeof why) < 0 ||
        pinned_tell(&r->results, r->book.kernel, PORT_VETH, why) < 0) {
        fprintf(stderr, "reproduce: %s\n", why);
        return EXIT_INVALID;
    }
    if (book_run(&r->book, progress, r) < 0)
        fprintf(stderr, "reproduce: %s\n", strerror(errno));
    book_judge(&r->book);
    line = lines_of(&r->book);
    if (results_end(&r->results, *r->lost ? r->lost : NULL, why, sizeof why) <
            0 ||
        !line) {
        fprintf(stderr, "reproduce: %s\n", why);
    } else if (!*r->lost) {
        draw_all(r);
        result = tell(r, line);
    }
    free(line);
    results_release(&r->results);
    return result;
}

static int parse(struct reproduce *r, int argc, char **argv, bool *listing)
{
    static const struct option options[] = {
        {"list", no_argument, NULL, 'l'},
        {"out", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {0}};
    int c;

    optind = 0;
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (c) {
        case 'l':
            *listing = true;
            break;
        case 'o':
            snprintf(r->out, sizeof r->out, "%s", optarg);
            break;
        case 'j':
            r->json = true;
            break;
        case 'h':
            help(stdout);
            return EXIT_GOOD;
        default:
            fputs("reproduce: see `turnaround reproduce --help`\n", stderr);
            return EXIT_USAGE;
        }
    }
    return -1;
}

int reproduce_main(int argc, char **argv)
{
    struct reproduce r = {.terminal = isatty(STDERR_FILENO)};
    char *command = command_line(argc, argv);
    bool listing = false;
    int result = parse(&r, argc, argv, &listing);

    if (result < 0 && listing)
        result = list(r.json);
    if (result < 0) {
        book_init(&r.book);
        if (!*r.out)
            default_out(&r);
        if (book_plan(&r.book, argv + optind, (size_t)(argc - optind)) < 0) {
            fprintf(stderr,
                    "reproduce: %s; see `turnaround reproduce "
                    "--list`\n",
                    r.book.why);
            result = EXIT_USAGE;
        } else {
            result = run(&r, command);
        }
        book_release(&r.book);
    }
    free(command);
    return result;
}
