/* SPDX-License-Identifier: BSD-2-Clause */
/* What each word takes: see spec_words.h. */
#include "netem/spec_words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "netem/value.h"

#define OVERHEAD_MOST 65535
#define CELL_OVERHEAD_MOST 255
#define LIMIT_MOST 1000000000
#define BYTES_MOST 1000000000000

int spec_take_delay(struct spec_reader *r)
{
    struct link_delay *d = &r->phase->delay;
    struct spec_word jitter;

    if (!r->seen[SEEN_DISTRIBUTION].at)
        d->scatter = (struct link_scatter){LINK_UNIFORM, NULL};
    if (!r->seen[SEEN_ORDERED].at)
        d->ordered = false;
    d->jitter_ns = 0;
    d->corr_pct = 0;
    if (spec_take_time(r, &d->ns) < 0)
        return -1;
    jitter = r->word;
    if (spec_value_next(r) && spec_take_time(r, &d->jitter_ns) < 0)
        return -1;
    if (d->jitter_ns > 0 && d->ns == 0)
        return spec_refuse_value(r, &jitter, "jitter without a delay",
                                 "delay TIME JITTER, the time above 0");
    if (spec_value_next(r) && spec_take_percent(r, &d->corr_pct) < 0)
        return -1;
    if (d->jitter_ns == 0)
        d->corr_pct = 0;
    return 0;
}

int spec_take_distribution(struct spec_reader *r)
{
    return spec_take_scatter(r, &r->phase->delay.scatter);
}

int spec_take_ordered(struct spec_reader *r)
{
    r->phase->delay.ordered = true;
    return 0;
}

/* One percentage of a chain; all that a state's ways out add up to is 100. */
static int take_part(struct spec_reader *r, double *pct, double rest_pct)
{
    struct spec_word w = r->word;

    if (spec_take_percent(r, pct) < 0)
        return -1;
    if (*pct > rest_pct)
        return spec_refuse_value(r, &w, "too much for its state",
                                 "percentages that add up to at most 100%: p13 "
                                 "and p14; p31 and p32");
    return 0;
}

/* Defaults as in tc: the chain is no longer than what was given. */
static int take_state(struct spec_reader *r, double p[5])
{
    if (spec_take_percent(r, &p[0]) < 0)
        return -1;
    p[1] = 100 - p[0];
    p[3] = 100;
    if (spec_value_next(r) && spec_take_percent(r, &p[1]) < 0)
        return -1;
    if (spec_value_next(r) && take_part(r, &p[2], 100 - p[1]) < 0)
        return -1;
    if (spec_value_next(r) && spec_take_percent(r, &p[3]) < 0)
        return -1;
    if (spec_value_next(r) && take_part(r, &p[4], 100 - p[0]) < 0)
        return -1;
    return 0;
}

static int take_gemodel(struct spec_reader *r, double p[5])
{
    if (spec_take_percent(r, &p[0]) < 0)
        return -1;
    p[1] = 100 - p[0];
    p[2] = 100;
    for (int i = 1; i < 4 && spec_value_next(r); i++)
        if (spec_take_percent(r, &p[i]) < 0)
            return -1;
    return 0;
}

int spec_take_loss(struct spec_reader *r)
{
    struct link_loss *l = &r->phase->loss;

    *l = (struct link_loss){LINK_LOSS_NONE, {0, 0}, {0}};
    if (spec_word_is(&r->word, "state")) {
        l->model = LINK_LOSS_STATE;
        spec_read_word(r);
        return take_state(r, l->pct);
    }
    if (spec_word_is(&r->word, "gemodel")) {
        l->model = LINK_LOSS_GEMODEL;
        spec_read_word(r);
        return take_gemodel(r, l->pct);
    }
    if (spec_word_is(&r->word, "random"))
        spec_read_word(r);
    else if (r->word.len && !spec_value_next(r))
        return spec_refuse_value(r, &r->word, "which is no model of loss",
                                 "a percentage, random, state or gemodel");
    if (spec_take_chance(r, &l->random) < 0)
        return -1;
    l->model = l->random.pct > 0 ? LINK_LOSS_RANDOM : LINK_LOSS_NONE;
    return 0;
}

