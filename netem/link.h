/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of a road: delay, jitter, rate, loss, queue, in tc-netem's
 * meanings. Pure: `now_ns` is an argument (any epoch, never going back), the
 * seed decides every random choice, and nothing here touches the OS.
 *
 * A packet meets, in this order: `drop packet` and the caller's predicates,
 * an outage, duplication and loss, corruption, the limit; then
 * - without `queue` and without `rate trace`, as in netem: reordering (it
 *   leaves at once) or the delay, and behind the delay the rate, which starts
 *   a packet when the one before it has left. All is known on arrival.
 * - with one of them: the named queue, the rate or the trace that serves it,
 *   and behind that the delay.
 * In the end the slots.
 *
 * Order: packets leave as they came (FIFO) unless there is jitter without a
 * rate (each has a due time of its own; `ordered` forbids that), `reorder`,
 * or a schedule that shortens the delay of a road without a rate. With a rate
 * or a queue only `reorder` breaks the order. */
#ifndef NETEM_LINK_H
#define NETEM_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link; /* owned by whoever called link_new() */

/* What became of a packet. */
/* clang-format off */
#define LINK_RULES(X)                                                          \
    X(DELIVERED, "delivered")                                                  \
    X(LOSS,      "loss")      /* loss random, state, gemodel */                \
    X(LIMIT,     "limit")     /* the queue was full */                         \
    X(CODEL,     "codel")                                                      \
    X(EXACT,     "exact")     /* drop packet N, or a predicate said so */      \
    X(OUTAGE,    "outage")
#define X(name, text) LINK_##name,
enum link_rule { LINK_RULES(X) LINK_RULE_COUNT };
#undef X

/* How delays scatter. All but `uniform` are tables of 8192 = one sigma, as
 * iproute2 ships them; `file` is a table that the words named. */
#define LINK_SPREADS(X)                                                        \
    X(UNIFORM, "uniform") X(NORMAL, "normal") X(PARETO, "pareto")              \
    X(PARETONORMAL, "paretonormal")
#define X(name, text) LINK_##name,
enum link_spread { LINK_SPREADS(X) LINK_SPREAD_FILE };
#undef X

enum link_loss_model {
    LINK_LOSS_NONE, LINK_LOSS_RANDOM, LINK_LOSS_STATE, LINK_LOSS_GEMODEL
};

#define LINK_DISCIPLINES(X)                                                    \
    X(NONE, "none") X(DROPTAIL, "droptail") X(DROPHEAD, "drophead")            \
    X(CODEL, "codel")
#define X(name, text) LINK_QUEUE_##name,
enum link_discipline { LINK_DISCIPLINES(X) LINK_DISCIPLINE_COUNT };
#undef X
/* clang-format on */

struct link_packet {
    uint64_t id;         /* the caller's, as given to link_put() */
    uint32_t bytes;      /* at the IP layer */
    int64_t in_ns;       /* when it came */
    int64_t due_ns;      /* when it must leave, or when it was dropped */
    int rule;            /* enum link_rule */
    int32_t corrupt_bit; /* the bit to flip, counted from the first; or -1 */
    bool duplicate;      /* this is the second copy */
    bool ce;             /* to be marked Congestion Experienced (RFC 3168) */
    bool copied;    /* the other copy is still to come: keep the bytes; of two
                       that arrive the first comes first, but a second copy
                       that is dropped may come out before it */
    bool ect;       /* as given to link_put() */
    bool reordered; /* it went past others */
};

/* A distribution table, or a mahimahi trace, that a file held. */
struct link_table {
    char *path;
    size_t count;
    int16_t *value; /* rising; 8192 = one sigma */
};

struct link_trace {
    char *path;
    size_t count;
    uint32_t *at_ms; /* rising; each carries 1500 bytes; the last, above 0, is
                        the period after which it all begins again */
};

/* Percentages are 0 to 100; a correlation of 25 means that the next draw
 * depends by a quarter on the last one. */
struct link_chance {
    double pct, corr_pct;
};

struct link_scatter {
    enum link_spread spread;
    const struct link_table *table; /* of LINK_SPREAD_FILE, else NULL */
};

struct link_delay {
    int64_t ns, jitter_ns;
    double corr_pct;
    struct link_scatter scatter;
    bool ordered; /* jitter that never overtakes */
};

struct link_loss {
    enum link_loss_model model;
    struct link_chance random;
    double pct[5]; /* state: p13 p31 p32 p23 p14; gemodel: p r 1-h 1-k */
};

struct link_reorder {
    struct link_chance chance;
    uint32_t gap; /* every gap-th packet is a candidate */
};

