/* SPDX-License-Identifier: BSD-2-Clause */
/* From the rows of a line to its verdict. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/book.h"
#include "bench/run/ns3.h"

struct sum { /* the rows of a line in one world */
    size_t rows, counts_right, times;
    const struct row *first, *last;
    double worst;         /* of what was judged: off the formula by a share */
    double reach_ms;      /* the longest road that one got through */
    double saved_ms;      /* by the second of a pair */
    double bits_ms;       /* ... of which putting fewer bits on the wire */
    double opening_rtts;  /* for which the congestion window had to open */
    const struct row *at; /* waiting: the row at 200 ms */
    bool judged;          /* a time, though the machine had a share in it */
};

static bool ideal(const struct row *r)
{
    return strcmp(r->world, "ideal") == 0;
}

/* Both virtual worlds, where nothing but the road takes time. */
static bool exact(const struct row *r)
{
    return strcmp(r->world, "kernel") != 0;
}

/* The first reason of the worst kind is the one that is told. */
__attribute__((format(printf, 3, 0))) static void mark(struct claim_line *l,
                                                       enum claim_verdict v,
                                                       const char *format,
                                                       va_list args)
{
    if (l->verdict == CLAIM_FAILS || l->verdict == v)
        return;
    vsnprintf(l->note, sizeof l->note, format, args);
    l->verdict = v;
}

__attribute__((format(printf, 2, 3))) static void fails(struct entry *e,
                                                        const char *format, ...)
{
    va_list args;

    e->wrong = true;
    va_start(args, format);
    mark(&e->line, CLAIM_FAILS, format, args);
    va_end(args);
}

/* A time that is off: in the kernel world it may be so by the machine's doing.
 */
__attribute__((format(printf, 3, 4))) static void
time_fails(struct entry *e, const struct row *r, const char *format, ...)
{
    va_list args;

    if (exact(r))
        e->wrong = true;
    else
        e->late = true;
    va_start(args, format);
    mark(&e->line, CLAIM_FAILS, format, args);
    va_end(args);
}

/* A row that does not count decides nothing, neither for nor against. */
__attribute__((format(printf, 2, 3))) static void
undecided(struct claim_line *l, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    mark(l, CLAIM_UNDECIDED, format, args);
    va_end(args);
}

/* TCP handshakes that took time. Older rows know of no other. */
static int64_t handshakes(const struct row *r)
{
    bool told = r->handshakes_saved != ROW_NO_COUNT;

    return r->connections - (told ? r->handshakes_saved : 0);
}

/* (H + W) RTT, what the bits take on the wire, and the server's time. */
static double formula_ms(const struct row *r)
{
    return (double)(handshakes(r) + r->turnarounds) * r->rtt_ms +
           r->serialisation_ms + r->server_think_ms;
}

/* In the kernel world short roads are told and not judged. */
static bool judged(const struct row *r)
{
    return exact(r) || r->rtt_ms >= BOOK_TIMED_FROM_MS;
}

/* Later than due by more than client and server computed. Older rows do not
 * know how long that was. */
static double beyond_ms(const struct row *r, double due_ms)
{
    double late_ms = r->closed_ms - due_ms;

    if (late_ms <= 0 || exact(r) || isnan(r->hosts_busy_ms))
        return late_ms;
    return fmax(late_ms - r->hosts_busy_ms, 0);
}

static bool time_right(const struct row *r, double *share)
{
    double off_ms = beyond_ms(r, formula_ms(r));

    *share = off_ms / formula_ms(r);
    if (exact(r))
        return fabs(off_ms) < 1e-6;
    return !judged(r) || fabs(*share) <= BOOK_TOLERANCE;
}

/* Of the rows of one cell, which stand side by side, that of the median. */
static const struct row *median_of(const struct job *last)
{
    const struct row *r[BOOK_REPEATS];

    for (int i = 0; i < BOOK_REPEATS; i++) {
        const struct row *one = &last[i - BOOK_REPEATS + 1].row;
        int k = i;

        for (; k > 0 && r[k - 1]->closed_ms > one->closed_ms; k--)
            r[k] = r[k - 1];
        r[k] = one;
    }
    return r[BOOK_REPEATS / 2];
}

