/* SPDX-License-Identifier: BSD-2-Clause */
/* The server's grammar, by rows; its bodies and chunks. */
#include "tests/server_play.h"

/* What is answered to what is said; SIZE 10, unless `has` is 0: nothing. */
/* clang-format off */
static const struct {
    const char *name, *said, *codes;
    bool bare; /* it offers nothing */
    uint32_t flaws;
} rows[] = {
    /* RFC 5321, 4.1.1.1 */
    {"EHLO", "EHLO c" CRLF, "250", 0, 0},
    {"HELO", "helo c" CRLF, "250", 0, 0},
    {"EHLO nobody", "EHLO" CRLF "HELO  " CRLF, "501 501", 0, 0},
    {"EHLO again ends the mail", MR HI "RCPT TO:<b>" CRLF,
     "250 250 250 250 503", 0, 0},
    {"HELO again ends the mail", MR "HELO c" CRLF "DATA" CRLF,
     "250 250 250 250 503", 0, 0},
    {"EHLO unknown", HI "HELO c" CRLF "MAIL FROM:<a>" CRLF, "500 250 250", 0,
     FLAW_HELO_ONLY},

    /* RFC 5321, 4.1.1.2-4 */
    {"no EHLO", "MAIL FROM:<a>" CRLF, "503", 0, 0},
    {"null sender", HI "MAIL FROM:<>" CRLF, "250 250", 0, 0},
    {"source route", HI "MAIL FROM:<@x,@y:a@b>" CRLF, "250 250", 0, 0},
    {"quoted", HI "MAIL FROM:<\"a > b\\\"\"@c>" CRLF, "250 250", 0, 0},
    {"no brackets", HI "MAIL FROM:a" CRLF, "250 501", 0, 0},
    {"no path", HI "MAIL" CRLF "MAIL FROM:" CRLF, "250 501 501", 0, 0},
    {"TO for FROM", HI "MAIL TO:<a>" CRLF, "250 501", 0, 0},
    {"control character", HI "MAIL FROM:<a\rb>" CRLF, "250 501", 0, 0},
    {"MAIL twice", MR "MAIL FROM:<a>" CRLF, "250 250 250 503", 0, 0},
    {"RCPT alone", HI "RCPT TO:<b>" CRLF, "250 503", 0, 0},
    {"null recipient", HI "MAIL FROM:<a>" CRLF "RCPT TO:<>" CRLF,
     "250 250 501", 0, 0},
    {"refused MAIL opens nothing", HI "MAIL FROM:a" CRLF "RCPT TO:<b>" CRLF,
     "250 501 503", 0, 0},
    {"DATA alone", HI "DATA" CRLF, "250 503", 0, 0},
    {"DATA for nobody", HI "MAIL FROM:<a>" CRLF "DATA" CRLF, "250 250 554",
     0, 0},
    {"DATA and a word", MR "DATA now" CRLF, "250 250 250 501", 0, 0},
    {"DATA", MR "DATA" CRLF "x" CRLF "." CRLF, "250 250 250 354 250", 0, 0},
    {"DATA and nothing", MR "DATA" CRLF "." CRLF, "250 250 250 354 250", 0, 0},
    {"another mail", MR "DATA" CRLF "." CRLF "MAIL FROM:<a>" CRLF,
     "250 250 250 354 250 250", 0, 0},
    {"the mail is over", MR "DATA" CRLF "." CRLF "RCPT TO:<a>" CRLF,
     "250 250 250 354 250 503", 0, 0},
    {"verdicts", HI "MAIL FROM:<a>" CRLF "RCPT TO:<no>" CRLF
     "RCPT TO:<later>" CRLF "RCPT TO:<NO>" CRLF "DATA" CRLF,
     "250 250 550 451 550 554", 0, 0},
    {"a verdict that accepts", HI "MAIL FROM:<a>" CRLF "RCPT TO:<far>" CRLF
     "DATA" CRLF "." CRLF, "250 250 251 354 250", 0, 0},

    /* RFC 5321, 4.1.2 and 4.1.1.11; RFC 1870, 6152, 3461 */
    {"SIZE", HI "MAIL FROM:<a> SIZE=10" CRLF, "250 250", 0, 0},
    {"SIZE too large", HI "MAIL FROM:<a> SIZE=11" CRLF, "250 552", 0, 0},
    {"SIZE far too large", HI "MAIL FROM:<a> SIZE=99999999999999999999" CRLF,
     "250 552", 0, 0},
    {"SIZE of nothing", HI "MAIL FROM:<a> SIZE=" CRLF "MAIL FROM:<a> SIZE"
     CRLF "MAIL FROM:<a> SIZE=x" CRLF, "250 501 501 501", 0, 0},
    {"BODY", HI "MAIL FROM:<a> BODY=8bitmime SIZE=1" CRLF, "250 250", 0, 0},
    {"BODY of another kind", HI "MAIL FROM:<a> BODY=BINARYMIME" CRLF,
     "250 501", 0, 0},
    {"DSN", HI "MAIL FROM:<a> RET=HDRS ENVID=x" CRLF
     "RCPT TO:<b> NOTIFY=NEVER ORCPT=rfc822;b" CRLF, "250 250 250", 0, 0},
    {"of RCPT at MAIL", HI "MAIL FROM:<a> NOTIFY=NEVER" CRLF, "250 555", 0, 0},
    {"of MAIL at RCPT", HI "MAIL FROM:<a>" CRLF "RCPT TO:<b> SIZE=1" CRLF,
     "250 250 555", 0, 0},
    {"unknown", HI "MAIL FROM:<a> X=y" CRLF, "250 555", 0, 0},
    {"the second is unknown", HI "MAIL FROM:<a> SIZE=1 X=y" CRLF, "250 555",
     0, 0},
    {"not offered", HI "MAIL FROM:<a> SIZE=1" CRLF, "250 555", true, 0},
    {"no parameter at all", HI "MAIL FROM:<a> =" CRLF "MAIL FROM:<a> S=\x1b"
     CRLF "MAIL FROM:<a>x" CRLF, "250 501 501 501", 0, 0},

    /* the others */
    {"RSET", MR "RSET" CRLF "DATA" CRLF, "250 250 250 250 503", 0, 0},
    {"RSET before EHLO", "RSET" CRLF, "250", 0, 0},
    {"NOOP, VRFY, EXPN, HELP", "NOOP" CRLF "NOOP x" CRLF "VRFY a" CRLF
     "VRFY" CRLF "EXPN x" CRLF "HELP" CRLF, "250 250 252 501 502 214", 0, 0},
    {"unknown command", "STARTTLS" CRLF "GET / HTTP/1.1" CRLF CRLF,
     "500 500 500", 0, 0},
    {"a bare LF ends no command", "NOOP\nQUIT" CRLF "NOOP" CRLF, "500 250",
     0, 0},
    {"QUIT", "QUIT" CRLF "NOOP" CRLF, "221", 0, 0},

    /* RFC 3030, 2 */
    {"BDAT", MR "BDAT 3 LAST" CRLF "abc", "250 250 250 250", 0, 0},
    {"BDAT in parts", MR "BDAT 3" CRLF "abcBDAT 0" CRLF "BDAT 2 LAST" CRLF "de",
     "250 250 250 250 250 250", 0, 0},
    {"BDAT 0 LAST", MR "BDAT 3" CRLF "abcBDAT 0 LAST" CRLF "NOOP" CRLF,
     "250 250 250 250 250 250", 0, 0},
    {"its octets are no commands", MR "BDAT 6 LAST" CRLF "QUIT" CRLF
     "NOOP" CRLF, "250 250 250 250 250", 0, 0},
    {"nor an end of data", MR "BDAT 5 LAST" CRLF CRLF "." CRLF "NOOP" CRLF,
     "250 250 250 250 250", 0, 0},
    {"BDAT alone", "BDAT 2 LAST" CRLF "xxNOOP" CRLF, "503 250", 0, 0},
    {"BDAT alone, and then a mail", HI "BDAT 2" CRLF "xxMAIL FROM:<a>" CRLF
     "RCPT TO:<b>" CRLF "BDAT 2 LAST" CRLF "xx", "250 503 250 250 250", 0, 0},
    {"BDAT for nobody", HI "MAIL FROM:<a>" CRLF "BDAT 2 LAST" CRLF "xxNOOP"
     CRLF, "250 250 554 250", 0, 0},
    {"BDAT behind LAST", MR "BDAT 1 LAST" CRLF "xBDAT 1 LAST" CRLF "xNOOP" CRLF,
     "250 250 250 250 503 250", 0, 0},
    {"DATA behind BDAT", MR "BDAT 1" CRLF "xDATA" CRLF "BDAT 0 LAST" CRLF,
     "250 250 250 250 503 250", 0, 0},
    {"RCPT behind BDAT", MR "BDAT 1" CRLF "xRCPT TO:<d>" CRLF,
     "250 250 250 250 503", 0, 0},
    {"a chunk too many", MR "BDAT 8" CRLF "12345678" "BDAT 8" CRLF "12345678"
     "BDAT 1 LAST" CRLF "xMAIL FROM:<a>" CRLF,
     "250 250 250 250 552 552 250", 0, 0},
    {"RSET behind a failure", MR "BDAT 11" CRLF "12345678901RSET" CRLF
     "MAIL FROM:<a>" CRLF "RCPT TO:<b>" CRLF "BDAT 1 LAST" CRLF "x",
     "250 250 250 552 250 250 250 250", 0, 0},
    {"BDAT syntax", MR "BDAT" CRLF "BDAT x" CRLF "BDAT 1 FIRST" CRLF "BDAT -1"
     CRLF, "250 250 250 501 501 501 501", 0, 0},
    {"BDAT not offered", MR "BDAT 4 LAST" CRLF "NOOP" CRLF,
     "250 250 250 500 250", true, 0},

    /* RFC 1870, 6.3 */
    {"too big", MR "DATA" CRLF "1234567890" CRLF "." CRLF "NOOP" CRLF,
     "250 250 250 354 552 250", 0, 0},
    {"big enough", MR "DATA" CRLF "12345678" CRLF "." CRLF,
     "250 250 250 354 250", 0, 0},

    /* RFC 2920, 1 */
    {"input behind MAIL is lost", MR, "250 250", 0, FLAW_HANDOFF},
    {"input behind an error is lost", HI "MAIL FROM:<a>" CRLF "RCPT TO:<no>"
     CRLF "RCPT TO:<b>" CRLF "DATA" CRLF, "250 250 550", 0,
     FLAW_FLUSH_ON_ERROR},
    {"DATA by the last RCPT", MR "RCPT TO:<no>" CRLF "DATA" CRLF,
     "250 250 250 550 554", 0, FLAW_DATA_LAST_RCPT},
    {"DATA for nobody, 354", HI "MAIL FROM:<a>" CRLF "DATA" CRLF "." CRLF,
     "250 250 354 554", 0, FLAW_DATA_ALWAYS},
};

