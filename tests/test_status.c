/* SPDX-License-Identifier: BSD-2-Clause */
/* Enhanced status codes of the server (RFC 2034), and what the client's MAIL
 * says of extensions. */
#include "smtp/client.h"
#include "tests/server_play.h"

/* clang-format off */
static const struct {
    const char *said, *reply; /* behind EHLO */
} answer[] = {
    {"NOOP" CRLF, "250 2.0.0 OK" CRLF},
    {"MAIL FROM:<a>" CRLF, "250 2.1.0 sender <a> OK" CRLF},
    {"RCPT TO:<b>" CRLF, "503 5.5.1 need MAIL" CRLF},
    {"MAIL FROM:<a> SIZE=99" CRLF,
     "552 5.3.4 message size exceeds 10" CRLF},
    {"MAIL FROM:<a>" CRLF "RCPT TO:<no>" CRLF,
     "250 2.1.0 sender <a> OK" CRLF "550 5.1.1 no" CRLF},
    {"MAIL FROM:<a>" CRLF "RCPT TO:<later>" CRLF,
     "250 2.1.0 sender <a> OK" CRLF "451 4.2.1 later" CRLF},
    {"MAIL FROM:<a>" CRLF "RCPT TO:<b>" CRLF "DATA" CRLF,
     "250 2.1.0 sender <a> OK" CRLF "250 2.1.5 recipient <b> OK" CRLF
     "354 enter mail, end with line containing only \".\"" CRLF},
    {"MAIL FROM:<a> RET=FULL ENVID=x+2By" CRLF "RCPT TO:<b> "
     "NOTIFY=success,DELAY ORCPT=rfc822;b@c" CRLF,
     "250 2.1.0 sender <a> OK" CRLF "250 2.1.5 recipient <b> OK" CRLF},
    {"MAIL FROM:<a> RET=ALL" CRLF,
     "501 5.5.4 syntax: RET=FULL or RET=HDRS" CRLF},
    {"MAIL FROM:<a> RET" CRLF,
     "501 5.5.4 syntax: RET=FULL or RET=HDRS" CRLF},
    {"MAIL FROM:<a> RET=FULL RET=HDRS" CRLF,
     "501 5.5.4 syntax: RET twice" CRLF},
    {"MAIL FROM:<a> ENVID=x+2b" CRLF,
     "501 5.5.4 syntax: ENVID=xtext, of 100 characters at most" CRLF},
    {"MAIL FROM:<a> ENVID=x+2" CRLF,
     "501 5.5.4 syntax: ENVID=xtext, of 100 characters at most" CRLF},
    {"MAIL FROM:<a>" CRLF "RCPT TO:<b> NOTIFY=NEVER,DELAY" CRLF,
     "250 2.1.0 sender <a> OK" CRLF
     "501 5.5.4 syntax: NOTIFY=NEVER or a list of SUCCESS,FAILURE,DELAY" CRLF},
    {"MAIL FROM:<a>" CRLF "RCPT TO:<b> ORCPT=rfc822" CRLF,
     "250 2.1.0 sender <a> OK" CRLF "501 5.5.4 syntax: ORCPT=type;xtext" CRLF},
    {"MAIL FROM:<a>" CRLF "RCPT TO:<b> ORCPT=rfc822;" CRLF,
     "250 2.1.0 sender <a> OK" CRLF "501 5.5.4 syntax: ORCPT=type;xtext" CRLF},
    {"MAIL FROM:<a> ORCPT=rfc822;b" CRLF,
     "555 5.5.4 MAIL parameter ORCPT not known" CRLF},
    {"WHAT" CRLF, "500 5.5.2 command unrecognized" CRLF},
    {"EHLO" CRLF, "501 5.5.4 who are you?" CRLF},
    {"HELO c" CRLF, "250 s" CRLF},
    {"QUIT" CRLF, "221 2.0.0 goodbye" CRLF},
};
static const struct verdict own[] = {{"no", "550 no"},
                                     {"later", "451 4.2.1 later"}};
/* clang-format on */

START_TEST(enhanced)
{
    struct play p;
    size_t from;

    play_init(&p, false, 0);
    p.config.offer.has |= OFFER_ENHANCEDSTATUSCODES;
    p.config.verdicts = own;
    p.config.verdict_count = 2;
    play_begin(&p);
    ck_assert_int_eq(strncmp(p.marionette.said.at, "220 s ", 6), 0);
    from = p.marionette.said.len;
    marionette_hear_text(&p.marionette, HI);
    ck_assert_int_eq(strncmp(p.marionette.said.at + from, "250-s\r\n", 7), 0);
    from = p.marionette.said.len;
    marionette_hear_text(&p.marionette, answer[_i].said);
    ck_assert_uint_eq(p.marionette.said.len - from, strlen(answer[_i].reply));
    ck_assert_mem_eq(p.marionette.said.at + from, answer[_i].reply,
                     strlen(answer[_i].reply));
    play_end(&p);
}
END_TEST

