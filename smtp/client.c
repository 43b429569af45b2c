/* SPDX-License-Identifier: BSD-2-Clause */
/* The client half of a session: the machine, its patience and its end. */
#include "smtp/client.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/alarm.h"
#include "smtp/client_inner.h"
#include "smtp/qmtp_client.h"

#define SECONDS INT64_C(1000000000)

/* A peer that has answered QUIT gets this long to close its side. */
#define LINGER_NS (10 * SECONDS)

/* clang-format off */
#define X(name, text) text,
static const char *const ends[] = {CLIENT_ENDS(X)};
#undef X
/* clang-format on */

const char *client_end_name(enum client_end e)
{
    return ends[e];
}

const struct patience client_patience = {
    .connect_ns = 30 * SECONDS,
    .secure_ns = 60 * SECONDS,
    .reply_ns =
        {
            [STEP_GREETING] = 300 * SECONDS,
            [STEP_EHLO] = 300 * SECONDS,
            [STEP_STARTTLS] = 300 * SECONDS,
            [STEP_AGAIN] = 300 * SECONDS,
            [STEP_AUTH] = 300 * SECONDS,
            [STEP_ANSWER] = 300 * SECONDS,
            [STEP_RSET] = 300 * SECONDS,
            [STEP_MAIL] = 300 * SECONDS,
            [STEP_ASK] = 300 * SECONDS, /* as for RCPT */
            [STEP_NEXT] = 300 * SECONDS,
            [STEP_RCPT] = 300 * SECONDS,
            [STEP_DATA] = 120 * SECONDS,
            [STEP_BODY] = 600 * SECONDS,
            [STEP_QUIT] = 300 * SECONDS,
        },
};

void client_default_timeouts(struct client_config *c)
{
    c->patience = &client_patience;
}

struct mail *client_mail_at(const struct client *c, struct place p)
{
    return &c->config->mails[p.mail];
}

struct place client_step_after(const struct client *c, struct place p)
{
    const struct mail *m = client_mail_at(c, p);
    struct place next;

    do {
        next = place_next(p, c->used.bdat, c->prelude, c->mail_count,
                          m->recipients);
        p = place_asking(p, next, c->asking, m->recipients);
    } while (p.step == STEP_ASK && m->to[p.recipient].answer != ANSWER_NONE);
    return p;
}

bool client_listens(const struct client *c)
{
    return manner_is_arranged(c->used) && c->say.step == STEP_MAIL &&
           c->owed > 0 && c->now_ns < c->listened_ns &&
           c->end == CLIENT_NOT_YET;
}

/* How long a session is held is its owner's business, and the server's; how
 * long TLS may take is the tls_machine's. */
void client_set_deadline(struct client *c)
{
    bool patient = c->securing || c->on_trial;

    if (c->opening)
        return; /* that of the connection stands */
    c->deadline_ns =
        client_listens(c) ? c->listened_ns
        : c->owed > 0 ? c->now_ns + c->config->patience->reply_ns[c->hear.step]
        : patient && c->end == CLIENT_NOT_YET ? NEVER_NS
                                              : c->now_ns + LINGER_NS;
}

static bool may_be_delivered(const struct client *c)
{
    for (size_t i = 0; i < c->mails_sent; i++)
        if (c->config->mails[i].fate == MAIL_PENDING ||
            c->config->mails[i].fate == MAIL_DELIVERED)
            return true;
    return false;
}

/* The server has refused the hello, and the first MAIL for want of one (RFC
 * 5321, 4.1.4), or was gone before it: then it takes none of the stream. */
static bool is_turned_away(const struct client *c)
{
    const struct mail *first = &c->config->mails[0];

    return c->unwelcome && c->hear.step == STEP_MAIL &&
           (first->fate == MAIL_PENDING || first->code == 503);
}

