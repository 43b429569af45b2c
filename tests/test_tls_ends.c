/* SPDX-License-Identifier: BSD-2-Clause */
/* How a connection through TLS ends: half-closed, cut off, aborted; and a
 * client that closes as TLS 1.2 does not allow. */
#include "tests/tls_help.h"

#include <errno.h>

/* The client has said all, and closes behind QUIT; the server takes its time.
 * TLS 1.3: the FIN goes at once, and the answer is heard nevertheless. TLS
 * 1.2: it waits for the server's. */
START_TEST(half_close_loses_nothing)
{
    static char answer[100000];
    const struct line speech[] = {
        LINE("220 ready\n", "0123456789QUIT\n", CLOSE)};
    const struct line reply[] = {
        LINE(NULL, "220 ready\n", SAY),
        {"QUIT\n", {answer, sizeof answer}, CLOSE},
    };
    struct call c;

    memset(answer, 'x', sizeof answer);
    lab.client.max = version[_i];
    lab_set_up();
    call_prepare(&c, 0);
    talker_init(&c.client, true, speech, COUNT(speech));
    talker_init(&c.server, false, reply, COUNT(reply));
    c.server.bite = 1;
    call_run(&c);
    ck_assert_uint_eq(c.client.heard.len, 10 + sizeof answer);
    ck_assert_int_eq(c.client.ended, 1);
    ck_assert_int_eq(c.server.ended, 1);
    ck_assert_int_eq(c.server.reset + c.client.reset, 0);
    ck_assert_int_eq(c.wire.fin_ns[DOWN], 14 * SECOND);
    ck_assert_int_eq(c.wire.fin_ns[UP],
                     version[_i] == TLS_V12 ? 14 * SECOND : 0);
    ck_assert(c.tls[UP].engine.close_heard && c.tls[DOWN].engine.close_heard);
    call_release(&c);
}
END_TEST

/* A client of its own making, on the bare engine: it says QUIT, close_notify
 * and FIN in one go, whatever the version. */
struct rude {
    struct machine machine;
    struct tls_engine engine;
    struct text heard;
    size_t lent;
    bool open_due, close_due, said, end_told;
};

static size_t rude_tell(struct machine *m, const struct told *t)
{
    struct rude *r = (struct rude *)m;
    struct tls_heard h = {0};
    char plain[100];

    r->open_due |= t->kind == TOLD_START;
    if (t->kind == TOLD_OPENED)
        tls_start(&r->engine);
    if (t->kind == TOLD_END) {
        tls_hear_end(&r->engine);
        r->end_told = true;
    }
    if (t->kind != TOLD_BYTES)
        return 0;
    h = tls_hear(&r->engine, t->bytes, plain, sizeof plain);
    text_add(&r->heard, plain, h.plain_len);
    if (r->engine.state == TLS_OPEN && !r->said) {
        struct span quit = whole("QUIT\n");

        ck_assert_uint_eq(tls_say(&r->engine, quit), quit.len);
        tls_say_end(&r->engine);
        ck_assert_uint_eq(tls_say(&r->engine, quit), 0);
        r->said = r->close_due = true;
    }
    return h.taken;
}

static struct ask rude_ask(struct machine *m)
{
    struct rude *r = (struct rude *)m;
    struct ask a = {.kind = ASK_NOTHING};

    tls_sent(&r->engine, r->lent);
    a.bytes = tls_out(&r->engine);
    r->lent = a.bytes.len;
    if (r->open_due || a.bytes.len > 0) {
        a.kind = r->open_due ? ASK_OPEN : ASK_SEND;
        r->open_due = false;
    } else if (r->close_due) {
        r->close_due = false;
        a.kind = ASK_HALF_CLOSE;
    }
    return a;
}

/* RFC 5246, 7.2.1: the server throws its answer away; that is why a client
 * must wait. RFC 8446, 6.1: it does not. */
