/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions beside a delivery's own: each is a delivery of one mail, and what
 * it wants of the world is wanted by the one it belongs to. */
#include "smtp/delivery_inner.h"

static void start_mate(struct delivery *d, struct delivery_mate *m)
{
    m->config = *d->config;
    m->config.session.mails += d->next++;
    m->config.session.mail_count = 1;
    m->config.mate_count = 0;
    if (d->apart)
        m->config.session.bargain = NULL;
    m->busy = true;
    m->stream = m->within = -1;
    m->alarm_ns = NEVER_NS;
    delivery_init(&m->delivery, &m->config);
    machine_tell(&m->delivery.machine,
                 &(struct told){.kind = TOLD_START, .now_ns = d->now_ns});
}

void delivery_start_mates(struct delivery *d)
{
    const struct bargain *b = d->config->session.bargain;

    if (!b || !b->strategy->parallel)
        return;
    for (size_t i = 0; i < d->config->mate_count && d->next < d->pieces; i++)
        if (!d->config->mates[i].busy)
            start_mate(d, &d->config->mates[i]);
}

static void add_mate(struct delivery *d, struct delivery_mate *m)
{
    const struct delivery *o = &m->delivery;

    d->connections += o->connections;
    d->fast += o->fast;
    d->turnarounds += o->turnarounds;
    d->decisions += o->decisions;
    d->tls_turnarounds += o->tls_turnarounds;
    d->tls_wait_ns += o->tls_wait_ns;
    for (int i = 0; i < STEP_END; i++)
        d->wait_ns[i] += o->wait_ns[i];
    d->handshake_ns += o->handshake_ns;
    d->accepted_ns = delivery_later(d->accepted_ns, o->accepted_ns);
    d->closed_ns = delivery_later(d->closed_ns, o->closed_ns);
    d->bytes_out += o->bytes_out;
    d->bytes_in += o->bytes_in;
    delivery_release(&m->delivery);
    m->busy = false;
}

void delivery_wake_mates(struct delivery *d)
{
    for (size_t i = 0; i < d->config->mate_count; i++) {
        struct delivery_mate *m = &d->config->mates[i];

        if (!m->busy || d->now_ns < m->alarm_ns)
            continue;
        m->alarm_ns = NEVER_NS;
        machine_tell(&m->delivery.machine,
                     &(struct told){.kind = TOLD_WAKE, .now_ns = d->now_ns});
    }
}

size_t delivery_tell_mate(struct delivery *d, const struct told *t)
{
    for (size_t i = 0; i < d->config->mate_count; i++) {
        struct delivery_mate *m = &d->config->mates[i];
        struct told inner = *t;

        if (!m->busy || m->stream != t->stream)
            continue;
        inner.stream = m->within;
        return machine_tell(&m->delivery.machine, &inner);
    }
    return t->bytes.len; /* of a session that is over */
}

/* Streams have numbers of the whole delivery's. TLS opens one again. */
static struct ask ask_mate(struct delivery *d, struct delivery_mate *m)
{
    struct ask a = machine_ask(&m->delivery.machine);

    if (a.kind == ASK_NOTHING)
        return a;
    if (a.kind == ASK_WAKE) {
        m->alarm_ns = a.at_ns;
        return a;
    }
    if (a.kind == ASK_OPEN && a.stream != m->within) {
        m->within = a.stream;
        m->stream = d->streams++;
    }
    a.stream = m->stream;
    return a;
}

struct ask delivery_ask_mates(struct delivery *d)
{
    struct ask a = {.kind = ASK_NOTHING};

    for (size_t i = 0; i < d->config->mate_count; i++) {
        struct delivery_mate *m = &d->config->mates[i];

        while (m->busy) {
            a = ask_mate(d, m);
            if (a.kind != ASK_NOTHING && a.kind != ASK_WAKE)
                return a;
            if (a.kind == ASK_WAKE)
                continue;
            if (!delivery_is_over(&m->delivery))
                break;
            add_mate(d, m);
            if (d->next < d->pieces)
                start_mate(d, m);
        }
    }
    return (struct ask){.kind = ASK_NOTHING};
}

int64_t delivery_mates_alarm(const struct delivery *d)
{
    int64_t at_ns = NEVER_NS;

    for (size_t i = 0; i < d->config->mate_count; i++) {
        const struct delivery_mate *m = &d->config->mates[i];

        if (m->busy && m->alarm_ns < at_ns)
            at_ns = m->alarm_ns;
    }
    return at_ns;
}
