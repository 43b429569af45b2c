/* SPDX-License-Identifier: BSD-2-Clause */
/* What TLS is set up from: certificates, keys, anchors, stored sessions; and
 * the key log. */
#include "tests/tls_help.h"

#include <stdio.h>

static struct certificate other; /* a root that nobody trusts */

static void labs_new(void)
{
    lab_new();
    other = make("other.example", NULL, true);
}

static void labs_done(void)
{
    lab_done();
    certificate_release(&other);
}

static void says(const char *why, const char *part)
{
    ck_assert_msg(strstr(why, part) != NULL, "'%s' should say '%s'", why, part);
}

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"
#define LOCKED                                                                 \
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"                                  \
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg=\n"                       \
    "-----END ENCRYPTED PRIVATE KEY-----\n"

/* clang-format off */
static const struct {
    bool server;
    const char *chain, *key, *anchors; /* "own": a good one */
    const char *why;
} bad_setup[] = {
    {true, NULL, NULL, NULL, "a server needs a certificate"},
    {true, "own", NULL, NULL, "the certificate needs its key"},
    {true, "rubbish", "own", NULL, "the certificate cannot be used: "},
    {true, BEGIN "AAAA\n" END, "own", NULL, "the certificate cannot be used: "},
    {true, "own", "rubbish", NULL, "the key cannot be used: "},
    {true, "own", "other", NULL, "the key cannot be used: key values mismatch"},
    {true, "own", LOCKED, NULL, "the key cannot be used: "},
    {false, NULL, NULL, "rubbish", "the trust anchors cannot be used: nothing "
                                   "of the kind is in it"},
    {false, NULL, NULL, BEGIN "AAAA\n" END, "the trust anchors cannot be used"},
    {false, "rubbish", "own", NULL, "the certificate cannot be used: "},
};
/* clang-format on */

static struct span part(const char *what, const char *own, const char *others)
{
    return whole(!what                        ? ""
                 : strcmp(what, "own") == 0   ? own
                 : strcmp(what, "other") == 0 ? others
                                              : what);
}

START_TEST(bad_setup_says_which_part)
{
    char why[TLS_WHY] = "";
    struct tls_config c = {
        .server = bad_setup[_i].server,
        .chain = part(bad_setup[_i].chain, lab.host.chain, NULL),
        .key = part(bad_setup[_i].key, lab.host.key, other.key),
        .anchors = part(bad_setup[_i].anchors, lab.root.chain, NULL)};

    ck_assert_ptr_null(tls_setup_new(&c, why));
    says(why, bad_setup[_i].why);
}
END_TEST

START_TEST(certificates_are_of_one_size)
{
    size_t len = strlen(lab.host.chain), key_len = strlen(lab.host.key);
    char why[TLS_WHY] = "";
    struct certificate_wish wish = {.name = "mx.example",
                                    .rsa = true,
                                    .from_s = TODAY - YEAR,
                                    .until_s = TODAY + YEAR};
    size_t rsa_len = 0;

    for (int i = 0; i < 20; i++) {
        struct certificate c = make("mx.sample", &lab.root, false);

        ck_assert_uint_eq(strlen(c.key), key_len);
        certificate_release(&c);
        c = make("ab.example", &lab.root, false);
        ck_assert_uint_eq(strlen(c.chain), len);
        certificate_release(&c);
    }
    for (int i = 0; i < 3; i++) {
        struct certificate c;

        ck_assert_msg(certificate_make(&c, &wish, why) == 0, "%s", why);
        ck_assert(rsa_len == 0 || rsa_len == strlen(c.chain));
        rsa_len = strlen(c.chain);
        certificate_release(&c);
    }
    ck_assert_uint_gt(rsa_len, len);
}
END_TEST

/* clang-format off */
static const char *const bad_name[] = {
    "", "a b", "mx.example,DNS:evil", "mx\nexample",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};
/* clang-format on */

START_TEST(certificate_has_a_plain_name)
{
    struct certificate_wish wish = {.name = bad_name[_i], .until_s = TODAY};
    struct certificate c;
    char why[TLS_WHY] = "";

    ck_assert_int_eq(certificate_make(&c, &wish, why), -1);
    says(why, "is no name for a certificate");
}
END_TEST

