/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger: it adds up, in captures of real software and in conversations
 * written by hand, each with one stall of a known length. */
#include "bench/read/peers.h"
#include "tests/segments.h"

#include <glob.h>
#include <stdio.h>

static int64_t sum_of(const struct account *a)
{
    int64_t ns = 0;

    for (int p = 0; p < PHASE_COUNT; p++)
        for (int c = 0; c < CAUSE_COUNT; c++) {
            ck_assert_int_ge(a->ns[p][c], 0);
            ns += a->ns[p][c];
        }
    return ns;
}

static void check_sum(void *count, const struct conversation *c)
{
    struct account a;

    account_make(&a, c, NULL);
    ck_assert_int_eq(sum_of(&a), a.total_ns);
    ck_assert_int_eq(a.total_ns, c->total_ns);
    for (size_t i = 1; i < c->share_count; i++)
        ck_assert_int_eq(c->shares[i].begin_ns, c->shares[i - 1].end_ns);
    ++*(size_t *)count;
}

/* First and last packet, by nothing but libpcap. */
static int64_t span_of(const char *path)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *p = pcap_open_offline_with_tstamp_precision(
        path, PCAP_TSTAMP_PRECISION_NANO, why);
    int64_t first_ns = -1, last_ns = -1;
    struct pcap_pkthdr *h;
    const u_char *frame;

    ck_assert_ptr_nonnull(p);
    while (pcap_next_ex(p, &h, &frame) == 1) {
        last_ns = (int64_t)h->ts.tv_sec * 1000000000 + h->ts.tv_usec;
        first_ns = first_ns < 0 ? last_ns : first_ns;
    }
    pcap_close(p);
    return last_ns - first_ns;
}

START_TEST(adds_up_in_captures)
{
    char why[TRACE_WHY];
    struct trace_sum sum;
    size_t told = 0, singles = 0;
    glob_t g;

    ck_assert_int_eq(glob("tests/captures/*.pcap", 0, NULL, &g), 0);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        struct trace *t = trace_open_all(g.gl_pathv[i], NULL, why);

        ck_assert_int_eq(
            trace_each(g.gl_pathv[i], NULL, check_sum, &told, &sum, why), 0);
        ck_assert_msg(t != NULL, "%s", why);
        if (trace_count(t) == 1) {
            ck_assert_int_eq(trace_get(t, 0)->total_ns, span_of(g.gl_pathv[i]));
            singles++;
        }
        trace_free(t);
    }
    globfree(&g);
    ck_assert_uint_ge(told, 29);
    ck_assert_uint_ge(singles, 15);
}
END_TEST

