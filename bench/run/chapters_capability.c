/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapter of the argument whether asking what recipients can take costs a
 * round trip for each: smtp/strategy.h has the strategies, docs/capability.md
 * the argument. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/run/chapter_lines.h"
#include "bench/run/chapters.h"
#include "bench/run/virtual.h"
#include "smtp/strategy.h"

enum { POINTS = 6 };

/* n recipients, who can take C forms. */
static const struct {
    int n, c;
} points[POINTS] = {{1, 1}, {3, 1}, {3, 2}, {10, 2}, {10, 4}, {50, 3}};

/* Figures counted by hand from the scripts, not by our own closed forms. */
/* clang-format off */
static const struct {
    const char *says, *formula, *strategy;
    size_t turnarounds[POINTS];
} table[] = {
    {"S0, nobody is asked", "4", "S0", {4, 4, 4, 4, 4, 4}},
    {"S1, lock-step", "3 + 2n + 3C", "S1", {8, 12, 15, 29, 35, 112}},
    {"S1', VRFY last in its group", "n + C + 3", "S1v",
     {5, 7, 8, 15, 17, 56}},
    {"S1', XRCAP last in its group", "n + C + 3", "S1x",
     {5, 7, 8, 15, 17, 56}},
    {"S2, a group of XRCAPs, one RCPT", "C + 4", "S2", {5, 5, 6, 6, 8, 7}},
    {"S3, RCPT asks, RSET and MAIL", "C + 4", "S3", {5, 5, 6, 6, 8, 7}},
    {"S3', a session for each class", "4 + 4C; C = 1: 5", "S3s",
     {5, 5, 12, 12, 20, 16}},
    {"S3', those at once", "4 + 4C; C = 1: 5", "S3sp",
     {5, 5, 12, 12, 20, 16}},
    {"S3b, one copy that all can take", "5", "S3b", {5, 5, 5, 5, 5, 5}},
    {"S4, a session for each", "5n", "S4", {5, 15, 15, 50, 50, 250}},
    {"S4, those at once", "5n", "S4p", {5, 15, 15, 50, 50, 250}},
    {"S4, by XRCAP in lock-step", "8n", "S4l", {8, 24, 24, 80, 80, 400}},
    {"S4, those at once", "8n", "S4lp", {8, 24, 24, 80, 80, 400}},
};

/* The same with other bodies and prologues; C classes of ten. */
static const struct {
    const char *says, *formula, *settings;
    size_t fixed, by_class;
} variants[] = {
    {"S2, BDAT streamed", "4", "strategy=S2 mode=chunking", 4, 0},
    {"S3, BDAT streamed", "4", "strategy=S3 mode=chunking", 4, 0},
    {"S2, early, DATA", "C + 2", "strategy=S2 mode=early body-by=data", 2, 1},
    {"S3, early, DATA", "C + 2", "strategy=S3 mode=early body-by=data", 2, 1},
    {"S2, early, BDAT", "2", "strategy=S2 mode=early body-by=bdat", 2, 0},
    {"S3, early, BDAT", "2", "strategy=S3 mode=early body-by=bdat", 2, 0},
    {"S1', BDAT streamed", "n + 3, n = 10", "strategy=S1v mode=chunking",
     13, 0},
};

/* One session each, so that the time is (1 + W) RTT. */
#define TEN_AND_FOUR ", n = 10, C = 4, at 200 ms"

static const struct line times[] = {
    {"S1v" TEN_AND_FOUR, "strategy=S1v", TIMED("17, 3600 ms", 17)},
    {"S2" TEN_AND_FOUR, "strategy=S2", TIMED("8, 1800 ms", 8)},
    {"S3" TEN_AND_FOUR, "strategy=S3", TIMED("8, 1800 ms", 8)},
    {"S3b" TEN_AND_FOUR, "strategy=S3b", TIMED("5, 1200 ms", 5)},
};

