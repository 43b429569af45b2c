/* SPDX-License-Identifier: BSD-2-Clause */
/* Labs: what is in them, what is said where they are refused, what is left. */
#include <arpa/inet.h>
#include <dirent.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "tests/lab_help.h"

static struct lab_config config_of(enum port_kind kind)
{
    struct lab_config c = lab_config_default();

    c.port = kind;
    c.links = &help_link;
    c.links_count = 1;
    return c;
}

static int count_fds(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = 0;

    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static const char *setting(const struct lab *lab, const char *where,
                           const char *name)
{
    size_t n;
    const struct lab_setting *s = lab_settings(lab, &n);

    for (size_t i = 0; i < n; i++)
        if (strcmp(s[i].where, where) == 0 && strcmp(s[i].name, name) == 0)
            return s[i].value;
    return "(not there)";
}

START_TEST(caller_stays_where_it_is)
{
    struct lab_config c = config_of((enum port_kind)_i);
    ino_t ns = help_netns(getpid());
    int fds = count_fds();

    NEED((enum port_kind)_i);
    for (int i = 0; i < 5; i++) {
        struct lab *lab = help_lab(&c);
        ck_assert_uint_eq(help_netns(getpid()), ns);
        ck_assert_uint_eq(lab_links(lab), 1);
        ck_assert_int_eq(lab_port(lab, 0, LAB_CLIENT)->kind, _i);
        lab_free(lab);
        ck_assert_int_eq(count_fds(), fds);
    }
    lab_free(NULL);
}
END_TEST

struct visit {
    struct lab *lab;
    enum lab_side side;
    const char *device, *ip4, *ip6;
};

static bool can_bind(int family, const char *ip)
{
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons(25)};
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons(25)};
    int fd = socket(family, SOCK_STREAM, 0), ok;

    inet_pton(family, ip,
              family == AF_INET ? (void *)&a4.sin_addr : &a6.sin6_addr);
    ok = family == AF_INET ? bind(fd, (struct sockaddr *)&a4, sizeof a4)
                           : bind(fd, (struct sockaddr *)&a6, sizeof a6);
    close(fd);
    return ok == 0;
}

static int visit(void *arg)
{
    const struct visit *v = arg;
    struct if_nameindex *i;
    bool seen = false;
    int n = 0;

    if (lab_enter(v->lab, v->side) == -1)
        return 10;
    for (i = if_nameindex(); i[n].if_index; n++)
        seen |= strcmp(i[n].if_name, v->device) == 0;
    if (n != (v->side == LAB_ROAD ? 3 : 2) || !seen)
        return 11;
    if (v->side == LAB_ROAD)
        return 0;
    if (!can_bind(AF_INET, v->ip4) || !can_bind(AF_INET, "127.0.0.1"))
        return 12;
    return can_bind(AF_INET6, v->ip6) ? 0 : 13;
}

START_TEST(each_side_has_its_own)
{
    static const struct visit visits[] = {
        {NULL, LAB_CLIENT, "c0", CLIENT4, CLIENT6},
        {NULL, LAB_SERVER, "s0", SERVER4, SERVER6},
        {NULL, LAB_ROAD, "u0", NULL, NULL}};
    struct lab_config c = config_of(PORT_VETH);
    struct lab *lab;

    NEED(PORT_VETH);
    lab = help_lab(&c);
    for (int i = 0; i < 3; i++) {
        struct visit v = visits[i];
        v.lab = lab;
        ck_assert_int_eq(help_run(visit, &v), 0);
    }
    lab_free(lab);
}
END_TEST

static int visit_two(void *arg)
{
    struct lab *lab = arg;
    ino_t first;

    if (lab_enter(lab, LAB_CLIENT) == -1)
        return 10;
    first = help_netns(getpid());
    if (lab_enter(lab, LAB_SERVER) == -1)
        return 11;
    return help_netns(getpid()) == first;
}

START_TEST(one_may_go_on_to_another_side)
{
    struct lab_config c = config_of(PORT_VETH);
    struct lab *lab;

    NEED(PORT_VETH);
    lab = help_lab(&c);
    ck_assert_int_eq(help_run(visit_two, lab), 0);
    lab_free(lab);
}
END_TEST

static int new_inside(void *arg)
{
    struct lab_config c = config_of(PORT_VETH);
    char why[LAB_WHY];
    struct lab *inner;

    if (help_become_nobody() == -1)
        return 10;
    for (int i = 0; i < 3; i++) {
        inner = lab_new(&c, why);
        if (!inner) {
            fprintf(stderr, "%s\n", why);
            return 11;
        }
        if (lab_enter(inner, LAB_CLIENT) == -1)
            return 12;
        lab_free(inner);
    }
    (void)arg;
    return 0;
}

