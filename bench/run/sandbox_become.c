/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process does before it becomes a program, and how one sees that a
 * server is ready. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/run/sandbox_inner.h"

/* Ambient capabilities: capabilities(7). */
void sandbox_keep_powers(void)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

    if (geteuid() == 0 || syscall(SYS_capget, &head, data) == -1)
        return;
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        data[i].inheritable = data[i].permitted;
    if (syscall(SYS_capset, &head, data) == -1)
        return;
    for (unsigned long cap = 0; cap <= CAP_LAST_CAP; cap++)
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0UL, 0UL);
}

static void fill_environment(const struct sandbox_word *w)
{
    for (; w && w->name; w++)
        if (w->value)
            setenv(w->name, w->value, 1);
        else
            unsetenv(w->name);
}

void sandbox_become(const struct sandbox_program *program, const sigset_t *mask,
                    int tell)
{
    int error;

    sandbox_keep_powers();
    fill_environment(program->word);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(program->argv[0], program->argv);
    error = errno;
    if (write(tell, &error, sizeof error) < 0)
        _exit(2);
    _exit(1);
}

enum { LISTENING = 0x0a, BOUND = 0x07 };

/* proc(5), /proc/net/tcp: "0: 0100007F:0019 00000000:0000 0A ..." */
static bool any_socket(const char *path, unsigned state, unsigned port)
{
    FILE *f = fopen(path, "re");
    unsigned at, is;
    bool found = false;
    char line[256];

    while (f && !found && fgets(line, sizeof line, f))
        found = sscanf(line, "%*u: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &at,
                       &is) == 2 &&
                is == state && (port == 0 || at == port);
    if (f)
        fclose(f);
    return found;
}

bool sandbox_is_ready(int ready)
{
    unsigned port = (unsigned)ready;

    if (any_socket("/proc/self/net/tcp", LISTENING, port) ||
        any_socket("/proc/self/net/tcp6", LISTENING, port))
        return true;
    return ready == SANDBOX_ANY &&
           (any_socket("/proc/self/net/udp", BOUND, 0) ||
            any_socket("/proc/self/net/udp6", BOUND, 0));
}
