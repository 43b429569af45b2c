/* SPDX-License-Identifier: BSD-2-Clause */
/* A slot for each delivery at a time; a finished one makes room for the
 * next. */
#include "bench/run/mailer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/host.h"
#include "smtp/checkpoint.h"

enum { TRANSID = CHECKPOINT_ID + 1 };

struct slot {
    struct delivery delivery; /* first: the machine is found by it */
    struct delivery_config config;
    struct mail *mail;
    struct recipient *to;
    char (*transid)[TRANSID]; /* of each mail */
};

struct mailer {
    const struct mailer_config *config;
    struct host *host;
    size_t begun;
    mailer_done *done;
    void *arg;
    struct slot *slots;
    struct machine pacer; /* starts connections at their time */
    struct slot **idle;
    size_t idle_count;
    int64_t start_ns, alarm_ns, asked_ns;
    bool failed;
};

static size_t rooms(const struct client_config *k)
{
    return k->mail_room > k->mail_count ? k->mail_room : k->mail_count;
}

static int fill(struct slot *s, const struct delivery_config *pattern)
{
    const struct client_config *k = &pattern->session;
    size_t n = 0;

    for (size_t i = 0; i < k->mail_count; i++)
        n += k->mails[i].recipients;
    s->config = *pattern;
    s->mail = malloc(rooms(k) * sizeof *s->mail);
    s->to = malloc(n * sizeof *s->to);
    s->transid = malloc(k->mail_count * sizeof *s->transid);
    if (!s->mail || !s->to || !s->transid)
        return -1;
    s->config.session.mails = s->mail;
    return 0;
}

/* As the pattern has them; those before may have been divided. Of all messages
 * that anybody has ever sent, none has the TRANSID of another (RFC 1845, 2). */
static void copy_mails(struct slot *s, const struct client_config *k,
                       size_t connection)
{
    struct timespec now;
    size_t at = 0;

    clock_gettime(CLOCK_REALTIME, &now);
    for (size_t i = 0; i < k->mail_count; i++) {
        s->mail[i] = k->mails[i];
        snprintf(s->transid[i], TRANSID, "<%x.%x.%x.%llx.%lx@turnaround>",
                 (unsigned)i, (unsigned)connection, (unsigned)getpid(),
                 (unsigned long long)now.tv_sec, (unsigned long)now.tv_nsec);
        s->mail[i].transid = s->transid[i];
        s->mail[i].to = s->to + at;
        memcpy(s->to + at, k->mails[i].to,
               k->mails[i].recipients * sizeof *s->to);
        at += k->mails[i].recipients;
    }
}

static void start(struct mailer *m, struct slot *s)
{
    copy_mails(s, &m->config->delivery.session, m->begun);
    m->begun++;
    delivery_init(&s->delivery, &s->config);
    if (host_start(m->host, &s->delivery.machine, NULL, NULL) < 0)
        m->failed = true;
}

/* When the next connection is due. */
static int64_t due_ns(const struct mailer *m)
{
    if (m->config->rate <= 0)
        return 0;
    return m->start_ns + (int64_t)((double)m->begun / m->config->rate * 1e9);
}

static void start_due(struct mailer *m, int64_t now_ns)
{
    while (m->idle_count > 0 && m->begun < m->config->connections &&
           due_ns(m) <= now_ns && !m->failed)
        start(m, m->idle[--m->idle_count]);
    m->alarm_ns = m->idle_count > 0 && m->begun < m->config->connections
                      ? due_ns(m)
                      : NEVER_NS;
}

static void finished(void *mailer, struct machine *machine)
{
    struct mailer *m = mailer;
    struct slot *s = (struct slot *)machine;

    if (machine == &m->pacer)
        return;
    mail_join(s->mail, s->delivery.mail_count);
    m->done(m->arg, &s->delivery, s->mail, s->delivery.mail_count);
    delivery_release(&s->delivery);
    m->idle[m->idle_count++] = s;
    if (m->config->rate <= 0)
        start_due(m, host_now_ns());
}

static struct mailer *mailer_of(struct machine *pacer)
{
    return (struct mailer *)(void *)((char *)pacer -
                                     offsetof(struct mailer, pacer));
}

static size_t pacer_tell(struct machine *machine, const struct told *t)
{
    struct mailer *m = mailer_of(machine);

    if (t->kind == TOLD_START)
        m->start_ns = t->now_ns;
    m->asked_ns = NEVER_NS;
    start_due(m, t->now_ns);
    return 0;
}

static struct ask pacer_ask(struct machine *machine)
{
    struct mailer *m = mailer_of(machine);
    int64_t at_ns = m->begun < m->config->connections && m->alarm_ns == NEVER_NS
                        ? host_now_ns() + 1000000 /* wait for a slot */
                        : m->alarm_ns;

    if (m->asked_ns != NEVER_NS || at_ns == NEVER_NS)
        return (struct ask){.kind = ASK_NOTHING};
    m->asked_ns = at_ns;
    return (struct ask){.kind = ASK_WAKE, .at_ns = at_ns};
}

static int make_slots(struct mailer *m)
{
    size_t n = m->config->parallel;

    m->slots = calloc(n, sizeof *m->slots);
    m->idle = calloc(n, sizeof(*m->idle));
    if (!m->slots || !m->idle)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (fill(&m->slots[i], &m->config->delivery) < 0)
            return -1;
        m->idle[m->idle_count++] = &m->slots[i];
    }
    return 0;
}

static void release(struct mailer *m)
{
    host_free(m->host);
    for (size_t i = 0; m->slots && i < m->config->parallel; i++) {
        if (m->slots[i].delivery.config) /* it was begun */
            delivery_release(&m->slots[i].delivery);
        free(m->slots[i].mail);
        free(m->slots[i].to);
        free(m->slots[i].transid);
    }
    free(m->slots);
    free(m->idle);
}

int mailer_run(const struct mailer_config *config, mailer_done *done, void *arg)
{
    struct mailer m = {.config = config,
                       .done = done,
                       .arg = arg,
                       .pacer = {pacer_tell, pacer_ask},
                       .alarm_ns = NEVER_NS,
                       .asked_ns = NEVER_NS};
    int result = -1;

    m.host = host_new();
    if (m.host && make_slots(&m) == 0) {
        host_on_finished(m.host, finished, &m);
        m.start_ns = host_now_ns();
        if (config->rate > 0)
            host_start(m.host, &m.pacer, NULL, NULL);
        else
            start_due(&m, m.start_ns);
        result = m.failed ? -1 : host_run(m.host, NEVER_NS);
    }
    release(&m);
    return result;
}