/* What follows DATA, and what the sink gets. NULL: it does not end there. */
static const struct {
    const char *in, *text;
} bodies[] = {
    {".\r\n",                           ""},
    {"x\r\n.\r\n",                      "x\r\n"},
    {"..\r\n.\r\n",                     ".\r\n"},
    {".x\r\n..y\r\n.\r\n",              "x\r\n.y\r\n"},
    {"a.\r\n.\r\n",                     "a.\r\n"},
    {"\r\n.\r\n",                       "\r\n"},
    {"a\n.\nb\r\n.\r\n",                "a\n.\nb\r\n"},
    {"a\n.\r\nb\r\n.\r\n",              "a\n.\r\nb\r\n"},
    {"a\r.\r\nb\r\n.\r\n",              "a\r.\r\nb\r\n"},
    {"a\r\n.\nb\r\n.\r\n",              "a\r\n\nb\r\n"},
    {"a\r\n.\rb\r\n.\r\n",              "a\r\n\rb\r\n"},
    {"a\r\r\n.\r\n",                    "a\r\r\n"},
    {".\r\r\n.\r\n",                    "\r\r\n"},
    {"a\r\n.\n",                        NULL},
    {"a\n.\n",                          NULL},
    {"a\n.\r\n",                        NULL},
    {"a\r.\r\n",                        NULL},
    {"a\r\n.\r",                        NULL},
};
/* clang-format on */

