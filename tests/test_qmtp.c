/* SPDX-License-Identifier: BSD-2-Clause */
/* QMTP: netstrings, packages and their server, however they are cut. */
#include "tests/qmtp_serve.h"

static bool said(const struct marionette *m, const char *what)
{
    return m->said.len == strlen(what) &&
           (m->said.len == 0 || memcmp(m->said.at, what, m->said.len) == 0);
}

/* clang-format off */
static const struct {
    const char *text;
    int wrong_at; /* -1: it is one */
    uint64_t len;
} lengths[] = {
    {"0:", -1, 0}, {"7:", -1, 7}, {"246:", -1, 246}, {"10:", -1, 10},
    {"2147483648:", -1, QMTP_MOST}, {"2147483649:", 9, 0},
    {"99999999999999999999:", 9, 0}, {":", 0, 0}, {"00:", 1, 0},
    {"01:", 1, 0}, {"-1:", 0, 0}, {"+1:", 0, 0}, {" 1:", 0, 0},
    {"1 :", 1, 0}, {"1;", 1, 0}, {"x", 0, 0}, {"\xff", 0, 0},
};
/* clang-format on */

START_TEST(a_length)
{
    struct netstring n = {0};
    int i = 0;

    while (lengths[_i].text[i] &&
           netstring_take(&n, lengths[_i].text[i], QMTP_MOST))
        i++;
    if (lengths[_i].wrong_at >= 0) {
        ck_assert_int_eq(i, lengths[_i].wrong_at);
        return;
    }
    ck_assert(n.whole && !lengths[_i].text[i]);
    ck_assert_uint_eq(n.len, lengths[_i].len);
    ck_assert_uint_eq(netstring_size(n.len),
                      strlen(lengths[_i].text) + n.len + 1);
}
END_TEST

/* Lengths as in the example of the specification (section 8): a message to one
 * recipient, and one from nobody to three. */
static size_t write_example(char *at)
{
    char text[400];
    size_t len;

    memset(text, 'x', sizeof text);
    memcpy(text, "\nTo: djb\n\nthis is a test\n.\n", 27);
    len = (size_t)sprintf(at,
                          "246:%.246s,24:God-DSN-37@heaven.af.mil,"
                          "30:26:djb@silverton.berkeley.edu,,",
                          text);
    *text = '\r';
    memcpy(text + 340, "line\r\nlast line\r\n", 16);
    return len + (size_t)sprintf(at + len,
                                 "356:%.356s,0:,83:26:djb@silverton.berkeley."
                                 "edu,20:aaaaaaaaaaaaaaaaaa@x,"
                                 "25:aaaaaaaaaaaaaaaaaaaaaaa@x,,",
                                 text);
}

static const char *const example_to[] = {
    "djb@silverton.berkeley.edu,",
    "djb@silverton.berkeley.edu,aaaaaaaaaaaaaaaaaa@x,"
    "aaaaaaaaaaaaaaaaaaaaaaa@x,"};

static void check_example(const struct kept *k)
{
    const char *second;

    ck_assert_uint_eq(k->mails, 2);
    ck_assert_int_eq(strncmp(k->mail, "God-DSN-37@heaven.af.mil|", 25), 0);
    ck_assert_int_eq(strncmp(k->mail + 25, example_to[0], 27), 0);
    ck_assert_int_eq(
        strncmp(k->mail + 52, "|To: djb\r\n\r\nthis is a test\r\n.\r\nx", 32),
        0);
    second = strstr(k->mail, "\n|djb");
    ck_assert_ptr_nonnull(second);
    ck_assert_int_eq(strncmp(second + 2, example_to[1], strlen(example_to[1])),
                     0);
    ck_assert_ptr_nonnull(strstr(second, "xline\r\nlast line\r\n"));
}

static const char example_replies[] = "18:K250 message taken,"
                                      "18:K250 message taken,"
                                      "18:K250 message taken,"
                                      "18:K250 message taken,";

/* Nothing is said before the last octet of a package; then all of it. */
START_TEST(cut_everywhere)
{
    char in[2000];
    size_t len = write_example(in), first = strlen("246:,24:,30:,") + 300;

    for (size_t cut = 0; cut <= len; cut++) {
        struct serving *s = serve();

        marionette_opened(&s->on);
        marionette_hear(&s->on, in, cut, SIZE_MAX);
        ck_assert_uint_eq(s->on.said.len, cut < first ? 0
                                          : cut < len ? 22
                                                      : 88);
        marionette_hear(&s->on, in + cut, len - cut, SIZE_MAX);
        ck_assert(said(&s->on, example_replies));
        check_example(&s->kept);
        ck_assert_uint_eq(s->server.mails, 2);
        ck_assert_uint_eq(s->server.recipients, 4);
        serve_end(s);
    }
}
END_TEST