int spec_take_ecn(struct spec_reader *r)
{
    r->params->ecn = true;
    return 0;
}

int spec_take_corrupt(struct spec_reader *r)
{
    return spec_take_chance(r, &r->phase->corrupt);
}

int spec_take_duplicate(struct spec_reader *r)
{
    return spec_take_chance(r, &r->phase->duplicate);
}

int spec_take_reorder(struct spec_reader *r)
{
    if (!r->seen[SEEN_GAP].at)
        r->phase->reorder.gap = 0;
    return spec_take_chance(r, &r->phase->reorder.chance);
}

int spec_take_gap(struct spec_reader *r)
{
    int64_t n;

    if (spec_take_count(r, 1, UINT32_MAX, &n) < 0)
        return -1;
    r->phase->reorder.gap = (uint32_t)n;
    return 0;
}

static int take_cells(struct spec_reader *r, struct link_rate *rate)
{
    struct spec_word w = r->word;
    int64_t n = 0;

    if (spec_value_next(r) &&
        spec_take_count(r, -OVERHEAD_MOST, OVERHEAD_MOST, &n) < 0)
        return -1;
    rate->packet_overhead = (int32_t)n;
    n = 0;
    if (spec_value_next(r) && spec_take_count(r, 0, OVERHEAD_MOST, &n) < 0)
        return -1;
    rate->cell_bytes = (uint32_t)n;
    n = 0;
    w = r->word;
    if (spec_value_next(r) &&
        spec_take_count(r, -CELL_OVERHEAD_MOST, CELL_OVERHEAD_MOST, &n) < 0)
        return -1;
    if (rate->cell_bytes && (int64_t)rate->cell_bytes + n <= 0)
        return spec_refuse_value(r, &w, "which leaves nothing of a cell",
                                 "more than minus the cell's bytes");
    rate->cell_overhead = rate->cell_bytes ? (int32_t)n : 0;
    return 0;
}

int spec_take_rates(struct spec_reader *r)
{
    struct link_rate *rate = &r->phase->rate;

    *rate = (struct link_rate){0};
    if (r->phase == &r->params->base)
        r->params->rated = true;
    if (spec_word_is(&r->word, "unlimited")) {
        spec_read_word(r);
        return 0;
    }
    if (spec_word_is(&r->word, "trace")) {
        spec_read_word(r);
        return spec_take_trace(r, &rate->trace);
    }
    if (spec_take_rate(r, &rate->bps) < 0)
        return -1;
    return take_cells(r, rate);
}

int spec_take_limit(struct spec_reader *r)
{
    int64_t n;

    if (spec_take_count(r, 1, LIMIT_MOST, &n) < 0)
        return -1;
    r->params->limit = (uint32_t)n;
    return 0;
}

int spec_take_seed(struct spec_reader *r)
{
    struct spec_word w = spec_read_word(r);
    const char *wrong = value_seed(w.at, w.len, &r->params->seed);

    if (wrong)
        return spec_refuse_value(r, &w, wrong,
                                 "a whole number from 0 to 2^64 - 1");
    r->params->seeded = true;
    return 0;
}

static int take_slot_times(struct spec_reader *r, struct link_slot *s)
{
    struct spec_word max;

    if (spec_take_time(r, &s->min_ns) < 0)
        return -1;
    s->max_ns = s->min_ns;
    max = r->word;
    if (spec_value_next(r) && spec_take_time(r, &s->max_ns) < 0)
        return -1;
    if (s->max_ns < s->min_ns)
        return spec_refuse_value(
            r, &max, "which is below the least",
            "slot MIN MAX, the second not below the first");
    return 0;
}

