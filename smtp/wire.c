/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes <-> words of SMTP. */
#include "smtp/wire.h"

#include <assert.h>
#include <string.h>

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

struct span span_of(const char *s)
{
    return (struct span){s, strlen(s)};
}

bool span_is(struct span s, const char *word)
{
    size_t i = 0;

    while (i < s.len && word[i] && upper(s.at[i]) == upper(word[i]))
        i++;
    return i == s.len && word[i] == '\0';
}

static struct span trimmed(struct span s)
{
    while (s.len > 0 && blank(s.at[0]))
        s.at++, s.len--;
    while (s.len > 0 && blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

struct span span_word(struct span *s)
{
    struct span word;

    *s = trimmed(*s);
    word = (struct span){s->at, 0};
    while (word.len < s->len && !blank(s->at[word.len]))
        word.len++;
    *s = trimmed((struct span){s->at + word.len, s->len - word.len});
    return word;
}

void wire_line_clear(struct wire_line *l)
{
    l->len = 0;
    l->whole = l->overlong = l->cr = false;
}

static void keep(struct wire_line *l, const char *at, size_t len)
{
    size_t room = sizeof l->at - l->len;

    if (len > room)
        l->overlong = true;
    memcpy(l->at + l->len, at, len < room ? len : room);
    l->len += len < room ? len : room;
}

/* Takes up to and with the next LF, which need not end the line. */
static size_t feed_some(struct wire_line *l, const char *at, size_t len)
{
    const char *lf = memchr(at, '\n', len);
    size_t n = lf ? (size_t)(lf - at) + 1 : len;
    bool cr = n > 1 ? at[n - 2] == '\r' : l->cr;

    keep(l, at, n);
    l->whole = lf && cr;
    l->cr = at[n - 1] == '\r';
    return n;
}

size_t wire_line_feed(struct wire_line *l, struct span in)
{
    size_t taken = 0;

    assert(!l->whole);
    while (taken < in.len && !l->whole)
        taken += feed_some(l, in.at + taken, in.len - taken);
    if (l->whole)
        l->len = l->overlong ? WIRE_LINE : l->len - 2;
    return taken;
}

struct reply_line wire_reply_line(const struct wire_line *l)
{
    const char *s = l->at;
    struct reply_line r = {.last = true};

    if (l->len < 3 || s[0] < '2' || s[0] > '5' || !digit(s[1]) || !digit(s[2]))
        return r;
    if (l->len > 3 && s[3] != ' ' && s[3] != '-')
        return r;
    r.code = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
    r.last = l->len == 3 || s[3] == ' ';
    r.text = l->len > 4 ? (struct span){s + 4, l->len - 4}
                        : (struct span){s + l->len, 0};
    return r;
}

#define X(name) #name,
static const char *const verbs[] = {WIRE_VERBS(X) "?"};
#undef X

const char *verb_name(enum verb v)
{
    return verbs[v];
}

struct command wire_command(struct span line)
{
    struct command c = {VERB_UNKNOWN, line};
    struct span word = span_word(&c.rest);

    for (int v = 0; v < VERB_UNKNOWN; v++)
        if (span_is(word, verbs[v]))
            c.verb = (enum verb)v;
    return c;
}

/* The length of a path behind its '<', up to the '>' that closes it; quoted
 * local parts may hold anything, escaped or not. SIZE_MAX: it never closes. */
static size_t path_length(struct span s)
{
    bool quoted = false;

    for (size_t i = 0; i < s.len && !control(s.at[i]); i++) {
        if (s.at[i] == '\\' && quoted && i + 1 < s.len && !control(s.at[i + 1]))
            i++;
        else if (s.at[i] == '"')
            quoted = !quoted;
        else if (!quoted && s.at[i] == '>')
            return i;
        else if (!quoted && (s.at[i] == '<' || blank(s.at[i])))
            return SIZE_MAX;
    }
    return SIZE_MAX;
}

/* RFC 5321, 4.1.2: "@relay1,@relay2:user@host" is accepted and ignored. */
static struct span without_route(struct span path)
{
    const char *colon = path.len > 0 && path.at[0] == '@'
                            ? memchr(path.at, ':', path.len)
                            : NULL;

    if (!colon)
        return path;
    return (struct span){colon + 1, path.len - (size_t)(colon + 1 - path.at)};
}

static bool skip(struct span *s, const char *keyword)
{
    size_t len = strlen(keyword);

    if (s->len < len || !span_is((struct span){s->at, len}, keyword))
        return false;
    *s = trimmed((struct span){s->at + len, s->len - len});
    return true;
}

struct path_argument wire_path(struct span rest, const char *keyword)
{
    struct path_argument a = {0};
    size_t len;

    if (!skip(&rest, keyword) || rest.len == 0 || rest.at[0] != '<')
        return a;
    rest.at++, rest.len--;
    len = path_length(rest);
    if (len == SIZE_MAX)
        return a;
    a.too_long = len + 2 > WIRE_PATH;
    a.path = without_route((struct span){rest.at, len});
    a.parameters =
        trimmed((struct span){rest.at + len + 1, rest.len - len - 1});
    a.ok = a.path.len > 0 ? a.path.at[0] != '@' : len == 0;
    if (a.parameters.len > 0 && !blank(rest.at[len + 1]))
        a.ok = false;
    return a;
}

static bool keyword_byte(char c, bool first)
{
    return digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z') ||
           (c == '-' && !first);
}

struct esmtp_parameter wire_parameter(struct span *rest)
{
    struct span word = span_word(rest);
    struct esmtp_parameter p = {.keyword = word};
    size_t len = 0;

    while (len < word.len && keyword_byte(word.at[len], len == 0))
        len++;
    p.keyword.len = len;
    p.ok = len > 0 && (len == word.len || word.at[len] == '=');
    if (!p.ok || len == word.len)
        return p;
    p.value = (struct span){word.at + len + 1, word.len - len - 1};
    p.ok = p.value.len > 0;
    for (size_t i = 0; i < p.value.len; i++)
        p.ok &= !control(p.value.at[i]) && p.value.at[i] != '=';
    return p;
}

bool wire_number(struct span s, uint64_t *n)
{
    *n = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!digit(s.at[i]))
            return false;
        *n = *n > (UINT64_MAX - 9) / 10 ? UINT64_MAX
                                        : *n * 10 + (uint64_t)(s.at[i] - '0');
    }
    return s.len > 0 && s.len <= 20; /* RFC 1870, 4 */
}

