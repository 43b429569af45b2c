/* SPDX-License-Identifier: BSD-2-Clause */
/* turnaround plot: draws what a results folder holds. */
#include "bench/tell/plot.h"
#include "bench/cmd/cmd.h"
#include "bench/cmd/json_out.h"
#include "bench/cmd/mx_folder.h"
#include "bench/run/draw.h"
#include "bench/tell/mx_plot.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: turnaround plot DIR [--out FOLDER] [--format LIST] [--json]\n"
    "\n"
    "Draws the plots of a results folder, without running anything: each as\n"
    "NAME.dat and NAME.gp, and as pictures, which gnuplot makes of them.\n"
    "\n"
    "    --out FOLDER    where to; DIR/plots if absent\n"
    "    --format LIST   of svg, png, pdf; svg,png if absent\n"
    "    --json          say what was drawn as JSON\n"
    "    --help          this text\n"
    "\n"
    "Plots, each where the rows hold what it needs:\n";

static const char examples[] =
    "\n"
    "Exit status: 0 drawn; 2 usage; 3 nothing, or not all, could be drawn "
    "(what\n"
    "was there before stays); 127 gnuplot is not installed (the .dat and .gp\n"
    "files are written all the same).\n"
    "\n"
    "Examples:\n"
    "    turnaround plot results/reference\n"
    "    turnaround plot results/reference --format pdf --out /tmp/figures\n";

struct request {
    const char *dir, *out;
    unsigned pictures;
    bool json;
};

static void help(void)
{
    fputs(usage, stdout);
    for (size_t i = 0; i < plots_count; i++)
        printf("    %-26s %s\n", plots[i].name, plots[i].title);
    fputs(examples, stdout);
}

/* Returns an exit status, or -1 to go on. */
static int parse(struct request *q, int argc, char **argv)
{
    static const struct option options[] = {
        {"out", required_argument, NULL, 'o'},
        {"format", required_argument, NULL, 'f'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {0}};
    char why[128];
    int c;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (c) {
        case 'o':
            q->out = optarg;
            break;
        case 'f':
            q->pictures = pictures_parse(optarg, why, sizeof why);
            if (q->pictures)
                break;
            fprintf(stderr, "plot: --format: %s\n", why);
            return EXIT_USAGE;
        case 'j':
            q->json = true;
            break;
        case 'h':
            help();
            return EXIT_GOOD;
        default:
            return EXIT_USAGE;
        }
    }
    if (argc - optind != 1) {
        fprintf(stderr, "plot: %s; `turnaround plot --help` tells more\n",
                optind == argc ? "no results folder is named"
                               : "one results folder at a time");
        return EXIT_USAGE;
    }
    q->dir = argv[optind];
    return -1;
}

static json_t *drawn_to_json(const char *name, const struct drawn *d,
                             const char *to, unsigned pictures)
{
    static const char *const state[] = {[DRAWN] = "drawn",
                                        [DRAWN_NOT_HELD] = "not held",
                                        [DRAWN_BY_HAND] = "written, not drawn",
                                        [DRAWN_FAILED] = "failed"};
    json_t *files = json_array();

    for (int i = 0; d->state == DRAWN && i < PICTURE_COUNT; i++)
        if (pictures & (1U << i))
            json_array_append_new(files,
                                  json_sprintf("%s/%s.%s", to, name,
                                               picture_name((enum picture)i)));
    return json_pack("{s:s, s:s, s:o, s:o}", "name", name, "state",
                     state[d->state], "files", files, "because",
                     *d->why ? json_text(d->why) : json_null());
}

static void say(const char *name, const char *title, const struct drawn *d,
                const char *to)
{
    switch (d->state) {
    case DRAWN:
        printf("%s/%s: %s\n", to, name, title);
        break;
    case DRAWN_NOT_HELD:
        printf("%s: not drawn: %s\n", name, d->why);
        break;
    case DRAWN_BY_HAND:
    case DRAWN_FAILED:
        fprintf(stderr, "plot: %s/%s.gp: %s\n", to, name, d->why);
        break;
    }
}

