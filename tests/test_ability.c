/* SPDX-License-Identifier: BSD-2-Clause */
/* What the server says of recipients: to RCPT with CONNEG or CAPS, to VRFY and
 * to XRCAP; offered and not, known and not. */
#include "tests/server_play.h"

#define KNOWING                                                                \
    (OFFER_CONPERM | OFFER_CONNEG | OFFER_CAPABILITIES | OFFER_XRCAP)
#define MAIL HI "MAIL FROM:<a>" CRLF

/* By the first letter of the recipient; of `x` nothing is known. */
static const struct ability *find(void *arg, struct span address)
{
    static const struct ability known[] = {
        {ABILITY_TELLS, "(&(a=1)\n (b<=2))", 0},
        {ABILITY_REFUSED, "(a=1)", 0},
        {ABILITY_DEFERRED, "(a=1)", 0},
        {ABILITY_LATE, "(a=1)", 0},
        {ABILITY_UNSUPPORTED, "(a=1)", 0},
        {ABILITY_SILENT, "(a=1)", 0},
        {ABILITY_OTHER, "(a=1)", 500},
        {ABILITY_MALFORMED, "(a=1)", 0},
        {ABILITY_FLOODED, "(a=1)", 0},
        {ABILITY_TELLS, "(|(a=1)(b=2))", 500},
    };
    const char *letters = "trdlusomfe", *at;

    (void)arg;
    at = address.len > 0 ? strchr(letters, address.at[0]) : NULL;
    return at && *at ? &known[at - letters] : NULL;
}

static const struct directory directory = {NULL, find};

/* clang-format off */
static const struct {
    const char *name, *said, *codes;
    uint32_t lacks;
    const char *heard; /* the last reply; NULL: whatever */
} rows[] = {
    {"CONPERM", HI "MAIL FROM:<a> CONPERM" CRLF, "250 250", 0, NULL},
    {"CONPERM not offered", HI "MAIL FROM:<a> CONPERM" CRLF, "250 504",
     OFFER_CONPERM, NULL},
    {"CONNEG", MAIL "RCPT TO:<t> CONNEG" CRLF, "250 250 250", 0,
     "250-<t> recipient ok" CRLF "250-CONNEG (&(a=1)" CRLF
     "250 CONNEG  (b<=2))" CRLF},
    {"CONNEG=REQUIRED", MAIL "RCPT TO:<t> CONNEG=required" CRLF,
     "250 250 250", 0, "250-<t> recipient ok" CRLF "250-CONNEG (&(a=1)" CRLF
     "250 CONNEG  (b<=2))" CRLF},
    {"CONNEG=MAYBE", MAIL "RCPT TO:<t> CONNEG=MAYBE" CRLF, "250 250 501", 0,
     NULL},
    {"CAPS", MAIL "RCPT TO:<t> CAPS" CRLF, "250 250 250", 0,
     "250-<t> recipient ok" CRLF "250-Accept: image/tiff" CRLF
     "250 Accept-Features: a=1, b=[-2], ttl=0" CRLF},
    {"CAPS cannot say it", MAIL "RCPT TO:<e> CAPS" CRLF, "250 250 250", 0,
     "250 <e> recipient ok" CRLF},
    {"CAPS takes no value", MAIL "RCPT TO:<t> CAPS=1" CRLF, "250 250 501", 0,
     NULL},
    {"not offered", MAIL "RCPT TO:<t> CONNEG" CRLF "RCPT TO:<t> CAPS" CRLF,
     "250 250 504 504", OFFER_CONNEG | OFFER_CAPABILITIES, NULL},
    {"nobody asked", MAIL "RCPT TO:<t>" CRLF, "250 250 250", 0,
     "250 recipient <t> OK" CRLF},
    {"not known", MAIL "RCPT TO:<x> CONNEG" CRLF "RCPT TO:<x>" CRLF,
     "250 250 504 250", 0, NULL},
    {"not known, and optional", MAIL "RCPT TO:<x> CONNEG=OPTIONAL" CRLF,
     "250 250 250", 0, "250 recipient <x> OK" CRLF},
    {"unsupported", MAIL "RCPT TO:<u> CONNEG" CRLF "RCPT TO:<u>" CRLF,
     "250 250 504 250", 0, NULL},
    {"unsupported, and optional", MAIL "RCPT TO:<u> CONNEG=OPTIONAL" CRLF,
     "250 250 250", 0, "250 <u> recipient ok" CRLF},
    {"refused", MAIL "RCPT TO:<r> CONNEG" CRLF "RCPT TO:<r>" CRLF
     "VRFY r" CRLF "XRCAP <r>" CRLF, "250 250 550 550 550 550", 0, NULL},
    {"deferred", MAIL "RCPT TO:<d> CONNEG" CRLF "RCPT TO:<d>" CRLF
     "VRFY d" CRLF "XRCAP <d>" CRLF, "250 250 450 450 450 450", 0, NULL},
    {"late", MAIL "VRFY l" CRLF "XRCAP l" CRLF "RCPT TO:<l> CONNEG" CRLF
     "RCPT TO:<l>" CRLF, "250 250 250 250 550 550", 0, NULL},
    {"a refused one is none", MAIL "RCPT TO:<r> CONNEG" CRLF "DATA" CRLF,
     "250 250 550 554", 0, NULL},
    {"one who is asked for is one", MAIL "RCPT TO:<t> CONNEG" CRLF "DATA" CRLF
     "." CRLF, "250 250 250 354 250", 0, NULL},
    {"VRFY", HI "VRFY <e>" CRLF, "250 250", 0,
     "250-<e> recipient ok" CRLF "250-TTL 500" CRLF
     "250 CONNEG (|(a=1)(b=2))" CRLF},
    {"VRFY without CONNEG", HI "VRFY e" CRLF, "250 252", OFFER_CONNEG, NULL},
    {"VRFY of whom", HI "VRFY x" CRLF "VRFY s" CRLF "VRFY" CRLF,
     "250 252 252 501", 0, NULL},
    {"XRCAP", HI "XRCAP <e>" CRLF "rcap e" CRLF, "250 250 250", 0,
     "250-<e> recipient ok" CRLF "250-TTL 500" CRLF
     "250 CONNEG (|(a=1)(b=2))" CRLF},
    {"XRCAP not offered", HI "XRCAP <e>" CRLF "RCAP e" CRLF, "250 500 500",
     OFFER_XRCAP, NULL},
    {"XRCAP of whom", HI "XRCAP" CRLF "XRCAP <x>" CRLF "XRCAP <u>" CRLF,
     "250 501 252 504", 0, NULL},
    {"of another", MAIL "RCPT TO:<o> CONNEG" CRLF, "250 250 250", 0,
     "250-<not-o> recipient ok" CRLF "250 CONNEG (a=1)" CRLF},
    {"malformed", MAIL "RCPT TO:<m> CONNEG" CRLF, "250 250 250", 0,
     "250-<m> recipient ok" CRLF "250 CONNEG (&(color=Binary)" CRLF},
};
/* clang-format on */

