/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of the lab and the ferry share. */
#ifndef TESTS_LAB_HELP_H
#define TESTS_LAB_HELP_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netem/lab.h"
#include "tests/skip.h"

#define CLIENT4 "192.0.2.1"
#define SERVER4 "198.51.100.1"
#define CLIENT6 "2001:db8::1"
#define SERVER6 "2001:db8:1::1"

static const struct lab_link help_link = {
    {NULL, CLIENT4, CLIENT6}, {NULL, SERVER4, SERVER6}, 0};

/* NULL: this host can make such a lab; else why it cannot. */
static inline const char *help_refusal(enum port_kind kind)
{
    static struct lab_probe p;

    p = lab_probe();
    p.help[strcspn(p.help, "\n")] = 0; /* the first line says enough */
    if (!p.netns && !p.userns)
        return p.help;
    if (kind == PORT_TUN)
        return p.tun ? NULL : p.help;
    return p.veth && p.packet ? NULL : p.help;
}

#define NEED(kind)                                                             \
    do {                                                                       \
        const char *refused_ = help_refusal(kind);                             \
        if (refused_)                                                          \
            SKIP("%s", refused_);                                              \
    } while (0)

static inline struct lab *help_lab(const struct lab_config *config)
{
    char why[LAB_WHY];
    struct lab *lab = lab_new(config, why);

    ck_assert_msg(lab != NULL, "%s", why);
    return lab;
}

/* Runs `what` in a child and returns its exit status. */
static inline int help_run(int (*what)(void *), void *arg)
{
    int status = 0;
    pid_t pid = fork();

    ck_assert_int_ne(pid, -1);
    if (pid == 0)
        _exit(what(arg));
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status), "wait status %#x", (unsigned)status);
    return WEXITSTATUS(status);
}

/* Gives up root's powers for good. A process that did so is no longer its own
 * user's to look into, nor to write its uid map, until it says that it is. */
static inline int help_become_nobody(void)
{
    if (geteuid() == 0 && (setgroups(0, NULL) == -1 || setgid(65534) == -1 ||
                           setuid(65534) == -1))
        return -1;
    return prctl(PR_SET_DUMPABLE, 1UL, 0UL, 0UL, 0UL);
}

static inline ino_t help_netns(pid_t pid)
{
    char path[40];
    struct stat s;

    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
    return stat(path, &s) == 0 ? s.st_ino : 0;
}

#endif
