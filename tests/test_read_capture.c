/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading captures: every link type, what is mail and what is not, and files
 * that are damaged in every way. */
#include "tests/segments.h"

#include <dirent.h>
#include <stdio.h>

static const struct segment session[] = {
    HELLO,
    {300, C, 0, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"},
    {400, S, 0, "250 ok\r\n250 ok\r\n354 go\r\n"},
    {400, C, 0, "hi\r\n.\r\nQUIT\r\n"},
    {500, S, 0, "250 queued\r\n221 bye\r\n"},
    {0},
};

/* clang-format off */
static const struct {
    int link;
    uint8_t family;
} links[] = {
    {DLT_EN10MB, 4}, {DLT_EN10MB, 6}, {DLT_RAW, 4}, {DLT_RAW, 6},
    {DLT_LINUX_SLL, 4}, {DLT_LINUX_SLL, 6}, {DLT_LINUX_SLL2, 4},
    {DLT_LINUX_SLL2, 6}, {DLT_NULL, 4}, {DLT_NULL, 6}, {DLT_LOOP, 4},
    {DLT_LOOP, 6}, {DLT_PPP, 4}, {DLT_PPP, 6},
};

static const struct {
    const char *name;
    struct segment row[ROWS];
    size_t mail;
} others[] = {
    {"HTTP", {OPEN, {100, C, 0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {200, S, 0, "HTTP/1.1 200 OK\r\n\r\nhello\r\n"}}, 0},
    {"SSH", {OPEN, {100, S, 0, "SSH-2.0-x\r\n"},
      {100, C, 0, "SSH-2.0-y\r\n"}}, 0},
    {"POP3", {OPEN, {100, S, 0, "+OK hi\r\n"}, {100, C, 0, "USER x\r\n"},
      {200, S, 0, "+OK\r\n"}, {200, C, 0, "QUIT\r\n"}}, 0},
    {"FTP", {OPEN, {100, S, 0, "220 ProFTPD Server\r\n"},
      {100, C, 0, "USER anonymous\r\n"}, {200, S, 0, "331 password?\r\n"},
      {200, C, 0, "PASS x\r\n"}, {300, S, 0, "230 in\r\n"},
      {300, C, 0, "QUIT\r\n"}, {400, S, 0, "221 bye\r\n"}}, 0},
    {"IMAP", {OPEN, {100, S, 0, "* OK hi\r\n"}, {100, C, 0, "a NOOP\r\n"}}, 0},
    {"bytes", {OPEN, {100, C, 0, "\1\2\3\4\5", 70000},
      {200, S, 0, "\1\2\3", 70000}}, 0},
    {"nothing", {OPEN, {200, C, FIN, 0}, {300, S, FIN, 0}}, 0},
    {"a greeting alone", {GREET}, 1},
    {"no service", {OPEN, {200, S, FIN, "554 5.7.1 no\r\n"}}, 1},
    {"HELO", {OPEN, {200, S, 0, "220 x\r\n"}, {200, C, 0, "helo c\r\n"}}, 1},
    {"behind a proxy",
     {OPEN, {100, C, 0, "PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n"},
      {200, S, 0, "220 x ESMTP\r\n"}}, 1},
    {"LF alone, in lower case", {OPEN, {200, S, 0, "220 x\n"},
      {200, C, 0, "mail from:<a>\n"}, {300, S, 0, "503 no\n"}}, 1},
};
/* clang-format on */

START_TEST(read_every_link)
{
    struct trace *t = replay(session, links[_i].link, links[_i].family, 5);
    char text[ENDPOINT_TEXT];

    ck_assert_uint_eq(trace_count(t), 1);
    ck_assert_uint_eq(trace_get(t, 0)->turnarounds, 4);
    ck_assert_uint_eq(trace_sum(t)->broken, 0);
    ck_assert_str_eq(endpoint_text(&trace_get(t, 0)->client, text),
                     links[_i].family == 6 ? "[fd00::1]:40000"
                                           : "192.0.2.1:40000");
    trace_free(t);
}
END_TEST

START_TEST(know_mail_by_content)
{
    struct trace *t = replay(others[_i].row, DLT_RAW, 4, 5);

    ck_assert_msg(trace_count(t) == others[_i].mail, "%s", others[_i].name);
    ck_assert_uint_eq(trace_sum(t)->conversations, 1);
    trace_free(t);
}
END_TEST

START_TEST(refuse_what_is_no_capture)
{
    char *path = tape_path(), why[TRACE_WHY] = "";
    struct tape tape = tape_open(path, DLT_IEEE802_11);

    ck_assert_ptr_null(trace_open("/nonexistent.pcap", why));
    ck_assert_ptr_nonnull(strstr(why, "/nonexistent.pcap"));
    tape_close(&tape);
    ck_assert_ptr_null(trace_open(path, why));
    ck_assert_ptr_nonnull(strstr(why, "IEEE802_11"));
    ck_assert_int_eq(truncate(path, 3), 0);
    ck_assert_ptr_null(trace_open(path, why));
    unlink(path);
}
END_TEST

static void ignore(void *arg, const struct conversation *c)
{
    size_t *seen = arg;

    *seen += c->turnarounds + c->flight_count + c->wait_count;
}

/* Reads bytes as a file; whatever they are, it must end well. */
static int read_bytes(const uint8_t *bytes, size_t len, struct trace_sum *sum)
{
    char why[TRACE_WHY] = "";
    size_t seen = 0;
    FILE *f = fmemopen((void *)bytes, len, "rb");

    ck_assert_ptr_nonnull(f);
    return trace_each_file(f, "bytes", NULL, ignore, &seen, sum, why);
}

static size_t load(const char *name, uint8_t *to, size_t room)
{
    char path[512];
    size_t len;
    FILE *f;

    snprintf(path, sizeof path, "tests/captures/%s", name);
    f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    len = fread(to, 1, room, f);
    fclose(f);
    return len;
}

static void cut_and_flip(const char *name)
{
    static uint8_t bytes[65536];
    size_t len = load(name, bytes, sizeof bytes);
    struct trace_sum whole, sum;

    ck_assert_int_eq(read_bytes(bytes, len, &whole), 0);
    for (size_t cut = 1; cut < len; cut += 1 + len / 200) {
        int status = read_bytes(bytes, cut, &sum);

        ck_assert(status == 0 || sum.truncated || sum.packets == 0);
        ck_assert_uint_le(sum.packets, whole.packets);
    }
    for (size_t i = 24; i < len; i += 1 + len / 500) {
        bytes[i] ^= (uint8_t)(1 + i % 255);
        read_bytes(bytes, len, &sum);
        bytes[i] ^= (uint8_t)(1 + i % 255);
    }
}

START_TEST(survive_damage)
{
    DIR *d = opendir("tests/captures");
    struct dirent *e;
    int files = 0;

    ck_assert_ptr_nonnull(d);
    while ((e = readdir(d)))
        if (strstr(e->d_name, ".pcap")) {
            cut_and_flip(e->d_name);
            files++;
        }
    closedir(d);
    ck_assert_int_gt(files, 20);
}
END_TEST

/* What was whole before the cut is told, and the cut is said. */
START_TEST(keep_what_was_whole)
{
    static uint8_t bytes[65536];
    size_t len = load("rfc-pf-3.pcap", bytes, sizeof bytes), seen = 0;
    char why[TRACE_WHY] = "";
    struct trace_sum sum;
    FILE *f = fmemopen(bytes, len - 10, "rb");

    ck_assert_int_eq(
        trace_each_file(f, "x.pcap", NULL, ignore, &seen, &sum, why), -1);
    ck_assert(sum.truncated);
    ck_assert_uint_eq(sum.mail, 1);
    ck_assert_uint_eq(seen, 4 + 3 + 4);
    ck_assert_ptr_nonnull(strstr(why, "x.pcap: cut short or damaged"));
}
END_TEST

static uint32_t length_at(const uint8_t *record)
{
    uint32_t caplen;

    memcpy(&caplen, record + 8, sizeof caplen);
    return caplen;
}

/* A record's length that was damaged costs no more than what it stood for,
 * be it too long or too short; so do zeros and bytes that are gone. */
START_TEST(find_the_place_again)
{
    static const uint8_t flips[4] = {0x01, 0x10, 0x02, 0x80};
    static uint8_t bytes[65536], bad[65536];
    size_t len = load("rfc-pf-3.pcap", bytes, sizeof bytes), next;
    struct trace_sum whole, sum;

    ck_assert_int_eq(read_bytes(bytes, len, &whole), 0);
    ck_assert_uint_eq(whole.damages, 0);
    for (size_t at = 24;; at = next) {
        next = at + 16 + length_at(bytes + at);
        if (next >= len)
            break;
        memcpy(bad, bytes, len);
        bad[at + 8 + (size_t)_i] ^= flips[_i];
        ck_assert_int_eq(read_bytes(bad, len, &sum), 0);
        ck_assert_uint_ge(sum.packets + 1, whole.packets);
        ck_assert(sum.damages == 1 || sum.damages == 2);
        ck_assert_uint_eq(sum.mail, 1);
        memcpy(bad, bytes, len);
        memset(bad + at + 4, 0, 28); /* two headers, but for empty packets */
        ck_assert_int_eq(read_bytes(bad, len, &sum), 0);
        ck_assert_uint_ge(sum.packets + 2, whole.packets);
        memmove(bad, bytes, at + 20);
        memcpy(bad + at + 20, bytes + at + 27, len - at - 27);
        ck_assert_int_eq(read_bytes(bad, len - 7, &sum), 0);
        ck_assert_uint_ge(sum.packets + 2, whole.packets);
        ck_assert_uint_ge(sum.damages, 1);
    }
}
END_TEST

/* Frames that are not whole segments cost nothing but themselves. */
START_TEST(skip_broken_packets)
{
    char *path = tape_path(), why[TRACE_WHY] = "";
    struct tape tape = tape_open(path, DLT_RAW);
    uint8_t fragment[40] = {0x45, 0, 0, 40, 0, 0, 0x20, 0, 0, 6};
    uint8_t udp[40] = {0x45, 0, 0, 40, 0, 0, 0, 0, 0, 17};
    uint8_t short_header[40] = {0x44, 0, 0, 40, 0, 0, 0, 0, 0, 6};
    uint8_t too_long[40] = {0x45, 0, 9, 9, 0, 0, 0, 0, 0, 6};
    uint8_t offset[40] = {0x45, 0, 0, 40, 0, 0, 0, 0, 0, 6, [32] = 0xf0};
    struct trace *t;

    for (int i = 0; session[i].ms || session[i].flags; i++) {
        tape_segment(&tape, &session[i]);
        tape_frame(&tape, (int64_t)(session[i].ms * 1e6), fragment, 40, 40);
        tape_frame(&tape, (int64_t)(session[i].ms * 1e6), udp, 40, 40);
        tape_frame(&tape, (int64_t)(session[i].ms * 1e6), short_header, 40, 40);
        tape_frame(&tape, (int64_t)(session[i].ms * 1e6), too_long, 40, 40);
        tape_frame(&tape, (int64_t)(session[i].ms * 1e6), offset, 40, 40);
        tape_frame(&tape, (int64_t)(session[i].ms * 1e6), udp, 3, 40);
    }
    tape_close(&tape);
    t = trace_open(path, why);
    unlink(path);
    ck_assert_ptr_nonnull(t);
    ck_assert_uint_eq(trace_sum(t)->fragments, 10);
    ck_assert_uint_eq(trace_sum(t)->other, 10);
    ck_assert_uint_eq(trace_sum(t)->broken, 4 * 10);
    ck_assert_uint_eq(trace_get(t, 0)->turnarounds, 4);
    trace_free(t);
}
END_TEST

/* More connections than may be open at once: each is counted all the same. */
START_TEST(bound_what_is_open)
{
    char *path = tape_path(), why[TRACE_WHY] = "";
    struct tape tape = tape_open(path, DLT_RAW);
    size_t seen = 0;
    struct trace_sum sum;
    int status;

    for (int i = 0; i < 100000; i++) {
        struct segment syn = {i / 1000.0, C, SYN | NOACK, 0};

        tape.port[C] = (uint16_t)(1000 + i % 60000);
        tape.port[S] = (uint16_t)(25 + i / 60000);
        tape_segment(&tape, &syn);
    }
    tape_close(&tape);
    status = trace_each(path, NULL, ignore, &seen, &sum, why);
    unlink(path);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(sum.conversations, 100000);
    ck_assert_uint_eq(sum.mail, 0);
}
END_TEST

#define LOOP(test, rows)                                                       \
    tcase_add_loop_test(t, test, 0, sizeof rows / sizeof rows[0])

Suite *suite(void)
{
    Suite *s = suite_create("read/capture");
    TCase *t = tcase_create("files");

    LOOP(read_every_link, links);
    LOOP(know_mail_by_content, others);
    tcase_add_test(t, refuse_what_is_no_capture);
    tcase_add_test(t, survive_damage);
    tcase_add_loop_test(t, find_the_place_again, 0, 4);
    tcase_add_test(t, keep_what_was_whole);
    tcase_add_test(t, skip_broken_packets);
    tcase_add_test(t, bound_what_is_open);
    tcase_set_timeout(t, 60); /* under the sanitizers */
    suite_add_tcase(s, t);
    return s;
}
