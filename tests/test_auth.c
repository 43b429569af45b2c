/* SPDX-License-Identifier: BSD-2-Clause */
/* AUTH: base64, what the mechanisms say, and what a server answers. */
#include "smtp/auth.h"

#include "smtp/wire.h"
#include "tests/server_play.h"

/* RFC 4648, 10. */
/* clang-format off */
static const struct { const char *plain, *coded; } vector[] = {
    {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
};
static const char *const no_base64[] = {
    "Z", "Zg", "Zg=", "Zg===", "Zg==Zg==", "====", "Z===", "Zm9 ", "Zm9v\n",
    "Zm9v=", "=Zm9", "Zm=v", "Zm9*",
};
/* clang-format on */

START_TEST(encodes)
{
    char out[20];

    base64_encode(span_of(vector[_i].plain), out);
    ck_assert_str_eq(out, vector[_i].coded);
    ck_assert_int_eq(
        base64_decode(span_of(vector[_i].coded), out, strlen(vector[_i].plain)),
        (int)strlen(vector[_i].plain));
    ck_assert_mem_eq(out, vector[_i].plain, strlen(vector[_i].plain));
    if (_i > 0)
        ck_assert_int_eq(base64_decode(span_of(vector[_i].coded), out,
                                       strlen(vector[_i].plain) - 1),
                         -1);
}
END_TEST

START_TEST(refuses)
{
    char out[20];

    ck_assert_int_eq(base64_decode(span_of(no_base64[_i]), out, sizeof out),
                     -1);
}
END_TEST

/* Any bytes go and come back. */
START_TEST(there_and_back)
{
    char bytes[256], coded[400], out[256];

    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    for (size_t len = 0; len <= 256; len++) {
        base64_encode((struct span){bytes, len}, coded);
        ck_assert_int_eq(base64_decode(span_of(coded), out, sizeof out),
                         (int)len);
        ck_assert_int_eq(memcmp(out, bytes, len), 0);
    }
}
END_TEST

#define LAST NULL

/* clang-format off */
static const struct {
    struct login login;
    const char *says[4];
} speech[] = { /* the first is RFC 4954's, 4.1 */
    {{MECHANISM_PLAIN, false, "test", "1234"},
     {"AUTH PLAIN AHRlc3QAMTIzNA==", LAST}},
    {{MECHANISM_PLAIN, true, "test", "1234"},
     {"AUTH PLAIN", "AHRlc3QAMTIzNA==", LAST}},
    {{MECHANISM_LOGIN, false, "test", "1234"},
     {"AUTH LOGIN dGVzdA==", "MTIzNA==", LAST}},
    {{MECHANISM_LOGIN, true, "test", "1234"},
     {"AUTH LOGIN", "dGVzdA==", "MTIzNA==", LAST}},
};
/* clang-format on */

START_TEST(says)
{
    char line[AUTH_ROOM];
    unsigned k = 0;

    for (; speech[_i].says[k]; k++) {
        auth_say(&speech[_i].login, k, line);
        ck_assert_str_eq(line, speech[_i].says[k]);
    }
    ck_assert_uint_eq(auth_lines(&speech[_i].login), k);
}
END_TEST

START_TEST(longest_words)
{
    char word[AUTH_WORD + 1], line[AUTH_ROOM];
    const struct login login = {MECHANISM_PLAIN, false, word, word};

    memset(word, 'x', AUTH_WORD);
    word[AUTH_WORD] = '\0';
    auth_say(&login, 0, line);
    ck_assert_uint_lt(strlen(line) + 2, 512); /* RFC 5321, 4.5.3.1.4 */
}
END_TEST

#define JOE "AGpvZQBzZWNyZXQ="        /* joe, secret */
#define AS_ANN "YW5uAGpvZQBzZWNyZXQ=" /* the same, for ann */
#define WRONG "AGpvZQB3cm9uZw=="      /* joe, wrong */
#define NAME "am9l"
#define WORD "c2VjcmV0"

/* What the server answers behind EHLO's reply, and whether it then knows. */
/* clang-format off */
static const struct {
    const char *name, *said, *codes;
    bool known;
} dialogue[] = {
    {"initial", "AUTH PLAIN " JOE CRLF, "235", true},
    {"any case", "auth plain " JOE CRLF, "235", true},
    {"for another", "AUTH PLAIN " AS_ANN CRLF, "235", true},
    {"asked for", "AUTH PLAIN" CRLF JOE CRLF, "334 235", true},
    {"wrong", "AUTH PLAIN " WRONG CRLF, "535", false},
    {"wrong, then right", "AUTH PLAIN " WRONG CRLF "AUTH PLAIN " JOE CRLF,
     "535 235", true},
    {"empty", "AUTH PLAIN =" CRLF, "535", false},
    {"one word only", "AUTH PLAIN AGpvZQ==" CRLF, "535", false},
    {"no base64", "AUTH PLAIN !" CRLF, "501", false},
    {"cancelled", "AUTH PLAIN" CRLF "*" CRLF "NOOP" CRLF, "334 501 250",
     false},
    {"no command in an answer", "AUTH PLAIN" CRLF "QUIT" CRLF, "334 535",
     false},
    {"LOGIN", "AUTH LOGIN" CRLF NAME CRLF WORD CRLF, "334 334 235", true},
    {"LOGIN, initial", "AUTH LOGIN " NAME CRLF WORD CRLF, "334 235", true},
    {"LOGIN, wrong", "AUTH LOGIN " NAME CRLF NAME CRLF, "334 535", false},
    {"LOGIN, nobody", "AUTH LOGIN" CRLF CRLF, "334 535", false},
    {"LOGIN, cancelled", "AUTH LOGIN " NAME CRLF "*" CRLF, "334 501", false},
    {"no mechanism", "AUTH" CRLF, "501", false},
    {"another one", "AUTH GSSAPI" CRLF, "504", false},
    {"twice", "AUTH PLAIN " JOE CRLF "AUTH PLAIN " JOE CRLF, "235 503", true},
    {"in a transaction", "MAIL FROM:<a>" CRLF "AUTH PLAIN " JOE CRLF,
     "250 503", false},
    {"on behalf", "MAIL FROM:<a> AUTH=<>" CRLF, "250", false},
    {"in a group", "AUTH PLAIN " JOE CRLF "MAIL FROM:<a>" CRLF "RCPT TO:<b>"
     CRLF, "235 250 250", true},
};
/* clang-format on */

static const struct auth_account joe = {"joe", "secret"};

START_TEST(server_answers)
{
    size_t len = strlen(dialogue[_i].said);

    for (size_t step = 1; step <= len; step++) {
        struct play p;
        size_t from;

        play_init(&p, false, 0);
        p.config.accounts = &joe;
        p.config.account_count = 1;
        play_begin(&p);
        marionette_hear_text(&p.marionette, HI);
        from = p.marionette.said.len;
        marionette_hear(&p.marionette, dialogue[_i].said, len, step);
        expect(&p.marionette, from, dialogue[_i].codes, dialogue[_i].name);
        ck_assert_int_eq(p.server.authenticated, dialogue[_i].known);
        play_end(&p);
    }
}
END_TEST

START_TEST(before_ehlo)
{
    struct play p;
    size_t from;

    play_init(&p, false, 0);
    p.config.accounts = &joe;
    p.config.account_count = 1;
    p.config.auth_required = true;
    play_begin(&p);
    from = p.marionette.said.len;
    marionette_hear_text(&p.marionette, "AUTH PLAIN " JOE CRLF);
    marionette_hear_text(&p.marionette, HI);
    marionette_hear_text(&p.marionette, "MAIL FROM:<a>" CRLF);
    marionette_hear_text(&p.marionette, "AUTH PLAIN " JOE CRLF);
    marionette_hear_text(&p.marionette, "MAIL FROM:<a>" CRLF);
    expect(&p.marionette, from, "503 250 530 235 250", "before EHLO");
    play_end(&p);
}
END_TEST

/* RFC 4954, 4: no password in the clear where TLS is to be had. */
START_TEST(only_through_tls)
{
    struct play p;
    size_t from;

    play_init(&p, false, 0);
    p.config.accounts = &joe;
    p.config.account_count = 1;
    p.config.can_secure = true;
    p.config.offer.has |= OFFER_STARTTLS;
    play_begin(&p);
    marionette_hear_text(&p.marionette, HI);
    ck_assert_ptr_null(
        memmem(p.marionette.said.at, p.marionette.said.len, "AUTH", 4));
    from = p.marionette.said.len;
    marionette_hear_text(&p.marionette, "AUTH PLAIN " JOE CRLF);
    marionette_hear_text(&p.marionette, "STARTTLS now" CRLF);
    expect(&p.marionette, from, "538 501", "in the clear");
    play_end(&p);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/auth");
    TCase *t = tcase_create("auth");

    tcase_add_loop_test(t, encodes, 0, ROWS(vector));
    tcase_add_loop_test(t, refuses, 0, ROWS(no_base64));
    tcase_add_test(t, there_and_back);
    tcase_add_loop_test(t, says, 0, ROWS(speech));
    tcase_add_test(t, longest_words);
    tcase_add_loop_test(t, server_answers, 0, ROWS(dialogue));
    tcase_add_test(t, before_ehlo);
    tcase_add_test(t, only_through_tls);
    suite_add_tcase(s, t);
    return s;
}
