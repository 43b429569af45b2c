/* SPDX-License-Identifier: BSD-2-Clause */
/* The parameters of RFC 3461: judged, read from words, and said. */
#include "smtp/dsn.h"

#include <stdio.h>
#include <string.h>

#include "smtp/wire.h"

bool dsn_is_ret(struct span value)
{
    return span_is(value, "FULL") || span_is(value, "HDRS");
}

static bool is_upper_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

/* RFC 3461, 4: "+" and two capital hexadecimal digits stand for what may not
 * stand for itself. */
static bool is_xtext(struct span value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];

        if (c < '!' || c > '~' || c == '=')
            return false;
        if (c != '+')
            continue;
        if (i + 2 >= value.len || !is_upper_hex(value.at[i + 1]) ||
            !is_upper_hex(value.at[i + 2]))
            return false;
        i += 2;
    }
    return value.len > 0;
}

bool dsn_is_envid(struct span value)
{
    return value.len <= 100 && is_xtext(value); /* RFC 3461, 4.4 */
}

static struct span up_to(struct span value, char end)
{
    const char *at = value.len ? memchr(value.at, end, value.len) : NULL;

    return (struct span){value.at, at ? (size_t)(at - value.at) : value.len};
}

/* RFC 3461, 4.1: NEVER by itself, or a list of the others. */
bool dsn_is_notify(struct span value)
{
    if (span_is(value, "NEVER"))
        return true;
    for (;;) {
        struct span word = up_to(value, ',');

        if (!span_is(word, "SUCCESS") && !span_is(word, "FAILURE") &&
            !span_is(word, "DELAY"))
            return false;
        if (word.len == value.len)
            return true;
        value.at += word.len + 1;
        value.len -= word.len + 1;
    }
}

/* RFC 3461, 4.2: the type of an address, a semicolon, and the address. */
bool dsn_is_orcpt(struct span value)
{
    struct span type = up_to(value, ';');
    size_t behind = type.len + 1;

    return value.len <= 500 && type.len > 0 && behind < value.len &&
           is_xtext(type) &&
           is_xtext((struct span){value.at + behind, value.len - behind});
}

/* clang-format off */
static const struct {
    const char *keyword;
    bool (*fits)(struct span);
    size_t at, room; /* of its text in struct dsn */
    const char *wanted;
} words[] = {
    {"RET", dsn_is_ret, offsetof(struct dsn, ret),
     sizeof ((struct dsn *)0)->ret, "FULL or HDRS"},
    {"ENVID", dsn_is_envid, offsetof(struct dsn, envid),
     sizeof ((struct dsn *)0)->envid, "xtext, of 100 characters at most"},
    {"NOTIFY", dsn_is_notify, offsetof(struct dsn, notify),
     sizeof ((struct dsn *)0)->notify,
     "NEVER, or some of SUCCESS,FAILURE,DELAY, each once"},
};
/* clang-format on */

static int take_word(struct dsn *d, struct span word, char why[DSN_WHY])
{
    struct span keyword = up_to(word, '=');

    if (span_is(word, "ORCPT")) {
        d->orcpt = true;
        return 0;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct span value = {word.at + keyword.len + 1,
                             word.len - keyword.len - 1};
        char *at = (char *)d + words[i].at;

        if (keyword.len == word.len || !span_is(keyword, words[i].keyword))
            continue;
        if (words[i].fits(value) && value.len < words[i].room) {
            memcpy(at, value.at, value.len);
            at[value.len] = '\0';
            return 0;
        }
        snprintf(why, DSN_WHY, "%s: found \"%.*s\", wanted %s",
                 words[i].keyword, value.len < 60 ? (int)value.len : 60,
                 value.at, words[i].wanted);
        return -1;
    }
    snprintf(why, DSN_WHY,
             "found \"%.*s\", wanted RET=, ENVID=, NOTIFY= or ORCPT",
             word.len < 60 ? (int)word.len : 60, word.at);
    return -1;
}

int dsn_parse(struct dsn *d, const char *text, char why[DSN_WHY])
{
    struct span rest = span_of(text);

    *d = (struct dsn){0};
    while (rest.len > 0) {
        struct span word = up_to(rest, ' ');
        size_t behind = word.len < rest.len ? word.len + 1 : word.len;

        if (word.len > 0 && take_word(d, word, why) < 0)
            return -1;
        rest.at += behind;
        rest.len -= behind;
    }
    return 0;
}

size_t dsn_say_mail(const struct dsn *d, char at[DSN_ROOM])
{
    size_t len = 0;

    at[0] = '\0';
    if (d->ret[0])
        len += (size_t)snprintf(at, DSN_ROOM, " RET=%s", d->ret);
    if (d->envid[0])
        len +=
            (size_t)snprintf(at + len, DSN_ROOM - len, " ENVID=%s", d->envid);
    return len;
}

static size_t write_xtext(const char *text, char *at, size_t room)
{
    size_t len = 0;

    for (; *text && len + 4 < room; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < '!' || c > '~' || c == '+' || c == '=')
            len += (size_t)snprintf(at + len, room - len, "+%02X", c);
        else
            at[len++] = (char)c;
    }
    at[len] = '\0';
    return *text ? room : len;
}

size_t dsn_say_rcpt(const struct dsn *d, const char *address, char at[DSN_ROOM])
{
    char xtext[DSN_ORCPT];
    size_t len = 0;

    at[0] = '\0';
    if (d->notify[0])
        len += (size_t)snprintf(at, DSN_ROOM, " NOTIFY=%s", d->notify);
    if (d->orcpt && write_xtext(address, xtext, sizeof xtext) < sizeof xtext)
        len += (size_t)snprintf(at + len, DSN_ROOM - len, " ORCPT=rfc822;%s",
                                xtext);
    return len;
}
