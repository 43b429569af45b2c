/* SPDX-License-Identifier: BSD-2-Clause */
/* The client half of a session: two cursors over one plan. */
#include "smtp/client.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SECONDS INT64_C(1000000000)

/* A peer that has answered QUIT gets this long to close its side. */
#define LINGER_NS (10 * SECONDS)

/* Room that the longest command needs: RFC 5321, 4.5.3.1.4. */
#define COMMAND_MAX 512

/* clang-format off */
#define X(name, text) text,
static const char *const ends[] = {CLIENT_ENDS(X)};
#undef X
/* clang-format on */

const char *client_end_name(enum client_end e)
{
    return ends[e];
}

void client_default_timeouts(struct client_config *c)
{
    c->connect_timeout_ns = 30 * SECONDS;
    c->timeout_ns[STEP_GREETING] = 300 * SECONDS;
    c->timeout_ns[STEP_EHLO] = 300 * SECONDS;
    c->timeout_ns[STEP_RSET] = 300 * SECONDS;
    c->timeout_ns[STEP_MAIL] = 300 * SECONDS;
    c->timeout_ns[STEP_NEXT] = 300 * SECONDS;
    c->timeout_ns[STEP_RCPT] = 300 * SECONDS;
    c->timeout_ns[STEP_DATA] = 120 * SECONDS;
    c->timeout_ns[STEP_BODY] = 600 * SECONDS;
    c->timeout_ns[STEP_QUIT] = 300 * SECONDS;
}

static struct mail *mail_at(const struct client *c, struct place p)
{
    return &c->config->mails[p.mail];
}

static struct place step_after(const struct client *c, struct place p)
{
    size_t mails = c->config->mail_count;

    return place_next(p, c->used.bdat, mails,
                      p.mail < mails ? mail_at(c, p)->recipients : 0);
}

static void set_deadline(struct client *c)
{
    c->deadline_ns = c->owed > 0
                         ? c->now_ns + c->config->timeout_ns[c->hear.step]
                         : c->now_ns + LINGER_NS;
}

/* --- how it ends ------------------------------------------------------ */

static void finish(struct client *c, enum client_end end)
{
    if (c->end != CLIENT_NOT_YET)
        return;
    c->end = end;
    c->end_step = c->owed > 0 ? c->hear.step : STEP_END;
    for (size_t i = 0; i < c->config->mail_count; i++)
        mail_settle(&c->config->mails[i], i < c->mails_sent, c->code);
}

static void give_up(struct client *c, enum client_end end)
{
    waits_count(&c->waits);
    waits_charge(&c->waits, c->hear.step, c->now_ns);
    finish(c, end);
    c->want |= WANT_ABORT;
}

/* Nothing further is to be said but QUIT, and nothing even that where the
 * server has announced that it closes (421). */
static void leave(struct client *c, enum client_end end, int code)
{
    c->code = code;
    finish(c, end);
    if (code == 421 || c->quit_said) {
        c->say.step = STEP_END;
        c->want |= WANT_HALF_CLOSE;
    } else {
        c->say.step = STEP_QUIT;
    }
}

/* --- what it hears ---------------------------------------------------- */

/* The remembered offer has served. Where the real one lacks what the group on
 * its way is framed by, the server will take octets of the body for commands:
 * away, at once. Any other change costs nothing (draft-harris-early-pipe-01,
 * 3: compare, do not bounce). */
static bool framing_lost(const struct client *c)
{
    return c->early && c->used.bdat && !(c->offer.has & OFFER_CHUNKING);
}

/* RFC 5321, 3.2: a server that does not know EHLO may know HELO. */
static void fall_back_to_helo(struct client *c)
{
    c->helo = true;
    c->used = (struct manner){MODE_LOCKSTEP, false};
    c->say.step = STEP_EHLO;
}

static void heard_ehlo(struct client *c, int code)
{
    if (code / 100 == 2) {
        c->offer_known = true;
        if (framing_lost(c))
            give_up(c, CLIENT_STALE);
        else
            c->used = manner_offered(c->used, c->offer.has);
    } else if (c->early) {
        give_up(c, CLIENT_STALE);
    } else if (code / 100 == 5 && !c->helo) {
        fall_back_to_helo(c);
    } else {
        leave(c, CLIENT_REJECTED, code);
    }
}

static void heard_greeting(struct client *c, int code)
{
    if (code / 100 == 2)
        return;
    if (c->early)
        give_up(c, CLIENT_STALE);
    else
        leave(c, CLIENT_REJECTED, code);
}

