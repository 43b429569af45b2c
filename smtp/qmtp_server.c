/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes packages, and answers for each recipient. */
#include "smtp/qmtp_server.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "smtp/alarm.h"

/* Room for the longest reply: a length, a letter, and what a verdict says. */
enum { REPLY_ROOM = 520 };

/* In `verdict`: taken; a verdict of the config's, less one; or no address. */
enum { TAKEN = 0, NO_ADDRESS = 255, VERDICTS = NO_ADDRESS - 1 };

static const struct mail_sink no_sink;

static const struct mail_sink *sink(const struct qmtp_server *s)
{
    return s->config->sink ? s->config->sink : &no_sink;
}

/* What cannot be told in a line of a header is none. */
static bool is_address(const struct qmtp_server *s)
{
    if (s->address_len > sizeof s->address)
        return false;
    for (size_t i = 0; i < s->address_len; i++)
        if ((unsigned char)s->address[i] < ' ' || s->address[i] == 127)
            return false;
    return true;
}

static uint8_t judge(const struct qmtp_server *s, struct span to)
{
    const struct server_config *c = s->config;

    if (s->no_sender || to.len == 0 || !is_address(s))
        return NO_ADDRESS;
    for (size_t i = 0; i < c->verdict_count; i++)
        if (!c->verdicts[i].address || span_is(to, c->verdicts[i].address))
            return (uint8_t)(1 + i);
    return TAKEN;
}

static bool takes(const struct qmtp_server *s, uint8_t verdict)
{
    return verdict == TAKEN ||
           (verdict != NO_ADDRESS &&
            s->config->verdicts[verdict - 1].reply[0] == '2');
}

static size_t kept_len(const struct qmtp_server *s)
{
    return s->address_len < sizeof s->address ? s->address_len
                                              : sizeof s->address;
}

static struct span address_of(const struct qmtp_server *s)
{
    return (struct span){s->address, kept_len(s)};
}

static void take_sender(struct qmtp_server *s)
{
    s->no_sender = !is_address(s);
    if (!s->no_sender && sink(s)->from)
        sink(s)->from(sink(s)->arg, address_of(s));
    s->address_len = 0;
}

/* Beyond SERVER_RECIPIENTS nobody is taken: RFC 5321, 4.5.3.1.8. */
static void take_recipient(struct qmtp_server *s)
{
    struct span to = address_of(s);

    if (s->to_count < SERVER_RECIPIENTS) {
        uint8_t verdict = judge(s, to);

        s->verdict[s->to_count] = verdict;
        s->accepted += takes(s, verdict);
        if (takes(s, verdict) && sink(s)->to)
            sink(s)->to(sink(s)->arg, to);
    }
    s->to_count++;
    s->address_len = 0;
}

/* What does not fit is counted, and makes it no address. */
static void take_address(struct qmtp_server *s, struct span part)
{
    size_t at = kept_len(s), room = sizeof s->address - at;

    memcpy(s->address + at, part.at, part.len < room ? part.len : room);
    s->address_len += part.len;
}

static void tell_text(struct qmtp_server *s, struct span part)
{
    const struct server_config *c = s->config;

    s->text_len += part.len;
    s->too_big |= c->offer.size_max > 0 && s->text_len > c->offer.size_max;
    if (!s->too_big && part.len > 0 && sink(s)->text)
        sink(s)->text(sink(s)->arg, part);
}

static void take_text(struct qmtp_server *s, struct span part)
{
    while (s->packages.lf && part.len > 0) {
        const char *lf = memchr(part.at, '\n', part.len);
        size_t line = lf ? (size_t)(lf - part.at) : part.len;

        tell_text(s, (struct span){part.at, line});
        if (lf)
            tell_text(s, span_of("\r\n"));
        line += lf != NULL;
        part = (struct span){part.at + line, part.len - line};
    }
    tell_text(s, part);
}

static void end_mail(struct qmtp_server *s, bool accepted)
{
    accepted &= s->accepted > 0 && !s->too_big;
    s->kept = true;
    if (sink(s)->end)
        s->kept = sink(s)->end(sink(s)->arg, accepted) || !accepted;
    if (accepted && s->kept) {
        s->mails++;
        s->recipients += s->accepted;
        s->text_bytes += s->text_len;
    }
}

/* Each reply costs the server its time to think. */
static void set_reply(struct qmtp_server *s)
{
    s->due = s->answered < s->to_count;
    s->due_ns = s->now_ns + s->config->think_ns;
}

static void take_event(struct qmtp_server *s, const struct qmtp_read *r)
{
    switch (r->event) {
    case QMTP_TEXT_PART:
        take_text(s, r->part);
        break;
    case QMTP_SENDER_PART:
    case QMTP_RECIPIENT_PART:
        take_address(s, r->part);
        break;
    case QMTP_SENDER_END:
        take_sender(s);
        break;
    case QMTP_RECIPIENT_END:
        take_recipient(s);
        break;
    case QMTP_PACKAGE_END:
        end_mail(s, true);
        set_reply(s);
        break;
    case QMTP_NO_PACKAGE:
        s->leaving = true;
        break;
    case QMTP_NOTHING:
        break;
    }
}

