/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the rows of `turnaround mx`. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cmd/mx_rows.h"
#include "bench/run/mx_grade.h"
#include "netem/value.h"

static int refuse(char why[MX_WHY], const char *flag, const char *value,
                  const char *wanted)
{
    snprintf(why, MX_WHY, "--%s: found \"%.100s\", wanted %s", flag, value,
             wanted);
    return -1;
}

int mx_sweep_world(struct mx_sweep *s, const char *text, char why[MX_WHY])
{
    for (int i = 0; i < WORLD_COUNT; i++)
        if (strcmp(text, world_name((enum world)i)) == 0) {
            s->world = (enum world)i;
            return 0;
        }
    return refuse(why, "world", text, "ideal, ns3 or kernel");
}

int mx_sweep_port(struct mx_sweep *s, const char *text, char why[MX_WHY])
{
    if (strcmp(text, "veth") != 0 && strcmp(text, "tun") != 0)
        return refuse(why, "port", text, "veth or tun");
    s->port = *text == 'v' ? PORT_VETH : PORT_TUN;
    return 0;
}

/* Cuts the next word off a list with commas. False: there is none left. */
static bool next_word(const char **list, char word[80])
{
    size_t len = strcspn(*list, ",");

    if (**list == '\0')
        return false;
    snprintf(word, 80, "%.*s", len < 79 ? (int)len : 79, *list);
    *list += len + ((*list)[len] == ',');
    return true;
}

int mx_sweep_modes(struct mx_sweep *s, const char *list, char why[MX_WHY])
{
    struct topology *t = s->topology;
    char word[80];

    t->modes = 0;
    for (int i = 0; strcmp(list, "all") == 0 && i < MODE_COUNT; i++)
        if (topology_mode((enum mode_id)i))
            t->mode[t->modes++] = (enum mode_id)i;
    while (strcmp(list, "all") != 0 && next_word(&list, word)) {
        enum mode_id m = mode_named(word);

        if (!topology_mode(m) || t->modes == MODE_COUNT)
            return refuse(why, "mode", word,
                          "modes, as `turnaround run --help` lists them, but "
                          "for qmtp");
        t->mode[t->modes++] = m;
    }
    return 0;
}

int mx_sweep_policies(struct mx_sweep *s, const char *list, char why[MX_WHY])
{
    struct topology *t = s->topology;
    char word[80];

    t->policies = 0;
    for (int i = 0; strcmp(list, "all") == 0 && i < POLICY_COUNT; i++)
        t->policy[t->policies++] = (enum policy_id)i;
    while (strcmp(list, "all") != 0 && next_word(&list, word)) {
        enum policy_id p = policy_named(word);

        if (p == POLICY_COUNT || t->policies == POLICY_COUNT)
            return refuse(why, "policy", word,
                          "P0 to P8, or their names: see `turnaround mx "
                          "--help`");
        t->policy[t->policies++] = p;
    }
    return 0;
}

int mx_sweep_times(struct mx_sweep *s, const char *flag, const char *list,
                   char why[MX_WHY])
{
    bool patience = strcmp(flag, "patience") == 0;
    int64_t *at = patience ? s->patience_ns : s->rtt_ns;
    size_t *count = patience ? &s->patiences : &s->rtts;
    char word[80];

    while (list && next_word(&list, word)) {
        if (*count == MX_TIMES || value_time(word, strlen(word), &at[*count]))
            return refuse(why, flag, word, VALUE_TIME);
        ++*count;
    }
    if (*count == 0)
        at[(*count)++] = -1;
    return 0;
}

int mx_sweep_count(struct mx_sweep *s, const char *flag, const char *text,
                   char why[MX_WHY])
{
    bool seed = strcmp(flag, "seed") == 0;
    int64_t n;

    if (value_count(text, strlen(text), !seed, seed ? INT64_MAX : 100000, &n))
        return refuse(why, flag, text,
                      seed ? "a number from 0 on"
                           : "a number from 1 to 100000");
    if (seed)
        s->topology->seed = (uint64_t)n;
    else
        s->topology->repeat = (size_t)n;
    return 0;
}

struct samples { /* a column for each run of a row */
    double *accepted_ms, *closed_ms, *hosts, *connections, *questions,
        *turnarounds, *chain, *bytes, *attempts;
};

enum { COLUMNS = sizeof(struct samples) / sizeof(double *) };

static double ms(int64_t ns)
{
    return ns < 0 ? NAN : (double)ns / 1e6;
}

static void add(struct mx_row *row, struct samples *s, const struct mx_tally *t)
{
    const struct route_need *need = &row->part.message->need;
    uint32_t all = need->required | need->preferred | need->performance;
    size_t i = row->runs++;

    row->ends[t->end]++;
    if (t->end == DISPATCH_DEFERRED || t->end == DISPATCH_BOUNCED)
        row->why_told = t->why == WHY_DNS    ? mx_end_name(t->found)
                        : t->why == WHY_NONE ? "refused there"
                                             : route_why_text(t->why);
    row->used += all != 0 && t->accepted > 0 && t->used == all;
    row->worse += t->worse;
    row->recipients += t->recipients;
    row->accepted += t->accepted;
    row->deferred += t->deferred;
    row->bounced += t->bounced;
    s->accepted_ms[i] = ms(t->accepted_ns);
    s->closed_ms[i] = ms(t->closed_ns);
    s->hosts[i] = (double)t->hosts;
    s->connections[i] = (double)t->connections;
    s->questions[i] = (double)t->questions;
    s->turnarounds[i] = (double)t->turnarounds;
    s->chain[i] = (double)t->longest_chain;
    s->bytes[i] = (double)(t->bytes_out + t->bytes_in + t->dns_bytes);
    s->attempts[i] = (double)t->attempts;
}

