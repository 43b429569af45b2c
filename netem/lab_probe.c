/* SPDX-License-Identifier: BSD-2-Clause */
/* What this host allows. Each trial is made in a child, so that nothing of it
 * stays; it tells by its exit status, which is an errno. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netem/lab_build.h"
#include "netem/netlink.h"

static int error_of(int ok)
{
    return ok == -1 ? (errno ? errno : EIO) : 0;
}

static int try_netns(void)
{
    return error_of(unshare(CLONE_NEWNET));
}

static int try_userns(void)
{
    struct lab_site site = {.user = -1};

    if (lab_become_own_user(&site, false) == -1)
        return site.error;
    return try_netns();
}

/* As lab_new() does it: one's own powers first. */
static int enter(void)
{
    return try_netns() == 0 ? 0 : try_userns();
}

static int try_veth(void)
{
    static const uint8_t mac[6] = {2, 't', 'a', 0, 0, 0};
    struct netlink_veth v = {.near = "u0", .far = "c0", .mtu = 1500};
    int error = enter(), fd;

    if (error)
        return error;
    v.far_mac = mac;
    v.far_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    fd = netlink_open();
    if (v.far_ns == -1 || fd == -1)
        return errno;
    return error_of(netlink_add_veth(fd, &v));
}

static int try_packet(void)
{
    struct port port;
    int error = enter();

    return error ? error : error_of(port_open_veth(&port, "lo", 1500, false));
}

static int try_tun(void)
{
    struct port port;
    int error = enter();

    return error ? error : error_of(port_open_tun(&port, "c0", 1500));
}

static int try_fifo(void)
{
    struct sched_param p = {.sched_priority = 1};

    return error_of(sched_setscheduler(0, SCHED_FIFO, &p));
}

static int in_child(int (*try)(void))
{
    int status = 0;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0)
        _exit(try());
    if (pid == -1)
        return errno;
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static void advise(struct lab_probe *p, bool lacks, int error, const char *what,
                   const char *help)
{
    size_t n = strlen(p->help);

    if (lacks)
        snprintf(p->help + n, sizeof p->help - n, "%s: %s; %s\n", what,
                 strerror(error), help);
}

static void advise_all(struct lab_probe *p)
{
    bool no_lab = !p->netns && !p->userns;

    advise(p, no_lab, p->userns_errno, "user namespaces",
           p->userns_errno == ENOSPC
               ? "raise user.max_user_namespaces, or run as root"
               : "set kernel.apparmor_restrict_unprivileged_userns=0 or "
                 "kernel.unprivileged_userns_clone=1, loosen a container's "
                 "seccomp profile, or run as root");
    advise(p, !no_lab && !p->veth, p->veth_errno, "veth pairs",
           "modprobe veth, or use TUN");
    advise(p, !no_lab && !p->packet, p->packet_errno, "AF_PACKET sockets",
           "modprobe af_packet, or use TUN");
    advise(p, !no_lab && !p->tun, p->tun_errno, "TUN devices",
           p->tun_errno == ENOENT
               ? "modprobe tun; veth does without"
               : "run as root or change the mode of /dev/net/tun; veth does "
                 "without");
    advise(p, !p->fifo, p->fifo_errno, "SCHED_FIFO",
           "raise RLIMIT_RTPRIO or run as root; without it the road leaves "
           "some 10 us later");
    if (!strstr(p->congestion, "cubic"))
        advise(p, true, ENOENT, "TCP cubic",
               "modprobe tcp_cubic; without it the kernel's own choice is "
               "used, and recorded");
}

struct lab_probe lab_probe(void)
{
    struct lab_probe p = {.root = geteuid() == 0};

    /* clang-format off */
    const struct {
        int (*try)(void);
        bool *can;
        int *error;
    } trial[] = {
        {try_netns,  &p.netns,  &p.netns_errno},
        {try_userns, &p.userns, &p.userns_errno},
        {try_veth,   &p.veth,   &p.veth_errno},
        {try_packet, &p.packet, &p.packet_errno},
        {try_tun,    &p.tun,    &p.tun_errno},
        {try_fifo,   &p.fifo,   &p.fifo_errno},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof trial / sizeof trial[0]; i++) {
        *trial[i].error = in_child(trial[i].try);
        *trial[i].can = *trial[i].error == 0;
    }
    lab_congestions(p.congestion, sizeof p.congestion);
    advise_all(&p);
    return p;
}
