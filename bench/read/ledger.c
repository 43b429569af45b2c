/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/ledger.h"
#include "bench/read/talk.h"

#include <stdlib.h>
#include <string.h>

#define ACK_CLOCK_NS 1000000 /* a sender answers an ACK within this */
#define MSS_UNKNOWN 1460     /* of Ethernet; no SYN was seen that says it */

void ledger_release(struct ledger *l)
{
    free(l->share);
    free(l->booked);
}

static void begin(struct ledger *l)
{
    l->begun = true;
    l->ask_ns = l->spoke_ns = 0;
    l->again_ns = l->hole_ns = l->ack_ns = l->covered_ns = UNKNOWN_NS;
    l->duplicate_ns = l->opened_ns = UNKNOWN_NS;
    l->up_ns = l->down_ns = l->last_trip_ns = UNKNOWN_NS;
    l->mss = MSS_UNKNOWN;
    l->owed = PHASE_COUNT;
    l->said = PHASE_OTHER;
}

static int64_t least(int64_t a, int64_t b)
{
    return a == UNKNOWN_NS || (b != UNKNOWN_NS && b < a) ? b : a;
}

static void learn_trips(struct talk *t)
{
    struct ledger *l = &t->ledger;

    l->up_ns = least(l->up_ns, t->trip[FROM_CLIENT].least_ns);
    if (l->up_ns == UNKNOWN_NS)
        l->up_ns = l->last_trip_ns;
    l->down_ns = least(l->down_ns, t->trip[FROM_SERVER].least_ns);
}

/* Lets all shares go into the sums. */
static bool let_go(struct talk *t)
{
    struct ledger *l = &t->ledger;

    if (!l->booked)
        l->booked = calloc(PHASE_COUNT, sizeof *l->booked);
    if (!l->booked)
        return false;
    learn_trips(t);
    for (size_t i = 0; i < l->count; i++)
        share_settle(&l->share[i], l->up_ns, l->down_ns, UNKNOWN_NS,
                     l->booked[l->share[i].phase]);
    l->count = 0;
    return true;
}

/* Where memory runs out the last share grows. */
static struct share *add_share(struct talk *t)
{
    struct ledger *l = &t->ledger;

    if (l->count == LEDGER_SHARES && !let_go(t))
        return NULL;
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 8;
        struct share *more = realloc(l->share, room * sizeof *more);

        if (!more)
            return NULL;
        l->share = more;
        l->room = room;
    }
    return &l->share[l->count++];
}

/* Moves the cursor. */
static void pass(struct talk *t, struct share s, int64_t to_ns)
{
    struct ledger *l = &t->ledger;
    struct share *last = l->count ? &l->share[l->count - 1] : NULL, *next;

    if (to_ns <= l->cursor_ns)
        return;
    s.begin_ns = l->cursor_ns;
    s.end_ns = to_ns;
    s.server_at = l->told;
    s.server_end = t->stream[FROM_SERVER].next;
    l->cursor_ns = to_ns;
    if (last && s.kind == SHARE_BOOKED && last->kind == SHARE_BOOKED &&
        s.cause == last->cause && s.phase == last->phase)
        next = NULL;
    else
        next = add_share(t);
    if (next)
        *next = s;
    else if (l->count)
        l->share[l->count - 1].end_ns = to_ns;
}

static void book(struct talk *t, enum cause c, enum phase p, int64_t to_ns)
{
    pass(t,
         (struct share){
             .kind = SHARE_BOOKED, .cause = (uint8_t)c, .phase = (uint8_t)p},
         to_ns);
}

/* Whose turn it is while the client waits. */
static enum phase waiting(const struct ledger *l)
{
    return l->owed == PHASE_COUNT || l->inside ? l->said : l->owed;
}

static int64_t trip_of(const struct ledger *l)
{
    return (l->up_ns == UNKNOWN_NS ? 0 : l->up_ns) +
           (l->down_ns == UNKNOWN_NS ? 0 : l->down_ns);
}

/* A segment was sent again, and needed to be. */
static void book_again(struct talk *t)
{
    struct ledger *l = &t->ledger;

    if (l->again_ns == UNKNOWN_NS)
        return;
    book(t, l->again_fast ? CAUSE_FAST : CAUSE_RTO, waiting(l), l->again_ns);
    l->ask_ns = l->cursor_ns;
    l->again_ns = UNKNOWN_NS;
    l->last = LAST_CLIENT;
}

