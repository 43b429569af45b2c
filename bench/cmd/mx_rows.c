/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells the rows of `turnaround mx`. */
#include "bench/cmd/mx_rows.h"

#include <math.h>
#include <string.h>

#include "bench/tell/result.h"
#include "bench/tell/version.h"
#include "netem/value.h"

static void print_bits(FILE *to, const char *what, uint32_t bits)
{
    if (!bits)
        return;
    fprintf(to, " %s", what);
    for (int i = 0; i < OFFER_COUNT; i++)
        if (bits >> i & 1)
            fprintf(to, " %s", offer_name(i));
}

/* The hosts of the file, each with its road and what it is. */
static void print_hosts(const struct mx_sweep *s, FILE *to)
{
    const struct topology *t = s->topology;

    for (size_t i = 0; i < t->hosts; i++) {
        const struct topology_host *h = &t->host[i];
        char rtt[VALUE_ROOM] = "-"; /* it changes from row to row */

        if (s->rtts == 1)
            value_print_time(rtt, h->road.rtt_ns);
        fprintf(to, "  %-24s", h->name);
        for (size_t k = 0; k < t->zone.record_count; k++)
            if (t->record[k].type == DNS_MX &&
                strcmp(t->record[k].target, h->name) == 0)
                fprintf(to, " %5u", t->record[k].preference);
        fprintf(to, "  RTT %-6s %s", rtt, topology_state_name(h->state));
        print_bits(to, "", h->server[0].offer.has);
        if (t->tls && h->tls)
            print_bits(to, "| through TLS:", h->secure[0].offer.has);
        if (h->guises > 1)
            fprintf(to, "; %s", h->pooled ? "a pool" : "changes");
        fputc('\n', to);
    }
}

static void print_number(FILE *to, int width, double value)
{
    if (isnan(value))
        fprintf(to, " %*s", width, "-");
    else if (value == floor(value) && value < 1e6)
        fprintf(to, " %*.0f", width, value);
    else
        fprintf(to, " %*.2f", width, value);
}

/* What is the same in all rows is left out. */
static void print_head(const struct mx_sweep *s, FILE *to)
{
    fprintf(to, "%-3s %-16s", "", "mode");
    if (s->patiences > 1)
        fprintf(to, " %9s", "patience");
    if (s->rtts > 1)
        fprintf(to, " %9s", "RTT");
    fprintf(to, " %5s %5s %5s %5s %5s %5s %6s %10s %10s %10s %5s %5s %s\n",
            "DNS", "hosts", "(exp)", "conn.", "sum W", "chain", "bytes",
            "accepted", "p50", "p95", "used", "worse", "outcome");
}

static void print_time(FILE *to, int64_t ns)
{
    char text[VALUE_ROOM] = "-";

    if (ns >= 0)
        value_print_time(text, ns);
    fprintf(to, " %9s", text);
}

static void print_ms(FILE *to, double ms)
{
    if (isnan(ms))
        fprintf(to, " %10s", "-");
    else if (ms >= 100000)
        fprintf(to, " %9.0fs", ms / 1000);
    else
        fprintf(to, " %8.1fms", ms);
}

static void print_ends(const struct mx_row *r, FILE *to)
{
    const char *comma = " ";

    for (int i = 1; i <= DISPATCH_BOUNCED; i++)
        if (r->ends[i] > 0) {
            fprintf(to, "%s%s", comma, dispatch_end_name((enum dispatch_end)i));
            if (r->ends[i] < r->runs)
                fprintf(to, " %.0f%%",
                        100 * (double)r->ends[i] / (double)r->runs);
            comma = ", ";
        }
    if (r->why_told)
        fprintf(to, " (%s)", r->why_told);
    fputs(r->valid ? "\n" : "  INVALID\n", to);
}

static void print_row(const struct mx_sweep *s, const struct mx_row *r,
                      FILE *to)
{
    fprintf(to, "%-3s %-16s", policy_of(r->part.policy)->name,
            mode_of(r->part.mode)->name);
    if (s->patiences > 1)
        print_time(to, r->patience_ns);
    if (s->rtts > 1)
        print_time(to, r->rtt_ns);
    print_number(to, 5, r->questions.mean);
    print_number(to, 5, r->hosts.mean);
    print_number(to, 5, r->hosts_expected);
    print_number(to, 5, r->connections.mean);
    print_number(to, 5, r->turnarounds.mean);
    print_number(to, 5, r->chain.mean);
    print_number(to, 6, round(r->bytes.mean));
    print_ms(to, r->accepted_ms.mean);
    print_ms(to, r->accepted_ms.median);
    print_ms(to, r->accepted_ms.p95);
    fprintf(to, " %4.0f%% %4.0f%%", 100 * (double)r->used / (double)r->runs,
            100 * (double)r->worse / (double)r->runs);
    print_ends(r, to);
    if (!r->valid)
        fprintf(to, "      INVALID: %s\n", r->invalid_because);
}

static void print_path(const struct mx_row *r, FILE *to)
{
    const struct mx_tally *t = &r->first;

    fputs("      path:", to);
    for (size_t i = 0; i < t->steps && i < MX_STEPS; i++)
        fprintf(to, "%s %s at %.1f ms", i ? "," : "",
                r->part.topology->host[t->step[i]].name,
                (double)t->step_ns[i] / 1e6);
    if (t->steps > MX_STEPS)
        fprintf(to, ", and %zu more", t->steps - MX_STEPS);
    fprintf(to, "%s\n", t->steps ? "" : " no connection");
}

