/* SPDX-License-Identifier: BSD-2-Clause */
/* QMTP: what its client says, what it makes of replies however they are cut,
 * and both machines with each other. */
#include "smtp/client.h"
#include "tests/qmtp_serve.h"

struct calling {
    struct recipient to[4];
    struct mail mail[2]; /* to three, and to one */
    struct client_config config;
    struct client client;
    struct marionette on;
};

static struct calling *ask(void)
{
    static const char *const names[] = {"a@x", "b@x", "c@x", "d@x"};
    struct calling *a = calloc(1, sizeof *a);

    for (int i = 0; i < 4; i++)
        a->to[i].address = names[i];
    a->mail[0] = (struct mail){
        .from = "me@y", .to = a->to, .recipients = 3, .plain = span_of("")};
    a->mail[1] = (struct mail){.from = "",
                               .to = a->to + 3,
                               .recipients = 1,
                               .plain = span_of("hi\r\n")};
    a->config = (struct client_config){.manner = {MODE_QMTP, false},
                                       .name = "c",
                                       .mails = a->mail,
                                       .mail_count = 2};
    client_default_timeouts(&a->config);
    client_init(&a->client, &a->config, (struct endpoint){{1}, 4, QMTP_PORT});
    marionette_init(&a->on, &a->client.machine);
    marionette_start(&a->on);
    return a;
}

static void ask_end(struct calling *a)
{
    marionette_run_out(&a->on);
    marionette_release(&a->on);
    free(a);
}

static const char packages[] = "1:\r,4:me@y,18:3:a@x,3:b@x,3:c@x,,"
                               "5:\rhi\r\n,0:,6:3:d@x,,";

/* clang-format off */
static const struct {
    const char *replies;
    int code[4];
    enum mail_fate fate[2];
    enum client_end end;
} answers[] = {
    /* as in the example of the specification */
    {"21:Kok 838640135 qp 1390,21:Kok 838640135 qp 1390,"
     "21:Kok 838640135 qp 1390,21:Kok 838640135 qp 1391,",
     {250, 250, 250, 250}, {MAIL_DELIVERED, MAIL_DELIVERED}, CLIENT_FINISHED},
    {"1:K,2:Zx,3:Dno,1:D,", {250, 450, 550, 550},
     {MAIL_DELIVERED, MAIL_REFUSED}, CLIENT_FINISHED},
    {"1:D,2:Zx,3:Dno,2:ZK,", {550, 450, 550, 450},
     {MAIL_DEFERRED, MAIL_DEFERRED}, CLIENT_FINISHED},
    {"1:D,1:D,1:K,1:K,", {550, 550, 250, 250},
     {MAIL_DELIVERED, MAIL_DELIVERED}, CLIENT_FINISHED},
    /* what is none */
    {"220 hello\r\n", {0}, {MAIL_UNCERTAIN, MAIL_UNCERTAIN}, CLIENT_NONSENSE},
    {"1:K,0:,", {250}, {MAIL_UNCERTAIN, MAIL_UNCERTAIN}, CLIENT_NONSENSE},
    {"1:K,1:k,", {250}, {MAIL_UNCERTAIN, MAIL_UNCERTAIN}, CLIENT_NONSENSE},
    {"01:K,", {0}, {MAIL_UNCERTAIN, MAIL_UNCERTAIN}, CLIENT_NONSENSE},
    {"1001:K", {0}, {MAIL_UNCERTAIN, MAIL_UNCERTAIN}, CLIENT_NONSENSE},
    {"1:K;", {0}, {MAIL_UNCERTAIN, MAIL_UNCERTAIN}, CLIENT_NONSENSE},
    {"1:K,1:D,1:Z,K", {250, 550, 450}, {MAIL_DELIVERED, MAIL_UNCERTAIN},
     CLIENT_NONSENSE},
};
/* clang-format on */

