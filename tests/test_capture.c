/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture files: order, completeness, and what is left after a failure. */
#include <check.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netem/capture.h"
#include "netem/clock.h"
#include "netem/grade.h"
#include "netem/ipword.h"

static char dir[] = "/tmp/test_capture.XXXXXX";
static char path[64], other[64];

static void make_dir(void)
{
    strcpy(dir + sizeof dir - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/a.pcap", dir);
    snprintf(other, sizeof other, "%s/b.pcap", dir);
}

static void remove_dir(void)
{
    unlink(path);
    unlink(other);
    ck_assert_msg(rmdir(dir) == 0, "%s: %s", dir, strerror(errno));
}

static struct capture_desk *desk(size_t room)
{
    struct capture_desk *d = capture_desk_new(room);

    ck_assert_ptr_nonnull(d);
    return d;
}

static struct capture *file(struct capture_desk *d, const char *at,
                            uint32_t snaplen)
{
    char why[CAPTURE_WHY];
    struct capture *c = capture_open(d, at, snaplen, why);

    ck_assert_msg(c != NULL, "%s", why);
    return c;
}

static int64_t finish(struct capture_desk *d)
{
    char why[CAPTURE_WHY];

    return capture_desk_close(d, why);
}

/* The stamps of a file, and the first byte of each packet. */
struct seen {
    int count;
    int64_t stamp_ns[64];
    uint8_t first[64];
    uint32_t caplen[64], len[64];
};

static struct seen look(const char *at)
{
    struct seen s = {0};
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *p = pcap_open_offline_with_tstamp_precision(
        at, PCAP_TSTAMP_PRECISION_NANO, error);
    struct pcap_pkthdr *h;
    const u_char *bytes;

    ck_assert_msg(p != NULL, "%s", error);
    ck_assert_int_eq(pcap_datalink(p), DLT_RAW);
    while (pcap_next_ex(p, &h, &bytes) == 1) {
        ck_assert_int_lt(s.count, 64);
        s.stamp_ns[s.count] = h->ts.tv_sec * 1000000000LL + h->ts.tv_usec;
        s.first[s.count] = bytes[0];
        s.caplen[s.count] = h->caplen;
        s.len[s.count++] = h->len;
    }
    pcap_close(p);
    return s;
}

START_TEST(stamps_come_out_in_order)
{
    static const int64_t stamp[] = {50, 10, 30, 20, 30, 40};
    static const uint8_t order[] = {1, 3, 2, 4, 5, 0}; /* equal ones stay */
    struct capture_desk *d = desk(1 << 16);
    struct capture *c = file(d, path, CAPTURE_SNAPLEN);
    struct seen s;

    for (uint8_t i = 0; i < 6; i++)
        capture_put(c, 1700000000000000000 + stamp[i], &i, 1);
    ck_assert_int_eq(finish(d), 0);
    s = look(path);
    ck_assert_int_eq(s.count, 6);
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(s.first[i], order[i]);
        ck_assert_int_eq(s.stamp_ns[i], 1700000000000000000 + stamp[order[i]]);
    }
}
END_TEST

/* What comes too late to be sorted is written all the same, and does not go
 * back in time. */
START_TEST(late_stamp_is_not_lost)
{
    struct capture_desk *d = desk(1 << 16);
    struct capture *c = file(d, path, CAPTURE_SNAPLEN);
    struct seen s;

    capture_put(c, 1000, "a", 1);
    capture_put(c, 2 * CAPTURE_WINDOW_NS + 2000, "b", 1);
    capture_put(c, 500, "c", 1);
    ck_assert_int_eq(finish(d), 0);
    s = look(path);
    ck_assert_int_eq(s.count, 3);
    ck_assert_int_eq(s.first[1], 'c');
    ck_assert_int_eq(s.stamp_ns[1], 1000);
}
END_TEST