bool client_misled(const struct client *c)
{
    const uint32_t tls = c->secure ? 0 : OFFER_STARTTLS;
    uint32_t relied_on = mode_of(c->config->manner.mode)->early_by |
                         OFFER_PIPELINING | OFFER_CHUNKING | OFFER_AUTH | tls |
                         c->config->extensions;

    if (c->early && manner_is_arranged(c->used))
        return !c->offer_known && (is_turned_away(c) || !may_be_delivered(c));
    if (!c->early || !c->offer_known)
        return c->early;
    if (c->config->bargain)
        relied_on |= bargain_needs(c->config->bargain) | OFFER_CONPERM;
    return c->known->has & ~c->offer.has & relied_on && !may_be_delivered(c);
}

/* What was on its way by DATA, under a TRANSID, may go on: RFC 1845. */
static void client_mark_cut(struct client *c)
{
    struct mail *m = client_mail_at(c, c->hear);

    m->cut = c->transid_said && c->hear.step == STEP_BODY &&
             m->fate == MAIL_UNCERTAIN && !c->used.bdat && c->accepted > 0;
}

void client_finish(struct client *c, enum client_end end)
{
    bool early_end =
        end == CLIENT_REJECTED || end == CLIENT_LOST || end == CLIENT_TIMED_OUT;

    if (c->end != CLIENT_NOT_YET)
        return;
    c->end = early_end && client_misled(c) ? CLIENT_STALE : end;
    c->end_step =
        c->owed > 0 && end != CLIENT_FINISHED ? c->hear.step : STEP_END;
    for (size_t i = 0; !c->on_trial && (i < c->mail_count || i < c->all); i++)
        mail_settle(&c->config->mails[i], i < c->mails_sent, c->code);
    if (end == CLIENT_LOST || end == CLIENT_TIMED_OUT)
        client_mark_cut(c);
    if (end == CLIENT_NONSENSE || client_seems_short(c))
        client_doubt(c);
}

/* No answer to what is owed will come any more. */
static void end_wait(struct client *c)
{
    if (c->owed == 0)
        return;
    waits_count(&c->waits);
    waits_charge(&c->waits, c->hear.step, c->now_ns);
}

/* There has been no connection: what was said has reached nobody. */
static void unsay(struct client *c)
{
    if (!c->opening)
        return;
    c->opening = false;
    c->owed = c->mails_sent = 0;
}

void client_give_up(struct client *c, enum client_end end)
{
    unsay(c);
    end_wait(c);
    client_finish(c, end);
    c->want |= WANT_ABORT;
}

void client_leave(struct client *c, enum client_end end, int code)
{
    c->code = code;
    client_finish(c, end);
    if (code == 421 || c->quit_said) {
        c->say.step = STEP_END;
        c->want |= WANT_HALF_CLOSE;
    } else {
        c->say.step = STEP_QUIT;
    }
}

bool client_knows_offer(const struct client *c)
{
    return c->offer_known && (c->secure || c->prelude.tls != SECURITY_STARTTLS);
}

bool client_is_held(const struct client *c)
{
    return c->on_trial && client_knows_offer(c) && c->owed == 0 &&
           c->end == CLIENT_NOT_YET;
}

void client_proceed(struct client *c)
{
    assert(client_is_held(c));
    c->on_trial = false;
}

void client_dismiss(struct client *c, int64_t now_ns)
{
    assert(c->on_trial);
    c->now_ns = now_ns;
    if (client_is_held(c))
        c->say.step = STEP_QUIT;
    else if (c->end == CLIENT_NOT_YET)
        client_give_up(c, CLIENT_LEFT);
}

/* The server has closed. That is in order once QUIT is said. */
static void hear_end(struct client *c)
{
    bool orderly = c->quit_said && c->hear.step == STEP_QUIT;

    end_wait(c);
    client_finish(c, orderly ? CLIENT_FINISHED : CLIENT_LOST);
    c->owed = 0;
    c->opened = false;
    c->deadline_ns = NEVER_NS;
    c->want |= WANT_HALF_CLOSE;
}

static void over(struct client *c)
{
    c->opened = false;
    c->deadline_ns = NEVER_NS;
    c->want = 0;
}

