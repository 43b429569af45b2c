/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said inside TLS, by a key log: captures of real TLS, whose counts
 * are the same with keys and without; key logs that do not fit; bytes that are
 * not in the capture. */
#include "tests/segments.h"

#include <stdio.h>

/* clang-format off */
static const struct {
    const char *file;
    size_t conversations, turnarounds, in_tls; /* of the last of them */
    const char *says; /* flights of the last */
} read_row[] = {
    {"keyed-tls12-aes128", 1, 13, 2,
     "EHLO, STARTTLS, TLS, TLS, EHLO, MAIL, RCPT, RCPT, RCPT, DATA, body, "
     "QUIT"},
    {"keyed-tls12-aes256", 2, 5, 1,
     "TLS, TLS, EHLO, MAIL RCPTx3 DATA, body QUIT"},
    {"keyed-tls12-chacha", 1, 8, 2,
     "EHLO, STARTTLS, TLS, TLS, EHLO, MAIL RCPTx3 DATA, body QUIT"},
    {"keyed-tls13-aes256", 1, 10, 1,
     "TLS, TLS, EHLO, MAIL, RCPT, RCPT, RCPT, DATA, body, QUIT"},
    {"keyed-tls13-starttls", 2, 7, 1,
     "EHLO, STARTTLS, TLS, TLS EHLO, MAIL RCPTx3 DATA, body QUIT"},
    {"keyed-tls13-big", 1, 7, 1,
     "EHLO, STARTTLS, TLS, TLS EHLO, MAIL RCPTx3 DATA, body QUIT"},
    {"keyed-tls13-early", 1, 5, 0, /* 0-RTT, and a KeyUpdate before RCPT */
     "TLS EHLO, TLS, MAIL, TLS RCPT, QUIT"},
    {"keyed-run-auth", 1, 11, 2,
     "EHLO, STARTTLS, TLS, TLS, EHLO, AUTH, auth, auth, MAIL RCPTx3 DATA, "
     "body QUIT"},
    {"keyed-run-0rtt", 1, 6, 0,
     "EHLO, STARTTLS, TLS EHLO, TLS MAIL RCPTx3 DATA, body QUIT"},
};
/* clang-format on */

static struct keylog *keys_of(const char *file)
{
    struct keylog *k = keylog_new();
    char path[200], why[KEYLOG_WHY] = "";

    snprintf(path, sizeof path, "tests/captures/%s.keys", file);
    ck_assert_msg(keylog_read(k, path, why) == 0, "%s", why);
    return k;
}

static struct trace *opened(const char *file, struct keylog *keys)
{
    char path[200], why[TRACE_WHY] = "";
    struct trace *t;

    snprintf(path, sizeof path, "tests/captures/%s.pcap", file);
    t = trace_open_keyed(path, keys, why);
    ck_assert_msg(t != NULL, "%s", why);
    return t;
}

static const struct conversation *last(const struct trace *t)
{
    ck_assert_uint_gt(trace_count(t), 0);
    return trace_get(t, trace_count(t) - 1);
}

static void check_says(const struct conversation *c, const char *says)
{
    char all[1000] = "";

    for (size_t i = 0; i < c->flight_count; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s",
                 i ? ", " : "", c->flights[i].says);
    ck_assert_str_eq(all, says);
}

START_TEST(reads_inside)
{
    struct keylog *keys = keys_of(read_row[_i].file);
    struct trace *t = opened(read_row[_i].file, keys);
    const struct conversation *c = last(t);

    ck_assert_uint_eq(trace_count(t), read_row[_i].conversations);
    ck_assert_uint_eq(c->turnarounds, read_row[_i].turnarounds);
    ck_assert_uint_eq(c->turnarounds_tls, read_row[_i].in_tls);
    ck_assert(c->facts.tls_read);
    ck_assert_ptr_null(c->facts.tls_why);
    ck_assert(c->facts.offer_known);
    ck_assert_str_ne(c->banner, "");
    check_says(c, read_row[_i].says);
    trace_free(t);
    keylog_free(keys);
}
END_TEST