static void heard_mail(struct client *c, struct mail *m, int code)
{
    c->accepted = 0;
    c->in_transaction = code / 100 == 2;
    if (!c->in_transaction)
        mail_decide(m, code);
}

static void heard_rcpt(struct client *c, struct mail *m, int code)
{
    m->to[c->hear.recipient].code = code;
    if (code / 100 == 2)
        c->accepted++;
}

/* RFC 2920, 3.1: the reply to DATA is looked at even where no recipient was
 * accepted; a 354 is then answered by a dot alone. */
static void heard_data(struct client *c, struct mail *m, int code)
{
    if (c->in_transaction && c->accepted == 0)
        mail_decide_by_recipients(m);
    c->go_ahead = code == 354;
    if (!c->go_ahead)
        mail_decide(m, code / 100 == 2 ? 554 : code);
}

static void heard_body(struct client *c, struct mail *m, int code)
{
    if (c->in_transaction && c->accepted == 0)
        mail_decide_by_recipients(m);
    mail_decide(m, code);
    if (m->fate == MAIL_DELIVERED)
        c->accepted_ns = c->now_ns;
    c->in_transaction = false;
    c->reset_due = code >= 400 && c->used.bdat && c->owed == 1;
}

static void heard_quit(struct client *c)
{
    c->closed_ns = c->now_ns;
    finish(c, CLIENT_FINISHED);
}

static void hear_step(struct client *c, int code)
{
    struct mail *m = mail_at(c, c->hear);

    switch (c->hear.step) {
    case STEP_GREETING:
        heard_greeting(c, code);
        break;
    case STEP_EHLO:
        heard_ehlo(c, code);
        break;
    case STEP_MAIL:
    case STEP_NEXT:
        heard_mail(c, m, code);
        break;
    case STEP_RCPT:
        heard_rcpt(c, m, code);
        break;
    case STEP_DATA:
        heard_data(c, m, code);
        break;
    case STEP_BODY:
        heard_body(c, m, code);
        break;
    case STEP_RSET:
        break;
    case STEP_QUIT:
    case STEP_END:
        heard_quit(c);
        break;
    }
}

/* A reply is complete. One that nobody owes is nonsense, but for a server's
 * last word before it closes (RFC 5321, 3.8). */
static void hear(struct client *c, int code)
{
    struct place next;

    if (c->owed == 0) {
        if (code == 421)
            leave(c, CLIENT_REJECTED, code);
        else if (c->end == CLIENT_NOT_YET)
            give_up(c, CLIENT_NONSENSE);
        return;
    }
    waits_charge(&c->waits, c->hear.step, c->now_ns);
    next = step_after(c, c->hear);
    c->closed_ns = c->now_ns;
    hear_step(c, code);
    if (code == 421 && c->hear.step != STEP_QUIT)
        leave(c, CLIENT_REJECTED, code);
    c->owed--;
    c->hear = next.step == STEP_RSET ? step_after(c, next) : next;
    set_deadline(c);
}

static void hear_line(struct client *c)
{
    struct reply_line r = wire_reply_line(&c->line);
    bool first = c->reply_code == 0;

    if (r.code == 0 || (!first && r.code != c->reply_code)) {
        give_up(c, CLIENT_NONSENSE);
        return;
    }
    if (!first && c->owed > 0 && c->hear.step == STEP_EHLO && !c->helo)
        offer_learn(&c->offer, r.text);
    c->reply_code = r.last ? 0 : r.code;
    if (r.last)
        hear(c, r.code);
}

static void hear_bytes(struct client *c, struct span in)
{
    c->bytes_in += in.len;
    waits_count(&c->waits);
    while (in.len > 0 && !(c->want & WANT_ABORT)) {
        size_t taken = wire_line_feed(&c->line, in);

        in = (struct span){in.at + taken, in.len - taken};
        if (c->line.whole) {
            hear_line(c);
            wire_line_clear(&c->line);
        }
    }
}