#define ENVELOPE                                                               \
    HELLO, {300, C, 0, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"},            \
    {                                                                          \
        400, S, 0, "250 ok\r\n250 ok\r\n354 go\r\n"                            \
    }

/* clang-format off */
static const struct {
    const char *name;
    struct segment row[ROWS];
    enum phase phase;
    enum cause cause;
    double ms, total_ms;
    double road_ms; /* of the whole; 0: not looked at */
} stall[] = {
    {"nothing but the road",
     {ENVELOPE, {400, C, 0, "hi\r\n.\r\nQUIT\r\n"},
      {500, S, 0, "250 queued\r\n221 bye\r\n"}},
     PHASE_END, CAUSE_PROPAGATION, 100, 500, 500},
    {"a SYN that was lost",
     {{0, C, SYN | NOACK, 0}, {1000, C, SYN | NOACK, 0}, {1100, S, SYN, 0},
      {1100, C, 0, 0}, {1200, S, 0, "220 x ESMTP\r\n"}},
     PHASE_TCP, CAUSE_SYN_RETRY, 1000, 1200, 200},
    {"a greeting that is held back",
     {OPEN, {6200, S, 0, "220 x ESMTP\r\n"}, {6200, C, 0, "EHLO c\r\n"},
      {6300, S, 0, "250 x\r\n"}},
     PHASE_GREETING, CAUSE_GREET_PAUSE, 6000, 6300, 300},
    {"a teaser, and a pause behind it",
     {OPEN, {200, S, 0, "220-x ESMTP\r\n"}, {6200, S, 0, "220 x ESMTP\r\n"},
      {6200, C, 0, "EHLO c\r\n"}, {6300, S, 0, "250 x\r\n"}},
     PHASE_GREETING, CAUSE_GREET_PAUSE, 6000, 6300, 300},
    {"a server that thinks",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"}, {650, S, 0, "250 ok\r\n"}},
     PHASE_ENVELOPE, CAUSE_SERVER, 250, 650, 400},
    {"a client that thinks",
     {HELLO, {350, C, 0, "MAIL FROM:<a>\r\n"}, {450, S, 0, "250 ok\r\n"}},
     PHASE_ENVELOPE, CAUSE_CLIENT, 50, 450, 400},
    {"a client that thinks inside a body",
     {ENVELOPE, {400, C, 0, "hi", 100}, {500, S, 0, 0},
      {700, C, 0, "\r\n.\r\n"}, {800, S, 0, "250 queued\r\n"}},
     PHASE_BODY, CAUSE_CLIENT, 300, 800, 500},
    {"QUIT corked",
     {ENVELOPE, {400, C, 0, "hi\r\n.\r\nQUIT\r\n"},
      {702, S, 0, "250 queued\r\n221 bye\r\n"}},
     PHASE_END, CAUSE_CORK, 200, 702, 500},
    {"QUIT corked by the kernel, which waits a round trip longer",
     {ENVELOPE, {400, C, 0, "hi\r\n.\r\nQUIT\r\n"},
      {812, S, 0, "250 queued\r\n221 bye\r\n"}},
     PHASE_END, CAUSE_CORK, 300, 812, 500},
    {"a server that thinks for as long, without QUIT",
     {ENVELOPE, {400, C, 0, "hi\r\n.\r\n"}, {702, S, 0, "250 queued\r\n"}},
     PHASE_END, CAUSE_SERVER, 202, 702, 500},
    {"Nagle against delayed ACK",
     {ENVELOPE, {400, C, 0, "hi", 700}, {540, S, 0, 0},
      {540.1, C, 0, "\r\n.\r\n"}, {640.1, S, 0, "250 queued\r\n"}},
     PHASE_BODY, CAUSE_NAGLE, 140.1, 640.1, 500},
    {"the congestion window",
     {ENVELOPE, {400, C, 0, "hi", 1070}, {400, C, 0, 0, 1072},
      {500, S, 0, 0, .ack = 1111}, {500.2, C, 0, 0, 1072},
      {500.2, C, 0, "\r\n.\r\n"}, {600.2, S, 0, "250 queued\r\n"}},
     PHASE_BODY, CAUSE_CWND, 100.2, 600.2, 500},
    {"the congestion window, moved on by a duplicate ACK",
     {ENVELOPE, {400, C, 0, "hi", 1070}, {400, C, 0, 0, 1072},
      {500, S, 0, 0, .ack = 39}, {500.2, C, 0, 0, 1072},
      {500.2, C, 0, "\r\n.\r\n"}, {600.2, S, 0, "250 queued\r\n"}},
     PHASE_BODY, CAUSE_CWND, 100.2, 600.2, 500},
    {"a full window",
     {ENVELOPE, {400, C, 0, "hi", 1000}, {500, S, 0, 0, .window = 1},
      {900, S, 0, 0}, {900, C, 0, "\r\n.\r\n"},
      {1000, S, 0, "250 queued\r\n"}},
     PHASE_BODY, CAUSE_WINDOW, 500, 1000, 500},
    {"a segment sent again after a time-out",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"},
      {600, C, 0, "MAIL FROM:<a>\r\n", .seq = 9},
      {700, S, 0, "250 ok\r\n"}},
     PHASE_ENVELOPE, CAUSE_RTO, 300, 700, 400},
    {"a segment sent again for nothing",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"},
      {590, C, 0, "MAIL FROM:<a>\r\n", .seq = 9},
      {600, S, 0, "250 ok\r\n"}},
     PHASE_ENVELOPE, CAUSE_SERVER, 200, 600, 400},
    {"a segment sent again by duplicate ACKs",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"},
      {300, C, 0, "RCPT TO:<b>\r\n"}, {300, C, 0, "DATA\r\n"},
      {400, S, 0, 0, .ack = 9}, {400, S, 0, 0, .ack = 9},
      {401, C, 0, "MAIL FROM:<a>\r\n", .seq = 9},
      {501, S, 0, "250 ok\r\n250 ok\r\n354 go\r\n"}},
     PHASE_ENVELOPE, CAUSE_FAST, 101, 501, 400},
    {"a reply that was lost, and sent again",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"}, {400, S, 0, "k\r\n", .seq = 42},
      {700, S, 0, "250 ok\r\n", .seq = 37}},
     PHASE_ENVELOPE, CAUSE_RTO, 300, 700, 400},
    {"a client that idles before it closes",
     {HELLO, {300, C, 0, "QUIT\r\n"}, {400, S, 0, "221 bye\r\n"},
      {2400, C, FIN, 0}, {2500, S, FIN, 0}, {2500, C, 0, 0}},
     PHASE_CLOSE, CAUSE_CLIENT, 2000, 2500, 500},
    {"early: the greeting overtakes",
     {OPEN, {100, C, 0, "EHLO c\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"},
      {150, S, 0, "220 x\r\n", .ack = 1},
      {201, S, 0, "250 x\r\n250 ok\r\n250 ok\r\n354 go\r\n"}},
     PHASE_GREETING, CAUSE_PROPAGATION, 50, 201, 200},
    {"first commands in the SYN",
     {{0, C, SYN | NOACK, "EHLO c\r\nMAIL FROM:<a>\r\n"}, {100, S, SYN, 0},
      {100, C, 0, "RCPT TO:<b>\r\nBDAT 2 LAST\r\nhiQUIT\r\n"},
      {200, S, 0, "220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n250 q\r\n221 b\r\n"}},
     PHASE_TCP, CAUSE_PROPAGATION, 100, 200, 200},
    {"no answer",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"}, {400, S, 0, 0},
      {1300, C, FIN, 0}},
     PHASE_ENVELOPE, CAUSE_SERVER, 900, 1300, 400},
};
/* clang-format on */

