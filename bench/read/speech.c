/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/speech_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* After so many lines of either side without a sign of mail there is none. */
enum { PATIENCE_LINES = 40, PATIENCE_BYTES = 1 << 16 };

/* clang-format off */
static const struct {
    const char *name;
    enum owed_kind owes;
    enum phase phase;
    bool mail; /* no other protocol has it */
} verbs[] = {
    {"EHLO",     OWED_HELLO,    PHASE_HELLO,    true},
    {"HELO",     OWED_HELLO,    PHASE_HELLO,    true},
    {"LHLO",     OWED_HELLO,    PHASE_HELLO,    true},
    {"QHLO",     OWED_HELLO,    PHASE_HELLO,    true},
    {"MAIL",     OWED_MAIL,     PHASE_ENVELOPE, false},
    {"RCPT",     OWED_RCPT,     PHASE_ENVELOPE, false},
    {"DATA",     OWED_DATA,     PHASE_DATA,     false},
    {"BDAT",     OWED_CHUNK,    PHASE_BODY,     false},
    {"BURL",     OWED_COMMAND,  PHASE_BODY,     false},
    {"RSET",     OWED_RSET,     PHASE_ENVELOPE, false},
    {"NOOP",     OWED_COMMAND,  PHASE_OTHER,    false},
    {"QUIT",     OWED_QUIT,     PHASE_QUIT,     false},
    {"VRFY",     OWED_COMMAND,  PHASE_OTHER,    false},
    {"EXPN",     OWED_COMMAND,  PHASE_OTHER,    false},
    {"HELP",     OWED_COMMAND,  PHASE_OTHER,    false},
    {"AUTH",     OWED_AUTH,     PHASE_AUTH,     false},
    {"STARTTLS", OWED_STARTTLS, PHASE_TLS,      false},
    {"ETRN",     OWED_COMMAND,  PHASE_OTHER,    false},
    {"XCLIENT",  OWED_COMMAND,  PHASE_OTHER,    false},
    {"XFORWARD", OWED_COMMAND,  PHASE_OTHER,    false},
    {"QTLS",     OWED_GREETING, PHASE_TLS,      true}, /* inside TLS */
    {"BSMTP",    OWED_COMMAND,  PHASE_OTHER,    true},
};
/* clang-format on */

enum { VERBS = sizeof verbs / sizeof verbs[0] };

void speech_init(struct speech *s, bool from_start, struct keylog *keys)
{
    memset(s, 0, sizeof *s);
    s->keys = keys;
    s->saying = PHASE_COUNT;
    if (from_start)
        owed_push(&s->owed, OWED_GREETING);
}

void speech_release(struct speech *s)
{
    words_release(&s->said);
    words_release(&s->replied);
    owed_release(&s->owed);
    unseal_free(s->unseal);
}

static void note(struct speech *s, enum phase p)
{
    if (s->saying == PHASE_COUNT)
        s->saying = p;
}

static size_t shorter(size_t a, size_t b)
{
    return a < b ? a : b;
}

bool speech_begins(const char *line, size_t len, const char *with)
{
    size_t n = strlen(with);

    return len >= n && strncasecmp(line, with, n) == 0;
}

/* The verb that a command line begins with, or VERBS. */
static int verb_of(const char *line, size_t len)
{
    for (int i = 0; i < VERBS; i++) {
        size_t n = strlen(verbs[i].name);

        if (speech_begins(line, len, verbs[i].name) &&
            (len == n || memchr(" \t\r\n", line[n], 4)))
            return i;
    }
    return VERBS;
}

/* A line up to its LF. Returns how many bytes were taken; `*whole` says that
 * the LF was among them. */
size_t speech_take_line(struct speech_line *l, const uint8_t *at, size_t len,
                        bool *whole)
{
    const uint8_t *lf = memchr(at, '\n', len);
    size_t n = lf ? (size_t)(lf - at) + 1 : len;

    if (l->len < SPEECH_LINE)
        memcpy(l->at + l->len, at, shorter(n, SPEECH_LINE - l->len));
    l->len += n;
    *whole = lf != NULL;
    return n;
}

