/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of mail logs, and what follows from them. */
#include "bench/cmd/cmd.h"
#include "bench/read/maillog.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *line;
    bool delivery, tls_only, reused;
    const char *name;
    int64_t setup_us, transfer_us;
    int tls;
} postfix[] = {
    {"Nov 22 03:00:02 m postfix/smtp[1]: 4X: to=<a@b>, relay=mx[192.0.2.1]:25, "
     "delay=1.9, delays=0.03/0.01/1.2/0.66, dsn=2.0.0, status=sent (250 ok)",
     true, false, false, "mx[192.0.2.1]:25", 1200000, 660000, 0},
    {"m postfix-out/smtp[1]: 4X: to=<a@b>, relay=mx[::1]:25, conn_use=2, "
     "delay=1, delays=0/0/0/1234.5, dsn=2.0.0, status=sent (250 ok)",
     true, false, true, "mx[::1]:25", 0, 1234500000, 0},
    {"m postfix/smtp[1]: Untrusted TLS connection established to "
     "mx[192.0.2.1]:25: TLSv1.2 with cipher X (256/256 bits)",
     true, true, false, "mx[192.0.2.1]:25", -1, -1, 12},
    {"m postfix/smtp[1]: 4X: to=<a@b>, relay=none, delay=1, "
     "delays=0/0/0/0, dsn=4.4.1, status=deferred (conn_use= relay=x)",
     false, false, false, "", 0, 0, 0},
    {"m postfix/smtp[1]: 4X: to=<a@b>, relay=mx[192.0.2.1]:25, delay=1, "
     "delays=0/0/1, dsn=2.0.0, status=sent (250 ok)",
     false, false, false, "", 0, 0, 0},
    {"m postfix/smtp[1]: 4X: to=<a@b>, relay=mx, delay=1, "
     "delays=0/0/99999999999999999999/1, dsn=2.0.0, status=sent",
     false, false, false, "", 0, 0, 0},
    {"m postfix/qmgr[1]: 4X: from=<a>, size=1", false, false, false, "", 0, 0,
     0},
    {"", false, false, false, "", 0, 0, 0},
};

static const struct {
    const char *line;
    bool delivery, sends, more, chunked;
    const char *name;
    char pipelining;
    int tls;
    int64_t whole_us;
    bool reused;
} exim[] = {
    {"2026-11-22 03:00:01 1a-1-2 => r@n R=d T=remote H=mx [192.0.2.1]:25 L* K "
     "X=TLS1.3:A:256 CV=yes C=\"250 OK L. DT=9s\" QT=1s DT=0.621s",
     true, false, false, true, "mx[192.0.2.1]:25", '*', 13, 621000, false},
    {"2026-11-22 03:00:01 1a-1-2 -> r@n H=mx [192.0.2.1] L- DT=1h1m1s",
     true, false, true, false, "mx[192.0.2.1]", '-', 0, 3661000000, false},
    {"2026-11-22 03:00:01 1a-1-2 <= s@c H=(helo) [192.0.2.7]:4 P=esmtp L S=1 "
     "T=\"L* DT=4s\"",
     true, true, false, false, "[192.0.2.7]:4", 'L', 0, -1, false},
    {"2026-11-22 03:00:01 1a-1-2 => r@n H=mx [192.0.2.1] LL Lx X=TLSv1.2:A",
     true, false, false, false, "mx[192.0.2.1]", 0, 12, -1, false},
    {"2026-11-22 03:00:01 1a-1-2 => r@n H=mx [192.0.2.1]:25* L DT=3s", true,
     false, false, false, "mx[192.0.2.1]:25", 'L', 0, 3000000, true},
    {"2026-11-22 03:00:01 1a-1-2 => r@n <r@n> R=local T=file", false, false,
     false, false, "", 0, 0, -1, false},
    {"2026-11-22 03:00:01 1a-1-2 Completed", false, false, false, false, "",
     0, 0, -1, false},
    {" => H=[", false, false, false, false, "", 0, 0, -1, false},
};
/* clang-format on */

START_TEST(lines_of_postfix)
{
    struct maillog_line l;

    ck_assert_int_eq(maillog_postfix(postfix[_i].line, &l),
                     postfix[_i].delivery);
    if (!postfix[_i].delivery)
        return;
    ck_assert_str_eq(l.name, postfix[_i].name);
    ck_assert_int_eq(l.setup_us, postfix[_i].setup_us);
    ck_assert_int_eq(l.transfer_us, postfix[_i].transfer_us);
    ck_assert_int_eq(l.reused, postfix[_i].reused);
    ck_assert_int_eq(l.tls_only, postfix[_i].tls_only);
    ck_assert_int_eq(l.tls, postfix[_i].tls);
}
END_TEST

START_TEST(lines_of_exim)
{
    struct maillog_line l;

    ck_assert_int_eq(maillog_exim(exim[_i].line, &l), exim[_i].delivery);
    if (!exim[_i].delivery)
        return;
    ck_assert_str_eq(l.name, exim[_i].name);
    ck_assert_int_eq(l.sends, exim[_i].sends);
    ck_assert_int_eq(l.more, exim[_i].more);
    ck_assert_int_eq(l.chunked, exim[_i].chunked);
    ck_assert_int_eq(l.pipelining, exim[_i].pipelining);
    ck_assert_int_eq(l.tls, exim[_i].tls);
    ck_assert_int_eq(l.whole_us, exim[_i].whole_us);
    ck_assert_int_eq(l.reused, exim[_i].reused);
}
END_TEST