/* Keys tell what was said, not how often was waited. */
START_TEST(counts_the_same_without)
{
    struct keylog *keys = keys_of(read_row[_i].file);
    char path[200], why[TRACE_WHY];
    struct trace *with, *without;

    snprintf(path, sizeof path, "tests/captures/%s.pcap", read_row[_i].file);
    with = trace_open_all(path, keys, why);
    without = trace_open_all(path, NULL, why);
    ck_assert_uint_eq(trace_count(with), trace_count(without));
    for (size_t i = 0; i < trace_count(with); i++)
        ck_assert_uint_eq(trace_get(with, i)->turnarounds,
                          trace_get(without, i)->turnarounds);
    trace_free(with);
    trace_free(without);
    keylog_free(keys);
}
END_TEST

START_TEST(learns_what_was_sent)
{
    struct keylog *keys = keys_of("keyed-tls13-big");
    struct trace *t = opened("keyed-tls13-big", keys);
    const struct facts *f = &last(t)->facts;

    ck_assert_uint_eq(f->messages, 1);
    ck_assert_uint_eq(f->recipients, 3);
    ck_assert_uint_eq(f->body_bytes, 40037);
    ck_assert(!(f->offer.has & OFFER_STARTTLS)); /* that of the second EHLO */
    ck_assert(f->offer.has & OFFER_CHUNKING);
    trace_free(t);
    keylog_free(keys);
}
END_TEST

/* Every secret's first byte becomes another. */
static struct keylog *spoilt_keys(const char *file)
{
    struct keylog *k = keylog_new();
    char path[200], line[400];
    FILE *f;

    snprintf(path, sizeof path, "tests/captures/%s.keys", file);
    f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    while (fgets(line, sizeof line, f)) {
        char *secret = strrchr(line, ' ');

        if (line[0] == '#')
            continue;
        secret[1] = secret[1] == '0' ? '1' : '0';
        keylog_take(k, line, strlen(line));
    }
    fclose(f);
    return k;
}

START_TEST(wrong_secrets_cost_the_reading)
{
    struct keylog *keys = spoilt_keys(read_row[_i].file);
    char path[200], why[TRACE_WHY];
    struct trace *with, *without;

    snprintf(path, sizeof path, "tests/captures/%s.pcap", read_row[_i].file);
    with = trace_open_all(path, keys, why);
    without = trace_open_all(path, NULL, why);
    ck_assert_str_eq(last(with)->facts.tls_why,
                     "its secrets in the key log do not fit it");
    ck_assert(!last(with)->facts.tls_read);
    ck_assert_uint_eq(last(with)->turnarounds, last(without)->turnarounds);
    ck_assert_uint_eq(last(with)->turnarounds_tls,
                      last(without)->turnarounds_tls);
    trace_free(with);
    trace_free(without);
    keylog_free(keys);
}
END_TEST

START_TEST(foreign_secrets_are_not_its_own)
{
    struct keylog *keys = keys_of("keyed-tls13-big");
    struct trace *t = opened("keyed-tls12-aes128", keys);

    ck_assert_str_eq(last(t)->facts.tls_why,
                     "its secrets are not in the key log");
    ck_assert_uint_eq(last(t)->turnarounds, 13);
    trace_free(t);
    keylog_free(keys);
}
END_TEST

START_TEST(other_suites_are_named)
{
    struct keylog *keys = keys_of("keyed-tls12-cbc");
    char why[TRACE_WHY];
    struct trace *t =
        trace_open_all("tests/captures/keyed-tls12-cbc.pcap", keys, why);

    ck_assert_str_eq(last(t)->facts.tls_why,
                     "its cipher suite is none that can be read (AES-GCM, "
                     "ChaCha20-Poly1305)");
    trace_free(t);
    keylog_free(keys);
}
END_TEST

