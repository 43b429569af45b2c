/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/run/whatif.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/run/virtual.h"

/* What the ideal world is asked to run: without a rate, sizes cost nothing
 * but memory. */
enum { MOST_MESSAGES = 200, MOST_RECIPIENTS = 1000, BODY = 1000 };

/* clang-format off */
static const struct variant {
    const char *name;
    enum mode_id mode;
    enum body_by by;
    enum offering offer;
    uint32_t needs; /* of EHLO */
} variants[] = {
    {"lock-step", MODE_LOCKSTEP, BODY_BY_DATA, OFFERING_COLD, 0},
    {"pipelining", MODE_PIPELINING, BODY_BY_DATA, OFFERING_COLD,
     OFFER_PIPELINING},
    {"chunking", MODE_CHUNKING, BODY_BY_BDAT, OFFERING_COLD,
     OFFER_PIPELINING | OFFER_CHUNKING},
    {"early, DATA", MODE_EARLY, BODY_BY_DATA, OFFERING_WARM,
     OFFER_PIPELINING | OFFER_PIPECONNECT},
    {"early, BDAT", MODE_EARLY, BODY_BY_BDAT, OFFERING_WARM,
     OFFER_PIPELINING | OFFER_PIPECONNECT | OFFER_CHUNKING},
};
/* clang-format on */
enum { VARIANTS = sizeof variants / sizeof variants[0] };

struct outcome {
    size_t turnarounds;
    int64_t closed_ns;
};

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The server's own time in a phase. */
static int64_t thought(const struct account *a, enum phase p)
{
    return a->ns[p][CAUSE_SERVER] + a->ns[p][CAUSE_GREET_PAUSE];
}

/* The server thinks one reply after the other, so only the sum matters; a mode
 * without DATA has no 354 to think about. */
static int64_t think_each(const struct whatif *w, const struct account *a,
                          const struct variant *v, size_t messages)
{
    bool bdat = v->by == BODY_BY_BDAT;
    int64_t replies = 2 + (int64_t)(messages * (w->recipients + 2 + !bdat));
    int64_t ns = thought(a, PHASE_HELLO) + thought(a, PHASE_QUIT);
    int64_t mail_ns = thought(a, PHASE_ENVELOPE) + thought(a, PHASE_BODY) +
                      thought(a, PHASE_END) + thought(a, PHASE_OTHER);

    if (!bdat)
        mail_ns += thought(a, PHASE_DATA);
    mail_ns = mail_ns / (int64_t)w->messages * (int64_t)messages;
    return (ns + mail_ns) / replies;
}

static int play(const struct whatif *w, const struct account *a,
                const struct variant *v, size_t messages, struct outcome *out)
{
    char why[SCENARIO_WHY];
    struct scenario s;
    struct cast cast;
    struct tally tally;
    int result = -1;

    scenario_init(&s);
    s.world = WORLD_IDEAL;
    s.mode = v->mode;
    s.body_by = v->by;
    s.offer = v->offer;
    s.rtt_ns = w->rtt_ns;
    s.messages = (int64_t)messages;
    s.recipients = (int64_t)w->recipients;
    s.body_bytes = BODY;
    s.capabilities = v->needs;
    s.think_ns = think_each(w, a, v, messages);
    s.greeting_delay_ns = most(w->greeting_ns - s.think_ns, 0);
    if (scenario_finish(&s, why) < 0) {
        errno = EINVAL;
    } else if (cast_init(&cast, &s) == 0) {
        result = virtual_deliver(&cast, VIRTUAL_FULL, &tally);
        *out = (struct outcome){tally.turnarounds, tally.closed_ns};
        cast_release(&cast);
    }
    scenario_release(&s);
    return result;
}

/* --- what goes in -------------------------------------------------------- */

/* What every mode keeps: the body's way, and the client's own time. */
static int64_t kept_ns(const struct account *a)
{
    int64_t ns = 0;

    for (int p = 0; p < PHASE_CLOSE; p++)
        ns += a->ns[p][CAUSE_CLIENT] + a->ns[p][CAUSE_CWND] +
              a->ns[p][CAUSE_PACE] + a->ns[p][CAUSE_WINDOW] +
              a->ns[p][CAUSE_QUEUE];
    return ns;
}

static int64_t left_out_ns(const struct account *a)
{
    int64_t ns = 0;

    for (int p = 0; p < PHASE_CLOSE; p++)
        ns += a->ns[p][CAUSE_NAGLE] + a->ns[p][CAUSE_CORK] +
              a->ns[p][CAUSE_SYN_RETRY] + a->ns[p][CAUSE_RTO] +
              a->ns[p][CAUSE_FAST];
    return ns;
}

static size_t at_most(uint64_t n, size_t limit)
{
    return n < limit ? (size_t)n : limit;
}

