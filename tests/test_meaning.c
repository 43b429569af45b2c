/* SPDX-License-Identifier: BSD-2-Clause */
/* Which packets are dropped by meaning: synthetic conversations, over IPv4 and
 * IPv6, in segments of every size. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/meaning.h"
#include "netem/spec.h"

enum { UP = FERRY_UP, DOWN = FERRY_DOWN, S = 2, A = 16, F = 1, R = 4 };

struct wire { /* a conversation, and what listens to it */
    struct meaning *meaning;
    struct link_params up, down;
    int version;
    uint16_t port;          /* of the client */
    uint32_t next[2];       /* sequence numbers */
    char dropped[2][8][40]; /* payloads of what was dropped; "" for none */
    int count[2];
};

static void wire_init(struct wire *w, const char *up, const char *down)
{
    struct spec_error e;
    char why[MEANING_WHY];

    memset(w, 0, sizeof *w);
    ck_assert_msg(spec_parse(up, &w->up, &e) == 0, "%s", e.text);
    ck_assert_msg(spec_parse(down, &w->down, &e) == 0, "%s", e.text);
    ck_assert_msg(meaning_check(&w->up, why) == 0, "%s", why);
    ck_assert_msg(meaning_check(&w->down, why) == 0, "%s", why);
    w->meaning = meaning_new(&w->up, &w->down);
    w->version = 4;
    w->port = 40000;
    w->next[UP] = 0xfffffffd; /* wraps soon */
    w->next[DOWN] = 77;
}

static void wire_release(struct wire *w)
{
    meaning_free(w->meaning);
    spec_release(&w->up);
    spec_release(&w->down);
}

static size_t put_ip4(uint8_t *ip, int way, size_t tcp_len)
{
    ip[0] = 0x45;
    ip[2] = (uint8_t)((20 + tcp_len) >> 8);
    ip[3] = (uint8_t)(20 + tcp_len);
    ip[9] = 6;
    ip[15] = way == UP ? 1 : 2;
    ip[19] = way == UP ? 2 : 1;
    return 20;
}

static size_t put_ip6(uint8_t *ip, int way, size_t tcp_len)
{
    ip[0] = 0x60;
    ip[4] = (uint8_t)(tcp_len >> 8);
    ip[5] = (uint8_t)tcp_len;
    ip[6] = 6;
    ip[23] = way == UP ? 1 : 2;
    ip[39] = way == UP ? 2 : 1;
    return 40;
}

static void put32(uint8_t *at, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(n >> (24 - 8 * i));
}

/* One packet at a sequence number, in memory of its exact size. */
static bool packet(struct wire *w, int way, int flags, uint32_t seq,
                   const char *text, size_t len)
{
    size_t size = (w->version == 4 ? 20 : 40) + 20 + len, at;
    uint8_t *ip = calloc(1, size);
    uint16_t from = way == UP ? w->port : 25, to = way == UP ? 25 : w->port;
    bool drop;

    at = (w->version == 4 ? put_ip4 : put_ip6)(ip, way, 20 + len);
    ip[at] = (uint8_t)(from >> 8);
    ip[at + 1] = (uint8_t)from;
    ip[at + 2] = (uint8_t)(to >> 8);
    ip[at + 3] = (uint8_t)to;
    put32(ip + at + 4, seq);
    ip[at + 12] = 5 << 4;
    ip[at + 13] = (uint8_t)flags;
    memcpy(ip + at + 20, text, len);
    drop = meaning_drop(w->meaning, (enum ferry_direction)way, ip, size);
    free(ip);
    if (drop && w->count[way] < 8)
        snprintf(w->dropped[way][w->count[way]++], 40, "%.*s",
                 len > 39 ? 39 : (int)len, text);
    return drop;
}

static bool open_up(struct wire *w)
{
    return packet(w, UP, S, w->next[UP] - 1, "", 0);
}

