/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing replies that tell of a recipient's capabilities. */
#include "smtp/conneg.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
#define X(name, text) text,
static const char *const ends[] = {CONNEG_ENDS(X)};
#undef X
#define X(name, text, parameter) {text, parameter},
static const struct { const char *name, *parameter; }
spellings[] = {CONNEG_SPELLINGS(X)};
#undef X
/* clang-format on */

const char *conneg_end_name(enum conneg_end e)
{
    return ends[e];
}

const char *conneg_spelling_name(enum conneg_spelling s)
{
    return spellings[s].name;
}

const char *conneg_parameter(enum conneg_spelling s)
{
    return spellings[s].parameter;
}

void conneg_begin(struct conneg *c, const char *address)
{
    c->asked = address;
    c->lines = c->len = 0;
    c->caps = c->malformed = c->flooded = c->other = false;
    c->ttl_s = 0;
}

static void append(struct conneg *c, const char *at, size_t len)
{
    if (len > sizeof c->text - c->len) {
        c->flooded = true;
        return;
    }
    memcpy(c->text + c->len, at, len);
    c->len += len;
}

static void append_text(struct conneg *c, const char *text)
{
    append(c, text, strlen(text));
}

static void append_span(struct conneg *c, struct span s)
{
    append(c, s.at, s.len);
}

static struct span trimmed(struct span s)
{
    while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t')) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* Cuts off what is in front of the first `c`; all, where there is none. */
static struct span cut(struct span *rest, char c)
{
    const char *at = rest->len > 0 ? memchr(rest->at, c, rest->len) : NULL;
    struct span front = {rest->at, at ? (size_t)(at - rest->at) : rest->len};
    size_t gone = front.len + (at != NULL);

    rest->at += gone;
    rest->len -= gone;
    return trimmed(front);
}

static void hear_ttl(struct conneg *c, struct span value)
{
    uint64_t n;

    if (!wire_number(value, &n))
        c->malformed = true;
    else
        c->ttl_s = n < CONNEG_TTL_S ? (uint32_t)n : CONNEG_TTL_S;
}

static void append_test(struct conneg *c, struct span tag, const char *sign,
                        struct span value)
{
    append_text(c, "(");
    append_span(c, tag);
    append_text(c, sign);
    append_span(c, value);
    append_text(c, ")");
}

/* `tag=value`, or `tag=[low-high]`, of which one may be absent: the words of
 * RFC 2295, 8.2, on which the draft of 1997 rests. */
static void hear_feature(struct conneg *c, struct span item)
{
    struct span tag = cut(&item, '='), value = trimmed(item), low;

    if (span_is(tag, "ttl")) {
        hear_ttl(c, value);
        return;
    }
    if (span_is(tag, "csid")) /* whose machine it is, for people */
        return;
    if (!c->caps)
        append_text(c, "(&");
    c->caps = true;
    if (value.len < 3 || value.at[0] != '[' || value.at[value.len - 1] != ']') {
        append_test(c, tag, "=", value);
        return;
    }
    value = (struct span){value.at + 1, value.len - 2};
    c->malformed |= !memchr(value.at, '-', value.len);
    low = cut(&value, '-');
    if (low.len > 0)
        append_test(c, tag, ">=", low);
    if (trimmed(value).len > 0)
        append_test(c, tag, "<=", trimmed(value));
}

static bool begins(struct span *line, const char *word)
{
    size_t len = strlen(word);

    if (line->len < len || !span_is((struct span){line->at, len}, word))
        return false;
    line->at += len;
    line->len -= len;
    return true;
}

/* The first line may name the recipient. Replies are matched by counting
 * alone (RFC 2920, 3.1); what is plainly somebody else's is not used. */
static void hear_name(struct conneg *c, struct span line)
{
    size_t len = strlen(c->asked);
    const char *end = memchr(line.at, '>', line.len);

    if (line.len > 0 && line.at[0] == '<' && end)
        c->other |= (size_t)(end - line.at) != len + 1 ||
                    !span_is((struct span){line.at + 1, len}, c->asked);
}

/* An enhanced status code (RFC 2034) may stand before the words. */
static struct span unnumbered(struct span line)
{
    struct span rest = line, word = span_word(&rest);
    bool code = word.len >= 5 && word.at[1] == '.' && word.at[0] == '2';