static void take_input(struct whatif *w, const struct conversation *c,
                       const struct account *a)
{
    const struct facts *f = &c->facts;
    uint64_t messages = f->messages ? f->messages : 1;
    int64_t down_ns =
        c->stands == AT_MIDDLE || c->stands == AT_SERVER ? c->down_ns : 0;

    w->messages = at_most(messages, MOST_MESSAGES);
    w->recipients =
        at_most((f->recipients + messages - 1) / messages, MOST_RECIPIENTS);
    if (w->recipients == 0)
        w->recipients = 1;
    w->rtt_ns = c->up_ns == UNKNOWN_NS ? c->rtt_ns : c->up_ns + down_ns;
    w->greeting_ns = thought(a, PHASE_GREETING);
    for (int p = 0; p < PHASE_CLOSE; p++)
        w->think_ns += thought(a, (enum phase)p);
    w->turnarounds = c->turnarounds;
    w->left_out_ns = left_out_ns(a);
    w->closed_ns = c->closed_ns - w->left_out_ns;
    w->offer_known = f->offer_known;
}

static const char *impossible(const struct conversation *c)
{
    if (!c->from_start || c->closed_ns == UNKNOWN_NS)
        return "its beginning is not in the capture";
    if (c->rtt_ns <= 0 && c->up_ns == UNKNOWN_NS)
        return "its round trip is not in the capture";
    if (c->one_sided != SIDE_BOTH)
        return "only one side of it is in the capture";
    if (!c->facts.tls && c->facts.messages == 0)
        return "no message was sent in it";
    return NULL;
}

/* --- TLS ----------------------------------------------------------------- */

/* RFC 8446, 2: a full handshake of 1.3 costs one turnaround, 0-RTT none; of
 * 1.2, two. RFC 8314, 3: TLS from the first byte needs neither the EHLO in the
 * clear nor STARTTLS. */
static void reckon_tls(struct whatif *w, const struct conversation *c)
{
    size_t shaken = c->turnarounds_tls;

    w->tls = true;
    if (!c->facts.tls13 && shaken > 1)
        w->tls_saves.by_13 = shaken - 1;
    if (c->facts.starttls)
        w->tls_saves.by_implicit = 2;
    w->tls_saves.by_0rtt = shaken - w->tls_saves.by_13 > 0;
}

/* --- what comes out ------------------------------------------------------ */

static int add_row(struct whatif *w, const struct account *a,
                   const struct variant *v)
{
    struct whatif_row *row = &w->row[w->rows];
    struct outcome one, more;

    if (play(w, a, v, w->messages, &one) < 0 ||
        play(w, a, v, w->messages + 1, &more) < 0)
        return -1;
    *row = (struct whatif_row){
        .manner = {v->mode, v->by == BODY_BY_BDAT},
        .name = v->name,
        .turnarounds = one.turnarounds,
        .closed_ns = one.closed_ns + kept_ns(a),
        .more_turnarounds = more.turnarounds - one.turnarounds,
        .more_ns = more.closed_ns - one.closed_ns,
    };
    w->rows++;
    return 0;
}

/* The mode that was used waits as often, and comes nearest in time. */
static int find_used(struct whatif *w, const struct account *a)
{
    int64_t nearest_ns = INT64_MAX;

    w->model_ns = UNKNOWN_NS;
    for (int i = 0; i < VARIANTS; i++) {
        struct outcome o;
        int64_t ns;

        if (play(w, a, &variants[i], w->messages, &o) < 0)
            return -1;
        ns = o.closed_ns + kept_ns(a);
        if (o.turnarounds != w->turnarounds ||
            llabs(ns - w->closed_ns) >= nearest_ns)
            continue;
        nearest_ns = llabs(ns - w->closed_ns);
        w->as_was = variants[i].name;
        w->model_ns = ns;
    }
    return 0;
}

static void judge(struct whatif *w, const struct conversation *c,
                  const struct account *a)
{
    double off = w->as_was ? (double)llabs(w->model_ns - w->closed_ns) /
                                 (double)most(w->closed_ns, 1)
                           : 1;

    w->sure = off > 0.2 || c->missing_bytes                       ? WHATIF_ROUGH
              : off > 0.03 || c->rtt_estimated || !w->offer_known ? WHATIF_FAIR
                                                                  : WHATIF_GOOD;
    snprintf(w->rests_on, sizeof w->rests_on,
             "RTT %.1f ms (%s), server %.1f ms%s, %zu message%s to %zu, %s",
             (double)w->rtt_ns / 1e6,
             c->rtt_estimated ? "estimated" : "the least seen",
             (double)w->think_ns / 1e6, a->bounded ? " at most" : "",
             w->messages, w->messages == 1 ? "" : "s", w->recipients,
             w->offer_known ? "EHLO's reply" : "no reply to EHLO");
}

int whatif_run(struct whatif *w, const struct conversation *c,
               const struct account *a)
{
    const char *no = impossible(c);

    *w = (struct whatif){.model_ns = UNKNOWN_NS};
    if (no) {
        snprintf(w->why_not, sizeof w->why_not, "%s", no);
        return 0;
    }
    take_input(w, c, a);
    if (c->facts.tls) {
        reckon_tls(w, c);
        return 0;
    }
    for (int i = 0; i < VARIANTS; i++) {
        uint32_t needs = variants[i].needs;

        if ((c->facts.offer.has & needs) == needs &&
            add_row(w, a, &variants[i]) < 0)
            return -1;
    }
    if (find_used(w, a) < 0)
        return -1;
    judge(w, c, a);
    return 0;
}