static void shake_hands(struct wire *w)
{
    open_up(w);
    packet(w, DOWN, S | A, w->next[DOWN] - 1, "", 0);
    packet(w, UP, A, w->next[UP], "", 0);
}

/* Says `text` in segments of `step` bytes. */
static void say(struct wire *w, int way, const char *text, size_t step)
{
    for (size_t len = strlen(text), n; len > 0; len -= n, text += n) {
        n = len < step ? len : step;
        packet(w, way, A, w->next[way], text, n);
        w->next[way] += (uint32_t)n;
    }
}

struct line {
    int way;
    const char *text;
};

/* clang-format off */
static const struct line lockstep[] = {
    {DOWN, "220 s\r\n"},
    {UP, "EHLO c\r\n"}, {DOWN, "250-s\r\n250 PIPELINING\r\n"},
    {UP, "MAIL FROM:<a>\r\n"}, {DOWN, "250 m\r\n"},
    {UP, "RCPT TO:<1>\r\n"}, {DOWN, "250 r1\r\n"},
    {UP, "RCPT TO:<2>\r\n"}, {DOWN, "550 r2\r\n"},
    {UP, "rcpt TO:<3>\r\n"}, {DOWN, "250 r3\r\n"},
    {UP, "DATA\r\n"}, {DOWN, "354 go\r\n"},
    {UP, "QUIT\r\nRCPT TO:<x>\r\n..\r\n.\r\n"}, {DOWN, "250 taken\r\n"},
    {UP, "QUIT\r\n"}, {DOWN, "221 bye\r\n"},
    {0, NULL},
};
static const struct line refused[] = {
    {DOWN, "220 s\r\n"},
    {UP, "EHLO c\r\n"}, {DOWN, "250 s\r\n"},
    {UP, "MAIL FROM:<a>\r\n"}, {DOWN, "250 m\r\n"},
    {UP, "RCPT TO:<1>\r\n"}, {DOWN, "550 r1\r\n"},
    {UP, "DATA\r\n"}, {DOWN, "503 no\r\n"},
    {UP, "QUIT\r\n"}, {DOWN, "221 bye\r\n"},
    {0, NULL},
};
static const struct line streamed[] = {
    {UP, "EHLO c\r\nMAIL FROM:<a>\r\nRCPT TO:<1>\r\nRCPT TO:<2>\r\n"
         "BDAT 6\r\nQUIT\r\nBDAT 0\r\nBDAT 3 LAST\r\nx\r\nQUIT\r\n"},
    {DOWN, "220 s\r\n"}, {DOWN, "250 s\r\n"}, {DOWN, "250 m\r\n"},
    {DOWN, "250 r1\r\n"}, {DOWN, "250 r2\r\n"}, {DOWN, "250 b1\r\n"},
    {DOWN, "250 b2\r\n"}, {DOWN, "250 b3\r\n"}, {DOWN, "221 bye\r\n"},
    {0, NULL},
};

