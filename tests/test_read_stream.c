/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream put together from segments in any order, cut anywhere, repeated
 * and overlapping, tells the same bytes once. */
#include "bench/read/stream.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { LEN = 3000, PIECES = 60 };

struct told {
    uint8_t at[LEN];
    size_t len, missing;
};

static void note(void *arg, const uint8_t *at, size_t len)
{
    struct told *t = arg;

    ck_assert_uint_le(t->len + len, LEN);
    if (at)
        memcpy(t->at + t->len, at, len);
    else
        t->missing += len;
    t->len += len;
}

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void mix(uint32_t order[PIECES * 2], uint32_t *seed)
{
    for (uint32_t i = PIECES * 2 - 1; i > 0; i--) {
        uint32_t j = draw(seed) % (i + 1), swap = order[i];

        order[i] = order[j];
        order[j] = swap;
    }
}

/* Segments that cover the stream, in a random order, with some of them twice
 * and all of them longer than they need be. */
static void shuffle(uint32_t seed, uint32_t isn)
{
    static uint8_t bytes[LEN];
    uint32_t from[PIECES], order[PIECES * 2];
    size_t room = 1 << 20;
    struct told told = {0};
    uint64_t fresh = 0;
    struct stream s;

    for (size_t i = 0; i < LEN; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    for (uint32_t i = 0; i < PIECES; i++)
        from[i] = i * (LEN / PIECES);
    for (uint32_t i = 0; i < PIECES * 2; i++)
        order[i] = i % PIECES;
    mix(order, &seed);
    stream_init(&s, &room);
    stream_start(&s, isn);
    for (size_t i = 0; i < PIECES * 2; i++) {
        uint32_t at = from[order[i]];
        uint32_t len = LEN / PIECES + draw(&seed) % 200;
        uint8_t *exact;

        if (at + len > LEN)
            len = LEN - at;
        exact = malloc(len);
        memcpy(exact, bytes + at, len);
        fresh += stream_fresh(&s, stream_offset(&s, isn + at), len);
        stream_take(&s, stream_offset(&s, isn + at), exact, len, len, note,
                    &told);
        free(exact);
    }
    ck_assert_uint_eq(told.len, LEN);
    ck_assert_uint_eq(told.missing, 0);
    ck_assert_uint_eq(fresh, LEN);
    ck_assert_mem_eq(told.at, bytes, LEN);
    ck_assert_uint_eq(room, 1 << 20);
    stream_release(&s);
}

START_TEST(any_order_tells_the_same)
{
    for (uint32_t seed = 0; seed < 300; seed++)
        shuffle(seed, seed % 2 ? UINT32_MAX - seed : seed);
}
END_TEST

START_TEST(a_hole_that_was_acknowledged_is_bridged)
{
    size_t room = 1000;
    struct told told = {0};
    struct stream s;

    stream_init(&s, &room);
    stream_start(&s, 7);
    stream_take(&s, 10, (const uint8_t *)"abc", 3, 3, note, &told);
    ck_assert_uint_eq(told.len, 0);
    stream_acked(&s, 5, note, &told);
    ck_assert_uint_eq(told.len, 0);
    stream_acked(&s, 13, note, &told);
    ck_assert_uint_eq(told.len, 13);
    ck_assert_uint_eq(told.missing, 10);
    ck_assert_uint_eq(room, 1000);
    stream_release(&s);
}
END_TEST

START_TEST(without_room_holes_are_given_up)
{
    size_t room = 200;
    struct told told = {0};
    uint8_t bytes[100] = {0};
    struct stream s;

    stream_init(&s, &room);
    stream_start(&s, 0);
    for (int i = 1; i < 10; i++)
        stream_take(&s, i * 200, bytes, 100, 100, note, &told);
    ck_assert_uint_gt(told.len, 0);
    ck_assert_uint_le(room, 200);
    stream_release(&s);
    ck_assert_uint_eq(room, 200);
}
END_TEST

START_TEST(far_numbers_are_ignored)
{
    size_t room = 1000;
    struct told told = {0};
    struct stream s;

    stream_init(&s, &room);
    stream_start(&s, 0);
    ck_assert_uint_eq(stream_fresh(&s, INT32_MAX, 5), 0);
    stream_take(&s, INT32_MAX, (const uint8_t *)"abcde", 5, 5, note, &told);
    stream_take(&s, -100, (const uint8_t *)"abcde", 5, 5, note, &told);
    stream_acked(&s, INT32_MAX, note, &told);
    ck_assert_uint_eq(told.len, 0);
    ck_assert_uint_eq(room, 1000);
    stream_release(&s);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("read/stream");
    TCase *t = tcase_create("order");

    tcase_add_test(t, any_order_tells_the_same);
    tcase_add_test(t, a_hole_that_was_acknowledged_is_bridged);
    tcase_add_test(t, without_room_holes_are_given_up);
    tcase_add_test(t, far_numbers_are_ignored);
    suite_add_tcase(s, t);
    return s;
}