/* What all of them together mean for the exit status. */
static int status_of(const size_t states[DRAWN_FAILED + 1])
{
    if (states[DRAWN_FAILED])
        return EXIT_INVALID;
    if (states[DRAWN_BY_HAND]) {
        fputs("plot: gnuplot is not installed; the .dat and .gp files are "
              "written, to be drawn where it is\n",
              stderr);
        return EXIT_UNSUPPORTED;
    }
    if (!states[DRAWN]) {
        fputs("plot: the rows hold nothing that could be drawn\n", stderr);
        return EXIT_INVALID;
    }
    return EXIT_GOOD;
}

struct telling {
    const struct request *q;
    const char *to;
    json_t *list;
    size_t states[DRAWN_FAILED + 1];
};

static void tell(void *arg, const char *name, const char *title,
                 const struct drawn *d)
{
    struct telling *t = arg;

    t->states[d->state]++;
    json_array_append_new(t->list,
                          drawn_to_json(name, d, t->to, t->q->pictures));
    if (!t->q->json)
        say(name, title, d, t->to);
}

static int draw(const struct request *q, const struct results *r,
                const char *to)
{
    struct telling t = {.q = q, .to = to, .list = json_array()};
    json_t *all;

    draw_all(r, to, q->pictures, tell, &t);
    all = json_pack("{s:i, s:o, s:o}", "schema", SCHEMA, "folder",
                    json_text(to), "plots", t.list);
    if (!q->json)
        json_decref(all);
    else if (json_out("plot", NULL, stdout, all) < 0)
        return EXIT_INVALID;
    return status_of(t.states);
}

/* The result of `turnaround mx`, to be released; NULL: it is of another. */
static json_t *mx_result(const char *dir)
{
    char path[4096];
    json_t *result;

    snprintf(path, sizeof path, "%s/result.json", dir);
    result = json_load_file(path, 0, NULL);
    if (result && mx_plots_fit(result))
        return result;
    json_decref(result);
    return NULL;
}

/* Its plots have a schema of their own; pictures of hosts stay as they are. */
static int draw_mx(const struct request *q, json_t *result, const char *to)
{
    char why[MX_WHY];
    struct mx_plots made;
    int status = EXIT_GOOD;

    if (mx_folder_plot(result, to, q->pictures, &made, why) < 0) {
        fprintf(stderr, "plot: %s\n", why);
        status = EXIT_INVALID;
    }
    if (q->json)
        printf("{\n  \"schema\": %d,\n  \"plots\": [", SCHEMA);
    for (size_t i = 0; i < made.count; i++)
        printf(q->json ? "%s\"%s\"" : "%s%s\n", q->json && i ? ", " : "",
               made.name[i]);
    if (q->json)
        puts("]\n}");
    json_decref(result);
    return status;
}

static int make_folder(const char *to)
{
    if (mkdir(to, 0777) == 0 || errno == EEXIST)
        return 0;
    fprintf(stderr, "plot: %s: %s\n", to, strerror(errno));
    return -1;
}

int plot_main(int argc, char **argv)
{
    struct request q = {.pictures = 1U << PICTURE_SVG | 1U << PICTURE_PNG};
    char note[512], why[512], to[4096];
    struct results r;
    int status = parse(&q, argc, argv);
    json_t *mx;

    if (status >= 0)
        return status;
    snprintf(to, sizeof to, "%s%s", q.out ? q.out : q.dir,
             q.out ? "" : "/plots");
    mx = mx_result(q.dir);
    if (mx && make_folder(to) == 0)
        return draw_mx(&q, mx, to);
    json_decref(mx);
    if (mx)
        return EXIT_INVALID;
    if (results_open(&r, q.dir, note, sizeof note, why, sizeof why)) {
        fprintf(stderr, "plot: %s\n", why);
        return EXIT_INVALID;
    }
    if (*note)
        fprintf(stderr, "plot: %s\n", note);
    status = make_folder(to) == 0 ? draw(&q, &r, to) : EXIT_INVALID;
    results_release(&r);
    return status;
}