/* What one direction drops when a conversation is spoken a line a segment. */
static const struct {
    const struct line *talk;
    int way;
    const char *words, *first, *second;
} drops[] = {
    {lockstep, DOWN, "drop reply 354", "354 go\r\n", NULL},
    {lockstep, DOWN, "drop reply 250", "250-s\r\n250 PIPELINING\r\n", NULL},
    {lockstep, DOWN, "drop reply 550", "550 r2\r\n", NULL},
    {lockstep, DOWN, "drop reply 451", NULL, NULL},
    {lockstep, DOWN, "drop greeting", "220 s\r\n", NULL},
    {lockstep, DOWN, "drop ehlo-reply", "250-s\r\n250 PIPELINING\r\n", NULL},
    {lockstep, DOWN, "drop mail-reply", "250 m\r\n", NULL},
    {lockstep, DOWN, "drop rcpt-reply", "250 r1\r\n", NULL},
    {lockstep, DOWN, "drop rcpt-reply 3", "250 r3\r\n", NULL},
    {lockstep, DOWN, "drop rcpt-reply 4", NULL, NULL},
    {lockstep, DOWN, "drop rcpt-reply 2 drop quit-reply", "550 r2\r\n",
     "221 bye\r\n"},
    {lockstep, DOWN, "drop data-reply", "354 go\r\n", NULL},
    {lockstep, DOWN, "drop data-end-reply", "250 taken\r\n", NULL},
    {lockstep, UP, "drop rcpt 3", "rcpt TO:<3>\r\n", NULL},
    {lockstep, UP, "drop rcpt 4", NULL, NULL},
    {lockstep, UP, "drop data", "DATA\r\n", NULL},
    {lockstep, UP, "drop data-end", "QUIT\r\nRCPT TO:<x>\r\n..\r\n.\r\n", NULL},
    {lockstep, UP, "drop quit", "QUIT\r\n", NULL},
    {lockstep, UP, "drop quit 2", NULL, NULL},
    {lockstep, UP, "drop reply 354", NULL, NULL},
    {refused, UP, "drop quit", "QUIT\r\n", NULL},
    {refused, DOWN, "drop quit-reply", "221 bye\r\n", NULL},
    {streamed, DOWN, "drop bdat-reply 2", "250 b2\r\n", NULL},
    {streamed, DOWN, "drop rcpt-reply 2 drop bdat-reply 3", "250 r2\r\n",
     "250 b3\r\n"},
    {streamed, DOWN, "drop quit-reply", "221 bye\r\n", NULL},
};
/* clang-format on */

static void speak(struct wire *w, const struct line *l, size_t step)
{
    shake_hands(w);
    for (; l->text; l++)
        say(w, l->way, l->text, step);
}

START_TEST(one_is_dropped_by_meaning)
{
    for (int version = 4; version <= 6; version += 2) {
        struct wire w;
        int way = drops[_i].way;
        const char *first = drops[_i].first, *second = drops[_i].second;

        wire_init(&w, way == UP ? drops[_i].words : "",
                  way == DOWN ? drops[_i].words : "");
        w.version = version;
        speak(&w, drops[_i].talk, 1000);
        ck_assert_msg(w.count[way] == !!first + !!second,
                      "%s: %d dropped, first \"%s\"", drops[_i].words,
                      w.count[way], w.dropped[way][0]);
        ck_assert_int_eq(w.count[!way], 0);
        if (first)
            ck_assert_str_eq(w.dropped[way][0], first);
        if (second)
            ck_assert_str_eq(w.dropped[way][1], second);
        wire_release(&w);
    }
}
END_TEST

/* However it is cut, as many are dropped. */
START_TEST(segments_of_every_size)
{
    for (size_t step = 1; step < 40; step++) {
        struct wire w;
        int way = drops[_i].way;

        wire_init(&w, way == UP ? drops[_i].words : "",
                  way == DOWN ? drops[_i].words : "");
        speak(&w, drops[_i].talk, step);
        ck_assert_msg(w.count[way] == !!drops[_i].first + !!drops[_i].second,
                      "%s, %zu at a time: %d", drops[_i].words, step,
                      w.count[way]);
        wire_release(&w);
    }
}
END_TEST

START_TEST(the_dropped_one_comes_again_and_passes)
{
    struct wire w;

    wire_init(&w, "", "drop greeting drop ehlo-reply");
    shake_hands(&w);
    ck_assert(packet(&w, DOWN, A, w.next[DOWN], "220 s\r\n", 7));
    ck_assert(!packet(&w, DOWN, A, w.next[DOWN], "220 s\r\n", 7));
    say(&w, UP, "EHLO c\r\n", 100);
    /* Old and new bytes in one segment: the new ones count. */
    ck_assert(packet(&w, DOWN, A, w.next[DOWN], "220 s\r\n250 s\r\n", 14));
    ck_assert(!packet(&w, DOWN, A, w.next[DOWN], "220 s\r\n250 s\r\n", 14));
    wire_release(&w);
}
END_TEST