/* clang-format off */
static const struct {
    uint32_t wanted;
    const char *offered, *mail; /* what is said behind EHLO */
    const char *dsn;            /* NULL: none */
} parameter[] = {
    {0, "SIZE", "MAIL FROM:<a>" CRLF, NULL},
    {OFFER_SIZE, "SIZE 100", "MAIL FROM:<a> SIZE=5" CRLF, NULL},
    {OFFER_SIZE, "8BITMIME", "MAIL FROM:<a>" CRLF, NULL},
    {OFFER_8BITMIME, "8BITMIME", "MAIL FROM:<a> BODY=8BITMIME" CRLF, NULL},
    {OFFER_SMTPUTF8, "SMTPUTF8", "MAIL FROM:<a> SMTPUTF8" CRLF, NULL},
    {OFFER_SIZE | OFFER_SMTPUTF8, "SMTPUTF8" CRLF "250-SIZE",
     "MAIL FROM:<a> SIZE=5 SMTPUTF8" CRLF, NULL},
    {OFFER_SIZE, "DSN", "MAIL FROM:<a> RET=HDRS ENVID=x+2By" CRLF,
     "ENVID=x+2By RET=HDRS NOTIFY=NEVER"},
    {0, "HELP", "MAIL FROM:<a>" CRLF, "RET=FULL ORCPT"},
    {0, "DSN" CRLF "250-PIPELINING",
     "MAIL FROM:<a>" CRLF "RCPT TO:<b> NOTIFY=DELAY,SUCCESS ORCPT=rfc822;b"
     CRLF "DATA" CRLF, "NOTIFY=DELAY,SUCCESS  ORCPT"},
    {OFFER_SIZE, "SIZE 4", "QUIT" CRLF, NULL}, /* five are too many */
};
/* clang-format on */

START_TEST(says_of_extensions)
{
    struct recipient to = {.address = "b"};
    struct mail mail = {.from = "a",
                        .to = &to,
                        .recipients = 1,
                        .stuffed = span_of("..x\r\n.\r\n"),
                        .plain = span_of(".xy\r\n")};
    struct client_config config = {.name = "c",
                                   .extensions = parameter[_i].wanted,
                                   .mails = &mail,
                                   .mail_count = 1};
    struct dsn dsn;
    struct marionette p;
    struct client c;
    char ehlo[100], why[DSN_WHY];
    size_t from;

    config.manner.mode = MODE_PIPELINING;
    if (parameter[_i].dsn) {
        ck_assert_int_eq(dsn_parse(&dsn, parameter[_i].dsn, why), 0);
        config.dsn = &dsn;
    }

    client_default_timeouts(&config);
    client_init(&c, &config, (struct endpoint){{192, 0, 2, 2}, 4, 25});
    marionette_init(&p, &c.machine);
    marionette_start(&p);
    marionette_opened(&p);
    marionette_hear_text(&p, "220 s" CRLF);
    from = p.said.len;
    snprintf(ehlo, sizeof ehlo, "250-s" CRLF "250-%s" CRLF "250 HELP" CRLF,
             parameter[_i].offered);
    marionette_hear_text(&p, ehlo);
    ck_assert_uint_eq(p.said.len - from, strlen(parameter[_i].mail));
    ck_assert_mem_eq(p.said.at + from, parameter[_i].mail,
                     strlen(parameter[_i].mail));
    marionette_lose(&p, TOLD_RESET, 104);
    marionette_release(&p);
}
END_TEST

/* clang-format off */
static const char *const wrong[] = {
    "RET=ALL", "RET", "RET=", "ENVID=a+b", "ENVID=a=b", "NOTIFY=",
    "NOTIFY=NEVER,DELAY", "NOTIFY=DELAY,", "NOTIFY=DELAY,DELAY,DELAY,DELAY",
    "NOTIFY=SUCCESS,FAILURE,DELAY,DELAY",
    "ORCPT=rfc822;b", "SIZE=1",
};
/* clang-format on */

START_TEST(dsn_wrong)
{
    struct dsn dsn;
    char why[DSN_WHY] = "";

    ck_assert_int_eq(dsn_parse(&dsn, wrong[_i], why), -1);
    ck_assert_str_ne(why, "");
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp: status codes and parameters");
    TCase *t = tcase_create("status");

    tcase_add_loop_test(t, enhanced, 0, ROWS(answer));
    tcase_add_loop_test(t, says_of_extensions, 0, ROWS(parameter));
    tcase_add_loop_test(t, dsn_wrong, 0, ROWS(wrong));
    suite_add_tcase(s, t);
    return s;
}