/* Each lab is made from within the one before, as happens when a worker that
 * has become a client makes the next. */
START_TEST(ordinary_user_may)
{
    struct lab_probe p = lab_probe();

    if (!p.userns)
        SKIP("no user namespaces: %s", p.help);
    NEED(PORT_VETH);
    ck_assert_int_eq(help_run(new_inside, NULL), 0);
}
END_TEST

static int root_inside(void *arg)
{
    struct lab_config c = config_of(PORT_VETH);
    char why[LAB_WHY];
    struct lab *lab;

    (void)arg;
    if (help_become_nobody() == -1)
        return 10;
    c.map_root = true;
    lab = lab_new(&c, why);
    if (!lab || geteuid() == 0)
        return 11;
    if (lab_enter(lab, LAB_SERVER) == -1)
        return 12;
    return geteuid() == 0 ? 0 : 13;
}

START_TEST(ordinary_user_may_be_root_inside)
{
    if (!lab_probe().userns)
        SKIP("no user namespaces");
    NEED(PORT_VETH);
    ck_assert_int_eq(help_run(root_inside, NULL), 0);
}
END_TEST

START_TEST(settings_are_read_back)
{
    struct lab_config c = config_of(PORT_VETH);
    struct lab *lab;
    bool cubic = strstr(lab_probe().congestion, "cubic") != NULL;

    NEED(PORT_VETH);
    c.tcp.fastopen = 3;
    c.tcp.initcwnd = 4;
    c.tcp.timestamps = false;
    c.tcp.rmem = "4096 65536 1048576";
    lab = help_lab(&c);
    ck_assert_str_eq(setting(lab, "client", "net/ipv4/tcp_fastopen"), "3");
    ck_assert_str_eq(setting(lab, "server", "net/ipv4/tcp_timestamps"), "0");
    ck_assert_str_eq(setting(lab, "server", "net/ipv4/tcp_no_metrics_save"),
                     "1");
    ck_assert_str_eq(setting(lab, "client", "net/ipv4/tcp_rmem"),
                     "4096 65536 1048576");
    if (cubic)
        ck_assert_str_eq(setting(lab, "server", "route/ipv6"),
                         "congctl cubic initcwnd 4 initrwnd 0 mtu 1500");
    lab_free(lab);
}
END_TEST

/* clang-format off */
static const struct {
    const char *name;
    struct lab_link link;
    const char *congestion, *rmem, *says;
    unsigned mtu;
} refusal[] = {
    {"no IPv4 address", {{NULL, "300.1.1.1", NULL}, {NULL, SERVER4, NULL}, 0},
     NULL, NULL, "\"300.1.1.1\" is no IPv4 address", 0},
    {"no IPv6 address", {{NULL, NULL, CLIENT4}, {NULL, NULL, SERVER6}, 0},
     NULL, NULL, "\"" CLIENT4 "\" is no IPv6 address", 0},
    {"no congestion control",
     {{NULL, CLIENT4, NULL}, {NULL, SERVER4, NULL}, 0},
     "nonesuch", NULL, "this kernel has ", 0},
    {"no such memory", {{NULL, CLIENT4, NULL}, {NULL, SERVER4, NULL}, 0},
     NULL, "many", "net/ipv4/tcp_rmem = many", 0},
    {"no device name", {{"x", CLIENT4, NULL}, {"a/b", SERVER4, NULL}, 0},
     NULL, NULL, "a/b", 0},
    {"MTU", {{NULL, CLIENT4, NULL}, {NULL, SERVER4, NULL}, 10},
     NULL, NULL, "u0-c0", 0},
};
/* clang-format on */

START_TEST(refusal_names_the_step)
{
    struct lab_config c = config_of(PORT_VETH);
    char why[LAB_WHY];
    int fds = count_fds();
    struct lab *lab;

    NEED(PORT_VETH);
    c.links = &refusal[_i].link;
    c.tcp.congestion = refusal[_i].congestion;
    if (refusal[_i].rmem)
        c.tcp.rmem = refusal[_i].rmem;
    errno = 0;
    lab = lab_new(&c, why);
    ck_assert_msg(lab == NULL, "%s", refusal[_i].name);
    ck_assert_int_ne(errno, 0);
    ck_assert_msg(strstr(why, refusal[_i].says) != NULL, "%s: %s",
                  refusal[_i].name, why);
    ck_assert_int_eq(count_fds(), fds);
}
END_TEST