/* A log of application secrets alone: the handshake stays unread. */
START_TEST(goes_without_handshake_secrets)
{
    struct keylog *keys = keylog_new();
    char line[400];
    FILE *f = fopen("tests/captures/keyed-tls13-aes256.keys", "r");
    struct trace *t;

    while (fgets(line, sizeof line, f))
        if (!strstr(line, "HANDSHAKE"))
            keylog_take(keys, line, strlen(line));
    fclose(f);
    t = opened("keyed-tls13-aes256", keys);
    ck_assert_ptr_null(last(t)->facts.tls_why);
    ck_assert_uint_eq(last(t)->turnarounds, 10);
    check_says(last(t), read_row[3].says);
    trace_free(t);
    keylog_free(keys);
}
END_TEST

/* Copies a capture, of each packet at most `snap` bytes, without the packet of
 * that number. */
static char *copied(const char *file, size_t snap, size_t without)
{
    char from[200], error[PCAP_ERRBUF_SIZE], *path = tape_path();
    struct pcap_pkthdr *h;
    const u_char *bytes;
    pcap_dumper_t *to;
    pcap_t *p;

    snprintf(from, sizeof from, "tests/captures/%s.pcap", file);
    p = pcap_open_offline(from, error);
    ck_assert_msg(p != NULL, "%s", error);
    to = pcap_dump_open(p, path);
    for (size_t i = 1; pcap_next_ex(p, &h, &bytes) == 1; i++) {
        h->caplen = h->caplen < snap ? h->caplen : (bpf_u_int32)snap;
        if (i != without)
            pcap_dump((u_char *)to, h, bytes);
    }
    pcap_dump_close(to);
    pcap_close(p);
    return path;
}

/* Bodies are cut: what is said around them is still read. */
START_TEST(bridges_cut_records)
{
    struct keylog *keys = keys_of("keyed-tls13-big");
    char *path = copied("keyed-tls13-big", 1000, 0), why[TRACE_WHY] = "";
    struct trace *t = trace_open_keyed(path, keys, why);

    unlink(path);
    ck_assert_msg(t != NULL, "%s", why);
    ck_assert_uint_gt(last(t)->missing_bytes, 30000);
    ck_assert_ptr_null(last(t)->facts.tls_why);
    ck_assert_uint_eq(last(t)->turnarounds, 7);
    check_says(last(t),
               "EHLO, STARTTLS, TLS, TLS EHLO, MAIL RCPTx3 DATA, body");
    trace_free(t);
    keylog_free(keys);
}
END_TEST

/* Whichever packet is lost, and however short all of them are: the run goes
 * on. */
START_TEST(survives_any_loss)
{
    const char *file = read_row[_i].file;
    struct keylog *keys = keys_of(file);

    for (size_t i = 1; i <= 40; i++) {
        char *path = copied(file, i % 2 ? 65535 : 60 + i * 5, i);
        char why[TRACE_WHY] = "";
        struct trace *t = trace_open_keyed(path, keys, why);

        unlink(path);
        ck_assert_msg(t != NULL, "%s", why);
        trace_free(t);
    }
    keylog_free(keys);
}
END_TEST

START_TEST(secrets_stand_in_pcapng)
{
    struct keylog *keys = keylog_new();
    char why[TRACE_WHY] = "";
    struct trace *t = trace_open_keyed(
        "tests/captures/keyed-secrets-inside.pcapng", keys, why);

    ck_assert_msg(t != NULL, "%s", why);
    ck_assert_uint_eq(keylog_count(keys), 1);
    check_says(last(t), read_row[3].says);
    trace_free(t);
    keylog_free(keys);
}
END_TEST

#define RANDOM                                                                 \
    "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"