/* A handshake is as long in every run. */
START_TEST(handshakes_are_of_one_size)
{
    size_t said[2] = {0};
    struct call c;

    lab.client.max = version[_i];
    lab.client.store = NULL;
    lab_set_up();
    for (int i = 0; i < 5; i++) {
        call_prepare(&c, SIZE_MAX);
        call_run(&c);
        call_check(&c);
        for (int way = UP; way <= DOWN; way++) {
            ck_assert(i == 0 || said[way] == c.wire.said[way].len);
            said[way] = c.wire.said[way].len;
        }
        call_release(&c);
    }
}
END_TEST

START_TEST(store_keeps_the_newest)
{
    struct endpoint at[] = {{.family = 4, .ip = {192, 0, 2, 1}, .port = 25},
                            {.family = 4, .port = 25}};
    char key[2][TLS_PEER_KEY];
    struct call c;

    tls_store_free(lab.store);
    lab.client.store = lab.store = tls_store_new(3);
    lab.client.max = version[_i];
    lab_set_up();
    for (int i = 0; i < 2; i++)
        tls_peer_key(key[i], "mx.example", at[i]);
    ck_assert_str_eq(key[0], "c0000201:25 mx.example");
    for (int i = 0; i < 4; i++) {
        call_prepare(&c, SIZE_MAX);
        call_run(&c);
        call_check(&c);
        ck_assert_int_eq(c.tls[UP].engine.resumed, i > 0);
        call_release(&c);
        ck_assert_uint_eq(tls_store_count(lab.store, key[0]), 0);
        ck_assert_uint_ge(tls_store_count(lab.store, key[1]), 1);
        ck_assert_uint_le(tls_store_count(lab.store, key[1]), 3);
    }
}
END_TEST

struct key_log {
    struct text line[20];
    size_t count;
};

static void log_line(void *arg, const char *line)
{
    struct key_log *log = arg;

    ck_assert_uint_lt(log->count, COUNT(log->line));
    text_add(&log->line[log->count++], line, strlen(line));
}

/* "LABEL random secret", in hexadecimal, and the random is the hello's. */
static void check_line(const char *line, const struct wire *w)
{
    char random[65], label[40], secret[100];

    for (size_t i = 0; i < 32; i++) /* RFC 8446, 4.1.2 */
        snprintf(random + 2 * i, 3, "%02x",
                 (unsigned char)w->said[UP].at[5 + 4 + 2 + i]);
    ck_assert_int_eq(strlen(line), strcspn(line, " ") + 1 + 64 + 1 +
                                       strlen(strrchr(line, ' ') + 1));
    ck_assert_int_eq(
        sscanf(line, "%39s %*64[0-9a-f] %97[0-9a-f]", label, secret), 2);
    ck_assert_msg(strncmp(line + strlen(label) + 1, random, 64) == 0, "%s",
                  line);
    ck_assert(strlen(secret) == 96 || strlen(secret) == 64);
    ck_assert(strcmp(label, "CLIENT_RANDOM") == 0 || strlen(label) > 13);
}

START_TEST(keys_are_logged)
{
    struct key_log log[2] = {{.count = 0}};
    struct call c;

    lab.client.max = version[_i];
    lab.client.keylog = lab.server.keylog = log_line;
    lab.client.arg = &log[UP];
    lab.server.arg = &log[DOWN];
    lab_set_up();
    call_prepare(&c, SIZE_MAX);
    call_run(&c);
    call_check(&c);
    ck_assert_uint_eq(log[UP].count, version[_i] == TLS_V12 ? 1 : 5);
    ck_assert_uint_eq(log[UP].count, log[DOWN].count);
    for (size_t i = 0; i < log[UP].count; i++) {
        bool both = false;

        check_line(log[UP].line[i].at, &c.wire);
        for (size_t j = 0; j < log[DOWN].count; j++)
            both |= strcmp(log[UP].line[i].at, log[DOWN].line[j].at) == 0;
        ck_assert_msg(both, "%s", log[UP].line[i].at);
    }
    for (int way = UP; way <= DOWN; way++)
        for (size_t i = 0; i < log[way].count; i++)
            free(log[way].line[i].at);
    call_release(&c);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/tls: parts");
    TCase *t = tcase_create("parts");

    tcase_add_checked_fixture(t, labs_new, labs_done);
    tcase_add_loop_test(t, bad_setup_says_which_part, 0, COUNT(bad_setup));
    tcase_add_test(t, certificates_are_of_one_size);
    tcase_add_loop_test(t, certificate_has_a_plain_name, 0, COUNT(bad_name));
    tcase_add_loop_test(t, handshakes_are_of_one_size, 0, 2);
    tcase_add_loop_test(t, store_keeps_the_newest, 0, 2);
    tcase_add_loop_test(t, keys_are_logged, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