void mx_rows_print(const struct mx_sweep *s, bool path, FILE *to)
{
    const struct topology *t = s->topology;
    char wants[200];

    fprintf(to, "%s%s%s\n", t->name, *t->what ? ": " : "", t->what);
    print_hosts(s, to);
    if (s->world == WORLD_KERNEL)
        fputs("  kernel world: time is real, so there is one attempt each\n",
              to);
    for (size_t i = 0; i < s->rows; i++) {
        const struct mx_row *r = &s->row[i];

        if (i == 0 || r->message != s->row[i - 1].message) {
            fputc('\n', to);
            mx_message_text(r->part.message, wants, sizeof wants);
            fprintf(to, "%s\n", wants);
            print_head(s, to);
        }
        print_row(s, r, to);
        if (path)
            print_path(r, to);
    }
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static void set_spread(json_t *o, const char *name, const struct spread *s)
{
    json_t *all = json_object();

    json_object_set_new(all, "mean", number(s->mean));
    json_object_set_new(all, "min", number(s->min));
    json_object_set_new(all, "median", number(s->median));
    json_object_set_new(all, "p95", number(s->p95));
    json_object_set_new(all, "p99", number(s->p99));
    json_object_set_new(all, "max", number(s->max));
    json_object_set_new(o, name, all);
}

static json_t *keywords(uint32_t bits)
{
    json_t *list = json_array();

    for (int i = 0; i < OFFER_COUNT; i++)
        if (bits >> i & 1)
            json_array_append_new(list, json_string(offer_name(i)));
    return list;
}

static void set_count(json_t *o, const char *name, size_t value)
{
    json_object_set_new(o, name, json_integer((json_int_t)value));
}

static void set_time(json_t *o, const char *name, int64_t ns)
{
    json_object_set_new(o, name,
                        ns < 0 ? json_null() : number((double)ns / 1e6));
}

static void set_message(json_t *o, const struct topology_message *m)
{
    char wants[200];

    mx_message_text(m, wants, sizeof wants);
    json_object_set_new(o, "wants", json_string(wants));
    json_object_set_new(o, "domain", json_string(m->domain));
    set_count(o, "messages", m->messages);
    set_count(o, "recipients", m->recipients);
    set_count(o, "body_bytes", m->body_bytes);
    json_object_set_new(o, "required", keywords(m->need.required));
    json_object_set_new(o, "preferred", keywords(m->need.preferred));
    json_object_set_new(o, "performance", keywords(m->need.performance));
}

static json_t *path_of(const struct mx_row *r)
{
    const struct mx_tally *t = &r->first;
    json_t *list = json_array();

    for (size_t i = 0; i < t->steps && i < MX_STEPS; i++) {
        json_t *o = json_object();

        json_object_set_new(
            o, "host", json_string(r->part.topology->host[t->step[i]].name));
        set_time(o, "at_ms", t->step_ns[i]);
        json_array_append_new(list, o);
    }
    return list;
}

static void set_ends(json_t *o, const struct mx_row *r)
{
    set_count(o, "runs", r->runs);
    for (int i = 1; i <= DISPATCH_BOUNCED; i++)
        set_count(o, dispatch_end_name((enum dispatch_end)i), r->ends[i]);
    set_count(o, "used", r->used);
    set_count(o, "worse", r->worse);
    set_count(o, "recipients_accepted", r->accepted);
    set_count(o, "recipients_deferred", r->deferred);
    set_count(o, "recipients_bounced", r->bounced);
    json_object_set_new(o, "why",
                        r->why_told ? json_string(r->why_told) : json_null());
    json_object_set_new(o, "valid", json_boolean(r->valid));
    json_object_set_new(o, "invalid_because",
                        r->valid ? json_null()
                                 : json_string(r->invalid_because));
}

static json_t *row_json(const struct mx_sweep *s, const struct mx_row *r)
{
    json_t *o = json_object();

    json_object_set_new(o, "policy",
                        json_string(policy_of(r->part.policy)->name));
    json_object_set_new(o, "mode", json_string(mode_of(r->part.mode)->name));
    json_object_set_new(o, "world", json_string(world_name(s->world)));
    set_count(o, "message", r->message + 1);
    set_message(o, r->part.message);
    set_time(o, "patience_ms", r->patience_ns);
    set_time(o, "rtt_ms", r->rtt_ns);
    set_ends(o, r);
    json_object_set_new(o, "hosts_expected", number(r->hosts_expected));
    set_spread(o, "hosts", &r->hosts);
    set_spread(o, "connections", &r->connections);
    set_spread(o, "dns_questions", &r->questions);
    set_spread(o, "attempts", &r->attempts);
    set_spread(o, "turnarounds", &r->turnarounds);
    set_spread(o, "longest_chain", &r->chain);
    set_spread(o, "bytes", &r->bytes);
    set_spread(o, "accepted_ms", &r->accepted_ms);
    set_spread(o, "closed_ms", &r->closed_ms);
    json_object_set_new(o, "path", path_of(r));
    return o;
}

json_t *mx_rows_json(const struct mx_sweep *s, const char *command)
{
    json_t *all = json_object(), *rows = json_array();

    json_object_set_new(all, "schema", json_integer(SCHEMA));
    json_object_set_new(all, "kind", json_string("mx"));
    json_object_set_new(all, "command", json_string(command ? command : ""));
    json_object_set_new(all, "version", json_string(turnaround_version()));
    json_object_set_new(all, "started", json_string(s->started));
    json_object_set_new(all, "topology", json_string(s->topology->name));
    json_object_set_new(all, "seed",
                        json_integer((json_int_t)s->topology->seed));
    for (size_t i = 0; i < s->rows; i++)
        json_array_append_new(rows, row_json(s, &s->row[i]));
    json_object_set_new(all, "rows", rows);
    return all;
}
