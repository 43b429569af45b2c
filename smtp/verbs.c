/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's commands and what they do. */
#include "smtp/server_flaw.h"
#include "smtp/verbs_inner.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool flawed(const struct server *s, uint32_t flaw)
{
    return s->config->flaws & flaw;
}

void verbs_reply(struct server *s, enum hold hold, const char *format, ...)
{
    char *at = s->out + s->out_len;
    size_t room = sizeof s->out - s->out_len;
    va_list args;
    size_t len;
    int n;

    va_start(args, format);
    n = vsnprintf(at, room - 2, format, args);
    va_end(args);
    assert(n >= 3 && (size_t)n < room - 2);
    len = (size_t)n;
    if (hold != BARE && s->config->offer.has & OFFER_ENHANCEDSTATUSCODES)
        len = verbs_enhance(at, len, room - 2, s->success);
    memcpy(at + len, "\r\n", 2);
    s->out_len += len + 2;
    s->replies += at[3] != '-';
    s->urgent |= hold != HELD;
    if (at[0] >= '4' && flawed(s, FLAW_FLUSH_ON_ERROR))
        s->drop_input = true;
}

void verbs_lines(struct server *s, enum hold hold, struct span lines)
{
    assert(!s->long_reply.at);
    s->replies++;
    if (lines.len <= sizeof s->out - s->out_len) {
        memcpy(s->out + s->out_len, lines.at, lines.len);
        s->out_len += lines.len;
        s->urgent |= hold == AT_ONCE;
        return;
    }
    s->long_reply.at = malloc(lines.len);
    s->long_reply.len = lines.len;
    if (s->long_reply.at)
        memcpy(s->long_reply.at, lines.at, lines.len);
    else
        s->abort = true;
}

static void leave(struct server *s)
{
    s->state = SERVER_LEAVING;
    s->half_close = true;
}

static const struct mail_sink no_sink;

static const struct mail_sink *sink(const struct server *s)
{
    return s->config->sink ? s->config->sink : &no_sink;
}

bool verbs_end_mail(struct server *s, bool accepted)
{
    bool kept = true;

    if (s->mail_open && !s->taken_before && sink(s)->end)
        kept = sink(s)->end(sink(s)->arg, accepted) || !accepted;
    if (accepted && kept && s->checkpointed)
        verbs_taken(s);
    if (accepted && kept && !s->taken_before) {
        s->mails++;
        s->recipients += s->accepted;
        s->text_bytes += s->text_len;
    }
    s->mail_open = s->last_rcpt_ok = false;
    s->chunking = s->chunk_void = false;
    s->checkpointed = s->taken_before = s->each = false;
    verbs_clear_envelope(s);
    s->known_len = s->line_end = 0;
    s->accepted = 0;
    s->text_len = 0;
    return kept;
}

void verbs_text(struct server *s, struct span part)
{
    part = verbs_new_text(s, part);
    s->text_len += part.len;
    if (part.len > 0 && sink(s)->text)
        sink(s)->text(sink(s)->arg, part);
}

/* What MAIL and RCPT have in common; answers what is wrong by itself. */
static bool path_of(struct server *s, enum verb verb, struct span rest,
                    struct span *path)
{
    const char *keyword = verb == VERB_MAIL ? "FROM:" : "TO:";
    struct path_argument a = wire_path(rest, keyword);

    *path = a.path;
    if (!a.ok)
        verbs_reply(s, HELD, "501 syntax: %s %s<address>", verb_name(verb),
                    keyword);
    else if (a.too_long)
        verbs_reply(s, HELD, "501 path too long");
    else
        return verbs_parameters(s, verb, a.parameters);
    return false;
}

static void on_mail(struct server *s, struct span rest)
{
    struct span from;

    s->success = "2.1.0";
    s->transid = (struct span){NULL, 0};
    s->prdr = false;
    if (!s->known_by_name) {
        verbs_reply(s, HELD, "503 send EHLO first");
    } else if (s->config->auth_required && !s->authenticated) {
        verbs_reply(s, HELD, "530 authentication required"); /* RFC 4954, 6 */
    } else if (s->mail_open) {
        verbs_reply(s, HELD, "503 nested MAIL");
    } else if (verbs_no_more_mail(s)) {
        verbs_leave(s, "421 too many messages in a session");
    } else if (path_of(s, VERB_MAIL, rest, &from)) {
        s->mail_open = true;
        s->each = verbs_each(s);
        s->begun++;
        if (verbs_resume(s))
            return;
        if (sink(s)->from)
            sink(s)->from(sink(s)->arg, from);
        verbs_reply(s, HELD, "250 sender <%.*s> OK", (int)from.len, from.at);
    }
}

static const char *verdict_on(const struct server *s, struct span to)
{
    for (size_t i = 0; i < s->config->verdict_count; i++)
        if (!s->config->verdicts[i].address ||
            span_is(to, s->config->verdicts[i].address))
            return s->config->verdicts[i].reply;
    return NULL;
}

