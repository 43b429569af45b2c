/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/run/whatif.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/run/virtual.h"

/* What the ideal world is asked to run: without a rate, sizes cost nothing
 * but memory. */
enum { MOST_MESSAGES = 200, MOST_RECIPIENTS = 1000, MOST_BODY = 1 << 20 };

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
    {"chunking-collect", MODE_CHUNKING_COLLECT, BODY_BY_BDAT, OFFERING_COLD,
     OFFER_PIPELINING | OFFER_CHUNKING},
    {"chunking", MODE_CHUNKING, BODY_BY_BDAT, OFFERING_COLD,
     OFFER_PIPELINING | OFFER_CHUNKING},
    {"chunking-last", MODE_CHUNKING_LAST, BODY_BY_BDAT, OFFERING_COLD,
     OFFER_PIPELINING | OFFER_CHUNKING},
    {"early, DATA", MODE_EARLY, BODY_BY_DATA, OFFERING_WARM,
     OFFER_PIPELINING | OFFER_PIPECONNECT},
    {"early, BDAT", MODE_EARLY, BODY_BY_BDAT, OFFERING_WARM,
     OFFER_PIPELINING | OFFER_PIPECONNECT | OFFER_CHUNKING},
};
/* clang-format on */
enum { VARIANTS = sizeof variants / sizeof variants[0] };
_Static_assert((int)VARIANTS <= (int)WHATIF_ROWS, "a row for each");

/* What a session has before its first message. */
struct prologue {
    enum tls_use tls;
    enum tls_release release;
    enum tls_session session;
    enum auth_use auth;
};

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

static size_t said_for_auth(enum auth_use auth)
{
    return auth == AUTH_NONE          ? 0
           : auth == AUTH_PLAIN       ? 1
           : auth == AUTH_LOGIN_LATER ? 3
                                      : 2;
}

/* The server thinks one reply after the other, so only the sum matters; a mode
 * without DATA has no 354 to think about. */
static int64_t think_each(const struct whatif *w, const struct account *a,
                          const struct variant *v, struct prologue p,
                          size_t messages)
{
    bool bdat = v->by == BODY_BY_BDAT;
    int64_t replies = 2 + (int64_t)(messages * (w->recipients + 2 + !bdat) +
                                    said_for_auth(p.auth) +
                                    (p.tls == TLS_USE_STARTTLS ? 2 : 0));
    int64_t ns = thought(a, PHASE_HELLO) + thought(a, PHASE_AUTH) +
                 thought(a, PHASE_QUIT);
    int64_t mail_ns = thought(a, PHASE_ENVELOPE) + thought(a, PHASE_BODY) +
                      thought(a, PHASE_END) + thought(a, PHASE_OTHER);

    if (!bdat)
        mail_ns += thought(a, PHASE_DATA);
    ns += mail_ns / (int64_t)w->messages * (int64_t)messages;
    if (w->greeting_ns < ns / replies) /* it takes its share, no more */
        return (ns + w->greeting_ns) / (replies + 1);
    return ns / replies;
}

static void set_prologue(struct scenario *s, struct prologue p)
{
    s->tls = p.tls;
    s->tls_version = p.release;
    s->tls_session = p.session;
    s->auth = p.auth;
    if (p.tls == TLS_USE_STARTTLS)
        s->capabilities |= OFFER_STARTTLS;
    if (p.auth != AUTH_NONE)
        s->capabilities |= OFFER_AUTH;
}

static int play(const struct whatif *w, const struct account *a,
                const struct variant *v, struct prologue p, size_t messages,
                struct outcome *out)
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
    s.body_bytes = w->body_bytes;
    s.capabilities = v->needs;
    set_prologue(&s, p);
    s.think_ns = think_each(w, a, v, p, messages);
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

/* What every mode keeps: the body's way, the client's own time, and what the
 * server reckoned for TLS. */
