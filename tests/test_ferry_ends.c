/* SPDX-License-Identifier: BSD-2-Clause */
/* How a ferry ends when nobody asked it to. */
#include <dirent.h>
#include <poll.h>

#include "tests/journey.h"

/* The child of `parent` that calls itself a ferry. */
static pid_t find_ferry(pid_t parent)
{
    DIR *d = opendir("/proc");
    pid_t found = 0;

    for (struct dirent *e; (e = readdir(d));) {
        char path[300], name[20] = "";
        int pid = 0, ppid = 0;
        FILE *f;
        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        f = atoi(e->d_name) > 0 ? fopen(path, "r") : NULL;
        if (!f)
            continue;
        if (fscanf(f, "%d (%19[^)]) %*c %d", &pid, name, &ppid) == 3 &&
            ppid == parent && strcmp(name, "ferry") == 0)
            found = pid;
        fclose(f);
    }
    closedir(d);
    return found;
}

START_TEST(death_is_noticed)
{
    struct journey j;
    struct ferry_report r;
    struct pollfd p;

    NEED(PORT_VETH);
    prepare(&j);
    depart(&j, PORT_VETH, &datagrams);
    ping(&j, &datagrams);
    p = (struct pollfd){ferry_watch(j.ferry), POLLIN, 0};
    ck_assert_int_eq(poll(&p, 1, 0), 0);
    ck_assert_int_eq(kill(find_ferry(getpid()), SIGKILL), 0);
    ck_assert_int_eq(poll(&p, 1, 20000), 1);
    r = arrive(&j);
    ck_assert(r.died && !r.valid);
    ck_assert_ptr_nonnull(strstr(r.why, "died"));
    ck_assert_uint_eq(r.way[FERRY_UP].packets_in, PINGS);
    ferry_report_release(&r);
}
END_TEST

/* Whether any process is left in these namespaces. */
static bool is_inhabited(const ino_t *ns, int count)
{
    DIR *d = opendir("/proc");
    bool found = false;

    for (struct dirent *e; (e = readdir(d));)
        for (int i = 0; i < count; i++)
            if (atoi(e->d_name) > 0 && ns[i] != 0 &&
                help_netns(atoi(e->d_name)) == ns[i])
                found = true;
    closedir(d);
    return found;
}

struct doomed { /* what the child tells before it is killed */
    pid_t ferry, server;
    ino_t ns[2];
};

static void live_until_killed(int tell)
{
    struct journey j;
    struct doomed d;

    prepare(&j);
    depart(&j, PORT_VETH, &datagrams);
    d = (struct doomed){find_ferry(getpid()),
                        j.server,
                        {help_netns(getpid()), help_netns(j.server)}};
    if (write(tell, &d, sizeof d) != sizeof d)
        _exit(1);
    for (;;)
        close(throw_in(1));
}

static bool is_alive(pid_t pid)
{
    char path[40], state = 'Z';
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (!f)
        return false;
    if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = 'Z';
    fclose(f);
    return state != 'Z' && state != 'X';
}

/* Some are killed while they build, some while packets fly. */
START_TEST(kill_leaves_nothing)
{
    struct timespec nap = {0, (_i * 7919 % 40) * MS};
    struct doomed d = {0};
    int tell[2];
    pid_t pid;

    NEED(PORT_VETH);
    ck_assert_int_eq(pipe2(tell, O_NONBLOCK), 0);
    pid = fork();
    if (pid == 0)
        live_until_killed(tell[1]);
    if (_i % 2) { /* wait until it flies */
        struct pollfd p = {tell[0], POLLIN, 0};
        ck_assert_int_eq(poll(&p, 1, 20000), 1);
    }
    nanosleep(&nap, NULL);
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    if (read(tell[0], &d, sizeof d) == sizeof d)
        for (int tries = 0;
             is_alive(d.ferry) || is_alive(d.server) || is_inhabited(d.ns, 2);
             tries++) {
            ck_assert_msg(tries < 1000, "something is left");
            nanosleep(&(struct timespec){0, 10 * MS}, NULL);
        }
    close(tell[0]);
    close(tell[1]);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("netem/ferry ends");
    TCase *ends = tcase_create("ends");

    tcase_add_test(ends, death_is_noticed);
    tcase_add_loop_test(ends, kill_leaves_nothing, 0, 16);
    suite_add_tcase(s, ends);
    return s;
}