START_TEST(snaplen_keeps_the_length)
{
    struct capture_desk *d = desk(1 << 16);
    struct capture *a = file(d, path, 8), *b = file(d, other, 128);
    struct seen s;
    char bytes[100] = {0};

    capture_put(a, 1, bytes, sizeof bytes);
    capture_put(b, 1, bytes, sizeof bytes);
    ck_assert_int_eq(finish(d), 0);
    s = look(path);
    ck_assert_int_eq(s.caplen[0], 8);
    ck_assert_int_eq(s.len[0], 100);
    s = look(other);
    ck_assert_int_eq(s.caplen[0], 100);
}
END_TEST

START_TEST(magic_is_nanosecond)
{
    struct capture_desk *d = desk(1 << 16);
    uint32_t magic = 0;
    FILE *f;

    file(d, path, CAPTURE_SNAPLEN);
    ck_assert_int_eq(finish(d), 0);
    f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fread(&magic, sizeof magic, 1, f), 1);
    fclose(f);
    ck_assert_uint_eq(magic, 0xa1b23c4d);
}
END_TEST

/* Through a ring of a few pages: every record is in the file or counted as
 * lost, whatever its size. */
START_TEST(none_is_lost_untold)
{
    struct capture_desk *d = desk(8192);
    struct capture *c = file(d, path, 0);
    char bytes[1500];
    int64_t lost;
    uint64_t put = 0, found = 0;
    FILE *f;

    memset(bytes, '.', sizeof bytes);
    for (uint32_t i = 0; i < 5000; i++, put++) {
        uint32_t len = 1 + i * 7919 % (sizeof bytes - 1);
        bytes[len - 1] = '\n';
        capture_put(c, i, bytes, len);
        bytes[len - 1] = '.';
    }
    lost = finish(d);
    f = fopen(path, "r");
    for (int ch; (ch = getc(f)) != EOF;)
        found += ch == '\n';
    fclose(f);
    ck_assert_int_ge(lost, 0);
    ck_assert_uint_eq(found + (uint64_t)lost, put);
    ck_assert_uint_gt(found, 0);
}
END_TEST

START_TEST(text_is_kept_as_it_is)
{
    struct capture_desk *d = desk(1 << 16);
    struct capture *c = file(d, path, 0);
    char line[16] = "";
    FILE *f;

    capture_put(c, 2, "two\n", 4);
    capture_put(c, 1, "one\n", 4);
    ck_assert_int_eq(finish(d), 0);
    f = fopen(path, "r");
    ck_assert_uint_eq(fread(line, 1, sizeof line - 1, f), 8);
    fclose(f);
    ck_assert_str_eq(line, "one\ntwo\n");
}
END_TEST

/* Neither the file that failed nor the others are left; a device stays. */
START_TEST(full_disk_is_told)
{
    struct capture_desk *d = desk(1 << 20);
    struct capture *full = file(d, "/dev/full", CAPTURE_SNAPLEN);
    struct capture *good = file(d, path, CAPTURE_SNAPLEN);
    char bytes[1000] = {0}, why[CAPTURE_WHY];

    for (int i = 0; i < 100; i++) {
        capture_put(full, i, bytes, sizeof bytes);
        capture_put(good, i, bytes, sizeof bytes);
    }
    ck_assert_int_eq(capture_desk_close(d, why), -1);
    ck_assert_int_eq(errno, ENOSPC);
    ck_assert_ptr_nonnull(strstr(why, "/dev/full"));
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert_int_eq(access("/dev/full", F_OK), 0);
}
END_TEST