static void check_time(struct sum *s, struct entry *e, const struct job *j)
{
    const struct row *r = &j->row;
    double share;

    if (!exact(r) && j->repeat < BOOK_REPEATS)
        return; /* the last one of the cell answers for all */
    if (!exact(r))
        s->last = r = median_of(j);

    s->times++;
    if (!time_right(r, &share))
        time_fails(e, r, "%s: %.3f ms, by the formula %.3f ms: %.120s",
                   r->world, r->closed_ms, formula_ms(r), r->command);
    s->judged |= !exact(r) && judged(r);
    if (judged(r) && fabs(share) > fabs(s->worst))
        s->worst = share;
}

static double waiting(const struct row *r)
{
    return (double)r->turnarounds * r->rtt_ms / r->closed_ms;
}

/* W RTT is half of (1 + W) RTT and the rest where (W - 1) RTT is the rest. */
static double half_ms(const struct row *r)
{
    double rest_ms = r->serialisation_ms + r->server_think_ms;

    return r->turnarounds > 1 ? rest_ms / (double)(r->turnarounds - 1)
                              : INFINITY;
}

static void check_waiting(struct sum *s, struct entry *e, const struct row *r)
{
    bool above = r->rtt_ms > half_ms(r);

    if (r->rtt_ms == 200 && !s->at)
        s->at = r;
    if (ideal(r) && (waiting(r) > 0.5) != above)
        fails(e, "%s: waiting is %.1f %% at %g ms, half by the formula at %g",
              r->world, 100 * waiting(r), r->rtt_ms, half_ms(r));
}

/* TCP acknowledges the first segment, and every second one, before a machine
 * has answered it (RFC 5681, 4.2; Linux does, too). The answer then waits on
 * the wire for a header, which the ideal world has none of. It happens once in
 * each direction at most: to EHLO, and to the reply to the body. */
static double acks_ms(const struct scenario *s)
{
    const struct link_params *way[] = {&s->up, &s->down};
    double sum_ms = 0;

    for (int i = 0; i < 2 && s->world == WORLD_NS3; i++)
        if (way[i]->base.rate.bps > 0)
            sum_ms += (s->ipv6 ? 72 : 52) * 8e3 / (double)way[i]->base.rate.bps;
    return sum_ms;
}

/* The second of a pair must save the turnarounds that it has less, times RTT,
 * and the bits that it need not send. */
static void check_saving(struct sum *s, struct entry *e, const struct job *j)
{
    const struct row *r = &j->row, *base = s->first;
    double due_ms, off_ms, most_ms = acks_ms(&j->scenario) + 1e-6;

    if (s->rows != 2)
        return;
    s->bits_ms = base->serialisation_ms - r->serialisation_ms;
    due_ms = (double)(handshakes(base) + base->turnarounds - handshakes(r) -
                      r->turnarounds) *
                 r->rtt_ms +
             s->bits_ms + base->server_think_ms - r->server_think_ms;
    s->saved_ms = base->closed_ms - r->closed_ms;
    off_ms = s->saved_ms - due_ms;
    if (fabs(off_ms) > (exact(r) ? most_ms : BOOK_TOLERANCE * base->closed_ms))
        time_fails(e, r, "%s: saves %.3f ms, by the formula %.3f ms", r->world,
                   s->saved_ms, due_ms);
    if (!exact(r))
        s->worst = off_ms / base->closed_ms;
    s->judged |= !exact(r);
}

/* The congestion window had to open for so many round trips as expected, give
 * or take a half: what is counted are whole ones. */
