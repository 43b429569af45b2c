/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's half of speech.h: replies, and what each of them answers. */
#include "bench/read/speech_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Signs of mail in a line of a reply: the greeting's protocol name, keywords
 * of EHLO, an enhanced status code (RFC 3463) of the reply's own class. */
static bool sounds_like_mail(const char *line, size_t len, bool first)
{
    static const char *const keyword[] = {
        "PIPELINING",          "8BITMIME", "SIZE", "CHUNKING", "STARTTLS",
        "ENHANCEDSTATUSCODES", "SMTPUTF8"};
    char text[SPEECH_LINE + 1];

    snprintf(text, sizeof text, "%.*s", (int)len, line);
    if (first && (strcasestr(text, "SMTP") || strcasestr(text, "LMTP")))
        return true;
    if (strncmp(text, "354", 3) == 0)
        return true;
    for (size_t i = 0; i < sizeof keyword / sizeof keyword[0]; i++)
        if (strncmp(text, "250", 3) == 0 &&
            speech_begins(text + 4, len - 4, keyword[i]))
            return true;
    return len > 9 && text[4] == text[0] && text[5] == '.' &&
           strspn(text + 6, "0123456789") > 0 &&
           text[6 + strspn(text + 6, "0123456789")] == '.';
}

/* The reply to a body's end. Under LMTP (RFC 2033, 4.2) and PRDR each accepted
 * recipient has one of its own. */
static void answer_end(struct speech *s, int code)
{
    if (code / 100 == 2)
        s->accepted++;
    if (s->finals > 0)
        s->finals--;
    else if (code == 353)
        s->finals = s->recipients + 1;
    else if (s->lmtp && s->recipients > 0)
        s->finals = s->recipients - 1;
    if (s->finals == 0)
        owed_pop(&s->owed);
}

/* 354 is said to DATA alone: where the count has slipped, it sets it right. */
static void answer_data(struct speech *s)
{
    s->data_reply = 354;
    if (!owed_pop_data(&s->owed) && s->client_mode == MODE_LINES &&
        s->command.len == 0)
        s->client_mode = MODE_TEXT;
}

static void answer(struct speech *s, int code)
{
    bool unmarked = s->client_mode == MODE_BODY && s->owed.count == 0 &&
                    (s->body_lost || s->bare == 5);

    s->auth = code == 334;
    s->lost = false;
    if (code == 354) {
        answer_data(s);
        return;
    }
    if (unmarked) /* the server saw an end where we did not */
        speech_end_body(s);
    switch (owed_first(&s->owed)) {
    case OWED_END:
        answer_end(s, code);
        return;
    case OWED_MAIL:
        s->recipients = 0;
        break;
    case OWED_RCPT:
        s->recipients += code / 100 == 2;
        break;
    case OWED_DATA:
        s->data_reply = code;
        break;
    case OWED_NOTHING:
    case OWED_GREETING:
    case OWED_COMMAND:
    case OWED_HELLO:
    case OWED_STARTTLS:
    case OWED_AUTH:
    case OWED_RSET:
    case OWED_CHUNK:
    case OWED_QUIT:
        break;
    }
    owed_pop(&s->owed);
}

/* What would move a reader's cursor becomes '?'. */
static void keep_banner(struct speech *s, const char *text, size_t len)
{
    snprintf(s->banner, sizeof s->banner, "%.*s", (int)len, text);
    for (char *c = s->banner; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
}

/* The lines of EHLO's reply, but for the first, which greets; and those of a
 * greeting that is one, behind which QHLO is answered by a line alone:
 * draft-fanf-smtp-quickstart-a-00. */
static void learn_offer(struct speech *s, const char *line, size_t len)
{
    struct offer *o = &s->facts.offer;
    bool greeting = owed_first(&s->owed) == OWED_GREETING;
    bool last = len <= 3 || line[3] != '-';

    if (!(greeting && strncmp(line, "220", 3) == 0) &&
        !(owed_first(&s->owed) == OWED_HELLO && strncmp(line, "250", 3) == 0))
        return;
    if (s->reply_lines > 0 && len > 4)
        offer_learn(o, (struct span){line + 4, len - 4});
    else if (greeting || !last || !(o->has & OFFER_QUICKSTART))
        *o = (struct offer){0};
    if (greeting && last && !(o->has & OFFER_QUICKSTART))
        *o = (struct offer){0};
    s->facts.offer_known |= !greeting || o->has & OFFER_QUICKSTART;
}

static void take_reply(struct speech *s)
{
    const char *line = s->reply.at;
    size_t len = speech_kept(&s->reply);
    bool is_reply = len >= 3 && line[0] >= '2' && line[0] <= '5' &&
                    line[1] >= '0' && line[1] <= '9' && line[2] >= '0' &&
                    line[2] <= '9' &&
                    (len == 3 || line[3] == ' ' || line[3] == '-');
    char code[4];

    s->reply.len = 0;
    s->server_lines++;
    if (!is_reply) {
        words_add(&s->replied, "line");
        return;
    }
    if (owed_first(&s->owed) == OWED_GREETING && s->server_lines == 1 &&
        len > 4)
        keep_banner(s, line + 4, len - 4);
    s->mail = s->mail || sounds_like_mail(line, len, s->server_lines == 1);
    learn_offer(s, line, len);
    s->reply_lines++;
    if (len > 3 && line[3] == '-')
        return;
    s->reply_lines = 0;
    memcpy(code, line, 3);
    code[3] = 0;
    words_add(&s->replied, code);
    answer(s, atoi(code));
}

/* Whether TLS begins with these bytes. */
static bool begins_tls(const struct speech *s, const uint8_t *at)
{
    return at && s->server_mode == MODE_LINES && s->reply.len == 0 &&
           !s->server_sealed && at[0] < 24 && at[0] >= 20;
}

bool speech_server_clear(struct speech *s, const uint8_t *at, size_t len)
{
    bool whole, spoke = false, sealed = s->server_sealed;

    while (len > 0) {
        size_t n;

        if (!sealed && begins_tls(s, at))
            return speech_server(s, at, len) || spoke;
        if (s->server_mode == MODE_OTHER || !at) {
            s->reply.len = 0;
            return true;
        }
        if (s->server_mode == MODE_QMTP) {
            speech_take_answers(s, at, len);
            return true;
        }
        n = speech_take_line(&s->reply, at, len, &whole);
        if (whole)
            take_reply(s);
        speech_lose_patience(s);
        at += n;
        len -= n;
        spoke = true;
    }
    return spoke;
}

bool speech_server(struct speech *s, const uint8_t *at, size_t len)
{
    if (begins_tls(s, at)) {
        s->server_sealed = s->unseal != NULL;
        if (!s->server_sealed)
            s->server_mode = MODE_TLS;
    }
    return s->server_mode == MODE_TLS || s->server_sealed
               ? speech_tls(s, TLS_SERVER, at, len)
               : speech_server_clear(s, at, len);
}
