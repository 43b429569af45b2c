/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/tls.h"

#include <string.h>

enum { CIPHER_CHANGE = 20, ALERT, HANDSHAKE, DATA, HEARTBEAT };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2, NEW_SESSION_TICKET = 4 };
enum { LONGEST = 16384 + 2048 }; /* RFC 5246, 6.2.3 */
enum { HELLO = 73 }; /* up to the suite, with the longest session id */
enum { TAG = 16 };   /* of all suites but CCM_8 */
enum { RANDOM_AT = 6, RANDOM_END = 38 };

bool tls_head_plausible(const uint8_t head[5])
{
    return head[0] >= CIPHER_CHANGE && head[0] <= HEARTBEAT && head[1] == 3 &&
           head[2] <= 4 && (head[3] << 8 | head[4]) <= LONGEST;
}

bool tls_begins(const uint8_t *at, size_t len)
{
    return at[0] == HANDSHAKE && (len < 2 || at[1] == 3) &&
           (len < 5 || tls_head_plausible(at));
}

/* The ServerHello names the suite, and with it the version: TLS 1.3 has its
 * own (RFC 8446, B.4). A HelloRetryRequest looks the same and is followed by
 * a real one. */
static void read_hello(struct tls *t, const struct tls_side *s)
{
    unsigned id = s->hello[38], suite;

    if (s->hello[0] != SERVER_HELLO || id > 32 || s->at < 41 + id)
        return;
    suite = (unsigned)s->hello[39 + id] << 8 | s->hello[40 + id];
    t->hello_done = true;
    t->suite = (uint16_t)suite;
    t->v13 = suite >> 8 == 0x13;
    t->tag = suite == 0x1305 ? 8 : TAG;
    t->finished = 4 + (suite == 0x1302 ? 48 : 32) + 1 + t->tag;
}

static bool is_alert(const struct tls *t, const struct tls_side *s)
{
    unsigned tag = t->hello_done ? t->tag : TAG;

    return s->head[0] == ALERT || (s->head[0] == DATA && s->left == 3 + tag &&
                                   (t->v13 || !t->hello_done));
}

static enum tls_kind client_kind(struct tls *t, struct tls_side *s)
{
    if (s->head[0] == HANDSHAKE)
        return TLS_SPEECH;
    if (s->head[0] != DATA || is_alert(t, s))
        return TLS_QUIET;
    if (t->v13 && t->hello_done && !t->client_finished) {
        t->shook++;
        t->client_finished = s->left == t->finished;
    } else {
        t->client_spoke = true;
    }
    return TLS_SPEECH;
}

/* Of a server's encrypted record behind the client's Finished. */
static enum tls_kind later_kind(struct tls *t, const struct tls_side *s)
{
    bool owed = t->client_spoke || t->greeting_owed;
    bool first = t->later++ == 0;

    if (t->no_more_tickets)
        return TLS_SPEECH;
    if (first) {
        t->ticket = s->left;
        t->burst = true;
    }
    if (!owed)
        return TLS_QUIET;
    if (first)
        return TLS_MAYBE;
    if (t->burst && t->ticket == s->left && !t->paired) {
        t->paired = true;
        return TLS_QUIET;
    }
    t->no_more_tickets = true;
    return TLS_SPEECH;
}

static enum tls_kind server_kind(struct tls *t, struct tls_side *s)
{
    if (s->head[0] == HANDSHAKE)
        return s->ciphered ? TLS_SPEECH : TLS_UNREAD;
    if (s->head[0] != DATA || is_alert(t, s))
        return TLS_QUIET;
    /* A Finished that shared its record with a certificate. */
    if (t->shook && !t->client_finished) {
        t->client_finished = true;
        t->client_spoke = t->shook > 1;
    }
    return t->v13 && t->client_finished ? later_kind(t, s) : TLS_SPEECH;
}

