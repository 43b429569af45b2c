/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session in mid-dialogue holds of memory, by what is allocated. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "bench/run/host_inner.h"
#include "smtp/delivery.h"
#include "smtp/server.h"
#include "tests/skip.h"

/* Of ASan, in which every test runs; gcc does not bring its header. */
size_t __sanitizer_get_current_allocated_bytes(void);

enum { SESSIONS = 1000, HELD_MAX = 4096 };

/* Both sides of SESSIONS sessions on one host. Each client has what the mailer
 * gives it, and is held behind EHLO. */
struct crowd {
    struct host *host;
    struct server_config receiving;
    struct sender {
        struct delivery delivery;
        struct delivery_config config;
        struct mail mail;
        struct recipient to;
    } * sender[SESSIONS];
    size_t served;
};

static struct machine *enter(void *crowd, struct endpoint peer)
{
    struct crowd *c = crowd;
    struct server *s = malloc(sizeof *s);

    (void)peer;
    server_init(s, &c->receiving);
    c->served++;
    return &s->machine;
}

static void leave(void *crowd, struct machine *m)
{
    (void)crowd;
    free((struct server *)m);
}

static void add_sender(struct crowd *c, struct endpoint at, int n)
{
    struct sender *s = c->sender[n] = calloc(1, sizeof *s);

    s->to.address = "b";
    s->mail = (struct mail){.from = "a", .to = &s->to, .recipients = 1};
    s->config.session = (struct client_config){
        .name = "c", .mails = &s->mail, .mail_count = 1, .consult = true};
    client_default_timeouts(&s->config.session);
    s->config.peer = at;
    delivery_init(&s->delivery, &s->config);
    ck_assert_int_eq(host_start(c->host, &s->delivery.machine, NULL, NULL), 0);
}

static size_t held(const struct crowd *c)
{
    size_t n = 0;

    for (int i = 0; i < SESSIONS; i++)
        n += c->sender[i] && client_is_held(&c->sender[i]->delivery.client);
    return n;
}

static size_t let_in(struct crowd *c, struct endpoint at, int from, int to)
{
    for (int i = from; i < to; i++)
        add_sender(c, at, i);
    while (held(c) < (size_t)to)
        ck_assert(host_run(c->host, host_now_ns() + 1000000) == 0 ||
                  errno == ETIME);
    return __sanitizer_get_current_allocated_bytes();
}

/* Of what the first session makes the host allocate, nothing counts. */
START_TEST(bytes_a_session)
{
    static struct crowd c;
    const struct host_acceptor acceptor = {&c, enter, leave};
    struct endpoint at = {{127, 0, 0, 1}, 4, 0};
    size_t one, all;

    if (host_raise_limit() < 2 * SESSIONS + 100)
        SKIP("a process may open no more than %zu files", host_raise_limit());
    server_defaults(&c.receiving, "s");
    c.host = host_new();
    ck_assert_int_eq(host_listen(c.host, &at, &acceptor), 0);
    one = let_in(&c, at, 0, 1);
    all = let_in(&c, at, 1, SESSIONS);
    ck_assert_uint_eq(c.served, SESSIONS);
    ck_assert_uint_le((all - one) / (SESSIONS - 1), 2 * HELD_MAX);
    host_free(c.host);
    for (int i = 0; i < SESSIONS; i++)
        free(c.sender[i]);
}
END_TEST

/* Each side by itself, with what an allocator adds to each piece. */
START_TEST(bytes_of_each_side)
{
    const size_t own = sizeof(struct actor) + sizeof(struct channel) +
                       2 * sizeof(struct alarm *) + 4 * 16;

    ck_assert_uint_le(sizeof(struct server) + own, HELD_MAX - 128);
    ck_assert_uint_le(sizeof(struct sender) + own, HELD_MAX - 128);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("sessions held");
    TCase *t = tcase_create("held");

    tcase_add_test(t, bytes_a_session);
    tcase_add_test(t, bytes_of_each_side);
    suite_add_tcase(s, t);
    return s;
}
