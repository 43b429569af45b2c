/* SPDX-License-Identifier: BSD-2-Clause */
/* What the client says: as many steps as the plan lets go at once. */
#include <assert.h>
#include <stdio.h>

#include "smtp/client_inner.h"

static void pass_over_mail(struct client *c)
{
    c->reset_due = c->in_transaction;
    c->in_transaction = false;
    c->say = place_after_mail(c->say, c->mail_count);
}

/* Where everything is answered, what has become pointless is passed over. */
static void pass_over(struct client *c)
{
    struct mail *m = client_mail_at(c, c->say);

    switch (c->say.step) {
    case STEP_ASK:
    case STEP_RCPT:
    case STEP_SORT:
        if (m->fate != MAIL_PENDING)
            pass_over_mail(c);
        else if (c->asking != ASKING_NOT)
            client_bargain(c);
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

/* What a session that may yet be dismissed says. */
static bool on_trial(enum step s)
{
    return s == STEP_EHLO || s == STEP_STARTTLS || s == STEP_AGAIN ||
           s == STEP_QUIT;
}

/* RFC 1870, 6.1: the client need not try what the server has said it will not
 * take. What is remembered of that is no reason to refuse. */
static bool oversized(const struct client *c)
{
    const struct mail *m;

    if (!c->offer_known || c->offer.size_max == 0 ||
        !(c->offer.has & OFFER_SIZE) ||
        (c->say.step != STEP_MAIL && c->say.step != STEP_NEXT))
        return false;
    m = client_mail_at(c, c->say);
    return m->fate == MAIL_PENDING && m->plain.len > c->offer.size_max;
}

static void refuse_oversized(struct client *c)
{
    struct mail *m = client_mail_at(c, c->say);

    m->oversized = true;
    mail_decide(m, 552);
    c->say = place_after_mail(c->say, c->mail_count);
}

/* The MAIL that was said last is to go on with what was cut, and is not
 * answered yet, whatever else is. */
static bool resumes(const struct client *c)
{
    bool within = c->say.step == STEP_RCPT || c->say.step == STEP_DATA;

    return within && c->owed > 0 && c->transid_said &&
           client_mail_at(c, c->say)->cut;
}

/* Whether the next step may be said now; decides also what it is. */
static bool may_say(struct client *c)
{
    if (!(c->opened || c->opening) || c->want & WANT_ABORT ||
        c->say.step == STEP_END)
        return false;
    if (c->securing || (c->owed > 0 && c->hear.step == STEP_STARTTLS))
        return false;
    if (c->owed > 0 && (c->turned_back || c->say.step == STEP_AGAIN ||
                        asking_waits(c->asking, c->say.step) ||
                        manner_waits_in(c->used, c->prelude, c->say.step)))
        return false;
    if (client_listens(c) || (c->owed > 0 && c->prelude.joint && !c->secure &&
                              c->say.step != STEP_STARTTLS))
        return false;
    if (c->on_trial && !on_trial(c->say.step))
        return false;
    if (resumes(c)) /* 250 or 355? */
        return false;
    if (c->owed > 0 && c->end != CLIENT_NOT_YET)
        return false;
    if (c->owed == 0)
        pass_over(c);
    if (c->say.step == STEP_RSET && !c->reset_due &&
        !mode_of(c->used.mode)->probes)
        c->say = client_step_after(c, c->say);
    if (!oversized(c))
        return true;
    if (c->owed > 0) /* replies are matched by what was said */
        return false;
    refuse_oversized(c);
    return may_say(c);
}

/* What the server offers, or did when that was remembered. */
static uint32_t offered(const struct client *c)
{
    return c->offer_known ? c->offer.has : c->known ? c->known->has : 0;
}

/* What MAIL says of the extensions that are to be used, as far as they are
 * offered, or were when the offer was remembered. */
static const char *mail_parameters(const struct client *c, char *at,
                                   size_t room)
{
    /* clang-format off */
    static const struct { uint32_t bit; const char *text; } parameters[] = {
        {OFFER_8BITMIME, " BODY=8BITMIME"}, /* RFC 6152 */
        {OFFER_SMTPUTF8, " SMTPUTF8"},      /* RFC 6531 */
        {OFFER_REQUIRETLS, " REQUIRETLS"},  /* RFC 8689 */
        {OFFER_CONPERM, " CONPERM"},        /* RFC 4141 */
        {OFFER_FOOBAR, " FOOBAR"}, {OFFER_BARFOO, " BARFOO"},
    };
    /* clang-format on */
    uint32_t has = offered(c);
    uint32_t wanted = c->config->extensions;
    size_t len = 0;

    at[0] = '\0';
    if (has & wanted & OFFER_SIZE) /* RFC 1870: without what stuffing adds */
        len = (size_t)snprintf(at, room, " SIZE=%zu",
                               client_mail_at(c, c->say)->plain.len);
    /* RFC 4141, 3: who permits conversion asks what is needed. */
    if (c->asking == ASKING_RCPT &&
        c->config->bargain->spelling == SPELLING_CONNEG)
        wanted |= OFFER_CONPERM;
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
        if (parameters[i].bit & has & wanted)
            len += (size_t)snprintf(at + len, room - len, "%s",
                                    parameters[i].text);
    return at;
}

/* RFC 1845, 2: where the text goes by DATA. */
static bool says_transid(const struct client *c)
{
    return client_mail_at(c, c->say)->transid && !c->used.bdat &&
           c->config->extensions & offered(c) & OFFER_CHECKPOINT;
}

static bool says_prdr(const struct client *c)
{
    return c->config->extensions & offered(c) & OFFER_PRDR && !says_transid(c);
}

static bool says_dsn(const struct client *c)
{
    return c->config->dsn && offered(c) & OFFER_DSN;
}

static int print_mail(const struct client *c, char *at, size_t room)
{
    char parameters[120], dsn[DSN_ROOM] = "";

    if (says_dsn(c))
        dsn_say_mail(c->config->dsn, dsn);
    return snprintf(at, room, "MAIL FROM:<%s>%s%s%s%s%s\r\n",
                    client_mail_at(c, c->say)->from,
                    mail_parameters(c, parameters, sizeof parameters),
                    says_prdr(c) ? " PRDR" : "", dsn,
                    says_transid(c) ? " TRANSID=" : "",
                    says_transid(c) ? client_mail_at(c, c->say)->transid : "");
}

static int print_rcpt(const struct client *c, char *at, size_t room)
{
    const char *address =
        client_mail_at(c, c->say)->to[c->say.recipient].address;
    const char *asks =
        client_asks(c) ? conneg_parameter(c->config->bargain->spelling) : "";
    char dsn[DSN_ROOM] = "";

    if (says_dsn(c))
        dsn_say_rcpt(c->config->dsn, address, dsn);
    return snprintf(at, room, "RCPT TO:<%s>%s%s\r\n", address, asks, dsn);
}

static const char *hello(const struct client *c)
{
    const char *arranged = mode_of(c->used.mode)->hello;

    if (client_says_qhlo(c))
        return "QHLO";
    if (arranged)
        return arranged;
    return c->helo ? "HELO" : c->config->lmtp ? "LHLO" : "EHLO";
}

static int print_command(const struct client *c, char *at, size_t room)
{
    const struct mail *m = client_mail_at(c, c->say);
    char line[AUTH_ROOM];

    switch (c->say.step) {
    case STEP_EHLO:
    case STEP_AGAIN:
        return snprintf(at, room, "%s %s%s%s\r\n", hello(c), c->config->name,
                        *client_id(c) ? " " : "", client_id(c));
    case STEP_STARTTLS:
        if (c->prelude.qtls)
            return snprintf(at, room, "QTLS\r\n");
        if (c->prelude.joint)
            return snprintf(at, room, "%s %s STARTTLS\r\n", hello(c),
                            c->config->name);
        return snprintf(at, room, "STARTTLS\r\n");
    case STEP_AUTH:
        auth_say(c->config->login, 0, line);
        return snprintf(at, room, "%s\r\n", line);
    case STEP_ANSWER:
        auth_say(c->config->login, 1 + (unsigned)c->say.recipient, line);
        return snprintf(at, room, "%s\r\n", line);
    case STEP_MAIL:
    case STEP_NEXT:
        return print_mail(c, at, room);
    case STEP_ASK:
        return snprintf(at, room, "%s <%s>\r\n",
                        c->config->bargain->strategy->vrfy ? "VRFY" : "XRCAP",
                        m->to[c->say.recipient].address);
    case STEP_RCPT:
        return print_rcpt(c, at, room);
    case STEP_DATA:
        return snprintf(at, room, "DATA\r\n");
    case STEP_BODY:
        return snprintf(at, room, "BDAT %zu LAST\r\n", m->plain.len);
    case STEP_RSET:
        return snprintf(at, room, "RSET\r\n");
    case STEP_QUIT:
        return snprintf(at, room, "QUIT\r\n");
    case STEP_GREETING:
    case STEP_SORT:
    case STEP_END:
        break;
    }
    return 0;
}

/* false: there is no more room, and a send by itself will have it. */
static bool write_command(struct client *c)
{
    size_t room = sizeof c->out - c->out_len;
    int n = print_command(c, c->out + c->out_len, room);

    assert(n >= 0 && (size_t)n < sizeof c->out);
    if ((size_t)n >= room)
        return false;
    c->out_len += (size_t)n;
    return true;
}

/* The step is said: its reply is owed, and the next one comes up. */
static void step_said(struct client *c)
{
    if (c->owed++ == 0)
        c->hear = c->say;
    switch (c->say.step) {
    case STEP_MAIL:
    case STEP_NEXT:
        c->transid_said = says_transid(c);
        client_mail_at(c, c->say)->prdr = says_prdr(c);
        c->prdr_said |= says_prdr(c);
        break;
    case STEP_EHLO:
        c->listened_ns = c->now_ns + c->config->listen_ns;
        break;
    case STEP_STARTTLS:
        client_said_starttls(c);
        break;
    case STEP_RSET:
        c->reset_due = false;
        break;
    case STEP_RCPT:
        if (c->asking == ASKING_TURNS)
            c->joined =
                bargain_form(c->config->bargain,
                             &client_mail_at(c, c->say)->to[c->say.recipient]);
        break;
    case STEP_BODY:
        c->mails_sent = c->say.mail + 1;
        c->bdat_announced = c->go_ahead = false;
        client_expect_none(c);
        break;
    case STEP_QUIT:
        c->quit_said = true;
        c->want |= WANT_HALF_CLOSE;
        break;
    default:
        break;
    }
    c->say = client_step_after(c, c->say);
}

/* Fills `out` with as many commands as may go and fit. */
static void write_commands(struct client *c)
{
    while (may_say(c)) {
        if (c->say.step == STEP_BODY) {
            if (c->used.bdat && !c->bdat_announced && write_command(c)) {
                c->bdat_announced = true;
                c->decisions += manner_waits(c->used, STEP_BODY);
            }
            return;
        }
        if (!write_command(c))
            return;
        step_said(c);
    }
}

/* Where the text behind so many octets of it lies as it is sent. */
static struct span behind(struct span stuffed, uint64_t octets)
{
    size_t at = 0;
    bool line = true;

    for (; octets > 0 && at < stuffed.len; octets--) {
        at += line && stuffed.at[at] == '.'; /* what stuffing has added */
        line = stuffed.at[at++] == '\n';
    }
    return (struct span){stuffed.at + at, stuffed.len - at};
}

/* A body goes as it lies. A 354 for nobody is answered by a dot alone:
 * RFC 2920, 3.1. */
static struct ask say_body(struct client *c)
{
    const struct mail *m = client_mail_at(c, c->say);
    bool unasked = c->owed > 0; /* before its 354 */
    struct span body = c->used.bdat ? m->plain
                       : !unasked && c->accepted == 0
                           ? span_of(".\r\n")
                           : behind(m->stuffed, c->offset);

    step_said(c);
    return (struct ask){.kind = ASK_SEND, .bytes = body, .lasting = true};
}

void client_said(struct client *c, size_t bytes)
{
    c->bytes_out += bytes;
    waits_end(&c->waits);
    client_set_deadline(c);
}

struct span client_say_commands(struct client *c)
{
    c->out_len = 0;
    write_commands(c);
    client_said(c, c->out_len);
    return (struct span){c->out, c->out_len};
}

struct ask client_say(struct client *c)
{
    struct ask a = {.kind = ASK_NOTHING};

    c->out_len = 0;
    write_commands(c);
    if (c->out_len > 0)
        a = (struct ask){.kind = ASK_SEND, .bytes = {c->out, c->out_len}};
    else if (c->say.step == STEP_BODY && may_say(c))
        a = say_body(c);
    if (a.kind == ASK_SEND)
        client_said(c, a.bytes.len);
    return a;
}
