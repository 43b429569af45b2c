/* SPDX-License-Identifier: BSD-2-Clause */
/* Says packages and matches replies to recipients, by counting. */
#include "smtp/qmtp_client.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "smtp/client_inner.h"

/* Room in `out` for the longest of the pieces below: two lengths, and an
 * address. */
enum { PIECE_MOST = QMTP_ADDRESS + 50 };

static uint64_t list_size(const struct mail *m)
{
    uint64_t size = 0;

    for (size_t i = 0; i < m->recipients; i++)
        size += netstring_size(strlen(m->to[i].address));
    return size;
}

__attribute__((format(printf, 2, 3))) static void put(struct client *c,
                                                      const char *format, ...)
{
    size_t room = sizeof c->out - c->out_len;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(c->out + c->out_len, room, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < room);
    c->out_len += (size_t)n;
}

/* The lines of a text as BDAT has it end in CRLF. */
static void put_text_head(struct client *c, const struct mail *m)
{
    put(c, "%zu:\r", m->plain.len + 1);
    c->say.step = STEP_BODY;
}

static void put_sender(struct client *c, const struct mail *m)
{
    put(c, ",%zu:%s,%zu:", strlen(m->from), m->from, (size_t)list_size(m));
    c->say.step = STEP_RCPT;
    c->say.recipient = 0;
}

static void put_recipient(struct client *c, const struct mail *m)
{
    const char *address = m->to[c->say.recipient].address;

    put(c, "%zu:%s,", strlen(address), address);
    if (++c->say.recipient < m->recipients)
        return;
    put(c, ",");
    if (c->owed == 0)
        c->hear = (struct place){STEP_BODY, c->say.mail, 0};
    c->owed += m->recipients;
    c->mails_sent = c->say.mail + 1;
    c->say = (struct place){
        c->mails_sent < c->mail_count ? STEP_MAIL : STEP_END, c->mails_sent, 0};
}

/* As many pieces as fit, up to the next text. */
static void write_pieces(struct client *c)
{
    while (sizeof c->out - c->out_len > PIECE_MOST) {
        const struct mail *m = client_mail_at(c, c->say);

        if (c->say.step == STEP_MAIL)
            put_text_head(c, m);
        else if (c->say.step == STEP_NEXT)
            put_sender(c, m);
        else if (c->say.step == STEP_RCPT)
            put_recipient(c, m);
        else
            break;
    }
}

/* A text goes as it lies. */
static struct ask say(struct client *c)
{
    struct ask a = {.kind = ASK_NOTHING};

    if (!c->opened || c->end != CLIENT_NOT_YET)
        return a;
    c->out_len = 0;
    write_pieces(c);
    if (c->out_len > 0) {
        a = (struct ask){.kind = ASK_SEND, .bytes = {c->out, c->out_len}};
    } else if (c->say.step == STEP_BODY) {
        a = (struct ask){.kind = ASK_SEND,
                         .bytes = client_mail_at(c, c->say)->plain,
                         .lasting = true};
        c->say.step = STEP_NEXT;
    }
    if (a.kind == ASK_SEND)
        client_said(c, a.bytes.len);
    return a;
}

/* The last reply to a message: one that somebody has is delivered. */
static void settle(struct client *c, struct mail *m)
{
    for (size_t i = 0; i < m->recipients; i++)
        if (m->to[i].code == 250) {
            mail_decide(m, 250);
            c->accepted_ns = c->now_ns;
            return;
        }
    mail_decide_by_recipients(m);
}

static void hear_reply(struct client *c, char letter)
{
    struct mail *m = client_mail_at(c, c->hear);

    waits_charge(&c->waits, STEP_BODY, c->now_ns);
    c->closed_ns = c->now_ns;
    m->to[c->hear.recipient].code = qmtp_code(letter);
    c->owed--;
    if (++c->hear.recipient == m->recipients) {
        settle(c, m);
        c->hear = (struct place){STEP_BODY, c->hear.mail + 1, 0};
    }
    if (c->owed == 0 && c->say.step == STEP_END) {
        client_finish(c, CLIENT_FINISHED);
        c->want |= WANT_HALF_CLOSE;
    }
    client_set_deadline(c);
}

/* A reply that nobody is owed comes before the last octet of its package, or
 * behind the last of all: no QMTP server has either. */
static size_t hear(struct client *c, struct span in)
{
    size_t all = 0;
    char letter;

    waits_count(&c->waits);
    while (all < in.len && !(c->want & WANT_ABORT)) {
        struct span rest = {in.at + all, in.len - all};

        all += qmtp_hear(&c->replies, rest, &letter);
        if (letter == '?' || (c->owed == 0 && c->end == CLIENT_NOT_YET))
            client_give_up(c, CLIENT_NONSENSE);
        else if (letter && c->owed > 0)
            hear_reply(c, letter);
    }
    if (c->want & WANT_ABORT)
        all = in.len;
    c->bytes_in += all;
    return all;
}

/* Without a QUIT there is nothing that a peer could answer by closing. */
static void hear_opened(struct client *c, const struct told *t)
{
    c->opened = true;
    c->secure = t->secure;
    c->fast = t->fast;
    c->opened_ns = c->now_ns;
    client_set_deadline(c);
}

static size_t qmtp_tell(struct machine *m, const struct told *t)
{
    struct client *c = (struct client *)m;

    c->now_ns = t->now_ns;
    if (t->kind == TOLD_BYTES)
        return hear(c, t->bytes);
    if (t->kind == TOLD_START)
        client_connect(c);
    else if (t->kind == TOLD_OPENED)
        hear_opened(c, t);
    else
        client_tell_rest(c, t);
    return 0;
}

static struct ask qmtp_ask(struct machine *m)
{
    struct client *c = (struct client *)m;
    struct ask a;

    if (c->want & WANT_OPEN) {
        c->want &= ~(unsigned)WANT_OPEN;
        return (struct ask){.kind = ASK_OPEN, .peer = c->peer};
    }
    a = say(c);
    return a.kind == ASK_NOTHING ? client_ask_rest(c) : a;
}

void qmtp_client_init(struct client *c)
{
    c->machine = (struct machine){qmtp_tell, qmtp_ask};
    c->used = c->config->manner;
    c->say = (struct place){STEP_MAIL, 0, 0};
    c->hear = (struct place){STEP_BODY, 0, 0};
}
