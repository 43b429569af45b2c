/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapter of the broken servers, those that RFC 2920, 1, warns of and
 * others: what becomes of a mail to three in each mode, at which price. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/chapter_lines.h"
#include "bench/run/chapters.h"
#include "bench/run/virtual.h"
#include "smtp/flaw.h"

#define FIRST "user1@server.example"
#define LAST "user3@server.example"
#define ALL ""

enum { RTT_MS = 200, PATIENCE_MS = 2000, MODES_MET = 4 };

static const enum mode_id met[MODES_MET] = {MODE_LOCKSTEP, MODE_PIPELINING,
                                            MODE_CHUNKING, MODE_EARLY};

struct ending {
    const char *outcome; /* how it begins */
    size_t connections, turnarounds;
    int late_ms; /* beside the round trips of these */
};

struct meeting { /* of a client with such a server */
    const char *what;
    uint32_t flaws;
    const char *refused; /* one of the three; NULL: none; ALL */
    size_t messages;
    int drip_ms; /* between the octets of a reply */
    int greeting_ms;
    struct ending by[MODES_MET];
};

/* clang-format off */
#define IN(connections, turnarounds) connections, turnarounds
#define GOOD(turnarounds) {"delivered", IN(1, turnarounds), 0}
#define GOOD_LATE(turnarounds, ms) {"delivered", IN(1, turnarounds), ms}
#define NO(turnarounds) {"refused", IN(1, turnarounds), 0}
#define CUT(turnarounds) {"deferred", IN(1, turnarounds), 0}
/* All was said, and the connection ends before the answer. */
#define UNSURE(turnarounds) {"uncertain", IN(1, turnarounds), 0}
/* Nothing comes behind the last wait, until patience ends; */
#define SILENCE(outcome, turnarounds) {outcome, IN(1, turnarounds), PATIENCE_MS}
/* nor does what would have ended that. */
#define MUTE(turnarounds) {"deferred", IN(1, turnarounds), PATIENCE_MS - RTT_MS}

/* Lock-step, pipelining, chunking, early. Who loses input loses what a group
 * has behind that verb: the client, which counts, is owed replies for ever,
 * gives up, and must call it uncertain where the body was in the group. */
static const struct meeting meetings[] = {
    {"no flaw", 0, NULL, 1, 0, 0, {GOOD(9), GOOD(4), GOOD(3), GOOD(2)}},
    {"no flaw, the first refused", 0, FIRST, 1, 0, 0,
     {GOOD(9), GOOD(4), GOOD(3), GOOD(2)}},
    {"handoff-ehlo", FLAW_HANDOFF_EHLO, NULL, 1, 0, 0,
     {GOOD(9), GOOD(4), GOOD(3), SILENCE("deferred", 1)}},
    {"handoff (at MAIL)", FLAW_HANDOFF, NULL, 1, 0, 0,
     {GOOD(9), SILENCE("deferred", 3), UNSURE(3), SILENCE("deferred", 1)}},
    {"handoff-rcpt", FLAW_HANDOFF_RCPT, NULL, 1, 0, 0,
     {GOOD(9), SILENCE("deferred", 3), UNSURE(3), SILENCE("deferred", 1)}},
    {"handoff-data", FLAW_HANDOFF_DATA, NULL, 1, 0, 0,
     {GOOD(9), GOOD(4), GOOD(3), GOOD(2)}},
    {"handoff-end, 2 messages", FLAW_HANDOFF_END, NULL, 2, 0, 0,
     {GOOD(15), SILENCE("deferred", 4), UNSURE(3), SILENCE("deferred", 2)}},
    {"handoff-rset, 2 messages, all refused", FLAW_HANDOFF_RSET, ALL, 2, 0, 0,
     {NO(12), SILENCE("refused", 4), NO(3), SILENCE("refused", 2)}},
    {"flush-on-error, the first refused", FLAW_FLUSH_ON_ERROR, FIRST, 1, 0, 0,
     {GOOD(9), SILENCE("deferred", 3), UNSURE(3), SILENCE("deferred", 1)}},
    {"data-last-rcpt, the last refused", FLAW_DATA_LAST_RCPT, LAST, 1, 0, 0,
     {NO(8), NO(4), GOOD(3), NO(2)}},
    {"data-always, all refused", FLAW_DATA_ALWAYS, ALL, 1, 0, 0,
     {NO(7), NO(4), NO(3), NO(2)}},
    {"one-a-read", FLAW_ONE_A_READ, NULL, 1, 0, 0,
     {GOOD(9), SILENCE("deferred", 3), UNSURE(3), SILENCE("deferred", 1)}},
    {"early-talker", FLAW_EARLY_TALKER, NULL, 1, 0, 100,
     {GOOD_LATE(9, 100), GOOD_LATE(4, 100), GOOD_LATE(3, 100),
      {"delivered", IN(2, 1 + 4), 100}}},
    {"helo-only", FLAW_HELO_ONLY, NULL, 1, 0, 0,
     {GOOD(10), GOOD(10), GOOD(10), GOOD(10)}},
    {"pix", FLAW_PIX, NULL, 1, 0, 0, {GOOD(10), GOOD(10), GOOD(10), GOOD(10)}},
    {"reorder", FLAW_REORDER, NULL, 1, 0, 0,
     {GOOD(9), CUT(3), UNSURE(3), CUT(1)}},
    {"split", FLAW_SPLIT, NULL, 1, 1, 0, {GOOD(9), GOOD(4), GOOD(3), GOOD(2)}},
    {"tarpit", FLAW_TARPIT, NULL, 1, 1000, 0,
     {GOOD(9), GOOD(4), GOOD(3), GOOD(2)}},
    {"hold-replies", FLAW_HOLD, NULL, 1, 0, 0,
     {MUTE(3), GOOD(4), GOOD(3), GOOD(2)}},
    {"quit-corked", FLAW_QUIT_CORKED, NULL, 1, 0, 0,
     {GOOD_LATE(9, 200), GOOD_LATE(4, 200), GOOD_LATE(3, 200),
      GOOD_LATE(2, 200)}},
    {"silent-close", FLAW_SILENT_CLOSE, NULL, 1, 0, 0,
     {CUT(4), CUT(3), UNSURE(3), {"deferred", IN(2, 1 + 3), 0}}},
    {"close-421", FLAW_CLOSE_421, NULL, 1, 0, 0,
     {CUT(4), CUT(3), UNSURE(3), CUT(1)}},
};
/* clang-format on */

