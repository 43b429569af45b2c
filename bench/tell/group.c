/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/group.h"

#include "bench/tell/conditions.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
/* Okabe and Ito's colours, darkest where the line is the most important. */
static const struct {
    const char *series;
    struct look look;
} looks[] = {
    {"lockstep",         {"#000000", "solid",         7}},
    {"pipelining",       {"#0072b2", "(12,4)",        5}},
    {"pipelining-probe", {"#666666", "(8,3,2,3,2,3)", 6}},
    {"chunking-collect", {"#8b5a2b", "(4,4)",        15}},
    {"chunking-last",    {"#d55e00", "(2,3)",        11}},
    {"chunking",         {"#d55e00", "(12,4,2,4)",    9}},
    {"early",            {"#009e73", "(6,3)",        13}},
    {"early, cold",      {"#009e73", "(2,4)",         2}},
    {"early, BDAT",      {"#cc79a7", "solid",        12}},
    {"bsmtp",            {"#56b4e9", "(3,3,9,3)",     4}},
    {"quickstart-a",     {"#e69f00", "(5,5)",         8}},
    {"quickstart-b",     {"#882255", "(14,6)",       10}},
    {"qmtp",             {"#999933", "(9,3,3,3)",    14}},
};
static const struct look spare[] = {
    {"#332288", "(2,4)",     1}, {"#aa4499", "(5,5)",         3},
    {"#44aa99", "(14,6)",    6}, {"#661100", "(8,3,2,3,2,3)", 8},
    {"#b8860b", "(9,3,3,3)", 4},
};
/* clang-format on */

enum { LOOKS = sizeof looks / sizeof looks[0] };
enum { SPARE = sizeof spare / sizeof spare[0] };

const char *series_of(const struct row *r, char room[SERIES_MAX])
{
    const char *mode = r->mode ? r->mode : "unknown mode";
    bool bdat = r->body_by && strcmp(r->body_by, "bdat") == 0;
    bool cold = r->offer && strcmp(r->offer, "cold") == 0;

    /* Chunking has no other way, and only these modes use a memory. */
    bdat = bdat && strncmp(mode, "chunking", 8) != 0;
    cold = cold &&
           (strcmp(mode, "early") == 0 || strcmp(mode, "quickstart-b") == 0);
    snprintf(room, SERIES_MAX, "%.8s%s%.40s%s%s",
             r->strategy ? r->strategy : "", r->strategy ? ", " : "", mode,
             bdat ? ", BDAT" : "", cold ? ", cold" : "");
    return room;
}

int series_order(const char *series)
{
    int i = 0;

    while (i < LOOKS && strcmp(looks[i].series, series) != 0)
        i++;
    return i;
}

struct look series_look(const char *series, size_t unknown)
{
    int i = series_order(series);

    return i < LOOKS ? looks[i].look : spare[unknown % SPARE];
}

void link_but_delay(const char *words, char *room, size_t room_size)
{
    enum { KEEP, DELAY, LIMIT, JITTER } next = KEEP; /* what a word may be */
    size_t len = 0;

    room[0] = '\0';
    for (; *words; words += strspn(words, " ")) {
        size_t word = strcspn(words, " ");
        bool is_delay = word == 5 && strncmp(words, "delay", 5) == 0;
        bool is_limit = word == 5 && strncmp(words, "limit", 5) == 0;
        bool jitter = next == JITTER && isdigit((unsigned char)*words);
        bool dropped = is_delay || is_limit || next == DELAY || next == LIMIT;

        if (!dropped && len < room_size)
            len += (size_t)snprintf(room + len, room_size - len, "%s%s%.*s",
                                    len ? " " : "", jitter ? "jitter " : "",
                                    (int)word, words);
        next = is_delay        ? DELAY
               : is_limit      ? LIMIT
               : next == DELAY ? JITTER
                               : KEEP;
        words += word;
    }
}

/* A row that could be drawn, with what it would be drawn under. */
struct candidate {
    const struct row *row;
    char *key;   /* owned: the agreed conditions, for people */
    char *point; /* owned: what makes it a point of its own */
};

/* What makes a row a point of its own: its series, its x and what varies. */
static char *point_of(const struct row *r, const struct grouping *by)
{
    char series[SERIES_MAX], *rest, *point;
    bool own[ROW_WIDTH];

    memcpy(own, by->vary, sizeof own);
    if (by->x != ROW_WIDTH)
        own[by->x] = true;
    rest = conditions_of(r, own, false);
    if (asprintf(&point, "%s; %s", series_of(r, series), rest) < 0)
        abort();
    free(rest);
    return point;
}

static bool is_ideal(const struct row *r)
{
    return r->world && strcmp(r->world, "ideal") == 0;
}

