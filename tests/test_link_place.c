/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses of links inside links. */
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/link_place.h"

static uint32_t number(const char *ip4)
{
    struct in_addr a;

    ck_assert_int_eq(inet_pton(AF_INET, ip4, &a), 1);
    return ntohl(a.s_addr);
}

static bool holds(const struct link_place *p, uint32_t ip)
{
    return (ip ^ p->first) >> (32 - p->bits) == 0;
}

START_TEST(outermost)
{
    struct link_place p;

    link_place_outer(&p);
    ck_assert(!p.inner);
    ck_assert_str_eq(p.client4, "192.0.2.1");
    ck_assert_str_eq(p.end6, "2001:db8::2");
    ck_assert_str_eq(p.part4, "198.18.0.0/15");
    ck_assert_str_eq(p.part6, "2001:db8:12::c612:0/111");
}
END_TEST

/* Every part lies in its parent's, apart from its brothers and from the two
 * addresses that its parent keeps. */
static void descend(const struct link_place *parent, int depth, int *deepest)
{
    struct link_place child, before = {0};
    uint8_t six[16];

    if (depth > *deepest)
        *deepest = depth;
    for (unsigned i = 0; link_place_inner(&child, parent->part4, i) == 0; i++) {
        ck_assert(child.inner && child.bits == parent->bits + i + 1);
        ck_assert(holds(parent, child.first));
        ck_assert(holds(&child, number(child.client4)));
        ck_assert(holds(&child, number(child.end4)));
        ck_assert(number(child.client4) != number(child.end4));
        ck_assert_int_eq(inet_pton(AF_INET6, child.client6, six), 1);
        ck_assert_int_eq(inet_pton(AF_INET6, child.end6, six), 1);
        if (parent->inner) {
            ck_assert(!holds(&child, number(parent->client4)));
            ck_assert(!holds(&child, number(parent->end4)));
        }
        if (i > 0) {
            ck_assert(!holds(&before, child.first));
            ck_assert(!holds(&child, before.first));
        }
        if (i < 3 || depth < 2)
            descend(&child, depth + 1, deepest);
        before = child;
    }
}

START_TEST(parts_lie_apart)
{
    struct link_place p;
    int deepest = 0;

    link_place_outer(&p);
    descend(&p, 0, &deepest);
    ck_assert_int_eq(deepest, 15);
}
END_TEST

START_TEST(no_parts)
{
    static const char *const wrong[] = {"",
                                        "198.18.0.0",
                                        "198.18.0.0/14",
                                        "198.18.0.0/33",
                                        "198.18/15",
                                        "198.18.0.0/15x",
                                        "::1/15",
                                        "300.18.0.0/15",
                                        "198.18.0.0/",
                                        "198.18.0.0/-1"};
    struct link_place p;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(link_place_inner(&p, wrong[i], 0) == -1, "%s", wrong[i]);
    ck_assert_int_eq(link_place_inner(&p, "198.18.0.0/15", 14), 0);
    ck_assert_int_eq(link_place_inner(&p, "198.18.0.0/15", 15), -1);
    ck_assert_int_eq(link_place_inner(&p, "198.18.0.0/30", 0), -1);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("run/link place");
    TCase *t = tcase_create("place");

    tcase_add_test(t, outermost);
    tcase_add_test(t, parts_lie_apart);
    tcase_add_test(t, no_parts);
    suite_add_tcase(s, t);
    return s;
}
