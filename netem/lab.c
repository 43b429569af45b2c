/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab of one experiment: making it, entering it, giving it up. */
#include "netem/lab.h"

#include <assert.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netem/lab_build.h"
#include "netem/lab_warden.h"
#include "netem/netlink.h"

struct lab {
    struct lab_site *site;
    size_t site_bytes;
    int leash;    /* of the warden; -1: there is none */
    bool in_user; /* this process is in the user namespace already */
    struct lab_setting *settings;
};

struct lab_config lab_config_default(void)
{
    return (struct lab_config){
        .port = PORT_VETH,
        .tcp = {.slow_start_after_idle = true,
                .timestamps = true,
                .sack = true,
                .window_scaling = true,
                .rmem = "4096 131072 6291456",
                .wmem = "4096 16384 4194304",
                .ports = "32768 60999",
                .syn_retries = -1,
                .retries2 = -1},
    };
}

/* Namespaces are a thread's own: with a second one the lab would be torn. A
 * task's directory has two links more than it has threads. */
static bool one_thread(void)
{
    struct stat s;

    return stat("/proc/self/task", &s) == -1 || s.st_nlink <= 3;
}

static void check_end(const struct lab_end *e)
{
    assert(!e->name || strlen(e->name) < IFNAMSIZ);
    (void)e;
}

static void check_config(const struct lab_config *config)
{
    assert(!config->joined || config->port == PORT_VETH);
    assert(!config->gso || (config->port == PORT_VETH && !config->joined));
    assert(config->links_count >= 1 && config->links_count <= LAB_LINKS_MAX);
    for (size_t i = 0; i < config->links_count; i++) {
        check_end(&config->links[i].client);
        check_end(&config->links[i].server);
    }
}

static void close_site(struct lab_site *site)
{
    for (size_t i = 0; i < 2 * site->links_count; i++)
        port_close(&site->ports[i]);
    for (int side = 0; side < LAB_SIDES; side++) {
        int *const fds[] = {&site->ns[side], &site->netlink[side],
                            &site->control[side]};
        for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
            if (*fds[i] != -1)
                close(*fds[i]);
    }
    if (site->user != -1)
        close(site->user);
}

static struct lab_site *map_site(size_t bytes, size_t links_count)
{
    struct lab_site *site = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (site == MAP_FAILED)
        return NULL;
    site->error = -1;
    site->user = -1;
    for (int side = 0; side < LAB_SIDES; side++)
        site->ns[side] = site->netlink[side] = site->control[side] = -1;
    site->links_count = links_count;
    for (size_t i = 0; i < 2 * links_count; i++)
        site->ports[i].fd = -1;
    return site;
}

/* The builder goes where the caller must not be taken along to, the user
 * namespace above all, and dies; its descriptors stay because the table is
 * shared with us (CLONE_FILES). */
static void run_builder(struct lab_site *site, const struct lab_config *config)
{
    long pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    int status;

    if (pid == 0) {
        lab_build(site, config);
        _exit(0);
    }
    if (pid == -1) {
        lab_refuse(site, "no process to build the lab: clone");
        return;
    }
    while (waitpid((pid_t)pid, &status, 0) == -1 && errno == EINTR)
        ;
    if (site->error == -1) {
        site->error = ECHILD;
        snprintf(site->why, sizeof site->why,
                 "the process that builds the lab died (wait status %#x)",
                 (unsigned)status);
    }
}

static void hire_warden(struct lab *lab, const struct lab_config *config)
{
    lab->leash = lab_warden_start(lab->site, config->server_here);
    if (lab->leash == -1)
        lab_refuse(lab->site, "no process to clear up behind the lab");
}

static bool list_settings(struct lab *lab)
{
    struct pins *pins = &lab->site->pins;

    lab->settings = calloc(pins->count, sizeof *lab->settings);
    if (!lab->settings)
        return false;
    for (size_t i = 0; i < pins->count; i++)
        lab->settings[i] = (struct lab_setting){
            pins->at[i].where, pins->at[i].name, pins->at[i].value};
    return true;
}

struct lab *lab_new(const struct lab_config *config, char why[LAB_WHY])
{
    struct lab *lab = calloc(1, sizeof *lab);
    int error;

    check_config(config);
    assert(one_thread());
    why[0] = 0;
    if (!lab)
        return NULL;
    lab->leash = -1;
    lab->site_bytes = sizeof *lab->site +
                      2 * config->links_count * sizeof lab->site->ports[0];
    lab->site = map_site(lab->site_bytes, config->links_count);
    if (lab->site) {
        run_builder(lab->site, config);
        if (lab->site->error == 0)
            hire_warden(lab, config);
        if (lab->site->error == 0 && list_settings(lab))
            return lab;
    }
    error = lab->site && lab->site->error ? lab->site->error : ENOMEM;
    snprintf(why, LAB_WHY, "%s",
             lab->site && lab->site->error ? lab->site->why : "no memory");
    lab_free(lab);
    errno = error;
    return NULL;
}

void lab_free(struct lab *lab)
{
    if (!lab)
        return;
    if (lab->site) {
        close_site(lab->site);
        munmap(lab->site, lab->site_bytes);
    }
    if (lab->leash != -1)
        close(
            lab->leash); /* behind the ports: the last close is the warden's */
    free(lab->settings);
    free(lab);
}

int lab_enter(struct lab *lab, enum lab_side side)
{
    assert(side < LAB_SIDES && one_thread());
    if (lab->site->user != -1 && !lab->in_user) {
        if (setns(lab->site->user, CLONE_NEWUSER) == -1)
            return -1;
        lab->in_user = true;
    }
    return setns(lab->site->ns[side], CLONE_NEWNET);
}

size_t lab_links(const struct lab *lab)
{
    return lab->site->links_count;
}

const struct port *lab_port(const struct lab *lab, size_t i, enum lab_side side)
{
    assert(i < lab->site->links_count && side != LAB_ROAD);
    return &lab->site->ports[2 * i + (side == LAB_SERVER)];
}

const struct lab_setting *lab_settings(const struct lab *lab, size_t *count)
{
    *count = lab->site->pins.count;
    return lab->settings;
}

int lab_lost(const struct lab *lab, enum lab_side side,
             unsigned long long *packets)
{
    struct netlink_lost lost;

    if (netlink_get_lost(lab->site->netlink[side], &lost) == -1)
        return -1;
    *packets = lost.packets;
    return 0;
}
