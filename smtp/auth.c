/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and passwords on the wire. */
#include "smtp/auth.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "smtp/wire.h"

/* clang-format off */
#define X(name, text) text,
static const char *const mechanisms[] = {MECHANISMS(X)};
#undef X
/* clang-format on */

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const char *mechanism_name(enum mechanism m)
{
    return mechanisms[m];
}

uint32_t auth_bit(struct span name)
{
    for (int i = 0; i < MECHANISM_COUNT; i++)
        if (span_is(name, mechanisms[i]))
            return 1u << i;
    return 0;
}

void base64_encode(struct span in, char *out)
{
    for (size_t i = 0; i < in.len; i += 3) {
        size_t left = in.len - i;
        uint32_t bits = (uint32_t)(unsigned char)in.at[i] << 16;

        if (left > 1)
            bits |= (uint32_t)(unsigned char)in.at[i + 1] << 8;
        if (left > 2)
            bits |= (unsigned char)in.at[i + 2];
        *out++ = digits[bits >> 18 & 63];
        *out++ = digits[bits >> 12 & 63];
        *out++ = left > 1 ? digits[bits >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[bits & 63] : '=';
    }
    *out = '\0';
}

/* RFC 4648, 4: padded, and nothing that is not of the alphabet. */
int base64_decode(struct span in, char *out, size_t room)
{
    size_t n = 0, pad = 0;
    uint32_t bits = 0;

    if (in.len % 4 != 0)
        return -1;
    while (pad < 2 && pad < in.len && in.at[in.len - 1 - pad] == '=')
        pad++;
    for (size_t i = 0; i < in.len; i++) {
        char c = i < in.len - pad ? in.at[i] : 'A';
        const char *digit = c ? strchr(digits, c) : NULL;

        if (!digit)
            return -1;
        bits = bits << 6 | (uint32_t)(digit - digits);
        for (int k = 2; i % 4 == 3 && k >= 0; k--) {
            bool padded = i + 1 == in.len && k < (int)pad;

            if (!padded && n == room)
                return -1;
            if (!padded)
                out[n++] = (char)(bits >> 8 * k & 255);
        }
    }
    return (int)n;
}

unsigned auth_lines(const struct login *l)
{
    return (l->mechanism == MECHANISM_PLAIN ? 1 : 2) + l->no_initial;
}

static void encode_plain(const struct login *l, char *out)
{
    char both[2 * AUTH_WORD + 2];
    size_t user = strlen(l->user), password = strlen(l->password);

    assert(user <= AUTH_WORD && password <= AUTH_WORD);
    both[0] = both[1 + user] = '\0';
    memcpy(both + 1, l->user, user);
    memcpy(both + 2 + user, l->password, password);
    base64_encode((struct span){both, user + password + 2}, out);
}

/* Answer `k` of the mechanism, from 0. */
static void encode(const struct login *l, unsigned k, char *out)
{
    if (l->mechanism == MECHANISM_PLAIN)
        encode_plain(l, out);
    else
        base64_encode(span_of(k == 0 ? l->user : l->password), out);
}

void auth_say(const struct login *l, unsigned k, char line[AUTH_ROOM])
{
    int head = 0;

    if (k == 0)
        head = snprintf(line, AUTH_ROOM, "AUTH %s%s", mechanisms[l->mechanism],
                        l->no_initial ? "" : " ");
    if (k == 0 && l->no_initial)
        return;
    encode(l, k - l->no_initial, line + head);
}

struct plain_words auth_plain(struct span s)
{
    const char *first = s.len ? memchr(s.at, '\0', s.len) : NULL, *second;
    struct plain_words w = {0};

    if (!first)
        return w;
    first++;
    second = memchr(first, '\0', s.len - (size_t)(first - s.at));
    if (!second)
        return w;
    w.user = (struct span){first, (size_t)(second - first)};
    w.password = (struct span){second + 1, s.len - (size_t)(second + 1 - s.at)};
    w.ok = w.user.len > 0 && !memchr(second + 1, '\0', w.password.len);
    return w;
}
