/* SPDX-License-Identifier: BSD-2-Clause */
/* A road's own marks, for people and as JSON. */
#include "bench/cmd/link_report.h"

#include <errno.h>
#include <math.h>

#include "bench/cmd/json_out.h"
#include "bench/run/world.h"
#include "bench/tell/folder.h"
#include "bench/tell/result.h"
#include "bench/tell/version.h"
#include "netem/spec.h"

static const char *const way_names[] = {"up", "down"};

static const struct link_params *params_of(const struct link_run *run, int way)
{
    return way == FERRY_UP ? run->up : run->down;
}

static double late_us(int64_t ns)
{
    return (double)ns / 1e3;
}

static void judge_way(struct link_verdict *v, const struct link_run *run,
                      const struct ferry_way *w, int way)
{
    double delay_ns = (double)params_of(run, way)->base.delay.ns;
    double tolerated_us =
        fmax(WORLD_LATE_NS, delay_ns * WORLD_LATE_SHARE) / 1e3;

    if (!v->valid || late_us(w->late_p99_ns) <= tolerated_us)
        return;
    v->valid = false;
    v->late = true;
    snprintf(v->why, sizeof v->why,
             "%s, the road was late: p99 %.0f us, tolerated %.0f us",
             way_names[way], late_us(w->late_p99_ns), tolerated_us);
}

struct link_verdict link_judge(const struct link_run *run,
                               const struct link_outcome *out)
{
    struct link_verdict v = {.valid = out->road.valid};

    snprintf(v.why, sizeof v.why, "%s", out->road.why);
    judge_way(&v, run, &out->road.way[FERRY_UP], FERRY_UP);
    judge_way(&v, run, &out->road.way[FERRY_DOWN], FERRY_DOWN);
    return v;
}

static uint64_t dropped(const struct ferry_way *w)
{
    uint64_t sum = 0;

    for (int rule = LINK_DELIVERED + 1; rule < LINK_RULE_COUNT; rule++)
        sum += w->by_rule[rule];
    return sum;
}

static void print_rules(FILE *to, const struct ferry_way *w)
{
    const char *before = " (";

    for (int rule = LINK_DELIVERED + 1; rule < LINK_RULE_COUNT; rule++)
        if (w->by_rule[rule]) {
            fprintf(to, "%s%s %llu", before,
                    link_rule_name((enum link_rule)rule),
                    (unsigned long long)w->by_rule[rule]);
            before = ", ";
        }
    if (*before == ',')
        putc(')', to);
}

/* What happens now and then is only told when it did. */
static void print_some(FILE *to, const char *what, uint64_t n)
{
    if (n)
        fprintf(to, ", %llu %s", (unsigned long long)n, what);
}

static void print_way(FILE *to, const struct ferry_way *w, int way,
                      bool ungraded)
{
    fprintf(to, "link: %-4s %llu packets in, %llu out, %llu dropped",
            way_names[way], (unsigned long long)w->packets_in,
            (unsigned long long)w->packets_out, (unsigned long long)dropped(w));
    print_rules(to, w);
    fprintf(to, ", %llu still on the way", (unsigned long long)w->discarded);
    print_some(to, "duplicated", w->duplicated);
    print_some(to, "corrupted", w->corrupted);
    print_some(to, "reordered", w->reordered);
    print_some(to, "marked CE", w->marked);
    print_some(to, "lost before the road", w->overflow);
    print_some(to, "not taken by the kernel", w->unsent);
    print_some(to, "above the MTU", w->oversized);
    if (w->packets_out && !ungraded)
        fprintf(to, "; late p50 %.1f us, p99 %.1f us, max %.1f us",
                late_us(w->late_p50_ns), late_us(w->late_p99_ns),
                late_us(w->late_max_ns));
    putc('\n', to);
}

/* The road can only be late where others were on the CPUs. */
static void advise(FILE *to, const struct link_outcome *out)
{
    fputs("link: what COMMAND saw was off by as much. Run it again with less "
          "beside it",
          to);
    if (!out->road.fifo)
        fputs(", or as root: the road then\nlink: goes before all else "
              "(SCHED_FIFO)",
              to);
    fputs(". --strict makes a road like this exit 3.\n", to);
}

void link_report_print(FILE *to, const struct link_run *run,
                       const struct link_outcome *out,
                       const struct link_verdict *v)
{
    const struct ferry_report *r = &out->road;

    for (int way = 0; way < FERRY_WAYS && run->road != LINK_BARE; way++)
        print_way(to, &r->way[way], way, r->ungraded);
    fprintf(to, "link: %s", v->valid ? "valid" : "INVALID: ");
    if (!v->valid)
        fputs(v->why, to);
    if (r->ungraded)
        fputs(v->valid ? ", as far as the kernel tells" : "", to);
    else
        fprintf(to, "; steal %.1f ms", (double)r->steal_ns / 1e6);
    if (run->pcap || run->server_pcap || run->packet_log)
        fprintf(to, "; %llu missing in the files",
                (unsigned long long)r->capture_lost);
    if (out->syn_retransmissions > 0)
        fprintf(to, "; %lld SYN retransmissions",
                (long long)out->syn_retransmissions);
    putc('\n', to);
    if (v->late)
        advise(to, out);
}

