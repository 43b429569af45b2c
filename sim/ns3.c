/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the plug-in, and passes calls on to it. */
#include "sim/ns3.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/ns3_plugin.h"

#define MS INT64_C(1000000)
#define SECONDS INT64_C(1000000000)

const struct ns3_tcp ns3_tcp_linux = {
    .name = "linux",
    .first_rto_ns = SECONDS,
    .least_spread_ns = 200 * MS,
    .most_rto_ns = 120 * SECONDS,
    .syns = 7,
    .syn_acks = 6,
    .retries = 15,
    .delayed_ack_ns = 40 * MS,
    .initial_window = 10,
};

/* RFC 9293, 3.8.3: R2 of a SYN is at least three minutes: 1 + 2 + ... + 128 s.
 * R2 of data is at least 100 s: 1 + 2 + ... + 60 + 60 s. RFC 5681, 4.2: ACKs
 * are delayed by less than half a second. */
const struct ns3_tcp ns3_tcp_rfc = {
    .name = "rfc",
    .first_rto_ns = SECONDS,
    .least_rto_ns = SECONDS,
    .most_rto_ns = 60 * SECONDS,
    .syns = 8,
    .syn_acks = 8,
    .retries = 8,
    .delayed_ack_ns = 200 * MS,
    .initial_window = 10,
};

struct ns3_tcp ns3_tcp_patient(int64_t rtt_ns)
{
    struct ns3_tcp t = ns3_tcp_linux;

    t.name = "patient";
    t.first_rto_ns = rtt_ns + rtt_ns / 2 + SECONDS;
    t.most_rto_ns = 100 * t.first_rto_ns;
    return t;
}

static const struct ns3_plugin *plugin;

static const struct ns3_link_calls link_calls = {
    link_new, link_free, link_start, link_put, link_next_ns, link_take,
};

/* The places to look in, the likeliest first; false: there are no more. */
static bool place(int i, char path[PATH_MAX])
{
    static const char *const beside[] = {"", "../lib/turnaround/", "../"};
    const char *told = getenv("TURNAROUND_NS3");
    char self[PATH_MAX];
    ssize_t len;

    if (told && *told) {
        snprintf(path, PATH_MAX, "%s", told);
        return i == 0;
    }
    len = readlink("/proc/self/exe", self, sizeof self - 1);
    while (len > 0 && self[len - 1] != '/')
        len--;
    if (len <= 0 || i >= (int)(sizeof beside / sizeof beside[0]))
        return false;
    snprintf(path, PATH_MAX, "%.*s%s%s", (int)len, self, beside[i],
             NS3_PLUGIN_FILE);
    return true;
}

static void *open_any(char why[NS3_WHY])
{
    char path[PATH_MAX];

    snprintf(why, NS3_WHY, "%s", "");
    for (int i = 0; place(i, path); i++) {
        void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
        bool there = access(path, F_OK) == 0;

        if (library)
            return library;
        if (there || !*why)
            snprintf(why, NS3_WHY, "%.*s", NS3_WHY - 1,
                     there ? dlerror() : path);
        if (there)
            break;
    }
    return NULL;
}

int ns3_load(char why[NS3_WHY])
{
    char wrong[NS3_WHY];
    void *library;

    if (plugin)
        return 0;
    library = open_any(wrong);
    if (!library) {
        errno = ENOSYS;
        snprintf(why, NS3_WHY,
                 "ns-3's plug-in cannot be loaded: %.200s; it is built where "
                 "Debian's libns3-dev is installed (apt-get install "
                 "libns3-dev; make)",
                 wrong);
        return -1;
    }
    plugin = dlsym(library, NS3_PLUGIN_SYMBOL);
    if (plugin && plugin->abi == NS3_PLUGIN_ABI)
        return 0;
    snprintf(why, NS3_WHY, "%s is not of this program: build both anew",
             NS3_PLUGIN_FILE);
    plugin = NULL;
    dlclose(library);
    errno = ENOSYS;
    return -1;
}

const char *ns3_version(void)
{
    return plugin ? plugin->version() : NULL;
}

int64_t ns3_run(const struct ns3_config *config, struct machine *client,
                struct ns3_report *report, char why[NS3_WHY])
{
    struct ns3_config filled = *config;

    assert(plugin);
    if (!filled.tcp)
        filled.tcp = &ns3_tcp_linux;
    if (!filled.mtu_bytes)
        filled.mtu_bytes = 1500;
    return plugin->run(&link_calls, &filled, client, report, why);
}

void ns3_forget(void)
{
    if (plugin)
        plugin->forget();
}

struct ns3_road *ns3_road_new(const struct ns3_road_config *config)
{
    assert(plugin);
    return plugin->road_new(config);
}

void ns3_road_run(struct ns3_road *r)
{
    plugin->road_run(r);
}

void ns3_road_put(struct ns3_road *r, enum ns3_way way, uint64_t id,
                  uint32_t bytes)
{
    plugin->road_put(r, way, id, bytes);
}

void ns3_road_stop(struct ns3_road *r)
{
    plugin->road_stop(r);
}

void ns3_road_free(struct ns3_road *r)
{
    plugin->road_free(r);
}

const char *ns3_road_lacks(const struct link_params *l)
{
    const struct link_phase *p = &l->base;

    if (p->delay.corr_pct > 0 || p->loss.random.corr_pct > 0)
        return "a correlation";
    if (p->delay.jitter_ns > 0 && p->delay.scatter.spread != LINK_UNIFORM &&
        p->delay.scatter.spread != LINK_NORMAL)
        return "that distribution";
    if (p->loss.model == LINK_LOSS_STATE || p->loss.model == LINK_LOSS_GEMODEL)
        return "loss but random";
    if (p->corrupt.pct > 0)
        return "corrupt";
    if (p->duplicate.pct > 0)
        return "duplicate";
    if (p->reorder.chance.pct > 0)
        return "reorder";
    if (p->rate.trace)
        return "rate trace";
    if (p->rate.packet_overhead || p->rate.cell_bytes)
        return "the overhead of a rate";
    if (l->queue.discipline != LINK_QUEUE_NONE &&
        l->queue.discipline != LINK_QUEUE_DROPTAIL)
        return "a queue but droptail";
    if (l->ecn)
        return "ecn";
    if (l->slot.on)
        return "slot";
    if (l->change_count)
        return "a change at a time";
    return l->drop_count || l->predicate_count ? "drop" : NULL;
}
