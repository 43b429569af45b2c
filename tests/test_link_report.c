/* SPDX-License-Identifier: BSD-2-Clause */
/* What `turnaround link` tells of a road that was late, and of one that was
 * not. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cmd/link_report.h"

/* clang-format off */
static const struct {
    int64_t delay_ms, p99_us;
    bool fifo, valid;
    const char *told, *untold;
} cases[] = {
    { 10,  900, false, true,  "link: valid",                    "Run it again"},
    { 10, 1100, false, false, "p99 1100 us, tolerated 1000 us", "valid;"},
    { 10, 1100, false, false, "as root",                        "valid;"},
    { 10, 1100, true,  false, "Run it again with less beside",  "as root"},
    {300, 2900, false, true,  "link: valid",                    "Run it again"},
    {300, 3100, false, false, "p99 3100 us, tolerated 3000 us", "valid;"},
};
/* clang-format on */

START_TEST(tells_what_helps)
{
    struct link_params way = {.base.delay.ns = cases[_i].delay_ms * 1000000};
    struct link_run run = {.up = &way, .down = &way};
    struct link_outcome out = {.road = {.valid = true, .fifo = cases[_i].fifo}};
    struct link_verdict v;
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    out.road.way[FERRY_DOWN].late_p99_ns = cases[_i].p99_us * 1000;
    v = link_judge(&run, &out);
    link_report_print(f, &run, &out, &v);
    fclose(f);
    ck_assert(v.valid == cases[_i].valid);
    ck_assert_msg(strstr(text, cases[_i].told) != NULL, "%s", text);
    ck_assert_msg(strstr(text, cases[_i].untold) == NULL, "%s", text);
    free(text);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("cmd/link_report");
    TCase *t = tcase_create("report");

    tcase_add_loop_test(t, tells_what_helps, 0, sizeof cases / sizeof cases[0]);
    suite_add_tcase(s, t);
    return s;
}
