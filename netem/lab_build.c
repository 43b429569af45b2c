/* SPDX-License-Identifier: BSD-2-Clause */
/* Building a lab: namespaces, then devices, then addresses and routes. */
#include "netem/lab_build.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netem/lab_end.h"
#include "netem/netlink.h"

int lab_refuse(struct lab_site *site, const char *format, ...)
{
    va_list args;
    size_t n;

    site->error = errno ? errno : EINVAL;
    va_start(args, format);
    vsnprintf(site->why, sizeof site->why, format, args);
    va_end(args);
    n = strlen(site->why);
    snprintf(site->why + n, sizeof site->why - n, ": %s",
             strerror(site->error));
    if (site->error == EMFILE)
        return lab_help(site, "raise the limit of open files (ulimit -n): a "
                              "lab takes 11, and 2 for each link");
    return -1;
}

int lab_help(struct lab_site *site, const char *text)
{
    size_t n = strlen(site->why);

    snprintf(site->why + n, sizeof site->why - n, "; %s", text);
    return -1;
}

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), kept;
    ssize_t n;

    if (fd == -1)
        return -1;
    n = write(fd, text, strlen(text));
    kept = errno;
    close(fd);
    errno = kept;
    return n == -1 ? -1 : 0;
}

static int map(struct lab_site *site, const char *path, unsigned inside,
               unsigned outside)
{
    char line[64];

    snprintf(line, sizeof line, "%u %u 1", inside, outside);
    if (write_text(path, line) == 0)
        return 0;
    return lab_refuse(site, "write \"%s\" to %s", line, path);
}

static int refuse_user(struct lab_site *site)
{
    static const char apparmor[] =
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
    int kept = errno;

    lab_refuse(site, "no user namespace of our own: unshare(CLONE_NEWUSER)");
    if (kept == ENOSPC || kept == EUSERS)
        return lab_help(site, "raise user.max_user_namespaces, or run as root");
    if (access(apparmor, F_OK) == 0)
        return lab_help(site,
                        "sysctl kernel.apparmor_restrict_unprivileged_userns"
                        "=0 (or a profile with userns), or run as root");
    return lab_help(site,
                    "allow user namespaces (kernel.unprivileged_userns_"
                    "clone, a container's seccomp profile), or run as root");
}

/* user_namespaces(7): a mapping of one's own uid needs no privilege, that of
 * the gid only that setgroups(2) is given up. */
int lab_become_own_user(struct lab_site *site, bool map_root)
{
    unsigned uid = geteuid(), gid = getegid();

    if (unshare(CLONE_NEWUSER) == -1)
        return refuse_user(site);
    if (write_text("/proc/self/setgroups", "deny") == -1 && errno != ENOENT)
        return lab_refuse(site, "write \"deny\" to /proc/self/setgroups");
    if (map(site, "/proc/self/uid_map", map_root ? 0 : uid, uid) == -1 ||
        map(site, "/proc/self/gid_map", map_root ? 0 : gid, gid) == -1)
        return lab_help(site, "run as root, or allow user namespaces");
    site->user = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
    if (site->user == -1)
        return lab_refuse(site, "open /proc/self/ns/user");
    pin_note(&site->pins, "host", "user_namespace",
             map_root ? "own, as root" : "own, same uid");
    return 0;
}

static int new_network(struct lab_site *site, bool map_root)
{
    if (unshare(CLONE_NEWNET) == 0)
        return 0;
    if (errno != EPERM || site->user != -1) {
        lab_refuse(site, "no network namespace: unshare(CLONE_NEWNET)");
        return site->error == ENOSPC
                   ? lab_help(site, "raise user.max_net_namespaces")
                   : -1;
    }
    if (lab_become_own_user(site, map_root) == -1)
        return -1;
    if (unshare(CLONE_NEWNET) == 0)
        return 0;
    lab_refuse(site, "no network namespace: unshare(CLONE_NEWNET) in a user "
                     "namespace of our own");
    return lab_help(site,
                    "AppArmor may take its powers away "
                    "(kernel.apparmor_restrict_unprivileged_userns); or run "
                    "as root");
}

/* Goes to the namespace of a side, which is new but for the caller's own. */
static int enter_side(struct lab_site *site, enum lab_side side,
                      const struct lab_config *config)
{
    const char *name = lab_side_name(side);

    if (side == LAB_SERVER && config->server_here) {
        if (setns(site->ns[side], CLONE_NEWNET) == 0)
            return 0;
        lab_refuse(site, "%s: go back to the caller's namespace", name);
        return lab_help(site, "only its root may add links to it");
    }
    if (new_network(site, config->map_root) == -1)
        return -1;
    site->ns[side] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (site->ns[side] == -1)
        return lab_refuse(site, "%s: open /proc/self/ns/net", name);
    return 0;
}

static int open_side(struct lab_site *site, enum lab_side side,
                     const struct lab_config *config)
{
    bool here = side == LAB_SERVER && config->server_here;
    bool silent = side == LAB_ROAD && !config->joined;
    const char *name = lab_side_name(side);

    if (enter_side(site, side, config) == -1)
        return -1;
    site->netlink[side] = netlink_open();
    if (site->netlink[side] == -1)
        return lab_refuse(site, "%s: rtnetlink socket", name);
    site->control[side] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (site->control[side] == -1)
        return lab_refuse(site, "%s: socket", name);
    if (!here && netlink_turn_on_loopback(site->netlink[side]) == -1)
        return lab_refuse(site, "%s: turn on the loopback device", name);
    if ((here ? pin_forwarding(&site->pins, side, site->why)
              : pin_namespace(&site->pins, side, silent ? NULL : &config->tcp,
                              site->why)) == -1) {
        site->error = errno;
        return -1;
    }
    return 0;
}

/* cubic, unless another was asked for or the kernel has none: then its own
 * choice, which the record shows. */
static const char *congestion_of(const struct lab_config *config)
{
    char known[256];

    if (config->tcp.congestion)
        return config->tcp.congestion;
    lab_congestions(known, sizeof known);
    return strstr(known, "cubic") ? "cubic" : "";
}

void lab_congestions(char *known, size_t size)
{
    static const char path[] = "/proc/sys/net/ipv4/"
                               "tcp_available_congestion_control";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd == -1 ? 0 : read(fd, known, size - 1);

    if (fd != -1)
        close(fd);
    known[n > 0 ? n : 0] = 0;
    known[strcspn(known, "\n")] = 0;
}

static int build(struct lab_site *site, const struct lab_config *config)
{
    if (config->server_here) {
        site->ns[LAB_SERVER] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        if (site->ns[LAB_SERVER] == -1)
            return lab_refuse(site, "open /proc/self/ns/net");
    }
    for (int side = 0; side < LAB_SIDES; side++)
        if (open_side(site, (enum lab_side)side, config) == -1)
            return -1;
    for (size_t i = 0; i < config->links_count; i++)
        for (int side = LAB_CLIENT; side <= LAB_SERVER; side++)
            if (lab_end_make(site, config, i, (enum lab_side)side,
                             congestion_of(config)) == -1)
                return -1;
    return 0;
}

void lab_build(struct lab_site *site, const struct lab_config *config)
{
    pin_note(&site->pins, "host", "port", port_kind_name(config->port));
    if (build(site, config) == 0)
        site->error = 0;
}