/* RFC 3207, 4.2: all that was learnt in the clear is forgotten. */
static void hear_secured(struct client *c)
{
    assert(c->securing);
    c->securing = false;
    c->clear_known = true;
    c->clear_offer = c->offer;
    c->early_clear = c->early;
    c->offer = (struct offer){0};
    c->offer_known = c->prelude.joint; /* its hello was accepted */
    /* What was not early in the clear is not early behind it either. */
    client_begin(c, c->early ? c->config->remembered_secure : NULL);
    client_stay_without(c);
}

static void hear_opened(struct client *c, const struct told *t)
{
    c->secure = t->secure;
    if (c->opened) {
        hear_secured(c);
        if (t->riding && c->prelude.qtls)
            waits_ride(&c->waits, c->now_ns);
        return;
    }
    if (!c->opening)
        c->owed = 1; /* the greeting */
    c->opening = false;
    c->opened = true;
    c->fast = t->fast;
    c->opened_ns = t->fast ? c->started_ns : c->now_ns;
    if (c->config->fast_open)
        waits_since(&c->waits, c->opened_ns);
    client_set_deadline(c);
    if (t->riding)
        waits_ride(&c->waits, c->now_ns);
}

/* EPROTO is of the machine that is TLS. A peer that does not like what it is
 * shown may close without a word. */
static void hear_lost(struct client *c, int error)
{
    if (c->securing || error == EPROTO)
        client_give_up(c, CLIENT_INSECURE);
}

static void hear_alarm(struct client *c)
{
    c->alarm_ns = NEVER_NS;
    if (c->now_ns < c->deadline_ns)
        return;
    if (manner_is_arranged(c->used) && c->say.step == STEP_MAIL &&
        c->owed > 0 && c->end == CLIENT_NOT_YET)
        return; /* it has listened long enough, and speaks */
    if (c->owed > 0 || !c->opened)
        client_give_up(c, CLIENT_TIMED_OUT);
    else
        c->want |= WANT_ABORT;
}

void client_connect(struct client *c)
{
    c->started_ns = c->now_ns;
    c->want |= WANT_OPEN;
    c->deadline_ns = c->now_ns + c->config->patience->connect_ns;
    if (c->config->tls == SECURITY_IMPLICIT)
        c->deadline_ns += c->config->patience->secure_ns;
}

/* Early, it may speak while the connection comes to be. Where TLS comes first,
 * that goes as 0-RTT data, or behind the handshake: smtp/tls_machine.h. */
static void hear_start(struct client *c)
{
    client_connect(c);
    client_recall(c);
    c->opening =
        c->config->fast_open && c->early && c->config->tls != SECURITY_IMPLICIT;
    c->owed = c->opening; /* the greeting */
}

static void hear_gone(struct client *c, const struct told *t)
{
    if (t->kind == TOLD_REFUSED)
        unsay(c);
    hear_lost(c, t->kind == TOLD_END ? 0 : t->error);
    if (t->kind == TOLD_REFUSED)
        client_finish(c, CLIENT_UNREACHABLE);
    else
        hear_end(c);
    if (t->kind != TOLD_END)
        over(c);
}

void client_tell_rest(struct client *c, const struct told *t)
{
    if (t->kind == TOLD_WAKE)
        hear_alarm(c);
    else if (t->kind != TOLD_DATAGRAM)
        hear_gone(c, t);
}

static size_t client_tell(struct machine *m, const struct told *t)
{
    struct client *c = (struct client *)m;

    c->now_ns = t->now_ns;
    if (t->kind == TOLD_BYTES)
        return client_hear(c, t->bytes);
    if (t->kind == TOLD_START)
        hear_start(c);
    else if (t->kind == TOLD_OPENED)
        hear_opened(c, t);
    else
        client_tell_rest(c, t);
    return 0;
}

static struct ask control(struct client *c)
{
    if (c->want & WANT_ABORT) {
        over(c);
        return (struct ask){.kind = ASK_ABORT};
    }
    if (c->want & WANT_TLS && c->opened) {
        c->want &= ~(unsigned)WANT_TLS;
        return (struct ask){.kind = ASK_OPEN,
                            .peer = c->peer,
                            .secure = true,
                            .ahead = c->ahead};
    }
    if (c->want & WANT_HALF_CLOSE && !c->half_closed) {
        c->half_closed = true;
        return (struct ask){.kind = ASK_HALF_CLOSE};
    }
    return (struct ask){.kind = ASK_NOTHING};
}

