/* SPDX-License-Identifier: BSD-2-Clause */
/* How many turnarounds a mail takes through implicit TLS: sessions in the
 * ideal world, where time tells: the last reply comes at (H + W) round
 * trips. */
#include "sim/ideal.h"
#include "smtp/client.h"
#include "smtp/server.h"
#include "tests/tls_help.h"

#define RTT SECOND

struct session {
    struct client client;
    struct server server;
    struct tls_machine tls[2];
    struct tls_machine_config to, from;
    bool started;
};

static struct machine *accept_it(void *arg, struct endpoint peer)
{
    struct session *s = arg;

    ck_assert(!s->started && peer.family == 4);
    s->started = true;
    return &s->tls[DOWN].machine;
}

static const struct endpoint there = {{192, 0, 2, 2}, 4, 465};

/* One mail to three recipients. */
static void converse(struct session *s, struct manner manner)
{
    struct recipient to[] = {{.address = "a@mx.example"},
                             {.address = "b@mx.example"},
                             {.address = "c@mx.example"}};
    struct mail mail = {.from = "x@there.example",
                        .to = to,
                        .recipients = 3,
                        .plain = whole("hi\r\n"),
                        .stuffed = whole("hi\r\n.\r\n")};
    struct client_config config = {
        .manner = manner, .name = "there", .mails = &mail, .mail_count = 1};
    struct server_config server;
    struct ideal_host host = {.at = there,
                              .up = {RTT / 2, 0},
                              .down = {RTT / 2, 0},
                              .accept = accept_it,
                              .arg = s};
    struct ideal_config ideal = {&host, 1, 0, NEVER_NS};

    client_default_timeouts(&config);
    server_defaults(&server, "mx.example");
    config.remembered = &server.offer;
    client_init(&s->client, &config, there);
    server_init(&s->server, &server);
    tls_machine_init(&s->tls[UP], &s->to, &s->client.machine);
    tls_machine_init(&s->tls[DOWN], &s->from, &s->server.machine);
    ck_assert_int_gt(ideal_run(&ideal, &s->tls[UP].machine), 0);
    ck_assert_str_eq(s->tls[UP].engine.why, "");
    ck_assert_int_eq(s->client.end, CLIENT_FINISHED);
    ck_assert_int_eq(mail.fate, MAIL_DELIVERED);
    ck_assert_uint_eq(s->server.mails, 1);
    ck_assert_uint_eq(s->server.recipients, 3);
}

enum way { FULL, RESUMED, EARLY_DATA };

/* smtp.md, 3.5, for three recipients; h waits in the handshake. */
/* clang-format off */
static const struct {
    enum mode_id mode;
    bool bdat;
    enum tls_version version;
    enum way way;
    bool half_rtt, in_syn;
    size_t h, w;
} turn[] = {
    {MODE_LOCKSTEP,   false, TLS_V12, FULL,       false, false, 2, 10},
    {MODE_LOCKSTEP,   false, TLS_V12, RESUMED,    false, false, 1, 10},
    {MODE_LOCKSTEP,   false, TLS_V13, FULL,       false, false, 1, 10},
    {MODE_LOCKSTEP,   false, TLS_V13, RESUMED,    false, false, 1, 10},
    {MODE_LOCKSTEP,   false, TLS_V13, FULL,       true,  false, 1, 9},
    {MODE_PIPELINING, false, TLS_V12, FULL,       false, false, 2, 5},
    {MODE_PIPELINING, false, TLS_V12, RESUMED,    false, false, 1, 5},
    {MODE_PIPELINING, false, TLS_V13, FULL,       false, false, 1, 5},
    {MODE_PIPELINING, false, TLS_V13, FULL,       true,  false, 1, 4},
    {MODE_PIPELINING, false, TLS_V13, EARLY_DATA, false, false, 1, 5},
    {MODE_PIPELINING, false, TLS_V13, EARLY_DATA, true,  false, 0, 4},
    {MODE_EARLY,      false, TLS_V12, FULL,       false, false, 2, 4},
    {MODE_EARLY,      false, TLS_V12, RESUMED,    false, false, 1, 3},
    {MODE_EARLY,      false, TLS_V13, FULL,       false, false, 1, 3},
    {MODE_EARLY,      false, TLS_V13, RESUMED,    false, false, 1, 3},
    {MODE_EARLY,      true,  TLS_V13, FULL,       false, false, 1, 2},
    {MODE_EARLY,      false, TLS_V13, EARLY_DATA, false, false, 0, 2},
    {MODE_EARLY,      true,  TLS_V13, EARLY_DATA, false, false, 0, 1},
    {MODE_EARLY,      false, TLS_V13, FULL,       false, true,  1, 3},
    {MODE_EARLY,      false, TLS_V12, FULL,       false, true,  2, 4},
};
/* clang-format on */

START_TEST(mail_takes_its_turns)
{
    struct manner manner = {turn[_i].mode, turn[_i].bdat};
    int64_t trips = (int64_t)turn[_i].w + (turn[_i].in_syn ? 0 : 1);

    lab.client.max = turn[_i].version;
    lab.server.half_rtt = turn[_i].half_rtt;
    lab.server.early_max = turn[_i].way == EARLY_DATA ? 16384 : 0;
    lab_set_up();
    for (int again = 0; again <= (turn[_i].way != FULL); again++) {
        struct session s = {
            .to = {.setup = lab.client_setup,
                   .implicit = true,
                   .name = "mx.example",
                   .early = turn[_i].way == EARLY_DATA,
                   .hello_in_syn = turn[_i].in_syn},
            .from = {.setup = lab.server_setup, .implicit = true}};

        converse(&s, manner);
        if (again == (turn[_i].way != FULL)) {
            ck_assert_int_eq(s.client.closed_ns, trips * RTT);
            ck_assert_uint_eq(s.tls[UP].turnarounds, turn[_i].h);
            ck_assert_int_eq(s.tls[UP].wait_ns, (int64_t)turn[_i].h * RTT);
            ck_assert_int_eq(s.tls[UP].engine.resumed, again);
        }
        for (int way = UP; way <= DOWN; way++)
            tls_machine_release(&s.tls[way]);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/tls: turnarounds");
    TCase *t = tcase_create("turnarounds");

    tcase_add_checked_fixture(t, lab_new, lab_done);
    tcase_add_loop_test(t, mail_takes_its_turns, 0, COUNT(turn));
    suite_add_tcase(s, t);
    return s;
}
