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
#include "bench/cmd/draw_out.h"
#include "bench/cmd/json_out.h"
#include "bench/run/book.h"
#include "bench/run/ladders.h"
#include "bench/run/pinned.h"
#include "bench/tell/folder.h"
#include "netem/value.h"

struct reproduce {
    struct book book;
    struct results results;
    char out[512];
    const char *worlds; /* the only ones; NULL: all */
    const char *measured;
    int64_t tries;
    bool json, listing, markdown;
    int terminal;   /* progress on one line */
    char lost[400]; /* why a row could not be kept; "": all were */
};

static void help(FILE *to)
{
    fputs("usage: turnaround reproduce [--world WORLD,...] [--tries N]\n"
          "           [--out DIR] [--json] [CLAIM]...\n"
          "       turnaround reproduce --list [--json | --markdown "
          "[--measured DIR]]\n\n"
          "Runs the experiments behind the performance claims of RFC 1854,\n"
          "2197 and 2920 and of early pipelining, in every world that this\n"
          "host allows, and says of each claim whether it holds.\n\n"
          "  --list      the claims, without running anything\n"
          "  --markdown  with --list: every line of the book, as in\n"
          "              docs/claims.md\n"
          "  --measured DIR\n"
          "              and beside each what this run of the book measured\n"
          "  --world WORLD,...\n"
          "              only in these of ideal, ns3 and kernel; ideal is "
          "always\n"
          "              among them\n"
          "  --tries N   how often rows that do not count, since this machine "
          "is\n"
          "              busy, are run again behind all others (5)\n"
          "  --out DIR   where the rows, plots and the report go; by default\n"
          "              a new folder in results/\n"
          "  --json      print the lines as JSON\n"
          "  --help      this text\n\nClaims:\n",
          to);
    for (const struct chapter *c = chapters; c->name; c++)
        fprintf(to, "  %-12s %s\n  %-12s %s\n", c->name, c->says, "",
                c->source);
    fputs(
        "\nExamples:\n"
        "  turnaround reproduce\n"
        "  turnaround reproduce ladder dialogues\n"
        "  turnaround reproduce --world ideal,ns3\n\n"
        "Exit status: 0 all is as the book expects (what was skipped is\n"
        "said); 1 a line FAILS; 2 usage; 3 it could not be run, or rows that\n"
        "a line needs are INVALID.\n",
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
        return json_out("reproduce", NULL, stdout, all) < 0 ? EXIT_INVALID
                                                            : EXIT_GOOD;
    json_decref(all);
    return EXIT_GOOD;
}

/* Every line with what is expected of it, what a run measured, and where each
 * claim stands. Counts for all worlds, whatever this host has. */
static int list_markdown(const char *measured)
{
    struct book book = {0};
    struct report run = {0};
    char why[600] = "";
    int result = EXIT_INVALID;

    book_pretend(&book, true);
    if (book_plan(&book, NULL, 0) < 0) {
        fprintf(stderr, "reproduce: %s\n", book.why);
    } else if (measured && report_open(&run, measured, why, sizeof why) < 0) {
        fprintf(stderr, "reproduce: --measured: %s\n", why);
    } else if (measured && run.claims == 0) {
        fprintf(stderr, "reproduce: --measured: %s holds no claims\n",
                measured);
    } else {
        book_print_markdown(&book, &(struct measured){run.claim, run.claims},
                            stdout);
        result = EXIT_GOOD;
    }
    if (run.folder)
        report_release(&run);
    book_release(&book);
    return result;
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

/* The lines of all entries, side by side. Caller frees. */
static struct claim_line *lines_of(const struct book *b)
{
    struct claim_line *line = calloc(b->entries + 1, sizeof *line);

    for (size_t i = 0; line && i < b->entries; i++)
        line[i] = b->entry[i].line;
    return line;
}

/* The page is made from the files, as `turnaround report` does. */
static int write_report(const struct reproduce *r, char path[600])
{
    char why[600] = "";
    struct report report;
    FILE *to;
    int result;

    snprintf(path, 600, "%s/report.html", r->out);
    if (report_open(&report, r->out, why, sizeof why) < 0) {
        fprintf(stderr, "reproduce: %s\n", why);
        return -1;
    }
    ladders_add(&report);
    to = fopen(path, "we");
    result = to ? report_html(&report, to) : -1;
    if (!to || fclose(to) || result < 0) {
        fprintf(stderr, "reproduce: %s: %s\n", path, strerror(errno));
        result = -1;
    }
    report_release(&report);
    return result;
}

static void print_sum(const struct reproduce *r, const struct claim_line *line)
{
    const char *comma = "\n";

    for (int v = 0; v < CLAIM_VERDICT_COUNT; v++) {
        size_t n = claims_count(line, r->book.entries, (enum claim_verdict)v);

        if (n == 0)
            continue;
        printf("%s%zu: %s", comma, n,
               claim_verdict_name((enum claim_verdict)v));
        if (v == CLAIM_WITHIN)
            printf(" %g %%", 100 * BOOK_TOLERANCE);
        if (v == CLAIM_UNDECIDED)
            fputs(" (their rows are INVALID, most often since the host is "
                  "busy)",
                  stdout);
        comma = "; ";
    }
    printf("\n");
}

static int print_json(const struct reproduce *r, const struct claim_line *line,
                      const char *report)
{
    json_t *all = json_pack(
        "{s:i, s:s, s:o, s:s}", "schema", SCHEMA, "command", "reproduce",
        "claims", claims_to_json(line, r->book.entries), "report", report);

    return json_out("reproduce", NULL, stdout, all);
}

static void print_lines(const struct reproduce *r,
                        const struct claim_line *line, const char *report)
{
    claims_print(stdout, line, r->book.entries);
    if (!r->book.ns3)
        printf("\nThe ns3 world was skipped: %s\n", r->book.ns3_why);
    if (!r->book.kernel)
        printf("\nThe kernel world was skipped: %s\n", r->book.kernel_why);
    print_sum(r, line);
    printf("report: %s\n", report);
}

static int tell(struct reproduce *r, const struct claim_line *line)
{
    size_t n = r->book.entries;
    char report[600], why[600];
    json_t *claims = json_pack("{s:i, s:o}", "schema", SCHEMA, "claims",
                               claims_to_json(line, n));

    if (folder_keep(r->out, "claims.json", claims, why, sizeof why) < 0) {
        fprintf(stderr, "reproduce: %s\n", why);
        return EXIT_INVALID;
    }
    if (write_report(r, report) < 0)
        return EXIT_INVALID;
    if (!r->json)
        print_lines(r, line, report);
    else if (print_json(r, line, report) < 0)
        return EXIT_INVALID;
    if (claims_count(line, n, CLAIM_FAILS) > 0)
        return EXIT_CHECK_FAILED;
    return claims_count(line, n, CLAIM_UNDECIDED) > 0 ? EXIT_INVALID
                                                      : EXIT_GOOD;
}

/* Some lines have a row whose packets are kept, for the report to draw. */
static void keep_captures(struct reproduce *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->book.entries; i++) {
        const struct job *first = book_first(&r->book, i);
        struct job *j = r->book.job + (first ? first - r->book.job : 0);
        char folder[700], *name = NULL, *path = NULL;

        if (!r->book.entry[i].captured || !first ||
            first->scenario.world == WORLD_IDEAL)
            continue;
        snprintf(folder, sizeof folder, "%s/captures", r->out);
        mkdir(folder, 0777);
        if (asprintf(&name, "captures/%zu", ++kept) < 0 ||
            asprintf(&path, "%s/%s", r->out, name) < 0)
            abort();
        mkdir(path, 0777);
        j->captures = path;
        j->captures_name = name;
    }
}

static void forget_captures(struct reproduce *r)
{
    for (size_t i = 0; i < r->book.jobs; i++) {
        free((char *)r->book.job[i].captures);
        free((char *)r->book.job[i].captures_name);
        r->book.job[i].captures = r->book.job[i].captures_name = NULL;
    }
}

static int run(struct reproduce *r, const char *command)
{
    struct claim_line *line;
    char why[KERNEL_WHY] = "out of memory";
    int result = EXIT_INVALID;

    if (results_create(&r->results, r->out, command, 1, why, sizeof why) < 0 ||
        pinned_tell(r->out, r->book.kernel, PORT_VETH, why) < 0) {
        fprintf(stderr, "reproduce: %s\n", why);
        return EXIT_INVALID;
    }
    r->results.rows_in_csv = true; /* they are many */
    keep_captures(r);
    if (book_run(&r->book, progress, r) < 0)
        fprintf(stderr, "reproduce: %s\n", strerror(errno));
    book_judge(&r->book);
    line = lines_of(&r->book);
    if (results_end(&r->results, *r->lost ? r->lost : NULL, why, sizeof why) <
            0 ||
        !line) {
        fprintf(stderr, "reproduce: %s\n", why);
    } else if (!*r->lost) {
        draw_out(&r->results, r->out, "reproduce");
        result = tell(r, line);
    }
    free(line);
    forget_captures(r);
    results_release(&r->results);
    return result;
}

static int take_tries(struct reproduce *r)
{
    if (!value_count(optarg, strlen(optarg), 0, 1000, &r->tries))
        return -1;
    fprintf(stderr,
            "reproduce: --tries: \"%.40s\"; wanted a whole number from 0 to "
            "1000\n",
            optarg);
    return EXIT_USAGE;
}

/* One flag. Returns -1 to go on, else an exit status. */
static int take(struct reproduce *r, int flag)
{
    switch (flag) {
    case 'l':
        r->listing = true;
        return -1;
    case 'm':
        r->markdown = true;
        return -1;
    case 'M':
        r->measured = optarg;
        return -1;
    case 'w':
        r->worlds = optarg;
        return -1;
    case 't':
        return take_tries(r);
    case 'o':
        snprintf(r->out, sizeof r->out, "%s", optarg);
        return -1;
    case 'j':
        r->json = true;
        return -1;
    case 'h':
        help(stdout);
        return EXIT_GOOD;
    default:
        fputs("reproduce: see `turnaround reproduce --help`\n", stderr);
        return EXIT_USAGE;
    }
}

/* Flags that mean nothing without another. */
static int check_flags(const struct reproduce *r)
{
    if (r->markdown && !r->listing)
        fputs("reproduce: --markdown is of --list; `turnaround "
              "report DIR --markdown` tells a result\n",
              stderr);
    else if (r->measured && !r->markdown)
        fputs("reproduce: --measured is of --list --markdown\n", stderr);
    else
        return -1;
    return EXIT_USAGE;
}

static int parse(struct reproduce *r, int argc, char **argv)
{
    static const struct option options[] = {
        {"list", no_argument, NULL, 'l'},
        {"markdown", no_argument, NULL, 'm'},
        {"measured", required_argument, NULL, 'M'},
        {"world", required_argument, NULL, 'w'},
        {"tries", required_argument, NULL, 't'},
        {"out", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {0}};
    int c, result = -1;

    optind = 0;
    while (result < 0 &&
           (c = getopt_long(argc, argv, "h", options, NULL)) != -1)
        result = take(r, c);
    return result < 0 ? check_flags(r) : result;
}

/* The ideal world is what the others are measured by, and so never left out. */
static int choose_worlds(struct reproduce *r)
{
    bool has[WORLD_COUNT] = {false};

    for (const char *at = r->worlds; at;) {
        size_t len = strcspn(at, ",");
        enum world w = world_named(at, len);

        if (w == WORLD_COUNT) {
            fprintf(stderr,
                    "reproduce: --world: \"%.*s\" is no world; wanted ideal, "
                    "ns3, kernel\n",
                    (int)len, at);
            return -1;
        }
        has[w] = true;
        at = at[len] ? at + len + 1 : NULL;
    }
    if (r->worlds && !has[WORLD_NS3])
        book_leave_out(&r->book, WORLD_NS3);
    if (r->worlds && !has[WORLD_KERNEL])
        book_leave_out(&r->book, WORLD_KERNEL);
    return 0;
}

int reproduce_main(int argc, char **argv)
{
    struct reproduce r = {.terminal = isatty(STDERR_FILENO),
                          .tries = POOL_TRIES};
    char *command = command_line(argc, argv);
    int result = parse(&r, argc, argv);

    if (result < 0 && r.listing)
        result = r.markdown ? list_markdown(r.measured) : list(r.json);
    if (result < 0) {
        book_init(&r.book);
        r.book.tries = (int)r.tries;
        if (!*r.out)
            default_out(&r);
        if (choose_worlds(&r) < 0) {
            result = EXIT_USAGE;
        } else if (book_plan(&r.book, argv + optind, (size_t)(argc - optind)) <
                   0) {
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
