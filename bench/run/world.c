/* SPDX-License-Identifier: BSD-2-Clause */
/* From a tally to a row, and what makes a row count. */
#include "bench/run/world.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/abilities.h"
#include "bench/run/floors.h"
#include "bench/run/ns3.h"
#include "bench/run/virtual.h"
#include "netem/spec.h"

static double ms(int64_t ns)
{
    return ns < 0 ? NAN : (double)ns / 1e6;
}

static void fill_words(struct row *row, const struct scenario *s)
{
    char words[2048];

    spec_print(&s->up, words, sizeof words);
    row_text(&row->uplink, "%s", words);
    spec_print(&s->down, words, sizeof words);
    row_text(&row->downlink, "%s", words);
}

/* Whose timers, and what they are where they follow the road. */
static void fill_tcp(struct row *row, const struct scenario *s)
{
    const struct ns3_tcp tcp = ns3_tcp_of(s);

    if (s->tcp == TCP_PATIENT)
        row_text(&row->tcp, "%s: first RTO %.9g s, RTO at most %.9g s",
                 tcp.name, (double)tcp.first_rto_ns / 1e9,
                 (double)tcp.most_rto_ns / 1e9);
    else
        row_text(&row->tcp, "%s", tcp.name);
}

/* What was asked for. */
static void fill_question(struct row *row, const struct scenario *s,
                          int64_t repeat)
{
    char *flags = scenario_flags(s);

    row_text(&row->mode, "%s", mode_of(s->mode)->name);
    row_text(&row->offer, "%s", offering_name(s->offer));
    row_text(&row->tls, "%s", tls_use_name(s->tls));
    row_text(&row->auth, "%s", auth_use_name(s->auth));
    row_text(&row->world, "%s", world_name(s->world));
    if (s->world == WORLD_KERNEL)
        row_text(&row->road, "%s", road_name(s->road));
    if (s->world == WORLD_NS3)
        fill_tcp(row, s);
    row_text(&row->command, "turnaround run%s", flags ? flags : "");
    free(flags);
    if (s->ask.strategy)
        row_text(&row->strategy, "%s", inquiry_strategy(&s->ask)->name);
    row->recipients = s->recipients;
    row->messages = s->messages;
    row->body_bytes = s->body_bytes;
    row->one_way_up_ms = ms(s->up.base.delay.ns);
    row->one_way_down_ms = ms(s->down.base.delay.ns);
    row->rtt_ms = ms(s->up.base.delay.ns + s->down.base.delay.ns);
    row->think_ms = ms(s->think_ns);
    row->seed = s->seed;
    row->repeat = repeat;
    fill_words(row, s);
}

static void fill_waits(struct row *row, const struct tally *t)
{
    row->wait_greeting_ms = ms(t->wait_ns[STEP_GREETING]);
    row->wait_ehlo_ms = ms(t->wait_ns[STEP_EHLO] + t->wait_ns[STEP_AGAIN]);
    row->wait_tls_ms = ms(t->wait_ns[STEP_STARTTLS] + t->tls_wait_ns);
    row->wait_auth_ms = ms(t->wait_ns[STEP_AUTH] + t->wait_ns[STEP_ANSWER]);
    row->wait_envelope_ms = ms(t->wait_ns[STEP_MAIL] + t->wait_ns[STEP_NEXT] +
                               t->wait_ns[STEP_RCPT] + t->wait_ns[STEP_ASK]);
    row->wait_data_ms = ms(t->wait_ns[STEP_DATA]);
    row->wait_body_ms = ms(t->wait_ns[STEP_BODY]);
    row->wait_quit_ms = ms(t->wait_ns[STEP_QUIT]);
    row->wait_other_ms = ms(t->wait_ns[STEP_RSET]);
}

/* In closed form, where there is one. */
static void fill_case(struct row *row, const struct scenario *s,
                      struct manner used)
{
    struct abilities *a = malloc(sizeof *a);
    struct strategy_case k;
    struct strategy_cost cost;
    bool certain;

