/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround report`: tells a results folder, without running anything. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cmd/cmd.h"
#include "bench/run/ladders.h"

struct report_command {
    const char *from, *out; /* out NULL: by default; "-": standard output */
    int (*how)(const struct report *, FILE *);
};

static const char usage[] =
    "usage: turnaround report DIR [--markdown | --text] [--out FILE]\n"
    "\n"
    "Tells what a results folder holds: what was run and on what, claims with\n"
    "verdicts, plots, sequence charts of the captures, the cells of a sweep,\n"
    "the rows, how to repeat it. Any folder of results will do, and any file\n"
    "of JSON that a command printed.\n"
    "Nothing is run, and nothing is fetched: the page is whole in itself.\n"
    "\n"
    "    --markdown    as Markdown, to the standard output\n"
    "    --text        as text of 72 columns, with tables as RFCs have them,\n"
    "                  to the standard output\n"
    "    --out FILE    to this file; `-` is the standard output. By default\n"
    "                  the page is DIR/report.html\n"
    "    --help        this text\n"
    "\n"
    "Exit status: 0 told; 2 usage; 3 the folder cannot be read, or the report\n"
    "not be written.\n"
    "\n"
    "Examples:\n"
    "    turnaround report results/reference\n"
    "    turnaround report results/reference --text | less\n"
    "    turnaround report mx.json --text\n";

/* Returns an exit status, or -1 to go on. */
static int parse(struct report_command *c, int argc, char **argv)
{
    static const struct option options[] = {
        {"markdown", no_argument, NULL, 'm'},
        {"text", no_argument, NULL, 't'},
        {"out", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {0}};
    int o;

    optind = 0;
    while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1)
        switch (o) {
        case 'm':
            c->how = report_markdown;
            break;
        case 't':
            c->how = report_text;
            break;
        case 'o':
            c->out = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return EXIT_GOOD;
        default:
            fputs("report: see `turnaround report --help`\n", stderr);
            return EXIT_USAGE;
        }
    if (argc - optind != 1) {
        fprintf(stderr, "report: %s; see `turnaround report --help`\n",
                optind == argc ? "no results folder is named"
                               : "one results folder at a time");
        return EXIT_USAGE;
    }
    c->from = argv[optind];
    return -1;
}

/* Whether the folder of `file` is that of the results: then files can be
 * linked to by their names. */
static bool beside(const char *file, const char *folder)
{
    const char *slash = strrchr(file, '/');
    char *of = slash ? strndup(file, (size_t)(slash - file + 1)) : strdup(".");
    char *a = of ? realpath(of, NULL) : NULL, *b = realpath(folder, NULL);
    bool same = a && b && strcmp(a, b) == 0;

    free(of);
    free(a);
    free(b);
    return same;
}

static int failed(const char *path)
{
    fprintf(stderr, "report: %s: %s\n", path, strerror(errno));
    return EXIT_INVALID;
}

/* Beside its name, then renamed: a report that is there stays whole. */
static int write_file(const struct report_command *c, const struct report *r,
                      const char *path)
{
    char *new = NULL;
    FILE *to;
    int result = EXIT_GOOD;

    if (asprintf(&new, "%s.new", path) < 0)
        abort();
    to = fopen(new, "we");
    if (!to) {
        result = failed(path);
    } else if ((c->how(r, to) | fclose(to)) || rename(new, path)) {
        result = failed(path);
        remove(new);
    }
    free(new);
    if (result == EXIT_GOOD)
        printf("report: %s\n", path);
    return result;
}

static int tell(const struct report_command *c, struct report *r)
{
    char *path = NULL;
    int result;

    if (*r->note)
        fprintf(stderr, "report: %s\n", r->note);
    if (c->how == report_html)
        ladders_add(r);
    if (c->out ? strcmp(c->out, "-") == 0 : c->how != report_html) {
        r->linked = false;
        return c->how(r, stdout) < 0 || fflush(stdout) ? failed("output")
                                                       : EXIT_GOOD;
    }
    if (asprintf(&path, "%s%s", c->out ? c->out : r->folder,
                 c->out ? "" : "/report.html") < 0)
        abort();
    r->linked = beside(path, r->folder);
    result = write_file(c, r, path);
    free(path);
    return result;
}

int report_main(int argc, char **argv)
{
    struct report_command c = {.how = report_html};
    int status = parse(&c, argc, argv);
    char why[600];
    struct report r;

    if (status >= 0)
        return status;
    if (report_open(&r, c.from, why, sizeof why) < 0) {
        fprintf(stderr, "report: %s\n", why);
        return EXIT_INVALID;
    }
    status = tell(&c, &r);
    report_release(&r);
    return status;
}
