/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of the book of claims: as text, as Markdown, as JSON and back. */
#include "bench/tell/claims.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct claim_line lines[] = {
    {"one", "RFC 1", "a \"claim\" & more", "4", "4", "4", "5", CLAIM_FAILS,
     "why", 0, "", 0},
    {"one", "RFC 1", "größer", "9, 2000 ms", "9", "9", "", CLAIM_HOLDS, "", 0,
     "", 0},
    {"two", "RFC 2", "another", "", "", "", "", CLAIM_SKIPPED, "no kernel", 0,
     "", 0},
    {"two", "RFC 2", "by so much", "4", "4", "4", "4", CLAIM_WITHIN, "",
     -0.00321, "turnaround run --mode lockstep", 3},
};

static char *told(void (*how)(FILE *, const struct claim_line *, size_t))
{
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    how(to, lines, 4);
    fclose(to);
    return text;
}

START_TEST(lines_are_told)
{
    char *text = told(claims_print);

    ck_assert_str_eq(
        text, "  claim             expected    ideal  ns3  kernel  "
              "verdict\n"
              "one: RFC 1\n"
              "  a \"claim\" & more  4           4      4    5       FAILS\n"
              "    why\n"
              "  größer            9, 2000 ms  9      9    -       holds\n"
              "two: RFC 2\n"
              "  another                       -      -    -       skipped\n"
              "    no kernel\n"
              "  by so much        4           4      4    4       holds "
              "within 0.4 %\n");
    free(text);
    text = told(claims_print_markdown);
    ck_assert_ptr_nonnull(strstr(
        text, "\n| RFC 1 | größer | 9, 2000 ms | 9 | 9 | - | holds |\n"));
    free(text);
    ck_assert_uint_eq(claims_count(lines, 4, CLAIM_HOLDS), 1);
    ck_assert_uint_eq(claims_count(lines, 4, CLAIM_FAILS), 1);
    ck_assert_uint_eq(claims_count(lines, 4, CLAIM_SKIPPED), 1);
}
END_TEST

START_TEST(lines_as_json)
{
    json_t *all = claims_to_json(lines, 4), *one = json_array_get(all, 0);
    struct claim_line *again;
    char why[200];
    size_t count;

    ck_assert_uint_eq(json_array_size(all), 4);
    ck_assert_str_eq(json_string_value(json_object_get(one, "verdict")),
                     "FAILS");
    ck_assert_str_eq(json_string_value(json_object_get(one, "note")), "why");
    one = json_array_get(all, 1);
    ck_assert_str_eq(json_string_value(json_object_get(one, "says")), "größer");
    ck_assert(json_is_null(json_object_get(one, "kernel")));
    ck_assert(json_is_null(json_object_get(one, "note")));
    again = claims_from_json(all, &count, why, sizeof why);
    ck_assert_ptr_nonnull(again);
    ck_assert_uint_eq(count, 4);
    ck_assert_int_eq(again[3].verdict, CLAIM_WITHIN);
    ck_assert_str_eq(again[3].run, lines[3].run);
    ck_assert_str_eq(again[1].says, "größer");
    ck_assert(again[3].within == lines[3].within && again[3].rows == 3);
    free(again);
    json_object_set_new(json_array_get(all, 2), "verdict", json_string("so"));
    ck_assert_ptr_null(claims_from_json(all, &count, why, sizeof why));
    ck_assert_str_eq(why, "claims[2]: verdict: none that this program knows");
    json_decref(all);
    all = json_object();
    ck_assert_ptr_null(claims_from_json(all, &count, why, sizeof why));
    json_decref(all);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/tell/claims");
    TCase *t = tcase_create("claims");

    tcase_add_test(t, lines_are_told);
    tcase_add_test(t, lines_as_json);
    suite_add_tcase(s, t);
    return s;
}
