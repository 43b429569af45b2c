/* SPDX-License-Identifier: BSD-2-Clause */
/* Planning, running and judging. The chapters are in bench/run/chapters.c. */
#include "bench/run/book.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines without rows that run at a time for each core: they wait for real time
 * and compute by turns. */
enum { PLAYS_A_CORE = 2 };

void book_init(struct book *b)
{
    *b = (struct book){.tries = POOL_TRIES};
    b->kernel = kernel_settings(PORT_VETH, NULL, NULL, b->kernel_why) == 0;
    b->ns3 = ns3_load(b->ns3_why) == 0;
}

void book_release(struct book *b)
{
    for (size_t i = 0; i < b->jobs; i++) {
        scenario_release(&b->job[i].scenario);
        row_release(&b->job[i].row);
    }
    free(b->job);
    free(b->about);
    free(b->entry);
    *b = (struct book){0};
}

void book_leave_out(struct book *b, enum world world)
{
    static const char why[] = "it was not asked for";

    if (world == WORLD_NS3) {
        b->ns3 = false;
        snprintf(b->ns3_why, sizeof b->ns3_why, "%s", why);
    } else if (world == WORLD_KERNEL) {
        b->kernel = false;
        snprintf(b->kernel_why, sizeof b->kernel_why, "%s", why);
    }
}

void book_pretend(struct book *b, bool all)
{
    b->kernel = b->ns3 = all;
}

static void fail(struct book *b, const char *why)
{
    if (!b->failed)
        snprintf(b->why, sizeof b->why, "%s", why);
    b->failed = true;
}

static void *larger(struct book *b, void *array, size_t *room, size_t count,
                    size_t size)
{
    size_t more = *room ? 2 * *room : 64;
    void *bigger;

    if (count < *room || b->failed)
        return array;
    bigger = realloc(array, more * size);
    if (!bigger) {
        fail(b, "out of memory");
        return array;
    }
    *room = more;
    return bigger;
}

size_t book_entry(struct book *b, enum entry_kind kind, const char *says,
                  const char *expected)
{
    struct claim_line *l;

    b->entry =
        larger(b, b->entry, &b->entry_room, b->entries, sizeof *b->entry);
    if (b->failed)
        return 0;
    b->entry[b->entries] = (struct entry){.kind = kind};
    l = &b->entry[b->entries].line;
    snprintf(l->claim, sizeof l->claim, "%s", b->chapter->name);
    snprintf(l->source, sizeof l->source, "%s", b->chapter->source);
    snprintf(l->says, sizeof l->says, "%s", says);
    snprintf(l->expected, sizeof l->expected, "%s", expected);
    return b->entries++;
}

/* "key=value key=value": values hold no blanks but in 'quotes'. */
static int settle(struct scenario *s, const char *settings, char *why)
{
    while (*settings) {
        size_t key = strcspn(settings, "="), value;
        bool quoted = settings[key + 1] == '\'';
        char name[40], text[200];
        const struct parameter *p;

        snprintf(name, sizeof name, "%.*s", (int)key, settings);
        settings += key + 1 + quoted;
        value = strcspn(settings, quoted ? "'" : " ");
        snprintf(text, sizeof text, "%.*s", (int)value, settings);
        settings += value + quoted;
        settings += strspn(settings, " ");
        p = parameter_named(name);
        if (!p || scenario_set(s, p, text, why) < 0)
            return -1;
    }
    return scenario_finish(s, why);
}

void book_add_in(struct book *b, size_t entry, size_t turnarounds,
                 const char *settings, enum world world)
{
    char why[SCENARIO_WHY] = "no such parameter";
    struct job *j;
    size_t about_room = b->job_room;

    b->about = larger(b, b->about, &about_room, b->jobs, sizeof *b->about);
    b->job = larger(b, b->job, &b->job_room, b->jobs, sizeof *b->job);
    if (b->failed)
        return;
    j = &b->job[b->jobs];
    *j = (struct job){.repeat = 1};
    row_init(&j->row);
    scenario_init(&j->scenario);
    j->scenario.world = world;
    if (settle(&j->scenario, settings, why) < 0)
        fail(b, why);
    b->about[b->jobs++] =
        (struct book_job){.entry = entry, .turnarounds = turnarounds};
}

