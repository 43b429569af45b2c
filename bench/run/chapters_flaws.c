/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapter of the servers that RFC 2920, 1, warns of: what becomes of a mail
 * to three, the first or the last of whom is refused. */
#include <stdio.h>
#include <string.h>

#include "bench/run/chapters.h"
#include "bench/run/virtual.h"
#include "smtp/flaw.h"

struct meeting { /* of a client with such a server */
    const char *says;
    enum mode_id mode;
    uint32_t flaws;
    const char *refused; /* one of the three; NULL: none; "": all */
    const char *outcome; /* how it begins */
    size_t accepted;     /* recipients */
};

#define FIRST "user1@server.example"
#define LAST "user3@server.example"

/* clang-format off */
static const struct meeting meetings[] = {
    {"flaw 2, input flushed on failure: lockstep", MODE_LOCKSTEP,
     FLAW_FLUSH_ON_ERROR, FIRST, "delivered", 2},
    {"flaw 2, input flushed on failure: pipelining", MODE_PIPELINING,
     FLAW_FLUSH_ON_ERROR, FIRST, "deferred: timed out", 0},
    {"flaw 3, DATA judged by the last RCPT: lockstep", MODE_LOCKSTEP,
     FLAW_DATA_LAST_RCPT, LAST, "refused", 0},
    {"flaw 3, DATA judged by the last RCPT: pipelining", MODE_PIPELINING,
     FLAW_DATA_LAST_RCPT, LAST, "refused", 0},
    {"flaw 3, 354 for nobody: pipelining", MODE_PIPELINING, FLAW_DATA_ALWAYS,
     "", "refused", 0},
    {"no flaw, the first refused: pipelining", MODE_PIPELINING, 0, FIRST,
     "delivered", 2},
};
/* clang-format on */

enum { MEETINGS = sizeof meetings / sizeof meetings[0] };

static void meet(const struct meeting *m, struct cast *c, struct tally *t)
{
    struct verdict no = {m->refused, "550 no such user"};

    if (m->refused && !*m->refused)
        no.address = NULL; /* all of them */
    c->receiving.flaws = m->flaws;
    c->receiving.verdicts = &no;
    c->receiving.verdict_count = m->refused != NULL;
    virtual_deliver(c, VIRTUAL_FULL, t);
}

static bool ends_so(const void *arg, char seen[48], char why[240])
{
    const struct meeting *m = arg;
    struct tally t = {.outcome = "nothing"};
    char refusal[SCENARIO_WHY] = "out of memory";
    struct scenario s;
    struct cast c;
    bool so;

    scenario_init(&s);
    s.world = WORLD_IDEAL;
    s.mode = m->mode;
    s.recipients = 3;
    if (scenario_finish(&s, refusal) == 0 && cast_init(&c, &s) == 0) {
        meet(m, &c, &t);
        cast_release(&c);
    }
    scenario_release(&s);
    so = strncmp(t.outcome, m->outcome, strlen(m->outcome)) == 0 &&
         t.recipients_accepted == m->accepted;
    snprintf(seen, 48, "%.24s, %zu accepted", t.outcome, t.recipients_accepted);
    if (!so)
        snprintf(why, 240, "%.100s, %zu accepted; expected %.60s, %zu",
                 t.outcome, t.recipients_accepted, m->outcome, m->accepted);
    return so;
}

/* Nobody waits for minutes here: the client's patience is shortened. */
static void plan_handoff(struct book *b)
{
    static const char settings[] =
        "flaw=handoff timeout=2s recipients=3 rtt=200ms";
    char of_mode[100];
    size_t entry;

    entry = book_entry(b, ENTRY_ENDING, "flaw 1, hand-off at MAIL: lockstep",
                       "delivered");
    snprintf(of_mode, sizeof of_mode, "mode=lockstep %s", settings);
    book_add_ending(b, entry, 9, of_mode, "delivered");
    entry = book_entry(b, ENTRY_ENDING, "flaw 1, hand-off at MAIL: pipelining",
                       "deferred: timed out");
    snprintf(of_mode, sizeof of_mode, "mode=pipelining %s", settings);
    book_add_ending(b, entry, 4, of_mode, "deferred: timed out");
}

void plan_flaws(struct book *b)
{
    plan_handoff(b);
    for (int i = 0; i < MEETINGS; i++) {
        char expected[48];

        snprintf(expected, sizeof expected, "%s, %zu accepted",
                 meetings[i].outcome, meetings[i].accepted);
        book_check(b, meetings[i].says, expected, ends_so, &meetings[i]);
    }
}
