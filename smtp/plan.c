/* SPDX-License-Identifier: BSD-2-Clause */
/* The modes, a row each, and the walk that they share. */
#include "smtp/plan.h"

#include <string.h>

#include "smtp/offer.h"

/* clang-format off */
#define W(step) (1u << STEP_##step)
#define ALL                                                                    \
    (W(EHLO) | W(STARTTLS) | W(AUTH) | W(MAIL) | W(ASK) | W(RCPT) | W(DATA) |  \
     W(BODY) | W(RSET) | W(NEXT) | W(QUIT))

/* Before the first message: what needs the reply to EHLO. */
#define FIRST (W(EHLO) | W(STARTTLS) | W(AUTH) | W(MAIL))

/* NEXT itself need not wait where RSET, said or not, has waited before it. */
static const struct mode modes[] = {
    [MODE_LOCKSTEP] = {"lockstep",
        "one command, one reply (RFC 5321, 4.3.1)",
        ALL, ALL,
        .sends_by_data = true, .sends_by_bdat = true},
    [MODE_PIPELINING] = {"pipelining",
        "groups of commands (RFC 2920, 3.1)",
        FIRST | W(BODY), FIRST | W(BODY),
        .needs = OFFER_PIPELINING, .auth_rides = true,
        .sends_by_data = true, .sends_by_bdat = true},
    [MODE_CHUNKING] = {"chunking",
        "everything behind EHLO streamed, bodies by BDAT (RFC 3030)",
        0, FIRST,
        .needs = OFFER_PIPELINING | OFFER_CHUNKING, .auth_rides = true,
        .sends_by_bdat = true},
    [MODE_CHUNKING_LAST] = {"chunking-last",
        "chunking, a new transaction waits for the reply to LAST (RFC 4468)",
        0, FIRST | W(RSET),
        .needs = OFFER_PIPELINING | OFFER_CHUNKING, .auth_rides = true,
        .sends_by_bdat = true},
    [MODE_CHUNKING_COLLECT] = {"chunking-collect",
        "chunking, BDAT waits for the envelope's replies (RFC 3030, 2)",
        0, FIRST | W(BODY),
        .needs = OFFER_PIPELINING | OFFER_CHUNKING, .auth_rides = true,
        .sends_by_bdat = true},
    /* draft-harris-early-pipe-01, 3: behind EHLO one of STARTTLS, AUTH, or
     * MAIL and what follows it, so that MAIL does not ride behind AUTH. */
    [MODE_EARLY] = {"early",
        "from a remembered offer, before the greeting (PIPECONNECT)",
        W(BODY), 0,
        .needs = OFFER_PIPELINING, .early_by = OFFER_PIPECONNECT,
        .sends_by_data = true, .sends_by_bdat = true},
    /* ietf-smtp, 2018-09-03: the stream begins after a short time of listening
     * to what the server says of BSMTP. */
    [MODE_BSMTP] = {"bsmtp",
        "BSMTP unasked, a short listen, then everything streamed (Klensin)",
        0, 0,
        .sends_by_data = true, .hello = "BSMTP"},
    [MODE_PIPELINING_PROBE] = {"pipelining-probe",
        "pipelining, RSET asks if a kept connection lives (Postfix)",
        FIRST | W(BODY) | W(RSET) | W(NEXT),
        FIRST | W(BODY) | W(RSET) | W(NEXT),
        .needs = OFFER_PIPELINING, .auth_rides = true, .probes = true,
        .sends_by_data = true, .sends_by_bdat = true},
    [MODE_QUICKSTART_A] = {"quickstart-a",
        "what is offered stands in the greeting; QHLO rides, QTLS (Finch)",
        W(EHLO) | W(BODY), W(EHLO),
        .needs = OFFER_PIPELINING, .quick = true, .auth_rides = true,
        .sends_by_data = true, .sends_by_bdat = true},
    [MODE_QUICKSTART_B] = {"quickstart-b",
        "from a remembered offer and its ID, before the greeting (Finch)",
        W(BODY), 0,
        .needs = OFFER_PIPELINING, .early_by = OFFER_QUICKSTART,
        .quick = true, .auth_rides = true,
        .sends_by_data = true, .sends_by_bdat = true},
    [MODE_QMTP] = {"qmtp",
        "no SMTP: packages streamed, a reply for each recipient (Bernstein)",
        0, 0,
        .sends_by_data = true, .qmtp = true},
};

#define X(name, text) text,
static const char *const steps[] = {STEPS(X)};
static const char *const securities[] = {SECURITIES(X)};
#undef X
/* clang-format on */

const char *step_name(enum step s)
{
    return steps[s];
}

const char *security_name(enum security s)
{
    return securities[s];
}

const struct mode *mode_of(enum mode_id id)
{
    return &modes[id];
}

enum mode_id mode_named(const char *name)
{
    int id = 0;

    while (id < MODE_COUNT && strcmp(modes[id].name, name) != 0)
        id++;
    return (enum mode_id)id;
}

