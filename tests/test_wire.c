/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines, replies, commands, paths, parameters, dots and chunks, each cut in
 * every way. */
#include "smtp/wire.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/marionette.h"

/* clang-format off */
static const struct {
    const char *in; /* up to and with what ends it, or all of it */
    const char *line;
    bool whole;
} lines[] = {
    {"250 ok\r\n",      "250 ok",      true},
    {"\r\n",            "",            true},
    {"a\nb\r\n",        "a\nb",        true},  /* RFC 5321, 2.3.8 */
    {"a\rb\r\n",        "a\rb",        true},
    {"a\r\r\n",         "a\r",         true},
    {"\n\r\n",          "\n",          true},
    {"no end",          "no end",      false},
    {"bare\n",          "bare\n",      false},
    {"cr\r",            "cr\r",        false},
};

static const struct {
    const char *line;
    int code;
    bool last;
    const char *text;
} replies[] = {
    {"250 ok",          250, true,  "ok"},
    {"250-PIPELINING",  250, false, "PIPELINING"},
    {"250",             250, true,  ""},
    {"250 ",            250, true,  ""},
    {"250-",            250, false, ""},
    {"354 go - on",     354, true,  "go - on"},
    {"599 x",           599, true,  "x"},
    {"200 x",           200, true,  "x"},
    {"2500 x",          0,   true,  ""},
    {"250x",            0,   true,  ""},
    {"25 x",            0,   true,  ""},
    {"150 x",           0,   true,  ""},
    {"650 x",           0,   true,  ""},
    {"2a0 x",           0,   true,  ""},
    {"",                0,   true,  ""},
    {" 250 x",          0,   true,  ""},
    {"HTTP/1.1 200 OK", 0,   true,  ""},
};

static const struct {
    const char *line;
    enum verb verb;
    const char *rest;
} commands[] = {
    {"EHLO c",              VERB_EHLO,    "c"},
    {"ehlo  c \t",          VERB_EHLO,    "c"},
    {"Mail FROM:<a> X=y",   VERB_MAIL,    "FROM:<a> X=y"},
    {"RCPT\tTO:<b>",        VERB_RCPT,    "TO:<b>"},
    {"DATA",                VERB_DATA,    ""},
    {"bdat 5 last",         VERB_BDAT,    "5 last"},
    {"QUIT ",               VERB_QUIT,    ""},
    {"HELP x y",            VERB_HELP,    "x y"},
    {"NOOP\nQUIT",          VERB_UNKNOWN, ""},
    {"QUITE",               VERB_UNKNOWN, ""},
    {"QUI",                 VERB_UNKNOWN, ""},
    {"starttls",            VERB_STARTTLS, ""},
    {"STARTTLSX",           VERB_UNKNOWN, ""},
    {"",                    VERB_UNKNOWN, ""},
};

static const struct {
    const char *rest;
    bool ok;
    const char *path, *parameters;
} paths[] = {
    {"FROM:<a@b>",                    true,  "a@b",               ""},
    {"from:<a@b>",                    true,  "a@b",               ""},
    {"FROM: <a@b>",                   true,  "a@b",               ""},
    {"FROM:<>",                       true,  "",                  ""},
    {"FROM:<a@b> SIZE=5 BODY=7BIT",   true,  "a@b",  "SIZE=5 BODY=7BIT"},
    {"FROM:<\"a b\"@c>",              true,  "\"a b\"@c",         ""},
    {"FROM:<\"a>b\"@c>",              true,  "\"a>b\"@c",         ""},
    {"FROM:<\"a\\\"b\"@c>",           true,  "\"a\\\"b\"@c",      ""},
    {"FROM:<\"<\"@c>",                true,  "\"<\"@c",           ""},
    {"FROM:<a@[192.0.2.1]>",          true,  "a@[192.0.2.1]",     ""},
    {"FROM:<a@[IPv6:2001:db8::1]>",   true,  "a@[IPv6:2001:db8::1]", ""},
    {"FROM:<@x,@y:a@b>",              true,  "a@b",               ""},
    {"FROM:<@x:\"p:q\"@b>",           true,  "\"p:q\"@b",         ""},
    {"FROM:<postmaster>",             true,  "postmaster",        ""},
    {"FROM:<@x:>",                    false, NULL, NULL},
    {"FROM:<@x>",                     false, NULL, NULL},
    {"FROM:<a@b",                     false, NULL, NULL},
    {"FROM:a@b",                      false, NULL, NULL},
    {"FROM:<a b@c>",                  false, NULL, NULL},
    {"FROM:<a<b@c>",                  false, NULL, NULL},
    {"FROM:<\"a@c>",                  false, NULL, NULL},
    {"FROM:<\"a\\",                   false, NULL, NULL},
    {"FROM:<a@b>SIZE=5",              false, NULL, NULL},
    {"FROM:<a\rb@c>",                 false, NULL, NULL},
    {"FROM:<\"a\nb\"@c>",             false, NULL, NULL},
    {"FROM:<\"a\\\nb\"@c>",           false, NULL, NULL},
    {"FROM:<a\x7f@c>",                false, NULL, NULL},
    {"FROM",                          false, NULL, NULL},
    {"FROM:",                         false, NULL, NULL},
    {"TO:<a@b>",                      false, NULL, NULL},
    {"",                              false, NULL, NULL},
};

