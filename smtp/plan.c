/* SPDX-License-Identifier: BSD-2-Clause */
/* The modes, a row each, and the walk that they share. */
#include "smtp/plan.h"

#include <string.h>

#include "smtp/offer.h"

/* clang-format off */
#define W(step) (1u << STEP_##step)
#define ALL (W(EHLO) | W(MAIL) | W(RCPT) | W(DATA) | W(BODY) | W(RSET) |       \
             W(NEXT) | W(QUIT))

/* NEXT itself need not wait where RSET, said or not, has waited before it. */
static const struct mode modes[] = {
    [MODE_LOCKSTEP] = {"lockstep",
        "one command, one reply (RFC 5321, 4.3.1)",
        ALL, ALL, 0, true, true},
    [MODE_PIPELINING] = {"pipelining",
        "groups of commands (RFC 2920, 3.1)",
        W(EHLO) | W(MAIL) | W(BODY), W(EHLO) | W(MAIL) | W(BODY),
        OFFER_PIPELINING, true, true},
    [MODE_CHUNKING] = {"chunking",
        "everything behind EHLO streamed, bodies by BDAT (RFC 3030)",
        0, W(EHLO) | W(MAIL),
        OFFER_PIPELINING | OFFER_CHUNKING, false, true},
    [MODE_CHUNKING_LAST] = {"chunking-last",
        "chunking, a new transaction waits for the reply to LAST (RFC 4468)",
        0, W(EHLO) | W(MAIL) | W(RSET),
        OFFER_PIPELINING | OFFER_CHUNKING, false, true},
    [MODE_CHUNKING_COLLECT] = {"chunking-collect",
        "chunking, BDAT waits for the envelope's replies (RFC 3030, 2)",
        0, W(EHLO) | W(MAIL) | W(BODY),
        OFFER_PIPELINING | OFFER_CHUNKING, false, true},
    [MODE_EARLY] = {"early",
        "from a remembered offer, before the greeting (PIPECONNECT)",
        W(BODY), 0,
        OFFER_PIPELINING, true, true},
};

#define X(name, text) text,
static const char *const steps[] = {STEPS(X)};
#undef X
/* clang-format on */

const char *step_name(enum step s)
{
    return steps[s];
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
    return !manner_waits(m, STEP_EHLO);
}

bool manner_waits(struct manner m, enum step s)
{
    const struct mode *mode = mode_of(m.mode);

    return (m.bdat ? mode->by_bdat : mode->by_data) >> s & 1;
}

struct manner manner_cold(struct manner m)
{
    if (manner_is_early(m))
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

struct place place_next(struct place at, bool bdat, size_t mails,
                        size_t recipients)
{
    const enum step body = bdat ? STEP_BODY : STEP_DATA;

    switch (at.step) {
    case STEP_GREETING:
        return (struct place){STEP_EHLO, 0, 0};
    case STEP_EHLO:
        return (struct place){mails > 0 ? STEP_MAIL : STEP_QUIT, 0, 0};
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
    case STEP_QUIT:
    case STEP_END:
        break;
    }
    return (struct place){STEP_END, at.mail, 0};
}

size_t plan_turnarounds(struct manner m, size_t mails, size_t recipients)
{
    struct place say = {STEP_EHLO, 0, 0};
    bool owed = !manner_waits(m, STEP_EHLO); /* greeting: waited for at once */
    size_t waits = manner_waits(m, STEP_EHLO);

    while (say.step != STEP_END) {
        if (owed && manner_waits(m, say.step)) {
            waits++;
            owed = false;
        }
        if (say.step != STEP_RSET)
            owed = true;
        say = place_next(say, m.bdat, mails, recipients);
    }
    return waits + owed;
}