START_TEST(answers)
{
    size_t len = strlen(rows[_i].said), from;

    for (size_t step = 1; step <= len; step++) {
        struct play p;
        bool cut = rows[_i].flaws & (FLAW_HANDOFF | FLAW_FLUSH_ON_ERROR);

        play_init(&p, rows[_i].bare, rows[_i].flaws);
        play_begin(&p);
        from = p.marionette.said.len;
        marionette_hear(&p.marionette, rows[_i].said, len, cut ? len : step);
        expect(&p.marionette, from, rows[_i].codes, rows[_i].name);
        play_end(&p);
    }
}
END_TEST

/* A reply a command at a time, none of them lost: the flaws show only where
 * something lies behind. */
START_TEST(flaws_spare_lockstep)
{
    static const char *const said[] = {HI, "MAIL FROM:<a>" CRLF,
                                       "RCPT TO:<no>" CRLF, "RCPT TO:<b>" CRLF,
                                       "DATA" CRLF};

    for (int64_t think_ns = 0; think_ns <= 1000; think_ns += 1000) {
        struct play p;

        play_init(&p, false, FLAW_HANDOFF | FLAW_FLUSH_ON_ERROR);
        p.config.think_ns = think_ns;
        play_begin(&p);
        for (int i = -1; i < 5; i++) {
            if (i >= 0)
                marionette_hear_text(&p.marionette, said[i]);
            while (p.server.task != TASK_NONE)
                marionette_wake(&p.marionette);
        }
        expect(&p.marionette, 0, "220 250 250 550 250 354", "lock-step");
        play_end(&p);
    }
}
END_TEST