static struct maillog read_log(const char *name, enum maillog_kind kind)
{
    FILE *f = fopen(name, "r");
    char why[MAILLOG_WHY];
    struct maillog m;

    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(maillog_read(&m, f, kind, why), 0);
    fclose(f);
    return m;
}

/* Two recipients of one transaction are one message; what was sent on a kept
 * connection has no setup. */
START_TEST(a_log_of_postfix)
{
    struct maillog m =
        read_log("tests/corpus/maillog/postfix", MAILLOG_POSTFIX);

    ck_assert_uint_eq(m.count, 2);
    ck_assert_uint_eq(m.deliveries, 4);
    ck_assert_str_eq(m.peer[0].name, "mx.example.net[192.0.2.1]:25");
    ck_assert_uint_eq(m.peer[0].messages, 2);
    ck_assert_uint_eq(m.peer[0].recipients, 3);
    ck_assert_uint_eq(m.peer[0].reused, 1);
    ck_assert_uint_eq(m.peer[0].tls13, 1);
    /* 1200 ms are TCP, greeting, EHLO, STARTTLS, TLS, EHLO at least. */
    ck_assert_int_eq(m.peer[0].rtt_us, 200000);
    ck_assert_int_eq(m.peer[0].save_reuse_us, 1200000);
    ck_assert_int_eq(m.peer[0].save_early_chunking_us, 600000);
    /* 140 ms are two round trips at least, 300 ms are three. */
    ck_assert_int_eq(m.peer[1].rtt_us, 70000);
    maillog_release(&m);
}
END_TEST

START_TEST(a_log_of_exim)
{
    struct maillog m = read_log("tests/corpus/maillog/exim", MAILLOG_EXIM);

    ck_assert_uint_eq(m.count, 3);
    ck_assert_str_eq(m.peer[0].name, "mx.example.org[192.0.2.2]");
    ck_assert_uint_eq(m.peer[0].early, 1);
    ck_assert_uint_eq(m.peer[0].early_unused, 1);
    ck_assert_uint_eq(m.peer[1].recipients, 2);
    ck_assert_uint_eq(m.peer[1].messages, 1);
    /* 621 ms: TCP, three waits, and three more for STARTTLS. */
    ck_assert_int_eq(m.peer[1].rtt_us, 621000 / 7);
    ck_assert_int_eq(m.peer[1].save_early_us, 2 * (621000 / 7));
    ck_assert(m.peer[2].sends);
    ck_assert_str_eq(m.peer[2].steps, "es");
    maillog_release(&m);
}
END_TEST

/* Many hosts, and lines longer than any host writes. */
START_TEST(much)
{
    char *text = NULL, why[MAILLOG_WHY];
    size_t size;
    FILE *f = open_memstream(&text, &size);
    struct maillog m;

    for (int i = 0; i < 70000; i++)
        fprintf(f,
                "m postfix/smtp[1]: %X: to=<a>, relay=mx%d[192.0.2.1]:25, "
                "delay=1, delays=0/0/1/1, dsn=2.0.0, status=sent (250 ok)\n",
                i, i);
    for (int i = 0; i < 100000; i++)
        fputs("/smtp[]: 1: relay=x delays=1/1/1/1 ", f);
    fclose(f);
    f = fmemopen(text, size, "r");
    ck_assert_int_eq(maillog_read(&m, f, MAILLOG_POSTFIX, why), 0);
    fclose(f);
    ck_assert_uint_eq(m.count, MAILLOG_PEERS);
    ck_assert_uint_eq(m.lines, 70001);
    ck_assert_uint_ge(m.overflow, 70000 - MAILLOG_PEERS);
    maillog_release(&m);
    free(text);
}
END_TEST

/* The command: text, JSON, and statuses. */
static int analyze(const char *a, const char *b, const char *c)
{
    char *argv[] = {"analyze", (char *)a, (char *)b, (char *)c, NULL};
    int argc = 1;

    while (argv[argc])
        argc++;
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stdout));
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
    return analyze_main(argc, argv);
}

START_TEST(command)
{
    const char *log = "tests/corpus/maillog/postfix";

    ck_assert_int_eq(analyze("--postfix-log", log, NULL), EXIT_GOOD);
    ck_assert_int_eq(
        analyze("--exim-log", "tests/corpus/maillog/exim", "--json"),
        EXIT_GOOD);
    ck_assert_int_eq(analyze("--postfix-log", "/nonexistent", NULL),
                     EXIT_INVALID);
    ck_assert_int_eq(analyze("--postfix-log", "/", NULL), EXIT_INVALID);
    ck_assert_int_eq(analyze("--postfix-log", log, log), EXIT_USAGE);
    ck_assert_int_eq(analyze("--postfix-log=tests/corpus/maillog/postfix",
                             "--exim-log=tests/corpus/maillog/exim", NULL),
                     EXIT_USAGE);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("read/maillog");
    TCase *t = tcase_create("maillog");

    tcase_add_loop_test(t, lines_of_postfix, 0,
                        sizeof postfix / sizeof postfix[0]);
    tcase_add_loop_test(t, lines_of_exim, 0, sizeof exim / sizeof exim[0]);
    tcase_add_test(t, a_log_of_postfix);
    tcase_add_test(t, a_log_of_exim);
    tcase_add_test(t, much);
    tcase_add_test(t, command);
    suite_add_tcase(s, t);
    return s;
}