static const char *text_of(const struct qmtp_server *s, size_t i)
{
    if (i >= SERVER_RECIPIENTS)
        return "452 too many recipients";
    if (s->verdict[i] == NO_ADDRESS)
        return "501 no such address can be";
    if (s->verdict[i] != TAKEN && !takes(s, s->verdict[i]))
        return s->config->verdicts[s->verdict[i] - 1].reply;
    if (s->too_big)
        return "552 message too big";
    return s->kept ? "250 message taken" : "451 the message could not be kept";
}

static void say_reply(struct qmtp_server *s)
{
    const char *text = text_of(s, s->answered);
    char code[2] = {text[0], '\0'};
    int len = (int)strnlen(text, REPLY_ROOM - 16);

    s->out_len += (size_t)snprintf(
        s->out + s->out_len, sizeof s->out - s->out_len, "%d:%c%.*s,", len + 1,
        qmtp_letter(100 * (code[0] - '0')), len, text);
    s->replies++;
    s->answered++;
    set_reply(s);
    if (s->due)
        return;
    s->to_count = s->accepted = s->answered = 0;
    s->text_len = 0;
    s->too_big = false;
}

static bool has_room(const struct qmtp_server *s)
{
    return sizeof s->out - s->out_len >= REPLY_ROOM;
}

static void say_replies(struct qmtp_server *s)
{
    while (s->due && s->now_ns >= s->due_ns && has_room(s)) {
        say_reply(s);
        s->idle_ns = s->now_ns + s->config->idle_timeout_ns;
    }
}

static void come_on(struct qmtp_server *s, size_t taken)
{
    s->progress += taken;
    if (s->progress < SERVER_PROGRESS)
        return;
    s->progress = 0;
    s->idle_ns = s->now_ns + s->config->idle_timeout_ns;
}

static size_t take(struct qmtp_server *s, struct span in)
{
    size_t taken = 0;

    while (taken < in.len && !s->due && !s->leaving) {
        struct qmtp_read r = qmtp_read(
            &s->packages, (struct span){in.at + taken, in.len - taken});

        taken += r.taken;
        come_on(s, r.taken);
        take_event(s, &r);
        say_replies(s);
    }
    if (s->leaving)
        taken = in.len;
    s->input_left = taken < in.len;
    return taken;
}

static void over(struct qmtp_server *s)
{
    if (s->open && s->packages.at != QMTP_TEXT_LEN)
        end_mail(s, false); /* it has begun */
    s->open = s->due = false;
    s->idle_ns = NEVER_NS;
    s->out_len = 0;
}

static void ring(struct qmtp_server *s)
{
    s->alarm_ns = NEVER_NS;
    if (s->due)
        say_replies(s);
    else if (s->now_ns >= s->idle_ns)
        *(s->half_closed ? &s->abort : &s->leaving) = true;
}

static void open_session(struct qmtp_server *s, bool secure)
{
    s->open = true;
    s->secure = secure;
    s->idle_ns = s->now_ns + s->config->idle_timeout_ns;
}

/* What the last ask took is said. */
static void clear_said(struct qmtp_server *s)
{
    if (s->out_taken)
        s->out_len = 0;
    s->out_taken = false;
}

static size_t qmtp_tell(struct machine *m, const struct told *t)
{
    struct qmtp_server *s = (struct qmtp_server *)m;

    clear_said(s);
    s->now_ns = t->now_ns;
    switch (t->kind) {
    case TOLD_OPENED:
        open_session(s, t->secure);
        break;
    case TOLD_BYTES:
        return take(s, t->bytes);
    case TOLD_END:
        s->ended = true;
        break;
    case TOLD_RESET:
        over(s);
        break;
    case TOLD_WAKE:
        ring(s);
        break;
    case TOLD_START:
    case TOLD_REFUSED:
    case TOLD_DATAGRAM:
        break;
    }
    return 0;
}

/* Replies are held while more lies ready, unless there is no room for more. */
static bool must_send(const struct qmtp_server *s)
{
    return s->open && s->out_len > 0 &&
           (!s->input_left || s->ended || !has_room(s));
}

static struct ask control(struct qmtp_server *s)
{
    if (s->open && s->abort) {
        over(s);
        return (struct ask){.kind = ASK_ABORT};
    }
    if (s->open && (s->leaving || s->ended) && !s->due && !s->half_closed) {
        s->half_closed = true;
        s->idle_ns = s->now_ns + SERVER_LINGER_NS;
        if (s->ended)
            over(s);
        return (struct ask){.kind = ASK_HALF_CLOSE};
    }
    if (s->open && s->half_closed && s->ended)
        over(s);
    return (struct ask){.kind = ASK_NOTHING};
}

static struct ask alarm_clock(struct qmtp_server *s)
{
    return ask_wake_by(&s->alarm_ns, s->due ? s->due_ns : s->idle_ns);
}

static struct ask qmtp_ask(struct machine *m)
{
    struct qmtp_server *s = (struct qmtp_server *)m;
    struct ask a;

    clear_said(s);
    say_replies(s);
    if (must_send(s)) {
        s->out_taken = true;
        return (struct ask){.kind = ASK_SEND, .bytes = {s->out, s->out_len}};
    }
    a = control(s);
    return a.kind == ASK_NOTHING ? alarm_clock(s) : a;
}

void qmtp_server_init(struct qmtp_server *s, const struct server_config *config)
{
    assert(config->verdict_count <= VERDICTS);
    memset(s, 0, sizeof *s);
    s->machine = (struct machine){qmtp_tell, qmtp_ask};
    s->config = config;
    s->idle_ns = s->alarm_ns = NEVER_NS;
}
