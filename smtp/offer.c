/* SPDX-License-Identifier: BSD-2-Clause */
/* EHLO keywords as a set, and the memory of early pipelining. */
#include "smtp/offer.h"

#include <string.h>

#include "smtp/auth.h"
#include "smtp/wire.h"

/* clang-format off */
#define X(name, word) word,
static const char *const words[] = {OFFERS(X)};
#undef X
/* clang-format on */

const char *offer_name(int bit_number)
{
    return words[bit_number];
}

uint32_t offer_bit(struct span word)
{
    for (int i = 0; i < OFFER_COUNT; i++)
        if (span_is(word, words[i]))
            return 1u << i;
    if (span_is(word, "PIPE_CONNECT") || span_is(word, "X_PIPE_CONNECT"))
        return OFFER_PIPECONNECT;
    return 0;
}

/* An ID that we have no room for is as good as none: it cannot be said. */
static void learn_id(struct offer *o, struct span id)
{
    o->qhlo_id[0] = '\0';
    if (id.len >= sizeof o->qhlo_id)
        return;
    for (size_t i = 0; i < id.len; i++)
        if (id.at[i] <= ' ' || id.at[i] > '~')
            return;
    memcpy(o->qhlo_id, id.at, id.len);
    o->qhlo_id[id.len] = '\0';
}

void offer_learn(struct offer *o, struct span line)
{
    uint32_t bit = offer_bit(span_word(&line));

    o->has |= bit;
    if (bit == OFFER_SIZE && !wire_number(span_word(&line), &o->size_max))
        o->size_max = 0;
    if (bit == OFFER_QUICKSTART)
        learn_id(o, span_word(&line));
    if (bit == OFFER_LIMITS)
        limits_learn(&o->limits, line);
    while (bit == OFFER_AUTH && line.len > 0)
        o->auth |= auth_bit(span_word(&line));
}

bool endpoint_equal(struct endpoint a, struct endpoint b)
{
    return a.family == b.family && a.port == b.port &&
           memcmp(a.ip, b.ip, a.family == 4 ? 4 : 16) == 0;
}

static bool is_of(const struct remembered *r, struct endpoint peer, bool secure)
{
    return r->peer.family && endpoint_equal(r->peer, peer) &&
           r->secure == secure;
}

const struct offer *offer_recall_as(const struct offer_memory *m,
                                    struct endpoint peer, bool secure)
{
    for (int i = 0; i < OFFER_MEMORY; i++)
        if (is_of(&m->at[i], peer, secure))
            return &m->at[i].offer;
    return NULL;
}

void offer_remember_as(struct offer_memory *m, struct endpoint peer,
                       bool secure, struct offer offer, int64_t now_ns)
{
    struct remembered *place = &m->at[0];

    offer_forget_as(m, peer, secure);
    for (int i = 0; i < OFFER_MEMORY && place->peer.family; i++)
        if (!m->at[i].peer.family || m->at[i].learnt_ns < place->learnt_ns)
            place = &m->at[i];
    *place = (struct remembered){peer, secure, offer, now_ns};
}

void offer_forget_as(struct offer_memory *m, struct endpoint peer, bool secure)
{
    for (int i = 0; i < OFFER_MEMORY; i++)
        if (is_of(&m->at[i], peer, secure))
            m->at[i] = (struct remembered){0};
}

const struct offer *offer_recall(const struct offer_memory *m,
                                 struct endpoint peer)
{
    return offer_recall_as(m, peer, false);
}

void offer_remember(struct offer_memory *m, struct endpoint peer,
                    struct offer offer, int64_t now_ns)
{
    offer_remember_as(m, peer, false, offer, now_ns);
}

void offer_forget(struct offer_memory *m, struct endpoint peer)
{
    offer_forget_as(m, peer, false);
}