size_t speech_kept(const struct speech_line *l)
{
    size_t n = shorter(l->len, SPEECH_LINE);

    while (n > 0 && (l->at[n - 1] == '\n' || l->at[n - 1] == '\r'))
        n--;
    return n;
}

/* An unknown verb is said as it stands if it looks like one. */
static void say_unknown(struct speech *s, const char *line, size_t len)
{
    char word[WORD];
    size_t n = 0;

    while (n < len && n < WORD - 1 &&
           ((line[n] >= 'A' && line[n] <= 'Z') ||
            (line[n] >= 'a' && line[n] <= 'z'))) {
        word[n] = (char)(line[n] & ~0x20);
        n++;
    }
    word[n] = 0;
    if (n < 3 || (n < len && line[n] != ' '))
        words_add(&s->said, "line");
    else
        words_add(&s->said, word);
}

/* `BDAT octets [LAST]` (RFC 3030, 2). */
static void take_bdat(struct speech *s, const char *line, size_t len)
{
    char text[64], *end;

    snprintf(text, sizeof text, "%.*s", (int)shorter(len, 60), line);
    s->chunk = strtoull(text + 4, &end, 10);
    s->client_mode = s->chunk ? MODE_CHUNK : MODE_LINES;
    s->facts.bdat = true;
    s->facts.body_bytes += s->chunk;
    s->facts.messages += strcasestr(end, "LAST") != NULL;
    owed_push(&s->owed, strcasestr(end, "LAST") ? OWED_END : OWED_CHUNK);
}

static void take_known(struct speech *s, int verb, const char *line, size_t len)
{
    const char *name = verbs[verb].name;

    words_add(&s->said, name);
    note(s, verbs[verb].phase);
    if (verbs[verb].mail || speech_begins(line, len, "MAIL FROM:") ||
        speech_begins(line, len, "RCPT TO:"))
        s->mail = true;
    if (strcmp(name, "LHLO") == 0)
        s->lmtp = true;
    if (strcmp(name, "BDAT") == 0) {
        take_bdat(s, line, len);
    } else if (strcmp(name, "BURL") == 0 && len > 9 &&
               speech_begins(line + len - 5, 5, " LAST")) {
        owed_push(&s->owed, OWED_END);
        s->facts.messages++;
    } else if (verbs[verb].owes != OWED_NOTHING) {
        owed_push(&s->owed, verbs[verb].owes);
    }
    s->facts.recipients += verbs[verb].owes == OWED_RCPT;
    s->facts.auth_lines += verbs[verb].owes == OWED_AUTH;
    if (verbs[verb].owes == OWED_DATA) {
        s->client_mode = MODE_TEXT;
        s->data_reply = 0;
    }
}

static void take_command(struct speech *s)
{
    const char *line = s->command.at;
    size_t len = speech_kept(&s->command);
    int verb = verb_of(line, len);

    s->command.len = 0;
    s->client_lines++;
    if (s->auth && verb == VERBS) {
        words_add(&s->said, "auth");
        note(s, PHASE_AUTH);
        owed_push(&s->owed, OWED_AUTH);
        s->facts.auth_lines++;
    } else if (verb < VERBS) {
        take_known(s, verb, line, len);
    } else {
        say_unknown(s, line, len);
        note(s, PHASE_OTHER);
        if (!speech_begins(line, len,
                           "PROXY ")) /* a proxy's: nobody answers it */
            owed_push(&s->owed, OWED_COMMAND);
    }
    s->auth = false;
}

/* Gives up on what cannot be mail. */
void speech_lose_patience(struct speech *s)
{
    if (s->mail)
        return;
    if (s->client_lines > PATIENCE_LINES || s->server_lines > PATIENCE_LINES ||
        s->command.len > PATIENCE_BYTES || s->reply.len > PATIENCE_BYTES)
        s->client_mode = s->server_mode = MODE_OTHER;
}