START_TEST(tcp_s_own)
{
    struct wire w;

    wire_init(&w, "drop syn 2 drop fin", "drop syn-ack drop rst");
    ck_assert(!open_up(&w));
    ck_assert(open_up(&w));
    ck_assert(!open_up(&w));
    ck_assert(packet(&w, DOWN, S | A, 76, "", 0));
    ck_assert(!packet(&w, DOWN, S | A, 76, "", 0));
    ck_assert(!packet(&w, DOWN, F | A, 77, "", 0));
    ck_assert(packet(&w, UP, F | A, w.next[UP], "", 0));
    ck_assert(!packet(&w, UP, F | A, w.next[UP], "", 0));
    ck_assert(packet(&w, DOWN, R, 78, "", 0));
    wire_release(&w);
}
END_TEST

/* Commands in the SYN (RFC 7413), which come again if it was not taken. */
START_TEST(bytes_in_the_syn)
{
    struct wire w;

    wire_init(&w, "drop ehlo", "drop ehlo-reply");
    ck_assert(packet(&w, UP, S, w.next[UP] - 1, "EHLO c\r\n", 8));
    packet(&w, DOWN, S | A, 76, "", 0);
    ck_assert(!packet(&w, UP, A, w.next[UP], "EHLO c\r\n", 8));
    ck_assert(!packet(&w, DOWN, A, 77, "220 s\r\n", 7));
    ck_assert(packet(&w, DOWN, A, 84, "250 s\r\n", 7));
    wire_release(&w);
}
END_TEST

START_TEST(each_connection_counts_for_itself)
{
    struct wire w;

    wire_init(&w, "drop syn", "drop greeting");
    for (int i = 0; i < 200; i++) { /* more than are remembered */
        w.port = (uint16_t)(1000 + i);
        ck_assert(open_up(&w));
        packet(&w, DOWN, S | A, 76, "", 0);
        ck_assert(packet(&w, DOWN, A, 77, "220 s\r\n", 7));
    }
    /* The same ports once more, by a SYN with another number. */
    w.next[UP] += 100000;
    ck_assert(open_up(&w));
    ck_assert(!open_up(&w));
    packet(&w, DOWN, S | A, 4076, "", 0);
    ck_assert(packet(&w, DOWN, A, 4077, "220 s\r\n", 7));
    wire_release(&w);
}
END_TEST

START_TEST(behind_a_gap_nothing_is_guessed)
{
    struct wire w;

    wire_init(&w, "", "drop greeting drop fin drop reply 250");
    shake_hands(&w);
    ck_assert(!packet(&w, DOWN, A, w.next[DOWN] + 5, "250 x\r\n", 7));
    ck_assert(!packet(&w, DOWN, A, w.next[DOWN], "220 s\r\n", 7));
    ck_assert(packet(&w, DOWN, F | A, w.next[DOWN] + 7, "", 0));
    wire_release(&w);
}
END_TEST

START_TEST(what_is_no_smtp_is_left_alone)
{
    struct wire w;

    wire_init(&w, "drop quit", "drop reply 200 drop greeting");
    shake_hands(&w);
    say(&w, UP, "GET / HTTP/1.1\r\n\r\n", 100);
    say(&w, DOWN, "HTTP/1.1 200 OK\r\n200 x\r\n", 100);
    ck_assert_int_eq(w.count[UP] + w.count[DOWN], 0);
    say(&w, UP, "STARTTLS\r\n", 100);
    say(&w, UP, "QUIT\r\n", 100); /* no longer in clear */
    ck_assert_int_eq(w.count[UP], 0);
    wire_release(&w);
}
END_TEST

