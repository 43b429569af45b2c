/* SPDX-License-Identifier: BSD-2-Clause */
/* What a machine through TLS asks the world for. */
#include "smtp/tls_machine_inner.h"

#include "smtp/alarm.h"

void tls_machine_take_back(struct tls_machine *m)
{
    if (m->lent > 0)
        tls_sent(&m->engine, m->lent);
    m->lent = 0;
}

/* Seals what was said, as much as makes about one record. A client's hello
 * takes 0-RTT data along. */
static void seal(struct tls_machine *m)
{
    char plain[TLS_RECORD];
    size_t may, said = 1;

    while (!tls_queue_is_empty(&m->queue) && said > 0 &&
           (may = tls_may_say(&m->engine)) > 0 &&
           tls_out(&m->engine).len < TLS_RECORD) {
        said = tls_say(&m->engine, tls_queue_next(&m->queue, plain, may));
        tls_queue_drop(&m->queue, said);
        m->start_due = false;
    }
    if (m->start_due)
        tls_start(&m->engine);
    m->start_due = false;
    if (m->engine.state == TLS_FAILED)
        tls_machine_fail(m);
}

/* RFC 5246, 7.2.1: who hears close_notify drops what he would say. */
static bool cut_short(const struct tls_machine *m)
{
    return m->engine.close_heard && m->engine.version < TLS_V13;
}

/* Whether all is said that may be before we close. */
static bool may_close(const struct tls_machine *m)
{
    bool peer_closed = m->end_heard || m->engine.close_heard;

    if (m->half_closed || !m->open)
        return false;
    if (m->engine.state == TLS_FAILED || cut_short(m))
        return true;
    return m->half_close_wanted && m->engine.state == TLS_OPEN &&
           tls_queue_is_empty(&m->queue) &&
           (m->server || m->engine.version >= TLS_V13 || peer_closed);
}

/* The ciphertext at hand, lent until the next call. */
static struct span lend(struct tls_machine *m)
{
    struct span out = tls_out(&m->engine);

    m->lent = out.len;
    if (!m->server && m->engine.state == TLS_SHAKE_HANDS) {
        m->said_ns = m->now_ns;
        m->waiting = !m->told_secure && m->engine.early == TLS_EARLY_NONE;
    }
    return out;
}

static struct ask ask_open(struct tls_machine *m)
{
    struct ask a = {
        .kind = ASK_OPEN, .peer = m->peer, .fast = m->config->hello_in_syn};
    bool can_be_early = tls_may_say(&m->engine) > 0;

    m->open_due = false;
    m->exists = true;
    m->asked_ns = m->now_ns;
    if (m->config->hello_in_syn &&
        !(can_be_early && tls_queue_is_empty(&m->queue))) {
        seal(m);
        a.bytes = lend(m);
        m->hello_rode = true;
    }
    return a;
}

static struct ask ask_bytes(struct tls_machine *m)
{
    struct ask a = {.kind = ASK_NOTHING};
    bool quiet = m->finished_alone && tls_queue_is_empty(&m->queue);

    m->finished_alone = false;
    if (cut_short(m))
        tls_queue_clear(&m->queue);
    seal(m);
    if (tls_out(&m->engine).len == 0 && may_close(m))
        tls_say_end(&m->engine);
    if (tls_out(&m->engine).len > 0) {
        a = (struct ask){.kind = ASK_SEND, .bytes = lend(m), .quiet = quiet};
    } else if (may_close(m)) {
        m->half_closed = true;
        a.kind = ASK_HALF_CLOSE;
    }
    if (m->half_closed && m->end_heard) { /* the stream is over */
        m->exists = m->open = false;
        m->own_ns = NEVER_NS;
    }
    return a;
}

static struct ask ask_alarm(struct tls_machine *m)
{
    return ask_wake_at(&m->alarm_ns,
                       m->inner_ns < m->own_ns ? m->inner_ns : m->own_ns);
}

static struct ask ask_tls(struct tls_machine *m)
{
    struct ask a = {.kind = ASK_NOTHING};

    if (m->abort_due && m->exists) {
        m->exists = m->open = m->abort_due = false;
        return (struct ask){.kind = ASK_ABORT};
    }
    if (m->open_due)
        return ask_open(m);
    if (m->open)
        a = ask_bytes(m);
    return a.kind != ASK_NOTHING ? a : ask_alarm(m);
}

/* TLS begins in the midst of an open stream. 0-RTT data are for a machine that
 * has nothing more to hear in the clear. */
static void upgrade(struct tls_machine *m, bool ahead)
{
    tls_machine_begin(m);
    m->clear_in = ahead;
    if (!m->told_over)
        tls_machine_time_handshake(m);
    if (!ahead)
        tls_machine_speak_early(m);
    tls_machine_heed(m);
}

static struct ask ask_clear(struct tls_machine *m)
{
    struct ask a = machine_ask(m->inner);

    if (a.kind == ASK_OPEN && a.secure) {
        upgrade(m, a.ahead);
        return ask_tls(m);
    }
    if (a.kind == ASK_OPEN)
        m->peer = a.peer;
    if (a.kind == ASK_HALF_CLOSE)
        m->half_closed = true;
    if (a.kind == ASK_WAKE)
        m->alarm_ns = m->inner_ns = a.at_ns;
    return a;
}

struct ask tls_machine_is_asked(struct machine *machine)
{
    struct tls_machine *m = (struct tls_machine *)machine;

    tls_machine_take_back(m);
    return m->clear ? ask_clear(m) : ask_tls(m);
}