static int64_t kept_ns(const struct account *a)
{
    int64_t ns = thought(a, PHASE_TLS);

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
    w->body_bytes = (int64_t)at_most(f->body_bytes / messages, MOST_BODY);
    w->rtt_ns = c->up_ns == UNKNOWN_NS ? c->rtt_ns : c->up_ns + down_ns;
    w->greeting_ns = thought(a, PHASE_GREETING);
    for (int p = 0; p < PHASE_CLOSE; p++)
        w->think_ns += thought(a, (enum phase)p);
    w->turnarounds = c->turnarounds;
    w->left_out_ns = left_out_ns(a);
    w->closed_ns = c->closed_ns - w->left_out_ns;
    w->offer_known = f->offer_known;
}

/* What was said inside TLS is not known, or not all of it. */
static bool is_unread(const struct conversation *c)
{
    return c->facts.tls && (!c->facts.tls_read || c->facts.tls_why);
}

static struct prologue prologue_of(const struct conversation *c)
{
    const struct facts *f = &c->facts;
    size_t shaken = c->turnarounds_tls;
    struct prologue p = {.auth = f->auth_lines == 0   ? AUTH_NONE
                                 : f->auth_lines == 1 ? AUTH_PLAIN
                                 : f->auth_lines == 2 ? AUTH_PLAIN_LATER
                                                      : AUTH_LOGIN_LATER};

    if (!f->tls)
        return p;
    p.tls = f->starttls ? TLS_USE_STARTTLS : TLS_USE_IMPLICIT;
    p.release = f->tls13 ? TLS_RELEASE_13 : TLS_RELEASE_12;
    if (f->tls13 ? shaken == 0 : shaken <= 1)
        p.session = f->tls13 ? TLS_SESSION_0RTT : TLS_SESSION_RESUMED;
    return p;
}

static const char *impossible(const struct conversation *c)
{
    if (!c->from_start || c->closed_ns == UNKNOWN_NS)
        return "its beginning is not in the capture";
    if (c->rtt_ns <= 0 && c->up_ns == UNKNOWN_NS)
        return "its round trip is not in the capture";
    if (c->one_sided != SIDE_BOTH)
        return "only one side of it is in the capture";
    if (!is_unread(c) && c->facts.messages == 0)
        return "no message was sent in it";
    if (c->facts.qmtp)
        return "it is QMTP, which has no other modes";
    return NULL;
}

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

/* The client speaks first: early, or with its ClientHello. */
static bool speaks_first(const struct variant *v, struct prologue p)
{
    return v->mode == MODE_EARLY || p.tls == TLS_USE_IMPLICIT;
}

static int add_row(struct whatif *w, const struct account *a,
                   const struct variant *v, struct prologue p,
                   const struct outcome *one)
{
    struct whatif_row *row = &w->row[w->rows];
    struct outcome more;

    if (play(w, a, v, p, w->messages + 1, &more) < 0)
        return -1;
    *row = (struct whatif_row){
        .manner = {v->mode, v->by == BODY_BY_BDAT},
        .name = v->name,
        .turnarounds = one->turnarounds,
        .closed_ns = one->closed_ns + kept_ns(a),
        .more_turnarounds = more.turnarounds - one->turnarounds,
        .more_ns = more.closed_ns - one->closed_ns,
    };
    row->tfo_ns = row->closed_ns - (speaks_first(v, p) ? w->rtt_ns : 0);
    w->rows++;
    return 0;
}

/* The mode that was used waits as often, and comes nearest in time. */
static void compare_used(struct whatif *w, const struct conversation *c,
                         const struct account *a, const struct variant *v,
                         const struct outcome *o)
{
    int64_t ns = o->closed_ns + kept_ns(a);

    if (c->facts.bdat != (v->by == BODY_BY_BDAT) ||
        o->turnarounds != w->turnarounds ||
        (w->as_was &&
         llabs(ns - w->closed_ns) >= llabs(w->model_ns - w->closed_ns)))
        return;
    w->as_was = v->name;
    w->model_ns = ns;
}

/* With 0-RTT a body must not go early (RFC 8446, 8): the ideal world refuses
 * it too. */
static bool has_meaning(const struct variant *v, struct prologue p)
{
    return p.session != TLS_SESSION_0RTT || v->mode != MODE_EARLY ||
           (v->by == BODY_BY_DATA && p.auth == AUTH_NONE);
}