START_TEST(byte_by_byte)
{
    char in[2000];
    size_t len = write_example(in);
    struct serving *s = serve();

    marionette_opened(&s->on);
    marionette_hear(&s->on, in, len, 1);
    ck_assert(said(&s->on, example_replies));
    check_example(&s->kept);
    marionette_end(&s->on);
    ck_assert(s->on.half_closed && !s->on.open);
    ck_assert_uint_eq(s->kept.ended, 2);
    serve_end(s);
}
END_TEST

#define TEXT "3:\nx\n,"

/* clang-format off */
static const struct {
    const char *in, *out;
    bool left; /* by the server, for what is no package */
    size_t mails;
} rows[] = {
    {TEXT "1:a,4:1:b,,", "18:K250 message taken,", false, 1},
    {"4:\rx\r\n,1:a,4:1:b,,", "18:K250 message taken,", false, 1},
    {"3:\rx,1:a,", "", true, 0},
    {TEXT "0:,8:4:no@x,,", "", true, 0},          /* one more than there is */
    {TEXT "0:,7:4:no@x,,", "17:D550 no such user,", false, 0},
    {TEXT "0:,10:7:later@x,,", "12:Z450 not now,", false, 0},
    {TEXT "0:,8:5:far@x,,", "18:K250 message taken,", false, 1},
    {TEXT "0:,18:4:no@x,1:b,4:no@x,,",
     "17:D550 no such user,18:K250 message taken,17:D550 no such user,",
     false, 1},
    {TEXT "0:,10:0:,4:NO@x,,", "27:D501 no such address can be,"
     "17:D550 no such user,", false, 0},
    {TEXT "0:,7:4:a\rb@,,", "27:D501 no such address can be,", false, 0},
    {TEXT "1:\n,4:1:b,,", "27:D501 no such address can be,", false, 0},
    {"1:\n,0:,4:1:b,,", "18:K250 message taken,", false, 1},
    {"12:\n0123456789\n,0:,4:1:b,,", "20:D552 message too big,", false, 0},
    {"11:\n123456789\n,0:,4:1:b,,", "20:D552 message too big,", false, 0},
    {"11:\r01234567\r\n,0:,4:1:b,,", "18:K250 message taken,", false, 1},
    {"0:,0:,4:1:b,,", "", true, 0},               /* no encoding */
    {"2:xy,0:,4:1:b,,", "", true, 0},
    {TEXT "0:,0:,", "", true, 0},                 /* nobody */
    {TEXT "0:,4:1:b;,", "", true, 0},
    {TEXT "0:,4:1:b,;", "", true, 0},
    {TEXT "0:;4:1:b,,", "", true, 0},
    {"3:\nx\n;0:,4:1:b,,", "", true, 0},
    {TEXT "0:,4:9:b,,", "", true, 0},             /* more than the list has */
    {TEXT "0:,4:01:b,", "", true, 0},
    {TEXT "0:,2:9:", "", true, 0},
    {TEXT "0:,1:9:", "", true, 0},
    {"2147483649:", "", true, 0},
    {"EHLO c\r\n", "", true, 0},
    {TEXT "1:a,4:1:b,,x", "18:K250 message taken,", true, 1},
    {TEXT "1:a,4:1:b,", "", false, 0},            /* it may yet be */
};
/* clang-format on */

/* What is said to what, with at most ten octets of text. */
START_TEST(a_package)
{
    const char *in = rows[_i].in;

    for (size_t step = 1; step <= strlen(in); step++) {
        struct serving *s = serve();

        s->config.offer.size_max = 10;
        marionette_opened(&s->on);
        marionette_hear(&s->on, in, strlen(in), step);
        marionette_said(&s->on, rows[_i].out, in);
        ck_assert_int_eq(s->on.half_closed, rows[_i].left);
        ck_assert_uint_eq(s->kept.mails, rows[_i].mails);
        if (rows[_i].left) { /* it is not waited for for ever */
            marionette_wake(&s->on);
            ck_assert(s->on.aborted);
        } else {
            marionette_end(&s->on);
            ck_assert(s->on.half_closed && !s->on.open);
        }
        marionette_run_out(&s->on);
        serve_end(s);
    }
}
END_TEST

