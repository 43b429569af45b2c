/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines over this kernel's TCP and UDP, on loopback. */
#include "bench/run/host.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "sim/ideal.h"
#include "smtp/delivery.h"
#include "smtp/server.h"
#include "tests/script.h"

#define SECOND INT64_C(1000000000)

static struct endpoint loopback = {{127, 0, 0, 1}, 4, 0};

/* Sessions of a listener: those of `given` in turn, or else servers. */
struct stage {
    struct host *host;
    struct actor *given;
    size_t givens, next, gone;
    struct server_config receiving;
    size_t mails;
    uint64_t text_bytes;
    struct endpoint peer;
    uint64_t handed;
    size_t groups;
};

static struct machine *enter(void *stage, struct endpoint peer)
{
    struct stage *s = stage;
    struct server *server;

    s->peer = peer;
    if (s->given)
        return s->next < s->givens ? &s->given[s->next++].machine : NULL;
    server = malloc(sizeof *server);
    server_init(server, &s->receiving);
    return &server->machine;
}

static void leave(void *stage, struct machine *m)
{
    struct stage *s = stage;
    struct server *server = (struct server *)m;

    s->gone++;
    if (s->given)
        return;
    s->mails += server->mails;
    s->text_bytes += server->text_bytes;
    free(server);
}

static struct endpoint stage_init(struct stage *s, struct actor *given,
                                  size_t givens)
{
    struct host_acceptor acceptor = {s, enter, leave};
    struct endpoint at = loopback;

    *s = (struct stage){.given = given, .givens = givens};
    server_defaults(&s->receiving, "s");
    s->host = host_new();
    ck_assert_ptr_nonnull(s->host);
    ck_assert_int_eq(host_listen(s->host, &at, &acceptor), 0);
    ck_assert_int_ne(at.port, 0);
    return at;
}

static void handed(void *stage, int stream, struct endpoint local,
                   uint64_t offset, int64_t at_ns)
{
    struct stage *s = stage;

    ck_assert_int_ge(stream, 0);
    ck_assert_int_eq(local.family, 4);
    ck_assert_uint_gt(offset, s->handed);
    ck_assert_int_gt(at_ns, 0);
    s->handed = offset;
    s->groups++;
}

/* Until the client is finished and, behind it, the sessions are gone. */
static void run(struct stage *s, struct machine *client)
{
    ck_assert_int_eq(host_start(s->host, client, handed, s), 0);
    ck_assert_int_eq(host_run(s->host, host_now_ns() + 20 * SECOND), 0);
    while (s->gone < (s->given ? s->next : 1))
        ck_assert(host_run(s->host, host_now_ns() + SECOND / 100) == 0 ||
                  errno == ETIME);
}

static struct actor timeless(const struct cue *script, size_t steps)
{
    struct actor a = actor(script, steps);

    a.timeless = a.brief = true;
    return a;
}

struct post {
    struct mail mail;
    struct recipient to[3];
    struct delivery_config config;
    struct offer_memory memory;
    struct delivery delivery;
    char *text;
};

static void post_init(struct post *p, struct manner m, struct endpoint to,
                      size_t body)
{
    *p = (struct post){0};
    p->text = malloc(body + 3);
    memset(p->text, 'x', body);
    memcpy(p->text + body - 2, "\r\n.\r\n", 5);
    for (int i = 0; i < 3; i++)
        p->to[i].address = "b";
    p->mail = (struct mail){.from = "a",
                            .to = p->to,
                            .recipients = 3,
                            .stuffed = {p->text, body + 3},
                            .plain = {p->text, body}};
    p->config.session = (struct client_config){
        .manner = m, .name = "c", .mails = &p->mail, .mail_count = 1};
    client_default_timeouts(&p->config.session);
    p->config.peer = to;
    p->config.memory = &p->memory;
    delivery_init(&p->delivery, &p->config);
}

/* The same cast as in the ideal world counts the same. */
/* clang-format off */
static const struct {
    struct manner manner;
    size_t turnarounds, groups;
} manners[] = {
    {{MODE_LOCKSTEP, false},   9, 8},
    {{MODE_PIPELINING, false}, 4, 3},
    {{MODE_CHUNKING, true},    3, 2},
    {{MODE_EARLY, false},      2, 2},
    {{MODE_EARLY, true},       1, 1},
};
/* clang-format on */

START_TEST(delivers)
{
    struct stage s;
    struct endpoint at = stage_init(&s, NULL, 0);
    struct post p;

    post_init(&p, manners[_i].manner, at, 1000);
    if (manner_is_early(manners[_i].manner))
        offer_remember(&p.memory, at, s.receiving.offer, 0);
    run(&s, &p.delivery.machine);
    ck_assert_int_eq(p.mail.fate, MAIL_DELIVERED);
    ck_assert_int_eq(p.delivery.client.end, CLIENT_FINISHED);
    ck_assert_uint_eq(p.delivery.turnarounds, manners[_i].turnarounds);
    ck_assert_uint_eq(s.groups, manners[_i].groups);
    ck_assert_uint_eq(s.handed, p.delivery.bytes_out);
    ck_assert_uint_eq(s.mails, 1);
    ck_assert_uint_eq(s.text_bytes, 1000);
    ck_assert_int_eq(s.peer.ip[0], 127);
    host_free(s.host);
    free(p.text);
}
END_TEST

