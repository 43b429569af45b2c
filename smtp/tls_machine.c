/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine through TLS: towards the world it is a machine, towards the one
 * within a world. */
#include "smtp/tls_machine.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/tls_machine_inner.h"

#define SECONDS INT64_C(1000000000)

#define HANDSHAKE_NS (60 * SECONDS)

/* A peer that was told of a failure gets this long to close its side. */
#define LINGER_NS (10 * SECONDS)

void tls_peer_key(char key[TLS_PEER_KEY], const char *name, struct endpoint at)
{
    char ip[2 * sizeof at.ip + 1] = "";

    for (size_t i = 0; i < (at.family == 4 ? 4 : sizeof at.ip); i++)
        snprintf(ip + 2 * i, 3, "%02x", at.ip[i]);
    snprintf(key, TLS_PEER_KEY, "%s:%u %.100s", ip, at.port, name ? name : "");
}

static size_t tell(struct tls_machine *m, struct told t)
{
    t.now_ns = m->now_ns;
    return machine_tell(m->inner, &t);
}

static void forget_held(struct tls_machine *m)
{
    free(m->held);
    m->held = NULL;
    m->held_from = m->held_len = 0;
}

void tls_machine_drop(struct tls_machine *m)
{
    tls_queue_clear(&m->queue);
    forget_held(m);
}

static void count_wait(struct tls_machine *m)
{
    m->turnarounds++;
    m->wait_ns += m->now_ns - m->said_ns;
    m->waiting = false;
}

void tls_machine_fail(struct tls_machine *m)
{
    if (m->told_over)
        return;
    if (m->waiting)
        count_wait(m);
    tls_machine_drop(m);
    m->told_over = true;
    m->half_close_wanted = true;
    m->open_due = m->start_due = false;
    m->own_ns = m->open ? m->now_ns + LINGER_NS : NEVER_NS;
    tell(m, (struct told){.kind = m->told_open ? TOLD_RESET : TOLD_REFUSED,
                          .error = EPROTO});
    tls_machine_heed(m);
}

void tls_machine_begin(struct tls_machine *m)
{
    char key[TLS_PEER_KEY];
    struct tls_peer peer = {m->config->name, key, m->config->early};

    tls_peer_key(key, m->config->name, m->peer);
    m->clear = false;
    m->secured = true;
    m->start_due = !m->server;
    if (tls_init(&m->engine, m->config->setup, m->server ? NULL : &peer) < 0)
        tls_machine_fail(m);
}

void tls_machine_time_handshake(struct tls_machine *m)
{
    m->began_ns = m->now_ns;
    m->own_ns = m->now_ns + (m->config->handshake_ns ? m->config->handshake_ns
                                                     : HANDSHAKE_NS);
}

static void keep_said(struct tls_machine *m, const struct ask *a)
{
    m->said = true;
    if (tls_queue_add(&m->queue, a->bytes, a->lasting) == 0)
        return;
    tls_give_up(&m->engine, "no memory");
    tls_machine_fail(m);
}

/* Does, or keeps for later, one thing that the machine within asks for. Once
 * all is over for it, only its alarm is still its own. */
static void heed(struct tls_machine *m, const struct ask *a)
{
    if (a->kind == ASK_WAKE)
        m->inner_ns = a->at_ns;
    if (m->told_over)
        return;
    switch (a->kind) {
    case ASK_OPEN:
        if (m->clear_in && a->secure) {
            m->clear_in = false;
            break;
        }
        assert(!m->secured);
        m->peer = a->peer;
        m->open_due = true;
        tls_machine_begin(m);
        if (!m->told_over)
            keep_said(m, a);
        break;
    case ASK_SEND:
        keep_said(m, a);
        break;
    case ASK_HALF_CLOSE:
        m->half_close_wanted = true;
        break;
    case ASK_ABORT:
        tls_machine_drop(m);
        m->told_over = m->abort_due = true;
        m->own_ns = NEVER_NS;
        break;
    case ASK_NOTHING:
    case ASK_WAKE:
    case ASK_DATAGRAM:
        break;
    }
}

void tls_machine_heed(struct tls_machine *m)
{
    struct ask a;

    do {
        a = machine_ask(m->inner);
        heed(m, &a);
    } while (a.kind != ASK_NOTHING);
}

