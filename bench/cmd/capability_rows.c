/* SPDX-License-Identifier: BSD-2-Clause */
/* From lists of values to rows, and from rows to tables. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cmd/capability.h"
#include "bench/cmd/cmd.h"
#include "bench/run/abilities.h"
#include "bench/run/draw.h"
#include "bench/run/pinned.h"
#include "bench/tell/capability_plot.h"
#include "smtp/strategy.h"

enum { ITEM = 64, JOBS_MAX = 100000 };

/* How bodies go, and whether the prologue rides with what follows it. */
static const struct way {
    const char *name, *mode, *body_by;
} ways[] = {
    {"data", "pipelining", "data"},
    {"bdat", "chunking", "bdat"},
    {"early", "early", "data"},
    {"early-bdat", "early", "bdat"},
};

enum { WAYS = sizeof ways / sizeof ways[0] };

/* The next of a list parted by commas; false: there is none. */
static bool next_item(const char **list, char item[ITEM])
{
    size_t len;

    if (!*list || !**list)
        return false;
    len = strcspn(*list, ",");
    snprintf(item, ITEM, "%.*s", (int)len, *list);
    *list += len + ((*list)[len] == ',');
    return true;
}

static int say(const char *why)
{
    fprintf(stderr, "capability: %s\n", why);
    return -1;
}

static int set(struct scenario *s, const char *name, const char *value)
{
    char why[SCENARIO_WHY];

    if (scenario_set(s, parameter_named(name), value, why) == 0)
        return 0;
    return say(why);
}

static const struct way *way_named(const char *name)
{
    for (int i = 0; i < WAYS; i++)
        if (strcmp(name, ways[i].name) == 0)
            return &ways[i];
    fprintf(stderr,
            "capability: --ways: found \"%s\", wanted one of data, bdat, "
            "early, early-bdat\n",
            name);
    return NULL;
}

static struct job *job_new(struct capability *c)
{
    if (c->jobs == c->room) {
        size_t room = c->room ? 2 * c->room : 64;
        struct job *bigger = realloc(c->job, room * sizeof *bigger);

        if (!bigger) {
            say("out of memory");
            return NULL;
        }
        c->job = bigger;
        c->room = room;
    }
    if (c->jobs == JOBS_MAX) {
        say("more than 100000 rows: wanted shorter lists");
        return NULL;
    }
    c->job[c->jobs] = (struct job){.repeat = 1};
    row_init(&c->job[c->jobs].row);
    return &c->job[c->jobs++];
}

struct cell { /* what varies, as text */
    char rtt[ITEM], way[ITEM], recipients[ITEM], classes[ITEM], strategy[ITEM];
};

/* What waits for every reply is never early. */
static bool has_meaning(const struct strategy *g, const struct way *w)
{
    return !g->lockstep || strcmp(w->mode, "early") != 0;
}

static int fill(struct scenario *s, const struct cell *k, const struct way *w)
{
    const struct strategy *g;
    bool data = strcmp(w->body_by, "data") == 0;

    if (set(s, "strategy", k->strategy) < 0)
        return -1;
    g = inquiry_strategy(&s->ask);
    if (set(s, "mode", g->lockstep ? "lockstep" : w->mode) < 0 ||
        set(s, "recipients", k->recipients) < 0)
        return -1;
    if (g->lockstep || strcmp(w->mode, "early") == 0)
        if (set(s, "body-by", data ? "data" : "bdat") < 0)
            return -1;
    if (!s->ask.filters && set(s, "classes", k->classes) < 0)
        return -1;
    if (!s->uplink || !strstr(s->uplink, "delay"))
        if (set(s, "rtt", k->rtt) < 0)
            return -1;
    return 0;
}

static int add_cell(struct capability *c, const struct cell *k, long repeats)
{
    const struct way *w = way_named(k->way);
    char why[SCENARIO_WHY];

    if (!w)
        return -1;
    for (long i = 1; i <= repeats; i++) {
        struct job *j = job_new(c);
        const struct strategy *g;

        if (!j)
            return -1;
        scenario_copy(&j->scenario, &c->base);
        j->repeat = i;
        if (fill(&j->scenario, k, w) < 0)
            return -1;
        g = inquiry_strategy(&j->scenario.ask);
        if (!has_meaning(g, w)) {
            scenario_release(&j->scenario);
            c->jobs--;
            return 0;
        }
        if (scenario_finish(&j->scenario, why) < 0)
            return say(why);
    }
    return 0;
}

static int add_strategies(struct capability *c, struct cell *k, long repeats)
{
    const char *names = c->strategies;

    if (names) {
        while (next_item(&names, k->strategy))
            if (add_cell(c, k, repeats) < 0)
                return -1;
        return 0;
    }
    for (int i = 0; i < STRATEGY_COUNT; i++) {
        snprintf(k->strategy, ITEM, "%s",
                 strategy_of((enum strategy_id)i)->name);
        if (add_cell(c, k, repeats) < 0)
            return -1;
    }
    return 0;
}