static void begin(struct play *p, uint32_t lacks)
{
    play_init(p, false, 0);
    p->config.offer.has |= KNOWING;
    p->config.offer.has &= ~lacks;
    p->config.directory = &directory;
    play_begin(p);
}

START_TEST(answers)
{
    struct play p;
    size_t from;

    for (size_t step = 1; step < 40; step += 3) {
        begin(&p, rows[_i].lacks);
        from = p.marionette.said.len;
        marionette_hear(&p.marionette, rows[_i].said, strlen(rows[_i].said),
                        step);
        expect(&p.marionette, from, rows[_i].codes, rows[_i].name);
        if (rows[_i].heard) {
            size_t len = strlen(rows[_i].heard);

            ck_assert_uint_ge(p.marionette.said.len, len);
            ck_assert_msg(
                memcmp(p.marionette.said.at + p.marionette.said.len - len,
                       rows[_i].heard, len) == 0,
                "%s: %.*s", rows[_i].name, (int)(p.marionette.said.len - from),
                p.marionette.said.at + from);
        }
        play_end(&p);
    }
}
END_TEST

/* Ten thousand lines are one reply, and what is said behind it is answered. */
START_TEST(floods)
{
    static const char said[] =
        MAIL "RCPT TO:<f> CONNEG" CRLF "RCPT TO:<t> CONNEG" CRLF "NOOP" CRLF;
    struct play p;
    size_t from, lines = 0;

    begin(&p, 0);
    from = p.marionette.said.len;
    marionette_hear(&p.marionette, said, sizeof said - 1, SIZE_MAX);
    expect(&p.marionette, from, "250 250 250 250 250", "a flood");
    for (size_t i = from; i < p.marionette.said.len; i++)
        lines += p.marionette.said.at[i] == '\n';
    ck_assert_uint_gt(lines, ABILITY_FLOOD);
    ck_assert_uint_eq(p.server.replies, 6);
    ck_assert_uint_eq(p.server.accepted, 2);
    play_end(&p);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/server: what recipients can take");
    TCase *t = tcase_create("abilities");

    tcase_add_loop_test(t, answers, 0, ROWS(rows));
    tcase_add_test(t, floods);
    suite_add_tcase(s, t);
    return s;
}