static bool drawable(const struct row *r, const struct grouping *by)
{
    if (r->valid == FLAG_FALSE)
        return false;
    if (r->messages != ROW_NO_COUNT && r->messages_accepted != ROW_NO_COUNT &&
        r->messages_accepted < r->messages)
        return false; /* what was refused is no measure of what was done */
    if (by->x != ROW_WIDTH && isnan(row_number(r, &row_columns[by->x])))
        return false;
    return !isnan(row_number(r, &row_columns[by->y]));
}

static int by_key_and_point(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order ? order : strcmp(x->point, y->point);
}

/* A strategy's row is a whole capability exchange, of several sessions even:
 * it does not stand among the modes of a session. */
static size_t candidates(struct candidate *to, const struct rows *rows,
                         const struct grouping *by)
{
    bool measured = false, plain = false;
    size_t count = 0;

    for (size_t i = 0; i < rows->count; i++)
        plain |= drawable(&rows->row[i], by) && !rows->row[i].strategy;
    for (size_t i = 0; by->measured_first && i < rows->count; i++)
        measured |= drawable(&rows->row[i], by) && !is_ideal(&rows->row[i]) &&
                    !(plain && rows->row[i].strategy);
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *r = &rows->row[i];

        if (drawable(r, by) && !(measured && is_ideal(r)) &&
            !(plain && r->strategy))
            to[count++] = (struct candidate){
                r, conditions_of(r, by->fixed, true), point_of(r, by)};
    }
    qsort(to, count, sizeof *to, by_key_and_point);
    return count;
}

struct run { /* candidates of one key, side by side in the sorted array */
    size_t first, count, points;
    bool varies; /* x does */
};

static struct run run_at(const struct candidate *c, size_t count, size_t first,
                         const struct grouping *by)
{
    struct run run = {first, 0, 0, by->x == ROW_WIDTH};
    const struct column *x = by->x == ROW_WIDTH ? NULL : &row_columns[by->x];

    while (first + run.count < count &&
           strcmp(c[first].key, c[first + run.count].key) == 0) {
        size_t i = first + run.count++;

        run.points += i == first || strcmp(c[i].point, c[i - 1].point) != 0;
        if (x && row_number(c[i].row, x) != row_number(c[first].row, x))
            run.varies = true;
    }
    return run;
}

/* What was measured in real time is worth twice as many points of ns-3's. */
static size_t worth(const struct run *r, const struct candidate *c,
                    const struct grouping *by)
{
    const char *world = r->count > 0 ? c[r->first].row->world : NULL;
    bool real = world && strcmp(world, "kernel") == 0;

    return by->measured_first && real ? 2 * r->points : r->points;
}

static bool run_better(const struct run *a, const struct run *b,
                       const struct candidate *c, const struct grouping *by)
{
    if (worth(a, c, by) != worth(b, c, by))
        return worth(a, c, by) > worth(b, c, by);
    if (a->count != b->count)
        return a->count > b->count;
    return a->count > 0 && fabs(c[a->first].row->rtt_ms - 200) <
                               fabs(c[b->first].row->rtt_ms - 200);
}

bool group_best(struct group *g, const struct rows *rows,
                const struct grouping *by, char *why, size_t why_size)
{
    struct candidate *c = calloc(rows->count + 1, sizeof *c);
    struct run best = {0}, run;
    size_t count, drawn = 0;

    if (!c)
        abort();
    count = candidates(c, rows, by);
    for (size_t at = 0; at < count; at += run.count) {
        run = run_at(c, count, at, by);
        drawn += run.varies;
        if (run.varies && run_better(&run, &best, c, by))
            best = run;
    }
    *g = (struct group){.count = best.count, .others = drawn ? drawn - 1 : 0};
    if (!count)
        snprintf(why, why_size, "no valid row says %s%s%s",
                 row_columns[by->y].name, by->x == ROW_WIDTH ? "" : " and ",
                 by->x == ROW_WIDTH ? "" : row_columns[by->x].name);
    else if (!best.count)
        snprintf(why, why_size, "%s does not vary", row_columns[by->x].name);
    else {
        g->row = calloc(best.count, sizeof *g->row);
        if (!g->row)
            abort();
        for (size_t i = 0; i < best.count; i++)
            g->row[i] = c[best.first + i].row;
        snprintf(g->which, sizeof g->which, "%s", c[best.first].key);
    }
    for (size_t i = 0; i < count; i++) {
        free(c[i].key);
        free(c[i].point);
    }
    free(c);
    return best.count > 0;
}

void group_release(struct group *g)
{
    free(g->row);
    *g = (struct group){0};
}
