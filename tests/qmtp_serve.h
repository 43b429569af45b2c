/* SPDX-License-Identifier: BSD-2-Clause */
/* A QMTP server on a string, with a sink that notes what it gets. */
#ifndef TESTS_QMTP_SERVE_H
#define TESTS_QMTP_SERVE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/qmtp_server.h"
#include "tests/marionette.h"

#define COUNT(list) (int)(sizeof list / sizeof list[0])

enum { ROOM = 1 << 16 };

struct kept {
    char mail[ROOM]; /* "from|to,to|text" of each */
    size_t mails, ended;
    char from[400], to[ROOM], text[ROOM];
    size_t to_len, text_len;
    bool unwilling;
};

static inline void kept_from(void *arg, struct span sender)
{
    struct kept *k = arg;

    snprintf(k->from, sizeof k->from, "%.*s", (int)sender.len, sender.at);
}

static inline void kept_to(void *arg, struct span to)
{
    struct kept *k = arg;

    k->to_len += (size_t)snprintf(k->to + k->to_len, ROOM - k->to_len, "%.*s,",
                                  (int)to.len, to.at);
}

static inline void kept_text(void *arg, struct span part)
{
    struct kept *k = arg;

    memcpy(k->text + k->text_len, part.at, part.len);
    k->text_len += part.len;
}

static inline bool kept_end(void *arg, bool accepted)
{
    struct kept *k = arg;
    size_t at = strlen(k->mail);

    k->ended++;
    if (accepted && !k->unwilling) {
        k->mails++;
        snprintf(k->mail + at, ROOM - at, "%s|%s|%.*s\n", k->from, k->to,
                 (int)k->text_len, k->text);
    }
    *k->to = *k->from = '\0';
    k->to_len = k->text_len = 0;
    return accepted && !k->unwilling;
}

static const struct verdict verdicts[] = {{"no@x", "550 no such user"},
                                          {"later@x", "450 not now"},
                                          {"far@x", "251 elsewhere"}};

struct serving {
    struct kept kept;
    struct mail_sink sink;
    struct server_config config;
    struct qmtp_server server;
    struct marionette on;
};

static inline struct serving *serve(void)
{
    struct serving *s = calloc(1, sizeof *s);

    s->sink =
        (struct mail_sink){&s->kept, kept_from, kept_to, kept_text, kept_end};
    server_defaults(&s->config, "s");
    s->config.sink = &s->sink;
    s->config.verdicts = verdicts;
    s->config.verdict_count = 3;
    qmtp_server_init(&s->server, &s->config);
    marionette_init(&s->on, &s->server.machine);
    marionette_start(&s->on);
    return s;
}

static inline void serve_end(struct serving *s)
{
    marionette_release(&s->on);
    free(s);
}

#endif
