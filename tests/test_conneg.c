/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies that tell what a recipient can take: as RFC 4141 prints them, as its
 * drafts spell them, and as a server that is broken or hostile sends them. */
#include "smtp/conneg.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RFC 4141, 9.2. */
#define JUNE "June@some.example.com"
#define FAX                                                                    \
    "(&(image-file-structure=TIFF-minimal)\n  (MRC-mode=0)\n"                  \
    "  (color=Binary)\n  (|(&(dpi=204)\n"                                      \
    "      (dpi-xyratio=[204/98,204/196]) )\n    (&(dpi=200)\n"                \
    "      (dpi-xyratio=[200/100,1]) ) )\n  (size-x<=2150/254)\n"              \
    "  (paper-size=A4)\n  (ua-media=stationery) )"
static const char printed[] =
    "250-<June@some.example.com> recipient ok\r\n"
    "250-CONNEG (&(image-file-structure=TIFF-minimal)\r\n"
    "250-CONNEG   (MRC-mode=0)\r\n"
    "250-CONNEG   (color=Binary)\r\n"
    "250-CONNEG   (|(&(dpi=204)\r\n"
    "250-CONNEG       (dpi-xyratio=[204/98,204/196]) )\r\n"
    "250-CONNEG     (&(dpi=200)\r\n"
    "250-CONNEG       (dpi-xyratio=[200/100,1]) ) )\r\n"
    "250-CONNEG   (size-x<=2150/254)\r\n"
    "250-CONNEG   (paper-size=A4)\r\n"
    "250 CONNEG   (ua-media=stationery) )\r\n";

/* clang-format off */
static const struct {
    const char *lines; /* behind the code, parted by '\n' */
    enum conneg_end end;
    unsigned ttl_s;
    const char *canonical;
} answers[] = {
    {"ok\nCONNEG (a=1)", CONNEG_KNOWN, 0, "(a=1)"},
    {"ok\nCONNEG (&(a=1)\nCONNEG  (b=2) )", CONNEG_KNOWN, 0,
     "(&(a=1)(b=2))"},
    {"<j@x> fine\nTTL 500\nconneg (a=1)", CONNEG_KNOWN, 500, "(a=1)"},
    {"<J@X> fine\nCONNEG (a=1)", CONNEG_KNOWN, 0, "(a=1)"},
    {"2.1.5 <j@x> fine\n2.1.5 CONNEG (a=1)", CONNEG_KNOWN, 0, "(a=1)"},
    {"<k@x> fine\nCONNEG (a=1)", CONNEG_OTHER, 0, NULL},
    {"<j@xy> fine\nCONNEG (a=1)", CONNEG_OTHER, 0, NULL},
    {"<j@x fine\nCONNEG (a=1)", CONNEG_KNOWN, 0, "(a=1)"},
    {"ok", CONNEG_SILENT, 0, NULL},
    {"", CONNEG_SILENT, 0, NULL},
    {"ok\nCONNEG", CONNEG_SILENT, 0, NULL},
    {"ok\nCONNEG ", CONNEG_MALFORMED, 0, NULL},
    {"ok\nCONNEG (a=1", CONNEG_MALFORMED, 0, NULL},
    {"ok\nCONNEG (a=1)\nCONNEG (b=1)", CONNEG_MALFORMED, 0, NULL},
    {"ok\nTTL x\nCONNEG (a=1)", CONNEG_MALFORMED, 0, NULL},
    {"ok\nTTL 99999999999999999999\nCONNEG (a=1)", CONNEG_KNOWN,
     CONNEG_TTL_S, "(a=1)"},
    {"ok\nAccept: image/tiff\nAccept-Features: color=Binary, dpi=[-300], "
     "csid=1 234, ttl=500", CONNEG_KNOWN, 500, "(&(color=binary)(dpi<=300))"},
    {"ok\nAccept-Features: dpi=[100-300]\nAccept-Features: a=x,ttl=0",
     CONNEG_KNOWN, 0, "(&(a=x)(dpi<=300)(dpi>=100))"},
    {"ok\nAccept-Features: dpi=[300]", CONNEG_MALFORMED, 0, NULL},
    {"ok\nAccept-Features: dpi", CONNEG_MALFORMED, 0, NULL},
    {"ok\nAccept-Features: a=(b)", CONNEG_MALFORMED, 0, NULL},
    {"ok\nAccept-Features: csid=1, ttl=5", CONNEG_SILENT, 5, NULL},
};

static const struct {
    const char *filter, *said; /* NULL: it has no such form */
} caps[] = {
    {"(&(color=Binary)(dpi<=300)(x>=2/1))",
     "color=Binary, dpi=[-300], x=[2-], ttl=60\r\n"},
    {"(dpi=204)", "dpi=204, ttl=60\r\n"},
    {"(|(a=1)(b=1))", NULL},
    {"(a=\"x\")", NULL},
    {"(!(a=1))", NULL},
    {"(&(a=1)(b=[1,2]))", NULL},
    {"(a<=-1)", NULL},
};
/* clang-format on */