    row->turnarounds_predicted = ROW_NO_COUNT;
    if (!a)
        return;
    if (abilities_init(a, s, (struct span){"", 0}) == 0) {
        row->classes = (int64_t)a->class_count;
        certain = abilities_case(a, s, &k) && used.mode == s->manner.mode;
        cost = strategy_cost(inquiry_strategy(&s->ask), used, k);
        if (certain)
            row->turnarounds_predicted = (int64_t)cost.turnarounds;
    }
    abilities_release(a);
    free(a);
}

static void fill_bargain(struct row *row, const struct scenario *s,
                         struct manner used, const struct tally *t)
{
    fill_case(row, s, used);
    row->decisions = (int64_t)t->decisions;
    row->recipients_best = (int64_t)t->recipients_best;
}

/* What came of it. */
static void fill_answer(struct row *row, const struct scenario *s,
                        const struct tally *t)
{
    struct manner used = {t->mode_used, t->bdat_used};

    row_text(&row->mode_used, "%s", mode_of(t->mode_used)->name);
    row_text(&row->body_by, "%s",
             manner_is_qmtp(used) ? "netstring"
             : t->bdat_used       ? "bdat"
                                  : "data");
    row_text(&row->outcome, "%s", t->outcome);
    row->connections = (int64_t)t->connections;
    row->handshakes_saved = (int64_t)t->handshakes_saved;
    row->turnarounds = (int64_t)t->turnarounds;
    row->turnarounds_tls = (int64_t)t->tls_turnarounds;
    row->turnarounds_predicted = (int64_t)plan_turnarounds_shared(
        t->prelude, t->handshake, used, terms_portions(s), (size_t)s->messages,
        (size_t)s->recipients);
    if (s->ask.strategy)
        fill_bargain(row, s, used, t);
    row->recipients_deferred = (int64_t)t->recipients_deferred;
    row->recipients_bounced = (int64_t)t->recipients_bounced;
    if (t->secure) {
        row_text(&row->tls_version, "%s",
                 t->tls_version == TLS_V13 ? "1.3" : "1.2");
        row_text(&row->tls_session, "%s", tls_session_name(t->tls_session));
    }
    row->tcp_handshake_ms = ms(t->handshake_ns);
    row->accepted_ms = ms(t->accepted_ns);
    row->closed_ms = ms(t->closed_ns);
    if (row->rtt_ms > 0) {
        row->accepted_rtts = row->accepted_ms / row->rtt_ms;
        row->closed_rtts = row->closed_ms / row->rtt_ms;
    }
    row->bytes_sent = (int64_t)t->bytes_out;
    row->bytes_received = (int64_t)t->bytes_in;
    row->messages_accepted = (int64_t)t->mails_accepted;
    row->recipients_accepted = (int64_t)t->recipients_accepted;
    fill_waits(row, t);
}

/* The same cast over perfect pipes: the floor, and how much of it the rate
 * and the server's think time are. */
static void fill_floor(struct row *row, const struct scenario *s)
{
    struct floors f = floors_of(s);

    row->floor_ms = ms(f.full_ns);
    row->residual_ms = row->closed_ms - row->floor_ms;
    if (f.full_ns >= 0 && f.no_think_ns >= 0 && f.no_rate_ns >= 0) {
        row->server_think_ms = ms(f.full_ns - f.no_think_ns);
        row->serialisation_ms = ms(f.no_think_ns - f.no_rate_ns);
    }
}

/* The first reason is told. */
__attribute__((format(printf, 2, 3))) static void
invalid(struct row *row, const char *format, ...)
{
    char because[KERNEL_WHY + 100];
    va_list args;

    row->valid = FLAG_FALSE;
    if (row->invalid_because)
        return;
    va_start(args, format);
    vsnprintf(because, sizeof because, format, args);
    va_end(args);
    row_text(&row->invalid_because, "%s", because);
}

static int log_keys(struct cast *c, const struct world_options *o)
{
    return o->keylog ? cast_log_keys(c, o->keylog) : 0;
}

static int run_ideal(const struct scenario *s, const struct world_options *o,
                     struct row *row, char why[KERNEL_WHY])
{
    struct cast c;
    struct tally t;
    int result = -1;