static const struct {
    const char *rest;
    bool ok;
    const char *keyword, *value, *left;
} parameter_rows[] = {
    {"SIZE=5 BODY=7BIT", true,  "SIZE",     "5", "BODY=7BIT"},
    {"SMTPUTF8",         true,  "SMTPUTF8", "",  ""},
    {"x-1=a+b",          true,  "x-1",      "a+b", ""},
    {"A=",               false, NULL, NULL, NULL},
    {"=A",               false, NULL, NULL, NULL},
    {"A=b=c",            false, NULL, NULL, NULL},
    {"-A=b",             false, NULL, NULL, NULL},
    {"A_B=c",            false, NULL, NULL, NULL},
    {"A=\x1b[2J",        false, NULL, NULL, NULL},
};

static const struct {
    const char *rest;
    bool ok, last;
    uint64_t octets;
} chunks[] = {
    {"0 LAST",                 true,  true,  0},
    {"86 last",                true,  true,  86},
    {"100000",                 true,  false, 100000},
    {"007",                    true,  false, 7},
    {"18446744073709551615",   true,  false, UINT64_MAX},
    {"99999999999999999999",   true,  false, UINT64_MAX},
    {"999999999999999999999",  false, false, 0},
    {"",                       false, false, 0},
    {"LAST",                   false, false, 0},
    {"-1",                     false, false, 0},
    {"1x",                     false, false, 0},
    {"5 LAST now",             false, false, 0},
    {"5 FIRST",                false, false, 0},
};

static const struct {
    const char *text, *stuffed, *plain;
} texts[] = {
    {"",              ".\r\n",                     ""},
    {"hi",            "hi\r\n.\r\n",               "hi\r\n"},
    {"hi\r\n",        "hi\r\n.\r\n",               "hi\r\n"},
    {"hi\n",          "hi\r\n.\r\n",               "hi\r\n"},
    {"hi\r",          "hi\r\n.\r\n",               "hi\r\n"},
    {".",             "..\r\n.\r\n",               ".\r\n"},
    {".\r\n",         "..\r\n.\r\n",               ".\r\n"},
    {"a\n.\nb",       "a\r\n..\r\nb\r\n.\r\n",     "a\r\n.\r\nb\r\n"},
    {"a\r.\rb",       "a\r\n..\r\nb\r\n.\r\n",     "a\r\n.\r\nb\r\n"},
    {"..a\r\n\r\n",   "...a\r\n\r\n.\r\n",         "..a\r\n\r\n"},
    {"\n\n",          "\r\n\r\n.\r\n",             "\r\n\r\n"},
    {"\r\n\r",        "\r\n\r\n.\r\n",             "\r\n\r\n"},
    {"a.\r\nb.",      "a.\r\nb.\r\n.\r\n",         "a.\r\nb.\r\n"},
};
/* clang-format on */

static void is(struct span s, const char *text, const char *name)
{
    ck_assert_msg(
        s.len == strlen(text) && (s.len == 0 || memcmp(s.at, text, s.len) == 0),
        "%s: found '%.*s', expected '%s'", name, (int)s.len, s.at, text);
}

static struct span exact(const char *text, size_t len)
{
    return (struct span){memcpy(malloc(len ? len : 1), text, len), len};
}

static void drop(struct span s)
{
    free((void *)(uintptr_t)s.at);
}

/* Feeds a text at most `step` bytes at a time; returns how many were taken. */
static size_t feed(struct wire_line *l, const char *text, size_t step)
{
    size_t at = 0, len = strlen(text);

    wire_line_clear(l);
    while (at < len && !l->whole) {
        struct span s = exact(text + at, len - at < step ? len - at : step);

        at += wire_line_feed(l, s);
        drop(s);
    }
    return at;
}

START_TEST(line_ends)
{
    struct wire_line l;

    for (size_t step = 1; step <= strlen(lines[_i].in); step++) {
        ck_assert_uint_eq(feed(&l, lines[_i].in, step), strlen(lines[_i].in));
        ck_assert_int_eq(l.whole, lines[_i].whole);
        ck_assert(!l.overlong);
        is((struct span){l.at, l.len}, lines[_i].line, lines[_i].in);
    }
}
END_TEST

