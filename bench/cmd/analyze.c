/* SPDX-License-Identifier: BSD-2-Clause */
/* turnaround analyze: what a capture says about the mail in it. */
#include "bench/cmd/analyze_flags.h"
#include "bench/cmd/analyze_logs.h"
#include "bench/cmd/analyze_whatif.h"
#include "bench/cmd/cmd.h"
#include "bench/read/chart.h"
#include "bench/read/live.h"
#include "bench/read/peers.h"
#include "bench/read/show.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A person reads so many rows of one conversation; -v shows all. */
enum { ROWS_SHOWN = 24, LADDER_SHOWN = 60 };

struct analysis {
    const struct analyze_flags *flags;
    FILE *text, *json, *csv, *picture; /* NULL: not wanted */
    struct peers *peers;
    struct keylog *keys;
    size_t listed, shown, matched;
    bool drawn; /* a picture holds one conversation */
    enum exit_status status;
};

static void complain(struct analysis *a, enum exit_status status,
                     const char *why)
{
    fflush(stdout); /* so that it stands behind what was printed */
    fprintf(stderr, "analyze: %s\n", why);
    if (a->status == EXIT_GOOD || status == EXIT_INVALID)
        a->status = status;
}

static void print_json(const struct analysis *a, const struct conversation *c,
                       const struct account *account, const struct whatif *w)
{
    json_t *o = show_json(c, account);

    if (w)
        json_object_set_new(o, "what_if", analyze_whatif_json(w));

    fputs(a->shown ? ",\n" : "\n", a->json);
    json_dumpf(o, a->json, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(o);
}

static void print_text(const struct analysis *a, const struct conversation *c,
                       const struct account *account, const struct whatif *w)
{
    show_conversation(a->text, c, a->flags->verbose ? SIZE_MAX : ROWS_SHOWN);
    show_account(a->text, account);
    if (w)
        analyze_whatif_text(a->text, w);
    fputc('\n', a->text);
}

static void draw(struct analysis *a, const struct conversation *c)
{
    struct chart chart;

    if (chart_init(&chart, c) < 0) {
        complain(a, EXIT_INVALID, "out of memory for the picture");
        return;
    }
    if (a->picture && !a->drawn)
        chart_svg(&chart, a->picture);
    if (a->text && a->flags->ascii) {
        chart_ascii(&chart, a->text,
                    a->flags->verbose ? SIZE_MAX : LADDER_SHOWN);
        fputc('\n', a->text);
    }
    a->drawn = true;
    chart_release(&chart);
}

static void judge(struct analysis *a, const struct conversation *c)
{
    char why[GATE_WHY];

    switch (gate_judge(&a->flags->gate, c, why)) {
    case GATE_HOLDS:
        break;
    case GATE_BROKEN:
        complain(a, EXIT_CHECK_FAILED, why);
        break;
    case GATE_UNKNOWN:
        complain(a, EXIT_INVALID, why);
        break;
    }
}

static void take_one(void *arg, const struct conversation *c)
{
    struct analysis *a = arg;
    const struct conversation *at_server = NULL;
    struct account account;
    struct whatif whatif, *w = NULL;

    if (!c->mail && !a->flags->verbose)
        return;
    a->listed++;
    if (a->flags->conversation && a->listed != a->flags->conversation)
        return;
    if (a->peers)
        at_server = peers_find(a->peers, c);
    a->matched += at_server != NULL;
    if (a->json || a->text || a->csv || a->flags->what_if)
        account_make(&account, c, at_server);
    if (a->flags->what_if && c->mail) {
        if (whatif_run(&whatif, c, &account) == 0)
            w = &whatif;
        else
            complain(a, EXIT_INVALID, "what if: the ideal world failed");
    }
    if (a->json)
        print_json(a, c, &account, w);
    if (a->text && !a->flags->ascii)
        print_text(a, c, &account, w);
    if (a->picture || a->flags->ascii)
        draw(a, c);
    if (a->csv)
        show_csv(a->csv, c, &account);
    a->shown++;
    if (c->mail)
        judge(a, c);
}

/* The rest of the one object, behind its list of conversations. */
static void end_json(const struct analysis *a, const struct trace_sum *sum,
                     const char *error)
{
    json_t *o = show_sum_json(sum);
    char *text;

    json_object_set_new(
        o, "file",
        show_text_json(
            a->flags->interface ? a->flags->interface : a->flags->path));
    json_object_set_new(o, "error",
                        error ? show_text_json(error) : json_null());
    text = json_dumps(o, JSON_COMPACT);
    fprintf(a->json, "],\n%s\n", text ? text + 1 : "}");
    free(text);
    json_decref(o);
}

static void complain_of_none(struct analysis *a)
{
    char why[200];

    if (a->flags->conversation)
        snprintf(why, sizeof why, "--conversation %zu: there are %zu%s",
                 a->flags->conversation, a->listed,
                 a->flags->verbose ? "" : " with mail; -v counts all");
    else
        snprintf(why, sizeof why, "no conversation to draw: %s",
                 a->flags->verbose ? "there is none"
                                   : "none is mail; -v takes all");
    complain(a, EXIT_INVALID, why);
}

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

/* Ctrl-C ends the listening; what was heard is then told. */
static int listen_to(struct analysis *a, struct trace_sum *sum,
                     char why[TRACE_WHY])
{
    const struct analyze_flags *f = a->flags;
    struct sigaction action = {.sa_handler = interrupt}, old[2];
    struct live_bounds bounds = {f->packets, (int64_t)(f->seconds * 1e9),
                                 &interrupted};
    uint64_t lost;
    int status;

    sigaction(SIGINT, &action, &old[0]);
    sigaction(SIGTERM, &action, &old[1]);
    status =
        live_each(f->interface, f->path, &(struct trace_given){.keys = a->keys},
                  &bounds, take_one, a, sum, &lost, why);
    sigaction(SIGINT, &old[0], NULL);
    sigaction(SIGTERM, &old[1], NULL);
    if (lost)
        fprintf(stderr,
                "analyze: %s: %llu packets were lost for want of "
                "room\n",
                f->interface, (unsigned long long)lost);
    return status;
}

static int read_source(struct analysis *a, struct trace_sum *sum,
                       char why[TRACE_WHY])
{
    const struct trace_given given = {.keys = a->keys};

    return a->flags->interface ? listen_to(a, sum, why)
                               : trace_each(a->flags->path, &given, take_one, a,
                                            sum, why);
}

static void read_capture(struct analysis *a)
{
    const struct gate *g = &a->flags->gate;
    char why[TRACE_WHY] = "";
    struct trace_sum sum;
    bool read;

    if (a->json)
        fputs("{\"schema\":1,\"command\":\"analyze\",\"conversations\":[",
              a->json);
    if (a->csv)
        show_csv_header(a->csv);
    read = read_source(a, &sum, why) == 0;
    if (a->json)
        end_json(a, &sum, read ? NULL : why);
    if (a->text && !a->flags->ascii && (read || sum.truncated))
        show_sum(a->text, &sum);
    if (a->text && a->peers)
        fprintf(a->text, "%zu of %zu found in %s too.\n", a->matched, a->shown,
                a->flags->server_capture);
    if (!read)
        complain(a, EXIT_INVALID, why);
    else if ((g->limits_turnarounds || g->limits_rtts) && sum.mail == 0)
        complain(a, EXIT_INVALID,
                 "no mail in the capture: nothing to hold against the limits");
    else if (a->shown == 0 && (a->flags->conversation || a->picture))
        complain_of_none(a);
}

/* What could not be written is known at the end. */
static void close_output(struct analysis *a, FILE *f, const char *name)
{
    int bad = f && ferror(f);

    if (f && (f == stdout ? fflush(f) : fclose(f)))
        bad = 1;
    if (bad) {
        fprintf(stderr, "analyze: %s: %s\n", name, strerror(errno));
        a->status = EXIT_INVALID;
    }
}

static FILE *open_output(struct analysis *a, const char *name)
{
    FILE *f = fopen(name, "w");

    if (!f) {
        fprintf(stderr, "analyze: %s: %s\n", name, strerror(errno));
        a->status = EXIT_INVALID;
    }
    return f;
}

/* A log without secrets costs what they would have told, not the run. */
static void open_keys(struct analysis *a)
{
    char why[KEYLOG_WHY];
    int got = 0;

    a->keys = keylog_new();
    if (!a->keys)
        complain(a, EXIT_INVALID, "out of memory");
    else if (a->flags->keylog)
        got = keylog_read(a->keys, a->flags->keylog, why);
    if (got != 0)
        complain(a, got < 0 ? EXIT_INVALID : EXIT_GOOD, why);
}

static void open_all(struct analysis *a)
{
    const struct analyze_flags *f = a->flags;
    char why[TRACE_WHY];

    if (f->json && !f->json_name)
        a->json = stdout;
    else if (!f->quiet)
        a->text = stdout;
    if (f->json_name)
        a->json = open_output(a, f->json_name);
    if (f->csv_name)
        a->csv = open_output(a, f->csv_name);
    if (f->sequence)
        a->picture = open_output(a, f->sequence);
    open_keys(a);
    if (f->server_capture && a->keys) {
        a->peers = peers_open(f->server_capture, a->keys, why);
        if (!a->peers)
            complain(a, EXIT_INVALID, why);
    }
}

int analyze_main(int argc, char **argv)
{
    struct analyze_flags flags;
    struct analysis a = {.flags = &flags};

    if (analyze_flags_read(&flags, argc, argv) < 0)
        return EXIT_USAGE;
    if (flags.help) {
        analyze_flags_help();
        return EXIT_GOOD;
    }
    if (flags.postfix_log || flags.exim_log)
        return analyze_log(&flags);
    open_all(&a);
    if (a.status == EXIT_GOOD)
        read_capture(&a);
    close_output(&a, a.json,
                 flags.json_name ? flags.json_name : "standard output");
    close_output(&a, a.csv, flags.csv_name);
    close_output(&a, a.picture, flags.sequence);
    close_output(&a, a.text, "standard output");
    peers_free(a.peers);
    keylog_free(a.keys);
    return (int)a.status;
}
