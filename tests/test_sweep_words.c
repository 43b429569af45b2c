/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a sweep: ranges and values as they are given, and its progress
 * as it is told. */
#include "bench/cmd/sweep_tell.h"
#include "bench/run/sweep.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *name, *from, *to, *step, *values; /* NULL: refused */
} range[] = {
    {"name",     "10ms",  "30ms",  "10ms",  "10ms 20ms 30ms"},
    {"name",     "10ms",  "35ms",  "10ms",  "10ms 20ms 30ms"},
    {"name",     "0ms",   "1s",    "500ms", "0ms 500ms 1s"},
    {"name",     "10ms",  "80ms",  "x2",    "10ms 20ms 40ms 80ms"},
    {"name",     "1",     "20",    "7",     "1 8 15"},
    {"name",     "1",     "3",     NULL,    "1 2 3"},
    {"name",     "0%",    "1%",    "0.25%", "0% 0.25% 0.5% 0.75% 1%"},
    {"name",     "0",     "1",     "0.5",   "0 0.5 1"},
    {"name",     "1k",    "4k",    "x2",    "1k 2k 4k"},
    {"name",     "5",     "5",     "1",     "5"},
    {"name",     "10ms",  "30ms",  NULL,    NULL},
    {"name",     "10ms",  "5ms",   "1ms",   NULL},
    {"name",     "10ms",  "30ms",  "0ms",   NULL},
    {"name",     "10ms",  "30ms",  "x1",    NULL},
    {"name",     "10ms",  "30",    "1ms",   NULL},
    {"name",     "1k",    "1M",    "1k",    NULL},
    {"body",     "1k",    "1M",    "x4",    "1k 4k 16k 64k 256k 1M"},
    {"body",     "512",   "2k",    "x2",    "512 1024 2048"},
    {"body",     "1k",    "3k",    "1000",  "1k 2024 3024"},
    {"body",     "1kB",   "3kB",   NULL,    "1kB 2kB 3kB"},
    {"size-max", "999kB", "1MB",   "1kB",   "999kB 1MB"},
    {"body",     "1k",    "1Mbit", "x4",    NULL},
    {"body",     "1k",    "1.5k",  "x2",    NULL},
    {"name",     "early", "late",  "1",     NULL},
    {"name",     "0",     "8",     "x2",    NULL},
    {"name",     "1ns",   "1h",    "1ns",   NULL},
    {"name",     "1",     "99999999999999999999", "1", NULL},
};
/* clang-format on */

START_TEST(ranges)
{
    char why[SWEEP_WHY] = "", text[200] = "", **value;
    size_t count;
    int result = sweep_range(range[_i].name, range[_i].from, range[_i].to,
                             range[_i].step, &value, &count, why);

    ck_assert_int_eq(result, range[_i].values ? 0 : -1);
    ck_assert_int_eq(*why != '\0', !range[_i].values);
    for (size_t i = 0; i < count; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                 i ? " " : "", value[i]);
        free(value[i]);
    }
    free(value);
    if (range[_i].values)
        ck_assert_str_eq(text, range[_i].values);
}
END_TEST

/* Values are the same if the parameter takes them for the same; those of a
 * word, whose meaning is not known, if they read the same. */
START_TEST(what_is_the_same)
{
    static const struct {
        const char *name, *list;
        bool same;
    } lists[] = {{"rtt", "10ms,10.0ms", true},  {"rtt", "1s,1001ms", false},
                 {"body", "2k,1k,2048", true},  {"body", "1k,1kB", false},
                 {"recipients", "3,03", true},  {"tfo", "on,yes", true},
                 {"tfo", "on,off", false},      {"mode", "early,early", true},
                 {"world", "ideal,ns3", false}, {"uplink", "{a},{b}", false},
                 {"loss", "1%,1.0%", false},    {"loss", "1%,1%", true}};
    char why[SWEEP_WHY] = "";
    struct sweep sweep;

    sweep_init(&sweep);
    ck_assert_int_eq(
        sweep_list(&sweep, lists[_i].name, lists[_i].list, SWEEP_OF_FLAGS, why),
        lists[_i].same ? -1 : 0);
    ck_assert_msg(!lists[_i].same || strstr(why, "there twice"), "%s", why);
    sweep_release(&sweep);
}
END_TEST

/* Never into the last column, where the next one would begin a line. */
START_TEST(progress_on_a_line)
{
    static const struct {
        struct sweep_progress p;
        size_t columns;
        const char *line;
    } shown[] = {
        {{.done = 30, .total = 120, .at_once = 2, .seconds = 1, .left_s = 3},
         100,
         "[######                  ] 30/120  30/s  0:03 left  0 INVALID  2 at "
         "once"},
        {{.done = 70000,
          .total = 1000000,
          .at_once = 24,
          .seconds = 8,
          .left_s = 94.6,
          .invalid = 3,
          .again = true},
         80,
         "[              ] 70000/1000000  9831/s  1:34 left  3 INVALID, again"
         "  24 at once"},
        {{.done = 70000,
          .total = 1000000,
          .at_once = 24,
          .seconds = 8,
          .left_s = 2e6,
          .invalid = 3},
         60,
         "70000/1000000  0.47/s  555:33:20 left  3 INVALID  24 at onc"},
        {{.total = 4, .at_once = 4, .left_s = NAN},
         52,
         "[       ] 0/4  -/s  -:-- left  0 INVALID  4 at once"},
    };
    char line[SWEEP_LINE];

    sweep_tell_line(&shown[_i].p, shown[_i].columns, line);
    ck_assert_str_eq(line, shown[_i].line);
    ck_assert_uint_lt(strlen(line), shown[_i].columns);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("sweep_words");
    TCase *t = tcase_create("words");

    tcase_add_loop_test(t, ranges, 0, sizeof range / sizeof range[0]);
    tcase_add_loop_test(t, what_is_the_same, 0, 12);
    tcase_add_loop_test(t, progress_on_a_line, 0, 4);
    suite_add_tcase(s, t);
    return s;
}
