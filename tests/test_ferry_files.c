/* SPDX-License-Identifier: BSD-2-Clause */
/* What a ferry writes: captures of both ends and the log of packets. */
#include <pcap/pcap.h>

#include "tests/journey.h"

struct frames {
    int count;
    struct frame {
        int64_t stamp_ns;
        uint32_t len;
        bool up;
    } at[200];
};

static struct frames look(const char *path)
{
    static struct frames f;
    char error[PCAP_ERRBUF_SIZE];
    pcap_t *p = pcap_open_offline_with_tstamp_precision(
        path, PCAP_TSTAMP_PRECISION_NANO, error);
    struct pcap_pkthdr *h;
    const u_char *ip;

    f.count = 0;
    ck_assert_msg(p != NULL, "%s", error);
    ck_assert_int_eq(pcap_datalink(p), DLT_RAW);
    while (pcap_next_ex(p, &h, &ip) == 1) {
        struct frame *g = &f.at[f.count++];
        ck_assert_int_lt(f.count, 200);
        g->stamp_ns = h->ts.tv_sec * 1000000000LL + h->ts.tv_usec;
        g->len = h->len;
        g->up = ip[19] == 1 && ip[16] == 198; /* to SERVER4 */
        ck_assert_int_eq(ip[0], 0x45);
        if (f.count > 1)
            ck_assert_int_ge(g->stamp_ns, g[-1].stamp_ns);
    }
    pcap_close(p);
    return f;
}

static char dir[] = "/tmp/test_ferry.XXXXXX";
static char client_pcap[64], server_pcap[64], packet_log[64];

