/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround bench road`: how exact and how fast the road is on this host. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "bench/cmd/cmd.h"
#include "bench/run/probe_plan.h"
#include "bench/run/pulse.h"
#include "bench/tell/folder.h"
#include "bench/tell/version.h"
#include "netem/clock.h"
#include "netem/lab.h"

enum { ROUNDS = 5, ROUNDS_MAX = 1000 };

struct bench {
    struct probe_plan plan;
    bool wanted[PROBE_TARGETS], quick, json, verbose, out_given;
    unsigned rounds;
    char out[400];
    size_t done;
    int64_t began_ns;
    json_t *host;
};

static void help(FILE *to)
{
    fputs(
        "usage: turnaround bench road [--quick] [--rounds N] [--out DIR]\n"
        "           [--json] [--match TEXT] [--verbose] [TARGET]...\n\n"
        "Measures how exact and how fast the road is on this host, side by\n"
        "side with a bare veth pair, the kernel's tbf, ns-3 and mahimahi, "
        "where\n"
        "they are to be had. Rounds of all variants in turn; each figure is\n"
        "the median of the rounds, each ratio that of the rounds' ratios.\n"
        "What others disturbed is measured again; what stays disturbed counts\n"
        "for nothing, and with fewer than 3 good rounds nothing is decided.\n\n"
        "  --rounds N  how often all is measured; by default 5\n"
        "  --out DIR   where table.txt, bench.json and rows.csv go: by "
        "default\n"
        "              results/bench-road, and what was there is renamed\n"
        "  --quick     one short round: only shows that it works\n"
        "  --json      print the scores as JSON\n"
        "  --match TEXT\n"
        "              only variants whose name holds it; others are skipped\n"
        "  --verbose   a line for each variant of each round\n"
        "  --help      this text\n\nTargets (by default all):\n",
        to);
    for (int i = 0; i < PROBE_TARGETS; i++)
        fprintf(to, "  %d  %s\n", i + 1, probe_target_name[i]);
    fputs("\nAll takes some 6 minutes. Examples:\n"
          "  turnaround bench road\n"
          "  turnaround bench road --rounds 9 1 2\n\n"
          "Exit status: 0 it could be measured, whatever came of it; 2 usage;\n"
          "3 it could not; 127 not on this host.\n",
          to);
}

static void tell_figures(const struct probe *p, const struct probe_outcome *o)
{
    fprintf(stderr, "%-34s", p->name);
    for (size_t i = 0; i < o->count; i++)
        fprintf(stderr, " %s %.4g", o->figure[i].name, o->figure[i].value);
    if (!o->skipped)
        fprintf(stderr, " steal_pct %.1f foreign_pct %.1f%s", o->steal_pct,
                o->foreign_pct, o->disturbed ? " (disturbed)" : "");
    fprintf(stderr, "%s%s\n", o->why[0] ? "  " : "", o->why);
}

static void told(void *arg, const struct probe *p,
                 const struct probe_outcome *o)
{
    struct bench *b = arg;
    size_t all = b->plan.probes * b->rounds;
    double s = (double)(clock_read_ns(CLOCK_MONOTONIC) - b->began_ns) / 1e9;

    b->done++;
    all += b->plan.repeated;
    if (b->verbose)
        tell_figures(p, o);
    else if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%zu of %zu, %.0f s left   %s", b->done, all,
                s / (double)b->done * (double)(all - b->done),
                b->done == all ? "\n" : "");
}

static json_t *load_now(void)
{
    double load[3] = {0};

    if (getloadavg(load, 3) != 3)
        return json_null();
    return json_pack("[f, f, f]", load[0], load[1], load[2]);
}

static json_t *describe_host(void)
{
    struct lab_probe lab = lab_probe();
    struct utsname u;
    struct pulse pulse;
    char now[32];
    time_t t = time(NULL);

    uname(&u);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%S%z", localtime(&t));
    if (pulse_take(&pulse) == -1)
        memset(&pulse, 0, sizeof pulse);
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:b, s:b, s:b, s:s, s:f, s:f, s:s, s:o}",
        "started", now, "kernel", u.release, "kernel_build", u.version,
        "machine", u.machine, "cores", (int)sysconf(_SC_NPROCESSORS_ONLN),
        "root", lab.root, "fifo", lab.fifo, "tun", lab.tun,
        "congestion_controls", lab.congestion, "timer_late_p50_us",
        pulse.late_us.median, "timer_late_p99_us", pulse.late_us.p99,
        "clock_source", pulse.clock_source, "load_at_start", load_now());
}

static json_t *disturbance(const struct bench *b)
{
    double stolen = probe_plan_steal(&b->plan);

    return json_pack("{s:f, s:f, s:I, s:I, s:o}", "steal_most_pct",
                     PROBE_STEAL_PCT, "foreign_most_pct", PROBE_FOREIGN_PCT,
                     "repeated", (json_int_t)b->plan.repeated,
                     "remained_disturbed", (json_int_t)b->plan.disturbed,
                     "steal_median_pct",
                     stolen >= 0 ? json_real(stolen) : json_null());
}

static json_t *to_json(const struct bench *b, const struct score *score,
                       const char *command)
{
    return json_pack("{s:i, s:s, s:s, s:b, s:I, s:o, s:o, s:O, s:o}", "schema",
                     1, "command", command, "version", turnaround_version(),
                     "quick", b->quick, "rounds", (json_int_t)b->plan.rounds,
                     "disturbance", disturbance(b), "load_at_end", load_now(),
                     "host", b->host, "scores",
                     score_to_json(score, b->plan.demands));
}

static FILE *create(const struct bench *b, const char *name)
{
    char path[450];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", b->out, name);
    f = fopen(path, "wxe");
    if (!f)
        fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
    return f;
}

static int finish(FILE *f, const struct bench *b, const char *name)
{
    bool bad = ferror(f);

    if (fclose(f) == 0 && !bad)
        return 0;
    fprintf(stderr, "bench: %s/%s: %s\n", b->out, name, strerror(errno));
    return -1;
}

/* An older run makes room for this one under the first number that is free. */
static int set_aside(const char *path)
{
    char aside[450];
    int n = 1;

    if (access(path, F_OK) == -1)
        return 0;
    do {
        snprintf(aside, sizeof aside, "%s.%d", path, n++);
    } while (access(aside, F_OK) == 0);
    if (rename(path, aside) == -1) {
        fprintf(stderr, "bench: rename %s to %s: %s\n", path, aside,
                strerror(errno));
        return -1;
    }
    fprintf(stderr, "bench: the older %s is now %s\n", path, aside);
    return 0;
}

/* mkdir -p. */
static int make_folder(const char *path)
{
    char part[400];

    for (size_t i = 1; path[i - 1]; i++) {
        if (path[i] && path[i] != '/')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        if (mkdir(part, 0777) == -1 && errno != EEXIST) {
            fprintf(stderr, "bench: %s: %s\n", part, strerror(errno));
            return -1;
        }
    }
    return 0;
}

static void print_disturbance(const struct bench *b, FILE *to)
{
    const struct probe_plan *plan = &b->plan;

    fprintf(to,
            "Meanwhile the host took %.1f %% of the CPUs (median). A probe "
            "counts as disturbed\nwhere the host took more than %.0f %%, or "
            "others' work on this machine more than\n%.0f %%; it was then "
            "done again at the end of its round, up to %d times.\n"
            "Repeated: %zu. Still disturbed then: %zu of %zu, which count for "
            "nothing.\n\n",
            probe_plan_steal(plan), PROBE_STEAL_PCT, PROBE_FOREIGN_PCT,
            PROBE_REPEATS, plan->repeated, plan->disturbed,
            plan->probes * plan->rounds);
}

static void print_table(const struct bench *b, const struct score *score,
                        FILE *to)
{
    fprintf(to,
            "turnaround %s, Linux %s, %lld cores; medians of %zu rounds%s\n",
            turnaround_version(),
            json_string_value(json_object_get(b->host, "kernel")),
            (long long)json_integer_value(json_object_get(b->host, "cores")),
            b->plan.rounds, b->quick ? " (quick: they mean nothing)" : "");
    print_disturbance(b, to);
    score_print(to, score, b->plan.demands, probe_target_name);
}

static int tell(const struct bench *b, const char *command)
{
    struct score *score = probe_plan_score(&b->plan);
    json_t *json = to_json(b, score, command);
    FILE *table = create(b, "table.txt"), *f = create(b, "bench.json");
    int result = EXIT_GOOD;

    if (!table || !f || !json) {
        result = EXIT_INVALID;
    } else {
        print_table(b, score, table);
        json_dumpf(json, f, JSON_MANNER);
        putc('\n', f);
    }
    if (b->json)
        json_dumpf(json, stdout, JSON_MANNER);
    else
        print_table(b, score, stdout);
    putchar('\n');
    if (table && finish(table, b, "table.txt") == -1)
        result = EXIT_INVALID;
    if (f && finish(f, b, "bench.json") == -1)
        result = EXIT_INVALID;
    fprintf(stderr, "All of it is in %s\n", b->out);
    json_decref(json);
    free(score);
    return result;
}

static int measure(struct bench *b, const char *command)
{
    FILE *csv;
    int result;

    if (!b->out_given && set_aside(b->out) == -1)
        return EXIT_INVALID;
    if (make_folder(b->out) == -1 || !(csv = create(b, "rows.csv")))
        return EXIT_INVALID;
    probe_plan_head(csv);
    b->host = describe_host();
    for (int i = 0; i < PROBE_TARGETS; i++)
        if (b->wanted[i])
            probe_plan_add(&b->plan, i + 1, b->quick);
    b->began_ns = clock_read_ns(CLOCK_MONOTONIC);
    for (unsigned r = 0; r < b->rounds; r++)
        probe_plan_round(&b->plan, csv, told, b);
    result = finish(csv, b, "rows.csv") == 0 ? tell(b, command) : EXIT_INVALID;
    probe_plan_release(&b->plan);
    json_decref(b->host);
    return result;
}

static bool can_measure(void)
{
    struct lab_probe p = lab_probe();

    if ((p.netns || p.userns) && p.veth && p.packet)
        return true;
    fprintf(stderr, "bench: there is no road on this host:\n%s", p.help);
    return false;
}

static int parse_number(const char *text, long most, const char *what)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (end != text && !*end && n >= 1 && n <= most)
        return (int)n;
    fprintf(stderr, "bench: '%s': %s is a number from 1 to %ld\n", text, what,
            most);
    return -1;
}

static int parse_option(struct bench *b, int c)
{
    int n;

    switch (c) {
    case 'q':
        b->quick = true;
        return -1;
    case 'r':
        n = parse_number(optarg, ROUNDS_MAX, "--rounds");
        b->rounds = n > 0 ? (unsigned)n : 0;
        return n > 0 ? -1 : EXIT_USAGE;
    case 'o':
        snprintf(b->out, sizeof b->out, "%s", optarg);
        b->out_given = true;
        return -1;
    case 'j':
        b->json = true;
        return -1;
    case 'm':
        b->plan.match = optarg;
        return -1;
    case 'v':
        b->verbose = true;
        return -1;
    case 'h':
        help(stdout);
        return EXIT_GOOD;
    default:
        fputs("bench: see `turnaround bench --help`\n", stderr);
        return EXIT_USAGE;
    }
}

static int parse_targets(struct bench *b, char **argv)
{
    if (!*argv || strcmp(*argv, "road") != 0) {
        fprintf(stderr, "bench: %s%s%sthere is only `bench road`\n",
                *argv ? "'" : "", *argv ? *argv : "", *argv ? "': " : "");
        return EXIT_USAGE;
    }
    for (argv++; *argv; argv++) {
        int n = parse_number(*argv, PROBE_TARGETS, "a target");
        if (n < 0)
            return EXIT_USAGE;
        b->wanted[n - 1] = true;
        b->done++;
    }
    for (int i = 0; i < PROBE_TARGETS && b->done == 0; i++)
        b->wanted[i] = true;
    b->done = 0;
    return -1;
}

static int parse(struct bench *b, int argc, char **argv)
{
    static const struct option options[] = {
        {"quick", no_argument, NULL, 'q'},
        {"rounds", required_argument, NULL, 'r'},
        {"out", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},
        {"match", required_argument, NULL, 'm'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {0}};
    int c, result;

    optind = 0;
    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1)
        if ((result = parse_option(b, c)) >= 0)
            return result;
    return parse_targets(b, argv + optind);
}

int bench_main(int argc, char **argv)
{
    struct bench b = {.out = "results/bench-road"};
    char *command = command_line(argc, argv);
    int result;

    result = parse(&b, argc, argv);
    if (b.rounds == 0)
        b.rounds = b.quick ? 1 : ROUNDS;
    if (result < 0)
        result = can_measure() ? measure(&b, command) : EXIT_UNSUPPORTED;
    free(command);
    return result;
}
