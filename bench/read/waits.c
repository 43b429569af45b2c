/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/waits.h"

#include <stdlib.h>
#include <string.h>

/* Of a conversation that is no mail as far as known, only so much is kept. */
enum { KEPT_UNKNOWN = 256 };

static char nothing[] = ""; /* stands for a text where memory ran out */

static const char *text_of(const struct words *w)
{
    const char *text = words_text(w);

    return text ? text : nothing;
}

static void text_free(const char *text)
{
    if (text != nothing)
        free((char *)text);
}

void waits_release(struct talk *t)
{
    for (size_t i = 0; i < t->c.flight_count; i++)
        text_free(t->flights[i].says);
    for (size_t i = 0; i < t->c.wait_count; i++) {
        text_free(t->waits[i].asked);
        text_free(t->waits[i].answered);
    }
    if (t->heard)
        text_free(t->wait.asked);
    free(t->flights);
    free(t->waits);
    words_release(&t->flight_words);
    words_release(&t->reply_words);
}

/* Makes room for one more of `count` items. */
static bool make_room(const struct talk *t, void **items, size_t count,
                      size_t *room, size_t size)
{
    bool mail = t->log || (t->speech && t->speech->mail);
    size_t more = *room ? *room * 2 : 4;
    void *grown;

    if (count == (mail ? TRACE_KEPT : KEPT_UNKNOWN))
        return false;
    if (count < *room)
        return true;
    grown = realloc(*items, more * size);
    if (!grown)
        return false;
    *items = grown;
    *room = more;
    return true;
}

/* The log's last entry that is not later than `at_ns`, and one more. */
static size_t log_until(struct talk *t, int64_t at_ns)
{
    while (t->log_at < t->log->count && t->log->entry[t->log_at].at_ns <= at_ns)
        t->log_at++;
    return t->log_at;
}

static uint64_t sent_so_far(struct talk *t, int64_t at_ns)
{
    size_t n;

    if (!t->log)
        return t->packets_from[FROM_CLIENT] ? t->stream[FROM_CLIENT].high
                                            : t->unseen[FROM_CLIENT];
    n = log_until(t, at_ns);
    return n ? t->log->entry[n - 1].offset : 0;
}

/* Something is owed to the client. By a log, packets that bring only bytes
 * which are not in it ask for nothing. Of bytes that were handed over but not
 * yet sent nobody can say that they are a TLS alert; they are taken for speech.
 */
static bool is_owed(struct talk *t, int64_t at_ns)
{
    uint64_t sent;

    if (t->deaf)
        return false;
    if (t->opening || !t->log)
        return t->opening || t->armed;
    sent = sent_so_far(t, at_ns);
    return sent > t->sent_at_wait &&
           (t->armed || sent > t->stream[FROM_CLIENT].high);
}

/* The server's ACKs cover all. Where the server is not captured, it could not
 * have spoken otherwise, as far as one can tell. */
static bool is_covered(struct talk *t, int64_t at_ns)
{
    uint64_t acked = t->packets_from[FROM_CLIENT] ? t->stream[FROM_CLIENT].acked
                                                  : t->unseen[FROM_CLIENT];

    return !t->packets_from[FROM_SERVER] || acked >= sent_so_far(t, at_ns);
}

/* The client's transport has more to send. */
static bool is_inside(const struct talk *t)
{
    return !t->log && t->speech && speech_inside(t->speech);
}

static int64_t silent_since(struct talk *t, int64_t at_ns)
{
    size_t n = t->log ? log_until(t, at_ns) : 0;

    if (n)
        return t->log->entry[n - 1].at_ns;
    return t->sent_ns > t->opened_ns ? t->sent_ns : t->opened_ns;
}

static void complete_flight(struct talk *t)
{
    struct conversation *c = &t->c;

    if (!t->in_flight)
        return;
    t->in_flight = false;
    if (t->flight_words.count == 0)
        words_add(&t->flight_words, "...");
    if (make_room(t, (void **)&t->flights, c->flight_count, &t->flight_room,
                  sizeof *t->flights)) {
        t->flight.says = text_of(&t->flight_words);
        t->flights[c->flight_count++] = t->flight;
    }
    words_clear(&t->flight_words);
}

/* When the client went on behind the wait, or else the last reply. */
static int64_t wait_end(struct talk *t, int64_t next_ns)
{
    int64_t heard_ns = t->wait.heard_ns;

    if (t->log && heard_ns != UNKNOWN_NS) {
        size_t n = log_until(t, heard_ns + t->c.start_ns);

        while (n > 0 && t->log->entry[n - 1].at_ns > heard_ns + t->c.start_ns)
            n--;
        if (n < t->log->count)
            return t->log->entry[n].at_ns;
    }
    if (next_ns != UNKNOWN_NS)
        return next_ns;
    if (heard_ns == UNKNOWN_NS)
        return t->last_ns;
    return t->spoke_ns > heard_ns + t->c.start_ns ? t->spoke_ns
                                                  : heard_ns + t->c.start_ns;
}

/* Nothing more belongs to the wait that has ended; `next_ns` is when the
 * client sent again, if it did. */
static void complete_wait(struct talk *t, int64_t next_ns)
{
    struct conversation *c = &t->c;

    if (!t->heard)
        return;
    t->heard = t->dubious = false;
    t->wait.end_ns = wait_end(t, next_ns) - c->start_ns;
    if (t->reply_words.count == 0)
        words_add(&t->reply_words, "nothing");
    if (make_room(t, (void **)&t->waits, c->wait_count, &t->wait_room,
                  sizeof *t->waits)) {
        t->wait.answered = text_of(&t->reply_words);
        t->waits[c->wait_count++] = t->wait;
    } else {
        text_free(t->wait.asked);
    }
    words_clear(&t->reply_words);
}

