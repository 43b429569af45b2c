/* SPDX-License-Identifier: BSD-2-Clause */
/* STARTTLS (RFC 3207) and AUTH (RFC 4954, 4), as the server does them. */
#include <string.h>

#include "smtp/verbs_inner.h"
#include "smtp/wire.h"

/* Passwords in the clear are not asked for where TLS is to be had. */
bool verbs_may_auth(const struct server *s)
{
    bool tls_to_come = s->config->can_secure && !s->secure &&
                       s->config->offer.has & OFFER_STARTTLS;

    return s->config->account_count > 0 && !tls_to_come;
}

/* Nothing that comes behind this command in the clear is read: RFC 3207, 4. */
void verbs_starttls(struct server *s, struct span rest)
{
    if (s->secure) {
        verbs_reply(s, AT_ONCE, "503 this is TLS");
    } else if (s->wrong_id) {
        verbs_reply(s, AT_ONCE, "503 QHLO was refused");
    } else if (rest.len > 0) {
        verbs_reply(s, AT_ONCE, "501 STARTTLS takes no parameter");
    } else if (!s->config->can_secure) {
        verbs_reply(s, AT_ONCE, "454 TLS is not available");
    } else {
        verbs_reply(s, AT_ONCE, "220 go ahead");
        s->state = SERVER_SECURING;
        s->idle_ns = NEVER_NS; /* the tls_machine times the handshake */
        s->tls_due = true;
    }
}

static bool is_word(struct span s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}

static void judge_login(struct server *s, struct span user,
                        struct span password)
{
    s->state = SERVER_COMMAND;
    for (size_t i = 0; i < s->config->account_count; i++)
        s->authenticated |= is_word(user, s->config->accounts[i].user) &&
                            is_word(password, s->config->accounts[i].password);
    if (s->authenticated)
        verbs_reply(s, HELD, "235 welcome");
    else
        verbs_reply(s, HELD, "535 wrong name or password");
}

static void challenge(struct server *s, const char *text)
{
    char coded[40];

    base64_encode(span_of(text), coded);
    s->state = SERVER_ANSWER;
    verbs_reply(s, AT_ONCE, "334 %s", coded);
}

/* LOGIN names its user first; the password is asked for next. */
static void hear_login(struct server *s, struct span word)
{
    if (*s->user) {
        judge_login(s, span_of(s->user), word);
    } else if (word.len == 0 || word.len > AUTH_WORD ||
               memchr(word.at, '\0', word.len)) {
        s->state = SERVER_COMMAND;
        verbs_reply(s, HELD, "535 no such name");
    } else {
        memcpy(s->user, word.at, word.len);
        s->user[word.len] = '\0';
        challenge(s, "Password:");
    }
}

/* A response of the client, initial or not. */
static void hear_response(struct server *s, struct span coded)
{
    char text[WIRE_LINE];
    int len = base64_decode(coded, text, sizeof text);
    struct span word = {text, len < 0 ? 0 : (size_t)len};
    struct plain_words plain;

    if (len < 0) {
        s->state = SERVER_COMMAND;
        verbs_reply(s, HELD, "501 that is not base64");
    } else if (s->mechanism == MECHANISM_LOGIN) {
        hear_login(s, word);
    } else {
        plain = auth_plain(word);
        judge_login(s, plain.user, plain.password);
    }
}

void verbs_answer(struct server *s)
{
    struct span line = {s->line.at, s->line.len};

    s->state = SERVER_COMMAND;
    if (s->line.overlong)
        verbs_reply(s, AT_ONCE, "500 line too long");
    else if (is_word(line, "*"))
        verbs_reply(s, AT_ONCE, "501 cancelled");
    else
        hear_response(s, line);
}

static void begin_auth(struct server *s, enum mechanism m, struct span initial)
{
    s->mechanism = m;
    *s->user = '\0';
    if (initial.len == 0)
        challenge(s, m == MECHANISM_LOGIN ? "Username:" : "");
    else
        hear_response(s, is_word(initial, "=") ? span_of("") : initial);
}

void verbs_auth(struct server *s, struct span rest)
{
    struct span name = span_word(&rest);
    uint32_t bit = auth_bit(name);

    if (!verbs_may_auth(s))
        verbs_reply(s, AT_ONCE, "538 encryption is required: STARTTLS");
    else if (!s->known_by_name || s->mail_open || s->authenticated)
        verbs_reply(s, AT_ONCE, "503 bad sequence of commands");
    else if (name.len == 0)
        verbs_reply(s, AT_ONCE, "501 syntax: AUTH mechanism [response]");
    else if (!bit)
        verbs_reply(s, AT_ONCE, "504 no such mechanism");
    else
        begin_auth(
            s, bit == 1u << MECHANISM_LOGIN ? MECHANISM_LOGIN : MECHANISM_PLAIN,
            rest);
}