/* More classes than recipients are as many as there are recipients. */
static bool same_as_fewer(const struct capability *c, const struct cell *k)
{
    long n = strtol(k->recipients, NULL, 10), classes;
    const char *all = c->classes;
    char one[ITEM];

    if (strtol(k->classes, NULL, 10) <= n || n < 1)
        return false;
    while (next_item(&all, one)) {
        classes = strtol(one, NULL, 10);
        if (classes >= 1 && classes <= n)
            return true;
    }
    return false;
}

static int add_sizes(struct capability *c, struct cell *k, long repeats)
{
    const char *recipients = c->recipients;

    while (next_item(&recipients, k->recipients)) {
        const char *classes = c->base.ask.filters ? "1" : c->classes;

        while (next_item(&classes, k->classes))
            if (!same_as_fewer(c, k) && add_strategies(c, k, repeats) < 0)
                return -1;
    }
    return 0;
}

static int make_jobs(struct capability *c)
{
    const char *rtts = c->rtts;
    struct scenario count;
    struct cell k;
    int64_t repeats;
    int wrong;

    scenario_init(&count);
    wrong = set(&count, "repeat", c->repeats);
    repeats = count.repeat;
    scenario_release(&count);
    if (wrong < 0)
        return -1;
    while (next_item(&rtts, k.rtt)) {
        const char *list = c->ways;

        while (next_item(&list, k.way))
            if (add_sizes(c, &k, (long)repeats) < 0)
                return -1;
    }
    return c->jobs > 0 ? 0 : say("nothing to run: a list is empty");
}

/* The command line of a row is that of `run`: it is in the row. */
static int keep_rows(struct capability *c, char why[KERNEL_WHY])
{
    for (size_t i = 0; i < c->jobs; i++) {
        struct row copy;

        row_copy(&copy, &c->job[i].row);
        if (results_add(&c->results, &copy, why, KERNEL_WHY) < 0)
            return -1;
    }
    return 0;
}

static int draw(struct capability *c)
{
    const unsigned pictures = 1U << PICTURE_SVG | 1U << PICTURE_PNG;
    char why[KERNEL_WHY], folder[4096];
    struct capability_plots made;

    if (!c->out)
        return EXIT_GOOD;
    snprintf(folder, sizeof folder, "%s/plots", c->out);
    if (folder_ensure(folder, why, sizeof why) < 0 ||
        capability_plots_write(&c->results, folder, &made, why, sizeof why) < 0)
        return say(why), EXIT_INVALID;
    for (size_t i = 0; i < made.count; i++) {
        struct drawn d = draw_sheet(folder, made.name[i], pictures);

        if (d.state == DRAWN_FAILED)
            return say(d.why), EXIT_INVALID;
    }
    return EXIT_GOOD;
}

/* What the closed form says; false: it says nothing of this. */
static bool cost_of(const struct scenario *s, struct strategy_cost *cost)
{
    struct abilities *a = malloc(sizeof *a);
    struct strategy_case k;
    bool certain;

    if (!a)
        return false;
    certain = abilities_init(a, s, (struct span){"", 0}) == 0 &&
              abilities_case(a, s, &k);
    if (certain)
        *cost = strategy_cost(inquiry_strategy(&s->ask), s->manner, k);
    abilities_release(a);
    free(a);
    return certain;
}

static bool as_due(const struct scenario *s, const struct row *r)
{
    struct strategy_cost c;

    if (r->turnarounds_predicted == ROW_NO_COUNT || !cost_of(s, &c) ||
        (r->turnarounds == (int64_t)c.turnarounds &&
         r->connections == (int64_t)c.connections &&
         r->decisions == (int64_t)c.decisions))
        return true;
    fprintf(stderr,
            "capability: %s: %lld turnarounds, %lld connections, %lld "
            "decisions; by the closed forms %zu, %zu, %zu\n",
            r->command, (long long)r->turnarounds, (long long)r->connections,
            (long long)r->decisions, c.turnarounds, c.connections, c.decisions);
    return false;
}

/* Nobody may be lost, and counts are those of the closed forms. */
static int judge(const struct capability *c)
{
    int status = EXIT_GOOD;

    for (size_t i = 0; i < c->jobs; i++) {
        const struct row *r = &c->job[i].row;

        if (!c->job[i].done || r->valid != FLAG_TRUE) {
            fprintf(stderr, "capability: %s: %s\n",
                    r->command ? r->command : "-",
                    r->invalid_because ? r->invalid_because : c->job[i].why);
            status = EXIT_INVALID;
            continue;
        }
        if (!as_due(&c->job[i].scenario, r) && status == EXIT_GOOD)
            status = EXIT_CHECK_FAILED;
    }
    return status;
}

