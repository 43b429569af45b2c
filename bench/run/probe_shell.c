/* SPDX-License-Identifier: BSD-2-Clause */
/* mahimahi's shells (mm-delay, mm-link), where they are on the machine: one is
 * started in a network namespace of ours with a program that only sleeps,
 * and the probe then enters the namespace of that sleeper. */
#include "bench/run/probe_site.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534 /* mahimahi refuses to serve root */
#define PATIENCE_MS 3000
#define TRACE_BITS (1500 * 8) /* what one line of a trace lets through */

static bool on_path(const char *program)
{
    char list[2000], path[2100];
    const char *from = getenv("PATH");

    snprintf(list, sizeof list, "%s", from ? from : "/usr/bin");
    for (char *rest = list, *dir; (dir = strsep(&rest, ":"));) {
        snprintf(path, sizeof path, "%s/%s", dir, program);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd == -1)
        return;
    if (write(fd, text, strlen(text)) == -1)
        close(fd);
    else
        close(fd);
}

static void turn_on_loopback(void)
{
    struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    ioctl(fd, SIOCSIFFLAGS, &r);
    close(fd);
}

/* A trace that lets 1500 bytes through so many times in each millisecond. */
static int write_trace(struct probe_site *s, uint64_t bps, char path[100])
{
    uint64_t lines = bps / 1000 / TRACE_BITS;
    FILE *f;

    snprintf(s->folder, sizeof s->folder, "/tmp/turnaround-probe-XXXXXX");
    if (!mkdtemp(s->folder) || chmod(s->folder, 0755) == -1)
        return -1;
    snprintf(path, 100, "%s/client.pcap", s->folder);
    f = fopen(path, "we");
    if (!f)
        return -1;
    for (uint64_t i = 0; i < lines; i++)
        fputs("1\n", f);
    return fclose(f);
}

static void be_shell(const struct probe *p, char *trace)
{
    char delay_program[] = "mm-delay", link_program[] = "mm-link";
    char sleeper[] = "sleep", seconds[] = "1000", delay[24];
    char *args[8], **a = args;
    int null = open("/dev/null", O_RDWR);

    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    snprintf(delay, sizeof delay, "%lld", (long long)p->delay_ns / 1000000);
    if (p->delay_ns) {
        *a++ = delay_program;
        *a++ = delay;
    }
    if (p->rate_bps) {
        *a++ = link_program;
        *a++ = trace;
        *a++ = trace;
    }
    *a++ = sleeper;
    *a++ = seconds;
    *a = NULL;
    if (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
        setresuid(NOBODY, NOBODY, NOBODY) == 0)
        execvp(args[0], args);
    _exit(127);
}

static bool is_sleeper(pid_t pid)
{
    char path[48], name[32] = "";
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    f = fopen(path, "re");
    if (!f)
        return false;
    if (!fgets(name, sizeof name, f))
        name[0] = 0;
    fclose(f);
    return strcmp(name, "sleep\n") == 0;
}

/* Of the process or one that descends from it; 0: none yet. */
static pid_t find_sleeper(pid_t pid)
{
    char path[64];
    pid_t found = is_sleeper(pid) ? pid : 0;
    int child;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid,
             (int)pid);
    f = fopen(path, "re");
    while (f && !found && fscanf(f, "%d", &child) == 1)
        found = find_sleeper(child);
    if (f)
        fclose(f);
    return found;
}

static int await_sleeper(struct probe_site *s)
{
    const struct timespec nap = {0, 5000000};
    char path[48];

    for (int ms = 0; ms < PATIENCE_MS; ms += 5) {
        pid_t pid = find_sleeper(s->shell);
        if (waitpid(s->shell, NULL, WNOHANG) == s->shell) {
            s->shell = 0;
            return -1;
        }
        if (pid) {
            snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
            s->ns[LAB_CLIENT] = open(path, O_RDONLY | O_CLOEXEC);
            return s->ns[LAB_CLIENT] == -1 ? -1 : 0;
        }
        nanosleep(&nap, NULL);
    }
    return -1;
}

/* Each end of a shell is a point-to-point device; with one shell in the other
 * the server is beyond the outer one. */
static struct in_addr own_address(void)
{
    struct in_addr found = {0};
    struct ifaddrs *all;

    if (getifaddrs(&all) == -1)
        return found;
    for (struct ifaddrs *i = all; i; i = i->ifa_next)
        if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET &&
            !(i->ifa_flags & IFF_LOOPBACK))
            found = ((struct sockaddr_in *)(void *)i->ifa_addr)->sin_addr;
    freeifaddrs(all);
    return found;
}

static int open_shell(struct probe_site *s, const struct probe *p)
{
    char trace[100] = "";

    if (p->rate_bps && write_trace(s, p->rate_bps, trace) == -1)
        return -1;
    if (unshare(CLONE_NEWNET) == -1)
        return -1;
    turn_on_loopback();
    write_text("/proc/sys/net/ipv4/ip_forward", "1");
    s->ns[LAB_SERVER] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    s->shell = fork();
    if (s->shell == 0)
        be_shell(p, trace);
    if (s->ns[LAB_SERVER] == -1 || s->shell == -1 || await_sleeper(s) == -1)
        return -1;
    s->server = own_address();
    if (probe_site_enter(s, LAB_CLIENT) == -1)
        return -1;
    s->client = own_address();
    return s->client.s_addr && s->server.s_addr ? 0 : -1;
}

int probe_shell_open(struct probe_site *s, const struct probe *p,
                     struct probe_outcome *o)
{
    const char *need[] = {p->delay_ns ? "mm-delay" : "mm-link",
                          p->rate_bps ? "mm-link" : "mm-delay"};

    o->skipped = true;
    for (int i = 0; i < 2; i++)
        if (!on_path(need[i]))
            return probe_refuse(o, "there is no program `%s` (mahimahi)",
                                need[i]);
    if (geteuid() != 0)
        return probe_refuse(o,
                            "only root can put `%s` into a network "
                            "namespace of ours",
                            need[0]);
    o->skipped = false;
    if (open_shell(s, p) == 0)
        return 0;
    return probe_refuse(o, "`%s` gave no path to the other side", need[0]);
}

/* It ends when its sleeper does. */
void probe_shell_close(struct probe_site *s)
{
    pid_t sleeper = s->shell > 0 ? find_sleeper(s->shell) : 0;

    if (sleeper)
        kill(sleeper, SIGKILL);
    else if (s->shell > 0)
        kill(s->shell, SIGKILL);
    while (s->shell > 0 && waitpid(s->shell, NULL, 0) == -1 && errno == EINTR)
        ;
    s->shell = 0;
    for (int side = 0; side < 2; side++)
        if (s->ns[side] != -1)
            close(s->ns[side]);
    s->ns[0] = s->ns[1] = -1;
}