START_TEST(body)
{
    size_t len = strlen(bodies[_i].in);

    for (size_t step = 1; step <= len; step++) {
        struct play p;
        size_t from;

        play_init(&p, true, 0);
        play_begin(&p);
        marionette_hear_text(&p.marionette, MR "DATA" CRLF);
        from = p.marionette.said.len;
        marionette_hear(&p.marionette, bodies[_i].in, len, step);
        expect(&p.marionette, from, bodies[_i].text ? "250" : "",
               bodies[_i].in);
        MUST(p.accepted == (bodies[_i].text != NULL));
        if (bodies[_i].text) {
            MUST(p.text.len == strlen(bodies[_i].text));
            MUST(p.text.len == 0 ||
                 memcmp(p.text.at, bodies[_i].text, p.text.len) == 0);
            MUST(strcmp(p.from, "a") == 0 && strcmp(p.to, "b,") == 0);
        }
        play_end(&p);
        MUST(p.ended == 1);
    }
}
END_TEST

START_TEST(chunks_arrive)
{
    struct play p;

    play_init(&p, true, 0);
    p.config.offer.has = OFFER_CHUNKING;
    play_begin(&p);
    marionette_hear_text(&p.marionette, MR "BDAT 4" CRLF ".\r\nxBDAT 0" CRLF
                                           "BDAT 5 LAST" CRLF "\r\n.\r\n");
    ck_assert_int_eq(p.accepted, 1);
    ck_assert_uint_eq(p.server.text_bytes, 9);
    ck_assert_mem_eq(p.text.at, ".\r\nx\r\n.\r\n", 9);
    play_end(&p);
}
END_TEST