static int run_jobs(struct capability *c)
{
    const struct pool_how how = {.world = c->base.world, .tries = POOL_TRIES};
    char why[KERNEL_WHY];
    int drawn, status;

    if (world_ready(&c->job[0].scenario, why) < 0) {
        say(why);
        return EXIT_UNSUPPORTED;
    }
    if (c->out && pinned_tell(c->out, c->base.world == WORLD_KERNEL,
                              c->base.port, why) < 0)
        return say(why), EXIT_INVALID;
    if (pool_run(c->job, c->jobs, &how) < 0) {
        say(strerror(errno));
        return EXIT_INVALID;
    }
    status = judge(c);
    if (keep_rows(c, why) < 0 ||
        results_end(&c->results, status == EXIT_GOOD ? NULL : "see the rows",
                    why, sizeof why) < 0)
        return say(why), EXIT_INVALID;
    drawn = draw(c);
    return status == EXIT_GOOD ? drawn : status;
}

int capability_run(struct capability *c, const char *command)
{
    char why[KERNEL_WHY];

    if (make_jobs(c) < 0)
        return EXIT_USAGE;
    if (c->dry_run) {
        for (size_t i = 0; i < c->jobs; i++) {
            char *flags = scenario_flags(&c->job[i].scenario);

            printf("turnaround run%s\n", flags ? flags : "");
            free(flags);
        }
        return EXIT_GOOD;
    }
    if (results_create(&c->results, c->out, command ? command : "",
                       c->base.seed, why, sizeof why) < 0)
        return say(why), EXIT_INVALID;
    c->opened = true;
    return run_jobs(c);
}

static bool same_table(const struct row *a, const struct row *b)
{
    return a->rtt_ms == b->rtt_ms && a->recipients == b->recipients &&
           a->classes == b->classes && strcmp(a->body_by, b->body_by) == 0 &&
           strcmp(a->offer, b->offer) == 0;
}

static void print_head(const struct row *r, FILE *to)
{
    fprintf(to,
            "\n%lld recipient%s, %lld class%s, %s, %s offer, RTT %.10g ms (one "
            "way %.10g ms), %s\n",
            (long long)r->recipients, r->recipients == 1 ? "" : "s",
            (long long)r->classes, r->classes == 1 ? "" : "es", r->body_by,
            r->offer, r->rtt_ms, r->one_way_up_ms, r->world);
    fputs("strategy   waits  form  conn  copies  decisions     sent  received  "
          "best form   refused  deferred  time/RTT\n",
          to);
}

static void print_line(const struct row *r, FILE *to)
{
    enum strategy_id id = strategy_named(r->strategy);
    char form[24] = "-";

    if (r->turnarounds_predicted != ROW_NO_COUNT)
        snprintf(form, sizeof form, "%lld",
                 (long long)r->turnarounds_predicted);
    fprintf(to,
            "%-10s %5lld %5s %5lld %7lld %10lld %8lld %9lld %6lld/%-4lld "
            "%7lld %9lld %9.2f%s\n",
            strategy_of(id)->mark, (long long)r->turnarounds, form,
            (long long)r->connections, (long long)r->messages_accepted,
            (long long)r->decisions, (long long)r->bytes_sent,
            (long long)r->bytes_received, (long long)r->recipients_best,
            (long long)r->recipients_accepted, (long long)r->recipients_bounced,
            (long long)r->recipients_deferred,
            r->rtt_ms > 0 ? r->closed_ms / r->rtt_ms : NAN,
            r->valid == FLAG_TRUE ? "" : "  INVALID");
}

void capability_print(const struct capability *c, FILE *to)
{
    const struct row *last = NULL;

    if (!c->opened)
        return;
    fputs("Waits are turnarounds (RFC 2920, 4) of all sessions, and form what "
          "the closed\nform says; copies are messages sent; best form tells "
          "how many of those accepted\ngot the best form that they can take. "
          "Time is to the last reply.\n",
          to);
    for (size_t i = 0; i < c->jobs; i++) {
        const struct row *r = &c->job[i].row;

        if (!c->job[i].done || !r->strategy || r->turnarounds == ROW_NO_COUNT)
            continue;
        if (!last || !same_table(last, r))
            print_head(r, to);
        print_line(r, to);
        last = r;
    }
    if (c->out)
        fprintf(to, "\n%s: rows, host and plots\n", c->out);
}

void capability_release(struct capability *c)
{
    for (size_t i = 0; i < c->jobs; i++) {
        scenario_release(&c->job[i].scenario);
        row_release(&c->job[i].row);
    }
    free(c->job);
    if (c->opened)
        results_release(&c->results);
    scenario_release(&c->base);
}