/* A wait ends; `by_speech`, or for want of it. */
static void end_wait(struct talk *t, int64_t at_ns, bool by_speech)
{
    struct words connect = {0};
    int64_t begin_ns = silent_since(t, at_ns);

    complete_wait(t, at_ns); /* by the log the client went on, unseen */
    if (!t->in_flight)
        words_add(&connect, "connect");
    t->wait = (struct wait){
        .begin_ns = begin_ns - t->c.start_ns,
        .heard_ns = by_speech ? at_ns - t->c.start_ns : UNKNOWN_NS,
        .in_tls = t->shaking,
        .asked = text_of(t->in_flight ? &t->flight_words : &connect),
    };
    words_release(&connect);
    t->c.turnarounds++;
    t->c.turnarounds_tls += t->shaking;
    t->heard = true;
    t->opening = t->armed = false;
    t->sent_at_wait = sent_so_far(t, at_ns);
    /* A client that has closed may not be there to hear it. */
    t->dubious = by_speech && t->fin[FROM_CLIENT];
    t->dubious_end = t->stream[FROM_SERVER].next;
}

/* The client's RST answers what was thought to end a wait. */
static void take_back(struct talk *t)
{
    t->c.turnarounds--;
    t->c.turnarounds_tls -= t->wait.in_tls;
    t->heard = t->dubious = false;
    t->spoke_ns = t->spoke_before_ns;
    text_free(t->wait.asked);
    words_clear(&t->reply_words);
}

void waits_opened(struct talk *t, int64_t at_ns)
{
    if (t->opened_ns != UNKNOWN_NS)
        return;
    t->opened_ns = at_ns;
    t->opening = true;
}

void waits_sent(struct talk *t, uint64_t bytes, int64_t at_ns)
{
    struct speech *s = t->speech;

    if (t->heard) {
        complete_wait(t, at_ns);
        complete_flight(t);
    }
    if (!t->in_flight) {
        t->in_flight = true;
        t->flight = (struct flight){.at_ns = at_ns - t->c.start_ns};
        if (t->unit)
            words_add(&t->flight_words, t->unit);
    }
    t->flight.bytes += bytes;
    t->sent_ns = at_ns;
    t->armed = !t->deaf;
    if (!s)
        return;
    words_move(&t->flight_words, &s->said);
    t->shaking = speech_shaking(s);
    t->unit = speech_inside(s) ? speech_unit(s) : NULL;
}

void waits_spoken(struct talk *t, int64_t at_ns)
{
    struct speech *s = t->speech;
    int64_t before_ns = t->spoke_ns;

    if (s) {
        if (t->in_flight) /* what stood behind a hole */
            words_move(&t->flight_words, &s->said);
        words_move(&t->reply_words, &s->replied);
        if (s->accepted != t->accepted)
            t->accepted_ns = at_ns;
        t->accepted = s->accepted;
    }
    t->spoke_ns = at_ns;
    if (is_owed(t, at_ns) && is_covered(t, at_ns) && !is_inside(t)) {
        end_wait(t, at_ns, true);
        t->spoke_before_ns = before_ns;
    }
}

void waits_acked(struct talk *t, enum talk_from side, int64_t offset,
                 int64_t at_ns)
{
    if (side == FROM_SERVER && t->dubious && offset >= (int64_t)t->dubious_end)
        t->dubious = false;
    if (t->packets_from[side] || offset <= (int64_t)t->unseen[side] ||
        offset > (int64_t)t->unseen[side] + STREAM_HELD)
        return;
    /* That side is not captured: the ACK alone tells that it spoke. */
    if (side == FROM_CLIENT)
        waits_sent(t, (uint64_t)offset - t->unseen[side], at_ns);
    t->unseen[side] = (uint64_t)offset;
    if (side == FROM_SERVER)
        waits_spoken(t, at_ns);
}

static bool out_of_patience(struct talk *t, int64_t at_ns)
{
    return is_owed(t, at_ns) && !is_inside(t) &&
           at_ns - silent_since(t, at_ns) >= TRACE_PATIENCE_NS;
}

void waits_client_closed(struct talk *t, int64_t at_ns)
{
    if (out_of_patience(t, at_ns))
        end_wait(t, at_ns, false);
}

void waits_client_reset(struct talk *t, int64_t at_ns)
{
    if (t->heard && t->dubious)
        take_back(t);
    else if ((t->log || !t->fin[FROM_CLIENT]) && out_of_patience(t, at_ns))
        end_wait(t, at_ns, false); /* one with a log had only half-closed */
    t->deaf = true;
}

void waits_server_ended(struct talk *t, const char *how, int64_t at_ns)
{
    if (is_owed(t, at_ns) && !is_inside(t)) {
        t->spoke_before_ns = t->spoke_ns;
        words_add(&t->reply_words, how);
        end_wait(t, at_ns, true);
        if (t->rst[FROM_SERVER]) /* no RST of the client's answers it */
            t->dubious = false;
    }
    t->deaf = true;
}

void waits_finish(struct talk *t)
{
    if (is_owed(t, t->last_ns) && !is_inside(t))
        end_wait(t, t->last_ns, false);
    complete_wait(t, UNKNOWN_NS);
    complete_flight(t);
}
