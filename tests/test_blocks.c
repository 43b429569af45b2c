/* SPDX-License-Identifier: BSD-2-Clause */
/* pcapng with interfaces of different link types, which libpcap refuses: whole,
 * cut at every byte, and with interfaces that cannot be read. */
#include "bench/read/blocks.h"
#include "tests/segments.h"

#include <stdio.h>

static const char *const name[] = {
    "tests/captures/two-links.pcapng",
    "tests/captures/two-links-big-endian.pcapng",
};

static size_t load(const char *path, uint8_t *at, size_t room)
{
    FILE *f = fopen(path, "rb");
    size_t len;

    ck_assert_ptr_nonnull(f);
    len = fread(at, 1, room, f);
    fclose(f);
    return len;
}

/* It holds rfc-pf-3.pcap, every other packet on the second interface. */
START_TEST(every_interface_has_its_own)
{
    char why[TRACE_WHY] = "";
    struct trace *t = trace_open(name[_i], why);
    struct trace *plain = trace_open("tests/captures/rfc-pf-3.pcap", why);
    const struct conversation *c, *p;

    ck_assert_msg(t != NULL && plain != NULL, "%s", why);
    ck_assert_uint_eq(trace_count(t), 1);
    c = trace_get(t, 0);
    p = trace_get(plain, 0);
    ck_assert_uint_eq(c->turnarounds, 4);
    ck_assert_int_eq(c->closed_ns, p->closed_ns);
    ck_assert_int_eq(c->total_ns, p->total_ns);
    ck_assert_int_eq(c->start_ns, p->start_ns);
    ck_assert_uint_eq(c->packets, p->packets);
    trace_free(t);
    trace_free(plain);
}
END_TEST

static void count(void *told, const struct conversation *c)
{
    (void)c;
    ++*(size_t *)told;
}

START_TEST(cut_at_every_byte)
{
    static uint8_t bytes[8192];
    size_t len = load(name[0], bytes, sizeof bytes), told;
    size_t whole = 0;

    for (size_t cut = 1; cut <= len; cut++) {
        FILE *f = fmemopen(bytes, cut, "rb");
        char why[TRACE_WHY] = "";
        struct trace_sum sum;
        int status;

        told = 0;
        status = trace_each_file(f, "cut", NULL, count, &told, &sum, why);
        ck_assert_int_eq(status == 0, why[0] == 0);
        whole += status == 0;
        if (status < 0)
            ck_assert(sum.truncated && strstr(why, "cut"));
        ck_assert_uint_eq(told, sum.packets > 0);
    }
    /* Between two blocks it is whole: a header, two interfaces, statistics
     * (before any packet there is nothing to tell, which is no fault). */
    ck_assert_uint_eq(whole, 19);
}
END_TEST

/* Changes the link type of an interface, which is in bytes that are found by
 * what they follow. */
static size_t with_links(uint8_t *bytes, unsigned first, unsigned second)
{
    size_t len = load(name[0], bytes, 8192), at = 28;

    bytes[at + 8] = (uint8_t)first;
    at += bytes[at + 4];
    bytes[at + 8] = (uint8_t)second;
    return len;
}

static int read_bytes(uint8_t *bytes, size_t len, struct trace_sum *sum,
                      char why[TRACE_WHY])
{
    size_t told = 0;

    return trace_each_file(fmemopen(bytes, len, "rb"), "x", NULL, count, &told,
                           sum, why);
}

START_TEST(an_interface_that_cannot_be_read)
{
    static uint8_t bytes[8192];
    char why[TRACE_WHY] = "";
    struct trace_sum sum;

    /* One of two: its packets are counted, and passed over. */
    ck_assert_int_eq(read_bytes(bytes, with_links(bytes, 101, 220), &sum, why),
                     0);
    ck_assert_uint_eq(sum.packets, 15);
    ck_assert_uint_eq(sum.other, 7);
    /* None of two. */
    ck_assert_int_lt(read_bytes(bytes, with_links(bytes, 220, 220), &sum, why),
                     0);
    ck_assert_msg(strstr(why, "interface 1 of 2") && strstr(why, "(220)"), "%s",
                  why);
}
END_TEST

/* A block's length that was damaged costs that block; a packet of no
 * interface costs that packet. */
START_TEST(damage_is_passed_over)
{
    static uint8_t bytes[8192], bad[8192];
    size_t len = load(name[0], bytes, sizeof bytes), blocks = 0;
    char why[TRACE_WHY] = "";
    struct trace_sum sum;

    for (size_t at = 0, size; at < len; at += size, blocks++) {
        uint32_t type, length;

        memcpy(&type, bytes + at, sizeof type);
        memcpy(&length, bytes + at + 4, sizeof length);
        size = length;
        if (type != 6 || at + size == len)
            continue;
        memcpy(bad, bytes, len);
        bad[at + 5] ^= 0x40;
        ck_assert_int_eq(read_bytes(bad, len, &sum, why), 0);
        ck_assert_uint_eq(sum.packets, 14);
        ck_assert_uint_eq(sum.damages, 1);
        ck_assert_uint_eq(sum.damaged_bytes, size);
        ck_assert_uint_eq(sum.mail, 1);
        memcpy(bad, bytes, len);
        bad[at + 8] = 77; /* the number of its interface */
        ck_assert_int_eq(read_bytes(bad, len, &sum, why), 0);
        ck_assert_uint_eq(sum.packets, 14);
        ck_assert_uint_eq(sum.damages, 1);
    }
    ck_assert_uint_gt(blocks, 15);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("read/blocks");
    TCase *t = tcase_create("blocks");

    tcase_add_loop_test(t, every_interface_has_its_own, 0, 2);
    tcase_add_test(t, cut_at_every_byte);
    tcase_add_test(t, an_interface_that_cannot_be_read);
    tcase_add_test(t, damage_is_passed_over);
    suite_add_tcase(s, t);
    return s;
}