struct bdat_argument wire_bdat(struct span rest)
{
    struct bdat_argument a = {0};
    struct span octets = span_word(&rest);

    if (!wire_number(octets, &a.octets))
        return a;
    a.last = span_is(rest, "LAST");
    a.ok = a.last || rest.len == 0;
    return a;
}

/* Writes only where there is a buffer, and counts in any case. */
static size_t put(char *out, size_t at, const char *bytes, size_t len)
{
    if (out)
        memcpy(out + at, bytes, len);
    return at + len;
}

/* Walks the lines of `text`, each without its end, be it CRLF, LF or CR. */
static bool next_line(struct span *text, struct span *line)
{
    size_t len = 0;

    if (text->len == 0)
        return false;
    while (len < text->len && text->at[len] != '\r' && text->at[len] != '\n')
        len++;
    *line = (struct span){text->at, len};
    if (len + 1 < text->len && text->at[len] == '\r' &&
        text->at[len + 1] == '\n')
        len++;
    if (len < text->len)
        len++;
    *text = (struct span){text->at + len, text->len - len};
    return true;
}

static size_t encode(char *out, struct span text, bool stuff)
{
    struct span line;
    size_t n = 0;

    while (next_line(&text, &line)) {
        if (stuff && line.len > 0 && line.at[0] == '.')
            n = put(out, n, ".", 1);
        n = put(out, n, line.at, line.len);
        n = put(out, n, "\r\n", 2);
    }
    return stuff ? put(out, n, ".\r\n", 3) : n;
}

size_t wire_stuff(char *out, struct span text)
{
    return encode(out, text, true);
}

size_t wire_crlf(char *out, struct span text)
{
    return encode(out, text, false);
}

/* The long stretches between dots and line ends go by in one copy. */
static size_t plain_run(struct span in)
{
    const char *cr = memchr(in.at, '\r', in.len);

    return cr ? (size_t)(cr - in.at) : in.len;
}

/* One byte outside a plain run. What was withheld (a dot, or a dot and a CR)
 * is put out once it turns out to be text. */
static size_t unstuff_byte(struct unstuff *u, char c, char *out)
{
    size_t n = 0;

    switch (u->state) {
    case AT_LINE:
        if (c == '.') {
            u->state = AT_DOT;
            return 0;
        }
        break;
    case AT_DOT:
        if (c == '\r') {
            u->state = AT_DOT_CR;
            return 0;
        }
        break; /* the leading dot was stuffing: 4.5.2 takes it away */
    case AT_DOT_CR:
        if (c == '\n') {
            u->state = AT_END;
            return 0;
        }
        out[n++] = '\r';
        break;
    case AT_CR:
        if (c == '\n') {
            out[n++] = c;
            u->state = AT_LINE;
            return n;
        }
        break;
    case IN_LINE:
    case AT_END:
        break;
    }
    out[n++] = c;
    u->state = c == '\r' ? AT_CR : IN_LINE;
    return n;
}

struct unstuffed wire_unstuff(struct unstuff *u, struct span in, char *out)
{
    struct unstuffed r = {0};

    while (r.taken < in.len && u->state != AT_END) {
        struct span left = {in.at + r.taken, in.len - r.taken};
        size_t run = u->state == IN_LINE ? plain_run(left) : 0;

        if (run > 0) {
            memcpy(out + r.len, left.at, run);
            r.len += run;
            r.taken += run;
        } else {
            r.len += unstuff_byte(u, left.at[0], out + r.len);
            r.taken++;
        }
    }
    r.end = u->state == AT_END;
    return r;
}
