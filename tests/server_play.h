/* SPDX-License-Identifier: BSD-2-Clause */
/* A server on a string, with a sink that notes what it gets. */
#ifndef TESTS_SERVER_PLAY_H
#define TESTS_SERVER_PLAY_H

#include <stdio.h>

#include "smtp/server.h"
#include "tests/marionette.h"

#define CRLF "\r\n"
#define HI "EHLO c" CRLF
#define MR HI "MAIL FROM:<a>" CRLF "RCPT TO:<b>" CRLF

#define ALL                                                                    \
    (OFFER_PIPELINING | OFFER_CHUNKING | OFFER_SIZE | OFFER_8BITMIME |         \
     OFFER_DSN | OFFER_SMTPUTF8)

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])

static const struct verdict verdicts[] = {
    {"no", "550 no"}, {"later", "451 later"}, {"far", "251 will forward"}};

struct play {
    struct server server;
    struct server_config config;
    struct marionette marionette;
    struct mail_sink sink;
    char from[100], to[300];
    struct bytes text;
    int ended, accepted;
    bool full; /* nothing can be kept */
};

static inline void sink_from(void *play, struct span s)
{
    struct play *p = play;

    snprintf(p->from, sizeof p->from, "%.*s", (int)s.len, s.at);
    p->to[0] = '\0';
    p->text.len = 0;
}

static inline void sink_to(void *play, struct span s)
{
    struct play *p = play;
    size_t used = strlen(p->to);

    snprintf(p->to + used, sizeof p->to - used, "%.*s,", (int)s.len, s.at);
}

static inline void sink_text(void *play, struct span s)
{
    bytes_add(&((struct play *)play)->text, s);
}

static inline bool sink_end(void *play, bool accepted)
{
    struct play *p = play;

    p->ended++;
    p->accepted += accepted;
    return !p->full;
}

static inline void play_init(struct play *p, bool bare, uint32_t flaws)
{
    *p = (struct play){0};
    server_defaults(&p->config, "s");
    p->config.offer =
        bare ? (struct offer){0} : (struct offer){.has = ALL, .size_max = 10};
    p->config.flaws = flaws;
    p->config.verdicts = verdicts;
    p->config.verdict_count = 3;
    p->sink = (struct mail_sink){p, sink_from, sink_to, sink_text, sink_end};
    p->config.sink = &p->sink;
}

static inline void play_begin(struct play *p)
{
    server_init(&p->server, &p->config);
    marionette_init(&p->marionette, &p->server.machine);
    marionette_start(&p->marionette);
    marionette_opened(&p->marionette);
}

static inline void play_end(struct play *p)
{
    marionette_end(&p->marionette);
    marionette_run_out(&p->marionette);
    MUST(!p->marionette.open);
    marionette_release(&p->marionette);
    bytes_free(&p->text);
}

/* The codes of what was said behind the first `from` bytes, "250 354". */
static inline const char *codes(const struct marionette *p, size_t from)
{
    static char out[20000];
    const char *at = p->said.at + from;
    size_t len = p->said.len - from, used = 0;

    out[0] = '\0';
    while (len > 0) {
        const char *lf = memchr(at, '\n', len);
        size_t line = (size_t)(lf - at) + 1;

        MUST(lf && lf[-1] == '\r' && line >= 5);
        if (at[3] == ' ')
            used += (size_t)snprintf(out + used, sizeof out - used, "%s%.3s",
                                     used ? " " : "", at);
        at += line;
        len -= line;
    }
    return out;
}

static inline void expect(const struct marionette *p, size_t from,
                          const char *due, const char *name)
{
    const char *found = codes(p, from);

    if (strcmp(found, due) != 0)
        ck_abort_msg("%s: found %s, expected %s", name, found, due);
}

#endif
