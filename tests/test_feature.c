/* SPDX-License-Identifier: BSD-2-Clause */
/* Media feature expressions: what is read, what is refused and where, what
 * matches, and that what is alike is written alike. */
#include "smtp/feature.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/wire.h"

/* RFC 2938, 4 and RFC 4141, 9.2: a plain fax. */
#define FAX                                                                    \
    "(&(image-file-structure=TIFF-minimal)\n  (MRC-mode=0)\n  "                \
    "(color=Binary)\n"                                                         \
    "  (|(&(dpi=204)\n      (dpi-xyratio=[204/98,204/196]) )\n"                \
    "    (&(dpi=200)\n      (dpi-xyratio=[200/100,1]) ) )\n"                   \
    "  (size-x<=2150/254)\n  (paper-size=A4)\n  (ua-media=stationery) )"
#define SHEET                                                                  \
    "(image-file-structure=tiff-MINIMAL)(mrc-mode=0)(color=binary)"            \
    "(paper-size=a4)(ua-media=stationery)"

/* clang-format off */
static const struct {
    const char *filter, *form;
    bool match;
} matches[] = {
    {"(a=1)", "(a=1)", true},
    {"(A=1)", "(a=1)", true},
    {"(a=1)", "(a=2)", false},
    {"(a=1)", "(b=1)", false},
    {"(a=2/4)", "(a=1/2)", true},
    {"(a<=1/2)", "(a=1/3)", true},
    {"(a<=1/3)", "(a=1/2)", false},
    {"(a>=-3)", "(a=-3)", true},
    {"(a>=-3)", "(a=-4)", false},
    {"(a=x)", "(a=X)", true},
    {"(a=\"x\")", "(a=\"X\")", false},
    {"(a=\"x\")", "(a=x)", false},
    {"(a<=5)", "(a=x)", false},
    {"(a=TRUE)", "(a=true)", true},
    {"(a=[1,3..5,x])", "(a=4)", true},
    {"(a=[1,3..5,x])", "(a=2)", false},
    {"(a=[1,3..5,x])", "(a=X)", true},
    {"(!(a=1))", "(a=2)", true},
    {"(!(a=1))", "(b=1)", true},
    {"(&(a=1)(b=2))", "(&(b=2)(a=1)(c=3))", true},
    {"(&(a=1)(b=2))", "(&(b=3)(a=1))", false},
    {"(|(a=1)(b=2))", "(&(b=2)(a=7))", true},
    {"(|(a=1)(b=2))", "(&(b=7)(a=7))", false},
    {"(|(a=1);q=0.5(b=2);q=1.0)", "(b=2)", true},
    {FAX, "(&" SHEET "(dpi=204)(dpi-xyratio=204/196)(size-x=8))", true},
    {FAX, "(&" SHEET "(dpi=200)(dpi-xyratio=1)(size-x=2150/254))", true},
    {FAX, "(&" SHEET "(dpi=204)(dpi-xyratio=1)(size-x=8))", false},
    {FAX, "(&" SHEET "(dpi=204)(dpi-xyratio=204/196)(size-x=9))", false},
};

static const struct {
    const char *text, *what;
    size_t at;
} refusals[] = {
    {"", "( was expected", 0},
    {"a=1", "( was expected", 0},
    {"(a=1", ") was expected", 4},
    {"(a=1))", "more than one expression", 5},
    {"(a=1)(b=1)", "more than one expression", 5},
    {"()", "a tag was expected", 1},
    {"(&)", "( was expected", 2},
    {"(a)", "=, <= or >= was expected", 2},
    {"(a!1)", "=, <= or >= was expected", 4},
    {"(a=)", "a value was expected", 3},
    {"(a<=x)", "<= and >= are of numbers", 5},
    {"(a=[])", "a value was expected", 4},
    {"(a=[1)", "a set ends with ]", 5},
    {"(a=[1..x])", "a range is of numbers", 8},
    {"(a=[1.2])", "a range is low..high", 6},
    {"(a=\"x)", "a string without its end", 6},
    {"(a=1/0)", "a ratio over nothing", 6},
    {"(a=1/)", "a number was expected", 5},
    {"(a=1234567890)", "a number of too many digits", 12},
    {"(a=1);q", "a parameter is name=value", 7},
    {"(!(a=1)(b=1))", ") was expected", 7},
    {"(a=1\x01)", ") was expected", 4},
    {"((((((((((((((a=1))))))))))))))", "a tag was expected", 1},
    {"(&(&(&(&(&(&(&(&(&(&(&(&(&(a=1))))))))))))))",
     "parentheses too deep", 25},
};