/* A body that no socket buffer holds, to a server that thinks before it reads
 * on. */
START_TEST(large_body)
{
    enum { BODY = 24 << 20 };
    struct stage s;
    struct endpoint at = stage_init(&s, NULL, 0);
    struct post p;

    s.receiving.think_ns = 1000000;
    post_init(&p, (struct manner){_i ? MODE_CHUNKING : MODE_PIPELINING, _i}, at,
              BODY);
    run(&s, &p.delivery.machine);
    ck_assert_int_eq(p.mail.fate, MAIL_DELIVERED);
    ck_assert_uint_eq(s.text_bytes, BODY);
    ck_assert_uint_eq(s.handed, p.delivery.bytes_out);
    host_free(s.host);
    free(p.text);
}
END_TEST

START_TEST(refused)
{
    struct stage s;
    struct endpoint at = stage_init(&s, NULL, 0);
    struct actor c = timeless(SCRIPT(START(OPEN(at))));

    host_free(s.host); /* nobody listens there any more */
    s.host = host_new();
    ck_assert_int_eq(host_start(s.host, &c.machine, NULL, NULL), 0);
    ck_assert_int_eq(host_run(s.host, host_now_ns() + 5 * SECOND), 0);
    ck_assert_str_eq(c.log, "refused:refused");
    host_free(s.host);
}
END_TEST

/* A listener that wants no more sessions closes them. */
START_TEST(unwanted)
{
    struct actor none[1];
    struct stage s;
    struct endpoint at = stage_init(&s, none, 0);
    struct actor c = timeless(SCRIPT(START(OPEN(at)), ON(END, CLOSE)));

    run(&s, &c.machine);
    ck_assert_str_eq(c.log, "opened end");
    ck_assert_int_eq(c.peer.port, at.port);
    host_free(s.host);
}
END_TEST

START_TEST(resets)
{
    struct actor server = timeless(SCRIPT(ON(BYTES, ABORT)));
    struct stage s;
    struct endpoint at = stage_init(&s, &server, 1);
    struct actor c = timeless(SCRIPT(START(OPEN(at)), ON(OPENED, SEND(5))));

    run(&s, &c.machine);
    ck_assert_str_eq(c.log, "opened reset:reset");
    ck_assert_str_eq(server.log, "opened bytes");
    host_free(s.host);
    server = timeless(SCRIPT(ON(OPENED, SEND(3))));
    at = stage_init(&s, &server, 1);
    c = timeless(SCRIPT(START(OPEN(at)), ON(BYTES, ABORT)));
    run(&s, &c.machine);
    ck_assert_str_eq(c.log, "opened bytes");
    ck_assert_str_eq(server.log, "opened reset:reset");
    host_free(s.host);
}
END_TEST

/* What is said before the stream is open leaves when it is; each side closes
 * on its own; all that was said arrives before the end. */
START_TEST(half_closes)
{
    struct actor server =
        timeless(SCRIPT(ON(END, SEND(250000)), ON(END, CLOSE)));
    struct stage s;
    struct endpoint at = stage_init(&s, &server, 1);
    struct actor c = timeless(SCRIPT(START(OPEN(at)), START(SEND(250000)),
                                     START(SEND(7)), START(CLOSE)));

    run(&s, &c.machine);
    ck_assert_str_eq(c.log, "opened bytes end");
    ck_assert_str_eq(server.log, "opened bytes end");
    ck_assert_uint_eq(server.bytes, 250007);
    ck_assert_uint_eq(c.bytes, 250000);
    ck_assert_uint_eq(s.handed, 250007);
    host_free(s.host);
}
END_TEST

/* What a machine does not take waits; the end comes behind it. */
START_TEST(taken_in_parts)
{
    struct actor server = timeless(SCRIPT(ON(END, CLOSE)));
    struct stage s;
    struct endpoint at = stage_init(&s, &server, 1);
    struct actor c = timeless(
        SCRIPT(START(OPEN(at)), ON(OPENED, SEND(100000)), ON(OPENED, CLOSE)));

    server.takes = 999;
    run(&s, &c.machine);
    ck_assert_uint_eq(server.bytes, 100000);
    ck_assert_str_eq(server.log, "opened bytes end");
    host_free(s.host);
}
END_TEST

/* Answers each datagram to whoever sent it. */
struct echo {
    struct machine machine;
    struct told last;
    bool due;
};