bool manner_is_early(struct manner m)
{
    return !manner_waits(m, STEP_EHLO) && !manner_is_qmtp(m);
}

bool manner_waits(struct manner m, enum step s)
{
    const struct mode *mode = mode_of(m.mode);

    return (m.bdat ? mode->by_bdat : mode->by_data) >> s & 1;
}

bool manner_is_arranged(struct manner m)
{
    return mode_of(m.mode)->hello != NULL;
}

bool manner_is_quick(struct manner m)
{
    return mode_of(m.mode)->quick;
}

bool manner_is_qmtp(struct manner m)
{
    return mode_of(m.mode)->qmtp;
}

/* Behind STARTTLS no greeting tells what is offered there: EHLO's reply does,
 * unless that is remembered. */
static bool lists_late(struct manner m, struct prelude p)
{
    return manner_is_quick(m) && !manner_is_early(m) &&
           p.tls == SECURITY_STARTTLS && !p.qtls;
}

/* RFC 4954, 4: AUTH is the last command of a group, unless it ends with its
 * initial response; an answer needs its challenge. */
bool manner_waits_in(struct manner m, struct prelude p, enum step s)
{
    if (s == STEP_ANSWER || (s == STEP_STARTTLS && p.qtls))
        return true;
    if (s == (p.auth > 0 ? STEP_AUTH : STEP_MAIL) && lists_late(m, p))
        return true;
    if (s == STEP_MAIL && manner_is_arranged(m))
        return p.answered;
    if (s == STEP_MAIL && p.auth > 0)
        return p.auth > 1 || !mode_of(m.mode)->auth_rides;
    return manner_waits(m, s);
}

/* TLS 1.2 in full: hello, key exchange, and the server's Finished is the last
 * (RFC 5246, 7.3). Abbreviated, and in TLS 1.3, it is the client's (RFC 8446,
 * 2), behind which the server may begin. */
struct handshake handshake_of(bool tls13, bool resumed, bool half_rtt,
                              bool said_early)
{
    if (tls13)
        return (struct handshake){said_early ? 0 : 1, half_rtt && !said_early};
    return resumed ? (struct handshake){1, false} : (struct handshake){2, true};
}

struct manner manner_cold(struct manner m)
{
    if (m.mode == MODE_QUICKSTART_B)
        m.mode = MODE_QUICKSTART_A;
    else if (manner_is_early(m))
        m.mode = m.bdat ? MODE_CHUNKING : MODE_PIPELINING;
    return m;
}

struct manner manner_offered(struct manner m, uint32_t has)
{
    bool chunking = has & OFFER_CHUNKING;

    if (m.bdat && !chunking) {
        m.bdat = false;
        if (!mode_of(m.mode)->sends_by_data)
            m.mode = MODE_PIPELINING;
    }
    if (mode_of(m.mode)->needs & OFFER_PIPELINING && !(has & OFFER_PIPELINING))
        m.mode = MODE_LOCKSTEP;
    return m;
}

struct place place_after_mail(struct place at, size_t mails)
{
    bool more = at.mail + 1 < mails;

    return more ? (struct place){STEP_RSET, at.mail + 1, 0}
                : (struct place){STEP_QUIT, at.mail, 0};
}

/* The first place behind EHLO and TLS. */
static struct place place_ready(struct prelude p, size_t mails)
{
    if (p.auth > 0)
        return (struct place){STEP_AUTH, 0, 0};
    return (struct place){mails > 0 ? STEP_MAIL : STEP_QUIT, 0, 0};
}

static struct place place_answer(struct prelude p, size_t mails, size_t answer)
{
    if (answer + 1 < p.auth)
        return (struct place){STEP_ANSWER, 0, answer};
    return place_ready((struct prelude){.tls = p.tls}, mails);
}

/* The first that is said. */
static struct place place_begin(struct prelude p)
{
    return (struct place){p.joint || p.qtls ? STEP_STARTTLS : STEP_EHLO, 0, 0};
}

struct place place_next(struct place at, bool bdat, struct prelude p,
                        size_t mails, size_t recipients)
{
    const enum step body = bdat ? STEP_BODY : STEP_DATA;

    switch (at.step) {
    case STEP_GREETING:
        return place_begin(p);
    case STEP_EHLO:
        if (p.tls == SECURITY_STARTTLS)
            return (struct place){STEP_STARTTLS, 0, 0};
        return place_ready(p, mails);
    case STEP_STARTTLS:
        return p.joint ? place_ready(p, mails)
                       : (struct place){STEP_AGAIN, 0, 0};
    case STEP_AGAIN:
        return place_ready(p, mails);
    case STEP_AUTH:
        return place_answer(p, mails, 0);
    case STEP_ANSWER:
        return place_answer(p, mails, at.recipient + 1);
    case STEP_MAIL:
    case STEP_NEXT:
        return (struct place){recipients > 0 ? STEP_RCPT : body, at.mail, 0};
    case STEP_RCPT:
        if (at.recipient + 1 < recipients)
            return (struct place){STEP_RCPT, at.mail, at.recipient + 1};
        return (struct place){body, at.mail, 0};
    case STEP_DATA:
        return (struct place){STEP_BODY, at.mail, 0};
    case STEP_BODY:
        return place_after_mail(at, mails);
    case STEP_RSET:
        return (struct place){STEP_NEXT, at.mail, 0};
    case STEP_ASK:
    case STEP_SORT:
    case STEP_QUIT:
    case STEP_END:
        break;
    }
    return (struct place){STEP_END, at.mail, 0};
}