/* As where the host forbids it, for whatever reason. */
static int without_descriptors(void *arg)
{
    struct lab_config c = config_of(PORT_VETH);
    char *why = arg;
    int fd;

    while ((fd = dup(0)) != -1)
        ;
    if (lab_new(&c, why) || errno != EMFILE)
        return 1;
    return strstr(why, "ulimit -n") ? 0 : 2;
}

START_TEST(too_few_descriptors_are_told)
{
    char why[LAB_WHY];

    NEED(PORT_VETH);
    if (fcntl(0, F_GETFD) == -1)
        SKIP("no standard input");
    ck_assert_int_eq(help_run(without_descriptors, why), 0);
}
END_TEST

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    bool ok = fd != -1 && write(fd, text, strlen(text)) > 0;

    close(fd);
    return ok;
}

/* A host without user namespaces, as an ordinary user meets it: one that
 * allows none, within one of our own, after giving up our powers there. */
static int where_forbidden(void *arg)
{
    struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    struct lab_config c = config_of(PORT_VETH);
    char why[LAB_WHY];

    (void)arg;
    if (help_become_nobody() == -1 || unshare(CLONE_NEWUSER) == -1)
        return 77;
    if (!write_file("/proc/sys/user/max_user_namespaces", "0"))
        return 77;
    if (syscall(SYS_capset, &h, none) == -1)
        return 77;
    if (lab_new(&c, why) || errno != ENOSPC)
        return 1;
    if (!strstr(why, "max_user_namespaces") || !strstr(why, "root"))
        return 2;
    return lab_probe().userns || !strstr(lab_probe().help, "as root") ? 3 : 0;
}

START_TEST(forbidden_namespaces_are_told)
{
    int status = help_run(where_forbidden, NULL);

    if (status == 77)
        SKIP("no user namespace to forbid them in");
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(many_links_in_one_lab)
{
    enum { N = 20 };
    struct lab_link links[N];
    char ip[N][2][24];
    struct lab_config c = config_of(PORT_VETH);
    struct lab *lab;
    char why[LAB_WHY];

    NEED(PORT_VETH);
    for (int i = 0; i < N; i++) {
        snprintf(ip[i][0], sizeof ip[i][0], "fd00::1:%d", i);
        snprintf(ip[i][1], sizeof ip[i][1], "fd00::2:%d", i);
        links[i] = (struct lab_link){
            {NULL, NULL, ip[i][0]}, {NULL, NULL, ip[i][1]}, 1280 + (unsigned)i};
    }
    c.links = links;
    c.links_count = N;
    lab = help_lab(&c);
    ck_assert_uint_eq(lab_links(lab), N);
    ck_assert_uint_eq(lab_port(lab, 7, LAB_SERVER)->mtu, 1287);
    lab_free(lab);
    links[7].client.ip6 = ip[6][0];
    ck_assert_ptr_null(lab_new(&c, why));
    ck_assert_msg(strstr(why, "addresses of its own") != NULL, "%s", why);
}
END_TEST

START_TEST(probe_leaves_nothing)
{
    ino_t ns = help_netns(getpid());
    uid_t uid = geteuid();
    int fds = count_fds();
    struct lab_probe p = lab_probe();

    ck_assert_uint_eq(help_netns(getpid()), ns);
    ck_assert_uint_eq(geteuid(), uid);
    ck_assert_int_eq(count_fds(), fds);
    ck_assert(p.tun || strstr(p.help, "TUN") || !p.netns);
    ck_assert(p.fifo || strstr(p.help, "SCHED_FIFO"));
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("netem/lab");
    TCase *t = tcase_create("lab");
    int rows = sizeof refusal / sizeof refusal[0];

    tcase_add_loop_test(t, caller_stays_where_it_is, PORT_VETH, PORT_TUN + 1);
    tcase_add_test(t, each_side_has_its_own);
    tcase_add_test(t, one_may_go_on_to_another_side);
    tcase_add_test(t, ordinary_user_may);
    tcase_add_test(t, ordinary_user_may_be_root_inside);
    tcase_add_test(t, settings_are_read_back);
    tcase_add_loop_test(t, refusal_names_the_step, 0, rows);
    tcase_add_test(t, too_few_descriptors_are_told);
    tcase_add_test(t, forbidden_namespaces_are_told);
    tcase_add_test(t, many_links_in_one_lab);
    tcase_add_test(t, probe_leaves_nothing);
    suite_add_tcase(s, t);
    return s;
}