static void judge(struct server *s, struct span to)
{
    const struct ability *able = verbs_ability(s, to);
    const char *refusal = verbs_ability_refusal(able, s->asked, true);
    const char *own = refusal ? refusal : verdict_on(s, to);

    s->last_rcpt_ok = false;
    if (to.len == 0) {
        verbs_reply(s, HELD, "501 no null recipient");
        return;
    }
    if (s->accepted == verbs_most_recipients(s)) {
        verbs_reply(s, HELD,
                    "452 too many recipients"); /* RFC 5321, 4.5.3.1.10 */
        return;
    }
    s->last_rcpt_ok = !own || own[0] == '2';
    if (s->last_rcpt_ok && !verbs_admit(s, to))
        return;
    if (s->last_rcpt_ok)
        verbs_note(s, to);
    if (s->last_rcpt_ok && sink(s)->to && !verbs_objects(s, to))
        sink(s)->to(sink(s)->arg, to);
    if (s->last_rcpt_ok && able && s->asked >= 0)
        verbs_tell(s, HELD, able, to, own);
    else if (own)
        verbs_reply(s, HELD, "%.500s", own);
    else
        verbs_reply(s, HELD, "250 recipient <%.*s> OK", (int)to.len, to.at);
}

static void on_rcpt(struct server *s, struct span rest)
{
    struct span to;

    s->asked = -1;
    s->success = "2.1.5";
    if (!s->mail_open || s->chunking)
        verbs_reply(s, HELD,
                    s->chunking ? "503 BDAT has begun" : "503 need MAIL");
    else if (path_of(s, VERB_RCPT, rest, &to))
        judge(s, to);
}

static void on_data(struct server *s, struct span rest)
{
    bool willing = s->accepted > 0;

    if (flawed(s, FLAW_DATA_LAST_RCPT))
        willing = s->last_rcpt_ok;
    if (flawed(s, FLAW_DATA_ALWAYS))
        willing = true;
    if (rest.len > 0) {
        verbs_reply(s, AT_ONCE, "501 DATA takes no parameter");
    } else if ((!s->mail_open && !s->batch) || s->chunking) {
        verbs_reply(s, AT_ONCE, "503 bad sequence of commands");
    } else if (!willing && !s->batch) { /* RFC 2033, 4.2 */
        verbs_reply(s, AT_ONCE, "%d no valid recipients given",
                    s->config->lmtp ? 503 : 554);
    } else {
        s->state = SERVER_TEXT;
        s->unstuff = (struct unstuff){AT_LINE};
        verbs_reply(s, AT_ONCE,
                    "354 enter mail, end with line containing only \".\"");
    }
}

/* RFC 3030, 2: the octets are read whatever the answer will be. */
static void on_bdat(struct server *s, struct span rest)
{
    struct bdat_argument a = wire_bdat(rest);

    if (!a.ok) {
        verbs_reply(s, AT_ONCE, "501 syntax: BDAT octets [LAST]");
        return;
    }
    s->chunking = true;
    s->chunk_void |= !s->mail_open || s->accepted == 0;
    s->chunk_last = a.last;
    s->chunk_left = s->chunk_len = a.octets;
    s->state = SERVER_CHUNK;
}

static void on_rset(struct server *s, struct span rest)
{
    (void)rest;
    verbs_end_mail(s, false);
    verbs_reply(s, HELD, "250 reset");
}

static void on_noop(struct server *s, struct span rest)
{
    (void)rest;
    verbs_reply(s, AT_ONCE, "250 OK");
}

static void on_expn(struct server *s, struct span rest)
{
    (void)rest;
    verbs_reply(s, AT_ONCE, "502 no lists here");
}

static void on_help(struct server *s, struct span rest)
{
    (void)rest;
    verbs_reply(s, AT_ONCE, "214 see RFC 5321");
}

static void on_quit(struct server *s, struct span rest)
{
    (void)rest;
    verbs_end_mail(s, false);
    verbs_heard(s);
    verbs_reply(s, AT_ONCE, "221 goodbye");
    leave(s);
}

/* clang-format off */
static void (*const on_verb[])(struct server *, struct span) = {
    [VERB_HELO] = verbs_helo, [VERB_EHLO] = verbs_ehlo, [VERB_MAIL] = on_mail,
    [VERB_RCPT] = on_rcpt, [VERB_DATA] = on_data, [VERB_BDAT] = on_bdat,
    [VERB_RSET] = on_rset, [VERB_NOOP] = on_noop, [VERB_VRFY] = verbs_vrfy,
    [VERB_STARTTLS] = verbs_starttls, [VERB_AUTH] = verbs_auth,
    [VERB_XRCAP] = verbs_xrcap, [VERB_RCAP] = verbs_xrcap,
    [VERB_EXPN] = on_expn, [VERB_HELP] = on_help, [VERB_QUIT] = on_quit,
    [VERB_BSMTP] = verbs_bsmtp, [VERB_LHLO] = verbs_ehlo,
    [VERB_QHLO] = verbs_qhlo, [VERB_QTLS] = verbs_qtls,
};
/* clang-format on */