/* The server has closed. That is in order once QUIT is said. */
static void hear_end(struct client *c)
{
    bool orderly = c->quit_said && c->hear.step == STEP_QUIT;

    if (c->owed > 0) {
        waits_count(&c->waits);
        waits_charge(&c->waits, c->hear.step, c->now_ns);
    }
    if (c->early && !c->offer_known)
        finish(c, CLIENT_STALE);
    else
        finish(c, orderly ? CLIENT_FINISHED : CLIENT_LOST);
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

static void hear_opened(struct client *c)
{
    c->opened = true;
    c->opened_ns = c->now_ns;
    c->owed = 1; /* the greeting */
    set_deadline(c);
}

static void hear_alarm(struct client *c)
{
    c->alarm_ns = NEVER_NS;
    if (c->now_ns < c->deadline_ns)
        return;
    if (c->owed > 0 || !c->opened)
        give_up(c,
                c->early && !c->offer_known ? CLIENT_STALE : CLIENT_TIMED_OUT);
    else
        c->want |= WANT_ABORT;
}

static size_t client_tell(struct machine *m, const struct told *t)
{
    struct client *c = (struct client *)m;

    c->now_ns = t->now_ns;
    switch (t->kind) {
    case TOLD_START:
        c->started_ns = t->now_ns;
        c->want |= WANT_OPEN;
        c->deadline_ns = t->now_ns + c->config->connect_timeout_ns;
        break;
    case TOLD_OPENED:
        hear_opened(c);
        break;
    case TOLD_BYTES:
        hear_bytes(c, t->bytes);
        return t->bytes.len;
    case TOLD_END:
        hear_end(c);
        break;
    case TOLD_REFUSED:
        finish(c, CLIENT_UNREACHABLE);
        over(c);
        break;
    case TOLD_RESET:
        hear_end(c);
        over(c);
        break;
    case TOLD_WAKE:
        hear_alarm(c);
        break;
    case TOLD_DATAGRAM:
        break;
    }
    return 0;
}

/* --- what it says ----------------------------------------------------- */

static void pass_over_mail(struct client *c)
{
    c->reset_due = c->in_transaction;
    c->in_transaction = false;
    c->say = place_after_mail(c->say, c->config->mail_count);
}

/* Where everything is answered, what has become pointless is passed over. */
static void pass_over(struct client *c)
{
    struct mail *m = mail_at(c, c->say);

    switch (c->say.step) {
    case STEP_RCPT:
        if (m->fate != MAIL_PENDING)
            pass_over_mail(c);
        break;
    case STEP_DATA:
        if (m->fate == MAIL_PENDING && c->accepted == 0)
            mail_decide_by_recipients(m);
        if (m->fate != MAIL_PENDING)
            pass_over_mail(c);
        break;
    case STEP_BODY:
        if (c->used.bdat ? !c->bdat_announced && c->accepted == 0
                         : !c->go_ahead) {
            mail_decide_by_recipients(m);
            pass_over_mail(c);
        }
        break;
    default:
        break;
    }
}

/* Whether the next step may be said now; decides also what it is. */
static bool may_say(struct client *c)
{
    if (!c->opened || c->want & WANT_ABORT || c->say.step == STEP_END)
        return false;
    if (c->owed > 0 && manner_waits(c->used, c->say.step))
        return false;
    if (c->owed > 0 && c->end != CLIENT_NOT_YET)
        return false;
    if (c->owed == 0)
        pass_over(c);
    if (c->say.step == STEP_RSET && !c->reset_due)
        c->say = step_after(c, c->say);
    return true;
}

static void write_command(struct client *c)
{
    const struct mail *m = mail_at(c, c->say);
    char *at = c->out + c->out_len;
    size_t room = sizeof c->out - c->out_len;
    int n = 0;

    switch (c->say.step) {
    case STEP_EHLO:
        n = snprintf(at, room, "%s %s\r\n", c->helo ? "HELO" : "EHLO",
                     c->config->name);
        break;
    case STEP_MAIL:
    case STEP_NEXT:
        n = snprintf(at, room, "MAIL FROM:<%s>\r\n", m->from);
        break;
    case STEP_RCPT:
        n = snprintf(at, room, "RCPT TO:<%s>\r\n",
                     m->to[c->say.recipient].address);
        break;
    case STEP_DATA:
        n = snprintf(at, room, "DATA\r\n");
        break;
    case STEP_BODY:
        n = snprintf(at, room, "BDAT %zu LAST\r\n", m->plain.len);
        break;
    case STEP_RSET:
        n = snprintf(at, room, "RSET\r\n");
        break;
    case STEP_QUIT:
        n = snprintf(at, room, "QUIT\r\n");
        break;
    case STEP_GREETING:
    case STEP_END:
        break;
    }
    assert(n >= 0 && (size_t)n < room);
    c->out_len += (size_t)n;
}

/* The step is said: its reply is owed, and the next one comes up. */
static void step_said(struct client *c)
{
    if (c->owed++ == 0)
        c->hear = c->say;
    switch (c->say.step) {
    case STEP_RSET:
        c->reset_due = false;
        break;
    case STEP_BODY:
        c->mails_sent = c->say.mail + 1;
        c->bdat_announced = c->go_ahead = false;
        break;
    case STEP_QUIT:
        c->quit_said = true;
        c->want |= WANT_HALF_CLOSE;
        break;
    default:
        break;
    }
    c->say = step_after(c, c->say);
}

/* Fills `out` with as many commands as may go and fit. */
static void write_commands(struct client *c)
{
    while (sizeof c->out - c->out_len > COMMAND_MAX && may_say(c)) {
        if (c->say.step == STEP_BODY) {
            if (c->used.bdat && !c->bdat_announced) {
                write_command(c);
                c->bdat_announced = true;
            }
            return;
        }
        write_command(c);
        step_said(c);
    }
}

/* A body goes as it lies. A 354 for nobody is answered by a dot alone:
 * RFC 2920, 3.1. */
static struct ask say_body(struct client *c)
{
    const struct mail *m = mail_at(c, c->say);
    struct span body = c->used.bdat       ? m->plain
                       : c->accepted == 0 ? span_of(".\r\n")
                                          : m->stuffed;

    step_said(c);
    return (struct ask){.kind = ASK_SEND, .bytes = body, .lasting = true};
}

static struct ask say(struct client *c)
{
    struct ask a = {.kind = ASK_NOTHING};

    c->out_len = 0;
    write_commands(c);
    if (c->out_len > 0)
        a = (struct ask){.kind = ASK_SEND, .bytes = {c->out, c->out_len}};
    else if (c->say.step == STEP_BODY && may_say(c))
        a = say_body(c);
    if (a.kind == ASK_SEND) {
        c->bytes_out += a.bytes.len;
        waits_end(&c->waits);
        set_deadline(c);
    }
    return a;
}

static struct ask control(struct client *c)
{
    if (c->want & WANT_OPEN) {
        c->want &= ~(unsigned)WANT_OPEN;
        return (struct ask){.kind = ASK_OPEN, .peer = c->peer};
    }
    if (c->want & WANT_ABORT) {
        over(c);
        return (struct ask){.kind = ASK_ABORT};
    }
    if (c->want & WANT_HALF_CLOSE && !c->half_closed) {
        c->half_closed = true;
        return (struct ask){.kind = ASK_HALF_CLOSE};
    }
    return (struct ask){.kind = ASK_NOTHING};
}

/* The alarm is moved only where it would ring too late, or for nothing. */
static struct ask alarm_clock(struct client *c)
{
    bool off = c->deadline_ns == NEVER_NS && c->alarm_ns != NEVER_NS;

    if (!off && c->deadline_ns >= c->alarm_ns)
        return (struct ask){.kind = ASK_NOTHING};
    c->alarm_ns = c->deadline_ns;
    return (struct ask){.kind = ASK_WAKE, .at_ns = c->alarm_ns};
}

static struct ask client_ask(struct machine *m)
{
    struct client *c = (struct client *)m;
    struct ask a = say(c);

    if (a.kind == ASK_NOTHING)
        a = control(c);
    if (a.kind == ASK_NOTHING)
        a = alarm_clock(c);
    if (a.kind == ASK_NOTHING && c->opened && c->owed > 0)
        waits_begin(&c->waits, c->now_ns);
    return a;
}

void client_init(struct client *c, const struct client_config *config,
                 struct endpoint peer)
{
    const struct offer *known = config->remembered;

    memset(c, 0, sizeof *c);
    assert(config->mail_count > 0);
    c->machine = (struct machine){client_tell, client_ask};
    c->config = config;
    c->peer = peer;
    c->helo = config->helo;
    c->started_ns = c->opened_ns = c->accepted_ns = c->closed_ns = NEVER_NS;
    c->deadline_ns = c->alarm_ns = NEVER_NS;
    c->hear.step = STEP_GREETING;
    c->say.step = STEP_EHLO;
    c->early = manner_is_early(config->manner) && known &&
               known->has & OFFER_PIPECONNECT && known->has & OFFER_PIPELINING;
    c->used = c->early ? manner_offered(config->manner, known->has)
                       : manner_cold(config->manner);
    if (c->helo)
        c->used = (struct manner){MODE_LOCKSTEP, false};
}
