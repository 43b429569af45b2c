/* SPDX-License-Identifier: BSD-2-Clause */
/* EHLO's keywords, and the memory of early pipelining. */
#include "smtp/offer.h"

#include <check.h>
#include <string.h>

#include "smtp/auth.h"
#include "smtp/flaw.h"
#include "smtp/wire.h"

/* clang-format off */
static const struct {
    const char *line;
    uint32_t has;
    uint64_t size_max;
} lines[] = {
    {"PIPELINING",          OFFER_PIPELINING,  0},
    {"pipelining",          OFFER_PIPELINING,  0},
    {"PIPELINING x y",      OFFER_PIPELINING,  0},
    {"PIPECONNECT",         OFFER_PIPECONNECT, 0},
    {"PIPE_CONNECT",        OFFER_PIPECONNECT, 0},
    {"X_PIPE_CONNECT",      OFFER_PIPECONNECT, 0},
    {"SIZE 52428800",       OFFER_SIZE,        52428800},
    {"SIZE",                OFFER_SIZE,        0},
    {"SIZE 0",              OFFER_SIZE,        0},
    {"SIZE many",           OFFER_SIZE,        0},
    {"SIZE -1",             OFFER_SIZE,        0},
    {"8BITMIME",            OFFER_8BITMIME,    0},
    {"STARTTLS",            OFFER_STARTTLS,    0},
    {"AUTH PLAIN",          OFFER_AUTH,        0},
    {"AUTH",                OFFER_AUTH,        0},
    {"PIPELININGS",         0,                 0},
    {"",                    0,                 0},
};
/* clang-format on */

START_TEST(learns)
{
    struct offer o = {0};

    offer_learn(&o, span_of(lines[_i].line));
    ck_assert_uint_eq(o.has, lines[_i].has);
    ck_assert_uint_eq(o.size_max, lines[_i].size_max);
}
END_TEST

START_TEST(names)
{
    for (int i = 0; i < OFFER_COUNT; i++)
        ck_assert_uint_eq(offer_bit(span_of(offer_name(i))), 1u << i);
    for (int i = 0; i < FLAW_COUNT; i++) {
        ck_assert_uint_eq(flaw_bit(flaw_name(i)), 1u << i);
        ck_assert_uint_gt(strlen(flaw_what(i)), 0);
    }
    ck_assert_uint_eq(flaw_bit("none"), 0);
}
END_TEST

START_TEST(learns_mechanisms)
{
    struct offer o = {0};

    offer_learn(&o, span_of("AUTH GSSAPI login PLAINER"));
    ck_assert_uint_eq(o.auth, 1u << MECHANISM_LOGIN);
    offer_learn(&o, span_of("AUTH PLAIN"));
    ck_assert_uint_eq(o.auth, 1u << MECHANISM_LOGIN | 1u << MECHANISM_PLAIN);
    offer_learn(&o, span_of("AUTHS PLAIN"));
    ck_assert_uint_eq(o.has, OFFER_AUTH);
}
END_TEST

/* What was said through TLS is another matter. */
START_TEST(by_tls)
{
    const struct endpoint at = {{192, 0, 2, 1}, 4, 25};
    struct offer_memory m = {0};

    offer_remember_as(&m, at, true, (struct offer){.has = OFFER_AUTH}, 1);
    ck_assert_ptr_null(offer_recall(&m, at));
    offer_remember(&m, at, (struct offer){.has = OFFER_STARTTLS}, 2);
    ck_assert_uint_eq(offer_recall_as(&m, at, true)->has, OFFER_AUTH);
    ck_assert_uint_eq(offer_recall(&m, at)->has, OFFER_STARTTLS);
    offer_forget(&m, at);
    ck_assert_ptr_null(offer_recall(&m, at));
    ck_assert_ptr_nonnull(offer_recall_as(&m, at, true));
}
END_TEST

static struct endpoint peer(int n)
{
    return (struct endpoint){{192, 0, 2, (uint8_t)n}, 4, 25};
}

START_TEST(remembers)
{
    struct offer_memory m = {0};

    ck_assert_ptr_null(offer_recall(&m, peer(1)));
    offer_remember(&m, peer(1), (struct offer){.has = OFFER_PIPELINING}, 5);
    offer_remember(&m, peer(2), (struct offer){.has = OFFER_CHUNKING}, 6);
    ck_assert_uint_eq(offer_recall(&m, peer(1))->has, OFFER_PIPELINING);
    ck_assert_uint_eq(offer_recall(&m, peer(2))->has, OFFER_CHUNKING);
    offer_remember(&m, peer(1), (struct offer){.has = OFFER_SIZE}, 7);
    ck_assert_uint_eq(offer_recall(&m, peer(1))->has, OFFER_SIZE);
    offer_forget(&m, peer(1));
    ck_assert_ptr_null(offer_recall(&m, peer(1)));
    ck_assert_ptr_nonnull(offer_recall(&m, peer(2)));
}
END_TEST

/* Address, family and port all count; of IPv4 only four bytes do. */
START_TEST(tells_apart)
{
    struct offer_memory m = {0};
    struct endpoint a = peer(1), b = a;

    offer_remember(&m, a, (struct offer){.has = 1}, 0);
    b.port = 26;
    ck_assert_ptr_null(offer_recall(&m, b));
    b = a;
    b.family = 6;
    ck_assert_ptr_null(offer_recall(&m, b));
    b = a;
    b.ip[9] = 1;
    ck_assert_ptr_nonnull(offer_recall(&m, b));
    offer_remember(&m, (struct endpoint){{1, [15] = 1}, 6, 25},
                   (struct offer){.has = 1}, 0);
    ck_assert_ptr_null(
        offer_recall(&m, (struct endpoint){{1, [15] = 2}, 6, 25}));
}
END_TEST

START_TEST(forgets_the_oldest)
{
    struct offer_memory m = {0};

    for (int i = 0; i < OFFER_MEMORY; i++)
        offer_remember(&m, peer(i), (struct offer){.has = 1}, 100 + i);
    offer_remember(&m, peer(0), (struct offer){.has = 1}, 1000);
    offer_remember(&m, peer(200), (struct offer){.has = 1}, 1001);
    ck_assert_ptr_null(offer_recall(&m, peer(1)));
    ck_assert_ptr_nonnull(offer_recall(&m, peer(0)));
    ck_assert_ptr_nonnull(offer_recall(&m, peer(2)));
    ck_assert_ptr_nonnull(offer_recall(&m, peer(200)));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/offer");
    TCase *t = tcase_create("offer");

    tcase_add_test(t, learns_mechanisms);
    tcase_add_test(t, by_tls);
    tcase_add_loop_test(t, learns, 0, sizeof lines / sizeof lines[0]);
    tcase_add_test(t, names);
    tcase_add_test(t, remembers);
    tcase_add_test(t, tells_apart);
    tcase_add_test(t, forgets_the_oldest);
    suite_add_tcase(s, t);
    return s;
}