    if (cast_init(&c, s) == 0) {
        result = log_keys(&c, o);
        if (result == 0)
            result = virtual_deliver(&c, VIRTUAL_FULL, &t);
        cast_release(&c);
    }
    if (result < 0) {
        snprintf(why, KERNEL_WHY, "the ideal world: %s", strerror(errno));
        return -1;
    }
    fill_answer(row, s, &t);
    row->attempts = 1;
    row->valid = FLAG_TRUE;
    return 0;
}

static void fill_capture(struct row *row, bool counted, size_t turnarounds,
                         const char *why)
{
    if (!counted) {
        invalid(row, "the capture could not be counted: %s", why);
        return;
    }
    row->turnarounds_in_capture = (int64_t)turnarounds;
    if (row->turnarounds != row->turnarounds_in_capture)
        invalid(row, "turnarounds: %lld in the machine, %lld in the capture",
                (long long)row->turnarounds,
                (long long)row->turnarounds_in_capture);
}

static void fill_ns3(struct row *row, const struct scenario *s,
                     const struct ns3_run *r)
{
    uint64_t dropped = 0;

    for (int i = LINK_DELIVERED + 1; i < LINK_RULE_COUNT; i++)
        dropped += r->road.dropped_by[i];
    fill_answer(row, s, &r->tally);
    row->road_packets_in = (int64_t)r->road.packets_in;
    row->road_dropped = (int64_t)dropped;
    row->syn_retransmissions = r->syn_retransmissions;
    row->attempts = 1;
    row->valid = FLAG_TRUE;
    fill_capture(row, r->counted, r->turnarounds_in_capture, r->why);
}

/* Those who play, and where their keys are logged. Released where it fails. */
static int make_cast(struct cast *c, const struct scenario *s,
                     const struct world_options *o, char why[KERNEL_WHY])
{
    if (cast_init(c, s) < 0) {
        snprintf(why, KERNEL_WHY, "the cast: %s", strerror(errno));
        return -1;
    }
    if (log_keys(c, o) == 0)
        return 0;
    snprintf(why, KERNEL_WHY, "%.200s: %s", o->keylog, strerror(errno));
    cast_release(c);
    return -1;
}

static int run_ns3(const struct scenario *s, int64_t repeat,
                   const struct world_options *o, struct row *row,
                   char why[KERNEL_WHY])
{
    struct ns3_run r;
    struct cast c;
    int result, error;

    if (make_cast(&c, s, o, why) < 0)
        return -1;
    result = ns3_deliver(&c, repeat, o->captures, &r, why);
    error = errno;
    cast_release(&c);
    if (result == 0)
        fill_ns3(row, s, &r);
    errno = error;
    return result;
}

