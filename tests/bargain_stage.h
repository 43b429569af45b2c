/* SPDX-License-Identifier: BSD-2-Clause */
/* A message in several forms, recipients who can take different ones, and
 * servers that know of them, in the ideal world. Who got what is written down
 * for each recipient. */
#ifndef TESTS_BARGAIN_STAGE_H
#define TESTS_BARGAIN_STAGE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/ideal.h"
#include "smtp/delivery.h"
#include "smtp/server.h"

enum { MOST = 60, FORMS = 8, SESSIONS = 2 * MOST + 2, RTT_NS = 20000000 };

struct session {
    struct server server;
    struct server_config config;
    struct mail_sink sink;
    struct stage *stage;
    size_t to[MOST], to_count;
    char text[40];
    size_t len;
};

struct stage {
    size_t n, classes;
    const enum ability_kind *answers; /* of recipient i: the i-th, in turn */
    size_t answer_count;
    uint32_t offer, ttl_s;
    struct ability ability;
    char filter[80], found[MOST][80];
    struct directory directory;
    struct form form[FORMS];
    char text[FORMS][40], address[MOST][20];
    struct recipient to[MOST];
    struct mail mail[MOST];
    struct bargain bargain;
    struct bargain_memory memory;
    struct offer_memory offers;
    struct delivery_config sending;
    struct delivery_mate mates[MOST];
    struct delivery delivery;
    struct session *session[SESSIONS];
    size_t sessions, copies[MOST], got[MOST], mails;
    int64_t end_ns;
};

static const struct endpoint at = {{192, 0, 2, 2}, 4, 25};

static inline size_t number_of(struct span address)
{
    char text[20];

    ck_assert_uint_lt(address.len, sizeof text);
    memcpy(text, address.at, address.len);
    text[address.len] = '\0';
    return strtoul(text + 1, NULL, 10);
}

/* The recipients of class c can take the forms from c on. */
static const struct ability *find(void *arg, struct span address)
{
    struct stage *s = arg;
    size_t i = number_of(address);

    snprintf(s->filter, sizeof s->filter, "(&(color=Binary)\n  (q<=%zu))",
             s->classes - i % s->classes);
    s->ability =
        (struct ability){s->answers[i % s->answer_count], s->filter, s->ttl_s};
    return &s->ability;
}

static inline void sink_from(void *arg, struct span from)
{
    struct session *k = arg;

    (void)from;
    k->to_count = k->len = 0;
}

static inline void sink_to(void *arg, struct span to)
{
    struct session *k = arg;

    k->to[k->to_count++] = number_of(to);
}

static inline void sink_text(void *arg, struct span part)
{
    struct session *k = arg;

    ck_assert_uint_lt(k->len + part.len, sizeof k->text);
    memcpy(k->text + k->len, part.at, part.len);
    k->len += part.len;
}

static inline bool sink_end(void *arg, bool accepted)
{
    struct session *k = arg;

    if (!accepted)
        return true;
    k->stage->mails++;
    k->text[k->len] = '\0';
    for (size_t i = 0; i < k->to_count; i++) {
        k->stage->copies[k->to[i]]++;
        k->stage->got[k->to[i]] = strtoul(k->text + 5, NULL, 10);
    }
    return true;
}

static inline struct machine *enter(void *arg, struct endpoint peer)
{
    struct stage *s = arg;
    struct session *k = calloc(1, sizeof *k);

    (void)peer;
    ck_assert_uint_lt(s->sessions, SESSIONS);
    s->session[s->sessions++] = k;
    k->stage = s;
    k->sink = (struct mail_sink){k, sink_from, sink_to, sink_text, sink_end};
    server_defaults(&k->config, "s");
    k->config.offer.has = s->offer;
    k->config.directory = &s->directory;
    k->config.sink = &k->sink;
    server_init(&k->server, &k->config);
    return &k->server.machine;
}