START_TEST(names_a_stall)
{
    const char *name = stall[_i].name;
    struct trace *t = replay(stall[_i].row, DLT_RAW, 4, 77);
    const struct conversation *c = trace_get(t, 0);
    struct account a;
    double ms;

    account_make(&a, c, NULL);
    ck_assert_int_eq(sum_of(&a), a.total_ns);
    ck_assert_msg(a.total_ns == (int64_t)(stall[_i].total_ms * 1e6 + 0.5),
                  "%s: %g ms in all", name, (double)a.total_ns / 1e6);
    ms = (double)a.ns[stall[_i].phase][stall[_i].cause] / 1e6;
    ck_assert_msg(ms > stall[_i].ms - 1e-3 && ms < stall[_i].ms + 1e-3,
                  "%s: %g ms, not %g", name, ms, stall[_i].ms);
    ms = (double)account_cause(&a, CAUSE_PROPAGATION) / 1e6;
    ck_assert_msg(stall[_i].road_ms == 0 || (ms > stall[_i].road_ms - 1e-3 &&
                                             ms < stall[_i].road_ms + 1e-3),
                  "%s: the road took %g ms", name, ms);
    trace_free(t);
}
END_TEST

/* The same conversation as the server sees it: 50 ms later from the client,
 * 50 ms earlier to it; and once more in the middle of the road. */
static const struct segment far_row[] = {HELLO,
                                         {300, C, 0, "MAIL FROM:<a>\r\n"},
                                         {460, S, 0, "250 ok\r\n"},
                                         {470, C, 0, "QUIT\r\n"},
                                         {600, S, 0, "221 bye\r\n"},
                                         {0}};

static char *write_at(double up_ms)
{
    char *path = strdup(tape_path());
    struct tape tape = tape_open(path, DLT_RAW);

    for (const struct segment *s = far_row; s->ms || s->flags || s->text; s++) {
        struct segment there = *s;

        there.ms += 1000 + (s->from == C ? up_ms : -up_ms);
        tape_segment(&tape, &there);
    }
    tape_close(&tape);
    return path;
}

static const struct {
    double up_ms;
    enum trace_stands stands;
} place[] = {{0, AT_CLIENT}, {25, AT_MIDDLE}, {50, AT_SERVER}};

START_TEST(knows_where_it_stands)
{
    char *path = write_at(place[_i].up_ms), why[TRACE_WHY];
    struct trace *t = trace_open(path, why);
    const struct conversation *c = trace_get(t, 0);
    struct account a;

    account_make(&a, c, NULL);
    ck_assert_int_eq(c->stands, place[_i].stands);
    ck_assert_int_eq(c->up_ns + c->down_ns, 100000000);
    ck_assert_int_eq(account_cause(&a, CAUSE_SERVER), 60000000 + 30000000);
    ck_assert_int_eq(account_cause(&a, CAUSE_CLIENT), 10000000);
    ck_assert_int_eq(sum_of(&a), c->total_ns);
    trace_free(t);
    unlink(path);
    free(path);
}
END_TEST