/* Takes header bytes. Returns how many. */
static size_t take_head(struct tls *t, enum tls_from from, const uint8_t *at,
                        size_t len)
{
    struct tls_side *s = &t->side[from];
    size_t n = sizeof s->head - s->have;

    n = n < len ? n : len;
    memcpy(s->head + s->have, at, n);
    s->have += (unsigned)n;
    if (s->have < sizeof s->head)
        return n;
    if (!tls_head_plausible(s->head)) {
        s->lost = true;
        return n;
    }
    s->at = 0;
    s->left = (uint32_t)(s->head[3] << 8 | s->head[4]);
    s->kind = from == TLS_CLIENT ? client_kind(t, s) : server_kind(t, s);
    if (s->head[0] == CIPHER_CHANGE)
        s->ciphered = true;
    if (s->left == 0)
        s->have = 0;
    return n;
}

/* A hello's kind, length and version stand before its random. */
static void read_random(struct tls *t, enum tls_from from)
{
    const struct tls_side *s = &t->side[from];

    if (s->hello[0] != (from == TLS_CLIENT ? CLIENT_HELLO : SERVER_HELLO))
        return;
    memcpy(t->random[from], s->hello + RANDOM_AT, sizeof t->random[from]);
    t->hello_from[from] = true;
}

/* Takes bytes of a record's body. Returns how many. */
static size_t take_body(struct tls *t, enum tls_from from, const uint8_t *at,
                        size_t len)
{
    struct tls_side *s = &t->side[from];
    size_t n = len < s->left ? len : s->left;

    if (s->kind == TLS_UNREAD)
        s->kind = at[0] == NEW_SESSION_TICKET ? TLS_QUIET : TLS_SPEECH;
    if (s->at < sizeof s->hello) {
        size_t room = sizeof s->hello - s->at;

        memcpy(s->hello + s->at, at, n < room ? n : room);
    }
    s->at += (uint32_t)n;
    s->left -= (uint32_t)n;
    if (s->head[0] == HANDSHAKE && !s->ciphered && s->at - n < RANDOM_END &&
        s->at >= RANDOM_END)
        read_random(t, from);
    if (from == TLS_SERVER && s->head[0] == HANDSHAKE && !s->ciphered &&
        s->at - n < HELLO && (s->at >= HELLO || s->left == 0))
        read_hello(t, s);
    if (s->left == 0)
        s->have = 0;
    return n;
}

/* Bytes are missing: inside one record they change nothing. */
static void take_gap(struct tls_side *s, size_t len)
{
    if (s->have < sizeof s->head || len > s->left) {
        s->lost = true;
        return;
    }
    s->at += (uint32_t)len;
    s->left -= (uint32_t)len;
    if (s->left == 0)
        s->have = 0;
}

bool tls_take(struct tls *t, enum tls_from from, const uint8_t *at, size_t len)
{
    struct tls_side *s = &t->side[from];
    bool speech = false, maybe = false;

    if (!at) {
        take_gap(s, len);
        return true;
    }
    if (s->lost && len >= sizeof s->head && tls_head_plausible(at)) {
        s->lost = false; /* records often begin where segments do */
        s->have = 0;
    }
    t->burst = t->paired = false;
    while (len > 0 && !s->lost) {
        bool body = s->have == sizeof s->head;
        size_t n =
            body ? take_body(t, from, at, len) : take_head(t, from, at, len);

        at += n;
        len -= n;
        if (s->have && s->have < sizeof s->head)
            break; /* the rest of the header will tell */
        speech = speech || s->kind == TLS_SPEECH;
        maybe = (maybe || s->kind == TLS_MAYBE) && !t->paired;
    }
    return speech || maybe || s->lost;
}

void tls_finished(struct tls *t)
{
    t->client_finished = true;
}

bool tls_inside(const struct tls *t, enum tls_from from)
{
    return t->side[from].have > 0 && !t->side[from].lost;
}

bool tls_shaking(const struct tls *t)
{
    if (t->client_spoke)
        return false;
    if (t->v13)
        return !t->client_finished;
    return !t->side[TLS_CLIENT].ciphered || !t->side[TLS_SERVER].ciphered;
}