static void sent_again(struct talk *t, int64_t now_ns)
{
    struct ledger *l = &t->ledger;

    if (l->last == LAST_SERVER && l->owed == PHASE_COUNT && !l->inside)
        return;
    /* Two copies of one packet: a capture on several interfaces. */
    if (l->duplicate_ns == UNKNOWN_NS && now_ns - l->ask_ns < trip_of(l) / 2)
        return;
    book_again(t);
    l->again_ns = now_ns;
    l->again_fast = l->duplicate_ns != UNKNOWN_NS &&
                    now_ns - l->duplicate_ns <= trip_of(l) + ACK_CLOCK_NS;
}

/* Why the client's transport paused inside a flight, if it did. */
static enum cause pause_cause(const struct talk *t, int64_t now_ns)
{
    const struct ledger *l = &t->ledger;
    int64_t gap_ns = now_ns - l->cursor_ns, trip_ns = trip_of(l);
    int64_t near_ns = gap_ns / 4 < ACK_CLOCK_NS ? gap_ns / 4 : ACK_CLOCK_NS;
    bool by_ack;

    if (near_ns < gap_ns / 8)
        near_ns = gap_ns / 8;
    if (l->down_ns != UNKNOWN_NS)
        near_ns += l->down_ns;
    by_ack = l->ack_ns != UNKNOWN_NS && l->ack_ns >= l->cursor_ns &&
             now_ns - l->ack_ns <= near_ns;
    if (l->was_full && gap_ns > ACK_CLOCK_NS)
        return CAUSE_WINDOW;
    /* Far from the client, whole segments stand as far apart as the road's
     * rate put them, with an ACK for every other. */
    if (l->down_ns != UNKNOWN_NS && l->down_ns > ACK_CLOCK_NS &&
        l->last_len % l->mss == 0 && gap_ns < trip_ns / 4)
        return CAUSE_PACE;
    if (!by_ack || gap_ns < ACK_CLOCK_NS / 10)
        return CAUSE_CLIENT;
    if (gap_ns < trip_ns / 4)
        return CAUSE_PACE;
    if (l->last_len % l->mss != 0 && l->acked >= l->sent)
        return CAUSE_NAGLE;
    return CAUSE_CWND;
}

static void client_speaks(struct talk *t, uint32_t len, uint64_t news,
                          int64_t now_ns)
{
    struct ledger *l = &t->ledger;

    if (t->speech && t->speech->saying != PHASE_COUNT)
        l->said = t->speech->saying;
    book_again(t);
    if (l->last == LAST_CLIENT)
        book(t, pause_cause(t, now_ns), l->said, now_ns);
    else
        pass(t,
             (struct share){.kind = SHARE_CLIENT,
                            .phase = (uint8_t)l->said,
                            .from_ns = l->spoke_ns},
             now_ns);
    l->last = LAST_CLIENT;
    l->ask_ns = now_ns;
    l->covered_ns = UNKNOWN_NS;
    l->was_full = false;
    l->asked_bytes += news;
    l->last_len = len;
}

static void server_share(struct talk *t, enum phase p, int64_t now_ns)
{
    const struct ledger *l = &t->ledger;
    struct share s = {
        .kind = SHARE_SERVER,
        .phase = (uint8_t)p,
        .from_ns = l->ask_ns,
        .acked_ns = l->covered_ns,
        .many = l->asked_bytes > 2 * (uint64_t)l->mss,
        .corked = l->leaving && t->speech && t->speech->owed.count == 0,
    };

    pass(t, s, now_ns);
}

static void server_speaks(struct talk *t, int64_t now_ns)
{
    struct ledger *l = &t->ledger;
    enum phase p = waiting(l);

    book_again(t);
    if (l->opened_ns != UNKNOWN_NS)
        book(t, CAUSE_WINDOW, p, l->opened_ns);
    if (l->hole_ns != UNKNOWN_NS) {
        int64_t lost_ns = now_ns - l->hole_ns;

        server_share(t, p, l->hole_ns);
        book(t,
             l->up_ns != UNKNOWN_NS && lost_ns > l->up_ns + l->up_ns / 2
                 ? CAUSE_RTO
                 : CAUSE_FAST,
             p, now_ns);
    }
    server_share(t, p, now_ns);
    l->hole_ns = l->opened_ns = UNKNOWN_NS;
    l->last = LAST_SERVER;
    l->spoke_ns = now_ns;
    l->asked_bytes = 0;
}

/* How much the client may still send. */
static void watch_window(struct ledger *l, const struct packet *p)
{
    if (p->flags & TCP_RST)
        return;
    l->window = p->window;
    l->window_known = l->scaled[0] == l->scaled[1] || p->window == 0;
    if (!(p->flags & TCP_SYN) && l->scaled[0] && l->scaled[1])
        l->window <<= l->scale[FROM_SERVER];
}

