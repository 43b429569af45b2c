/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of one link of the road. */
#include "netem/lane.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "netem/ipword.h"

#define FIRST_BATCH 8 /* most wake-ups find one packet */
#define READING_NS 10000000

struct leaving { /* a batch on its way out */
    int count;
    struct port_packet packet[PORT_BATCH];
    struct link_packet said[PORT_BATCH];
    struct parcel *parcel[PORT_BATCH];
};

int lane_prepare(struct lane_shared *s)
{
    for (int i = 0; i < PORT_BATCH; i++) {
        s->empty[i] = parcel_new(&s->parcels);
        if (!s->empty[i])
            return -1;
    }
    return 0;
}

void lane_release(struct lane_shared *s)
{
    parcels_release(&s->parcels);
}

static int read_batch(struct lane *l, struct lane_shared *s,
                      struct port_packet *p, int n)
{
    for (int i = 0; i < n; i++)
        p[i].at = s->empty[i]->ip;
    return port_read(l->in, p, n, s->parcels.room);
}

void lane_flush(struct lane *l, struct lane_shared *s)
{
    struct port_packet p[PORT_BATCH];

    while (read_batch(l, s, p, PORT_BATCH) == PORT_BATCH)
        ;
    port_overflow(l->in);
}

static void log_packet(struct lane *l, struct lane_shared *s,
                       const struct link_packet *p, const char *rule,
                       int64_t out_ns)
{
    char line[160];
    int n;

    if (!l->log)
        return;
    n = snprintf(line, sizeof line, "%lld,%lld,%lld,%s,%u,%s\n",
                 (long long)p->in_ns, (long long)p->due_ns, (long long)out_ns,
                 l->way == FERRY_UP ? "up" : "down", p->bytes, rule);
    capture_put(l->log, out_ns + s->clock.base_ns, line, (uint32_t)n);
}

void lane_log_head(struct lane *l, int64_t stamp_ns)
{
    static const char head[] = "in_ns,due_ns,out_ns,direction,bytes,rule\n";

    if (l->log)
        capture_put(l->log, stamp_ns, head, sizeof head - 1);
}

/* A stamp says nothing if the clock was set in between, nor does one from the
 * future: there, packets that come while we read are allowed for. */
static int64_t arrival(const struct lane_shared *s, int64_t stamp_ns)
{
    int64_t at = stamp_ns - s->clock.offset_ns;

    if (stamp_ns == 0 || s->clock.stepped || at > s->now_ns + READING_NS)
        return s->now_ns;
    return at;
}

static void board(struct lane *l, struct lane_shared *s, struct parcel *one,
                  int64_t in_ns)
{
    bool exact;

    l->count->packets_in++;
    l->count->bytes_in += one->len;
    if (l->at_in)
        capture_put(l->at_in, in_ns + s->clock.base_ns, one->ip, one->len);
    exact = l->drop && l->drop(l->drop_arg, l->way, one->ip, one->len);
    link_put(l->link, in_ns, (uint64_t)(uintptr_t)one, one->len,
             ipword_is_ect(one->ip), exact);
}

/* A packet above the MTU was cut when it was read: it cannot be carried. */
static void note_oversized(struct lane *l, struct lane_shared *s, uint32_t len,
                           int64_t in_ns)
{
    struct link_packet p = {.bytes = len, .in_ns = in_ns, .due_ns = in_ns};

    l->count->packets_in++;
    l->count->bytes_in += len;
    l->count->oversized++;
    log_packet(l, s, &p, "oversized", in_ns);
}

/* Returns whether the parcel was taken along. */
static bool board_one(struct lane *l, struct lane_shared *s,
                      const struct port_packet *p, struct parcel *one)
{
    int64_t in_ns = arrival(s, p->stamp_ns);

    if (p->len == 0)
        return false;
    if (p->len > l->in->most) {
        note_oversized(l, s, p->len, in_ns);
        return false;
    }
    one->len = p->len;
    board(l, s, one, in_ns);
    return true;
}

bool lane_board(struct lane *l, struct lane_shared *s)
{
    struct port_packet p[PORT_BATCH];
    int batch = l->batch ? l->batch : FIRST_BATCH;
    int n = read_batch(l, s, p, batch);

    l->batch = n == batch ? PORT_BATCH : FIRST_BATCH;
    for (int i = 0; i < n; i++) {
        struct parcel *fresh = parcel_new(&s->parcels);
        if (!fresh) {
            l->count->overflow++;
            continue;
        }
        if (board_one(l, s, &p[i], s->empty[i]))
            s->empty[i] = fresh;
        else
            parcel_free(&s->parcels, fresh);
    }
    return n == batch;
}

/* Packets leave one after the other, so each has its own share of the time
 * that the call took. Not so in a capture: whoever a packet woke may have
 * answered before the call returned, and nothing must be captured later than
 * the answer to it was said. */