START_TEST(an_answer)
{
    const char *in = answers[_i].replies;

    for (size_t step = 1; step <= strlen(in); step++) {
        struct calling *a = ask();
        const struct client *c = &a->client;

        ck_assert_uint_eq(a->on.peer.port, QMTP_PORT);
        marionette_opened(&a->on);
        marionette_said(&a->on, packages, "all at once");
        ck_assert_uint_eq(a->on.groups, 1);
        a->on.now_ns = 1000;
        marionette_hear(&a->on, in, strlen(in), step);
        ck_assert_int_eq(c->end, answers[_i].end);
        ck_assert_uint_eq(c->waits.turnarounds, 1);
        ck_assert_int_eq(c->waits.ns[STEP_BODY], 1000);
        for (int i = 0; i < 4; i++)
            ck_assert_int_eq(a->to[i].code, answers[_i].code[i]);
        for (int i = 0; i < 2; i++)
            ck_assert_int_eq(a->mail[i].fate, answers[_i].fate[i]);
        ck_assert_int_eq(a->on.half_closed, c->end == CLIENT_FINISHED);
        ck_assert_int_eq(a->on.aborted, c->end == CLIENT_NONSENSE);
        ask_end(a);
    }
}
END_TEST

/* What was answered counts, and nothing more. */
START_TEST(lost)
{
    static const char *const heard[] = {"", "1:K,1:D,", "1:K,1:D,1:Z,1"};
    static const enum mail_fate first[] = {MAIL_UNCERTAIN, MAIL_UNCERTAIN,
                                           MAIL_DELIVERED};

    for (int how = 0; how < 3; how++) {
        struct calling *a = ask();

        marionette_opened(&a->on);
        marionette_hear_text(&a->on, heard[_i]);
        if (how == 0)
            marionette_end(&a->on);
        else if (how == 1)
            marionette_lose(&a->on, TOLD_RESET, 104);
        else
            marionette_run_out(&a->on);
        ck_assert_int_eq(a->client.end,
                         how == 2 ? CLIENT_TIMED_OUT : CLIENT_LOST);
        ck_assert_int_eq(a->client.end_step, STEP_BODY);
        ck_assert_int_eq(a->mail[0].fate, first[_i]);
        ck_assert_int_eq(a->mail[1].fate, MAIL_UNCERTAIN);
        ck_assert_uint_eq(a->client.waits.turnarounds, 1);
        ask_end(a);
    }
}
END_TEST

START_TEST(refused)
{
    struct calling *a = ask();

    marionette_lose(&a->on, TOLD_REFUSED, 111);
    ck_assert_int_eq(a->client.end, CLIENT_UNREACHABLE);
    ck_assert_int_eq(a->mail[0].fate, MAIL_DEFERRED);
    ck_assert_uint_eq(a->client.waits.turnarounds, 0);
    ask_end(a);
}
END_TEST

/* Bytes go by in pieces of any size, and come to be the same mail. */
START_TEST(together)
{
    unsigned seed = (unsigned)_i;
    struct calling *a = ask();
    struct serving *s = serve();
    size_t heard[2] = {0};

    marionette_opened(&s->on);
    marionette_opened(&a->on);
    while (heard[0] < a->on.said.len || heard[1] < s->on.said.len) {
        bool up = rand_r(&seed) % 2 || heard[1] == s->on.said.len;
        struct marionette *from = up ? &a->on : &s->on;
        size_t left = from->said.len - heard[!up];
        size_t n = left ? 1 + (size_t)rand_r(&seed) % left : 0;

        heard[!up] += n;
        marionette_hear(up ? &s->on : &a->on, from->said.at + heard[!up] - n, n,
                        SIZE_MAX);
    }
    ck_assert_int_eq(a->client.end, CLIENT_FINISHED);
    ck_assert_str_eq(s->kept.mail, "me@y|a@x,b@x,c@x,|\n|d@x,|hi\r\n\n");
    ck_assert_uint_eq(a->client.waits.turnarounds, 1);
    ck_assert_uint_eq(s->server.replies, 4);
    serve_end(s);
    ask_end(a);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("QMTP, the client");
    TCase *t = tcase_create("machines");

    tcase_add_loop_test(t, an_answer, 0, COUNT(answers));
    tcase_add_loop_test(t, lost, 0, 3);
    tcase_add_test(t, refused);
    tcase_add_loop_test(t, together, 0, 50);
    suite_add_tcase(s, t);
    return s;
}
