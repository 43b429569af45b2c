/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be done when a lab is given up, or its owner is killed.
 *
 * The last close of a port waits until every CPU has forgotten it (RCU; some
 * 10 to 30 ms each): the warden holds the ports too, so that only he waits.
 *
 * A connection that was cut in its last words is an orphan: the kernel sends
 * its FIN again for minutes, and keeps the whole namespace for its sake. He
 * lets it give up after one more try (tcp_orphan_retries in the kernel's
 * Documentation/networking/ip-sysctl.rst), which must not be set before. */
#include "netem/lab_warden.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netem/fds.h"

static void release_orphans(int ns)
{
    int fd;

    if (setns(ns, CLONE_NEWNET) == -1)
        return;
    fd = open("/proc/sys/net/ipv4/tcp_orphan_retries", O_WRONLY | O_CLOEXEC);
    if (fd == -1)
        return;
    while (write(fd, "1", 1) == -1 && errno == EINTR)
        continue;
    close(fd);
}

static void keep_what_is_needed(const struct lab_site *site, int leash)
{
    size_t n = 2 * site->links_count, at = n;
    int *kept = calloc(n + LAB_SIDES + 2, sizeof *kept);

    if (!kept)
        _exit(1);
    for (size_t i = 0; i < n; i++)
        kept[i] = site->ports[i].fd;
    for (int side = 0; side < LAB_SIDES; side++)
        kept[at++] = site->ns[side];
    kept[at++] = site->user;
    kept[at++] = leash;
    fds_keep(kept, at);
    free(kept);
}

/* Never comes back. */
static void be_warden(const struct lab_site *site, bool keep_server, int leash)
{
    char none;

    setsid();
    prctl(PR_SET_NAME, "warden");
    keep_what_is_needed(site, leash);
    if (chdir("/") == -1)
        _exit(1);
    while (read(leash, &none, 1) == -1 && errno == EINTR)
        continue;
    if (site->user == -1 || setns(site->user, CLONE_NEWUSER) == 0) {
        release_orphans(site->ns[LAB_CLIENT]);
        if (!keep_server)
            release_orphans(site->ns[LAB_SERVER]);
    }
    _exit(0);
}

int lab_warden_start(const struct lab_site *site, bool keep_server)
{
    int leash[2];
    pid_t pid;

    if (pipe2(leash, O_CLOEXEC) == -1)
        return -1;
    pid = fork();
    if (pid == 0) {
        close(leash[1]);
        if (fork() == 0)
            be_warden(site, keep_server, leash[0]);
        _exit(0);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
        continue;
    close(leash[0]);
    if (pid > 0)
        return leash[1];
    close(leash[1]);
    return -1;
}
