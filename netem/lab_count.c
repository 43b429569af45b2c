/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of a namespace's kernel, read by a child that goes there: proc(5),
 * /proc/net/netstat and /proc/net/snmp. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netem/lab.h"

/* Two lines belong together: "Group: name name ..." and "Group: value ...". */
static int find(const char *names, const char *values, const char *name,
                unsigned long long *value)
{
    size_t len = strlen(name);

    for (;;) {
        names += strcspn(names, " \n");
        values += strcspn(values, " \n");
        if (*names != ' ' || *values != ' ')
            return ENOENT;
        names++;
        values++;
        if (strncmp(names, name, len) == 0 && strchr(" \n", names[len])) {
            *value = strtoull(values, NULL, 10);
            return 0;
        }
    }
}

static int read_counter(const char *path, const char *group, const char *name,
                        unsigned long long *value)
{
    size_t len = strlen(group), room[2] = {0, 0};
    char *line[2] = {NULL, NULL};
    FILE *f = fopen(path, "re");
    int error = f ? ENOENT : errno;

    while (f && error == ENOENT && getline(&line[0], &room[0], f) > 0)
        if (getline(&line[1], &room[1], f) > 0 &&
            strncmp(line[0], group, len) == 0 && line[0][len] == ':')
            error = find(line[0], line[1], name, value);
    if (f)
        fclose(f);
    free(line[0]);
    free(line[1]);
    return error;
}

static int count_there(struct lab *lab, enum lab_side side, const char *group,
                       const char *name, unsigned long long *value)
{
    int error;

    if (lab_enter(lab, side) == -1)
        return errno;
    error = read_counter("/proc/self/net/netstat", group, name, value);
    return error == ENOENT
               ? read_counter("/proc/self/net/snmp", group, name, value)
               : error;
}

int lab_counter(struct lab *lab, enum lab_side side, const char *group,
                const char *name, unsigned long long *value)
{
    struct answer {
        int error;
        unsigned long long value;
    } *a = mmap(NULL, sizeof *a, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid;
    int error;

    if (a == MAP_FAILED)
        return -1;
    a->error = ECHILD;
    pid = fork();
    if (pid == 0) {
        a->error = count_there(lab, side, group, name, &a->value);
        _exit(0);
    }
    if (pid == -1)
        a->error = errno;
    while (pid > 0 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
        continue;
    error = a->error;
    *value = a->value;
    munmap(a, sizeof *a);
    errno = error;
    return error ? -1 : 0;
}