START_TEST(close_of_one_side_closes_both_in_old_tls)
{
    const struct line reply[] = {LINE("QUIT\n", "221 bye\n", CLOSE)};
    struct tls_peer peer = {.name = "mx.example"};
    struct rude rude = {.machine = {rude_tell, rude_ask}};
    struct call c;

    lab.client.max = version[_i];
    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    talker_init(&c.server, false, reply, COUNT(reply));
    c.server.bite = 1;
    ck_assert_int_eq(tls_init(&rude.engine, lab.client_setup, &peer), 0);
    tls_machine_init(&c.tls[DOWN], &c.from, &c.server.machine);
    wire_run(&c.wire, &rude.machine, &c.tls[DOWN].machine);
    ck_assert_str_eq(c.server.heard.at, "QUIT\n");
    ck_assert_int_eq(c.server.ended, 1);
    ck_assert(rude.end_told && rude.engine.close_heard);
    if (version[_i] == TLS_V12)
        ck_assert_uint_eq(rude.heard.len, 0);
    else
        ck_assert_str_eq(rude.heard.at, "221 bye\n");
    ck_assert_int_eq(c.wire.fin_ns[DOWN],
                     version[_i] == TLS_V12 ? 0 : 4 * SECOND);
    tls_release(&rude.engine);
    tls_machine_release(&c.tls[DOWN]);
    wire_release(&c.wire);
    free(rude.heard.at);
    free(c.server.heard.at);
}
END_TEST

static bool begins(const struct text *t, const char *all)
{
    return t->len == 0 || strncmp(all, t->at, t->len) == 0;
}

static void check_heard(const struct call *c)
{
    ck_assert(begins(&c->client.heard, SERVER_SAYS));
    ck_assert(begins(&c->server.heard, CLIENT_SAYS));
}

/* Where one side is cut off by a FIN, the other knows it, and says so once. */
static void check_cut(const struct call *c, int way)
{
    const struct talker *t = way == UP ? &c->server : &c->client;
    const struct tls_engine *e = &c->tls[1 - way].engine;

    check_heard(c);
    ck_assert(e->truncated || e->close_heard || e->why[0]);
    ck_assert(!(e->truncated && e->close_heard));
    if (e->state == TLS_FAILED)
        ck_assert_int_eq(t->opened + t->refused + t->reset, t->opened ? 2
                                                            : way == DOWN
                                                                ? 1
                                                                : t->refused);
    else
        ck_assert_int_eq(t->ended, 1);
    for (int side = UP; side <= DOWN; side++)
        ck_assert_int_eq(c->wire.alarm_ns[side], NEVER_NS);
}

START_TEST(truncation_is_told)
{
    int way = _i / 2;
    size_t all = 1;
    struct call c;

    lab.client.max = version[_i % 2];
    lab.client.store = NULL;
    lab_set_up();
    for (size_t cut = 1; cut <= all; cut += 3) {
        call_prepare(&c, SIZE_MAX);
        if (cut > 1)
            c.wire.cut[way] = cut - 1;
        call_run(&c);
        if (cut == 1) {
            call_check(&c);
            all = c.wire.said[way].len;
        } else {
            check_cut(&c, way);
        }
        call_release(&c);
    }
    ck_assert_uint_gt(all, 300);
}
END_TEST

/* Only close_notify is missing: all is heard, and the cut is told. */
START_TEST(close_without_notify_is_told)
{
    int way = _i / 2;
    size_t all;
    struct call c;

    lab.client.max = version[_i % 2];
    lab.client.store = NULL;
    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    call_run(&c);
    all = c.wire.said[way].len;
    call_release(&c);
    call_prepare(&c, SIZE_MAX);
    c.wire.cut[way] = all - 1;
    call_run(&c);
    ck_assert_str_eq(c.client.heard.at, SERVER_SAYS);
    ck_assert_str_eq(c.server.heard.at, CLIENT_SAYS);
    ck_assert(c.tls[1 - way].engine.truncated);
    ck_assert(!c.tls[way].engine.truncated);
    ck_assert_str_eq(c.tls[1 - way].engine.why, "");
    ck_assert_int_eq((way == UP ? &c.server : &c.client)->ended, 1);
    call_release(&c);
}
END_TEST

