/* SPDX-License-Identifier: BSD-2-Clause */
/* What other modes would have cost: the model of the mode that was used comes
 * out where the capture does. */
#include "bench/run/whatif.h"
#include "tests/segments.h"

#include <stdio.h>
#include <stdlib.h>

static struct whatif modelled(const char *name)
{
    char path[128], why[TRACE_WHY] = "";
    struct account a;
    struct whatif w;
    struct trace *t;

    snprintf(path, sizeof path, "tests/captures/%s.pcap", name);
    t = trace_open(path, why);
    ck_assert_msg(t != NULL, "%s", why);
    account_make(&a, trace_get(t, 0), NULL);
    ck_assert_int_eq(whatif_run(&w, trace_get(t, 0), &a), 0);
    trace_free(t);
    return w;
}

/* The same of a session inside TLS. */
static struct whatif modelled_keyed(const char *name)
{
    char path[200], why[TRACE_WHY] = "";
    struct keylog *keys = keylog_new();
    struct account a;
    struct whatif w;
    struct trace *t;

    snprintf(path, sizeof path, "tests/captures/%s.keys", name);
    ck_assert_int_eq(keylog_read(keys, path, why), 0);
    snprintf(path, sizeof path, "tests/captures/%s.pcap", name);
    t = trace_open_keyed(path, keys, why);
    ck_assert_msg(t != NULL, "%s", why);
    account_make(&a, trace_get(t, 0), NULL);
    ck_assert_int_eq(whatif_run(&w, trace_get(t, 0), &a), 0);
    trace_free(t);
    keylog_free(keys);
    return w;
}

static const struct {
    const char *file, *as_was;
    size_t turnarounds[8]; /* of the permitted modes, in their order */
} known[] = {
    {"rfc-pf-3", "pipelining", {9, 4, 4, 3, 3}},
    {"rfc-swaks-3", "lock-step", {9, 4, 4, 3, 3}},
    {"exim-nopc-1", "chunking", {7, 4, 4, 3, 3, 2, 1}},
    {"exim-pc-data-3", "early, DATA", {9, 4, 4, 3, 3, 2, 1}},
    {"exim-pc-bdat-3", "early, BDAT", {9, 4, 4, 3, 3, 2, 1}},
    {"pf-exim-1", "pipelining", {7, 4, 4, 3, 3, 2, 1}},
};

START_TEST(models_what_was_seen)
{
    struct whatif w = modelled(known[_i].file);

    ck_assert_str_eq(w.why_not, "");
    ck_assert_str_eq(w.as_was, known[_i].as_was);
    ck_assert_int_eq(w.sure, WHATIF_GOOD);
    ck_assert_int_lt(llabs(w.model_ns - w.closed_ns), w.closed_ns / 100);
    for (size_t i = 0; i < w.rows; i++) {
        ck_assert_uint_eq(w.row[i].turnarounds, known[_i].turnarounds[i]);
        if (i > 0)
            ck_assert_int_lt(w.row[i].closed_ns,
                             w.row[i - 1].closed_ns + 1000000);
    }
    ck_assert_uint_eq(known[_i].turnarounds[w.rows], 0);
}
END_TEST

/* The 200 ms of a corked QUIT are nobody's turnaround. */
START_TEST(leaves_out_what_no_mode_needs)
{
    struct whatif w = modelled("pf-exim-1");

    ck_assert_int_eq(w.left_out_ns, 200000000);
    ck_assert_uint_eq(w.row[1].more_turnarounds, 1);
}
END_TEST

START_TEST(says_what_tls_allows)
{
    struct whatif w = modelled("tls12-starttls");

    ck_assert(w.tls);
    ck_assert_uint_eq(w.rows, 0);
    ck_assert_uint_eq(w.tls_saves.by_13, 1);
    ck_assert_uint_eq(w.tls_saves.by_implicit, 2);
    ck_assert_uint_eq(w.tls_saves.by_0rtt, 1);
    w = modelled("tls13-starttls");
    ck_assert_uint_eq(w.tls_saves.by_13, 0);
}
END_TEST

/* STARTTLS by TLS 1.2, AUTH LOGIN in three lines; the machines do it all. */
START_TEST(models_inside_tls)
{
    static const size_t turnarounds[] = {16, 11, 11, 10, 10, 8, 7};
    static const struct whatif_change change[] = {
        {"TLS 1.3", 10, 0},
        {"TLS 1.3, 0-RTT", 9, 0},
        {"TLS from the first byte", 8, 0},
        {"AUTH PLAIN in one line", 8, 0},
    };
    struct whatif w = modelled_keyed("keyed-run-auth");

    ck_assert_str_eq(w.as_was, "pipelining");
    ck_assert_str_eq(w.secured, "STARTTLS, TLS 1.2");
    ck_assert_int_eq(w.sure, WHATIF_GOOD);
    ck_assert_int_lt(llabs(w.model_ns - w.closed_ns), 1000000);
    ck_assert_uint_eq(w.rows, 7);
    for (size_t i = 0; i < w.rows; i++)
        ck_assert_uint_eq(w.row[i].turnarounds, turnarounds[i]);
    ck_assert_uint_eq(w.changes, 4);
    for (size_t i = 0; i < w.changes; i++) {
        ck_assert_str_eq(w.change[i].name, change[i].name);
        ck_assert_uint_eq(w.change[i].turnarounds, change[i].turnarounds);
        ck_assert_int_lt(w.change[i].closed_ns,
                         w.model_ns - w.rtt_ns + 1000000);
    }
}
END_TEST

/* Only a client that speaks first has something for the SYN to take along. */
START_TEST(knows_what_fast_open_saves)
{
    struct whatif w = modelled("exim-pc-bdat-3");

    for (size_t i = 0; i < w.rows; i++)
        ck_assert_int_eq(w.row[i].closed_ns - w.row[i].tfo_ns,
                         w.row[i].manner.mode == MODE_EARLY ? w.rtt_ns : 0);
}
END_TEST

START_TEST(says_why_not)
{
    static const struct segment headless[] = {
        {300, C, 0, "MAIL FROM:<a>\r\n"}, {400, S, 0, "250 ok\r\n"}, {0}};
    struct trace *t = replay(headless, DLT_RAW, 4, 3);
    struct account a;
    struct whatif w;

    account_make(&a, trace_get(t, 0), NULL);
    ck_assert_int_eq(whatif_run(&w, trace_get(t, 0), &a), 0);
    ck_assert_str_eq(w.why_not, "its beginning is not in the capture");
    trace_free(t);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("run/whatif");
    TCase *t = tcase_create("whatif");

    tcase_add_loop_test(t, models_what_was_seen, 0,
                        sizeof known / sizeof known[0]);
    tcase_add_test(t, leaves_out_what_no_mode_needs);
    tcase_add_test(t, says_what_tls_allows);
    tcase_add_test(t, models_inside_tls);
    tcase_add_test(t, knows_what_fast_open_saves);
    tcase_add_test(t, says_why_not);
    suite_add_tcase(s, t);
    return s;
}
