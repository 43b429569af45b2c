/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround run`: one scenario, as often as asked for. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/flags.h"
#include "bench/cmd/json_out.h"
#include "bench/run/pinned.h"
#include "bench/run/virtual.h"
#include "bench/run/world.h"
#include "bench/tell/folder.h"
#include "bench/tell/stats.h"
#include "smtp/flaw.h"

/* clang-format off */
static const struct flag own_flags[] = {
    {"out",     "DIR",    "keep rows, host and captures in this new folder"},
    {"keylog",  "FILE",   "add TLS keys to this file, in NSS's format; by "
                          "default keys.log in --out"},
    {"json",    "[FILE]", "print JSON, or write it to a file"},
    {"dry-run", NULL,     "say what would be run, and how long it would take"},
    {NULL, NULL, NULL},
};
/* clang-format on */

struct run_command {
    struct scenario scenario;
    struct results results;
    const char *out, *json_file, *keylog;
    bool json, dry_run;
    size_t ran, invalid, undone;
    bool unsupported; /* by this host */
};

static void help_names(FILE *to)
{
    fputs("\nModes:\n", to);
    for (int i = 0; i < MODE_COUNT; i++)
        fprintf(to, "  %-17s %s\n", mode_of((enum mode_id)i)->name,
                mode_of((enum mode_id)i)->what);
    fputs("\nFlaws:\n", to);
    for (int i = 0; i < FLAW_COUNT; i++)
        fprintf(to, "  %-17s %s\n", flaw_name(i), flaw_what(i));
    inquiry_help(to);
}

static void help(FILE *to)
{
    fputs("usage: turnaround run [--mode MODE] [FLAG]...\n\n"
          "Runs our SMTP client and server over a road, counts the client's\n"
          "turnarounds in the machine and in the packets, and measures the\n"
          "times from the first SYN.\n\nWhat is run:\n",
          to);
    flags_print_scenario(to, NULL);
    fputs("\nWhat is told:\n", to);
    flags_print(to, own_flags);
    help_names(to);
    fputs("\nExamples:\n"
          "  turnaround run --mode lockstep --rtt 200ms --recipients 3\n"
          "  turnaround run --mode early --body-by bdat --rtt 600ms --json\n"
          "  turnaround run --mode pipelining --uplink 'delay 300ms rate "
          "1mbit' \\\n"
          "      --downlink 'delay 300ms rate 10mbit' --repeat 5 --out sat\n"
          "  turnaround run --world ideal --mode lockstep --rtt 16m\n\n"
          "Exit status: 0 delivered and counted; 1 not delivered; 2 usage;\n"
          "3 could not be run, or INVALID; 127 --world ns3 without its\n"
          "plug-in.\n",
          to);
}

static void given(void *arg, const char *name, const char *value)
{
    struct run_command *c = arg;

    if (strcmp(name, "out") == 0)
        c->out = value;
    else if (strcmp(name, "keylog") == 0)
        c->keylog = value;
    else if (strcmp(name, "dry-run") == 0)
        c->dry_run = true;
    else {
        c->json = true;
        c->json_file = value;
    }
}

static void print_ms(const char *what, double ms, double rtt_ms)
{
    if (isnan(ms))
        printf("  %-22s -\n", what);
    else if (rtt_ms > 0)
        printf("  %-22s %12.3f ms %9.3f RTT\n", what, ms, ms / rtt_ms);
    else
        printf("  %-22s %12.3f ms\n", what, ms);
}

static void print_counts(const struct row *r)
{
    printf("  %-22s %8lld", "turnarounds", (long long)r->turnarounds);
    if (r->turnarounds_predicted != ROW_NO_COUNT)
        printf("        (%lld by the plan",
               (long long)r->turnarounds_predicted);
    else
        printf("        (no closed form");
    if (r->turnarounds_tls > 0)
        printf(", %lld in TLS", (long long)r->turnarounds_tls);
    if (r->turnarounds_in_capture != ROW_NO_COUNT)
        printf(", %lld in the capture", (long long)r->turnarounds_in_capture);
    printf(")\n");
}

static void print_bargain(const struct row *r)
{
    printf("  %-22s %s: %lld decisions, %lld copies; best form for %lld of "
           "%lld\n",
           "strategy", r->strategy, (long long)r->decisions,
           (long long)r->messages_accepted, (long long)r->recipients_best,
           (long long)r->recipients_accepted);
}

static void print_row(const struct row *r)
{
    printf("%s, %s, %lld recipient%s, %lld message%s of %lld bytes, %s\n",
           r->mode, r->body_by ? r->body_by : "-", (long long)r->recipients,
           r->recipients == 1 ? "" : "s", (long long)r->messages,
           r->messages == 1 ? "" : "s", (long long)r->body_bytes, r->offer);
    printf("  %s%s%s: one way %.10g ms up, %.10g ms down, RTT %.10g ms\n",
           r->world, r->road ? " over " : "", r->road ? r->road : "",
           r->one_way_up_ms, r->one_way_down_ms, r->rtt_ms);
    if (r->tls_version)
        printf("  %-22s %s, TLS %s, %s\n", "secured by", r->tls, r->tls_version,
               r->tls_session);
    printf("  %-22s %s%s%s\n", "outcome", r->outcome ? r->outcome : "-",
           r->mode_used && strcmp(r->mode, r->mode_used) ? ", by " : "",
           r->mode_used && strcmp(r->mode, r->mode_used) ? r->mode_used : "");
    if (r->turnarounds != ROW_NO_COUNT)
        print_counts(r);
    if (r->strategy)
        print_bargain(r);
    if (r->connections > 1)
        printf("  %-22s %8lld\n", "connections", (long long)r->connections);
    print_ms("TCP handshake", r->tcp_handshake_ms, r->rtt_ms);
    print_ms("accepted", r->accepted_ms, r->rtt_ms);
    print_ms("closed", r->closed_ms, r->rtt_ms);
    print_ms("floor (ideal world)", r->floor_ms, r->rtt_ms);
    print_ms("residual", r->residual_ms, r->rtt_ms);
    if (!isnan(r->hosts_busy_ms))
        print_ms("both ends computed", r->hosts_busy_ms, r->rtt_ms);
    if (!isnan(r->road_late_p50_us))
        printf("  %-22s p50 %.1f us, p99 %.1f us, max %.1f us; %lld packets, "
               "%lld dropped\n",
               "road's lateness", r->road_late_p50_us, r->road_late_p99_us,
               r->road_late_max_us, (long long)r->road_packets_in,
               (long long)r->road_dropped);
    if (r->attempts > 1)
        printf("  %-22s %8lld        (those before were INVALID)\n", "attempts",
               (long long)r->attempts);
    if (r->valid != FLAG_TRUE)
        printf("  INVALID: %s\n", r->invalid_because);
}

/* The folder of a row's captures, made; "" where none is kept. */
static int captures_of(const struct run_command *c, int64_t repeat, char *path,
                       char *name, size_t size)
{
    path[0] = name[0] = '\0';
    if (!c->out || c->scenario.world == WORLD_IDEAL)
        return 0;
    snprintf(name, size, "captures/%lld", (long long)repeat);
    snprintf(path, size, "%s/captures", c->out);
    mkdir(path, 0777);
    snprintf(path, size, "%s/%s", c->out, name);
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return 0;
    fprintf(stderr, "run: %s: %s\n", path, strerror(errno));
    return -1;
}

static int run_once(struct run_command *c, int64_t repeat, char *error)
{
    char path[1024], name[1024], keys[1100], why[KERNEL_WHY];
    struct world_options o = {.keylog = c->keylog};
    struct row row;

    if (captures_of(c, repeat, path, name, sizeof path) < 0)
        return -1;
    if (*path) {
        o.captures = path;
        o.captures_name = name;
    }
    if (c->out && !c->keylog && c->scenario.tls) {
        snprintf(keys, sizeof keys, "%s/keys.log", c->out);
        o.keylog = keys;
    }
    if (world_run(&c->scenario, repeat, &o, &row, why) < 0) {
        c->unsupported = errno == ENOSYS;
        snprintf(error, KERNEL_WHY, "%s", why);
    }
    c->ran++;
    c->invalid += row.valid != FLAG_TRUE;
    c->undone += !row.outcome || strcmp(row.outcome, "delivered") != 0;
    if (!c->json || c->json_file)
        print_row(&row);
    if (*error)
        fprintf(stderr, "run: %s\n", error);
    if (results_add(&c->results, &row, why, sizeof why) < 0) {
        fprintf(stderr, "run: %s\n", why);
        return -1;
    }
    return *error ? -1 : 0;
}

/* Of several rows, those that count, in one line. */
static void print_spread(const struct run_command *c)
{
    const struct rows *rows = &c->results.rows;
    double *closed_ms = calloc(rows->count + 1, sizeof *closed_ms);
    struct spread s;
    size_t n = 0;

    for (size_t i = 0; closed_ms && i < rows->count; i++)
        if (rows->row[i].valid == FLAG_TRUE)
            closed_ms[n++] = rows->row[i].closed_ms;
    s = samples_spread(closed_ms, n);
    if (s.count > 0)
        printf("%zu of %zu rows count: closed %.3f ms (median), %.3f to %.3f "
               "ms\n",
               n, rows->count, s.median, s.min, s.max);
    free(closed_ms);
}

static int run_all(struct run_command *c, const char *command)
{
    char why[400], error[KERNEL_WHY] = "";
    int result = EXIT_GOOD;

    if (results_create(&c->results, c->out, command, c->scenario.seed, why,
                       sizeof why) < 0) {
        fprintf(stderr, "run: %s\n", why);
        return EXIT_INVALID;
    }
    if (pinned_tell(c->out, c->scenario.world == WORLD_KERNEL, c->scenario.port,
                    error) < 0) {
        fprintf(stderr, "run: %s\n", error);
        result = EXIT_INVALID;
    }
    for (int64_t i = 1; i <= c->scenario.repeat && !*error; i++)
        if (run_once(c, i, error) < 0)
            result = EXIT_INVALID;
    if (results_end(&c->results, *error ? error : NULL, why, sizeof why) < 0) {
        fprintf(stderr, "run: %s\n", why);
        result = EXIT_INVALID;
    }
    if (c->json &&
        json_out("run", c->json_file, stdout, results_to_json(&c->results)) < 0)
        result = EXIT_INVALID;
    if (c->results.rows.count > 1 && (!c->json || c->json_file))
        print_spread(c);
    results_release(&c->results);
    if (c->invalid > 0)
        result = EXIT_INVALID;
    if (c->unsupported)
        result = EXIT_UNSUPPORTED;
    return result == EXIT_GOOD && c->undone > 0 ? EXIT_CHECK_FAILED : result;
}

/* What it would take, by the ideal world; null where it would not end well. */
static json_t *dry_json(const struct run_command *c, const struct tally *t,
                        const char *flags)
{
    char command[2000];

    snprintf(command, sizeof command, "turnaround run%s", flags);
    return json_pack("{s:i, s:s, s:I, s:i, s:o}", "schema", SCHEMA, "command",
                     command, "times", (json_int_t)c->scenario.repeat,
                     "turnarounds", (int)t->turnarounds, "closed_ms",
                     t->closed_ns < 0 ? json_null()
                                      : json_real((double)t->closed_ns / 1e6));
}

static void dry_print(const struct run_command *c, const struct tally *t,
                      const char *flags)
{
    printf("turnaround run%s\n", flags);
    printf("%lld times, each of %zu turnarounds", (long long)c->scenario.repeat,
           t->turnarounds);
    if (t->closed_ns >= 0)
        printf(" and %.3f ms: %.1f s in all", (double)t->closed_ns / 1e6,
               (double)t->closed_ns / 1e9 * (double)c->scenario.repeat);
    printf("\n");
}

static int run_ready(struct run_command *c, const char *command)
{
    char why[KERNEL_WHY];

    if (world_ready(&c->scenario, why) == 0)
        return run_all(c, command);
    fprintf(stderr, "run: %s\n", why);
    return EXIT_UNSUPPORTED;
}

static int dry_run(const struct run_command *c)
{
    struct tally t = {.closed_ns = -1};
    char *flags = scenario_flags(&c->scenario);
    struct cast cast;
    int result = EXIT_GOOD;

    if (cast_init(&cast, &c->scenario) == 0) {
        virtual_deliver(&cast, VIRTUAL_FULL, &t);
        cast_release(&cast);
    }
    if (!c->json)
        dry_print(c, &t, flags ? flags : "");
    else if (json_out("run", c->json_file, stdout,
                      dry_json(c, &t, flags ? flags : "")) < 0)
        result = EXIT_INVALID;
    free(flags);
    return result;
}

int run_main(int argc, char **argv)
{
    struct run_command c = {0};
    char why[SCENARIO_WHY], *command = command_line(argc, argv);
    int first, result = EXIT_USAGE;

    scenario_init(&c.scenario);
    first = flags_parse(argc, argv, &c.scenario, NULL, own_flags, given, &c);
    if (first == 0) {
        help(stdout);
        result = EXIT_GOOD;
    } else if (first > 0 && first < argc) {
        fprintf(stderr, "run: \"%s\" is no flag; see `turnaround run --help`\n",
                argv[first]);
    } else if (first > 0 && scenario_finish(&c.scenario, why) < 0) {
        fprintf(stderr, "run: %s\n", why);
    } else if (first > 0) {
        result = c.dry_run ? dry_run(&c) : run_ready(&c, command);
    }
    scenario_release(&c.scenario);
    free(command);
    return result;
}