static void make_dir(void)
{
    strcpy(dir + sizeof dir - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(client_pcap, sizeof client_pcap, "%s/client.pcap", dir);
    snprintf(server_pcap, sizeof server_pcap, "%s/server.pcap", dir);
    snprintf(packet_log, sizeof packet_log, "%s/packets.csv", dir);
}

static void remove_dir(void)
{
    unlink(client_pcap);
    unlink(server_pcap);
    unlink(packet_log);
    ck_assert_msg(rmdir(dir) == 0, "%s: %s", dir, strerror(errno));
}

static void check_captures(bool lost)
{
    struct frames c = look(client_pcap), s = look(server_pcap);
    int64_t went[2000] = {0};
    int up = 0;

    /* Every datagram has a length of its own. */
    for (int i = 0; i < c.count; i++)
        if (c.at[i].up)
            went[c.at[i].len] = c.at[i].stamp_ns;
    for (int i = 0; i < s.count; i++) {
        if (!s.at[i].up)
            continue;
        up++;
        ck_assert_int_ge(s.at[i].stamp_ns - went[s.at[i].len], 2 * MS);
    }
    ck_assert_int_eq(up, lost ? 0 : PINGS);
    ck_assert_int_eq(c.count, lost ? 10 : 2 * PINGS);
    ck_assert_int_eq(s.count, lost ? 0 : 2 * PINGS);
}

static int count_lines(const char *path)
{
    FILE *f = fopen(path, "r");
    int n = 0;

    ck_assert_ptr_nonnull(f);
    for (int c; (c = getc(f)) != EOF;)
        n += c == '\n';
    fclose(f);
    return n;
}

START_TEST(captures_both_ends)
{
    struct journey j;
    struct ferry_report r;

    NEED((enum port_kind)_i);
    prepare(&j);
    j.link.client_pcap = client_pcap;
    j.link.server_pcap = server_pcap;
    j.link.packet_log = packet_log;
    depart(&j, (enum port_kind)_i, &datagrams);
    ping(&j, &datagrams);
    r = arrive(&j);
    check_valid(&r);
    check_captures(false);
    ck_assert_int_eq(count_lines(packet_log), 1 + 2 * PINGS);
    ferry_report_release(&r);
}
END_TEST

/* What is dropped is seen where it came in, and nowhere else. */
START_TEST(captures_what_is_dropped)
{
    struct journey j;
    struct ferry_report r;
    int fd;

    NEED(PORT_VETH);
    prepare(&j);
    j.up.base.loss =
        (struct link_loss){.model = LINK_LOSS_RANDOM, .random = {100, 0}};
    j.link.client_pcap = client_pcap;
    j.link.server_pcap = server_pcap;
    depart(&j, PORT_VETH, &datagrams);
    fd = throw_in(10);
    r = arrive(&j);
    close(fd);
    check_valid(&r);
    check_captures(true);
    ferry_report_release(&r);
}
END_TEST

static int count_lines_with(const char *path, const char *word)
{
    FILE *f = fopen(path, "r");
    char line[200];
    int n = 0;

    ck_assert_ptr_nonnull(f);
    while (fgets(line, sizeof line, f))
        n += strstr(line, word) != NULL;
    fclose(f);
    return n;
}

/* Every packet that came is in the log: what came in is what left, what was
 * dropped by a rule, and what was still there. */
START_TEST(log_has_what_stayed)
{
    struct journey j;
    struct ferry_report r;
    int fd;

    NEED(PORT_VETH);
    prepare(&j);
    j.config.grace_ns = 0;
    j.up.base.delay.ns = 1000000 * MS;
    j.up.limit = 7;
    j.link.packet_log = packet_log;
    depart(&j, PORT_VETH, &datagrams);
    fd = throw_in(10);
    r = arrive(&j);
    close(fd);
    check_valid(&r);
    ck_assert_uint_eq(r.way[FERRY_UP].discarded, 7);
    ck_assert_uint_eq(r.way[FERRY_UP].delayed, 7);
    ck_assert_int_eq(count_lines(packet_log), 1 + 10);
    ck_assert_int_eq(count_lines_with(packet_log, ",up,"), 10);
    ck_assert_int_eq(count_lines_with(packet_log, ",limit\n"), 3);
    ck_assert_int_eq(count_lines_with(packet_log, ",on-the-way\n"), 7);
    ferry_report_release(&r);
}
END_TEST

START_TEST(bad_capture_is_refused)
{
    struct lab_config c = lab_config_default();
    struct journey j;
    char why[LAB_WHY], bad[80];

    NEED(PORT_VETH);
    snprintf(bad, sizeof bad, "%s/none/server.pcap", dir);
    prepare(&j);
    j.link.client_pcap = client_pcap;
    j.link.server_pcap = bad;
    c.links = &help_link;
    c.links_count = 1;
    j.lab = help_lab(&c);
    ck_assert_ptr_null(ferry_start(j.lab, &j.config, why));
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_msg(strstr(why, bad) != NULL, "%s", why);
    ck_assert_int_eq(access(client_pcap, F_OK), -1);
    lab_free(j.lab);
}
END_TEST

START_TEST(full_disk_is_invalid)
{
    struct journey j;
    struct ferry_report r;

    NEED(PORT_VETH);
    prepare(&j);
    j.link.client_pcap = client_pcap;
    j.link.server_pcap = "/dev/full";
    depart(&j, PORT_VETH, &datagrams);
    ping(&j, &datagrams);
    r = arrive(&j);
    ck_assert(!r.valid);
    ck_assert_msg(strstr(r.why, "/dev/full: No space left") != NULL, "%s",
                  r.why);
    ck_assert_int_eq(access(client_pcap, F_OK), -1);
    ferry_report_release(&r);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("netem/ferry files");
    TCase *files = tcase_create("files");

    tcase_add_checked_fixture(files, make_dir, remove_dir);
    tcase_add_loop_test(files, captures_both_ends, PORT_VETH, PORT_TUN + 1);
    tcase_add_test(files, captures_what_is_dropped);
    tcase_add_test(files, log_has_what_stayed);
    tcase_add_test(files, bad_capture_is_refused);
    tcase_add_test(files, full_disk_is_invalid);
    suite_add_tcase(s, files);
    return s;
}