/* What is read only to be thrown away reaches nobody. */
START_TEST(void_chunks_are_dropped)
{
    static const char *const said[] = {
        HI "BDAT 3" CRLF "abc",
        HI "MAIL FROM:<a>" CRLF "BDAT 3" CRLF "abcBDAT 3 LAST" CRLF "abc",
        MR "BDAT 11" CRLF "12345678901BDAT 3 LAST" CRLF "abc"};
    static const size_t reached[] = {0, 0, 11};

    for (int i = 0; i < 3; i++) {
        struct play p;

        play_init(&p, false, 0);
        play_begin(&p);
        marionette_hear_text(&p.marionette, said[i]);
        ck_assert_uint_eq(p.text.len, reached[i]);
        ck_assert_int_eq(p.accepted, 0);
        play_end(&p);
    }
}
END_TEST

/* A mail is counted once it is accepted, and not before. */
START_TEST(sums)
{
    struct play p;

    play_init(&p, true, 0);
    play_begin(&p);
    marionette_hear_text(&p.marionette,
                         MR "RCPT TO:<d>" CRLF "DATA" CRLF "x" CRLF);
    ck_assert_uint_eq(p.server.mails, 0);
    marionette_hear_text(&p.marionette, "." CRLF "MAIL FROM:<c>" CRLF);
    ck_assert_uint_eq(p.server.mails, 1);
    ck_assert_uint_eq(p.server.recipients, 2);
    ck_assert_uint_eq(p.server.text_bytes, 3);
    ck_assert_uint_eq(p.server.replies, 8);
    play_end(&p);
    ck_assert_int_eq(p.ended, 2); /* the second mail was broken off */
    ck_assert_int_eq(p.accepted, 1);
}
END_TEST

START_TEST(offers_what_it_has)
{
    struct play p;

    play_init(&p, false, 0);
    play_begin(&p);
    marionette_hear_text(&p.marionette, HI);
    marionette_said(&p.marionette,
                    "220 s SMTP service ready\r\n250-s\r\n250-PIPELINING\r\n"
                    "250-CHUNKING\r\n250-SIZE 10\r\n250-8BITMIME\r\n"
                    "250-SMTPUTF8\r\n250 DSN\r\n",
                    "EHLO");
    play_end(&p);
    play_init(&p, true, 0);
    play_begin(&p);
    marionette_hear_text(&p.marionette, HI);
    marionette_said(&p.marionette, "220 s SMTP service ready\r\n250 s\r\n",
                    "EHLO");
    play_end(&p);
}
END_TEST

/* What could not be kept is not taken. */
START_TEST(keeps_or_says_so)
{
    struct play p;

    play_init(&p, true, 0);
    p.config.offer.has = OFFER_CHUNKING;
    p.full = true;
    play_begin(&p);
    marionette_hear_text(&p.marionette,
                         MR "DATA" CRLF "." CRLF "MAIL FROM:<a>" CRLF
                            "RCPT TO:<b>" CRLF "BDAT 0 LAST" CRLF "RSET" CRLF);
    expect(&p.marionette, 0, "220 250 250 250 354 451 250 250 451 250", "full");
    ck_assert_uint_eq(p.server.mails, 0);
    play_end(&p);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/server");
    TCase *t = tcase_create("grammar");

    tcase_add_loop_test(t, answers, 0, ROWS(rows));
    tcase_add_test(t, flaws_spare_lockstep);
    tcase_add_loop_test(t, body, 0, ROWS(bodies));
    tcase_add_test(t, chunks_arrive);
    tcase_add_test(t, void_chunks_are_dropped);
    tcase_add_test(t, sums);
    tcase_add_test(t, offers_what_it_has);
    tcase_add_test(t, keeps_or_says_so);
    suite_add_tcase(s, t);
    return s;
}