void book_add(struct book *b, size_t entry, size_t turnarounds,
              const char *settings)
{
    book_add_but(b, entry, turnarounds, settings, WORLD_COUNT);
}

void book_add_but(struct book *b, size_t entry, size_t turnarounds,
                  const char *settings, enum world without)
{
    bool timed = b->entry && b->entry[entry].kind == ENTRY_TIMED;
    bool kernel = b->kernel && without != WORLD_KERNEL;

    book_add_in(b, entry, turnarounds, settings, WORLD_IDEAL);
    if (b->ns3 && without != WORLD_NS3)
        book_add_in(b, entry, turnarounds, settings, WORLD_NS3);
    for (int64_t i = 1; kernel && i <= (timed ? BOOK_REPEATS : 1); i++) {
        book_add_in(b, entry, turnarounds, settings, WORLD_KERNEL);
        if (!b->failed)
            b->job[b->jobs - 1].repeat = i;
    }
}

/* What a row is expected to be is known for all rows from `from` on. */
static void expect(struct book *b, size_t from, int opening, const char *ending)
{
    for (size_t i = from; i < b->jobs; i++) {
        b->about[i].opening = opening;
        b->about[i].ending = ending;
    }
}

void book_add_ending(struct book *b, size_t entry, size_t turnarounds,
                     const char *settings, const char *ending)
{
    size_t from = b->jobs;

    book_add(b, entry, turnarounds, settings);
    expect(b, from, 0, ending);
}

void book_add_opening(struct book *b, size_t entry, size_t turnarounds,
                      int round_trips, const char *settings)
{
    size_t from = b->jobs;

    book_add(b, entry, turnarounds, settings);
    expect(b, from, round_trips, NULL);
}

size_t book_check(struct book *b, const char *says, const char *expected,
                  entry_check *check, const void *arg)
{
    size_t entry = book_entry(b, ENTRY_CHECK, says, expected);

    if (!b->failed) {
        b->entry[entry].check = check;
        b->entry[entry].arg = arg;
    }
    return entry;
}

void book_remark(struct book *b, size_t entry, bool refuted, const char *text)
{
    if (b->failed)
        return;
    b->entry[entry].remark = text;
    b->entry[entry].refuted = refuted;
}

void book_capture(struct book *b, size_t entry)
{
    if (!b->failed)
        b->entry[entry].captured = true;
}

const struct job *book_first(const struct book *b, size_t entry)
{
    const struct job *first = NULL;

    for (size_t i = 0; i < b->jobs; i++)
        if (b->about[i].entry == entry &&
            (!first || b->job[i].scenario.world > first->scenario.world))
            first = &b->job[i];
    return first;
}

static bool wanted(const struct chapter *c, char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], c->name) == 0)
            return true;
    return count == 0;
}

static const struct chapter *chapter_named(const char *name)
{
    const struct chapter *c = chapters;

    while (c->name && strcmp(c->name, name) != 0)
        c++;
    return c->name ? c : NULL;
}

/* How the line's rows are made again: the command of the first of them. */
static void tell_run(const struct book *b, size_t entry)
{
    struct claim_line *l = &b->entry[entry].line;
    const struct job *first = book_first(b, entry);
    char *flags = first ? scenario_flags(&first->scenario) : NULL;

    if (flags)
        snprintf(l->run, sizeof l->run, "turnaround run%s", flags);
    else
        snprintf(l->run, sizeof l->run, "turnaround reproduce %s", l->claim);
    free(flags);
    l->rows = 0;
    for (size_t i = 0; i < b->jobs; i++)
        l->rows += b->about[i].entry == entry;
}

