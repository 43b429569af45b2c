/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS messages and names, what is forged or garbage, and the dice. */
#include "smtp/seed.h"
#include "tests/dns_help.h"

START_TEST(question_on_the_wire)
{
    static const char expected[] = "\x12\x34\x01\x00\0\1\0\0\0\0\0\0"
                                   "\3foo\7example\0\0\17\0\1";
    struct dns_message *m = calloc(2, sizeof *m);
    char out[DNS_PLAIN];

    m->id = 0x1234;
    m->name = "Foo.Example";
    m->type = DNS_MX;
    ck_assert_int_eq(dns_write(out, sizeof out, m), sizeof expected - 1);
    m->name = "foo.example";
    ck_assert_int_eq(dns_write(out, sizeof out, m), sizeof expected - 1);
    ck_assert_mem_eq(out, expected, sizeof expected - 1);
    ck_assert_int_eq(dns_write(out, sizeof expected - 2, m), 0);
    ck_assert_int_eq(dns_read(&m[1], (struct span){out, sizeof expected - 1}),
                     0);
    ck_assert_str_eq(m[1].name, "foo.example");
    ck_assert_int_eq(m[1].type, DNS_MX);
    ck_assert(!m[1].answer && !m[1].truncated);
    free(m);
}
END_TEST

/* An answer cut at every length is no message, or one without a fault. */
START_TEST(cut_anywhere)
{
    struct dns_message *m = calloc(1, sizeof *m), *got = calloc(1, sizeof *m);
    char out[DNS_MODERN];
    size_t len;

    m->answer = true;
    m->name = "foo.example";
    m->type = DNS_MX;
    m->answers = 3;
    m->additional = 4;
    memcpy(m->record, records, 7 * sizeof records[0]);
    len = dns_write(out, sizeof out, m);
    ck_assert_int_gt(len, 100);
    for (size_t i = 0; i < len; i++) {
        char *exact = malloc(i + 1);

        memcpy(exact, out, i);
        ck_assert_int_eq(dns_read(got, (struct span){exact, i}), -1);
        free(exact);
    }
    ck_assert_int_eq(dns_read(got, (struct span){out, len}), 0);
    ck_assert_int_eq(got->answers, 3);
    ck_assert_int_eq(got->additional, 4);
    ck_assert_str_eq(got->record[1].target, "smtp2.foo.example");
    ck_assert_int_eq(got->record[2].preference, 20);
    free(m);
    free(got);
}
END_TEST

/* clang-format off */
static const struct { const char *text, *copy; } names[] = {
    {"Foo.Example.", "foo.example"}, {".", ""}, {"", ""}, {"a_b-c", "a_b-c"},
    {"..", NULL}, {"a..b", NULL}, {".a", NULL}, {"a b", NULL}, {"a\\.b", NULL},
    {"b\xc3\xbc" "cher.example", NULL}, {"a@b", NULL},
    {"0123456789012345678901234567890123456789012345678901234567890123.x", NULL},
};
/* clang-format on */

START_TEST(what_a_name_is)
{
    char copy[DNS_TEXT];

    if (names[_i].copy) {
        ck_assert_int_eq(dns_name_copy(copy, names[_i].text), 0);
        ck_assert_str_eq(copy, names[_i].copy);
    } else {
        ck_assert_int_eq(dns_name_copy(copy, names[_i].text), -1);
    }
}
END_TEST

struct forger { /* sends what it likes, as whom it likes */
    struct lookup *l;
    struct dns_message m;
    char wire[DNS_MODERN];
};

static void told(struct lookup *l, struct told t)
{
    t.now_ns = l->now_ns;
    machine_tell(&l->machine, &t);
}

static struct forger *forger_new(const struct lookup_config *c)
{
    static int streams;
    struct forger *f = calloc(1, sizeof *f);

    f->l = malloc(sizeof *f->l);
    lookup_init(f->l, c, "foo.example", DNS_MX, 1, &streams);
    told(f->l, (struct told){.kind = TOLD_START});
    while (machine_ask(&f->l->machine).kind != ASK_NOTHING)
        continue;
    f->m.answer = true;
    f->m.name = "foo.example";
    f->m.type = DNS_MX;
    f->m.id = f->l->id;
    f->m.answers = 1;
    f->m.record[0] = records[0];
    return f;
}

static enum lookup_end forge(struct forger *f, struct endpoint from)
{
    size_t len = dns_write(f->wire, sizeof f->wire, &f->m);
    enum lookup_end end;

    told(f->l, (struct told){.kind = TOLD_DATAGRAM,
                             .bytes = {f->wire, len},
                             .peer = from});
    end = f->l->end;
    free(f->l);
    free(f);
    return end;
}

START_TEST(forged_answers)
{
    const struct lookup_config c = asking();
    struct forger *f = forger_new(&c);

    ck_assert_int_eq(forge(f, server_at), LOOKUP_FOUND);
    f = forger_new(&c);
    ck_assert_int_eq(forge(f, second_at), LOOKUP_NOT_YET);
    f = forger_new(&c);
    f->m.id ^= 1;
    ck_assert_int_eq(forge(f, server_at), LOOKUP_NOT_YET);
    f = forger_new(&c);
    f->m.answer = false;
    ck_assert_int_eq(forge(f, server_at), LOOKUP_NOT_YET);
    f = forger_new(&c);
    f->m.name = "bar.example";
    ck_assert_int_eq(forge(f, server_at), LOOKUP_NOT_YET);
    f = forger_new(&c);
    f->m.type = DNS_A;
    ck_assert_int_eq(forge(f, server_at), LOOKUP_NOT_YET);
    f = forger_new(&c);
    f->m.record[0].owner = "bar.example"; /* of another: it says nothing */
    ck_assert_int_eq(forge(f, server_at), LOOKUP_NO_DATA);
}
END_TEST

/* What a stream may bring: lengths too long, none, and garbage. */
START_TEST(forged_streams)
{
    static const struct span bad[] = {
        {"\xff\xff", 2}, {"\0\0", 2}, {"\0\4abcd", 6}};
    struct lookup_config c = asking();

    c.tcp = true;
    c.rounds = 1;
    for (int i = 0; i < 3; i++) {
        struct forger *f = forger_new(&c);

        told(f->l, (struct told){.kind = TOLD_OPENED, .stream = f->l->stream});
        for (size_t k = 0; k < bad[i].len; k++)
            told(f->l, (struct told){.kind = TOLD_BYTES,
                                     .stream = f->l->stream,
                                     .bytes = {bad[i].at + k, 1}});
        ck_assert_int_eq(f->l->end, LOOKUP_FAILED);
        forge(f, server_at);
    }
}
END_TEST

START_TEST(fair_dice)
{
    size_t seen[6] = {0};
    uint64_t state = 4;
    double chi2 = 0;

    for (int i = 0; i < 60000; i++)
        seen[seed_below(&state, 6)]++;
    for (int i = 0; i < 6; i++)
        chi2 += ((double)seen[i] - 10000) * ((double)seen[i] - 10000) / 10000;
    ck_assert_msg(chi2 < 20.5, "chi2 %f (5 degrees, 0.1 %%)", chi2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/dns");
    TCase *t = tcase_create("dns");

    tcase_add_test(t, question_on_the_wire);
    tcase_add_test(t, cut_anywhere);
    tcase_add_loop_test(t, what_a_name_is, 0, sizeof names / sizeof names[0]);
    tcase_add_test(t, forged_answers);
    tcase_add_test(t, forged_streams);
    tcase_add_test(t, fair_dice);
    suite_add_tcase(s, t);
    return s;
}