static void watch_full(struct ledger *l)
{
    uint64_t out = l->sent - l->acked;

    if (l->window_known && l->sent >= l->acked &&
        (l->window < out || l->window - out < l->mss) && out + l->window > 0)
        l->was_full = true;
}

static void take_ack(struct talk *t, const struct packet *p, int64_t now_ns)
{
    struct ledger *l = &t->ledger;
    uint64_t acked = t->stream[FROM_CLIENT].acked;
    bool update = p->window != l->window >> l->scale[FROM_SERVER];

    if (acked > l->acked) {
        /* Too early for the ACK of a copy: the first one had come. */
        if (l->again_ns != UNKNOWN_NS &&
            now_ns - l->again_ns < trip_of(l) - trip_of(l) / 4)
            l->again_ns = UNKNOWN_NS;
        book_again(t);
        l->ack_ns = now_ns;
        l->duplicate_ns = UNKNOWN_NS;
        if (acked >= l->sent && l->covered_ns == UNKNOWN_NS && !p->len)
            l->covered_ns = now_ns;
    } else if (l->sent > acked && p->len == 0 && !update &&
               !(p->flags & (TCP_SYN | TCP_FIN | TCP_RST)) &&
               p->flags & TCP_ACK) {
        l->ack_ns = now_ns; /* it tells that a segment has left the road */
        if (l->duplicate_ns == UNKNOWN_NS)
            l->duplicate_ns = now_ns;
    } else if (update) {
        l->ack_ns = now_ns;
    }
}

static void learn_syn(struct ledger *l, const struct packet *p, int side)
{
    uint32_t mss = p->stamped && p->mss > 12 ? p->mss - 12u : p->mss;

    if (mss) /* timestamps take their room from every segment */
        l->mss = side == FROM_CLIENT || mss < l->mss ? mss : l->mss;
    l->scaled[side] = p->scaled;
    l->scale[side] = p->scale;
}

static void take_server(struct talk *t, const struct packet *p, int64_t now_ns)
{
    struct ledger *l = &t->ledger;
    bool shuts = p->flags & (TCP_FIN | TCP_RST);

    if (p->flags & TCP_SYN) {
        learn_syn(l, p, FROM_SERVER);
        if (l->last == LAST_SYN) {
            if (t->c.rtt_ns) /* else it may answer an earlier SYN */
                l->up_ns = now_ns - l->ask_ns;
            l->last_trip_ns = now_ns - l->ask_ns;
            pass(t, (struct share){.kind = SHARE_HANDSHAKE, .phase = PHASE_TCP},
                 now_ns);
            l->last = LAST_OPEN;
            l->ask_ns = t->syn_took_data ? l->ask_ns : now_ns;
        }
    }
    if (t->unseen[FROM_CLIENT] > l->sent && !t->packets_from[FROM_CLIENT])
        client_speaks(t, 0, t->unseen[FROM_CLIENT] - l->sent, now_ns);
    take_ack(t, p, now_ns);
    watch_window(l, p);
    watch_full(l);
    if (t->answered && !l->inside)
        server_speaks(t, now_ns);
    else if (p->len && t->stream[FROM_SERVER].held &&
             l->hole_ns == UNKNOWN_NS && !l->inside)
        l->hole_ns = now_ns;
    if (shuts && !l->saw_end) {
        server_share(t, l->owed == PHASE_COUNT ? PHASE_CLOSE : waiting(l),
                     now_ns);
        l->saw_end = true;
        l->last = LAST_END;
    }
}

static void client_shuts(struct talk *t, const struct packet *p, int64_t now_ns)
{
    struct ledger *l = &t->ledger;
    bool owed = l->owed != PHASE_COUNT && !l->inside && !l->saw_end;

    /* A half-close behind the last command does not end the wait. */
    if (owed && !(p->flags & TCP_RST) && now_ns - l->ask_ns < TRACE_PATIENCE_NS)
        return;
    if (owed)
        server_share(t, l->owed, now_ns);
    else
        pass(t,
             (struct share){.kind = SHARE_CLIENT,
                            .phase = PHASE_CLOSE,
                            .from_ns = l->last == LAST_END ? l->cursor_ns
                                                           : l->spoke_ns},
             now_ns);
    l->saw_end = true;
    l->last = LAST_END;
    l->ask_ns = now_ns;
}

static void take_syn(struct talk *t, const struct packet *p, int64_t now_ns)
{
    struct ledger *l = &t->ledger;

    learn_syn(l, p, FROM_CLIENT);
    if (l->last == LAST_SYN) {
        book(t, CAUSE_SYN_RETRY, PHASE_TCP, now_ns);
        l->ask_ns = now_ns;
    }
}