static enum conneg_end hear(const char *lines, struct feature *f,
                            struct conneg *c)
{
    conneg_begin(c, "j@x");
    for (const char *at = lines;; at++) {
        size_t len = strcspn(at, "\n");
        char *exact = malloc(len);

        memcpy(exact, at, len);
        conneg_hear(c, (struct span){exact, len});
        free(exact);
        at += len;
        if (*at == '\0')
            break;
    }
    return conneg_end(c, f);
}

START_TEST(answer_is_understood)
{
    static struct feature f;
    static struct conneg c;
    char canonical[FEATURE_TEXT];
    enum conneg_end end = hear(answers[_i].lines, &f, &c);

    ck_assert_msg(end == answers[_i].end, "%s: %s", answers[_i].lines,
                  conneg_end_name(end));
    if (end != CONNEG_MALFORMED)
        ck_assert_uint_eq(c.ttl_s, answers[_i].ttl_s);
    if (!answers[_i].canonical)
        return;
    feature_canonical(&f, canonical, sizeof canonical);
    ck_assert_str_eq(canonical, answers[_i].canonical);
}
END_TEST

/* The RFC's own, byte for byte; and it is understood. */
START_TEST(said_as_printed)
{
    static struct feature f, g;
    static struct conneg c;
    struct feature_error e;
    char said[CONNEG_REPLY], one[FEATURE_TEXT], two[FEATURE_TEXT];
    size_t len = conneg_say(said, SPELLING_CONNEG,
                            "250 <" JUNE "> recipient ok", FAX, 0);

    ck_assert_uint_eq(len, strlen(printed));
    ck_assert_mem_eq(said, printed, len);
    conneg_begin(&c, JUNE);
    for (const char *at = printed; *at; at = strchr(at, '\n') + 1)
        conneg_hear(&c, (struct span){at + 4, strcspn(at, "\r") - 4});
    ck_assert_int_eq(conneg_end(&c, &f), CONNEG_KNOWN);
    ck_assert(feature_read(&g, span_of(FAX), &e));
    feature_canonical(&f, one, sizeof one);
    feature_canonical(&g, two, sizeof two);
    ck_assert_str_eq(one, two);
}
END_TEST

START_TEST(ttl_is_said)
{
    char said[CONNEG_REPLY];
    size_t len = conneg_say(said, SPELLING_CONNEG, "250 <a>", "(a=1)", 500);

    ck_assert_uint_eq(len, strlen("250-<a>\r\n250-TTL 500\r\n"
                                  "250 CONNEG (a=1)\r\n"));
    ck_assert_mem_eq(said, "250-<a>\r\n250-TTL 500\r\n250 CONNEG (a=1)\r\n",
                     len);
}
END_TEST

START_TEST(caps_are_said)
{
    char said[CONNEG_REPLY];
    const char *start = "250-ok\r\n250-Accept: image/tiff\r\n"
                        "250 Accept-Features: ";
    size_t len = conneg_say(said, SPELLING_CAPS, "250 ok", caps[_i].filter, 60);

    if (!caps[_i].said) {
        ck_assert_uint_eq(len, 0);
        return;
    }
    ck_assert_uint_eq(len, strlen(start) + strlen(caps[_i].said));
    ck_assert_mem_eq(said, start, strlen(start));
    ck_assert_mem_eq(said + strlen(start), caps[_i].said,
                     strlen(caps[_i].said));
}
END_TEST

/* Ten thousand lines, and lines that never end, take no more room than one. */
START_TEST(floods_are_refused)
{
    static struct feature f;
    static struct conneg c;
    static char wide[1000];

    conneg_begin(&c, "j@x");
    conneg_hear(&c, span_of("ok"));
    for (int i = 0; i < 10000; i++)
        conneg_hear(&c, span_of("CONNEG (a=1)"));
    ck_assert_int_eq(conneg_end(&c, &f), CONNEG_FLOODED);
    memset(wide, ' ', sizeof wide);
    memcpy(wide, "CONNEG", 6);
    conneg_begin(&c, "j@x");
    for (int i = 0; i < 4; i++)
        conneg_hear(&c, (struct span){wide, sizeof wide});
    ck_assert_int_eq(conneg_end(&c, &f), CONNEG_FLOODED);
}
END_TEST

START_TEST(too_long_is_not_said)
{
    static char filter[2 * CONNEG_REPLY];
    char said[CONNEG_REPLY];

    memset(filter, ' ', sizeof filter - 1);
    ck_assert_uint_eq(conneg_say(said, SPELLING_CONNEG, "250 x", filter, 0), 0);
}
END_TEST

#define ROWS(of) (int)(sizeof(of) / sizeof((of)[0]))

Suite *suite(void)
{
    Suite *s = suite_create("smtp/conneg");
    TCase *t = tcase_create("answers");

    tcase_add_loop_test(t, answer_is_understood, 0, ROWS(answers));
    tcase_add_test(t, said_as_printed);
    tcase_add_test(t, ttl_is_said);
    tcase_add_loop_test(t, caps_are_said, 0, ROWS(caps));
    tcase_add_test(t, floods_are_refused);
    tcase_add_test(t, too_long_is_not_said);
    suite_add_tcase(s, t);
    return s;
}