/* Offers plaintext until no more of it is taken; returns how much was. */
static size_t offer(struct tls_machine *m, struct span plain)
{
    size_t taken, all = 0;

    do {
        m->said = false;
        taken = tell(m, (struct told){.kind = TOLD_BYTES, .bytes = plain});
        plain = (struct span){plain.at + taken, plain.len - taken};
        all += taken;
        tls_machine_heed(m);
    } while (plain.len > 0 && (taken > 0 || m->said) && !m->told_over);
    return all;
}

/* Whether nothing is left of what was held. */
static bool offer_held(struct tls_machine *m)
{
    size_t taken = 0;

    if (m->held_len > 0)
        taken = offer(m, (struct span){m->held + m->held_from,
                                       m->held_len - m->held_from});
    if (m->held) /* it has not aborted */
        m->held_from += taken;
    if (m->held_from == m->held_len)
        forget_held(m);
    return m->held_len == 0;
}

static void deliver(struct tls_machine *m, struct span plain)
{
    size_t taken = m->told_over ? plain.len : offer(m, plain);

    if (taken == plain.len || m->told_over)
        return;
    m->held_len = plain.len - taken;
    m->held_from = 0;
    m->held = malloc(m->held_len);
    if (m->held) {
        memcpy(m->held, plain.at + taken, m->held_len);
        return;
    }
    m->held_len = 0;
    tls_give_up(&m->engine, "no memory");
    tls_machine_fail(m);
}

/* Under TLS 1.3 the peer's close_notify is its end, whenever the FIN comes. */
static void pass_end(struct tls_machine *m)
{
    if (m->end_told || m->told_over || !m->told_open || m->held_len > 0 ||
        !(m->end_heard || m->engine.close_heard))
        return;
    m->end_told = true;
    tell(m, (struct told){.kind = TOLD_END});
    tls_machine_heed(m);
}

static void tell_secure(struct tls_machine *m, bool riding)
{
    m->told_open = m->told_secure = true;
    tell(m, (struct told){.kind = TOLD_OPENED,
                          .peer = m->peer,
                          .secure = true,
                          .riding = riding});
    tls_machine_heed(m);
}

/* The handshake is over. Where the machine within was told that it may speak
 * before, its own wait is the handshake's too; but something more is said, if
 * only our Finished, so an answer that did not come along is another one. Not
 * so where 0-RTT data were taken: the peer has heard what it is to answer, and
 * takes its time, and nobody answers our Finished. */
static void handshake_done(struct tls_machine *m, bool plain)
{
    bool taken = m->engine.early == TLS_EARLY_TAKEN;

    m->done_ns = m->now_ns;
    m->own_ns = NEVER_NS;
    if (!m->told_secure)
        tell_secure(m, !m->server && (plain || tls_out(&m->engine).len == 0));
    else if (!m->server &&
             ((!plain && !taken) || !tls_queue_is_empty(&m->queue)))
        count_wait(m);
    else if (!m->server)
        m->finished_alone = taken && !plain;
}

static void look_at_state(struct tls_machine *m, bool plain)
{
    switch (m->engine.state) {
    case TLS_SHAKE_HANDS:
        break;
    case TLS_HALF_OPEN:
        if (!m->told_secure)
            tell_secure(m, false);
        break;
    case TLS_OPEN:
        if (m->done_ns == NEVER_NS)
            handshake_done(m, plain);
        break;
    case TLS_FAILED:
        tls_machine_fail(m);
        break;
    }
}

static size_t hear(struct tls_machine *m, struct span in)
{
    char plain[TLS_RECORD];
    struct tls_heard h = {.plain_len = sizeof plain};
    size_t taken = 0;

    if (m->waiting)
        count_wait(m);
    while (h.plain_len == sizeof plain && offer_held(m) && !m->told_over) {
        h = tls_hear(&m->engine, (struct span){in.at + taken, in.len - taken},
                     plain, sizeof plain);
        taken += h.taken;
        if (m->engine.state != TLS_FAILED)
            look_at_state(m, h.plain_len > 0);
        if (h.plain_len > 0)
            deliver(m, (struct span){plain, h.plain_len});
        if (m->engine.state == TLS_FAILED)
            tls_machine_fail(m);
    }
    return m->told_over ? in.len : taken;
}

/* The reply to STARTTLS, behind which our hello has gone already; the wait for
 * it is the machine's within. */