static int take_slot_bounds(struct spec_reader *r, struct link_slot *s)
{
    struct spec_word w;
    int64_t n;

    while (spec_word_is(&r->word, "packets") ||
           spec_word_is(&r->word, "bytes")) {
        bool packets = spec_word_is(&r->word, "packets");
        w = spec_read_word(r);
        if (packets ? s->packets > 0 : s->bytes > 0)
            return spec_refuse_value(r, &w, "given twice", "once");
        if (spec_take_count(r, 1, packets ? LIMIT_MOST : BYTES_MOST, &n) < 0)
            return -1;
        if (packets)
            s->packets = (uint32_t)n;
        else
            s->bytes = (uint64_t)n;
    }
    return 0;
}

int spec_take_slot(struct spec_reader *r)
{
    struct link_slot *s = &r->params->slot;

    if (spec_word_is(&r->word, "distribution")) {
        spec_read_word(r);
        s->scattered = true;
        if (spec_take_scatter(r, &s->scatter) < 0 ||
            spec_take_time(r, &s->delay_ns) < 0 ||
            spec_take_time(r, &s->jitter_ns) < 0)
            return -1;
    } else if (take_slot_times(r, s) < 0) {
        return -1;
    }
    s->on = true;
    return take_slot_bounds(r, s);
}

/* One KEY=VALUE of a queue, with the key read off the word. */
static int take_option(struct spec_reader *r, struct link_queue *q,
                       const struct spec_word *w)
{
    const char *equals = memchr(w->at, '=', w->len), *wrong = NULL;
    struct spec_word key = {w->at, equals ? (size_t)(equals - w->at) : w->len};
    const char *value = key.at + key.len + 1;
    size_t len = equals ? w->len - key.len - 1 : 0;
    bool codel = q->discipline == LINK_QUEUE_CODEL;
    int64_t n = 0;

    if (!equals)
        wrong = "which has no =";
    else if (spec_word_is(&key, "packets"))
        wrong = q->packets ? "given twice"
                           : value_count(value, len, 1, LIMIT_MOST, &n);
    else if (spec_word_is(&key, "bytes"))
        wrong = q->bytes ? "given twice"
                         : value_count(value, len, 1, BYTES_MOST, &n);
    else if (codel && spec_word_is(&key, "target"))
        wrong = value_time(value, len, &q->target_ns);
    else if (codel && spec_word_is(&key, "interval"))
        wrong = value_time(value, len, &q->interval_ns);
    else
        wrong = "which this queue does not know";
    if (wrong)
        return spec_refuse_value(r, w, wrong,
                                 codel ? "packets=N, bytes=N, target=TIME or "
                                         "interval=TIME"
                                       : "packets=N or bytes=N");
    if (spec_word_is(&key, "packets"))
        q->packets = (uint32_t)n;
    if (spec_word_is(&key, "bytes"))
        q->bytes = (uint64_t)n;
    return 0;
}

int spec_take_queue(struct spec_reader *r)
{
    static const char *const names[] = {
#define X(name, text) text,
        LINK_DISCIPLINES(X)
#undef X
    };
    struct link_queue *q = &r->params->queue;
    struct spec_word w = spec_read_word(r);

    q->discipline = LINK_QUEUE_DROPTAIL;
    while (q->discipline < LINK_DISCIPLINE_COUNT &&
           !spec_word_is(&w, names[q->discipline]))
        q->discipline++;
    if (q->discipline == LINK_DISCIPLINE_COUNT)
        return spec_refuse_value(r, &w, "which is not known",
                                 "droptail, drophead or codel");
    if (q->discipline == LINK_QUEUE_CODEL) { /* RFC 8289, 4.3 and 4.4 */
        q->target_ns = 5000000;
        q->interval_ns = 100000000;
    }
    while (r->word.len && memchr(r->word.at, '=', r->word.len)) {
        w = spec_read_word(r);
        if (take_option(r, q, &w) < 0)
            return -1;
    }
    return 0;
}