int book_plan(struct book *b, char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!chapter_named(names[i])) {
            snprintf(b->why, sizeof b->why, "\"%.60s\" is no claim", names[i]);
            return -1;
        }
    for (const struct chapter *c = chapters; c->name; c++) {
        b->chapter = c;
        if (wanted(c, names, count))
            c->plan(b);
    }
    for (size_t i = 0; i < b->entries; i++)
        tell_run(b, i);
    return b->failed ? -1 : 0;
}

struct hidden { /* the progress of both passes as one */
    pool_progress *progress;
    void *arg;
    size_t before;
};

static void add_progress(void *arg, const struct job *j, size_t done)
{
    const struct hidden *h = arg;

    if (h->progress)
        h->progress(h->arg, j, h->before + done);
}

/* Those that are wanted stand together while they run: of one world, since
 * each has a width of its own. */
static int run_some(struct book *b, const bool *wanted, enum world world,
                    bool alone, struct hidden *h)
{
    const struct pool_how how = {.world = world,
                                 .alone = alone,
                                 .tries = b->tries,
                                 .progress = add_progress,
                                 .arg = h};
    struct job *some = calloc(b->jobs + 1, sizeof *some);
    size_t n = 0;
    int result = some ? 0 : -1;

    for (size_t i = 0; some && i < b->jobs; i++)
        if (wanted[i])
            some[n++] = b->job[i];
    if (n > 0)
        result = pool_run(some, n, &how);
    h->before += n;
    n = 0;
    for (size_t i = 0; some && i < b->jobs; i++)
        if (wanted[i])
            b->job[i] = some[n++];
    free(some);
    return result;
}

static int run_world(struct book *b, enum world world, struct hidden *h)
{
    bool *wanted = calloc(b->jobs + 1, sizeof *wanted);
    int result = -1;

    for (size_t i = 0; wanted && i < b->jobs; i++)
        wanted[i] = b->job[i].scenario.world == world;
    if (wanted)
        result = run_some(b, wanted, world, false, h);
    free(wanted);
    return result;
}

/* Whether nothing but times in the kernel world would make this line FAIL. */
static bool only_late(struct book *b, size_t entry)
{
    struct entry *e = &b->entry[entry], before = *e;
    bool late;

    if (book_is_play(e->kind))
        return false;
    book_judge_entry(b, entry);
    late = e->late && !e->wrong;
    *e = before;
    return late;
}

/* A processor that the host takes for a moment makes a row late, and no
 * accounting of ours sees it. Before a line is said to FAIL by that, its rows
 * of the kernel world are run once more, alone. */
static int run_late_again(struct book *b, struct hidden *h)
{
    bool *wanted = calloc(b->jobs + 1, sizeof *wanted);
    bool *late = calloc(b->entries + 1, sizeof *late);
    size_t n = 0;
    int result = wanted && late ? 0 : -1;

    for (size_t i = 0; result == 0 && i < b->entries; i++)
        late[i] = only_late(b, i);
    for (size_t i = 0; result == 0 && i < b->jobs; i++) {
        wanted[i] =
            late[b->about[i].entry] && b->job[i].scenario.world == WORLD_KERNEL;
        n += wanted[i];
    }
    h->before -= n;
    if (n > 0)
        result = run_some(b, wanted, WORLD_KERNEL, true, h);
    free(wanted);
    free(late);
    return result;
}

int book_run(struct book *b, pool_progress *progress, void *arg)
{
    struct hidden h = {progress, arg, 0};

    for (size_t i = 0; i < b->jobs; i++) {
        row_release(&b->job[i].row);
        b->job[i].runs = 0;
    }
    if (book_play_all(b, PLAYS_A_CORE * pool_width(WORLD_IDEAL)) < 0)
        return -1;
    for (int w = 0; w < WORLD_COUNT; w++)
        if (run_world(b, (enum world)w, &h) < 0)
            return -1;
    return run_late_again(b, &h);
}

void book_judge(struct book *b)
{
    for (size_t i = 0; i < b->entries; i++)
        if (!book_is_play(b->entry[i].kind))
            book_judge_entry(b, i);
}