static json_t *count_json(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *us_json(const struct ferry_way *w, int64_t ns, bool ungraded)
{
    return w->packets_out && !ungraded ? json_real(late_us(ns)) : json_null();
}

static json_t *way_json(const struct link_run *run,
                        const struct ferry_report *r, int way)
{
    const struct ferry_way *w = &r->way[way];
    char words[2048];
    json_t *o = json_object(), *rules = json_object();

    spec_print(params_of(run, way), words, sizeof words);
    for (int rule = LINK_DELIVERED + 1; rule < LINK_RULE_COUNT; rule++)
        json_object_set_new(rules, link_rule_name((enum link_rule)rule),
                            count_json(w->by_rule[rule]));
    json_object_set_new(o, "words", json_text(words));
    json_object_set_new(o, "packets_in", count_json(w->packets_in));
    json_object_set_new(o, "bytes_in", count_json(w->bytes_in));
    json_object_set_new(o, "packets_out", count_json(w->packets_out));
    json_object_set_new(o, "bytes_out", count_json(w->bytes_out));
    json_object_set_new(o, "dropped", count_json(dropped(w)));
    json_object_set_new(o, "dropped_by", rules);
    json_object_set_new(o, "on_the_way", count_json(w->discarded));
    json_object_set_new(o, "delayed", count_json(w->delayed));
    json_object_set_new(o, "duplicated", count_json(w->duplicated));
    json_object_set_new(o, "corrupted", count_json(w->corrupted));
    json_object_set_new(o, "reordered", count_json(w->reordered));
    json_object_set_new(o, "ecn_marked", count_json(w->marked));
    json_object_set_new(o, "overflow", count_json(w->overflow));
    json_object_set_new(o, "unsent", count_json(w->unsent));
    json_object_set_new(o, "oversized", count_json(w->oversized));
    json_object_set_new(o, "late_p50_us",
                        us_json(w, w->late_p50_ns, r->ungraded));
    json_object_set_new(o, "late_p99_us",
                        us_json(w, w->late_p99_ns, r->ungraded));
    json_object_set_new(o, "late_max_us",
                        us_json(w, w->late_max_ns, r->ungraded));
    return o;
}

static json_t *settings_json(const struct link_outcome *out)
{
    json_t *o = json_object();
    char name[100];

    for (size_t i = 0; i < out->settings; i++) {
        const struct lab_setting *s = &out->setting[i];

        snprintf(name, sizeof name, "%s: %s", s->where, s->name);
        json_object_set_new(o, name, json_text(s->value));
    }
    return o;
}

static json_t *report_json(const char *command, const struct link_run *run,
                           const struct link_outcome *out,
                           const struct link_verdict *v, int exit_status)
{
    const struct ferry_report *r = &out->road;
    json_t *o = json_object();

    json_object_set_new(o, "schema", json_integer(SCHEMA));
    json_object_set_new(o, "version", json_text(turnaround_version()));
    json_object_set_new(o, "command", json_text(command));
    json_object_set_new(o, "seed", count_json(run->seed));
    json_object_set_new(o, "exit_status", json_integer(exit_status));
    json_object_set_new(o, "valid", json_boolean(v->valid));
    json_object_set_new(o, "invalid_because",
                        v->valid ? json_null() : json_text(v->why));
    json_object_set_new(o, "up", way_json(run, r, FERRY_UP));
    json_object_set_new(o, "down", way_json(run, r, FERRY_DOWN));
    json_object_set_new(o, "capture_lost", count_json(r->capture_lost));
    json_object_set_new(o, "clock_steps", count_json(r->clock_steps));
    json_object_set_new(o, "steal_ms", json_real((double)r->steal_ns / 1e6));
    json_object_set_new(o, "took_ms", json_real((double)out->took_ns / 1e6));
    json_object_set_new(o, "ferry_cpu_ms", json_real((double)r->cpu_ns / 1e6));
    json_object_set_new(o, "fifo", json_boolean(r->fifo));
    json_object_set_new(o, "syn_retransmissions",
                        out->syn_retransmissions < 0
                            ? json_null()
                            : json_integer(out->syn_retransmissions));
    json_object_set_new(o, "settings", settings_json(out));
    return o;
}

int link_report_json(const char *file, const char *command,
                     const struct link_run *run, const struct link_outcome *out,
                     const struct link_verdict *v, int exit_status)
{
    return json_out("link", file, stderr,
                    report_json(command, run, out, v, exit_status));
}