static void check_opening(struct sum *s, struct entry *e, const struct row *r,
                          int expected)
{
    double due = ideal(r) ? 0 : expected;

    s->opening_rtts = (r->closed_ms - formula_ms(r)) / r->rtt_ms;
    if (fabs(s->opening_rtts - due) >= 0.5)
        time_fails(e, r,
                   "%s: %.2f round trips more than turnarounds, expected %g",
                   r->world, s->opening_rtts, due);
}

/* What became of it begins with these words. */
static void check_outcome(struct entry *e, const struct row *r,
                          const char *expected)
{
    if (!r->outcome || strncmp(r->outcome, expected, strlen(expected)) != 0)
        fails(e, "%s: %.80s, expected %.60s: %.120s", r->world,
              r->outcome ? r->outcome : "nothing", expected, r->command);
}

/* Of a pair the first must get through, and the second, on a road that is
 * longer by a hair, must not. */
static void check_reach(struct sum *s, struct entry *e, const struct row *r,
                        size_t expected)
{
    bool first = s->rows % 2 == 1;
    bool delivered = r->outcome && strcmp(r->outcome, "delivered") == 0;

    if (first && delivered && r->turnarounds == (int64_t)expected)
        s->reach_ms = r->rtt_ms;
    if (first ? !delivered || r->turnarounds != (int64_t)expected : delivered)
        fails(e, "%s: RTT %.9g s: %s, %lld turnarounds: %.100s", r->world,
              r->rtt_ms / 1000, r->outcome, (long long)r->turnarounds,
              r->command);
}

static void check_kind(struct sum *s, struct entry *e, const struct job *j,
                       const struct book_job *about)
{
    const struct row *r = &j->row;

    switch (e->kind) {
    case ENTRY_TIMED:
        check_time(s, e, j);
        break;
    case ENTRY_WAITING:
        check_waiting(s, e, r);
        break;
    case ENTRY_SAVING:
    case ENTRY_DIFFERENCE:
        check_saving(s, e, j);
        break;
    case ENTRY_OPENING:
        check_opening(s, e, r, about->opening);
        break;
    case ENTRY_COUNT:
    case ENTRY_REACH:
    case ENTRY_ENDING:
    case ENTRY_DIALOGUE:
    case ENTRY_CHECK:
    case ENTRY_TOPOLOGY:
        break;
    }
}

static void add_row(struct sum *s, struct entry *e, const struct job *j,
                    const struct book_job *about)
{
    const struct row *r = &j->row;
    size_t expected = about->turnarounds;

    s->rows++;
    s->last = r;
    if (!s->first)
        s->first = r;
    if (!j->done || r->valid != FLAG_TRUE) {
        undecided(&e->line, "%s: INVALID: %.150s", r->world ? r->world : "-",
                  r->invalid_because ? r->invalid_because : j->why);
        return;
    }
    if (e->kind == ENTRY_REACH) {
        check_reach(s, e, r, expected);
        return;
    }
    if (e->kind == ENTRY_ENDING) {
        check_outcome(e, r, about->ending);
        return;
    }
    if (r->turnarounds == (int64_t)expected)
        s->counts_right++;
    else
        fails(e, "%s: %lld turnarounds, expected %zu: %.120s", r->world,
              (long long)r->turnarounds, expected, r->command);
    check_kind(s, e, j, about);
}

static void tell_times(char out[48], const struct sum *s)
{
    const struct row *r = s->last;

    if (s->times == 1 && r->closed_ms > 1e5)
        snprintf(out, 48, "%lld, %.1f min", (long long)r->turnarounds,
                 r->closed_ms / 60e3);
    else if (s->times == 1)
        snprintf(out, 48, "%lld, %.1f ms", (long long)r->turnarounds,
                 r->closed_ms);
    else
        snprintf(out, 48, "%zu of %zu, times %+.2f %%", s->counts_right,
                 s->rows, 100 * s->worst);
}

static void tell_difference(char out[48], const struct sum *s)
{
    double rtts = (s->saved_ms - s->bits_ms) / s->first->rtt_ms;

    snprintf(out, 48, "%.2f RTT", fabs(rtts) < 0.005 ? 0 : fabs(rtts));
}