static void insert_range(struct link_params *p, struct link_range range)
{
    size_t i = p->drop_count++, joined = 0;

    p->drop = spec_more(p->drop, i, sizeof range);
    for (; i > 0 && p->drop[i - 1].first > range.first; i--)
        p->drop[i] = p->drop[i - 1];
    p->drop[i] = range;
    for (i = 1; i < p->drop_count; i++) {
        struct link_range *last = &p->drop[joined];
        if (p->drop[i].first > last->last + 1)
            p->drop[++joined] = p->drop[i];
        else if (p->drop[i].last > last->last)
            last->last = p->drop[i].last;
    }
    p->drop_count = joined + 1;
}

/* N or N-N, counted from 1. */
static const char *read_range(const char *s, size_t len,
                              struct link_range *range)
{
    const char *dash = memchr(s, '-', len), *wrong;
    size_t first_len = dash ? (size_t)(dash - s) : len;
    int64_t first, last;

    wrong = value_count(s, first_len, 1, INT64_MAX - 1, &first);
    last = first;
    if (!wrong && dash)
        wrong =
            value_count(dash + 1, len - first_len - 1, 1, INT64_MAX - 1, &last);
    if (wrong)
        return wrong;
    *range = (struct link_range){(uint64_t)first, (uint64_t)last};
    return last < first ? "which runs backwards" : NULL;
}

static int take_packets(struct spec_reader *r)
{
    struct spec_word w = spec_read_word(r);
    const char *at = w.at, *end = w.at + w.len, *comma, *wrong = NULL;
    struct link_range range;

    do {
        comma = memchr(at, ',', (size_t)(end - at));
        comma = comma ? comma : end;
        wrong = read_range(at, (size_t)(comma - at), &range);
        if (wrong)
            return spec_refuse_value(r, &w, wrong,
                                     "packets counted from 1, such as 3,7-9");
        insert_range(r->params, range);
        at = comma + 1;
    } while (comma < end);
    return 0;
}

/* Lower case, digits and dashes; the first is a letter. */
static bool plain_name(const struct spec_word *w)
{
    for (size_t i = 0; i < w->len; i++)
        if (!(w->at[i] >= 'a' && w->at[i] <= 'z') &&
            !(i > 0 && strchr("0123456789-", w->at[i])))
            return false;
    return w->len > 0;
}

int spec_take_drop(struct spec_reader *r)
{
    struct spec_word w = spec_read_word(r);
    struct link_params *p = r->params;
    struct link_predicate drop = {0};
    int64_t n;

    if (spec_word_is(&w, "packet") || spec_word_is(&w, "packets"))
        return take_packets(r);
    if (!plain_name(&w))
        return spec_refuse_value(r, &w, "which names no packet",
                                 "packet N, packets N,N-N or a meaning such as "
                                 "syn-ack, reply 354 or rcpt-reply 3");
    if (spec_value_next(r)) {
        if (spec_take_count(r, 0, UINT32_MAX, &n) < 0)
            return -1;
        drop.numbered = true;
        drop.number = (uint32_t)n;
    }
    drop.column = (size_t)(w.at - r->text) + 1;
    drop.what = strndup(w.at, w.len);
    if (!drop.what)
        abort();
    p->predicate = spec_more(p->predicate, p->predicate_count, sizeof drop);
    p->predicate[p->predicate_count++] = drop;
    return 0;
}

int spec_take_outage(struct spec_reader *r)
{
    struct spec_word w = r->word;

    if (spec_take_time(r, &r->phase->outage_ns) < 0)
        return -1;
    if (r->phase->outage_ns == 0)
        return spec_refuse_value(r, &w, "which is no time at all", VALUE_TIME);
    return 0;
}