static int64_t worse(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void fill_road(struct row *row, const struct ferry_report *r)
{
    const struct ferry_way *up = &r->way[FERRY_UP], *down = &r->way[FERRY_DOWN];
    uint64_t dropped = 0;

    for (int i = LINK_DELIVERED + 1; i < LINK_RULE_COUNT; i++)
        dropped += up->by_rule[i] + down->by_rule[i];
    if (!r->ungraded) {
        row->road_late_p50_us =
            (double)worse(up->late_p50_ns, down->late_p50_ns) / 1e3;
        row->road_late_p99_us =
            (double)worse(up->late_p99_ns, down->late_p99_ns) / 1e3;
        row->road_late_max_us =
            (double)worse(up->late_max_ns, down->late_max_ns) / 1e3;
    }
    row->road_packets_in = (int64_t)(up->packets_in + down->packets_in);
    row->road_dropped = (int64_t)dropped;
    row->road_overflows =
        (int64_t)(up->overflow + down->overflow + up->unsent + down->unsent);
    row->capture_lost = (int64_t)r->capture_lost;
    row->steal_ms = ms(r->steal_ns);
}

static double late_tolerance_us(const struct scenario *s)
{
    double delay_ns = (double)worse(s->up.base.delay.ns, s->down.base.delay.ns);

    return fmax(WORLD_LATE_NS, delay_ns * WORLD_LATE_SHARE) / 1e3;
}

static double hosts_tolerance_ms(const struct row *row)
{
    return fmax(WORLD_HOSTS_LATE_NS / 1e6,
                row->closed_ms * WORLD_HOSTS_LATE_SHARE);
}

/* Why the row does not count, if it does not. */
static void judge(struct row *row, const struct scenario *s,
                  const struct kernel_run *k)
{
    row->valid = FLAG_TRUE;
    if (!k->road.valid)
        invalid(row, "%s", k->road.why);
    fill_capture(row, k->counted, k->turnarounds_in_capture, k->why);
    if (row->road_late_p99_us > late_tolerance_us(s))
        invalid(row, "the road was late: p99 %.0f us, tolerated %.0f us",
                row->road_late_p99_us, late_tolerance_us(s));
    if (s->tfo && k->fast_opens >= 0 && k->fast_opens < row->connections)
        invalid(row,
                "TCP Fast Open: %lld of %lld connections were opened by it",
                (long long)k->fast_opens, (long long)row->connections);
    if (row->hosts_late_ms > hosts_tolerance_ms(row))
        invalid(row,
                "client and server had to wait for a processor: %.1f ms, "
                "tolerated %.1f ms",
                row->hosts_late_ms, hosts_tolerance_ms(row));
    if (row->road_overflows > 0)
        invalid(row, "the road lost packets for want of room");
    if (row->capture_lost > 0)
        invalid(row, "the capture lost packets");
}

static void fill_kernel(struct row *row, const struct scenario *s,
                        const struct kernel_run *k)
{
    fill_answer(row, s, &k->tally);
    fill_road(row, &k->road);
    row->hosts_late_ms = ms(k->hosts.waited_ns);
    row->hosts_busy_ms = ms(k->hosts.ran_ns);
    row->cookie_connections = (int64_t)k->cookie_connections;
    if (k->syn_retransmissions >= 0)
        row->syn_retransmissions = k->syn_retransmissions;
    judge(row, s, k);
}

static int run_kernel_once(const struct scenario *s,
                           const struct world_options *o, struct row *row,
                           char why[KERNEL_WHY])
{
    struct kernel_run k;
    struct cast c;
    int result, error;

    if (make_cast(&c, s, o, why) < 0)
        return -1;
    result = kernel_deliver(&c, o->captures, &k, why);
    error = errno;
    cast_release(&c);
    errno = error;
    if (result < 0)
        return -1;
    fill_kernel(row, s, &k);
    kernel_release(&k);
    return 0;
}

/* A row that does not count is run again, a few times. Each repetition draws
 * chances of its own, as in the ns3 world. */
static int run_kernel(const struct scenario *s, int64_t repeat,
                      const struct world_options *o, struct row *row,
                      char why[KERNEL_WHY])
{
    int most = o->attempts > 0 ? o->attempts : WORLD_ATTEMPTS;
    struct scenario own = *s;

    own.seed += repeat - 1;
    for (int attempt = 1;; attempt++) {
        int result = run_kernel_once(&own, o, row, why);

        row->attempts = attempt;
        if (result < 0 || row->valid == FLAG_TRUE || attempt == most)
            return result;
        row_release(row);
        row_init(row);
        fill_question(row, s, repeat);
    }
}

int world_ready(const struct scenario *s, char why[KERNEL_WHY])
{
    bool needed = s->world == WORLD_NS3 ||
                  (s->world == WORLD_KERNEL && s->road == ROAD_NS3);

    return needed ? ns3_load(why) : 0;
}

int world_run(const struct scenario *s, int64_t repeat,
              const struct world_options *o, struct row *row,
              char why[KERNEL_WHY])
{
    int result = -1, error;

    row_init(row);
    fill_question(row, s, repeat);
    switch (s->world) {
    case WORLD_IDEAL:
        result = run_ideal(s, o, row, why);
        break;
    case WORLD_NS3:
        result = run_ns3(s, repeat, o, row, why);
        break;
    case WORLD_KERNEL:
        result = run_kernel(s, repeat, o, row, why);
        break;
    case WORLD_COUNT:
        break;
    }
    error = errno;
    if (result == 0 && o->captures_name)
        row_text(&row->captures, "%s", o->captures_name);
    if (result < 0)
        invalid(row, "%s", why);
    else
        fill_floor(row, s);
    errno = error;
    return result;
}