START_TEST(line_leaves_the_rest)
{
    struct wire_line l;

    ck_assert_uint_eq(feed(&l, "a\r\nb\r\n", SIZE_MAX), 3);
    is((struct span){l.at, l.len}, "a", "first");
}
END_TEST

START_TEST(line_too_long)
{
    char text[2 * WIRE_LINE];
    struct wire_line l;

    for (size_t len = WIRE_LINE - 2; len < WIRE_LINE + 4; len++)
        for (size_t step = 1; step < WIRE_LINE + 9; step += 97) {
            memset(text, 'x', len);
            memcpy(text + len, "\r\n", 3);
            ck_assert_uint_eq(feed(&l, text, step), len + 2);
            ck_assert(l.whole);
            ck_assert_int_eq(l.overlong, len > WIRE_LINE);
            ck_assert_uint_eq(l.len, len > WIRE_LINE ? WIRE_LINE : len);
        }
}
END_TEST

START_TEST(reply_line)
{
    struct wire_line l;
    struct reply_line r;

    wire_line_clear(&l);
    l.len = strlen(replies[_i].line);
    memcpy(l.at, replies[_i].line, l.len);
    r = wire_reply_line(&l);
    ck_assert_int_eq(r.code, replies[_i].code);
    ck_assert_int_eq(r.last, replies[_i].last);
    is(r.text, replies[_i].text, replies[_i].line);
}
END_TEST

START_TEST(command)
{
    struct span s = exact(commands[_i].line, strlen(commands[_i].line));
    struct command c = wire_command(s);

    ck_assert_str_eq(verb_name(c.verb), verb_name(commands[_i].verb));
    if (c.verb != VERB_UNKNOWN)
        is(c.rest, commands[_i].rest, commands[_i].line);
    drop(s);
}
END_TEST

START_TEST(path)
{
    struct span s = exact(paths[_i].rest, strlen(paths[_i].rest));
    struct path_argument a = wire_path(s, "FROM:");

    ck_assert_msg(a.ok == paths[_i].ok, "%s", paths[_i].rest);
    ck_assert(!a.too_long);
    if (a.ok) {
        is(a.path, paths[_i].path, paths[_i].rest);
        is(a.parameters, paths[_i].parameters, paths[_i].rest);
    }
    drop(s);
}
END_TEST

/* RFC 5321, 4.5.3.1.3: 256 octets, the brackets included. */
START_TEST(path_length)
{
    char text[400];

    for (int len = 250; len < 260; len++) {
        int n = snprintf(text, sizeof text, "FROM:<%0*d>", len, 7);
        struct path_argument a =
            wire_path((struct span){text, (size_t)n}, "FROM:");

        ck_assert(a.ok);
        ck_assert_int_eq(a.too_long, len > 254);
    }
}
END_TEST

START_TEST(parameter)
{
    struct span s =
        exact(parameter_rows[_i].rest, strlen(parameter_rows[_i].rest));
    struct span rest = s;
    struct esmtp_parameter p = wire_parameter(&rest);

    ck_assert_msg(p.ok == parameter_rows[_i].ok, "%s", parameter_rows[_i].rest);
    if (p.ok) {
        is(p.keyword, parameter_rows[_i].keyword, "keyword");
        is(p.value, parameter_rows[_i].value, "value");
        is(rest, parameter_rows[_i].left, "rest");
    }
    drop(s);
}
END_TEST

START_TEST(chunk)
{
    struct span s = exact(chunks[_i].rest, strlen(chunks[_i].rest));
    struct bdat_argument a = wire_bdat(s);

    ck_assert_msg(a.ok == chunks[_i].ok, "%s", chunks[_i].rest);
    if (a.ok) {
        ck_assert_int_eq(a.last, chunks[_i].last);
        ck_assert_uint_eq(a.octets, chunks[_i].octets);
    }
    drop(s);
}
END_TEST

/* Returns the size; the text is in an allocation of just that size. */
static char *encode(size_t (*how)(char *, struct span), const char *text,
                    size_t len, size_t *size)
{
    struct span s = exact(text, len);
    char *out;

    *size = how(NULL, s);
    out = malloc(*size ? *size : 1);
    MUST(how(out, s) == *size);
    drop(s);
    return out;
}

START_TEST(text_for_the_wire)
{
    const char *text = texts[_i].text;
    size_t size;
    char *out = encode(wire_stuff, text, strlen(text), &size);

    is((struct span){out, size}, texts[_i].stuffed, text);
    free(out);
    out = encode(wire_crlf, text, strlen(text), &size);
    is((struct span){out, size}, texts[_i].plain, text);
    free(out);
}
END_TEST

/* Undoes the stuffing at most `step` bytes at a time. `*taken` bytes of `in`
 * were the body, its end included; they are all where it has none. */
