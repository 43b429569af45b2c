/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits: from words to numbers, and back. */
#include "smtp/limits.h"

#include <stdio.h>
#include <string.h>

#include "smtp/machine.h"
#include "smtp/wire.h"

/* clang-format off */
static const struct {
    const char *name;
    size_t offset;
} names[] = {
    {"MAILMAX=",       offsetof(struct limits, mail_max)},
    {"RCPTMAX=",       offsetof(struct limits, rcpt_max)},
    {"RCPTDOMAINMAX=", offsetof(struct limits, rcpt_domain_max)},
};
/* clang-format on */

enum { NAMES = sizeof names / sizeof names[0] };

static uint32_t *limit_at(struct limits *l, int i)
{
    return (uint32_t *)(void *)((char *)l + names[i].offset);
}

static uint32_t value_at(const struct limits *l, int i)
{
    return *(const uint32_t *)(const void *)((const char *)l + names[i].offset);
}

/* Up to six digits, the first of which is no zero. */
static bool is_value(struct span text, uint32_t *value)
{
    uint64_t n;

    if (text.len == 0 || text.len > 6 || text.at[0] == '0' ||
        !wire_number(text, &n))
        return false;
    *value = (uint32_t)n;
    return true;
}

/* NAMES: no limit of ours. */
static int name_of(struct span word, struct span *value)
{
    for (int i = 0; i < NAMES; i++) {
        size_t len = strlen(names[i].name);

        *value = (struct span){word.at + len, word.len - len};
        if (word.len >= len &&
            span_is((struct span){word.at, len}, names[i].name))
            return i;
    }
    return NAMES;
}

void limits_learn(struct limits *l, struct span words)
{
    while (words.len > 0) {
        struct span value;
        int i = name_of(span_word(&words), &value);

        if (i < NAMES && !is_value(value, limit_at(l, i)))
            *limit_at(l, i) = 0;
    }
}

int limits_parse(struct limits *l, const char *text, char why[LIMITS_WHY])
{
    struct span words = span_of(text), value;

    *l = (struct limits){0};
    while (words.len > 0) {
        struct span word = span_word(&words);
        int i = name_of(word, &value);

        if (i < NAMES && is_value(value, limit_at(l, i)))
            continue;
        snprintf(why, LIMITS_WHY,
                 "found \"%.*s\", wanted MAILMAX=N, RCPTMAX=N or "
                 "RCPTDOMAINMAX=N, with N from 1 to %d, parted by blanks",
                 word.len < 40 ? (int)word.len : 40, word.at, LIMITS_MOST);
        return -1;
    }
    return 0;
}

size_t limits_say(const struct limits *l, char out[LIMITS_ROOM])
{
    size_t len = 0;

    out[0] = '\0';
    for (int i = 0; i < NAMES; i++)
        if (value_at(l, i) > 0)
            len += (size_t)snprintf(out + len, LIMITS_ROOM - len, " %s%u",
                                    names[i].name, (unsigned)value_at(l, i));
    return len;
}

bool limits_any(const struct limits *l)
{
    return l->mail_max || l->rcpt_max || l->rcpt_domain_max;
}

bool limits_equal(const struct limits *a, const struct limits *b)
{
    return a->mail_max == b->mail_max && a->rcpt_max == b->rcpt_max &&
           a->rcpt_domain_max == b->rcpt_domain_max;
}

/* Those of a domain stand together, and a message ends where it is full, by
 * recipients or by domains. */
size_t limits_parts(const struct limits *l, size_t recipients, size_t domains)
{
    size_t most = l->rcpt_max ? l->rcpt_max : recipients, parts = 1;
    size_t in = 0, in_domains = 0;

    if (domains > recipients)
        domains = recipients;
    if (l->rcpt_domain_max == 0)
        return (recipients + most - 1) / most;
    for (size_t d = 0; d < domains; d++) {
        size_t left = recipients / domains + (d < recipients % domains);

        while (left > 0) {
            size_t room = most - in;

            if (room == 0 || in_domains == l->rcpt_domain_max) {
                parts++;
                in = in_domains = 0;
                room = most;
            }
            in_domains++;
            in += left < room ? left : room;
            left -= left < room ? left : room;
        }
    }
    return parts;
}

struct span limits_domain(struct span address)
{
    size_t at = address.len;

    while (at > 0 && address.at[at - 1] != '@')
        at--;
    return (struct span){address.at + at, address.len - at};
}