START_TEST(long_addresses)
{
    struct serving *s = serve();
    char in[ROOM];
    int len = sprintf(in, TEXT "0:,%d:%d:%0*d,,", 1004, 999, 999, 0);

    marionette_opened(&s->on);
    marionette_hear(&s->on, in, (size_t)len, 7);
    ck_assert(said(&s->on, "27:D501 no such address can be,"));
    len = sprintf(in, TEXT "300:%0300d,4:1:b,,", 0);
    marionette_hear(&s->on, in, (size_t)len, 7);
    ck_assert(said(&s->on, "27:D501 no such address can be,"
                           "27:D501 no such address can be,"));
    len = sprintf(in, TEXT "254:%0254d,259:254:%0254d,,", 0, 0);
    marionette_hear(&s->on, in, (size_t)len, 7);
    ck_assert_uint_eq(s->kept.mails, 1);
    serve_end(s);
}
END_TEST

/* RFC 5321, 4.5.3.1.8: so many are taken, and the others told to come again;
 * and however many replies there are, they are bounded in memory. */
START_TEST(many_recipients)
{
    enum { MANY = 1003 };
    struct serving *s = serve();
    struct qmtp_replies r = {0};
    char in[ROOM], letter;
    int len = sprintf(in, TEXT "0:,%d:", 4 * MANY);
    size_t at = 0, heard[128] = {0};

    for (int i = 0; i < MANY; i++)
        len += sprintf(in + len, "1:b,");
    len += sprintf(in + len, ",");
    marionette_opened(&s->on);
    marionette_hear(&s->on, in, (size_t)len, SIZE_MAX);
    while (at < s->on.said.len) {
        at += qmtp_hear(&r,
                        (struct span){s->on.said.at + at, s->on.said.len - at},
                        &letter);
        heard[(unsigned char)letter]++;
    }
    ck_assert_uint_eq(heard['K'], SERVER_RECIPIENTS);
    ck_assert_uint_eq(heard['Z'], MANY - SERVER_RECIPIENTS);
    ck_assert_uint_eq(s->server.recipients, SERVER_RECIPIENTS);
    serve_end(s);
}
END_TEST

START_TEST(not_kept)
{
    struct serving *s = serve();
    const char *in = TEXT "0:,11:1:b,4:no@x,,";

    s->kept.unwilling = true;
    marionette_opened(&s->on);
    marionette_hear(&s->on, in, strlen(in), SIZE_MAX);
    ck_assert(said(&s->on, "34:Z451 the message could not be kept,"
                           "17:D550 no such user,"));
    ck_assert_uint_eq(s->server.mails, 0);
    serve_end(s);
}
END_TEST

/* A client that is silent within a package is not waited for for ever, and
 * each reply takes its time. */
START_TEST(in_time)
{
    struct serving *s = serve();
    const char *in = TEXT "0:,8:1:b,1:c,,3:";

    s->config.think_ns = 1000;
    marionette_opened(&s->on);
    marionette_hear(&s->on, in, strlen(in), SIZE_MAX);
    ck_assert_uint_eq(s->on.said.len, 0);
    marionette_wake(&s->on);
    ck_assert_int_eq(s->on.now_ns, 1000);
    marionette_wake(&s->on);
    ck_assert_int_eq(s->on.now_ns, 2000);
    ck_assert_uint_eq(s->on.said.len, 44);
    marionette_offer(&s->on);
    marionette_wake(&s->on);
    ck_assert(s->on.half_closed);
    ck_assert_int_eq(s->on.now_ns, 2000 + s->config.idle_timeout_ns);
    marionette_run_out(&s->on);
    ck_assert(s->on.aborted);
    ck_assert_uint_eq(s->kept.mails, 1);
    ck_assert_uint_eq(s->kept.ended, 2);
    serve_end(s);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("QMTP");
    TCase *t = tcase_create("wire");

    tcase_add_loop_test(t, a_length, 0, COUNT(lengths));
    tcase_add_test(t, cut_everywhere);
    tcase_add_test(t, byte_by_byte);
    tcase_add_loop_test(t, a_package, 0, COUNT(rows));
    tcase_add_test(t, long_addresses);
    tcase_add_test(t, many_recipients);
    tcase_add_test(t, not_kept);
    tcase_add_test(t, in_time);
    suite_add_tcase(s, t);
    return s;
}