enum { MEETINGS = sizeof meetings / sizeof meetings[0] };

struct encounter {
    const struct meeting *meeting;
    int mode;
};

static struct encounter encounters[MEETINGS * MODES_MET];

static void meet(const struct meeting *m, struct cast *c, struct tally *t)
{
    struct verdict no = {m->refused, "550 no such user"};

    if (m->refused && !*m->refused)
        no.address = NULL; /* all of them */
    c->receiving.flaws = m->flaws;
    c->receiving.greeting_delay_ns = m->greeting_ms * INT64_C(1000000);
    c->receiving.verdicts = &no;
    c->receiving.verdict_count = m->refused != NULL;
    virtual_deliver(c, VIRTUAL_FULL, t);
}

static int play(const struct encounter *e, struct tally *t)
{
    const struct meeting *m = e->meeting;
    char refusal[SCENARIO_WHY];
    struct scenario s;
    struct cast c;
    int result = -1;

    scenario_init(&s);
    s.world = WORLD_IDEAL;
    s.rtt_ns = RTT_MS * INT64_C(1000000);
    s.mode = met[e->mode];
    s.recipients = 3;
    s.messages = (int64_t)m->messages;
    s.flaws = m->flaws & ~(uint32_t)FLAW_EARLY_TALKER; /* for the warm-up */
    if (m->drip_ms == 0)
        s.timeout_ns = PATIENCE_MS * INT64_C(1000000);
    if (scenario_finish(&s, refusal) == 0 && cast_init(&c, &s) == 0) {
        meet(m, &c, t);
        cast_release(&c);
        result = 0;
    }
    scenario_release(&s);
    return result;
}

/* From the SYN to the end, of which all is waiting here. */
static double spent_ms(const struct tally *t)
{
    int64_t ns = t->handshake_ns;

    for (int i = 0; i < STEP_END; i++)
        ns += t->wait_ns[i];
    return (double)ns / 1e6;
}

/* A round trip for each connection and each turnaround, what patience or the
 * server adds, and each octet but the first of a group behind another. Where
 * octets are further apart than a round trip, it is they alone that wait. */
