/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of a lab, as host.json wants them. */
#include "bench/run/pinned.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

enum { SETTINGS = 256 };

struct pinned {
    struct setting setting[SETTINGS];
    char name[SETTINGS][80], value[SETTINGS][160];
    size_t count;
};

static void add(struct pinned *p, const char *where, const char *name,
                const char *value)
{
    size_t i = p->count;

    if (i == SETTINGS)
        return;
    snprintf(p->name[i], sizeof p->name[i], "%s: %s", where, name);
    snprintf(p->value[i], sizeof p->value[i], "%s", value);
    p->setting[p->count++] = (struct setting){p->name[i], p->value[i]};
}

static void add_setting(void *pinned, const struct lab_setting *s)
{
    add(pinned, s->where, s->name, s->value);
}

int pinned_tell(const char *folder, bool kernel, enum port_kind port,
                char why[KERNEL_WHY])
{
    struct pinned *p = calloc(1, sizeof *p);
    int result = p ? 0 : -1;

    if (!p) {
        snprintf(why, KERNEL_WHY, "out of memory");
        return -1;
    }
    add(p, "host", "libpcap", pcap_lib_version());
    if (kernel)
        result = kernel_settings(port, add_setting, p, why);
    if (result == 0 && folder)
        result = folder_host(folder, p->setting, p->count, why, KERNEL_WHY);
    free(p);
    return result;
}
