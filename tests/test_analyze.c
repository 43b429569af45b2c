/* SPDX-License-Identifier: BSD-2-Clause */
/* turnaround analyze as a script sees it: the JSON's fields and the exit
 * statuses. */
#include "bench/cmd/cmd.h"
#include "tests/segments.h"

#include <jansson.h>
#include <stdio.h>

/* Runs it with up to three arguments; what it prints is not looked at. */
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

/* The JSON that it writes for a capture; caller releases. */
static json_t *analyzed(const char *capture, const char *flag, int status)
{
    char to[] = "/tmp/turnaround-json-XXXXXX", option[64];
    int fd = mkstemp(to);
    json_error_t error;
    json_t *root;

    ck_assert_int_ge(fd, 0);
    close(fd);
    snprintf(option, sizeof option, "--json=%s", to);
    ck_assert_int_eq(analyze(option, capture, flag), status);
    root = json_load_file(to, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(root != NULL, "%s", error.text);
    unlink(to);
    return root;
}

static double number(json_t *o, const char *key)
{
    json_t *v = json_object_get(o, key);

    ck_assert_msg(json_is_number(v), "%s is no number", key);
    return json_number_value(v);
}

START_TEST(json_has_what_is_promised)
{
    json_t *root = analyzed("tests/captures/rfc-pf-3.pcap", NULL, EXIT_GOOD);
    json_t *c = json_array_get(json_object_get(root, "conversations"), 0);
    json_t *flights = json_object_get(c, "flights");
    json_t *group = json_array_get(flights, 1);
    const char *client, *server, *says;

    ck_assert(number(root, "schema") == 1);
    ck_assert_int_eq(
        json_unpack(c, "{s:s, s:s}", "client", &client, "server", &server), 0);
    ck_assert_str_eq(client, "10.99.0.1:41184");
    ck_assert_str_eq(server, "10.99.0.2:2501");
    ck_assert(json_is_integer(json_object_get(c, "turnarounds")));
    ck_assert(number(c, "turnarounds") == 4);
    ck_assert_double_eq_tol(number(c, "rtt_ms"), 100.357, 1e-9);
    ck_assert_double_eq_tol(number(c, "tcp_handshake_ms"), 100.357, 1e-9);
    ck_assert_double_eq_tol(number(c, "accepted_ms"), 506.666, 1e-9);
    ck_assert_double_eq_tol(number(c, "closed_ms"), 506.666, 1e-9);
    ck_assert_uint_eq(json_array_size(flights), 3);
    ck_assert_double_eq_tol(number(group, "at_ms"), 301.683, 1e-9);
    ck_assert(number(group, "bytes") == 213);
    ck_assert_int_eq(json_unpack(group, "{s:s}", "says", &says), 0);
    ck_assert_str_eq(says, "MAIL RCPTx3 DATA");
    ck_assert(json_is_false(json_object_get(root, "truncated")));
    json_decref(root);
}
END_TEST

START_TEST(unknown_is_null)
{
    static const struct segment row[] = {
        {0, C, 0, "MAIL FROM:<a>\r\n"}, {100, C, 0, "RCPT TO:<b>\r\n"}, {0}};
    char *path = tape_path();
    struct tape tape = tape_open(path, DLT_RAW);
    json_t *root, *c;
    const char *client;

    tape.family = 6;
    tape_segments(&tape, row);
    tape_close(&tape);
    root = analyzed(path, NULL, EXIT_GOOD);
    unlink(path);
    c = json_array_get(json_object_get(root, "conversations"), 0);
    ck_assert(json_is_null(json_object_get(c, "rtt_ms")));
    ck_assert(json_is_null(json_object_get(c, "tcp_handshake_ms")));
    ck_assert(json_is_null(json_object_get(c, "accepted_ms")));
    ck_assert(json_is_null(json_object_get(c, "closed_ms")));
    ck_assert_int_eq(json_unpack(c, "{s:s}", "client", &client), 0);
    ck_assert_str_eq(client, "[fd00::1]:40000");
    json_decref(root);
}
END_TEST

START_TEST(opaque_conversations_are_listed_on_request)
{
    const char *capture = "tests/captures/tls12-implicit-early.pcap";
    json_t *few = analyzed(capture, NULL, EXIT_GOOD);
    json_t *all = analyzed(capture, "-v", EXIT_GOOD);

    ck_assert_uint_eq(json_array_size(json_object_get(few, "conversations")),
                      0);
    ck_assert(number(few, "conversations_without_mail") == 2);
    ck_assert_uint_eq(json_array_size(json_object_get(all, "conversations")),
                      2);
    json_decref(few);
    json_decref(all);
}
END_TEST

START_TEST(failures_are_json_too)
{
    json_t *root = analyzed("/nonexistent.pcap", NULL, EXIT_INVALID);

    ck_assert(json_is_string(json_object_get(root, "error")));
    ck_assert_uint_eq(json_array_size(json_object_get(root, "conversations")),
                      0);
    json_decref(root);
    root = analyzed("tests/captures/README.md", NULL, EXIT_INVALID);
    ck_assert(json_is_string(json_object_get(root, "error")));
    json_decref(root);
}
END_TEST

START_TEST(ledger_adds_up_in_json_and_csv)
{
    char to[] = "/tmp/turnaround-csv-XXXXXX", line[300];
    int fd = mkstemp(to);
    json_t *root = analyzed("tests/captures/pf-exim-1.pcap", NULL, EXIT_GOOD);
    json_t *c = json_array_get(json_object_get(root, "conversations"), 0), *o;
    long long sum = 0, in_csv = 0, ns;
    bool cork = false;
    size_t i;
    FILE *csv = fdopen(fd, "r");

    json_array_foreach(json_object_get(c, "ledger"), i, o)
    {
        sum += json_integer_value(json_object_get(o, "ns"));
        cork |= strcmp("QUIT corked",
                       json_string_value(json_object_get(o, "cause"))) == 0;
    }
    ck_assert(cork);
    ck_assert_int_eq(sum, 806342000);
    ck_assert(number(c, "ledger_total_ns") == (double)sum);
    ck_assert(json_is_true(json_object_get(c, "server_time_at_most")));
    ck_assert_int_eq(analyze("--csv", to, "tests/captures/pf-exim-1.pcap"),
                     EXIT_GOOD);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, csv));
    ck_assert_str_eq(line, "client,server,start_s,phase,cause,ns,at_most\n");
    while (fgets(line, sizeof line, csv)) {
        char *at = strrchr(line, ',');

        *at = 0;
        ns = atoll(strrchr(line, ',') + 1);
        in_csv += ns;
    }
    ck_assert_int_eq(in_csv, sum);
    fclose(csv);
    unlink(to);
    json_decref(root);
}
END_TEST