static size_t echo_tell(struct machine *m, const struct told *t)
{
    struct echo *e = (struct echo *)m;

    e->last = *t;
    e->due = t->kind == TOLD_DATAGRAM;
    return t->bytes.len;
}

static struct ask echo_ask(struct machine *m)
{
    struct echo *e = (struct echo *)m;
    struct ask a = {.kind = e->due ? ASK_DATAGRAM : ASK_NOTHING,
                    .peer = e->last.peer,
                    .bytes = span_of("pong")};

    e->due = false;
    return a;
}

START_TEST(datagrams)
{
    struct echo echo = {.machine = {echo_tell, echo_ask}};
    struct stage s;
    struct endpoint at = stage_init(&s, NULL, 0);
    struct actor c =
        timeless(SCRIPT(START(DATAGRAM(at, 5)), START(WAKE(INT64_MAX - 1)),
                        {TOLD_DATAGRAM, 1, WAKE(NEVER_NS)}));

    ck_assert_int_eq(host_datagrams(s.host, at, &echo.machine), 0);
    ck_assert_int_eq(host_start(s.host, &c.machine, NULL, NULL), 0);
    ck_assert_int_eq(host_run(s.host, host_now_ns() + 5 * SECOND), 0);
    ck_assert_str_eq(c.log, "datagram");
    ck_assert_uint_eq(c.bytes, 4);
    ck_assert_int_eq(c.peer.port, at.port);
    host_free(s.host);
}
END_TEST

START_TEST(alarms)
{
    int64_t from_ns = host_now_ns();
    struct actor c = timeless(SCRIPT(START(WAKE(from_ns + SECOND)),
                                     START(WAKE(from_ns + SECOND / 1000)),
                                     {TOLD_WAKE, 1, WAKE(from_ns)}));
    struct host *h = host_new();

    ck_assert_int_eq(host_start(h, &c.machine, NULL, NULL), 0);
    ck_assert_int_eq(host_run(h, from_ns + 20 * SECOND), 0);
    ck_assert_str_eq(c.log, "wake wake");
    ck_assert_int_ge(host_now_ns(), from_ns + SECOND / 1000);
    ck_assert_int_lt(host_now_ns(), from_ns + SECOND);
    host_free(h);
}
END_TEST

START_TEST(deadline)
{
    struct actor c = timeless(SCRIPT(START(WAKE(INT64_MAX - 1))));
    struct host *h = host_new();

    errno = 0;
    ck_assert_int_eq(host_run(h, host_now_ns() + SECOND / 1000), -1);
    ck_assert_int_eq(errno, ETIME);
    ck_assert_int_eq(host_start(h, &c.machine, NULL, NULL), 0);
    errno = 0;
    ck_assert_int_eq(host_run(h, host_now_ns() + SECOND / 1000), -1);
    ck_assert_int_eq(errno, ETIME);
    host_free(h);
}
END_TEST

/* Without a socket for it a stream is refused, but not in the midst of what
 * the machine asks for. */
START_TEST(no_more_sockets)
{
    struct rlimit usual, none;
    struct actor c = timeless(SCRIPT(START(OPEN(loopback)), START(WAKE(0))));
    struct host *h = host_new();

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
    none = (struct rlimit){0, usual.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    ck_assert_int_eq(host_start(h, &c.machine, NULL, NULL), 0);
    ck_assert_int_eq(host_run(h, host_now_ns() + 5 * SECOND), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &usual), 0);
    ck_assert_str_eq(c.log, "refused:Too many open files wake");
    host_free(h);
}
END_TEST

/* A host that is freed in mid-session gives its sessions back. */
START_TEST(freed_early)
{
    struct stage s;
    struct endpoint at = stage_init(&s, NULL, 0);
    struct post p;

    s.receiving.greeting_delay_ns = 100 * SECOND;
    post_init(&p, (struct manner){MODE_LOCKSTEP, false}, at, 10);
    ck_assert_int_eq(host_start(s.host, &p.delivery.machine, NULL, NULL), 0);
    ck_assert_int_eq(host_run(s.host, host_now_ns() + SECOND / 20), -1);
    host_free(s.host);
    ck_assert_uint_eq(s.gone, 1);
    free(p.text);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/run/host");
    TCase *t = tcase_create("host");

    tcase_add_loop_test(t, delivers, 0, sizeof manners / sizeof manners[0]);
    tcase_add_loop_test(t, large_body, 0, 2);
    tcase_add_test(t, refused);
    tcase_add_test(t, unwanted);
    tcase_add_test(t, resets);
    tcase_add_test(t, half_closes);
    tcase_add_test(t, taken_in_parts);
    tcase_add_test(t, datagrams);
    tcase_add_test(t, alarms);
    tcase_add_test(t, deadline);
    tcase_add_test(t, no_more_sockets);
    tcase_add_test(t, freed_early);
    suite_add_tcase(s, t);
    return s;
}