/* Ten thousand RCPTs in one flight, and then the reply to one of them. */
START_TEST(long_flights)
{
    struct wire w;

    wire_init(&w, "", "drop rcpt-reply 9999");
    shake_hands(&w);
    for (int i = 0; i < 10000; i++)
        say(&w, UP, "RCPT TO:<a>\r\n", 100);
    say(&w, DOWN, "220 s\r\n", 100);
    for (int i = 1; i <= 10000; i++) {
        ck_assert_int_eq(w.count[DOWN], i > 9999);
        say(&w, DOWN, "250 r\r\n", 100);
    }
    wire_release(&w);
}
END_TEST

START_TEST(broken_packets)
{
    uint8_t ip[60] = {0x45, 0, 0, 60, [9] = 6, [32] = 0xf0, [33] = S};
    struct wire w;

    wire_init(&w, "drop syn", "");
    for (size_t len = 0; len <= sizeof ip; len++)
        for (int version = 0; version < 16; version++) {
            uint8_t *exact = malloc(len + 1);
            memcpy(exact, ip, len);
            exact[0] = (uint8_t)(version << 4 | 5);
            ck_assert(!meaning_drop(w.meaning, FERRY_UP, exact, len) ||
                      len == sizeof ip);
            free(exact);
        }
    wire_release(&w);
}
END_TEST

/* clang-format off */
static const struct {
    const char *words, *why;
} wrong[] = {
    {"drop sin-ack", "drop: found \"sin-ack\", which means nothing; accepted: "
                     "packet N, syn, syn-ack,"},
    {"drop reply", "drop reply: found no code, wanted one from 200 to 599"},
    {"drop reply 99", "drop reply: found 99, wanted a code from 200 to 599"},
    {"drop reply 600", "drop reply: found 600, wanted a code from 200 to 599"},
    {"drop rcpt-reply 0", "drop rcpt-reply: found 0, wanted 1 or more"},
};
/* clang-format on */

START_TEST(refused_words)
{
    struct link_params p;
    struct spec_error e;
    char why[MEANING_WHY];

    ck_assert_int_eq(spec_parse(wrong[_i].words, &p, &e), 0);
    ck_assert_int_eq(meaning_check(&p, why), -1);
    ck_assert_msg(strncmp(why, wrong[_i].why, strlen(wrong[_i].why)) == 0, "%s",
                  why);
    ck_assert_uint_eq(meaning_fault(&p), 6);
    spec_release(&p);
}
END_TEST

/* The first of them that means nothing is pointed at. */
START_TEST(fault_is_found)
{
    struct link_params p;
    struct spec_error e;

    ck_assert_int_eq(spec_parse("delay 1ms drop syn drop foo drop bar", &p, &e),
                     0);
    ck_assert_uint_eq(meaning_fault(&p), 25);
    spec_release(&p);
    ck_assert_int_eq(spec_parse("geo drop syn", &p, &e), 0);
    ck_assert_uint_eq(meaning_fault(&p), 0);
    spec_release(&p);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("run/meaning");
    TCase *t = tcase_create("meaning");
    int rows = sizeof drops / sizeof drops[0];

    tcase_add_loop_test(t, one_is_dropped_by_meaning, 0, rows);
    tcase_add_test(t, fault_is_found);
    tcase_add_loop_test(t, segments_of_every_size, 0, rows);
    tcase_add_test(t, the_dropped_one_comes_again_and_passes);
    tcase_add_test(t, tcp_s_own);
    tcase_add_test(t, bytes_in_the_syn);
    tcase_add_test(t, each_connection_counts_for_itself);
    tcase_add_test(t, behind_a_gap_nothing_is_guessed);
    tcase_add_test(t, what_is_no_smtp_is_left_alone);
    tcase_add_test(t, long_flights);
    tcase_add_test(t, broken_packets);
    tcase_add_loop_test(t, refused_words, 0, sizeof wrong / sizeof wrong[0]);
    suite_add_tcase(s, t);
    return s;
}