/* A server does not know the verbs of what it never offers. */
static bool known(const struct server *s, enum verb v)
{
    if (v == VERB_BDAT)
        return s->config->offer.has & OFFER_CHUNKING;
    if (v == VERB_STARTTLS)
        return s->config->offer.has & OFFER_STARTTLS;
    if (v == VERB_LHLO)
        return s->config->lmtp;
    if (v == VERB_EHLO || v == VERB_HELO) /* RFC 2033, 4.1 */
        return !s->config->lmtp;
    if (v == VERB_BSMTP)
        return s->config->offer.has & OFFER_BSMTP && !s->config->lmtp;
    if (v == VERB_QHLO || v == VERB_QTLS)
        return s->config->offer.has & OFFER_QUICKSTART && !s->config->lmtp &&
               (v == VERB_QHLO || s->config->offer.has & OFFER_STARTTLS);
    if (v == VERB_AUTH)
        return s->config->account_count > 0;
    return v != VERB_UNKNOWN;
}

static void on_unknown(struct server *s)
{
    if (flawed(s, FLAW_UNKNOWN_554))
        verbs_leave(s, "554 this is an attack");
    else if (!flawed(s, FLAW_UNKNOWN_MUTE))
        verbs_reply(s, AT_ONCE, "500 command unrecognized");
}

void verbs_line(struct server *s)
{
    struct command c = wire_command((struct span){s->line.at, s->line.len});

    s->success = NULL;
    if (flaw_closes(s, c.verb))
        return;
    if (s->line.overlong)
        verbs_reply(s, AT_ONCE, "500 line too long");
    else if (!known(s, c.verb))
        on_unknown(s);
    else
        on_verb[c.verb](s, c.rest);
    flaw_behind(s, c.verb);
}

void verbs_text_end(struct server *s)
{
    const char *objection = verbs_objection(s);

    s->success = NULL;
    s->state = SERVER_COMMAND;
    if (s->each && s->accepted > 0) {
        verbs_answer_each(s, verbs_too_big(s, s->text_len));
        return;
    }
    if (s->accepted == 0) {
        verbs_reply(s, HELD, "554 no valid recipients");
        verbs_end_mail(s, false);
    } else if (verbs_too_big(s, s->text_len)) {
        verbs_reply(s, HELD, "552 message too big");
        verbs_end_mail(s, false);
    } else if (objection) {
        verbs_reply(s, HELD, "%.500s", objection);
        verbs_end_mail(s, false);
    } else {
        verbs_reply(s, HELD,
                    verbs_end_mail(s, true) ? "250 message sent" : NOT_KEPT);
    }
    flaw_behind(s, VERB_UNKNOWN);
}

static void end_chunks(struct server *s)
{
    unsigned long long all = s->text_len;

    if (verbs_end_mail(s, true))
        verbs_reply(s, HELD, "250 Message OK, %llu octets received", all);
    else
        verbs_reply(s, HELD, NOT_KEPT);
}

/* RFC 3030, 2: once a chunk has failed, those behind it fail too. */
void verbs_chunk_end(struct server *s)
{
    unsigned long long len = s->chunk_len;
    const char *objection = verbs_objection(s);

    s->success = NULL;
    s->state = SERVER_COMMAND;
    s->chunk_void |= verbs_too_big(s, s->text_len);
    if (s->chunk_last && s->each && s->accepted > 0) {
        verbs_answer_each(s, s->chunk_void);
        return;
    }
    if (s->chunk_last && s->config->lmtp)
        ; /* for nobody, and so no reply: RFC 2033, 4.3 */
    else if (!s->mail_open)
        verbs_reply(s, HELD, "503 need MAIL");
    else if (s->accepted == 0)
        verbs_reply(s, HELD, "554 no valid recipients given");
    else if (s->chunk_void)
        verbs_reply(s, HELD, "552 message too big");
    else if (s->chunk_last && objection)
        verbs_reply(s, HELD, "%.500s", objection);
    else if (s->chunk_last)
        end_chunks(s);
    else
        verbs_reply(s, HELD, "250 %llu octets received", len);
    if (s->chunk_last || !s->mail_open)
        verbs_end_mail(s, false);
    flaw_behind(s, VERB_UNKNOWN);
}

void verbs_greet(struct server *s)
{
    s->greeted = true;
    if (s->config->refusal) {
        verbs_reply(s, BARE, "%.500s", s->config->refusal);
        leave(s);
    } else if (flawed(s, FLAW_PIX)) {
        verbs_reply(s, BARE, "220 ******************2***0***");
    } else if (verbs_offered(s) & OFFER_QUICKSTART) {
        verbs_reply(s, BARE, "220-%s SMTP service ready", s->config->name);
        verbs_list(s, 220);
    } else {
        verbs_reply(s, BARE, "220 %s %s service ready", s->config->name,
                    s->config->lmtp ? "LMTP" : "SMTP");
    }
}

void verbs_forget(struct server *s)
{
    s->verdicts.left = 0;
    s->mail_open &= !verbs_keep(s);
    verbs_end_mail(s, false);
}

void verbs_leave(struct server *s, const char *text)
{
    verbs_reply(s, AT_ONCE, "%s", text);
    leave(s);
}
