/* SPDX-License-Identifier: BSD-2-Clause */
/* A lab and a ferry for a probe, and whatever keeps the cores busy. */
#include "bench/run/probe_site.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/ns3_road.h"
#include "sim/ns3.h"

#define SNAPLEN 128
#define SPREAD_NS 750000 /* link by link, the delay grows by this */
#define LIMIT 2000000    /* packets: the road is to have room for all */
#define GRACE_NS 2000000000

/* Link i: 192.0.2.i to 198.51.100.i at first, then in blocks of 200. */
static struct in_addr address(unsigned base, unsigned i)
{
    return (struct in_addr){htonl(base + i / 200 * 256 + i % 200 + 1)};
}

struct in_addr probe_site_server(const struct probe_site *s, unsigned i)
{
    return s->links > 1 ? address(0xC6336400, i) : s->server;
}

int64_t probe_delay_ns(const struct probe *p, unsigned i)
{
    return p->delay_ns + i * SPREAD_NS;
}

static void be_busy(void)
{
    volatile unsigned long n = 0;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
        n++;
}

/* They are one group, as another user's `make -j` would be. */
static pid_t start_load(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    pid_t pid = fork();

    if (pid != 0)
        return pid > 0 ? pid : 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    for (long i = 1; i < cores; i++)
        if (fork() == 0)
            be_busy();
    be_busy();
    _exit(0);
}

static void stop(pid_t *pid)
{
    if (*pid <= 0)
        return;
    kill(*pid, SIGKILL);
    while (waitpid(*pid, NULL, 0) == -1 && errno == EINTR)
        ;
    *pid = 0;
}

struct names { /* of the addresses of a lab's links */
    char client[INET_ADDRSTRLEN], server[INET_ADDRSTRLEN];
};

static int make_lab(struct probe_site *s, const struct probe *p,
                    struct probe_outcome *o)
{
    struct lab_config c = lab_config_default();
    struct lab_link *links = calloc(s->links, sizeof *links);
    struct names *names = calloc(s->links, sizeof *names);
    char why[LAB_WHY];

    if (!links || !names)
        abort();
    for (unsigned i = 0; i < s->links; i++) {
        struct in_addr client = address(0xC0000200, i);
        struct in_addr server = address(0xC6336400, i);
        inet_ntop(AF_INET, &client, names[i].client, INET_ADDRSTRLEN);
        inet_ntop(AF_INET, &server, names[i].server, INET_ADDRSTRLEN);
        links[i].client.ip4 = names[i].client;
        links[i].server.ip4 = names[i].server;
    }
    c.port = p->road == PROBE_TUN || p->road == PROBE_TUN_RELAY ? PORT_TUN
                                                                : PORT_VETH;
    c.links = links;
    c.links_count = s->links;
    c.gso = p->gso;
    c.map_root = true; /* for tc, which is a program */
    c.tcp.rmem = "4096 1048576 16777216";
    c.tcp.wmem = "4096 1048576 16777216";
    s->lab = lab_new(&c, why);
    free(links);
    free(names);
    if (s->lab)
        return 0;
    o->skipped = errno == EPERM || errno == EACCES || errno == ENOENT;
    return probe_refuse(o, "%s", why);
}

static int make_folder(struct probe_site *s, struct probe_outcome *o)
{
    snprintf(s->folder, sizeof s->folder, "/tmp/turnaround-probe-XXXXXX");
    if (mkdtemp(s->folder))
        return 0;
    s->folder[0] = 0;
    return probe_refuse(o, "%s: %s", "/tmp", strerror(errno));
}

static void name_capture(const struct probe_site *s, const char *side,
                         char path[100])
{
    snprintf(path, 100, "%s/%s.pcap", s->folder, side);
}

static void remove_folder(struct probe_site *s)
{
    static const char *const sides[] = {"client", "server"};
    char path[100];

    if (!s->folder[0])
        return;
    for (int i = 0; i < 2; i++) {
        name_capture(s, sides[i], path);
        unlink(path);
    }
    rmdir(s->folder);
    s->folder[0] = 0;
}

static int make_ferry(struct probe_site *s, const struct probe *p,
                      struct probe_outcome *o)
{
    struct link_params *params = calloc(s->links, sizeof *params);
    struct ferry_link *links = calloc(s->links, sizeof *links);
    struct ferry_config c = {.links = links,
                             .links_count = s->links,
                             .snaplen = SNAPLEN,
                             .grace_ns = GRACE_NS,
                             .no_fifo = !p->fifo};
    char client[100], server[100], why[LAB_WHY];

    if (!params || !links)
        abort();
    name_capture(s, "client", client);
    name_capture(s, "server", server);
    for (unsigned i = 0; i < s->links; i++) {
        params[i].base.delay.ns = probe_delay_ns(p, i);
        params[i].base.rate.bps = p->rate_bps;
        params[i].limit = LIMIT;
        links[i] = (struct ferry_link){
            .up = &params[i], .down = &params[i], .seed = i + 1};
        if (p->captured && i == 0) {
            links[i].client_pcap = client;
            links[i].server_pcap = server;
        }
    }
    if (p->road == PROBE_NS3)
        c.engine = ns3_road_carry;
    s->ferry = ferry_start(s->lab, &c, why);
    free(params);
    free(links);
    return s->ferry ? 0 : probe_refuse(o, "%s", why);
}

static int open_ferry(struct probe_site *s, const struct probe *p,
                      struct probe_outcome *o)
{
    char why[NS3_WHY];

    s->client = address(0xC0000200, 0);
    s->server = address(0xC6336400, 0);
    if (p->captured && make_folder(s, o) == -1)
        return -1;
    if (p->road == PROBE_NS3 && ns3_load(why) == -1) {
        o->skipped = true;
        return probe_refuse(o, "%s", why);
    }
    if (make_lab(s, p, o) == -1)
        return -1;
    if (p->road == PROBE_VETH_RELAY || p->road == PROBE_TUN_RELAY)
        return probe_relay_open(s, o);
    return make_ferry(s, p, o);
}

static int open_bare(struct probe_site *s, const struct probe *p,
                     struct probe_outcome *o)
{
    return make_lab(s, p, o) == -1 ? -1 : probe_bare_open(s, p, o);
}

int probe_site_open(struct probe_site *s, const struct probe *p,
                    struct probe_outcome *o)
{
    int result;

    *s = (struct probe_site){.links = p->links ? p->links : 1, .ns = {-1, -1}};
    if (p->road == PROBE_MM)
        result = probe_shell_open(s, p, o);
    else if (p->road == PROBE_BARE || p->road == PROBE_TBF)
        result = open_bare(s, p, o);
    else
        result = open_ferry(s, p, o);
    if (result == 0 && p->loaded)
        s->load = start_load();
    return result;
}

void probe_site_close(struct probe_site *s, struct ferry_report *r)
{
    struct ferry_report unwanted;

    stop(&s->load);
    if (s->ferry) {
        ferry_stop(s->ferry, r ? r : &unwanted);
        if (!r)
            ferry_report_release(&unwanted);
    }
    probe_relay_close(s, r);
    probe_shell_close(s);
    lab_free(s->lab);
    remove_folder(s);
    s->ferry = NULL;
    s->lab = NULL;
}

int probe_site_enter(struct probe_site *s, enum lab_side side)
{
    if (s->lab)
        return lab_enter(s->lab, side);
    return setns(s->ns[side], CLONE_NEWNET);
}