static inline void must_read(struct feature *f, const char *text)
{
    struct feature_error e;

    ck_assert(feature_read(f, (struct span){text, strlen(text)}, &e));
}

static inline struct stage *stage_new(enum strategy_id id, struct manner m,
                                      size_t n, size_t classes,
                                      const enum ability_kind *answers,
                                      size_t answer_count)
{
    struct stage *s = calloc(1, sizeof *s);
    char text[80];

    s->n = n;
    s->classes = classes;
    s->answers = answers;
    s->answer_count = answer_count;
    s->offer = OFFER_PIPELINING | OFFER_CHUNKING | OFFER_PIPECONNECT |
               OFFER_CONPERM | OFFER_CONNEG | OFFER_CAPABILITIES | OFFER_XRCAP;
    s->directory = (struct directory){s, find};
    for (size_t i = 0; i < classes; i++) {
        int len = snprintf(s->text[i], 40, "form %zu\r\n.\r\n", i);

        snprintf(text, sizeof text, "(&(color=Binary)(q=%zu))", classes - i);
        must_read(&s->form[i].features, text);
        s->form[i].stuffed = (struct span){s->text[i], (size_t)len};
        s->form[i].plain = (struct span){s->text[i], (size_t)len - 3};
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(s->address[i], 20, "u%zu@x", i);
        s->to[i].address = s->address[i];
    }
    s->bargain = (struct bargain){.strategy = strategy_of(id),
                                  .forms = s->form,
                                  .form_count = classes,
                                  .mail_room = MOST};
    s->sending.session = (struct client_config){.manner = m,
                                                .name = "c",
                                                .mails = s->mail,
                                                .mail_count = 1,
                                                .bargain = &s->bargain};
    client_default_timeouts(&s->sending.session);
    s->sending.peer = at;
    s->sending.memory = &s->offers;
    s->sending.mates = s->mates;
    s->sending.mate_count = MOST;
    return s;
}

static inline void stage_free(struct stage *s)
{
    while (s->sessions > 0)
        free(s->session[--s->sessions]);
    free(s);
}

static inline void deliver(struct stage *s)
{
    struct ideal_host host = {.at = at,
                              .up = {RTT_NS / 2, 0},
                              .down = {RTT_NS / 2, 0},
                              .accept = enter,
                              .arg = s};
    struct ideal_config world = {&host, 1, 0, NEVER_NS};

    while (s->sessions > 0)
        free(s->session[--s->sessions]);
    memset(s->copies, 0, sizeof s->copies);
    s->mails = 0;
    s->mail[0] = (struct mail){.from = "a@b",
                               .to = s->to,
                               .recipients = s->n,
                               .stuffed = s->form[s->classes - 1].stuffed,
                               .plain = s->form[s->classes - 1].plain,
                               .form = s->classes - 1};
    bargain_undo(s->mail, s->to, s->n);
    if (s->sending.session.manner.mode == MODE_EARLY)
        offer_remember(&s->offers, at, (struct offer){.has = s->offer}, 0);
    delivery_init(&s->delivery, &s->sending);
    s->end_ns = ideal_run(&world, &s->delivery.machine);
    ck_assert_int_ge(s->end_ns, 0);
}

static inline struct reckoning reckon(struct stage *s)
{
    struct reckoning r =
        bargain_reckon(s->mail, s->delivery.mail_count, s->to, s->n);
    size_t copies = 0;

    for (size_t i = 0; i < s->n; i++) {
        size_t who = number_of(
            (struct span){s->to[i].address, strlen(s->to[i].address)});

        ck_assert_uint_le(s->copies[who], 1);
        ck_assert_uint_eq(s->copies[who], s->to[i].fate == RECIPIENT_ACCEPTED);
        copies += s->copies[who];
    }
    ck_assert_uint_eq(copies, r.accepted);
    ck_assert_uint_eq(r.accepted + r.deferred + r.bounced, s->n);
    return r;
}

#endif