/* The ACK of the SYN-ACK, or, where only the client is seen, of both. */
static void take_third(struct talk *t, int64_t now_ns)
{
    struct ledger *l = &t->ledger;

    if (l->last == LAST_OPEN)
        l->down_ns = least(l->down_ns, now_ns - l->cursor_ns);
    pass(t,
         (struct share){.kind = l->last == LAST_OPEN ? SHARE_THIRD
                                                     : SHARE_HANDSHAKE,
                        .phase = PHASE_TCP},
         now_ns);
    l->last = LAST_CLIENT;
    l->spoke_ns = now_ns;
    if (!t->syn_took_data)
        l->ask_ns = now_ns;
}

static void take_client(struct talk *t, const struct packet *p, int64_t now_ns)
{
    struct ledger *l = &t->ledger;
    uint64_t sent = t->c.client_bytes + t->unseen[FROM_CLIENT];
    uint64_t told = t->unseen[FROM_SERVER];
    bool shut = p->window == 0 && !(p->flags & (TCP_SYN | TCP_RST));

    if (p->flags & TCP_SYN) { /* it may have bytes with it */
        take_syn(t, p, now_ns);
        l->asked_bytes = sent;
        return;
    }
    if ((l->last == LAST_OPEN || l->last == LAST_SYN) && t->c.from_start)
        take_third(t, now_ns);
    if (l->client_shut && !shut)
        l->opened_ns = now_ns;
    l->client_shut = shut;
    if (told > l->heard && !t->packets_from[FROM_SERVER])
        server_speaks(t, now_ns); /* its ACK alone tells */
    if (sent > l->sent)
        client_speaks(t, p->len, sent - l->sent, now_ns);
    else if (p->len > 1)
        sent_again(t, now_ns);
    if (p->flags & (TCP_FIN | TCP_RST) && l->last != LAST_END)
        client_shuts(t, p, now_ns);
}

static void remember(struct talk *t)
{
    struct ledger *l = &t->ledger;
    const struct owed *o = t->speech ? &t->speech->owed : NULL;

    l->sent = t->c.client_bytes + t->unseen[FROM_CLIENT];
    l->acked = t->stream[FROM_CLIENT].acked;
    l->heard = t->unseen[FROM_SERVER];
    l->told = t->stream[FROM_SERVER].next;
    l->inside = t->speech && speech_inside(t->speech);
    l->owed = t->speech         ? speech_owed(t->speech)
              : t->c.from_start ? PHASE_GREETING
                                : PHASE_COUNT;
    l->leaving = o && o->count >= 2 && owed_last(o, 0) == OWED_QUIT &&
                 owed_last(o, 1) == OWED_END;
    watch_full(l);
    if (t->speech)
        t->speech->saying = PHASE_COUNT;
}

void ledger_packet(struct talk *t, bool from_client, const struct packet *p,
                   int64_t at_ns)
{
    struct ledger *l = &t->ledger;
    int64_t now_ns = at_ns - t->c.start_ns;

    if (!l->begun) {
        begin(l);
        l->last = p->flags & TCP_SYN ? (from_client ? LAST_SYN : LAST_OPEN)
                  : from_client      ? LAST_SERVER
                                     : LAST_CLIENT;
    }
    if (now_ns < l->cursor_ns) /* captures need not be in order of time */
        now_ns = l->cursor_ns;
    if (from_client)
        take_client(t, p, now_ns);
    else
        take_server(t, p, now_ns);
    remember(t);
}

static enum trace_stands stands(int64_t up_ns, int64_t down_ns)
{
    const int64_t near_ns = 1000000;

    if (up_ns == UNKNOWN_NS || down_ns == UNKNOWN_NS ||
        up_ns + down_ns < near_ns)
        return AT_UNKNOWN;
    if (down_ns <= near_ns || down_ns <= up_ns / 4)
        return AT_CLIENT;
    return up_ns <= near_ns || up_ns <= down_ns / 4 ? AT_SERVER : AT_MIDDLE;
}

void ledger_finish(struct talk *t)
{
    struct ledger *l = &t->ledger;
    struct conversation *c = &t->c;
    int64_t end_ns = t->last_ns - c->start_ns;

    if (!l->begun)
        begin(l);
    book_again(t);
    if (l->owed != PHASE_COUNT && !l->saw_end && !l->inside)
        server_share(t, l->owed, end_ns);
    else
        pass(t, (struct share){.kind = SHARE_END, .phase = PHASE_CLOSE},
             end_ns);
    learn_trips(t);
    c->up_ns = l->up_ns;
    c->down_ns = l->down_ns;
    c->stands = stands(l->up_ns, l->down_ns);
    c->shares = l->share;
    c->share_count = l->count;
    c->booked = (const int64_t(*)[CAUSE_COUNT])l->booked;
    c->total_ns = l->cursor_ns;
}
