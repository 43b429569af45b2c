/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversations through TLS: every version, resumed, 0-RTT, STARTTLS, cut at
 * every byte, ended in every way. */
#include "tests/tls_help.h"

#include <errno.h>

static void talk(struct call *c, size_t step)
{
    call_prepare(c, step);
    call_run(c);
    call_check(c);
    ck_assert(c->tls[UP].engine.verified);
}

static const size_t step[] = {1, 2, 3, 7, 64, 1000, SIZE_MAX, 0};

START_TEST(talks_however_it_is_cut)
{
    enum tls_version v = version[_i % 2];
    struct call c;

    lab.client.max = v;
    lab_set_up();
    for (int resumed = 0; resumed <= 1; resumed++) {
        talk(&c, step[_i / 2]);
        ck_assert_int_eq(c.tls[UP].engine.version, v);
        ck_assert_int_eq(c.tls[DOWN].engine.version, v);
        ck_assert_int_eq(c.tls[UP].engine.resumed, resumed);
        ck_assert_int_eq(c.tls[DOWN].engine.resumed, resumed);
        call_release(&c);
    }
}
END_TEST

/* How many turnarounds a handshake takes: smtp.md's h. And the server speaks
 * in the flight that ends the handshake where that is its own: no wait. */
/* clang-format off */
static const struct {
    enum tls_version version;
    bool resumed, early, half_rtt;
    size_t waits;
    bool riding;
    int flights; /* from the server: the waits, greeting, 250, and 221 */
} turn[] = {
    {TLS_V12, false, false, false, 2, true,  4},
    {TLS_V12, true,  false, false, 1, false, 4},
    {TLS_V13, false, false, false, 1, false, 4},
    {TLS_V13, true,  false, false, 1, false, 4},
    {TLS_V13, false, false, true,  1, true,  3},
    {TLS_V13, true,  false, true,  1, true,  3},
};
/* clang-format on */

START_TEST(handshake_takes_its_turns)
{
    struct call c;

    lab.client.max = turn[_i].version;
    lab.server.half_rtt = turn[_i].half_rtt;
    lab_set_up();
    for (int resumed = 0; resumed <= turn[_i].resumed; resumed++) {
        call_prepare(&c, SIZE_MAX);
        call_run(&c);
        call_check(&c);
        if (resumed == turn[_i].resumed) {
            ck_assert_uint_eq(c.tls[UP].turnarounds, turn[_i].waits);
            ck_assert_int_eq(c.client.riding, turn[_i].riding);
            /* The close's alert, and behind it the tickets, count for none. */
            ck_assert_int_ge(c.wire.flights[DOWN], turn[_i].flights);
            ck_assert_int_le(c.wire.flights[DOWN], turn[_i].flights + 1);
        }
        ck_assert_uint_eq(c.tls[DOWN].turnarounds, 0);
        call_release(&c);
    }
}
END_TEST

/* clang-format off */
static const struct line eager_line[] = {
    LINE(NULL, "EHLO c\n", SAY),
    LINE("250 hello\n", "QUIT\n", CLOSE),
};
/* clang-format on */

static void call_early(struct call *c, size_t cut)
{
    call_prepare(c, cut);
    talker_init(&c->client, true, eager_line, COUNT(eager_line));
    c->to.early = true;
}

START_TEST(early_data_are_taken)
{
    struct call c;

    lab.server.early_max = 16384;
    lab_set_up();
    for (int again = 0; again <= 1; again++) {
        call_early(&c, step[_i]);
        call_run(&c);
        call_check(&c);
        ck_assert_int_eq(c.tls[UP].engine.early,
                         again ? TLS_EARLY_TAKEN : TLS_EARLY_NONE);
        ck_assert_int_eq(c.tls[DOWN].engine.early,
                         again ? TLS_EARLY_TAKEN : TLS_EARLY_NONE);
        if (step[_i] == SIZE_MAX) { /* hello + EHLO, 220 + 250; QUIT, 221 */
            ck_assert_uint_eq(c.tls[UP].turnarounds, again ? 0 : 1);
            if (again)
                ck_assert_int_le(c.wire.flights[DOWN], 3);
        }
        call_release(&c);
    }
}
END_TEST

/* A server that does not know the session any more refuses it, and its early
 * data with it: they are said again, and heard once. */