static size_t hear_clear(struct tls_machine *m, struct span in)
{
    m->waiting = false;
    return tell(m, (struct told){.kind = TOLD_BYTES, .bytes = in});
}

void tls_machine_speak_early(struct tls_machine *m)
{
    if (m->engine.state != TLS_FAILED && !m->server && !m->told_secure &&
        (m->engine.early != TLS_EARLY_NONE || tls_may_say(&m->engine) > 0))
        tell_secure(m, false);
}

static void hear_opened(struct tls_machine *m, const struct told *t)
{
    m->exists = m->open = true;
    m->fast = t->fast && m->hello_rode;
    if (m->server) {
        m->peer = t->peer;
        tls_machine_begin(m);
    }
    tls_machine_time_handshake(m);
    if (m->fast)
        m->began_ns = m->asked_ns;
    tls_machine_speak_early(m);
}

static void hear_end(struct tls_machine *m)
{
    m->end_heard = true;
    tls_hear_end(&m->engine);
    look_at_state(m, false);
}

/* The stream is gone, or never came to be. */
static void hear_over(struct tls_machine *m, int error)
{
    bool shaking = m->open && m->secured && m->engine.state == TLS_SHAKE_HANDS;

    if (m->waiting)
        count_wait(m);
    m->exists = m->open = false;
    m->own_ns = NEVER_NS;
    tls_machine_drop(m);
    if (m->told_over)
        return;
    m->told_over = true;
    if (shaking)
        tls_give_up(&m->engine, "the connection was reset in the handshake");
    tell(m, (struct told){.kind = m->told_open ? TOLD_RESET : TOLD_REFUSED,
                          .error = error});
}

static void ring(struct tls_machine *m)
{
    m->alarm_ns = NEVER_NS;
    if (m->now_ns >= m->own_ns) {
        m->abort_due = true;
        if (!m->told_over) {
            tls_give_up(&m->engine, "no TLS handshake in the time allowed");
            tls_machine_fail(m);
        }
        m->own_ns = NEVER_NS;
    }
    if (m->now_ns >= m->inner_ns) {
        m->inner_ns = NEVER_NS;
        tell(m, (struct told){.kind = TOLD_WAKE});
    }
}

static size_t tell_tls(struct tls_machine *m, const struct told *t)
{
    size_t taken = 0;

    switch (t->kind) {
    case TOLD_START:
    case TOLD_DATAGRAM:
        tell(m, *t);
        break;
    case TOLD_OPENED:
        hear_opened(m, t);
        break;
    case TOLD_BYTES:
        taken = m->clear_in ? hear_clear(m, t->bytes) : hear(m, t->bytes);
        break;
    case TOLD_END:
        hear_end(m);
        break;
    case TOLD_REFUSED:
    case TOLD_RESET:
        hear_over(m, t->error);
        break;
    case TOLD_WAKE:
        ring(m);
        break;
    }
    tls_machine_heed(m);
    offer_held(m);
    pass_end(m);
    return taken;
}

static size_t tell_clear(struct tls_machine *m, const struct told *t)
{
    if (t->kind == TOLD_OPENED)
        m->exists = m->open = m->told_open = true;
    if (t->kind == TOLD_OPENED && m->server)
        m->peer = t->peer;
    if (t->kind == TOLD_END)
        m->end_heard = m->end_told = true;
    if (t->kind == TOLD_WAKE)
        m->alarm_ns = m->inner_ns = NEVER_NS;
    return machine_tell(m->inner, t);
}

static size_t machine_is_told(struct machine *machine, const struct told *t)
{
    struct tls_machine *m = (struct tls_machine *)machine;

    tls_machine_take_back(m);
    m->now_ns = t->now_ns;
    return m->clear ? tell_clear(m, t) : tell_tls(m, t);
}

void tls_machine_init(struct tls_machine *m,
                      const struct tls_machine_config *config,
                      struct machine *inner)
{
    memset(m, 0, sizeof *m);
    m->machine = (struct machine){machine_is_told, tls_machine_is_asked};
    m->config = config;
    m->inner = inner;
    m->server = tls_setup_is_server(config->setup);
    m->clear = !config->implicit;
    m->began_ns = m->done_ns = NEVER_NS;
    m->inner_ns = m->own_ns = m->alarm_ns = NEVER_NS;
}

void tls_machine_release(struct tls_machine *m)
{
    tls_release(&m->engine);
    tls_machine_drop(m);
}