/* One reply is 20 ms late on the road, and 40 ms were the server's. */
START_TEST(the_server_tells_its_own_time)
{
    char *path = write_at(50), why[TRACE_WHY];
    struct peers *peers = peers_open(path, NULL, why);
    struct segment late[sizeof far_row / sizeof far_row[0]];
    struct trace *t;
    const struct conversation *c;
    struct account a;

    ck_assert_msg(peers != NULL, "%s", why);
    memcpy(late, far_row, sizeof late);
    late[sizeof late / sizeof late[0] - 2].ms += 20;
    t = replay(late, DLT_RAW, 4, 5000);
    c = trace_get(t, 0);
    account_make(&a, c, NULL);
    ck_assert(a.bounded);
    ck_assert_int_eq(account_cause(&a, CAUSE_SERVER), 60000000 + 50000000);
    ck_assert_ptr_null(peers_find(peers, c)); /* of another sequence number */
    trace_free(t);
    unlink(path);
    free(path);

    path = tape_path();
    {
        struct tape tape = tape_open(path, DLT_RAW);

        tape_segments(&tape, late);
        tape_close(&tape);
    }
    t = trace_open(path, why);
    unlink(path);
    c = trace_get(t, 0);
    ck_assert_ptr_nonnull(peers_find(peers, c));
    account_make(&a, c, peers_find(peers, c));
    ck_assert(!a.bounded);
    ck_assert_int_eq(account_cause(&a, CAUSE_SERVER), 60000000 + 30000000);
    ck_assert_int_eq(account_cause(&a, CAUSE_QUEUE), 20000000);
    ck_assert_int_eq(sum_of(&a), c->total_ns);
    trace_free(t);
    peers_free(peers);
}
END_TEST

/* More shares than are kept one by one. */
START_TEST(adds_up_when_there_are_many)
{
    char *path = tape_path(), why[TRACE_WHY];
    struct tape tape = tape_open(path, DLT_RAW);
    static const struct segment start[] = {HELLO, {0}};
    struct trace *t;
    struct account a;
    double ms = 300;

    tape_segments(&tape, start);
    for (int i = 0; i < 6000; i++, ms += 112) {
        struct segment ask = {ms, C, 0, "NOOP\r\n"};
        struct segment say = {ms + 110, S, 0, "250 ok\r\n"};

        tape_segment(&tape, &ask);
        tape_segment(&tape, &say);
    }
    tape_close(&tape);
    t = trace_open(path, why);
    unlink(path);
    account_make(&a, trace_get(t, 0), NULL);
    ck_assert_int_eq(sum_of(&a), (int64_t)((ms - 2) * 1e6));
    ck_assert_int_eq(account_cause(&a, CAUSE_SERVER), 6000 * 10000000ll);
    ck_assert_int_eq(account_cause(&a, CAUSE_CLIENT), 5999 * 2000000ll);
    trace_free(t);
}
END_TEST

/* A SYN-ACK behind two SYNs echoes the first, which is no round trip. */
START_TEST(a_lost_syn_ack_is_no_round_trip)
{
    char why[TRACE_WHY] = "";
    struct trace *t = trace_open("tests/captures/syn-ack-lost.pcap", why);

    ck_assert_msg(t != NULL, "%s", why);
    ck_assert_uint_eq(trace_get(t, 0)->turnarounds, 5);
    ck_assert_int_lt(trace_get(t, 0)->rtt_ns, 110000000);
    ck_assert(trace_get(t, 0)->rtt_estimated);
    trace_free(t);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("read/ledger");
    TCase *t = tcase_create("ledger");

    tcase_add_test(t, adds_up_in_captures);
    tcase_add_loop_test(t, names_a_stall, 0, sizeof stall / sizeof stall[0]);
    tcase_add_loop_test(t, knows_where_it_stands, 0, 3);
    tcase_add_test(t, the_server_tells_its_own_time);
    tcase_add_test(t, adds_up_when_there_are_many);
    tcase_add_test(t, a_lost_syn_ack_is_no_round_trip);
    suite_add_tcase(s, t);
    return s;
}