    return code ? rest : line;
}

void conneg_hear(struct conneg *c, struct span line)
{
    bool first = c->lines == 0;

    line = unnumbered(line);
    if (c->flooded || ++c->lines > CONNEG_LINES) {
        c->flooded = true;
    } else if (begins(&line, "CONNEG ")) {
        append_span(c, line);
        append_text(c, "\n");
    } else if (begins(&line, "TTL ")) {
        hear_ttl(c, trimmed(line));
    } else if (begins(&line, "Accept-Features:")) {
        while (line.len > 0)
            hear_feature(c, cut(&line, ','));
    } else if (first) {
        hear_name(c, line);
    }
}

enum conneg_end conneg_end(struct conneg *c, struct feature *to)
{
    struct feature_error e;

    if (c->caps)
        append_text(c, ")");
    if (c->flooded)
        return CONNEG_FLOODED;
    if (c->other)
        return CONNEG_OTHER;
    if (c->malformed)
        return CONNEG_MALFORMED;
    if (c->len == 0)
        return CONNEG_SILENT;
    return feature_read(to, (struct span){c->text, c->len}, &e)
               ? CONNEG_KNOWN
               : CONNEG_MALFORMED;
}

struct page {
    char *at;
    size_t len;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void print(struct page *p,
                                                        const char *format, ...)
{
    size_t room = CONNEG_REPLY - p->len;
    va_list args;
    int n;

    if (p->full)
        return;
    va_start(args, format);
    n = vsnprintf(p->at + p->len, room, format, args);
    va_end(args);
    p->full = n < 0 || (size_t)n >= room;
    if (!p->full)
        p->len += (size_t)n;
}

static void say_filter(struct page *p, const char *filter)
{
    while (*filter) {
        size_t len = strcspn(filter, "\n");
        bool last = filter[len] == '\0';

        print(p, "250%cCONNEG %.*s\r\n", last ? ' ' : '-', (int)len, filter);
        filter += len + !last;
    }
}

static void say_value(struct page *p, const struct feature *f,
                      struct feature_value v)
{
    if (v.kind != FEATURE_NUMBER)
        print(p, "%.*s", (int)v.len, f->text + v.at);
    else if (v.under == 1)
        print(p, "%d", v.over);
    else
        print(p, "%d/%d", v.over, v.under);
}

static bool say_feature(struct page *p, const struct feature *f,
                        const struct feature_node *n, const char *comma)
{
    bool equal = n->kind == FEATURE_EQUAL && n->value.kind != FEATURE_STRING;
    bool least = n->kind == FEATURE_AT_LEAST, most = n->kind == FEATURE_AT_MOST;

    if ((!equal && !least && !most) || (!equal && n->value.over < 0))
        return false;
    print(p, "%s%.*s=%s", comma, (int)n->tag_len, f->text + n->tag_at,
          equal  ? ""
          : most ? "[-"
                 : "[");
    say_value(p, f, n->value);
    print(p, "%s", equal ? "" : most ? "]" : "-]");
    return true;
}

/* Only what must hold all at once can be told so. */
static bool say_caps(struct page *p, const char *filter, uint32_t ttl_s)
{
    struct feature_error e;
    struct feature f;
    const char *comma = " ";

    if (!feature_read(&f, span_of(filter), &e))
        return false;
    print(p, "250-Accept: image/tiff\r\n250 Accept-Features:");
    if (f.node[0].kind != FEATURE_AND) {
        if (!say_feature(p, &f, &f.node[0], comma))
            return false;
        comma = ", ";
    } else {
        for (uint16_t i = f.node[0].child; i; i = f.node[i].sibling) {
            if (!say_feature(p, &f, &f.node[i], comma))
                return false;
            comma = ", ";
        }
    }
    print(p, "%sttl=%u\r\n", comma, ttl_s);
    return true;
}

size_t conneg_say(char *at, enum conneg_spelling spelling, const char *first,
                  const char *filter, uint32_t ttl_s)
{
    struct page p = {.at = at};

    print(&p, "%.3s-%s\r\n", first, first + 4);
    if (spelling == SPELLING_CAPS) {
        if (!say_caps(&p, filter, ttl_s))
            return 0;
    } else {
        if (ttl_s > 0)
            print(&p, "250-TTL %u\r\n", ttl_s);
        say_filter(&p, filter);
    }
    return p.full ? 0 : p.len;
}
