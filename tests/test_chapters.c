/* SPDX-License-Identifier: BSD-2-Clause */
/* Chapters of the book of claims that are run: dialogues byte for byte, rows of
 * the ideal world, machines that are asked; and that each claim has its place
 * in one. */
#include "bench/run/book.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The RFC's dialogues, byte for byte, in the ideal world. */
START_TEST(dialogues_hold)
{
    char *names[] = {"dialogues"};
    struct book b;

    b = (struct book){0};
    ck_assert_int_eq(book_plan(&b, names, 1), 0);
    ck_assert_uint_eq(b.entries, dialogue_count);
    ck_assert_int_eq(book_run(&b, NULL, NULL), 0);
    book_judge(&b);
    for (size_t i = 0; i < b.entries; i++)
        ck_assert_msg(b.entry[i].line.verdict == CLAIM_HOLDS, "%s: %s",
                      b.entry[i].line.says, b.entry[i].line.note);
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
    size_t done = 0;

    b = (struct book){0};
    ck_assert_int_eq(book_plan(&b, names, 4), 0);
    ck_assert_int_eq(book_run(&b, NULL, &done), 0);
    book_judge(&b);
    for (size_t i = 0; i < b.entries; i++)
        ck_assert_msg(b.entry[i].line.verdict == CLAIM_HOLDS, "%s: %s",
                      b.entry[i].line.says, b.entry[i].line.note);
    book_release(&b);
}
END_TEST

/* Machines on their own: the server's rules, and the servers that break them.
 */
START_TEST(checks_hold)
{
    char *names[] = {"server", "flaws"};
    struct book b;

    b = (struct book){0};
    ck_assert_int_eq(book_plan(&b, names, 2), 0);
    ck_assert_int_eq(book_run(&b, NULL, NULL), 0);
    book_judge(&b);
    for (size_t i = 0; i < b.entries; i++)
        ck_assert_msg(b.entry[i].line.verdict == CLAIM_HOLDS, "%s: %s",
                      b.entry[i].line.says, b.entry[i].line.note);
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
    tcase_add_test(t, claims_have_places);
    suite_add_tcase(s, t);
    return s;
}
