/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates, setups, and calls between talkers, for the tests of
 * smtp/tls. */
#ifndef TESTS_TLS_HELP_H
#define TESTS_TLS_HELP_H

#include "smtp/tls_certificate.h"
#include "smtp/tls_machine.h"
#include "tests/tls_wire.h"

#define TODAY 1800000000 /* in 2027: when certificates are judged */
#define YEAR (366 * 86400)

static inline struct certificate
make(const char *name, const struct certificate *issuer, bool authority)
{
    char why[TLS_WHY] = "";
    struct certificate c;
    struct certificate_wish wish = {.name = name,
                                    .issuer = issuer,
                                    .authority = authority,
                                    .from_s = TODAY - YEAR,
                                    .until_s = TODAY + YEAR};

    ck_assert_msg(certificate_make(&c, &wish, why) == 0, "%s", why);
    return c;
}

static inline struct tls_setup *set_up(const struct tls_config *config)
{
    char why[TLS_WHY] = "";
    struct tls_setup *s = tls_setup_new(config, why);

    ck_assert_msg(s != NULL, "%s", why);
    return s;
}

/* A root, a server's certificate by it, and a setup for each end: of the test
 * that runs, whose fixture lab_new() and lab_done() are. */
static struct lab {
    struct certificate root, host;
    struct tls_config client, server;
    struct tls_setup *client_setup, *server_setup;
    struct tls_store *store;
} lab;

static inline void lab_set_up(void)
{
    lab.client_setup = set_up(&lab.client);
    lab.server_setup = set_up(&lab.server);
}

static inline void lab_new(void)
{
    lab = (struct lab){.root = make("root.example", NULL, true)};
    lab.host = make("mx.example", &lab.root, false);
    lab.store = tls_store_new(8);
    lab.client = (struct tls_config){.anchors = whole(lab.root.chain),
                                     .judged_at_s = TODAY,
                                     .store = lab.store};
    lab.server = (struct tls_config){.server = true,
                                     .chain = whole(lab.host.chain),
                                     .key = whole(lab.host.key),
                                     .judged_at_s = TODAY};
}

static inline void lab_done(void)
{
    tls_setup_free(lab.client_setup);
    tls_setup_free(lab.server_setup);
    tls_store_free(lab.store);
    certificate_release(&lab.root);
    certificate_release(&lab.host);
}

/* One connection between talkers. */
struct call {
    struct talker client, server;
    struct tls_machine_config to, from; /* the client's, the server's */
    struct tls_machine tls[2];          /* UP: the client's */
    struct wire wire;
};

static inline void call_run(struct call *c)
{
    tls_machine_init(&c->tls[UP], &c->to, &c->client.machine);
    tls_machine_init(&c->tls[DOWN], &c->from, &c->server.machine);
    wire_run(&c->wire, &c->tls[UP].machine, &c->tls[DOWN].machine);
}

static inline void call_release(struct call *c)
{
    for (int way = UP; way <= DOWN; way++)
        tls_machine_release(&c->tls[way]);
    wire_release(&c->wire);
    free(c->client.heard.at);
    free(c->server.heard.at);
}

#define LINE(after, say, act)                                                  \
    {                                                                          \
        after, {say, sizeof say - 1}, act                                      \
    }
#define COUNT(array) (sizeof array / sizeof array[0])
#define CLIENT_SAYS "EHLO c\nQUIT\n"
#define SERVER_SAYS "220 ready\n250 hello\n221 bye\n"

/* clang-format off */
static const struct line client_line[] = {
    LINE("220 ready\n", "EHLO c\n", SAY),
    LINE("250 hello\n", "QUIT\n", CLOSE),
};
static const struct line server_line[] = {
    LINE(NULL, "220 ready\n", SAY),
    LINE("EHLO c\n", "250 hello\n", SAY),
    LINE("QUIT\n", "221 bye\n", CLOSE),
};
static const enum tls_version version[] = {TLS_V12, TLS_V13};
/* clang-format on */

static inline void call_prepare(struct call *c, size_t step)
{
    memset(c, 0, sizeof *c);
    talker_init(&c->client, true, client_line, COUNT(client_line));
    talker_init(&c->server, false, server_line, COUNT(server_line));
    c->to = (struct tls_machine_config){
        .setup = lab.client_setup, .name = "mx.example", .implicit = true};
    c->from = (struct tls_machine_config){.setup = lab.server_setup,
                                          .implicit = true};
    c->wire.step = step;
    c->wire.chance = 1;
}

/* It went as it should, up to both ends. */
static inline void call_check(const struct call *c)
{
    for (int way = UP; way <= DOWN; way++) {
        const struct tls_machine *m = &c->tls[way];

        ck_assert_str_eq(m->engine.why, "");
        ck_assert_int_eq(m->engine.state, TLS_OPEN);
        ck_assert(m->engine.close_heard && m->engine.close_said);
        ck_assert(!m->engine.truncated);
        ck_assert(c->wire.fin[way] && c->wire.fin_told[way]);
        ck_assert_int_eq(c->wire.alarm_ns[way], NEVER_NS);
    }
    ck_assert_str_eq(c->client.heard.at, SERVER_SAYS);
    ck_assert_str_eq(c->server.heard.at, CLIENT_SAYS);
    ck_assert_int_eq(c->client.opened, 1);
    ck_assert_int_eq(c->server.opened, 1);
    ck_assert(c->client.secure && c->server.secure);
    ck_assert_int_eq(c->client.ended, 1);
    ck_assert_int_eq(c->server.ended, 1);
}

#endif