/* Of a few runs, no percentile. */
static struct spread spread_of(double *sample, size_t count)
{
    struct spread s = samples_spread(sample, count);

    s.p95 = samples_percentile(sample, s.count, 95);
    s.p99 = samples_percentile(sample, s.count, 99);
    return s;
}

static void sum_up(struct mx_row *row, const struct samples *s)
{
    size_t n = row->runs;

    row->accepted_ms = spread_of(s->accepted_ms, n);
    row->closed_ms = spread_of(s->closed_ms, n);
    row->hosts = spread_of(s->hosts, n);
    row->connections = spread_of(s->connections, n);
    row->questions = spread_of(s->questions, n);
    row->turnarounds = spread_of(s->turnarounds, n);
    row->chain = spread_of(s->chain, n);
    row->bytes = spread_of(s->bytes, n);
    row->attempts = spread_of(s->attempts, n);
}

static int run_once(const struct mx_sweep *s, struct mx_row *row,
                    struct mx_tally *t, char why[MX_WHY])
{
    char late[MX_LATE];

    if (mx_in_world(s->world, &row->part, t, late, why) < 0)
        return -1;
    if (!*late)
        return 0;
    row->valid = false;
    snprintf(row->invalid_because, sizeof row->invalid_because, "seed %llu: %s",
             (unsigned long long)row->part.seed, late);
    return 0;
}

static int run_row(const struct mx_sweep *s, struct mx_row *row,
                   char why[MX_WHY])
{
    size_t n = s->topology->repeat;
    double *columns = calloc(n * COLUMNS, sizeof *columns);
    struct samples samples;
    double **column = (double **)&samples;
    struct mx_tally t;
    int result = columns ? 0 : -1;

    if (!columns)
        snprintf(why, MX_WHY, "%s", strerror(errno));
    for (size_t i = 0; i < COLUMNS && columns; i++)
        column[i] = columns + i * n;
    row->valid = true;
    for (size_t i = 0; i < n && result == 0; i++) {
        row->part.seed = s->topology->seed + i;
        result = run_once(s, row, &t, why);
        if (result == 0)
            add(row, &samples, &t);
        if (result == 0 && s->csv && mx_csv_run(s->csv, s, row, &t) < 0) {
            snprintf(why, MX_WHY, "rows.csv: %s", strerror(errno));
            result = -1;
        }
        if (result == 0 && i == 0)
            row->first = t;
    }
    if (result == 0) {
        row->hosts_expected = mx_hosts_expected(&row->part);
        sum_up(row, &samples);
    }
    free(columns);
    return result;
}

static void set_road(struct topology_road *r, int64_t rtt_ns)
{
    r->up.base.delay.ns = rtt_ns / 2;
    r->down.base.delay.ns = rtt_ns - rtt_ns / 2;
    r->rtt_ns = rtt_ns;
}

/* What the file says is changed for good: rows come in this order. */
static void set_times(struct topology *t, const struct mx_row *row)
{
    if (row->patience_ns >= 0)
        t->route.patience_ns = row->patience_ns;
    for (size_t i = 0; i < t->hosts && row->rtt_ns >= 0; i++)
        set_road(&t->host[i].road, row->rtt_ns);
    if (row->rtt_ns >= 0)
        set_road(&t->dns_road, row->rtt_ns);
}

/* The `i`-th of the rows: the policy changes first, then the mode, and so on.
 */
static void place_row(const struct mx_sweep *s, size_t i, struct mx_row *row)
{
    const struct topology *t = s->topology;

    row->part = (struct mx_part){.topology = t, .port = s->port};
    row->part.policy = t->policy[i % t->policies];
    i /= t->policies;
    row->part.mode = t->mode[i % t->modes];
    i /= t->modes;
    row->patience_ns = s->patience_ns[i % s->patiences];
    i /= s->patiences;
    row->rtt_ns = s->rtt_ns[i % s->rtts];
    row->message = i / s->rtts;
    row->part.message = &t->message[row->message];
}

int mx_sweep_run(struct mx_sweep *s, char why[MX_WHY])
{
    const struct topology *t = s->topology;
    size_t n =
        t->policies * t->modes * s->patiences * s->rtts * t->message_count;

    s->row = calloc(n, sizeof *s->row);
    if (!s->row) {
        snprintf(why, MX_WHY, "%s", strerror(errno));
        return -1;
    }
    for (; s->rows < n; s->rows++) {
        struct mx_row *row = &s->row[s->rows];

        place_row(s, s->rows, row);
        set_times(s->topology, row);
        if (run_row(s, row, why) < 0)
            return -1;
    }
    return 0;
}

bool mx_sweep_valid(const struct mx_sweep *s)
{
    for (size_t i = 0; i < s->rows; i++)
        if (!s->row[i].valid)
            return false;
    return true;
}

void mx_sweep_release(struct mx_sweep *s)
{
    free(s->row);
    s->row = NULL;
    s->rows = 0;
}