static const struct {
    const char *text, *canonical;
} canonicals[] = {
    {"( A = 1 )", "(a=1)"},
    {"(a=204/98)", "(a=102/49)"},
    {"(a=4/2)", "(a=2)"},
    {"(a=-4/6)", "(a=-2/3)"},
    {"(a=0/7)", "(a=0)"},
    {"(&(b=1)(a=1)(b=1))", "(&(a=1)(b=1))"},
    {"(&(b=1)(&(c=1)(a=1)))", "(&(a=1)(b=1)(c=1))"},
    {"(&(a=1))", "(a=1)"},
    {"(!(!(a=1)))", "(a=1)"},
    {"(!(|(!(a=X))))", "(a=x)"},
    {"(&(|(&(b=1)(a=1))(&(a=1)(b=1)))(c=1))", "(&(a=1)(b=1)(c=1))"},
    {"(a=[y,1..2,X])", "(|(a=[1..2])(a=x)(a=y))"},
    {"(a=\"Y y\")", "(a=\"Y y\")"},
    {"(a<=1);q=0.3", "(a<=1)"},
};
/* clang-format on */

/* In a buffer of its own size, so that overreads show. */
static bool read_exactly(struct feature *f, const char *text, size_t len,
                         struct feature_error *e)
{
    char *exact = malloc(len);
    bool ok;

    memcpy(exact, text, len);
    ok = feature_read(f, (struct span){exact, len}, e);
    free(exact);
    return ok;
}

static void must_read(struct feature *f, const char *text)
{
    struct feature_error e = {"", 0};

    ck_assert_msg(read_exactly(f, text, strlen(text), &e), "%s: %s at %zu",
                  text, e.what, e.at);
}

START_TEST(filter_matches)
{
    static struct feature filter, form;

    must_read(&filter, matches[_i].filter);
    must_read(&form, matches[_i].form);
    ck_assert(feature_is_collection(&form));
    ck_assert_msg(feature_match(&filter, &form) == matches[_i].match, "%s %s",
                  matches[_i].filter, matches[_i].form);
}
END_TEST

START_TEST(wrong_is_refused)
{
    static struct feature f;
    struct feature_error e = {"", 0};
    const char *text = refusals[_i].text;

    ck_assert_msg(!read_exactly(&f, text, strlen(text), &e), "%s", text);
    ck_assert_msg(strcmp(e.what, refusals[_i].what) == 0 &&
                      e.at == refusals[_i].at,
                  "%s: %s at %zu", text, e.what, e.at);
}
END_TEST

START_TEST(alike_is_written_alike)
{
    static struct feature f;
    char at[FEATURE_TEXT];

    must_read(&f, canonicals[_i].text);
    ck_assert_uint_eq(feature_canonical(&f, at, sizeof at),
                      strlen(canonicals[_i].canonical));
    ck_assert_str_eq(at, canonicals[_i].canonical);
    ck_assert_uint_eq(feature_canonical(&f, at, strlen(at)), 0);
    ck_assert_str_eq(at, "");
}
END_TEST

/* Every beginning of a good expression is wrong, and none is read beyond. */
START_TEST(cut_is_refused)
{
    static struct feature f;
    struct feature_error e;

    must_read(&f, FAX);
    for (size_t len = 0; len < strlen(FAX); len++) {
        ck_assert(!read_exactly(&f, FAX, len, &e));
        ck_assert_uint_le(e.at, len);
    }
}
END_TEST

START_TEST(bounds_hold)
{
    static struct feature f;
    static char text[FEATURE_TEXT + 2];
    struct feature_error e;
    size_t len = 0;

    text[len++] = '(';
    text[len++] = '&';
    for (int i = 0; i < FEATURE_NODES; i++)
        len += (size_t)sprintf(text + len, "(a=1)");
    text[len++] = ')';
    ck_assert(!read_exactly(&f, text, len, &e));
    ck_assert_str_eq(e.what, "too many parts");
    memset(text, ' ', sizeof text);
    memcpy(text, "(a=1)", 5);
    ck_assert(read_exactly(&f, text, FEATURE_TEXT, &e));
    ck_assert(!read_exactly(&f, text, FEATURE_TEXT + 1, &e));
    ck_assert_str_eq(e.what, "too long");
}
END_TEST

START_TEST(only_equalities_collect)
{
    static struct feature f;

    must_read(&f, "(&(a=1)(b<=1))");
    ck_assert(!feature_is_collection(&f));
    must_read(&f, "(|(a=1)(b=1))");
    ck_assert(!feature_is_collection(&f));
    must_read(&f, "(!(a=1))");
    ck_assert(!feature_is_collection(&f));
    must_read(&f, "(a=[1,2])");
    ck_assert(!feature_is_collection(&f));
}
END_TEST

#define ROWS(of) (int)(sizeof(of) / sizeof((of)[0]))

Suite *suite(void)
{
    Suite *s = suite_create("smtp/feature");
    TCase *t = tcase_create("feature");

    tcase_add_loop_test(t, filter_matches, 0, ROWS(matches));
    tcase_add_loop_test(t, wrong_is_refused, 0, ROWS(refusals));
    tcase_add_loop_test(t, alike_is_written_alike, 0, ROWS(canonicals));
    tcase_add_test(t, cut_is_refused);
    tcase_add_test(t, bounds_hold);
    tcase_add_test(t, only_equalities_collect);
    suite_add_tcase(s, t);
    return s;
}
