/* SPDX-License-Identifier: BSD-2-Clause */
/* From shares of time to causes. */
#include "bench/read/ledger.h"
#include "bench/read/trace.h"

#include <string.h>

/* A greeting held back for so long is a policy (postscreen waits 6 s, greet
 * pauses of others 1 to 30 s), not work. */
#define GREET_PAUSE_NS 1000000000

/* What a server that corks QUIT waits for its timer, and what it may think
 * beside. Exim's is 200 ms; the kernel's, of TCP_CORK, is the time-out of
 * retransmissions: a round trip more. */
#define CORK_NS 200000000
#define CORK_LEAST_NS 190000000
#define CORK_MOST_NS 300000000

/* clang-format off */
#define X(name, text) text,
static const char *const phases[] = {PHASES(X)};
static const char *const causes[] = {CAUSES(X)};
#undef X
/* clang-format on */

const char *phase_name(enum phase p)
{
    return phases[p];
}

const char *cause_name(enum cause c)
{
    return causes[c];
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How much of the share lies between two times. */
static int64_t overlap(const struct share *s, int64_t from_ns, int64_t to_ns)
{
    int64_t begin_ns = s->begin_ns > from_ns ? s->begin_ns : from_ns;
    int64_t end_ns = smaller(s->end_ns, to_ns);

    return end_ns > begin_ns ? end_ns - begin_ns : 0;
}

/* The part of what was held that a timer of a corked socket took. */
static int64_t corked_ns(int64_t held_ns, int64_t trip_ns)
{
    if (held_ns >= CORK_LEAST_NS && held_ns < CORK_MOST_NS)
        return smaller(held_ns, CORK_NS);
    if (held_ns >= CORK_LEAST_NS + trip_ns && held_ns < CORK_MOST_NS + trip_ns)
        return smaller(held_ns, CORK_NS + trip_ns);
    return 0;
}

/* What the server held on to: work, unless it looks like something known. */
static void settle_held(const struct share *s, int64_t ns, int64_t trip_ns,
                        int64_t *sum)
{
    if (s->phase == PHASE_GREETING && ns >= GREET_PAUSE_NS) {
        sum[CAUSE_GREET_PAUSE] += ns;
        return;
    }
    if (s->corked) {
        int64_t cork_ns = corked_ns(ns, trip_ns);

        sum[CAUSE_CORK] += cork_ns;
        ns -= cork_ns;
    }
    sum[CAUSE_SERVER] += ns;
}

static void settle_server(const struct share *s, int64_t up_ns, int64_t trip_ns,
                          int64_t think_ns, int64_t *sum)
{
    int64_t len_ns = s->end_ns - s->begin_ns, road_ns, queue_ns = 0;

    if (think_ns != UNKNOWN_NS) {
        think_ns = smaller(think_ns, len_ns);
        road_ns = up_ns == UNKNOWN_NS ? len_ns - think_ns
                                      : smaller(len_ns - think_ns, up_ns);
        sum[CAUSE_QUEUE] += len_ns - think_ns - road_ns;
    } else if (up_ns == UNKNOWN_NS) {
        sum[CAUSE_UNSPLIT] += len_ns;
        return;
    } else {
        road_ns = overlap(s, s->from_ns, s->from_ns + up_ns);
        if (s->many && s->acked_ns != UNKNOWN_NS)
            queue_ns = overlap(s, s->from_ns + up_ns, s->acked_ns);
        think_ns = len_ns - road_ns - queue_ns;
        sum[CAUSE_QUEUE] += queue_ns;
    }
    sum[CAUSE_PROPAGATION] += road_ns;
    settle_held(s, think_ns, trip_ns, sum);
}

/* The first `least_ns` are propagation, the rest has that cause. */
static void settle_least(int64_t len_ns, int64_t least_ns, enum cause rest,
                         int64_t *sum)
{
    int64_t road_ns = smaller(len_ns, least_ns == UNKNOWN_NS ? 0 : least_ns);

    sum[CAUSE_PROPAGATION] += road_ns;
    sum[rest] += len_ns - road_ns;
}

void share_settle(const struct share *s, int64_t up_ns, int64_t down_ns,
                  int64_t think_ns, int64_t sum[CAUSE_COUNT])
{
    int64_t len_ns = s->end_ns - s->begin_ns;
    int64_t down = down_ns == UNKNOWN_NS ? 0 : down_ns;

    switch ((enum share_kind)s->kind) {
    case SHARE_HANDSHAKE:
        settle_least(len_ns, up_ns,
                     up_ns == UNKNOWN_NS ? CAUSE_UNSPLIT : CAUSE_QUEUE, sum);
        break;
    case SHARE_THIRD:
        settle_least(len_ns, down, CAUSE_CLIENT, sum);
        break;
    case SHARE_SERVER:
        settle_server(s, up_ns, up_ns == UNKNOWN_NS ? 0 : up_ns + down,
                      think_ns, sum);
        break;
    case SHARE_CLIENT:
        settle_least(len_ns, overlap(s, s->from_ns, s->from_ns + down),
                     CAUSE_CLIENT, sum);
        break;
    case SHARE_END:
        settle_least(len_ns, up_ns == UNKNOWN_NS ? down : up_ns + down,
                     CAUSE_CLIENT, sum);
        break;
    case SHARE_BOOKED:
        sum[s->cause] += len_ns;
        break;
    }
}

/* The first share behind which the server has said more than `at`. */
static size_t shares_from(const struct conversation *c, uint64_t at)
{
    size_t low = 0, high = c->share_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (c->shares[middle].server_end <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How long the server took to say what this share ends with. */
static int64_t think_of(const struct conversation *server,
                        const struct share *s)
{
    int64_t think_ns = 0;
    /* What took no time there has no share, unless shares were let go. */
    bool found = !server->booked;

    for (size_t i = shares_from(server, s->server_at); i < server->share_count;
         i++) {
        const struct share *there = &server->shares[i];
        int64_t sum[CAUSE_COUNT] = {0};

        if (there->server_at >= s->server_end)
            break;
        if (there->kind != SHARE_SERVER)
            continue;
        share_settle(there, server->up_ns, server->down_ns, UNKNOWN_NS, sum);
        think_ns += there->end_ns - there->begin_ns - sum[CAUSE_PROPAGATION] -
                    sum[CAUSE_QUEUE];
        found = true;
    }
    return found ? think_ns : UNKNOWN_NS;
}

void account_make(struct account *a, const struct conversation *c,
                  const struct conversation *at_server)
{
    memset(a, 0, sizeof *a);
    if (c->booked)
        memcpy(a->ns, c->booked, sizeof a->ns);
    a->bounded = c->booked != NULL;
    for (size_t i = 0; i < c->share_count; i++) {
        const struct share *s = &c->shares[i];
        int64_t think_ns = UNKNOWN_NS;

        if (at_server && s->kind == SHARE_SERVER)
            think_ns = think_of(at_server, s);
        if (s->kind == SHARE_SERVER && think_ns == UNKNOWN_NS &&
            c->stands != AT_SERVER)
            a->bounded = true;
        share_settle(s, c->up_ns, c->down_ns, think_ns, a->ns[s->phase]);
    }
    for (int p = 0; p < PHASE_COUNT; p++)
        a->total_ns += account_phase(a, (enum phase)p);
}

int64_t account_phase(const struct account *a, enum phase p)
{
    int64_t ns = 0;

    for (int c = 0; c < CAUSE_COUNT; c++)
        ns += a->ns[p][c];
    return ns;
}

int64_t account_cause(const struct account *a, enum cause c)
{
    int64_t ns = 0;

    for (int p = 0; p < PHASE_COUNT; p++)
        ns += a->ns[p][c];
    return ns;
}