START_TEST(bad_path_is_told)
{
    struct capture_desk *d = desk(1 << 16);
    char why[CAPTURE_WHY], bad[80];

    file(d, path, CAPTURE_SNAPLEN);
    snprintf(bad, sizeof bad, "%s/none/x.pcap", dir);
    ck_assert_ptr_null(capture_open(d, bad, CAPTURE_SNAPLEN, why));
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_ptr_nonnull(strstr(why, bad));
    ck_assert_int_eq(capture_desk_close(d, why), -1);
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(grade_tells_quantiles)
{
    static struct grade g, h;

    ck_assert_int_eq(grade_quantile(&g, 0.5), 0);
    for (int i = 1; i <= 1000; i++)
        grade_add(i % 2 ? &g : &h, i * 1000);
    grade_merge(&g, &h);
    ck_assert_int_eq(g.max_ns, 1000000);
    ck_assert_int_ge(grade_quantile(&g, 0.5), 500000);
    ck_assert_int_le(grade_quantile(&g, 0.5), 508000);
    ck_assert_int_ge(grade_quantile(&g, 0.99), 990000);
    ck_assert_int_le(grade_quantile(&g, 0.99), 1000000);
    ck_assert_int_eq(grade_quantile(&g, 1), 1000000);
}
END_TEST

START_TEST(grade_takes_any_time)
{
    static struct grade g;

    for (int bit = 0; bit < 63; bit++) {
        memset(&g, 0, sizeof g);
        grade_add(&g, (int64_t)1 << bit);
        ck_assert_int_eq(grade_quantile(&g, 0.5), (int64_t)1 << bit);
    }
    grade_add(&g, -5);
    ck_assert_int_eq(grade_quantile(&g, 0.5), 0);
}
END_TEST

static unsigned checksum(const uint8_t *ip)
{
    unsigned sum = 0;

    for (int i = 0; i < 20; i += 2)
        sum += ip[i] << 8 | ip[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

START_TEST(ce_keeps_the_checksum)
{
    for (unsigned n = 0; n < 65536; n++) {
        uint8_t ip[20] = {0x45, 2, 0, 40, n >> 8, n & 255, 0, 0, 64, 6};
        unsigned sum = ~checksum(ip) & 0xffff;
        ip[10] = sum >> 8;
        ip[11] = sum & 255;
        ck_assert_uint_eq(checksum(ip), 0xffff);
        ipword_mark_ce(ip);
        ck_assert_int_eq(ipword_ecn(ip), IPWORD_CE);
        ck_assert_uint_eq(checksum(ip), 0xffff);
    }
}
END_TEST

START_TEST(ce_in_ipv6)
{
    uint8_t ip[40] = {0x60, 0x15};

    ck_assert(ipword_is_ect(ip));
    ipword_mark_ce(ip);
    ck_assert_int_eq(ip[0], 0x60);
    ck_assert_int_eq(ip[1], 0x35);
}
END_TEST

START_TEST(clock_has_an_offset)
{
    struct clock_pair c = {0};
    int64_t mono = clock_sample(&c), again = clock_sample(&c);

    ck_assert_int_ge(again, mono);
    ck_assert_int_eq(c.steps, 0);
    c.offset_ns += 5000000000; /* as if it had been set in between */
    clock_sample(&c);
    ck_assert_int_le(c.steps, 1);
    ck_assert_int_eq(c.stepped, c.steps);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("netem/capture");
    TCase *files = tcase_create("files"), *small = tcase_create("small");

    tcase_add_checked_fixture(files, make_dir, remove_dir);
    tcase_add_test(files, stamps_come_out_in_order);
    tcase_add_test(files, late_stamp_is_not_lost);
    tcase_add_test(files, snaplen_keeps_the_length);
    tcase_add_test(files, magic_is_nanosecond);
    tcase_add_test(files, none_is_lost_untold);
    tcase_add_test(files, text_is_kept_as_it_is);
    tcase_add_test(files, full_disk_is_told);
    tcase_add_test(files, bad_path_is_told);
    suite_add_tcase(s, files);
    tcase_add_test(small, grade_tells_quantiles);
    tcase_add_test(small, grade_takes_any_time);
    tcase_add_test(small, ce_keeps_the_checksum);
    tcase_add_test(small, ce_in_ipv6);
    tcase_add_test(small, clock_has_an_offset);
    suite_add_tcase(s, small);
    return s;
}