struct link_rate {
    uint64_t bps; /* bits per second of IP bytes; 0: unlimited, or a trace */
    int32_t packet_overhead;
    uint32_t cell_bytes; /* 0: no cells */
    int32_t cell_overhead;
    const struct link_trace *trace;
};

/* What holds from `from_ns` on. `outage_ns`: packets that come in the time
 * from `from_ns` to `from_ns + outage_ns` are dropped; those on the road go on.
 */
struct link_phase {
    int64_t from_ns; /* since link_start() */
    int64_t outage_ns;
    struct link_delay delay;
    struct link_loss loss;
    struct link_chance corrupt, duplicate;
    struct link_reorder reorder;
    struct link_rate rate;
};

/* The queue before the rate. Bounds of 0 are none but `limit`. */
struct link_queue {
    enum link_discipline discipline;
    uint32_t packets;
    uint64_t bytes;
    int64_t target_ns, interval_ns; /* of codel, RFC 8289 */
};

/* Packets leave in bunches, as from radio that has to wait for its turn. */
struct link_slot {
    bool on, scattered;
    int64_t min_ns, max_ns;      /* until the next slot, evenly between */
    struct link_scatter scatter; /* or, if scattered, delay_ns by jitter_ns */
    int64_t delay_ns, jitter_ns;
    uint32_t packets; /* at most in one slot; 0: any number */
    uint64_t bytes;
};

struct link_range {
    uint64_t first, last; /* packets put, counted from 1, both included */
};

/* `drop syn-ack`, `drop reply 354`: what they mean is the road's user's to
 * know. He tells link_put() when one holds. */
struct link_predicate {
    char *what;
    bool numbered;
    uint32_t number;
    size_t column; /* of `what` in the words that were read, from 1 */
};

/* All zero is a valid road: no delay, no loss, no bound but the limit. */
struct link_params {
    struct link_phase base;    /* from the start */
    struct link_phase *change; /* owned, like all that follows as a list */
    size_t change_count;       /* their `from_ns` rises */
    bool rated; /* the base's rate was given, be it `unlimited` */
    bool ecn;   /* mark instead of dropping, where ECT */
    struct link_queue queue;
    struct link_slot slot;
    uint32_t limit; /* packets in the queue and on the way; 0: not given */
    bool seeded;    /* `seed` comes before what link_new() is told */
    uint64_t seed;
    struct link_range *drop;
    size_t drop_count; /* rising, apart from each other */
    struct link_predicate *predicate;
    size_t predicate_count;
    struct link_table **table; /* what `scatter.table` points to */
    size_t table_count;
    struct link_trace **trace;
    size_t trace_count;
};

struct link_counters {
    uint64_t in;        /* packets put */
    uint64_t delivered; /* taken, second copies included */
    uint64_t dropped;   /* by any rule */
    uint64_t dropped_by[LINK_RULE_COUNT];
    uint64_t delayed; /* set to leave later than they came */
    uint64_t corrupted, duplicated, reordered, ecn_marked;
};

/* Copies what it needs of the parameters. Aborts where there is no memory. */
struct link *link_new(const struct link_params *, uint64_t seed);
void link_free(struct link *);

/* The time from which a schedule and a trace count. Without it the first
 * link_put() starts them. */
void link_start(struct link *, int64_t now_ns);

/* Puts a packet on the road. `ect`: it is ECN-capable. `exact`: a predicate
 * of the caller says that it must be dropped (rule LINK_EXACT). `now_ns` is
 * the time of arrival, even if the caller learns of it late; a time before
 * the last one put counts as that one. */
void link_put(struct link *, int64_t now_ns, uint64_t id, uint32_t bytes,
              bool ect, bool exact);

/* When link_take() will next have something; INT64_MAX: nothing is on the
 * road. Drops are due when they are decided. With a `queue` it may be too
 * early, never too late for a delivery; what codel drops in between comes out
 * with the delivery after it. */
int64_t link_next_ns(const struct link *);

/* Takes the next packet that is due at `now_ns`, delivered or dropped, in
 * order of due time. Every packet put comes out exactly once, and once more
 * for a duplicate. */
bool link_take(struct link *, int64_t now_ns, struct link_packet *);

/* in + duplicated == delivered + dropped + link_inside(), at any time but
 * for drops, which are counted when decided and taken after. */
struct link_counters link_counters(const struct link *);
uint64_t link_inside(const struct link *);
const char *link_rule_name(enum link_rule);

/* The limit in force: the given one; else twice the bandwidth-delay product
 * of this direction (its rate times its longest delay and jitter, in packets
 * of 1500 bytes; an unlimited rate is taken as 10 Gbit/s), at least 1000, at
 * most 16,777,216, and what a `queue` may hold on top. */
uint32_t link_limit_packets(const struct link_params *);

#endif