static size_t take_commands(struct speech *s, const uint8_t *at, size_t len)
{
    bool whole;
    size_t n;

    if (s->command.len == 0 && !s->unseal && tls_begins(at, len)) {
        speech_begin_tls(s);
        return 0;
    }
    if (s->client_lines + s->server_lines == 0 &&
        (n = speech_begins_qmtp(s, at, len)) > 0)
        return n;
    n = speech_take_line(&s->command, at, len, &whole);
    if (whole)
        take_command(s);
    speech_lose_patience(s);
    return n;
}

/* The first byte behind DATA: text if the server asked for it, a command if
 * it refused; where it has not answered, text unless it reads like the end
 * of a transaction. */
static void begin_text(struct speech *s, const uint8_t *at, size_t len)
{
    const char *text = (const char *)at;
    bool command = s->data_reply ? s->data_reply / 100 != 3
                                 : speech_begins(text, len, "QUIT\r\n") ||
                                       speech_begins(text, len, "RSET\r\n");

    s->client_mode = command ? MODE_LINES : MODE_BODY;
    s->dots = s->bare = 2;
    s->body_lost = false;
}

/* CRLF.CRLF, byte by byte: 1 CR, 2 the line's start, 3 the dot, 4 its CR, 5
 * all. With `bare`, LF alone ends a line too. */
static unsigned dot_step(unsigned state, uint8_t c, bool bare)
{
    if (c == '\r')
        return state == 3 ? 4 : 1;
    if (c == '\n')
        return state == 4 || (bare && state == 3) ? 5
               : state == 1 || bare               ? 2
                                                  : 0;
    return c == '.' && (state == 2 || (bare && state == 5)) ? 3 : 0;
}

void speech_end_body(struct speech *s)
{
    s->client_mode = MODE_LINES;
    s->facts.messages++;
    owed_push(&s->owed, OWED_END);
}

/* Inside a line nothing matters before its end: where the next step is due,
 * from `i` on. */
static size_t line_end(struct speech *s, const uint8_t *at, size_t i,
                       size_t len)
{
    const uint8_t *lf = memchr(at + i, '\n', len - i);
    size_t end = lf ? (size_t)(lf - at) : len;

    if (end > i && at[end - 1] == '\r')
        s->dots = s->bare = 1;
    return end;
}

static size_t take_body(struct speech *s, const uint8_t *at, size_t len)
{
    words_add(&s->said, "body");
    note(s, PHASE_BODY);
    for (size_t i = 0; i < len; i++) {
        if (s->dots == 0 && s->bare == 0)
            i = line_end(s, at, i, len);
        if (i == len)
            break;
        s->dots = dot_step(s->dots, at[i], false);
        s->bare = dot_step(s->bare, at[i], true);
        if (s->dots == 5) {
            s->facts.body_bytes += i + 1;
            speech_end_body(s);
            return i + 1;
        }
    }
    s->facts.body_bytes += len;
    return len;
}

static size_t take_chunk(struct speech *s, size_t len)
{
    size_t n = len < s->chunk ? len : (size_t)s->chunk;

    note(s, PHASE_BODY);
    s->chunk -= n;
    if (s->chunk == 0)
        s->client_mode = MODE_LINES;
    return n;
}

/* Bytes that the capture does not hold. */
static void skip_gap(struct speech *s, size_t len)
{
    if (s->client_mode == MODE_CHUNK)
        len -= take_chunk(s, len);
    if (s->client_mode == MODE_QMTP) {
        speech_skip_package(s, len);
        return;
    }
    if (len == 0)
        return;
    if (s->client_mode == MODE_TEXT)
        s->client_mode =
            s->data_reply / 100 == 3 || !s->data_reply ? MODE_BODY : MODE_LINES;
    words_add(&s->said, s->client_mode == MODE_BODY ? "body" : "...");
    if (s->client_mode == MODE_BODY) {
        s->body_lost = true;
        s->facts.body_bytes += len;
        s->dots = s->bare = 0;
    } else {
        if (s->command.len) /* its verb may have been seen */
            take_command(s);
        s->lost = true;
    }
}

