/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a link lies, what its programs are told of it, and its whole life. */
#include "bench/run/link_run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/run/meaning.h"
#include "bench/run/qdisc.h"
#include "netem/clock.h"

#define PATIENCE_NS INT64_C(10000000000) /* with a server's start */
#define GRACE_NS 20000000                /* beyond the delay, for captures */
#define GRACE_MOST_NS INT64_C(5000000000)

enum { WORDS = 16, TEXT = 24 };

struct life { /* private to this file */
    const struct link_run *ask;
    struct link_outcome *out;
    struct lab *lab;
    struct ferry *ferry;
    struct qdisc *qdisc;
    struct meaning *meaning;
    struct sandbox_word of_command[WORDS], of_server[WORDS];
    char links[2048];
};

/* Inside a link the environment names our addresses; it may be an old one, so
 * look whether they are here. */
static bool is_here(const char *ip4)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool here = fd != -1 && ip4 && inet_pton(AF_INET, ip4, &at.sin_addr) == 1 &&
                bind(fd, (struct sockaddr *)&at, sizeof at) == 0;

    if (fd != -1)
        close(fd);
    return here;
}

/* The part from which links inside this one take theirs; NULL: we are in none,
 * or want a far side of our own. */
static const char *part_around(const struct link_run *ask)
{
    const char *part = getenv("TURNAROUND_PART");

    if (ask->server || !part || !is_here(getenv("TURNAROUND_CLIENT")))
        return NULL;
    return part;
}

static struct lab *make_lab(struct life *l, char why[LINK_RUN_WHY])
{
    const struct link_run *ask = l->ask;
    const struct link_place *p = &l->out->place;
    const char *const part[] = {p->part4, p->part6, NULL};
    struct lab_link link = {.client = {.ip4 = p->client4, .ip6 = p->client6},
                            .server = {.ip4 = p->end4, .ip6 = p->end6},
                            .mtu = ask->mtu};
    struct lab_config config = lab_config_default();

    link.server.name = p->device;
    config.port = ask->port;
    config.links = &link;
    config.links_count = 1;
    config.tcp.congestion = ask->congestion;
    config.tcp.initcwnd = ask->initcwnd;
    config.tcp.fastopen = ask->fastopen ? 3 : 0;
    config.server_here = p->inner;
    config.gso = ask->gso;
    config.joined = ask->road != LINK_FERRY;
    config.beyond[LAB_SERVER] = part;
    if (p->inner)
        config.beyond[LAB_CLIENT] = link_place_world;
    return lab_new(&config, why);
}

/* A link beside us in the same namespace may have taken a name or a part: the
 * next one is tried then. */
static int make_place(struct life *l, char why[LINK_RUN_WHY])
{
    const char *part = part_around(l->ask);

    link_place_outer(&l->out->place);
    for (unsigned i = 0;; i++) {
        if (part && link_place_inner(&l->out->place, part, i) < 0) {
            snprintf(why, LINK_RUN_WHY,
                     "there is no room in %s for one more "
                     "link inside or beside the others",
                     part);
            return -1;
        }
        l->lab = make_lab(l, why);
        if (l->lab)
            return 0;
        if (!part || (errno != EEXIST && errno != EBUSY))
            return -1;
    }
}

static void tell(struct sandbox_word *words, const char *name,
                 const char *value)
{
    while (words->name)
        words++;
    *words = (struct sandbox_word){name, value};
}

/* Inside another link the server is still that one's. */
static void fill_words(struct life *l)
{
    const struct link_place *p = &l->out->place;
    const char *around = p->inner ? getenv("TURNAROUND_LINK") : NULL;

    snprintf(l->links, sizeof l->links, "%s%s%s", around ? around : "",
             around ? " | " : "", l->ask->words);
    for (int side = 0; side < 2; side++) {
        struct sandbox_word *w = side == 0 ? l->of_command : l->of_server;

        tell(w, "TURNAROUND_LINK", l->links);
        tell(w, "TURNAROUND_PART", side == 0 ? p->part4 : NULL);
        tell(w, "TURNAROUND_CLIENT", p->client4);
        tell(w, "TURNAROUND_CLIENT6", p->client6);
        if (!p->inner) {
            tell(w, "TURNAROUND_SERVER", p->end4);
            tell(w, "TURNAROUND_SERVER6", p->end6);
        }
    }
}

static int64_t longest_ns(const struct link_params *p)
{
    int64_t most = p->base.delay.ns + p->base.delay.jitter_ns;

    for (size_t i = 0; i < p->change_count; i++)
        if (p->change[i].delay.ns + p->change[i].delay.jitter_ns > most)
            most = p->change[i].delay.ns + p->change[i].delay.jitter_ns;
    return most;
}

/* The other end's capture shall have what was on the way when the command
 * ended, unless that is a journey to Mars. */