START_TEST(early_data_are_refused)
{
    struct call c;

    lab.server.early_max = 16384;
    lab_set_up();
    call_early(&c, step[_i]);
    call_run(&c);
    call_release(&c);
    tls_setup_free(lab.server_setup);
    lab.server_setup = set_up(&lab.server);
    call_early(&c, step[_i]);
    call_run(&c);
    call_check(&c);
    ck_assert_int_eq(c.tls[UP].engine.early, TLS_EARLY_REFUSED);
    ck_assert(!c.tls[UP].engine.resumed);
    ck_assert_uint_eq(c.tls[UP].turnarounds, 1);
    call_release(&c);
}
END_TEST

/* More than the server takes early waits for the handshake. */
START_TEST(early_data_keep_the_limit)
{
    static char big[50000];
    const struct line speech[] = {
        {NULL, {big, sizeof big}, SAY},
        LINE("221 bye\n", "", CLOSE),
    };
    const struct line answer[] = {LINE("X", "221 bye\n", SAY)};
    struct call c;

    memset(big, 'x', sizeof big);
    big[sizeof big - 1] = 'X';
    lab.server.early_max = 10000;
    lab_set_up();
    for (int again = 0; again <= 1; again++) {
        call_early(&c, step[_i]);
        talker_init(&c.client, true, speech, COUNT(speech));
        talker_init(&c.server, false, answer, COUNT(answer));
        call_run(&c);
        ck_assert_uint_eq(c.server.heard.len, sizeof big);
        ck_assert_mem_eq(c.server.heard.at, big, sizeof big);
        ck_assert_str_eq(c.client.heard.at, "221 bye\n");
        ck_assert_int_eq(c.tls[UP].engine.early,
                         again ? TLS_EARLY_TAKEN : TLS_EARLY_NONE);
        ck_assert_uint_eq(c.tls[UP].turnarounds, 1);
        call_release(&c);
    }
}
END_TEST

/* The hello and 0-RTT data in the SYN: RFC 7413. */
START_TEST(hello_rides_in_the_syn)
{
    struct call c;

    lab.server.early_max = 16384;
    lab_set_up();
    for (int again = 0; again <= 1; again++) {
        call_early(&c, SIZE_MAX);
        c.client.early = true;
        c.to.hello_in_syn = true;
        call_run(&c);
        call_check(&c);
        ck_assert_uint_gt(c.wire.in_syn, 200);
        ck_assert_int_eq(c.tls[UP].engine.early,
                         again ? TLS_EARLY_TAKEN : TLS_EARLY_NONE);
        ck_assert_uint_eq(c.tls[UP].turnarounds, again ? 0 : 1);
        call_release(&c);
    }
    call_prepare(&c, SIZE_MAX);
    c.to.hello_in_syn = true;
    talk(&c, SIZE_MAX);
    call_release(&c);
}
END_TEST

/* clang-format off */
static const struct line upgrade_client[] = {
    LINE("220 clear\n", "STARTTLS\n", SAY),
    LINE("220 go\n", "", SECURE),
    LINE(NULL, "EHLO c\n", SAY),
    LINE("250 hello\n", "QUIT\n", CLOSE),
};
static const struct line upgrade_server[] = {
    LINE(NULL, "220 clear\n", SAY),
    LINE("STARTTLS\n", "220 go\n", SECURE),
    LINE("EHLO c\n", "250 hello\n", SAY),
    LINE("QUIT\n", "221 bye\n", CLOSE),
};
/* clang-format on */

static void call_upgrade(struct call *c, size_t cut)
{
    call_prepare(c, cut);
    talker_init(&c->client, true, upgrade_client, COUNT(upgrade_client));
    talker_init(&c->server, false, upgrade_server, COUNT(upgrade_server));
    c->to.implicit = c->from.implicit = false;
}

START_TEST(upgrades_in_mid_stream)
{
    struct call c;

    lab.client.max = version[_i % 2];
    lab_set_up();
    for (int resumed = 0; resumed <= 1; resumed++) {
        call_upgrade(&c, step[_i / 2]);
        call_run(&c);
        ck_assert_str_eq(c.client.heard.at,
                         "220 clear\n220 go\n250 hello\n221 bye\n");
        ck_assert_str_eq(c.server.heard.at, "STARTTLS\nEHLO c\nQUIT\n");
        ck_assert_int_eq(c.client.opened, 2);
        ck_assert_int_eq(c.server.opened, 2);
        ck_assert(c.client.secure && c.server.secure);
        ck_assert_int_eq(c.tls[UP].engine.resumed, resumed);
        ck_assert_uint_eq(c.tls[UP].turnarounds,
                          version[_i % 2] == TLS_V12 && !resumed ? 2 : 1);
        ck_assert(c.tls[UP].secured && c.tls[DOWN].secured);
        call_release(&c);
    }
}
END_TEST