static int run_variants(struct whatif *w, const struct conversation *c,
                        const struct account *a, struct prologue p)
{
    for (int i = 0; i < VARIANTS; i++) {
        const struct variant *v = &variants[i];
        struct outcome o;

        if (!has_meaning(v, p))
            continue;
        if (play(w, a, v, p, w->messages, &o) < 0)
            return -1;
        compare_used(w, c, a, v, &o);
        if ((c->facts.offer.has & v->needs) == v->needs &&
            add_row(w, a, v, p, &o) < 0)
            return -1;
    }
    return 0;
}

static int add_change(struct whatif *w, const struct account *a,
                      const struct variant *v, struct prologue p,
                      const char *name)
{
    struct outcome o;

    if (!has_meaning(v, p))
        return 0;
    if (play(w, a, v, p, w->messages, &o) < 0)
        return -1;
    w->change[w->changes++] =
        (struct whatif_change){name, o.turnarounds, o.closed_ns + kept_ns(a)};
    return 0;
}

/* Newer TLS, TLS sooner, AUTH in one line: in the mode that was used, or, where
 * that is none of ours, in the first. */
static int run_changes(struct whatif *w, const struct account *a,
                       struct prologue was)
{
    const struct variant *v = &variants[0];
    struct prologue p = was;
    int status = 0;

    for (int i = 0; i < VARIANTS; i++)
        if (variants[i].name == w->as_was)
            v = &variants[i];
    p.release = TLS_RELEASE_13;
    p.session = TLS_SESSION_FULL;
    if (was.tls != TLS_USE_NONE && was.release == TLS_RELEASE_12)
        status |= add_change(w, a, v, p, "TLS 1.3");
    p.session = TLS_SESSION_0RTT;
    if (was.tls != TLS_USE_NONE && was.session != TLS_SESSION_0RTT)
        status |= add_change(w, a, v, p, "TLS 1.3, 0-RTT");
    p = was;
    p.tls = TLS_USE_IMPLICIT;
    if (was.tls == TLS_USE_STARTTLS)
        status |= add_change(w, a, v, p, "TLS from the first byte");
    p = was;
    p.auth = AUTH_PLAIN;
    if (was.auth != AUTH_NONE && was.auth != AUTH_PLAIN)
        status |= add_change(w, a, v, p, "AUTH PLAIN in one line");
    return status;
}

static const char *secured(struct prologue p)
{
    return p.tls == TLS_USE_NONE         ? NULL
           : p.tls == TLS_USE_STARTTLS   ? p.release == TLS_RELEASE_13
                                               ? "STARTTLS, TLS 1.3"
                                               : "STARTTLS, TLS 1.2"
           : p.release == TLS_RELEASE_13 ? "TLS 1.3 from the first byte"
                                         : "TLS 1.2 from the first byte";
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
             "RTT %.1f ms (%s), server %.1f ms%s, %zu message%s of %lld bytes "
             "to %zu, %s%s%s",
             (double)w->rtt_ns / 1e6,
             c->rtt_estimated ? "estimated" : "the least seen",
             (double)w->think_ns / 1e6, a->bounded ? " at most" : "",
             w->messages, w->messages == 1 ? "" : "s", (long long)w->body_bytes,
             w->recipients,
             w->offer_known ? "EHLO's reply" : "no reply to EHLO",
             w->secured ? ", " : "", w->secured ? w->secured : "");
}

int whatif_run(struct whatif *w, const struct conversation *c,
               const struct account *a)
{
    const char *no = impossible(c);
    struct prologue p;

    *w = (struct whatif){.model_ns = UNKNOWN_NS};
    if (no) {
        snprintf(w->why_not, sizeof w->why_not, "%s", no);
        return 0;
    }
    take_input(w, c, a);
    if (is_unread(c)) {
        reckon_tls(w, c);
        return 0;
    }
    p = prologue_of(c);
    w->secured = secured(p);
    if (run_variants(w, c, a, p) < 0 || run_changes(w, a, p) < 0)
        return -1;
    judge(w, c, a);
    return 0;
}
