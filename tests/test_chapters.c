/* SPDX-License-Identifier: BSD-2-Clause */
/* Chapters of the book of claims that are run: dialogues byte for byte, rows of
 * the ideal world, machines that are asked; and that each claim has its place
 * in one. */
#include "bench/run/book.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/skip.h"

/* Runs these chapters in the ideal world, where all must hold. */
static void run_ideally(struct book *b, char *const *names, size_t count)
{
    *b = (struct book){0};
    ck_assert_int_eq(book_plan(b, names, count), 0);
    ck_assert_int_eq(book_run(b, NULL, NULL), 0);
    book_judge(b);
    for (size_t i = 0; i < b->entries; i++)
        ck_assert_msg(b->entry[i].line.verdict == CLAIM_HOLDS, "%s: %s",
                      b->entry[i].line.says, b->entry[i].line.note);
}

/* The RFC's dialogues, byte for byte, in the ideal world. */
START_TEST(dialogues_hold)
{
    char *names[] = {"dialogues"};
    struct book b;

    run_ideally(&b, names, 1);
    ck_assert_uint_eq(b.entries, dialogue_count);
    ck_assert_str_eq(b.entry[0].line.ideal, "9");
    ck_assert_str_eq(b.entry[3].line.ideal, "4");
    book_release(&b);
}
END_TEST

/* A dialogue of which one byte is another is no longer that dialogue. */
START_TEST(dialogues_fail)
{
    struct dialogue d = dialogues[1];
    char *text = strdup(d.text), why[SCENARIO_WHY];
    const size_t spoilt[] = {3, 60, strlen(text) - 2};
    struct scenario s;
    struct tally t;

    scenario_init(&s);
    s.mode = d.mode;
    s.world = WORLD_IDEAL;
    ck_assert_int_eq(scenario_finish(&s, why), 0);
    d.text = text;
    ck_assert_int_eq(dialogue_replay(&d, &s, &t, why), 0);
    ck_assert_uint_eq(t.turnarounds, 4);
    ck_assert_uint_eq(t.bytes_out, dialogue_bytes(&d, 'C'));
    ck_assert_uint_eq(t.bytes_in, dialogue_bytes(&d, 'S'));
    for (int i = 0; i < 3; i++) {
        char c = text[spoilt[i]];

        text[spoilt[i]] = '#';
        ck_assert_int_eq(dialogue_replay(&d, &s, &t, why), -1);
        ck_assert_ptr_nonnull(strstr(why, "printed \""));
        text[spoilt[i]] = c;
    }
    strstr(text, "S: 221")[0] = '\0'; /* it says more than was printed */
    ck_assert_int_eq(dialogue_replay(&d, &s, &t, why), -1);
    ck_assert_str_eq(why, "said in the end \"S: 221 goodbye\n\"");
    scenario_release(&s);
    free(text);
}
END_TEST

/* A whole chapter in the ideal world, by the pool. */
START_TEST(chapters_hold)
{
    char *names[] = {"ladder", "messages", "times", "saving"};
    struct book b;

    run_ideally(&b, names, 4);
    book_release(&b);
}
END_TEST

/* Machines on their own: the server's rules, and the servers that break them.
 */
START_TEST(checks_hold)
{
    char *names[] = {"server", "flaws"};
    struct book b;

    run_ideally(&b, names, 2);
    book_release(&b);
}
END_TEST

static void count(void *runs, const struct job *j, size_t done)
{
    (void)j;
    ck_assert_uint_eq(done, 1);
    ++*(size_t *)runs;
}

/* No window has to open for so little: such a time in the kernel world is
 * measured twice before it is said to FAIL. On a host so busy that the row
 * does not count, it was run three times, and nothing is said. */
START_TEST(late_rows_run_again)
{
    static const struct chapter none = {"none", "", "", NULL};
    struct book b = {.chapter = &none, .kernel = true, .tries = 2};
    size_t entry = book_entry(&b, ENTRY_OPENING, "never", "3 RTT more");
    size_t runs = 0;

    if (kernel_settings(PORT_VETH, NULL, NULL, b.kernel_why) < 0)
        SKIP("%s", b.kernel_why);
    book_add_in(&b, entry, 4, "recipients=3 rtt=20ms", WORLD_KERNEL);
    b.about[0].opening = 3;
    ck_assert_int_eq(book_run(&b, count, &runs), 0);
    book_judge(&b);
    if (b.entry[entry].line.verdict == CLAIM_FAILS)
        ck_assert_uint_ge(runs, 2);
    else
        ck_assert_uint_eq(runs, 3);
    book_release(&b);
}
END_TEST

/* Every claim has its place, in a chapter that there is, or a reason. */
START_TEST(claims_have_places)
{
    for (const struct claim_place *p = claim_places; p->source; p++) {
        const struct chapter *c = chapters;

        ck_assert_msg(p->chapter || p->why, "%s: %s", p->source, p->says);
        while (p->chapter && c->name && strcmp(c->name, p->chapter) != 0)
            c++;
        ck_assert_msg(!p->chapter || c->name, "there is no chapter %s",
                      p->chapter);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/run/chapters");
    TCase *t = tcase_create("chapters");

    tcase_add_test(t, dialogues_hold);
    tcase_add_test(t, dialogues_fail);
    tcase_add_test(t, chapters_hold);
    tcase_add_test(t, checks_hold);
    tcase_add_test(t, late_rows_run_again);
    tcase_add_test(t, claims_have_places);
    suite_add_tcase(s, t);
    return s;
}