static const struct {
    const char *line;
    size_t len; /* of the secret that is found; 0: none */
} line_row[] = {
    {"CLIENT_TRAFFIC_SECRET_0 " RANDOM " " RANDOM "\n", 32},
    {"CLIENT_TRAFFIC_SECRET_0 " RANDOM " " RANDOM RANDOM "\n", 0},
    {"CLIENT_TRAFFIC_SECRET_0 " RANDOM " " RANDOM "\r\n", 32},
    {"CLIENT_TRAFFIC_SECRET_0 " RANDOM " " RANDOM, 32},
    {"CLIENT_TRAFFIC_SECRET_0 " RANDOM " 00ff\n", 0},
    {"CLIENT_TRAFFIC_SECRET_0 " RANDOM " " RANDOM "0\n", 0},
    {"CLIENT_TRAFFIC_SECRET_0 " RANDOM "\n", 0},
    {"CLIENT_TRAFFIC_SECRET_0 " RANDOM " \n", 0},
    {"CLIENT_TRAFFIC_SECRET_0 0001 " RANDOM "\n", 0},
    {"CLIENT_TRAFFIC_SECRET_0\n", 0},
    {"# CLIENT_TRAFFIC_SECRET_0 " RANDOM " " RANDOM "\n", 0},
    {"SECRET_0 " RANDOM " " RANDOM "\n", 0},
    {"\n\n \nCLIENT_TRAFFIC_SECRET_0 " RANDOM " " RANDOM "\n", 32},
};

START_TEST(takes_lines)
{
    uint8_t random[KEYLOG_RANDOM];
    const struct keylog_session *s;
    struct keylog *k = keylog_new();

    for (int i = 0; i < KEYLOG_RANDOM; i++)
        random[i] = (uint8_t)i;
    keylog_take(k, line_row[_i].line, strlen(line_row[_i].line));
    s = keylog_find(k, random);
    ck_assert_int_eq(s ? s->secret[KEYLOG_CLIENT_TRAFFIC].len : 0,
                     (int)line_row[_i].len);
    keylog_free(k);
}
END_TEST

/* A program appends to its log while we read. */
START_TEST(reads_a_growing_file_on)
{
    const char *line = line_row[0].line;
    uint8_t random[KEYLOG_RANDOM];
    struct keylog *k = keylog_new();
    char *path = tape_path(), why[KEYLOG_WHY];
    FILE *f = fopen(path, "w");

    for (int i = 0; i < KEYLOG_RANDOM; i++)
        random[i] = (uint8_t)i;
    ck_assert_int_eq(keylog_read(k, path, why), 0);
    ck_assert(keylog_helps(k));
    fwrite(line, 1, 100, f);
    fflush(f);
    ck_assert_ptr_null(keylog_find(k, random));
    fwrite(line + 100, 1, strlen(line) - 100, f);
    fflush(f);
    ck_assert_ptr_nonnull(keylog_find(k, random));
    fclose(f);
    unlink(path);
    keylog_free(k);
}
END_TEST

START_TEST(says_what_is_wrong_with_a_file)
{
    struct keylog *k = keylog_new();
    char why[KEYLOG_WHY] = "";

    ck_assert_int_eq(keylog_read(k, "/nonexistent.keys", why), -1);
    ck_assert_ptr_nonnull(strstr(why, "/nonexistent.keys"));
    ck_assert_int_eq(keylog_read(k, "tests/captures/README.md", why), 1);
    ck_assert_ptr_nonnull(strstr(why, "no key log"));
    keylog_free(k);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("read/keylog");
    TCase *t = tcase_create("keylog");
    int rows = sizeof read_row / sizeof read_row[0];

    tcase_add_loop_test(t, reads_inside, 0, rows);
    tcase_add_loop_test(t, counts_the_same_without, 0, rows);
    tcase_add_test(t, learns_what_was_sent);
    tcase_add_loop_test(t, wrong_secrets_cost_the_reading, 0, rows);
    tcase_add_test(t, foreign_secrets_are_not_its_own);
    tcase_add_test(t, other_suites_are_named);
    tcase_add_test(t, goes_without_handshake_secrets);
    tcase_add_test(t, bridges_cut_records);
    tcase_add_loop_test(t, survives_any_loss, 0, rows);
    tcase_add_test(t, secrets_stand_in_pcapng);
    tcase_add_loop_test(t, takes_lines, 0,
                        sizeof line_row / sizeof line_row[0]);
    tcase_add_test(t, reads_a_growing_file_on);
    tcase_add_test(t, says_what_is_wrong_with_a_file);
    suite_add_tcase(s, t);
    return s;
}