/* clang-format off */
static const struct line ahead_client[] = {
    LINE("220 clear\n", "STARTTLS\n", AHEAD),
    LINE("220 go\n", "", SECURE),
    LINE(NULL, "EHLO c\n", SAY),
    LINE("250 hello\n", "QUIT\n", CLOSE),
};
/* clang-format on */

/* The hello goes right behind STARTTLS: its answer comes with the reply. */
START_TEST(upgrades_without_waiting)
{
    int flights = 0;
    struct call c;

    lab_set_up();
    for (int ahead = 0; ahead <= 1; ahead++) {
        call_upgrade(&c, step[_i]);
        if (ahead)
            talker_init(&c.client, true, ahead_client, COUNT(ahead_client));
        call_run(&c);
        ck_assert_str_eq(c.client.heard.at,
                         "220 clear\n220 go\n250 hello\n221 bye\n");
        ck_assert_str_eq(c.server.heard.at, "STARTTLS\nEHLO c\nQUIT\n");
        if (step[_i] == SIZE_MAX)
            ck_assert_uint_eq(c.tls[UP].turnarounds, !ahead);
        if (ahead)
            ck_assert_int_eq(c.wire.flights[DOWN], flights - 1);
        flights = c.wire.flights[DOWN];
        call_release(&c);
    }
}
END_TEST

/* clang-format off */
static const struct line refuser[] = {
    LINE(NULL, "220 clear\n", SAY),
    LINE("STARTTLS\n", "454 later\n", SAY),
};
static const struct line refused[] = {
    LINE("220 clear\n", "STARTTLS\n", AHEAD),
    LINE("454 later\n", "", ABORT),
};
/* clang-format on */

START_TEST(refusal_is_heard_behind_the_hello)
{
    struct call c;

    lab_set_up();
    call_upgrade(&c, SIZE_MAX);
    talker_init(&c.client, true, refused, COUNT(refused));
    talker_init(&c.server, false, refuser, COUNT(refuser));
    call_run(&c);
    ck_assert_str_eq(c.client.heard.at, "220 clear\n454 later\n");
    ck_assert(c.wire.gone);
    ck_assert_uint_eq(c.tls[UP].turnarounds, 0);
    ck_assert_int_eq(c.wire.alarm_ns[UP], NEVER_NS);
    call_release(&c);
}
END_TEST

START_TEST(upgrades_with_early_data)
{
    struct call c;

    lab.server.early_max = 16384;
    lab_set_up();
    for (int again = 0; again <= 1; again++) {
        call_upgrade(&c, step[_i]);
        c.to.early = true;
        call_run(&c);
        ck_assert_str_eq(c.client.heard.at,
                         "220 clear\n220 go\n250 hello\n221 bye\n");
        ck_assert_str_eq(c.server.heard.at, "STARTTLS\nEHLO c\nQUIT\n");
        ck_assert_int_eq(c.tls[UP].engine.early,
                         again ? TLS_EARLY_TAKEN : TLS_EARLY_NONE);
        if (step[_i] == SIZE_MAX)
            ck_assert_uint_eq(c.tls[UP].turnarounds, !again);
        call_release(&c);
    }
}
END_TEST

/* What somebody puts behind STARTTLS, or behind the reply, in plaintext. */
START_TEST(injected_plaintext_ends_it)
{
    int way = _i % 2;
    struct call c;

    lab_set_up();
    call_upgrade(&c, step[_i / 2]);
    c.wire.put[way].at = way == UP ? 9 : 17;
    c.wire.put[way].what =
        way == UP ? "RSET\r\nMAIL FROM:<evil>\r\n" : "250 hello, from evil\r\n";
    call_run(&c);
    ck_assert_ptr_eq(strstr(c.server.heard.at, "RSET"), NULL);
    ck_assert_ptr_eq(strstr(c.client.heard.at, "evil"), NULL);
    ck_assert_int_eq(c.server.opened, 1);
    ck_assert_int_eq(c.tls[1 - way].engine.state, TLS_FAILED);
    ck_assert_msg(strstr(c.tls[1 - way].engine.why, "it began with '") != NULL,
                  "%s", c.tls[1 - way].engine.why);
    ck_assert_int_eq((way == UP ? &c.server : &c.client)->error, EPROTO);
    ck_assert_int_eq(c.client.reset, 1);
    ck_assert_int_eq(c.server.reset, 1);
    call_release(&c);
}
END_TEST

enum { MUCH = 300000, LITTLE = 20000 };

static char *much(void)
{
    char *at = malloc(MUCH + 1);

    for (size_t i = 0; i < MUCH; i++)
        at[i] = (char)('a' + i * 7 % 26);
    at[MUCH - 1] = '.';
    at[MUCH] = '\0';
    return at;
}