static struct ask open_stream(struct client *c)
{
    struct ask a = {.kind = ASK_OPEN, .peer = c->peer};

    c->want &= ~(unsigned)WANT_OPEN;
    a.fast = c->config->fast_open;
    if (c->opening)
        a.bytes = client_say_commands(c);
    return a;
}

struct ask client_ask_rest(struct client *c)
{
    struct ask a = control(c);

    if (a.kind == ASK_NOTHING)
        a = ask_wake_by(&c->alarm_ns, c->deadline_ns);
    if (a.kind == ASK_NOTHING && (c->opened || c->opening) && c->owed > 0 &&
        !c->securing)
        waits_begin(&c->waits, c->now_ns);
    return a;
}

static struct ask client_ask(struct machine *m)
{
    struct client *c = (struct client *)m;
    struct ask a;

    if (c->want & WANT_OPEN)
        return open_stream(c);
    a = client_say(c);
    return a.kind == ASK_NOTHING ? client_ask_rest(c) : a;
}

/* Whether an offer has all that a session from it would say unasked. */
static bool can_be_early(const struct client *c, const struct offer *known)
{
    const uint32_t needs =
        mode_of(c->config->manner.mode)->early_by | OFFER_PIPELINING;

    if (!c->helo && !c->fallen_back && manner_is_arranged(c->config->manner))
        return true;
    if (c->helo || c->config->consult || !known ||
        !manner_is_early(c->config->manner))
        return false;
    if (manner_is_quick(c->config->manner) && !known->qhlo_id[0])
        return false;
    if (c->prelude.tls == SECURITY_STARTTLS && !c->secure)
        return (known->has & (needs | OFFER_STARTTLS)) ==
               (needs | OFFER_STARTTLS);
    return (known->has & needs) == needs &&
           (!c->config->login ||
            known->auth >> c->config->login->mechanism & 1);
}

void client_begin(struct client *c, const struct offer *known)
{
    c->early = can_be_early(c, known);
    c->known = known;
    if (c->early && known && c->config->bargain &&
        !(known->has & bargain_needs(c->config->bargain)))
        client_ask_nobody(c);
    c->used = !c->early ? manner_cold(c->config->manner)
              : known   ? manner_offered(c->config->manner, known->has)
                        : c->config->manner;
    if (c->helo)
        c->used = (struct manner){MODE_LOCKSTEP, false};
    client_divide_early(c, known);
}

void client_init(struct client *c, const struct client_config *config,
                 struct endpoint peer)
{
    memset(c, 0, sizeof *c);
    assert(config->mail_count > 0);
    c->machine = (struct machine){client_tell, client_ask};
    c->config = config;
    c->peer = peer;
    c->helo = config->helo;
    c->on_trial = config->consult;
    c->mail_count = config->mail_count;
    client_cap(c);
    c->to = config->mails[0].to;
    c->recipients = config->mails[0].recipients;
    c->joined = BARGAIN_FORMS;
    if (config->bargain)
        c->asking = config->bargain->strategy->asking;
    c->prelude.tls = config->tls;
    c->prelude.joint = config->tls == SECURITY_STARTTLS &&
                       manner_is_arranged(config->manner) && !config->helo;
    c->prelude.auth = config->login ? auth_lines(config->login) : 0;
    c->started_ns = c->opened_ns = c->accepted_ns = c->closed_ns = NEVER_NS;
    c->deadline_ns = c->alarm_ns = NEVER_NS;
    c->hear.step = STEP_GREETING;
    c->say.step = c->prelude.joint ? STEP_STARTTLS : STEP_EHLO;
    client_begin(c, config->tls == SECURITY_IMPLICIT ? config->remembered_secure
                                                     : config->remembered);
    if (manner_is_qmtp(config->manner))
        qmtp_client_init(c);
}

void client_forget(struct client *c)
{
    free(c->answer);
    c->answer = NULL;
}