static double due_ms(const struct encounter *e, const struct tally *t)
{
    const struct ending *by = &e->meeting->by[e->mode];
    double octets = (double)t->bytes_in;

    if (e->meeting->drip_ms >= RTT_MS)
        return 2 * RTT_MS + e->meeting->drip_ms * (octets - 1);
    return (double)(by->connections + by->turnarounds) * RTT_MS + by->late_ms +
           e->meeting->drip_ms * (octets - (double)by->turnarounds);
}

static bool ends_so(const void *arg, char seen[48], char why[240])
{
    const struct encounter *e = arg;
    const struct ending *by = &e->meeting->by[e->mode];
    struct tally t = {.outcome = "nothing"};
    size_t word;
    bool so;

    if (play(e, &t) < 0) {
        snprintf(why, 240, "the scenario could not be played");
        return false;
    }
    word = strcspn(t.outcome, " :,");
    snprintf(seen, 48, "%.*s, %zu, %.3f s", (int)word, t.outcome, t.turnarounds,
             spent_ms(&t) / 1000);
    so = strncmp(t.outcome, by->outcome, strlen(by->outcome)) == 0 &&
         t.connections == by->connections && t.turnarounds == by->turnarounds &&
         fabs(spent_ms(&t) - due_ms(e, &t)) < 1e-6;
    if (!so)
        snprintf(why, 240, "%.80s in %zu connections; by the formula %.3f s",
                 t.outcome, t.connections, due_ms(e, &t) / 1000);
    return so;
}

static void plan_meeting(struct book *b, struct encounter *e)
{
    const struct ending *by = &e->meeting->by[e->mode];
    const struct tally none = {.bytes_in = by->turnarounds};
    char says[90], expected[48];

    snprintf(says, sizeof says, "%s: %s", e->meeting->what,
             mode_of(met[e->mode])->name);
    if (e->meeting->drip_ms > 0)
        snprintf(expected, sizeof expected, "%s, %zu, %d ms an octet",
                 by->outcome, by->turnarounds, e->meeting->drip_ms);
    else
        snprintf(expected, sizeof expected, "%s, %zu, %.3f s", by->outcome,
                 by->turnarounds, due_ms(e, &none) / 1000);
    book_check(b, says, expected, ends_so, e);
}

/* In every world: nobody waits for minutes here, the client's patience is
 * shortened. */
#define BROKEN "timeout=2s recipients=3 rtt=200ms"
/* clang-format off */
#define ENDS(flaw, mode, w, how)                                               \
    {flaw ", in every world: " mode, "mode=" mode " flaw=" flaw,               \
     ENDING(how, w, how)}

static const struct line broken[] = {
    ENDS("handoff", "lockstep", 9, "delivered"),
    ENDS("handoff", "pipelining", 4, "deferred: timed out"),
    ENDS("handoff-rcpt", "chunking", 3, "uncertain: connection lost"),
    ENDS("one-a-read", "early", 2, "deferred: timed out"),
    ENDS("reorder", "pipelining", 4, "deferred: not understood"),
    ENDS("split", "pipelining", 4, "delivered"),
    ENDS("hold-replies", "lockstep", 9, "deferred: timed out"),
    ENDS("quit-corked", "early", 2, "delivered"),
    ENDS("silent-close", "chunking", 3, "uncertain: connection lost"),
    ENDS("close-421", "pipelining", 4, "deferred (421): rejected"),
};

/* RFC 1845: cut behind 354, and gone on with behind 355. The cut ends a wait
 * too, the one for the reply to the dot. */
#define CUT_BODY                                                               \
    "capabilities=PIPELINING,CHECKPOINT extensions=CHECKPOINT body=4k "        \
    "cut-body=2k rtt=200ms"

static const struct line cut[] = {
    {"CHECKPOINT, cut and gone on: lockstep", "mode=lockstep",
     COUNTED("6 + 6", 6 + 6)},
    {"CHECKPOINT, cut and gone on: pipelining", "mode=pipelining",
     COUNTED("4 + 5", 4 + 5)},
};
/* clang-format on */

void plan_flaws(struct book *b)
{
    for (int i = 0; i < MEETINGS * MODES_MET; i++) {
        encounters[i] =
            (struct encounter){&meetings[i / MODES_MET], i % MODES_MET};
        plan_meeting(b, &encounters[i]);
    }
    lines_add(b, BROKEN, LINES(broken));
    lines_add(b, CUT_BODY, LINES(cut));
}