static size_t take_client(struct speech *s, const uint8_t *at, size_t len)
{
    switch (s->client_mode) {
    case MODE_LINES:
        return take_commands(s, at, len);
    case MODE_TEXT:
        begin_text(s, at, len);
        return 0;
    case MODE_BODY:
        return take_body(s, at, len);
    case MODE_CHUNK:
        return take_chunk(s, len);
    case MODE_QMTP:
        return speech_take_package(s, at, len);
    case MODE_TLS:
    case MODE_OTHER:
        break;
    }
    return len;
}

void speech_client_clear(struct speech *s, const uint8_t *at, size_t len)
{
    bool sealed = speech_sealed(s);

    if (!at) {
        skip_gap(s, len);
        return;
    }
    if (s->lost && verb_of((const char *)at, len) < VERBS)
        s->lost = false; /* commands often begin where segments do */
    if (s->lost) {
        words_add(&s->said, "...");
        return;
    }
    while (len > 0) {
        size_t n = take_client(s, at, len);

        at += n;
        len -= n;
        if (len > 0 && !sealed && speech_sealed(s)) {
            speech_client(s, at, len);
            return;
        }
    }
}

bool speech_client(struct speech *s, const uint8_t *at, size_t len)
{
    if (!speech_sealed(s)) {
        speech_client_clear(s, at, len);
        return true;
    }
    if (speech_shaking(s) || !s->unseal)
        note(s, tls_shaking(&s->tls) ? PHASE_TLS : PHASE_OPAQUE);
    return speech_tls(s, TLS_CLIENT, at, len);
}

bool speech_inside(const struct speech *s)
{
    if (s->unseal && tls_inside(&s->tls, TLS_CLIENT))
        return true;
    switch (s->client_mode) {
    case MODE_LINES:
        return s->command.len > 0 && !s->lost;
    case MODE_BODY:
        return !s->body_lost && s->bare != 5;
    case MODE_CHUNK:
        return true;
    case MODE_QMTP:
        return speech_inside_package(s);
    case MODE_TLS:
        return tls_inside(&s->tls, TLS_CLIENT);
    case MODE_TEXT:
    case MODE_OTHER:
        break;
    }
    return false;
}

const char *speech_unit(const struct speech *s)
{
    return s->client_mode == MODE_BODY    ? "body"
           : s->client_mode == MODE_CHUNK ? "BDAT"
           : s->client_mode == MODE_TLS   ? "TLS"
                                          : NULL;
}

bool speech_shaking(const struct speech *s)
{
    return speech_sealed(s) && tls_shaking(&s->tls);
}

enum phase speech_owed(const struct speech *s)
{
    static const enum phase of[] = {
        [OWED_NOTHING] = PHASE_COUNT, [OWED_GREETING] = PHASE_GREETING,
        [OWED_COMMAND] = PHASE_OTHER, [OWED_HELLO] = PHASE_HELLO,
        [OWED_STARTTLS] = PHASE_TLS,  [OWED_AUTH] = PHASE_AUTH,
        [OWED_RSET] = PHASE_ENVELOPE, [OWED_MAIL] = PHASE_ENVELOPE,
        [OWED_RCPT] = PHASE_ENVELOPE, [OWED_DATA] = PHASE_DATA,
        [OWED_CHUNK] = PHASE_BODY,    [OWED_END] = PHASE_END,
        [OWED_QUIT] = PHASE_QUIT,
    };

    if (speech_shaking(s))
        return PHASE_TLS;
    if (s->client_mode == MODE_TLS)
        return PHASE_OPAQUE;
    if (s->client_mode == MODE_OTHER)
        return PHASE_OTHER;
    return of[owed_first(&s->owed)];
}

int speech_side(const uint8_t *at, size_t len)
{
    const char *text = (const char *)at;

    if (len >= 3 && at[0] >= '2' && at[0] <= '5' && at[1] >= '0' &&
        at[1] <= '9' && at[2] >= '0' && at[2] <= '9' &&
        (len == 3 || memchr(" -\r", text[3], 3)))
        return 1;
    if (len > 5 && tls_begins(at, len) && (at[5] == 1 || at[5] == 2))
        return at[5] - 1;
    return verb_of(text, len) < VERBS ? 0 : -1;
}