/* Some are refused, or answered for in ways that cannot be used. */
#define MIX(says, settings, w, ending)                                         \
    {says, settings, COUNTED(#w, w)},                                          \
    {says ": to whom it goes", settings, ENDING(ending, w, ending)}

static const struct line mixes[] = {
    MIX("S1', every second refused", "strategy=S1v answers=tells,refused "
     "recipients=10 classes=2", 14, "5 of 10 delivered, 5 refused"),
    MIX("S2, every second refused", "strategy=S2 answers=tells,refused "
     "recipients=10 classes=2", 5, "5 of 10 delivered, 5 refused"),
    MIX("S3, every second refused", "strategy=S3 answers=tells,refused "
     "recipients=10 classes=2", 5, "5 of 10 delivered, 5 refused"),
    MIX("S4, every second refused", "strategy=S4 answers=tells,refused "
     "recipients=10 classes=2", 45, "5 of 10 delivered, 5 refused"),
    MIX("S1, the first of each three refused", "strategy=S1 "
     "answers=refused,tells,tells recipients=10 classes=4", 31,
     "6 of 10 delivered, 4 refused"),
    MIX("S2, the first of each three refused", "strategy=S2 "
     "answers=refused,tells,tells recipients=10 classes=4", 8,
     "6 of 10 delivered, 4 refused"),
    MIX("S3, the first of each three refused", "strategy=S3 "
     "answers=refused,tells,tells recipients=10 classes=4", 8,
     "6 of 10 delivered, 4 refused"),
    MIX("S3', the first of each three refused", "strategy=S3s "
     "answers=refused,tells,tells recipients=10 classes=4", 20,
     "6 of 10 delivered, 4 refused"),
    MIX("S3, every second deferred", "strategy=S3 answers=tells,deferred "
     "recipients=6 classes=1", 5, "3 of 6 delivered, 3 deferred"),
    MIX("S2, all refused", "strategy=S2 answers=refused "
     "recipients=10 classes=2", 4, "0 of 10 delivered, 10 refused"),
    MIX("S3, all refused", "strategy=S3 answers=refused "
     "recipients=10 classes=2", 4, "0 of 10 delivered, 10 refused"),
    MIX("S2, answers that cannot be used", "strategy=S2 answers=tells,"
     "malformed,other,silent,unsupported,flooded recipients=6 classes=3", 6,
     "delivered"),
    MIX("S3, answers that cannot be used", "strategy=S3 answers=tells,"
     "malformed,other,silent,unsupported,flooded recipients=6 classes=3", 6,
     "delivered"),
    MIX("S3, 504 for each", "strategy=S3 answers=unsupported recipients=6 "
     "classes=3", 5, "delivered"),
};
/* clang-format on */

/* Where what is said next hangs on what a reply contains: n (by recipient) and
 * C (by class) of these, and a fixed number. */
/* clang-format off */
static const struct decisions {
    const char *says, *formula;
    enum strategy_id strategy;
    size_t fixed, by_class, by_recipient;
} decisions[] = {
    {"S0 decides", "2", STRATEGY_S0, 2, 0, 0},
    {"S1' decides", "1 + n + C", STRATEGY_S1_VRFY, 1, 1, 1},
    {"S2 decides", "2 + C", STRATEGY_S2, 2, 1, 0},
    {"S3 decides", "2 + C", STRATEGY_S3, 2, 1, 0},
    {"S4 decides", "3n", STRATEGY_S4, 0, 0, 3},
};
/* clang-format on */

#define COUNT(of) (sizeof(of) / sizeof((of)[0]))

static void plan_table(struct book *b)
{
    char says[90], settings[120];

    for (size_t i = 0; i < COUNT(table); i++) {
        size_t entry =
            book_entry(b, ENTRY_COUNT, table[i].says, table[i].formula);

        for (size_t k = 0; k < POINTS; k++) {
            snprintf(settings, sizeof settings,
                     "strategy=%s recipients=%d classes=%d rtt=10ms",
                     table[i].strategy, points[k].n, points[k].c);
            book_add(b, entry, table[i].turnarounds[k], settings);
        }
    }
    for (size_t c = 1; c <= 4; c++) {
        size_t entry;

        snprintf(says, sizeof says,
                 "S1', n = 1...50, C = %zu: a wait for each recipient", c);
        entry = book_entry(b, ENTRY_COUNT, says, "n + C + 3 > n");
        for (size_t n = c; n <= 50; n += n < 5 ? 1 : 5) {
            snprintf(settings, sizeof settings,
                     "strategy=S1v recipients=%zu classes=%zu rtt=10ms", n, c);
            book_add(b, entry, n + c + 3, settings);
        }
    }
}

/* "about the same in either case": the overloaded RCPT and the separate
 * command, for every number of classes. */
static void plan_equal(struct book *b)
{
    char settings[120];
    size_t entry = book_entry(b, ENTRY_COUNT, "S2 and S3, n = 16, C = 1...16",
                              "C + 4 both");

    for (size_t c = 1; c <= 16; c++)
        for (int s = 2; s <= 3; s++) {
            snprintf(settings, sizeof settings,
                     "strategy=S%d recipients=16 classes=%zu rtt=10ms", s, c);
            book_add(b, entry, c + 4, settings);
        }
}

static void plan_variants_of(struct book *b)
{
    char settings[120];

    for (size_t i = 0; i < COUNT(variants); i++) {
        size_t entry =
            book_entry(b, ENTRY_COUNT, variants[i].says, variants[i].formula);

        for (size_t c = 1; c <= 5; c++) {
            snprintf(settings, sizeof settings,
                     "%s recipients=10 classes=%zu rtt=10ms",
                     variants[i].settings, c);
            book_add(b, entry, variants[i].fixed + c * variants[i].by_class,
                     settings);
        }
    }
}

/* How often the client of a delivery in the ideal world decided. */
static size_t decided(enum strategy_id id, int n, int c)
{
    struct tally t = {.decisions = SIZE_MAX};
    char why[SCENARIO_WHY];
    struct scenario s;
    struct cast cast;

    scenario_init(&s);
    s.world = WORLD_IDEAL;
    s.ask.strategy = (int)id + 1;
    s.recipients = n;
    s.ask.classes = c;
    if (scenario_finish(&s, why) == 0 && cast_init(&cast, &s) == 0) {
        virtual_deliver(&cast, VIRTUAL_FULL, &t);
        cast_release(&cast);
    }
    scenario_release(&s);
    return t.decisions;
}

static bool decides_so(const void *arg, char seen[48], char why[240])
{
    const struct decisions *d = arg;
    size_t right = 0;

    for (size_t k = 0; k < POINTS; k++) {
        size_t n = (size_t)points[k].n, c = (size_t)points[k].c;
        size_t due = d->fixed + c * d->by_class + n * d->by_recipient;
        size_t did = decided(d->strategy, points[k].n, points[k].c);

        right += did == due;
        if (did != due)
            snprintf(why, 240, "n = %zu, C = %zu: %zu, expected %zu", n, c, did,
                     due);
    }
    snprintf(seen, 48, "%zu of %d", right, POINTS);
    return right == POINTS;
}

static void plan_decisions(struct book *b)
{
    for (size_t i = 0; i < COUNT(decisions); i++) {
        char says[90];

        snprintf(says, sizeof says, "%s, as a measure of complexity",
                 decisions[i].says);
        book_check(b, says, decisions[i].formula, decides_so, &decisions[i]);
    }
}

void plan_capability(struct book *b)
{
    plan_table(b);
    plan_equal(b);
    plan_variants_of(b);
    lines_add(b, "recipients=10 classes=4 rtt=200ms", LINES(times));
    plan_decisions(b);
    lines_add(b, "rtt=10ms", LINES(mixes));
    lines_add_dialogue(b, &conneg_dialogue);
}