START_TEST(exit_statuses)
{
    const char *good = "tests/captures/rfc-pf-3.pcap";

    ck_assert_int_eq(analyze(good, NULL, NULL), EXIT_GOOD);
    ck_assert_int_eq(analyze("--help", NULL, NULL), EXIT_GOOD);
    ck_assert_int_eq(analyze(NULL, NULL, NULL), EXIT_USAGE);
    ck_assert_int_eq(analyze(good, good, NULL), EXIT_USAGE);
    ck_assert_int_eq(analyze("--jsonn", good, NULL), EXIT_USAGE);
    ck_assert_int_eq(analyze("/nonexistent.pcap", NULL, NULL), EXIT_INVALID);
    ck_assert_int_eq(analyze("--max-turnarounds=4", good, NULL), EXIT_GOOD);
    ck_assert_int_eq(analyze("--max-turnarounds=3", "-q", good),
                     EXIT_CHECK_FAILED);
    ck_assert_int_eq(analyze("--max-rtts=5.04", "-q", good), EXIT_CHECK_FAILED);
    ck_assert_int_eq(analyze("--max-rtts=5.1", "-q", good), EXIT_GOOD);
    ck_assert_int_eq(analyze("--max-rtts=", good, NULL), EXIT_USAGE);
    ck_assert_int_eq(analyze("--max-turnarounds=-1", good, NULL), EXIT_USAGE);
    ck_assert_int_eq(analyze("--max-turnarounds=4",
                             "tests/captures/tls12-implicit-early.pcap", NULL),
                     EXIT_INVALID);
    ck_assert_int_eq(analyze("--server-capture", "/nonexistent", good),
                     EXIT_INVALID);
    ck_assert_int_eq(analyze("--csv=/nonexistent/x", good, NULL), EXIT_INVALID);
    ck_assert_int_eq(analyze("--json=/nonexistent/x", good, NULL),
                     EXIT_INVALID);
    ck_assert_int_eq(analyze("--json=/dev/full", good, NULL), EXIT_INVALID);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cmd/analyze");
    TCase *t = tcase_create("analyze");

    tcase_add_test(t, json_has_what_is_promised);
    tcase_add_test(t, unknown_is_null);
    tcase_add_test(t, opaque_conversations_are_listed_on_request);
    tcase_add_test(t, failures_are_json_too);
    tcase_add_test(t, ledger_adds_up_in_json_and_csv);
    tcase_add_test(t, exit_statuses);
    suite_add_tcase(s, t);
    return s;
}