static void note_sent(struct lane *l, struct lane_shared *s,
                      const struct leaving *b, int from, int n, int64_t t0,
                      int64_t t1)
{
    for (int i = 0; i < n; i++) {
        const struct link_packet *p = &b->said[from + i];
        const struct parcel *one = b->parcel[from + i];
        int64_t out_ns = t0 + (t1 - t0) * i / n;
        l->count->packets_out++;
        l->count->bytes_out += one->len;
        l->count->by_rule[LINK_DELIVERED]++;
        grade_add(l->late, out_ns - p->due_ns);
        if (l->at_out)
            capture_put(l->at_out, t0 + s->clock.base_ns, one->ip, one->len);
        log_packet(l, s, p, link_rule_name(LINK_DELIVERED), out_ns);
    }
}

/* What the kernel does not take is passed over and counted. */
static void send_batch(struct lane *l, struct lane_shared *s, struct leaving *b)
{
    int done = 0;

    while (done < b->count) {
        int64_t t0 = clock_read_ns(CLOCK_MONOTONIC), t1;
        int n = port_write(l->out, &b->packet[done], b->count - done);
        t1 = clock_read_ns(CLOCK_MONOTONIC);
        if (n == -1 && errno == EINTR)
            continue;
        if (n > 0) {
            note_sent(l, s, b, done, n, t0, t1);
            done += n;
            continue;
        }
        l->count->unsent++;
        log_packet(l, s, &b->said[done], "unsent", t0);
        done++;
    }
    for (int i = 0; i < b->count; i++)
        parcel_free(&s->parcels, b->parcel[i]);
    b->count = 0;
}

/* The second copy still needs the parcel, so the first one gets its own. */
static struct parcel *own_parcel(struct lane *l, struct lane_shared *s,
                                 const struct link_packet *p)
{
    struct parcel *one = (struct parcel *)(uintptr_t)p->id, *copy;

    if (!p->copied)
        return one;
    copy = parcel_new(&s->parcels);
    if (!copy) {
        l->count->unsent++;
        return NULL;
    }
    copy->len = one->len;
    memcpy(copy->head, one->head, sizeof one->head);
    memcpy(copy->ip, one->ip, one->len);
    return copy;
}

static void change(struct lane *l, struct parcel *one,
                   const struct link_packet *p)
{
    if (p->corrupt_bit >= 0) {
        one->ip[p->corrupt_bit / 8] ^= 0x80 >> p->corrupt_bit % 8;
        l->count->corrupted++;
    }
    if (p->ce) {
        ipword_mark_ce(one->ip);
        l->count->marked++;
    }
}

static void leave_one(struct lane *l, struct lane_shared *s, struct leaving *b,
                      const struct link_packet *p)
{
    struct parcel *one;

    l->count->duplicated += p->duplicate;
    if (p->rule != LINK_DELIVERED) {
        l->count->by_rule[p->rule]++;
        log_packet(l, s, p, link_rule_name(p->rule), p->due_ns);
        if (!p->copied)
            parcel_free(&s->parcels, (struct parcel *)(uintptr_t)p->id);
        return;
    }
    one = own_parcel(l, s, p);
    if (!one)
        return;
    change(l, one, p);
    b->packet[b->count] = (struct port_packet){.at = one->ip, .len = one->len};
    b->said[b->count] = *p;
    b->parcel[b->count++] = one;
}

void lane_leave(struct lane *l, struct lane_shared *s, int64_t now_ns)
{
    struct leaving b;
    struct link_packet p;

    b.count = 0;
    while (link_take(l->link, now_ns, &p)) {
        leave_one(l, s, &b, &p);
        if (b.count == PORT_BATCH)
            send_batch(l, s, &b);
    }
    if (b.count > 0)
        send_batch(l, s, &b);
}

/* What nobody took: drops that were decided by now, and all that was still
 * on its way. `discarded` counts the latter. */
static void log_rest(struct lane *l, struct lane_shared *s)
{
    int64_t now_ns = clock_read_ns(CLOCK_MONOTONIC);
    struct link_packet p;

    while (l->log && link_take(l->link, INT64_MAX, &p))
        if (p.rule != LINK_DELIVERED && p.due_ns <= now_ns)
            log_packet(l, s, &p, link_rule_name((enum link_rule)p.rule),
                       p.due_ns);
        else
            log_packet(l, s, &p, "on-the-way", now_ns);
}

/* The link's own counts hold what it has decided and we have not taken. */
void lane_finish(struct lane *l, struct lane_shared *s)
{
    struct link_counters c;

    if (!l->link)
        return;
    c = link_counters(l->link);
    for (int rule = 0; rule < LINK_RULE_COUNT; rule++)
        if (rule != LINK_DELIVERED)
            l->count->by_rule[rule] = c.dropped_by[rule];
    l->count->delayed = c.delayed;
    l->count->duplicated = c.duplicated;
    l->count->reordered = c.reordered;
    l->count->discarded = link_inside(l->link);
    l->count->overflow += port_overflow(l->in);
    log_rest(l, s);
    link_free(l->link);
}
