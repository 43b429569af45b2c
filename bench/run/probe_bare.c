/* SPDX-License-Identifier: BSD-2-Clause */
/* The two sides of a lab joined by one veth pair, beside its road: what no
 * road can be better than. With tbf on it, the kernel's own rate. */
#include "bench/run/probe_site.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "netem/netlink.h"

#define MTU 1500
#define ETHERNET 14 /* bytes of a frame's head, which tbf counts */
#define TXQUEUELEN 10000
#define PATIENCE_MS 2000

static int set_mac(int control, const char *name, const struct ifreq *from)
{
    struct ifreq r = *from;

    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    return ioctl(control, SIOCSIFHWADDR, &r);
}

/* No offloads, as on the road: what crosses is what a wire would carry. */
static void turn_off_offloads(int control, const char *name)
{
    static const uint32_t set[] = {ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO,
                                   ETHTOOL_SGRO};

    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++) {
        struct ethtool_value v = {.cmd = set[i]};
        struct ifreq r = {.ifr_data = (char *)&v};

        snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
        ioctl(control, SIOCETHTOOL, &r);
    }
}

/* In the namespace of `name`: with the same address at both ends nobody has
 * to ask for one. */
static int set_up_end(const char *name, const struct in_addr *own,
                      const struct in_addr *other, struct ifreq *mac)
{
    int netlink = netlink_open(), result = -1;
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct netlink_route r = {.device = if_nametoindex(name),
                              .family = AF_INET,
                              .congestion = "cubic",
                              .to = other,
                              .from = own};

    snprintf(mac->ifr_name, sizeof mac->ifr_name, "%s", name);
    if (mac->ifr_hwaddr.sa_family == 0)
        ioctl(control, SIOCGIFHWADDR, mac);
    turn_off_offloads(control, name);
    if (set_mac(control, name, mac) == 0 &&
        netlink_turn_on(netlink, r.device, TXQUEUELEN) == 0 &&
        netlink_add_address(netlink, r.device, AF_INET, own) == 0)
        result = netlink_add_route(netlink, &r);
    close(control);
    close(netlink);
    return result;
}

static int add_pair(int far_ns)
{
    static const uint8_t mac[] = {2, 't', 'b', 0, 0, 1};
    int netlink = netlink_open();
    struct netlink_veth v = {.near = "bare1",
                             .far = "bare0",
                             .far_ns = far_ns,
                             .mtu = MTU,
                             .far_mac = mac};
    int result = netlink_add_veth(netlink, &v);

    close(netlink);
    return result;
}

/* The kernel lets packets through only some time after both ends are up; what
 * is sent before is lost. */
static void await_running(const char *name)
{
    const struct timespec nap = {0, 1000000};
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq r = {0};

    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        if (ioctl(control, SIOCGIFFLAGS, &r) == 0 && r.ifr_flags & IFF_RUNNING)
            break;
        nanosleep(&nap, NULL);
    }
    close(control);
}

static int join(struct probe_site *s)
{
    struct ifreq mac = {0};
    int client, result;

    if (lab_enter(s->lab, LAB_CLIENT) == -1)
        return -1;
    client = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (client == -1 || lab_enter(s->lab, LAB_SERVER) == -1)
        return -1;
    result = add_pair(client);
    close(client);
    if (result == -1 || set_up_end("bare1", &s->server, &s->client, &mac) == -1)
        return -1;
    if (lab_enter(s->lab, LAB_CLIENT) == -1)
        return -1;
    if (set_up_end("bare0", &s->client, &s->server, &mac) == -1)
        return -1;
    await_running("bare0");
    if (lab_enter(s->lab, LAB_SERVER) == -1)
        return -1;
    await_running("bare1");
    return lab_enter(s->lab, LAB_CLIENT);
}

/* In the client's namespace. */
static int run_tc(const struct probe *p)
{
    char rate[40], limit[40];
    int status = 0;
    pid_t pid;

    snprintf(rate, sizeof rate, "%llubit",
             (unsigned long long)p->rate_bps * (p->bytes + ETHERNET) /
                 p->bytes);
    snprintf(limit, sizeof limit, "%llu", (unsigned long long)p->rate_bps / 8);
    pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 2);
        execlp("tc", "tc", "qdisc", "replace", "dev", "bare0", "root", "tbf",
               "rate", rate, "burst", "3028", "limit", limit, (char *)NULL);
        _exit(127);
    }
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int probe_bare_open(struct probe_site *s, const struct probe *p,
                    struct probe_outcome *o)
{
    int status;

    /* RFC 5737; the lab's own link has other ones. */
    inet_pton(AF_INET, "203.0.113.1", &s->client);
    inet_pton(AF_INET, "203.0.113.2", &s->server);
    if (join(s) == -1)
        return probe_refuse(o, "bare veth pair: %s", strerror(errno));
    status = p->road == PROBE_TBF ? run_tc(p) : 0;
    if (status == 0)
        return 0;
    o->skipped = true;
    return probe_refuse(o, status == 127 ? "there is no program `tc`"
                                         : "this kernel has no tbf");
}
