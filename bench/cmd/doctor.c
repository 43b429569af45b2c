/* SPDX-License-Identifier: BSD-2-Clause */
/* turnaround doctor: what this host allows, what follows, what to do. */
#include "bench/cmd/cmd.h"
#include "bench/cmd/json_out.h"
#include "bench/run/draw.h"
#include "bench/run/pulse.h"
#include "bench/tell/result.h"
#include "bench/tell/version.h"
#include "netem/lab.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static const char usage[] =
    "usage: turnaround doctor [--json]\n"
    "\n"
    "Says what this host allows, what follows from it, and what to do about\n"
    "it. Tries each thing in a process of its own and leaves nothing behind.\n"
    "\n"
    "    --json    as one JSON object\n"
    "    --help    this text\n"
    "\n"
    "Exit status: 0 all worlds work; 127 the kernel world does not work here.\n"
    "\n"
    "Example:\n"
    "    turnaround doctor\n";

struct finding {
    const char *name;
    bool good;
    char value[320];   /* what was found */
    const char *means; /* what follows from it; "" for nothing */
};

enum { FINDINGS_MAX = 16 };

struct findings {
    struct finding at[FINDINGS_MAX];
    size_t count;
};

static void found(struct findings *f, const char *name, bool good,
                  const char *means, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static void found(struct findings *f, const char *name, bool good,
                  const char *means, const char *format, ...)
{
    struct finding *next = &f->at[f->count++];
    va_list arguments;

    next->name = name;
    next->good = good;
    next->means = means;
    va_start(arguments, format);
    vsnprintf(next->value, sizeof next->value, format, arguments);
    va_end(arguments);
}

static void found_trial(struct findings *f, const char *name, bool can,
                        int error, const char *without)
{
    found(f, name, can, can ? "" : without, "%s",
          can ? "yes" : strerror(error));
}

static void look_at_lab(struct findings *f, const struct lab_probe *p)
{
    found(f, "user", true, "", "%s", p->root ? "root" : "not root");
    found_trial(f, "network namespaces by one's own powers", p->netns,
                p->netns_errno, "a user namespace is needed first");
    found_trial(f, "user namespaces", p->userns, p->userns_errno,
                p->netns ? "not needed: this user can do without"
                         : "no kernel world; the ideal world works");
    found_trial(f, "veth pairs", p->veth, p->veth_errno,
                "no road by --port veth");
    found_trial(f, "packet sockets and capture", p->packet, p->packet_errno,
                "no road by --port veth, no live capture");
    found_trial(f, "TUN devices", p->tun, p->tun_errno,
                "no road by --port tun; veth does without");
    found_trial(f, "SCHED_FIFO", p->fifo, p->fifo_errno,
                "the road may leave later where the cores are busy");
    found(f, "congestion controls", strstr(p->congestion, "cubic") != NULL,
          strstr(p->congestion, "cubic") ? "" : "no cubic: the kernel's own",
          "%s", p->congestion);
}

static void look_at_time(struct findings *f)
{
    struct pulse p;

    if (pulse_take(&p)) {
        found(f, "timers", false, "no kernel world", "%s", strerror(errno));
        return;
    }
    found(f, "clock source", p.clock_read_ns < 1000,
          p.clock_read_ns < 1000 ? "" : "slow: stamps disturb what they time",
          "%s, %.0f ns a look", *p.clock_source ? p.clock_source : "unknown",
          p.clock_read_ns);
    found(f, "timers", p.late_us.p99 < 1000,
          p.late_us.p99 < 1000 ? "" : "roads will be late: is the host busy?",
          "late by %.0f us (p50), %.0f us (p99), %.0f us (max)",
          p.late_us.median, p.late_us.p99, p.late_us.max);
    if (!isnan(p.steal_share))
        found(f, "steal, time that a hypervisor took", p.steal_share < 0.02,
              p.steal_share < 0.02 ? "" : "expect INVALID rows, run again",
              "%.2f %% since boot", 100 * p.steal_share);
}

static bool kernel_world(const struct lab_probe *p)
{
    return (p->netns || p->userns) && ((p->veth && p->packet) || p->tun);
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

static void print_text(const struct findings *f, const struct lab_probe *p)
{
    printf("turnaround %s\n\nWhat this host allows:\n", turnaround_version());
    for (size_t i = 0; i < f->count; i++) {
        const struct finding *at = &f->at[i];

        printf("  %s %-40s %s%s%s\n", at->good ? "+" : "-", at->name, at->value,
               *at->means ? ": " : "", at->means);
    }
    printf("\nWhat follows:\n  + the ideal world works\n");
    printf("  %s\n", !kernel_world(p) ? "- the kernel world does not work here"
                     : p->veth && p->packet
                         ? "+ the kernel world works, with --port veth"
                         : "+ the kernel world works, with --port tun alone");
    if (*p->help)
        printf("\nWhat to do about what is missing:\n");
    for (const char *line = p->help; *line; line = next_line(line))
        printf("  %.*s\n", (int)strcspn(line, "\n"), line);
}

static int print_json(const struct findings *f, const struct lab_probe *p)
{
    json_t *list = json_array(), *help = json_array(), *all;

    for (size_t i = 0; i < f->count; i++) {
        const struct finding *at = &f->at[i];

        json_array_append_new(list, json_pack("{s:s, s:b, s:o, s:s}", "name",
                                              at->name, "good", at->good,
                                              "value", json_text(at->value),
                                              "means", at->means));
    }
    for (const char *line = p->help; *line; line = next_line(line))
        json_array_append_new(help, json_stringn(line, strcspn(line, "\n")));
    all = json_pack("{s:i, s:s, s:o, s:{s:b, s:b}, s:o}", "schema", SCHEMA,
                    "version", turnaround_version(), "findings", list, "worlds",
                    "ideal", 1, "kernel", kernel_world(p), "help", help);
    return json_out("doctor", NULL, stdout, all);
}

static void look(struct findings *f, struct lab_probe *p)
{
    char gnuplot[128];
    struct utsname host;

    uname(&host);
    found(f, "kernel", true, "", "%s %s %s", host.sysname, host.release,
          host.machine);
    *p = lab_probe();
    look_at_lab(f, p);
    look_at_time(f);
    if (gnuplot_version(gnuplot, sizeof gnuplot))
        found(f, "gnuplot", true, "", "%s", gnuplot);
    else
        found(f, "gnuplot", false, "plots are written, not drawn",
              "not installed");
}

int doctor_main(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct findings f = {.count = 0};
    struct lab_probe p;
    bool json = false;
    int c;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c == 'h') {
            fputs(usage, stdout);
            return EXIT_GOOD;
        }
        if (c != 'j')
            return EXIT_USAGE;
        json = true;
    }
    if (optind < argc) {
        fprintf(stderr, "doctor: '%s': it takes no argument\n", argv[optind]);
        return EXIT_USAGE;
    }
    look(&f, &p);
    if (!json)
        print_text(&f, &p);
    else if (print_json(&f, &p) < 0)
        return EXIT_INVALID;
    return kernel_world(&p) ? EXIT_GOOD : EXIT_UNSUPPORTED;
}