/* What became of it; of a longer text what stands before a comma. */
static void tell_ending(char out[48], const char *outcome)
{
    char *comma;

    snprintf(out, 48, "%s", outcome ? outcome : "-");
    comma = strrchr(out, ',');
    if (outcome && strlen(outcome) >= 48 && comma)
        *comma = '\0';
}

static void tell_sum(char out[48], const struct sum *s, enum entry_kind kind)
{
    if (s->rows == 0 || !s->last->world)
        return;
    if (kind == ENTRY_REACH)
        snprintf(out, 48, "up to %.9g s", s->reach_ms / 1000);
    else if (kind == ENTRY_ENDING)
        tell_ending(out, s->last->outcome);
    else if (isnan(s->last->closed_ms))
        return;
    else if (kind == ENTRY_WAITING && s->at)
        snprintf(out, 48, "%.0f %% at 200 ms", 100 * waiting(s->at));
    else if (kind == ENTRY_SAVING)
        snprintf(out, 48, "%.1f ms (bits: %.1f), %.0f %%", s->saved_ms,
                 s->bits_ms, 100 * s->saved_ms / s->first->closed_ms);
    else if (kind == ENTRY_DIFFERENCE)
        tell_difference(out, s);
    else if (kind == ENTRY_OPENING)
        snprintf(out, 48, "%.2f RTT", s->opening_rtts);
    else if (kind == ENTRY_TIMED)
        tell_times(out, s);
    else if (s->rows == 1)
        snprintf(out, 48, "%lld", (long long)s->last->turnarounds);
    else
        snprintf(out, 48, "%zu of %zu", s->counts_right, s->rows);
}

/* What is expected of waiting follows from what else takes time. */
static void expect_half(struct claim_line *l, const struct sum *ideal)
{
    if (ideal->first)
        snprintf(l->expected, sizeof l->expected, "half at RTT %.*f ms",
                 half_ms(ideal->first) < 10 ? 2 : 0, half_ms(ideal->first));
}

static void tell_skipped(const struct book *b, struct claim_line *l)
{
    if (!b->ns3)
        snprintf(l->ns3, sizeof l->ns3, "skipped");
    if (!b->kernel)
        snprintf(l->kernel, sizeof l->kernel, "skipped");
}

/* What holds is told with how exactly, or with what the source says instead. */
static void settle(struct entry *e, const struct sum *kernel)
{
    struct claim_line *l = &e->line;

    if (l->verdict != CLAIM_HOLDS)
        return;
    if (kernel->judged)
        l->verdict = CLAIM_WITHIN;
    l->within = kernel->worst;
    if (e->refuted)
        l->verdict = CLAIM_REFUTED;
    if (e->remark)
        snprintf(l->note, sizeof l->note, "%s", e->remark);
}

void book_judge_entry(struct book *b, size_t n)
{
    struct entry *e = &b->entry[n];
    struct sum sums[WORLD_COUNT] = {0};

    for (size_t i = 0; i < b->jobs; i++)
        if (b->about[i].entry == n)
            add_row(&sums[b->job[i].scenario.world], e, &b->job[i],
                    &b->about[i]);
    if (e->kind == ENTRY_WAITING)
        expect_half(&e->line, &sums[WORLD_IDEAL]);
    tell_sum(e->line.ideal, &sums[WORLD_IDEAL], e->kind);
    tell_sum(e->line.ns3, &sums[WORLD_NS3], e->kind);
    tell_sum(e->line.kernel, &sums[WORLD_KERNEL], e->kind);
    tell_skipped(b, &e->line);
    if (sums[WORLD_IDEAL].rows + sums[WORLD_NS3].rows +
            sums[WORLD_KERNEL].rows ==
        0)
        e->line.verdict = CLAIM_SKIPPED;
    settle(e, &sums[WORLD_KERNEL]);
}