/* Bytes changed on their way are found, wherever they are. */
START_TEST(forgery_is_found)
{
    int way = _i / 2;
    size_t all = 1;
    struct call c;

    lab.client.max = version[_i % 2];
    lab.client.store = NULL;
    lab_set_up();
    for (size_t at = 0; at < all; at += 5) {
        call_prepare(&c, SIZE_MAX);
        if (at > 0)
            c.wire.flip[way] = at;
        call_run(&c);
        check_heard(&c);
        if (at == 0)
            all = c.wire.said[way].len;
        if (at > 0 && c.client.ended && c.server.ended) /* TLS 1.2, 1.3: a */
            ck_assert_uint_lt(at, 1500); /* version's byte that none reads */
        call_release(&c);
    }
}
END_TEST

/* clang-format off */
static const struct line hang_up[] = {LINE("220 ready\n", "", ABORT)};
/* clang-format on */

START_TEST(abort_is_at_once)
{
    struct call c;

    lab.client.max = version[_i];
    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    talker_init(&c.client, true, hang_up, COUNT(hang_up));
    call_run(&c);
    ck_assert(c.wire.gone);
    ck_assert_str_eq(c.client.heard.at, "220 ready\n");
    ck_assert_int_eq(c.wire.alarm_ns[UP], NEVER_NS);
    call_release(&c);
}
END_TEST

/* While it has something that it would not take. */
START_TEST(abort_with_bytes_held)
{
    static char much[40000];
    const struct line reply[] = {{NULL, {much, sizeof much}, SAY}};
    const struct line give_up[] = {LINE("xxxxx", "", ABORT)};
    struct call c;

    memset(much, 'x', sizeof much);
    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    talker_init(&c.client, true, give_up, COUNT(give_up));
    talker_init(&c.server, false, reply, COUNT(reply));
    c.client.bite = 2;
    call_run(&c);
    ck_assert(c.wire.gone);
    ck_assert_uint_eq(c.client.heard.len, 6);
    call_release(&c);
}
END_TEST

/* A reset in the handshake, and behind it, is passed on. */
START_TEST(reset_is_passed_on)
{
    struct call c;
    struct told reset = {.kind = TOLD_RESET, .error = ECONNRESET};

    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    if (_i == 1)
        c.wire.cut[DOWN] = SIZE_MAX;
    tls_machine_init(&c.tls[UP], &c.to, &c.client.machine);
    tls_machine_init(&c.tls[DOWN], &c.from, &c.server.machine);
    c.wire.end[UP] = &c.tls[UP].machine;
    c.wire.end[DOWN] = &c.tls[DOWN].machine;
    c.wire.alarm_ns[UP] = c.wire.alarm_ns[DOWN] = NEVER_NS;
    wire_hear(&c.wire, UP, (struct told){.kind = TOLD_START});
    if (_i == 1) { /* up to the greeting */
        wire_carry(&c.wire, UP, c.wire.said[UP].len);
        wire_carry(&c.wire, DOWN, c.wire.said[DOWN].len);
        wire_carry(&c.wire, UP, c.wire.said[UP].len);
    }
    wire_hear(&c.wire, UP, reset);
    ck_assert_int_eq(c.client.refused, _i == 0);
    ck_assert_int_eq(c.client.reset, _i == 1);
    ck_assert_int_eq(c.client.error, ECONNRESET);
    ck_assert_str_eq(c.tls[UP].engine.why,
                     _i ? "" : "the connection was reset in the handshake");
    ck_assert_uint_eq(c.tls[UP].turnarounds, 1);
    ck_assert_int_eq(c.wire.alarm_ns[UP], NEVER_NS);
    call_release(&c);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/tls: ends");
    TCase *t = tcase_create("ends");

    tcase_add_checked_fixture(t, lab_new, lab_done);
    tcase_add_loop_test(t, half_close_loses_nothing, 0, 2);
    tcase_add_loop_test(t, close_of_one_side_closes_both_in_old_tls, 0, 2);
    tcase_add_loop_test(t, truncation_is_told, 0, 4);
    tcase_add_loop_test(t, close_without_notify_is_told, 0, 4);
    tcase_add_loop_test(t, forgery_is_found, 0, 4);
    tcase_add_loop_test(t, abort_is_at_once, 0, 2);
    tcase_add_test(t, abort_with_bytes_held);
    tcase_add_loop_test(t, reset_is_passed_on, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