/* Behind MAIL, a question or RCPT, before SORT. */
static struct place place_among(struct place at, enum asking asking,
                                size_t recipients)
{
    struct place sort = {STEP_SORT, at.mail, at.recipient};
    struct place rcpt = {STEP_RCPT, at.mail, at.recipient};
    struct place ask = {STEP_ASK, at.mail, at.recipient + 1};
    bool last = at.recipient + 1 >= recipients;

    if (at.step == STEP_MAIL)
        return (struct place){asking == ASKING_RCPT ? STEP_RCPT : STEP_ASK,
                              at.mail, 0};
    if (at.step == STEP_ASK && asking == ASKING_TURNS)
        return last ? sort : rcpt;
    if (at.step == STEP_ASK && last)
        return asking == ASKING_BATCH ? (struct place){STEP_RCPT, at.mail, 0}
                                      : sort;
    if (at.step == STEP_ASK || asking == ASKING_TURNS)
        return ask;
    if (asking == ASKING_BATCH || last)
        return sort;
    return (struct place){STEP_RCPT, at.mail, at.recipient + 1};
}

struct place place_asking(struct place at, struct place next,
                          enum asking asking, size_t recipients)
{
    if (asking == ASKING_NOT || at.step > STEP_RCPT)
        return next;
    if (at.step >= STEP_MAIL)
        return place_among(at, asking, recipients);
    return asking == ASKING_BEFORE && next.step == STEP_MAIL
               ? (struct place){STEP_ASK, 0, 0}
               : next;
}

bool asking_waits(enum asking asking, enum step s)
{
    return s == STEP_SORT || (s == STEP_RCPT && asking == ASKING_TURNS);
}

/* The reply to STARTTLS, and TLS. QTLS has a greeting in place of a reply; and
 * where the ID has told that the server knows of it, the hello rides behind
 * STARTTLS. */
static size_t behind_starttls(struct prelude p, struct handshake h,
                              struct manner m)
{
    if (p.qtls)
        return h.waits + !h.rides;
    return manner_is_quick(m) && h.waits > 0 ? h.waits : 1 + h.waits;
}

size_t plan_turnarounds_behind(struct prelude p, struct handshake h,
                               struct manner m, size_t mails, size_t recipients)
{
    bool implicit = p.tls == SECURITY_IMPLICIT;
    struct place say = place_begin(p);
    enum step before = STEP_GREETING;
    size_t waits = implicit ? h.waits : 0;
    bool owed = true; /* the greeting, whose wait may be counted already */
    bool counted = implicit && h.rides && manner_waits(m, STEP_EHLO);

    if (manner_is_qmtp(m)) /* for all replies at once */
        return waits + 1;
    for (; say.step != STEP_END;
         before = say.step,
         say = place_next(say, m.bdat, p, mails, recipients)) {
        if (before == STEP_STARTTLS) {
            waits += behind_starttls(p, h, m);
            owed = false;
        }
        if (owed && manner_waits_in(m, p, say.step)) {
            waits += !counted;
            owed = counted = false;
        }
        if (say.step != STEP_RSET || mode_of(m.mode)->probes)
            owed = true;
    }
    return waits + owed;
}

size_t plan_turnarounds(struct manner m, size_t mails, size_t recipients)
{
    return plan_turnarounds_behind((struct prelude){.tls = SECURITY_NONE},
                                   (struct handshake){0, false}, m, mails,
                                   recipients);
}

size_t plan_sessions(struct portions s, size_t mails)
{
    return s.session > 0 ? (mails * s.parts + s.session - 1) / s.session : 1;
}

/* The walk of a session is as long for each further recipient, whichever mail
 * he is of. */
size_t plan_turnarounds_shared(struct prelude p, struct handshake h,
                               struct manner m, struct portions s, size_t mails,
                               size_t recipients)
{
    size_t all = mails * s.parts, sessions = plan_sessions(s, mails);
    size_t full = sessions > 1 ? s.session : all;
    size_t last = all - (sessions - 1) * full;
    size_t one = plan_turnarounds_behind(p, h, m, 1, 1);
    size_t more = plan_turnarounds_behind(p, h, m, 1, 2) - one;

    return (sessions - 1) * plan_turnarounds_behind(p, h, m, full, 1) +
           plan_turnarounds_behind(p, h, m, last, 1) +
           (mails * recipients - all) * more;
}