static size_t unstuff(const char *in, size_t len, size_t step, char *text,
                      size_t *taken, bool *end)
{
    struct unstuff u = {AT_LINE};
    size_t size = 0;

    *taken = 0;
    *end = false;
    while (*taken < len && !*end) {
        size_t n = len - *taken < step ? len - *taken : step;
        struct span s = exact(in + *taken, n);
        char *out = malloc(n + 2);
        struct unstuffed r = wire_unstuff(&u, s, out);

        MUST(r.end ? r.taken <= n : r.taken == n);
        MUST(r.len <= r.taken + 2);
        memcpy(text + size, out, r.len);
        size += r.len;
        *taken += r.taken;
        *end = r.end;
        free(out);
        drop(s);
    }
    return size;
}

/* RFC 5321, 4.5.2, said in another way: a whole line that is a dot ends it; of
 * any other line a first dot goes. Lines end at CRLF and nowhere else. */
static size_t unstuff_whole(const char *in, size_t len, char *text,
                            size_t *taken, bool *end)
{
    size_t at = 0, size = 0;

    *end = false;
    while (at < len && !*end) {
        size_t n = 0, dot = in[at] == '.';

        while (at + n < len &&
               !(n >= 2 && in[at + n - 1] == '\n' && in[at + n - 2] == '\r'))
            n++;
        *end = n == 3 && memcmp(in + at, ".\r\n", 3) == 0;
        if (!*end) {
            memcpy(text + size, in + at + dot, n - dot);
            size += n - dot;
        }
        at += n;
    }
    *taken = at;
    return size;
}

/* What is withheld until more comes: a dot, or a dot and a CR at the start of
 * the last line. */
static size_t withheld(const char *in, size_t len)
{
    size_t line = len;

    while (line > 0 &&
           !(line >= 2 && in[line - 1] == '\n' && in[line - 2] == '\r'))
        line--;
    return len - line == 2 && memcmp(in + line, ".\r", 2) == 0;
}

/* All texts of up to seven bytes from CR, LF, a dot and a letter, each cut in
 * every step. */
START_TEST(only_crlf_dot_crlf_ends)
{
    static const char letters[] = "\r\n.x";

    for (size_t len = 1; len <= 7; len++)
        for (int n = 0; n < 1 << 2 * len; n++) {
            char in[8], text[16], expected[16];
            size_t taken, due, size;
            bool end, must_end;

            for (size_t i = 0; i < len; i++)
                in[i] = letters[n >> 2 * i & 3];
            size = unstuff_whole(in, len, expected, &due, &must_end);
            if (!must_end)
                size -= withheld(in, len);
            for (size_t step = 1; step <= len; step++) {
                MUST(unstuff(in, len, step, text, &taken, &end) == size);
                MUST(end == must_end && taken == due);
                MUST(memcmp(text, expected, size) == 0);
            }
        }
}
END_TEST

/* Whatever is stuffed comes out as wire_crlf() has it. */
START_TEST(there_and_back)
{
    static const char letters[] = "\r\n.xy";
    unsigned seed = (unsigned)_i;

    for (int round = 0; round < 200; round++) {
        char in[300], out[700];
        size_t len = (size_t)rand_r(&seed) % sizeof in, size, plain, taken;
        char *stuffed, *text;
        bool end;

        for (size_t i = 0; i < len; i++)
            in[i] = letters[rand_r(&seed) % 5];
        stuffed = encode(wire_stuff, in, len, &size);
        text = encode(wire_crlf, in, len, &plain);
        ck_assert_uint_eq(unstuff(stuffed, size,
                                  1 + (size_t)rand_r(&seed) % size, out, &taken,
                                  &end),
                          plain);
        ck_assert(end);
        ck_assert_uint_eq(taken, size);
        ck_assert_mem_eq(out, text, plain);
        free(stuffed);
        free(text);
    }
}
END_TEST

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])

Suite *suite(void)
{
    Suite *s = suite_create("smtp/wire");
    TCase *t = tcase_create("wire");

    tcase_add_loop_test(t, line_ends, 0, ROWS(lines));
    tcase_add_test(t, line_leaves_the_rest);
    tcase_add_test(t, line_too_long);
    tcase_add_loop_test(t, reply_line, 0, ROWS(replies));
    tcase_add_loop_test(t, command, 0, ROWS(commands));
    tcase_add_loop_test(t, path, 0, ROWS(paths));
    tcase_add_test(t, path_length);
    tcase_add_loop_test(t, parameter, 0, ROWS(parameter_rows));
    tcase_add_loop_test(t, chunk, 0, ROWS(chunks));
    tcase_add_loop_test(t, text_for_the_wire, 0, ROWS(texts));
    tcase_add_test(t, only_crlf_dot_crlf_ends);
    tcase_add_loop_test(t, there_and_back, 0, 8);
    suite_add_tcase(s, t);
    return s;
}