static int64_t grace_of(const struct link_run *ask)
{
    int64_t up = longest_ns(ask->up), down = longest_ns(ask->down);
    int64_t ns = (up > down ? up : down) + GRACE_NS;

    if (!ask->pcap && !ask->server_pcap && !ask->packet_log)
        return 0;
    return ns < GRACE_MOST_NS ? ns : GRACE_MOST_NS;
}

static int make_joined(struct life *l, char why[LINK_RUN_WHY])
{
    const struct link_run *ask = l->ask;
    bool bare = ask->road == LINK_BARE;
    struct qdisc_config config = {.up = bare ? NULL : ask->up,
                                  .down = bare ? NULL : ask->down,
                                  .client = "c0",
                                  .server = l->out->place.device,
                                  .client_pcap = ask->pcap,
                                  .server_pcap = ask->server_pcap};

    l->qdisc = qdisc_start(l->lab, &config, why);
    return l->qdisc ? 0 : -1;
}

static int make_road(struct life *l, char why[LINK_RUN_WHY])
{
    const struct link_run *ask = l->ask;
    struct ferry_link link = {.up = ask->up,
                              .down = ask->down,
                              .seed = ask->seed,
                              .client_pcap = ask->pcap,
                              .server_pcap = ask->server_pcap,
                              .packet_log = ask->packet_log};
    struct ferry_config config = {
        .links = &link, .links_count = 1, .grace_ns = grace_of(ask)};

    if (ask->road != LINK_FERRY)
        return make_joined(l, why);
    if (ask->up->predicate_count + ask->down->predicate_count > 0) {
        l->meaning = meaning_new(ask->up, ask->down);
        link.drop = meaning_drop;
        link.drop_arg = l->meaning;
    }
    l->ferry = ferry_start(l->lab, &config, why);
    return l->ferry ? 0 : -1;
}

static void keep_settings(struct life *l)
{
    size_t count;
    const struct lab_setting *s = lab_settings(l->lab, &count);

    l->out->setting = calloc(count + 1, sizeof *s);
    if (!l->out->setting)
        abort();
    for (size_t i = 0; i < count; i++)
        l->out->setting[i] = (struct lab_setting){
            strdup(s[i].where), strdup(s[i].name), strdup(s[i].value)};
    l->out->settings = count;
}

/* Of both ends; but what lies around an inner link is not its own. */
static void count_syns(struct life *l)
{
    int sides = l->out->place.inner ? LAB_CLIENT : LAB_SERVER;
    unsigned long long n;

    for (int side = LAB_CLIENT; side <= sides; side++) {
        if (lab_counter(l->lab, (enum lab_side)side, "TcpExt", "TCPSynRetrans",
                        &n) < 0) {
            l->out->syn_retransmissions = -1;
            return;
        }
        l->out->syn_retransmissions += (int64_t)n;
    }
}

static void run_programs(struct life *l)
{
    struct sandbox_config config = {
        .lab = l->lab,
        .command = {l->ask->command, l->of_command},
        .server = {l->ask->server, l->of_server},
        .ready = l->ask->ready,
        .patience_ns = PATIENCE_NS,
        .watch = l->ferry ? ferry_watch(l->ferry) : -1,
    };
    int64_t began_ns = clock_read_ns(CLOCK_MONOTONIC);

    sandbox_run(&config, &l->out->end);
    l->out->took_ns = clock_read_ns(CLOCK_MONOTONIC) - began_ns;
}

const char *link_lacks_gso(const struct link_params *p)
{
    const struct link_phase *h = &p->base;

    if (p->change_count)
        return "at";
    if (h->rate.bps || h->rate.trace)
        return "rate";
    if (h->loss.model != LINK_LOSS_NONE)
        return "loss";
    if (h->corrupt.pct > 0)
        return "corrupt";
    if (h->duplicate.pct > 0)
        return "duplicate";
    if (h->delay.jitter_ns || h->reorder.gap)
        return h->reorder.gap ? "reorder" : "jitter";
    if (p->queue.discipline != LINK_QUEUE_NONE)
        return "queue";
    if (p->slot.on)
        return "slot";
    return p->drop_count || p->predicate_count ? "drop" : NULL;
}

int link_run(const struct link_run *ask, struct link_outcome *out,
             char why[LINK_RUN_WHY])
{
    struct life l = {.ask = ask, .out = out};
    int result = -1, error;

    *out = (struct link_outcome){0};
    if (make_place(&l, why) == 0 && make_road(&l, why) == 0) {
        fill_words(&l);
        run_programs(&l);
        if (l.ferry)
            ferry_stop(l.ferry, &out->road);
        else
            qdisc_stop(l.qdisc, &out->road);
        count_syns(&l);
        keep_settings(&l);
        result = 0;
    }
    error = errno;
    lab_free(l.lab);
    meaning_free(l.meaning);
    errno = error;
    return result;
}

void link_outcome_release(struct link_outcome *out)
{
    for (size_t i = 0; i < out->settings; i++) {
        free((char *)out->setting[i].where);
        free((char *)out->setting[i].name);
        free((char *)out->setting[i].value);
    }
    free(out->setting);
    ferry_report_release(&out->road);
}