START_TEST(carries_much_both_ways)
{
    char *body = much();
    const struct line speech[] = {
        LINE(NULL, "BDAT\n", SAY),
        {NULL, {body, MUCH}, SAY},
        LINE(NULL, "QUIT\n", SAY),
        LINE("221 bye\n", "", CLOSE),
    };
    const struct line answer[] = {
        {"QUIT\n", {body, MUCH}, SAY},
        LINE(NULL, "221 bye\n", CLOSE),
    };
    struct call c;

    lab.client.max = version[_i % 2];
    lab_set_up();
    call_prepare(&c, _i / 2 ? 0 : SIZE_MAX);
    talker_init(&c.client, true, speech, COUNT(speech));
    talker_init(&c.server, false, answer, COUNT(answer));
    c.server.bite = 20000; /* a second between two */
    call_run(&c);
    ck_assert_uint_eq(c.server.heard.len, 5 + MUCH + 5);
    ck_assert_mem_eq(c.server.heard.at + 5, body, MUCH);
    ck_assert_uint_eq(c.client.heard.len, MUCH + 8);
    ck_assert_mem_eq(c.client.heard.at, body, MUCH);
    ck_assert_int_ge(c.wire.now_ns, 15 * SECOND);
    /* As few records as there must be: 1.3 has the handshake's too. */
    ck_assert_uint_le(wire_records(&c.wire, UP, 23), MUCH / TLS_RECORD + 5);
    free(body);
    call_release(&c);
}
END_TEST

/* What is not taken is kept, and the ciphertext behind it left where it is. */
START_TEST(takes_no_more_than_is_taken)
{
    char *body = much();
    const struct line speech[] = {{NULL, {body, LITTLE}, CLOSE}};
    struct call c;

    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    talker_init(&c.client, true, speech, COUNT(speech));
    talker_init(&c.server, false, NULL, 0);
    c.server.bite = 1;
    c.wire.end[UP] = &c.tls[UP].machine;
    call_run(&c);
    ck_assert_uint_eq(c.server.heard.len, LITTLE);
    ck_assert_mem_eq(c.server.heard.at, body, LITTLE);
    ck_assert_int_eq(c.server.ended, 1);
    free(body);
    call_release(&c);
}
END_TEST

/* A group of small sends leaves as one record. */
START_TEST(group_is_one_record)
{
    const struct line speech[] = {
        LINE("220 ready\n", "MAIL\n", SAY), LINE(NULL, "RCPT\n", SAY),
        LINE(NULL, "RCPT\n", SAY),          LINE(NULL, "DATA\n", SAY),
        LINE("354\n", "", CLOSE),
    };
    const struct line answer[] = {LINE(NULL, "220 ready\n", SAY),
                                  LINE("DATA\n", "354\n", CLOSE)};
    struct call c;

    lab.client.max = TLS_V12;
    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    talker_init(&c.client, true, speech, COUNT(speech));
    talker_init(&c.server, false, answer, COUNT(answer));
    call_run(&c);
    ck_assert_str_eq(c.server.heard.at, "MAIL\nRCPT\nRCPT\nDATA\n");
    ck_assert_uint_eq(wire_records(&c.wire, UP, 23), 1);
    call_release(&c);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/tls");
    TCase *t = tcase_create("conversations");
    int steps = COUNT(step);

    tcase_add_checked_fixture(t, lab_new, lab_done);
    tcase_add_loop_test(t, talks_however_it_is_cut, 0, 2 * steps);
    tcase_add_loop_test(t, handshake_takes_its_turns, 0, COUNT(turn));
    tcase_add_loop_test(t, early_data_are_taken, 0, steps);
    tcase_add_loop_test(t, early_data_are_refused, 0, steps);
    tcase_add_loop_test(t, early_data_keep_the_limit, 0, steps);
    tcase_add_test(t, hello_rides_in_the_syn);
    tcase_add_loop_test(t, upgrades_in_mid_stream, 0, 2 * steps);
    tcase_add_loop_test(t, upgrades_without_waiting, 0, steps);
    tcase_add_test(t, refusal_is_heard_behind_the_hello);
    tcase_add_loop_test(t, upgrades_with_early_data, 0, steps);
    tcase_add_loop_test(t, injected_plaintext_ends_it, 0, 2 * steps);
    tcase_add_loop_test(t, carries_much_both_ways, 0, 4);
    tcase_add_test(t, takes_no_more_than_is_taken);
    tcase_add_test(t, group_is_one_record);
    suite_add_tcase(s, t);
    return s;
}
